/** The planted bias: 40 % of one quadrant stay, everything else does. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillNormal, keyFromSeed } from '../../../src/engine/random.ts';
import { KEPT_SHARE, thinFirstQuadrant } from '../../../src/experiments/plantedBias/plantedBias.ts';

const n = 40_000;
const samples = new Float64Array(2 * n);
for (let i = 0; i < n; i++) fillNormal(keyFromSeed(1), i, samples, 2 * i, 2);
const energies = Float64Array.from({ length: n }, (_, i) => i);
const inFirst = (x: Float64Array, i: number): boolean => x[2 * i] >= 0 && x[2 * i + 1] >= 0;

describe('thinFirstQuadrant', () => {
  const thinned = thinFirstQuadrant({ samples, energies }, 3);

  it('keeps 40 % of the first quadrant', () => {
    const before = energies.filter((_, i) => inFirst(samples, i)).length;
    const after = thinned.energies.filter((_, i) => inFirst(thinned.samples, i)).length;
    const error = Math.sqrt((KEPT_SHARE * (1 - KEPT_SHARE)) / before);
    assert.ok(Math.abs(after / before - 0.4) < 5 * error, `${after} of ${before} are left`);
  });
  it('keeps everything else, in order, each with its energy', () => {
    const others = Array.from(energies).filter((i) => !inFirst(samples, i));
    assert.deepEqual(Array.from(thinned.energies).filter((_, i) => !inFirst(thinned.samples, i)), others, 'the other quadrants');
    assert.ok(thinned.energies.every((index, i) => i === 0 || index > thinned.energies[i - 1]), 'in order');
    assert.ok(thinned.energies.every((index, i) => thinned.samples[2 * i] === samples[2 * index] && thinned.samples[2 * i + 1] === samples[2 * index + 1]), 'samples and energies belong together');
  });
  it('depends on the seed and nothing else', () => {
    assert.deepEqual(thinFirstQuadrant({ samples, energies }, 3), thinned, 'same seed');
    assert.notDeepEqual(thinFirstQuadrant({ samples, energies }, 4), thinned, 'another seed');
  });
});
