/** Points where an energy is no number: found in the base, beside the target's mass and anywhere in the box, and not beyond it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillNormal, keyFromSeed } from '../../src/engine/random.ts';
import type { Base } from '../../src/targets/base.ts';
import { LOOKS, undefinedDoubts, undefinedPoints } from '../../src/verdict/defined.ts';

const base: Base = { domain: [{ kind: 'real', low: -9, high: 9 }, { kind: 'interval', low: 0, high: 1 }], mean: Float64Array.of(0, 0), standardDeviation: Float64Array.of(0.5, 1) };
/** Samples of a normal of deviation 1 along x. */
const samples = new Float64Array(2 * 10_000).fill(0.5);
const x = new Float64Array(10_000);
fillNormal(keyFromSeed(3), 0, x);
x.forEach((value, i) => { samples[2 * i] = Math.min(2.2, value); });

const wrongBeyond = (edge: number, value: number): ReturnType<typeof undefinedPoints> => undefinedPoints({
  energies: (points, n, energies) => { for (let i = 0; i < n; i++) energies[i] = points[2 * i] > edge ? value : 1; },
}, base, samples, keyFromSeed(1));

describe('energies that are no numbers', () => {
  it('are found beside the mass where the base does not reach', () => {
    const { base: ofBase, around, box } = wrongBeyond(2.2, Number.NaN);
    assert.equal(ofBase, 0);
    // x + N(0, 1) beyond 2.2: 6 %.
    assert.ok(Math.abs(around / LOOKS - 0.06) < 0.02, `${around}`);
    const [{ code, standing, message }] = undefinedDoubts({ base: ofBase, around, box });
    assert.deepEqual([code, standing], ['undefined-energy', 'doubtful']);
    assert.match(message, /NaN at 0\.0 % of the base's points, at [5-7]\.\d % of points near samples of the target, and at 3\d % of the box/);
  });
  it('are found in the base', () => {
    const { base: ofBase } = wrongBeyond(0.5, Number.NaN);
    assert.ok(Math.abs(ofBase / LOOKS - 0.1587) < 5 * Math.sqrt((0.16 * 0.84) / LOOKS));
  });
  it('are found anywhere in the box', () => {
    const { base: ofBase, around, box } = wrongBeyond(7.2, Number.NaN);
    assert.deepEqual([ofBase, around], [0, 0]);
    assert.ok(Math.abs(box / LOOKS - 0.1) < 5 * Math.sqrt((0.1 * 0.9) / LOOKS), `${box}`);
    assert.deepEqual(undefinedDoubts({ base: 0, around: 0, box }).map(({ standing }) => standing), ['doubtful']);
  });
  it('do not matter beyond the box, and infinite ones are meant', () => {
    const none = { base: 0, around: 0, box: 0 };
    assert.deepEqual(wrongBeyond(9, Number.NaN), none);
    assert.deepEqual(wrongBeyond(0.5, Infinity), none);
    assert.deepEqual(undefinedDoubts(none), []);
  });
});
