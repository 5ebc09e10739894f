/** Weights of a step that are not finite count as none, and never flatter the map that made them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { conditionalEss } from '../../src/estimators/ess.ts';
import { pushStep, stayPut } from '../../src/generators/pushStep.ts';
import { defineTarget } from '../../src/targets/target.ts';
import type { FlowMap } from '../../src/training/flowMap.ts';

const target = defineTarget({ name: 'line', dimension: 1, box: [-5, 5], base: { mean: 0, standardDeviation: 1 }, energy: (x) => x.slice(0).mul(0) });
/** Zero on the right, not a number on the left. */
const energy = {
  dimension: 1,
  energies: (x: Float64Array, n: number, out: Float64Array): void => { for (let i = 0; i < n; i++) out[i] = x[i] > 0 ? 0 : Number.NaN; },
  energiesAndGradients: (): void => { throw new Error('not needed'); },
};
const identity: FlowMap = {
  together: 64,
  map: (_, x, n, image, logDet) => { image.set(x); logDet.fill(0, 0, n); return Promise.resolve(); },
  dispose: () => Promise.resolve(),
};

describe('a step to where half of the energies are not numbers', () => {
  const points = Float64Array.from([-2, -1, 1, 2]);
  const placed = { points, u0: new Float64Array(4), u1: Float64Array.from([Number.NaN, Number.NaN, 0, 0]), logWeights: new Float64Array(4) };
  for (const [what, moved] of [
    ['no map', (): Promise<ReturnType<typeof stayPut>> => Promise.resolve(stayPut(placed, { from: 0, to: 1 }))],
    ['a flow', () => pushStep(identity, new Float32Array(0), target, energy, placed, { from: 0, to: 1 })],
  ] as const) {
    it(`${what}: has a CESS of what is left, and tells how many are lost`, async () => {
      const { logIncrements, nonFinite } = await moved();
      assert.equal(nonFinite, 2);
      assert.deepEqual(Array.from(logIncrements.slice(0, 2)), [-Infinity, -Infinity]);
      // The flow's weights differ by U0(1) and U0(2) alone.
      assert.ok(conditionalEss(placed.logWeights, logIncrements).fraction <= 0.5, 'half of the weight is lost');
    });
  }
  it('who was dead before is not counted again', () => {
    assert.equal(stayPut({ ...placed, logWeights: Float64Array.from([-Infinity, 0, 0, 0]) }, { from: 0.5, to: 1 }).nonFinite, 1);
  });
});
