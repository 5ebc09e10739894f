/** What is held out of training: which samples, and that no parameter depends on them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { np } from '../../src/engine/numpy.ts';
import { foldIn, keyFromSeed } from '../../src/engine/random.ts';
import { settingsFor } from '../../src/experiments/presets.ts';
import { splitData, temperedBank } from '../../src/pipeline/bank/bank.ts';
import { exactView } from '../../src/pipeline/energies.ts';
import { oneFlow } from '../../src/pipeline/kinds/oneFlow.ts';
import { climb } from '../../src/pipeline/transport/climb.ts';
import type { TrainingSummary } from '../../src/records/record.ts';
import { sampleBase } from '../../src/targets/base.ts';
import { compileEnergy } from '../../src/targets/compile.ts';
import { defineTarget } from '../../src/targets/target.ts';
import type { ParameterArray } from '../../src/training/flowMap.ts';
import type { TrainingData } from '../../src/training/trainer.ts';
import { quiet } from './quiet.ts';

const numbered = (n: number): TrainingData => ({
  samples: Float64Array.from({ length: 2 * n }, (_, at) => at),
  energies: Float64Array.from({ length: n }, (_, i) => i),
});

describe('splitData', () => {
  it('gives every sample one purpose: the first to training, the last to the test, those between to validation', () => {
    for (const [n, share, held, test] of [
      [100, 0.1, 10, 5],
      [101, 0.25, 25, 12],
      [8, 0, 2, 1],
    ] as const) {
      const parts = splitData(numbered(n), share, 2);
      const [training, validation, tested] = [parts.training, parts.validation, parts.test];
      assert.deepEqual(
        [training, validation, tested].map(({ energies }) => energies.length),
        [n - held, held - test, test],
      );
      const together = [training, validation, tested].flatMap(({ energies }) => Array.from(energies));
      assert.deepEqual(together, Array.from(numbered(n).energies), 'in their order, none twice');
      for (const { samples, energies } of [training, validation, tested]) {
        energies.forEach((row, i) =>
          assert.deepEqual(Array.from(samples.subarray(2 * i, 2 * i + 2)), [2 * row, 2 * row + 1]),
        );
      }
    }
  });
});

const target = defineTarget({
  name: 'bent',
  dimension: 2,
  box: [-5, 5],
  base: { standardDeviation: 1.1 },
  energy: (x) =>
    np
      .square(x.slice(0).sub(0.3))
      .add(np.square(x.slice(1).sub(np.sin(x.slice(0)))))
      .mul(0.6),
});
const energy = compileEnergy(target);
const settings = settingsFor(target, 'quick', {
  layers: 2,
  hidden: 6,
  bins: 4,
  steps: 6,
  batch: 200,
  evaluateEvery: 100,
  heldOut: 0.5,
  theta: 0,
  kappa: 1,
  threads: 1,
});

/** Base samples with their energies, those from `changed` on of another key. */
function samplesChangedFrom(changed: number): TrainingData {
  const n = 1200;
  const samples = new Float64Array(2 * n);
  sampleBase(target.base, foldIn(keyFromSeed(5), 'samples'), 0, n, samples);
  sampleBase(target.base, foldIn(keyFromSeed(5), 'others'), 0, n - changed, samples.subarray(2 * changed));
  const energies = new Float64Array(n);
  energy.energies(samples, n, energies);
  return { samples, energies };
}

interface TrainedFlow {
  readonly parameters: ParameterArray;
  readonly summary: TrainingSummary;
  /** What the forward ESS is told on: samples that were held out, and some of training. */
  readonly test: TrainingData;
  readonly seen: TrainingData;
}

async function train(data: TrainingData): Promise<TrainedFlow> {
  const problem = { target, settings, key: keyFromSeed(2), surroundings: quiet(), prepareData: () => data };
  const bank = temperedBank(
    { positions: data.samples, energies: data.energies }, settings.training.heldOut, target.dimension,
  );
  const way = oneFlow(problem, exactView(target, energy), energy, bank);
  const climbed = await climb(way.context, way.particles);
  const [{ parameters }] = climbed.stages;
  assert.ok(parameters !== null);
  const pulled: TrainingData[] = [];
  const pullBack = (points: TrainingData): Promise<Float64Array> => {
    pulled.push(points);
    return Promise.resolve(new Float64Array(points.energies.length));
  };
  await way.draw({ ...way.proposal(climbed), pullBack }, climbed);
  assert.equal(pulled.length, 2);
  const [test, seen] = pulled;
  return { parameters, summary: climbed.training, test, seen };
}

describe('a trained flow', () => {
  it('does not depend on samples that are held out, of which there is one look at the end', async () => {
    const [flow, other, trainedOnOthers] = await Promise.all(
      [1200, 600, 599].map((changed) => train(samplesChangedFrom(changed))),
    );
    assert.deepEqual(other.parameters, flow.parameters, 'half of the samples are others');
    assert.notDeepEqual(other.test.samples, flow.test.samples, 'and these are');
    assert.notDeepEqual(other.summary.curve, flow.summary.curve, 'which the look at the end sees');
    assert.notDeepEqual(
      trainedOnOthers.parameters,
      flow.parameters,
      'one sample more, of 600 that training has, makes another flow',
    );
  });

  it('has test samples that the choice of its parameters does not see, and knows some of training', async () => {
    const data = samplesChangedFrom(900);
    const { test, seen, summary } = await train(data);
    assert.deepEqual(test.samples, data.samples.subarray(2 * 900), 'the last quarter');
    assert.deepEqual(
      summary.curve,
      (await train(samplesChangedFrom(1200))).summary.curve,
      'whose figures are those of other test samples',
    );
    const trained = new Set(data.energies.subarray(0, 600));
    assert.ok(seen.energies.length === 300 && seen.energies.every((value) => trained.has(value)));
  });
});
