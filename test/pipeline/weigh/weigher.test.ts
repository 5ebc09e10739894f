/** Weights of a step that are not finite count as none, and never flatter the map that made them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { conditionalEss } from '../../../src/estimators/ess.ts';
import { noPause } from '../../../src/pausing.ts';
import { BridgeEnergies, bridgeWeigher } from '../../../src/pipeline/weigh/exact.ts';
import { accumulate, gone, settled } from '../../../src/pipeline/weigh/weigher.ts';
import { defineTarget } from '../../../src/targets/target.ts';

const { base } = defineTarget({
  name: 'line', dimension: 1, box: [-5, 5], base: { mean: 0, standardDeviation: 1 }, energy: (x) => x.slice(0).mul(0),
});
/** Zero on the right, not a number on the left. */
const energy = {
  dimension: 1,
  energies: (x: Float64Array, n: number, out: Float64Array): void => {
    for (let i = 0; i < n; i++) out[i] = x[i] > 0 ? 0 : Number.NaN;
  },
  energiesAndGradients: (): void => { throw new Error('not needed'); },
};

describe('a step to where half of the energies are not numbers', () => {
  const points = Float64Array.from([-2, -1, 1, 2]);
  const logWeights = new Float64Array(4);
  const incrementsTo = (
    lambdas: readonly number[], stage: number, logDet: Float64Array | null,
  ): Promise<Float64Array> => {
    const weigher = bridgeWeigher(new BridgeEnergies(base, energy), lambdas);
    return weigher.weigh({ stage, x: points, z: logDet === null ? points : points.slice(), logDet, n: 4 }, noPause);
  };
  for (const [what, logDet] of [['no map', null], ['a flow', new Float64Array(4)]] as const) {
    it(`${what}: has a CESS of what is left, and tells how many are lost`, async () => {
      const { logIncrements, nonFinite } = settled(await incrementsTo([1], 0, logDet), logWeights);
      assert.equal(nonFinite, 2);
      assert.deepEqual(Array.from(logIncrements.slice(0, 2)), [-Infinity, -Infinity]);
      // The flow's weights differ by U0(1) and U0(2) alone.
      assert.ok(conditionalEss(logWeights, logIncrements).fraction <= 0.5, 'half of the weight is lost');
    });
  }

  it('who was dead before is not counted again', async () => {
    const increments = await incrementsTo([0.5, 1], 1, null);
    assert.equal(settled(increments, Float64Array.from([-Infinity, 0, 0, 0])).nonFinite, 1);
  });

  it('who is dead stays so, of particles and of samples that are drawn', () => {
    const [before, change] = [Float64Array.from([-Infinity, 1, 1]), Float64Array.from([Infinity, -Infinity, 2])];
    assert.deepEqual(Array.from(gone(before, change)), [-Infinity, -Infinity, 3]);
    const carried = before.slice();
    accumulate(carried, change);
    assert.deepEqual(Array.from(carried), [-Infinity, -Infinity, 3]);
    accumulate(carried, Float64Array.from([Infinity, Infinity, 2]));
    assert.deepEqual(Array.from(carried), [-Infinity, -Infinity, 5]);
  });
});
