/** Learned weights are near those that the energy gives, whatever of them is learned, and from whatever values. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { np, type Array as NpArray } from '../../src/engine/numpy.ts';
import { foldIn, keyFromSeed } from '../../src/engine/random.ts';
import { settingsFor } from '../../src/experiments/presets.ts';
import { memoryJournal } from '../../src/pipeline/journal.ts';
import { learnedLogWeights, learnWeights } from '../../src/pipeline/weigh/learned.ts';
import { sampleBase } from '../../src/targets/base.ts';
import { compileEnergy } from '../../src/targets/compile.ts';
import { compileNoisyEnergy } from '../../src/targets/noisyEnergy.ts';
import { pathEvaluator } from '../../src/targets/path.ts';
import { defineTarget } from '../../src/targets/target.ts';
import type { Passage } from '../../src/pipeline/weigh/weigher.ts';
import { quiet } from './quiet.ts';

const energyOf = (x: NpArray): NpArray =>
  np.square(x.slice(0).sub(0.5)).add(np.square(x.slice(1))).mul(0.8);
const target = defineTarget({
  name: 'seen-with-noise',
  dimension: 2,
  box: [-6, 6],
  base: { standardDeviation: 1.2 },
  energy: energyOf,
  noise: {
    size: 1,
    draw: (random) => [random() < 0.5 ? -1 : 1],
    energy: (x, xi) => energyOf(x).add(np.cos(x.slice(0)).mul(xi.slice(0)).mul(0.5)),
  },
});
const [N, FRESH] = [8000, 2000];
const key = keyFromSeed(14);
const noisy = compileNoisyEnergy(target);

/** Of a map z = (0.6 x + 0.3, 0.9 y + x²/5) from λ to λ. */
function pairs(n: number, name: string): Passage {
  const x = new Float64Array(2 * n);
  sampleBase(target.base, foldIn(key, name), 0, n, x);
  const z = x.map((value, at) => (at % 2 === 0 ? 0.6 * value + 0.3 : 0.9 * value + x[at - 1] ** 2 / 5));
  return { stage: 0, x, z, logDet: new Float64Array(n).fill(Math.log(0.6 * 0.9)), n };
}

const spreadOf = (values: Float64Array): number => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
};

describe('learned weights', () => {
  for (const [before, lambda, weightResidual, kind] of [
    [0, 1, true, 'learned-full'],
    [0, 1, false, 'learned-full'],
    [0.3, 0.8, true, 'learned-stochastic'],
    [0, 1, false, 'learned-stochastic'],
  ] as const) {
    const what = `${weightResidual ? 'of what the flow leaves' : 'of whole energies'}, λ = ${before} to ${lambda}`;
    it(`${kind}, ${what}: near those of the energy on fresh pairs`, async () => {
      const settings = settingsFor(target, 'quick', {
        sampler: 'resgld',
        weightResidual,
        weightSteps: 400,
        weightBatch: 400,
        weightHidden: 16,
        weightRate: 0.01,
        layers: 2,
      });
      const { fitted } = await learnWeights({
        noisy,
        base: target.base,
        settings: settings.weights,
        surroundings: quiet(),
        passage: pairs(N, 'pairs'),
        from: before,
        to: lambda,
        kind,
        key,
        journal: memoryJournal(),
      });
      assert.ok(fitted.heldOutError < fitted.constantError, 'more than a constant is learned');
      const fresh = pairs(FRESH, 'fresh');
      const learned = await learnedLogWeights(fitted, settings.weights.residual, fresh, FRESH);
      const [u0, u1] = [new Float64Array(FRESH), new Float64Array(FRESH)];
      pathEvaluator(target.base, compileEnergy(target), before).energies(fresh.x, FRESH, u0);
      pathEvaluator(target.base, compileEnergy(target), lambda).energies(fresh.z, FRESH, u1);
      const exact = u0.map((value, i) => value - u1[i] + (fresh.logDet?.[i] ?? NaN));
      const [left, whole] = [spreadOf(learned.map((value, i) => value - exact[i])), spreadOf(exact)];
      // Networks are as good as they are; a wrong sign leaves twice the spread, a term that is missing about all of it.
      assert.ok(left < 0.3 * whole, `errors spread by ${left}, the weights by ${whole}`);
      const offset = learned.reduce((sum, value, i) => sum + (value - exact[i]) / FRESH, 0);
      assert.ok(Math.abs(offset) < 0.3 * whole, `on average ${offset} off, the weights spread by ${whole}`);
    });
  }
});
