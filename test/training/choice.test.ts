/** What a trainer draws for every step, and which parameters it keeps. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { foldIn, keyFromSeed } from '../../src/engine/random.ts';
import { truncatedForwardEss } from '../../src/estimators/ess.ts';
import { alternatingMasks } from '../../src/flows/architecture.ts';
import { baseEnergies, sampleBase } from '../../src/targets/base.ts';
import { batchBaseEnergy, batchEnergy, compileEnergy } from '../../src/targets/compile.ts';
import { baseSource } from '../../src/training/source.ts';
import { Trainer, type TrainerOptions, type TrainingData } from '../../src/training/trainer.ts';
import { plane } from './problem.ts';

const key = keyFromSeed(19);
const evaluator = compileEnergy(plane);

/** @param width of the base's spread */
function samples(name: string, n: number, width = 1): TrainingData {
  const x = new Float64Array(2 * n);
  sampleBase(plane.base, foldIn(key, name), 0, n, x);
  x.forEach((value, i) => {
    x[i] = width * value;
  });
  const energies = new Float64Array(n);
  evaluator.energies(x, n, energies);
  return { samples: x, energies };
}

const options = (
  settings: Partial<TrainerOptions['settings']>,
  change: Partial<TrainerOptions> = {},
): TrainerOptions => ({
  architecture: { domain: plane.domain, masks: alternatingMasks(2, 2), hidden: 4, bins: 3, activation: 'silu' },
  settings: {
    theta: 0.5,
    kappa: 0.5,
    renyiOrder: 1,
    variationPairings: 1,
    steps: 12,
    batch: 16,
    learningRate: 0.01,
    schedule: 'constant',
    clipNorm: 1,
    evaluateEvery: 1,
    patience: 0,
    fixedBaseSamples: 0,
    ...settings,
  },
  source: baseSource(plane.base),
  energies: { base: batchBaseEnergy(plane.base), target: batchEnergy(plane) },
  evaluator,
  data: samples('data', 600),
  heldOut: samples('held', 300),
  key,
  network: { threads: 1 },
  ...change,
});

describe('a trainer', () => {
  it('draws other base points for every step, and none of them twice', async () => {
    const drawn: number[] = [];
    const source = baseSource(plane.base);
    const trainer = await Trainer.create(
      options(
        {},
        {
          source: {
            ...source,
            sample(ownKey, first, n, out) {
              source.sample(ownKey, first, n, out);
              if (n === 16) drawn.push(...out);
            },
          },
        },
      ),
    );
    await trainer.advance(1e9);
    await trainer.dispose();
    assert.equal(drawn.length, 12 * 16 * 2);
    assert.equal(new Set(drawn).size, drawn.length);
  });

  it('gives the parameters of the best look, not of the last one', async () => {
    // Steps so long that they soon lead away.
    const trainer = await Trainer.create(options({ learningRate: 0.3, clipNorm: 100 }));
    const after = [];
    while (!trainer.done) {
      await trainer.advance(1);
      after.push(trainer.snapshot().arrays.parameters);
    }
    const { parameters, counters } = trainer.result();
    await trainer.dispose();
    assert.ok(counters.bestStep >= 1 && counters.bestStep < 12, `the best of 12 looks is look ${counters.bestStep}`);
    assert.deepEqual(parameters, after[counters.bestStep - 1]);
    assert.notDeepEqual(parameters, after[11]);
  });

  it('scores by the reverse ESS, which counts less where the forward one is below a half', async () => {
    for (const [width, below] of [
      [0.4, false],
      [0.8, true],
    ] as const) {
      const heldOut = samples('held', 300, width);
      // The flow stays the identity.
      const trainer = await Trainer.create(options({ steps: 1, learningRate: 1e-30 }, { heldOut }));
      await trainer.advance(1);
      const {
        counters: {
          bestScore,
          curve: [{ reverseEss }],
        },
      } = trainer.result();
      await trainer.dispose();
      const u0 = new Float64Array(300);
      baseEnergies(plane.base, heldOut.samples, 300, u0);
      const forward = truncatedForwardEss(u0.map((value, i) => value - heldOut.energies[i])).fraction;
      assert.equal(forward < 0.5, below, `width ${width}: a forward ESS of ${forward}`);
      const exact = (reverseEss ?? Number.NaN) * (below ? 2 * forward : 1);
      // The flow runs in float32.
      assert.ok(Math.abs(bestScore / exact - 1) < 1e-4, `width ${width}: ${bestScore}, not ${exact}`);
    }
  });
});
