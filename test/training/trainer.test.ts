import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { foldIn, keyFromSeed } from '../../src/engine/random.ts';
import { InputError } from '../../src/errors.ts';
import { alternatingMasks } from '../../src/flows/architecture.ts';
import { initialParameters } from '../../src/flows/initialise.ts';
import { sampleBase } from '../../src/targets/base.ts';
import { batchBaseEnergy, batchEnergy, compileEnergy } from '../../src/targets/compile.ts';
import { scheduledRate } from '../../src/training/schedule.ts';
import { Trainer, type TrainerOptions, type TrainerSnapshot, type TrainingData } from '../../src/training/trainer.ts';
import { baseSource, traceOfSampleCovariance } from '../../src/training/source.ts';
import { plane } from './problem.ts';

const key = keyFromSeed(9);
const evaluator = compileEnergy(plane);

function samples(name: string, n: number): TrainingData {
  const x = new Float64Array(2 * n);
  sampleBase(plane.base, foldIn(key, name), 0, n, x);
  const energies = new Float64Array(n);
  evaluator.energies(x, n, energies);
  return { samples: x, energies };
}
const [data, heldOut] = [samples('data', 600), samples('held', 300)];
const none: TrainingData = { samples: new Float64Array(0), energies: new Float64Array(0) };

function options(settings: Partial<TrainerOptions['settings']> = {}, change: Partial<TrainerOptions> = {}): TrainerOptions {
  return {
    architecture: { domain: plane.domain, masks: alternatingMasks(2, 2), hidden: 4, bins: 3, activation: 'silu' },
    settings: {
      theta: 0.5, kappa: 0.5, renyiOrder: 1, variationPairings: 1, steps: 12, batch: 16, learningRate: 0.01, schedule: 'oneCycle', clipNorm: 1,
      evaluateEvery: 4, patience: 0, fixedBaseSamples: 0, ...settings,
    },
    source: baseSource(plane.base), energies: { base: batchBaseEnergy(plane.base), target: batchEnergy(plane) }, evaluator, data, heldOut, key, network: { threads: 1 }, ...change,
  };
}

async function trained(given: TrainerOptions): Promise<TrainerSnapshot> {
  const trainer = await Trainer.create(given);
  try {
    await trainer.advance(1e9);
    return trainer.snapshot();
  } finally {
    await trainer.dispose();
  }
}

/** What a checkpoint file gives back: arrays byte for byte, the rest as JSON. */
const stored = ({ arrays, json }: TrainerSnapshot): TrainerSnapshot => ({
  arrays: Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, array.slice()])) as unknown as TrainerSnapshot['arrays'],
  json: JSON.parse(JSON.stringify(json)) as TrainerSnapshot['json'],
});

describe('Trainer', () => {
  it('gives the same bits for the same key, in pieces or at once, and after a restore', async () => {
    const [first, second] = [await Trainer.create(options()), await Trainer.create(options())];
    const start = second.snapshot();
    assert.deepEqual(start, first.snapshot(), 'the same start');
    await first.advance(3);
    await first.advance(4);
    const half = stored(first.snapshot());
    assert.equal(half.json.step, 7, 'stopped in the middle');
    await first.advance(1e9);
    const whole = first.snapshot();
    assert.ok(first.done && whole.json.step === 12, 'all steps');
    assert.deepEqual(whole.json.curve.map(({ step }) => step), [4, 8, 10, 12], 'the curve');
    assert.ok(whole.arrays.parameters instanceof Float32Array, 'float32 by default');
    await second.advance(1e9);
    assert.deepEqual(second.snapshot(), whole, 'at once');
    second.restore(half);
    assert.equal(second.step, 7, 'restored');
    await second.advance(1e9);
    assert.deepEqual(second.snapshot(), whole, 'a restored run');
    assert.notDeepEqual(whole.arrays.parameters, start.arrays.parameters, 'training moves the parameters');
    assert.throws(() => second.restore({ arrays: { ...half.arrays, best: half.arrays.best.slice(1) }, json: half.json }), (error: unknown) => error instanceof InputError && /best has/.test(error.message), 'another length');
    await Promise.all([first.dispose(), second.dispose()]);
  });

  it('may be stopped in any pause of a step or of a look at held-out points, with the state of the step before', async () => {
    const whole = await trained(options());
    for (const executor of ['fused', 'onnx'] as const) {
      const given = options({}, { network: { threads: 1, executor } });
      const expected = executor === 'fused' ? whole : await trained(given);
      const stopped = await Trainer.create(given);
      let [pauses, stops, within] = [0, 0, 0];
      let before = stopped.snapshot();
      while (!stopped.done) {
        // Ever later pauses: each stop falls into another part of a step.
        let left = (17 * stops) % 211;
        const pause = (): Promise<void> => {
          pauses += 1;
          if (left-- === 0) throw new Error('stopped');
          return Promise.resolve();
        };
        await stopped.advance(1, pause).catch((error: unknown) => {
          assert.match(String(error), /stopped/);
          within += 1;
          assert.deepEqual(stopped.snapshot(), before, 'as before the step');
        });
        stops += 1;
        before = stopped.snapshot();
      }
      assert.ok(within > 3 && pauses > 20, `${pauses} pauses, stopped in ${within} steps`);
      assert.deepEqual(stopped.snapshot(), expected, 'the same bits');
      await stopped.dispose();
    }
  });

  it('depends on the key, and runs in float64', async () => {
    const trainer = await Trainer.create(options({ steps: 2 }, { network: { precision: 'float64' }, key: keyFromSeed(10) }));
    const start = trainer.snapshot().arrays.parameters;
    await trainer.advance(2);
    const { parameters, best } = trainer.snapshot().arrays;
    await trainer.dispose();
    assert.ok(parameters instanceof Float64Array && best instanceof Float64Array, 'float64 throughout');
    assert.notDeepEqual(Array.from(start), Array.from(initialParameters(options().architecture, foldIn(key, 'weights'))), 'another key');
    assert.ok(parameters.some((value) => value !== Math.fround(value)), 'not rounded to float32');
  });

  it('skips and counts steps that are not finite, and leaves the parameters alone', async () => {
    const bad = { ...data, energies: data.energies.map((value, i) => (i % 16 === 0 ? NaN : value)) };
    const trainer = await Trainer.create(options({ steps: 10, evaluateEvery: 1, schedule: 'constant' }, { data: bad, key: keyFromSeed(21) }));
    let firstAfterSkips = 0;
    for (let step = 0; step < 10; step++) {
      const before = trainer.snapshot();
      await trainer.advance(1);
      const after = trainer.snapshot();
      const skipped = after.json.skippedSteps > before.json.skippedSteps;
      for (const name of ['parameters', 'firstMoment', 'secondMoment'] as const) {
        const moved = Array.from(after.arrays[name]).some((value, i) => value !== before.arrays[name][i]);
        assert.equal(moved, !skipped, `step ${step}, ${skipped ? 'skipped' : 'taken'}: ${name}`);
      }
      assert.equal(after.json.curve.at(-1)?.loss === null, skipped, 'an unknown loss is shown as unknown');
      // Adam's first step has the length of its rate in every parameter: skipped steps do not count in its bias correction.
      if (!skipped && before.json.skippedSteps === step) {
        firstAfterSkips = step;
        const longest = Math.max(...after.arrays.parameters.map((value, i) => Math.abs(value - before.arrays.parameters[i])));
        assert.ok(Math.abs(longest / 0.01 - 1) < 1e-3, `the first step taken moves by ${longest}, its rate is 0.01`);
      }
    }
    const { skippedSteps } = trainer.snapshot().json;
    assert.ok(skippedSteps > 0 && skippedSteps < 10, `${skippedSteps} of 10 skipped`);
    assert.ok(firstAfterSkips > 0, 'the first step is among those skipped');
    await trainer.dispose();
  });

  it('counts clipped steps', async () => {
    const tight = await trained(options({ steps: 3, clipNorm: 1e-6 }));
    assert.deepEqual([tight.json.clippedSteps, tight.json.skippedSteps], [3, 0], 'clipped');
  });

  it('learns, keeps the best parameters, and needs nothing that its loss does not', async () => {
    const trainer = await Trainer.create(options({ theta: 1, kappa: 0, steps: 60, batch: 64, evaluateEvery: 20, fixedBaseSamples: 500 }, { data: none }));
    const before = trainer.latest;
    await trainer.advance(1e9);
    const { parameters, counters } = trainer.result();
    assert.equal(before, undefined, 'no curve before the first step');
    assert.ok(trainer.done && counters.step === 60, 'done');
    assert.ok(counters.clippedSteps < 60, 'few steps are clipped');
    const scores = counters.curve.flatMap(({ reverseEss }) => (reverseEss === undefined ? [] : [reverseEss]));
    assert.equal(scores.length, 3, 'three evaluations');
    assert.ok((scores.at(-1) ?? 0) > 0.8, `reverse ESS ${scores.join(', ')}`);
    assert.equal(counters.bestScore, Math.max(...scores.map(Number)), 'the best score');
    assert.equal(parameters.length, trainer.snapshot().arrays.parameters.length, 'parameters');
    assert.ok(counters.curve.every(({ forward, variation }) => forward === null && variation === null), 'terms that were not computed are null');
    await trainer.dispose();
  });

  it('stops early when its patience is out', async () => {
    // A rate of zero never improves on the first evaluation.
    const { json } = await trained(options({ steps: 50, evaluateEvery: 1, patience: 3, learningRate: 0 }));
    assert.deepEqual([json.step, json.bestStep, json.stopped], [4, 1, true], 'one best and three without improvement');
  });

  it('refuses to train on nothing, and flows that cannot be', async () => {
    await assert.rejects(Trainer.create(options({}, { data: none })), (error: unknown) => error instanceof InputError && /needs target samples/.test(error.message), 'no data');
    await assert.rejects(Trainer.create(options({ theta: 1, kappa: 0.5 }, { data: none })), InputError, 'the variation needs data');
    await assert.rejects(Trainer.create(options({}, { architecture: { ...options().architecture, bins: 1 } })), InputError, 'architecture');
  });
});

describe('traceOfSampleCovariance', () => {
  it('sums the variances', () => {
    assert.equal(traceOfSampleCovariance(Float64Array.of(1, 10, 3, 10, 5, 40), 2), 8 / 3 + 200, 'two coordinates');
    assert.equal(traceOfSampleCovariance(new Float64Array(0), 2), 1, 'nothing to weigh by');
  });
});

describe('scheduledRate', () => {
  it('rises to the peak, then falls to 1/200 of it', () => {
    for (const steps of [1, 5, 100, 777]) {
      const rates = Array.from({ length: steps }, (_, step) => scheduledRate('oneCycle', step, steps));
      assert.ok(rates.every((rate) => rate > 0 && rate <= 1), `${steps} steps: within (0, 1]`);
      const top = rates.indexOf(1);
      assert.ok(top >= 0 && rates.every((rate, i) => i === 0 || (i <= top ? rate >= rates[i - 1] : rate <= rates[i - 1])), `${steps} steps: up, then down`);
      if (steps >= 100) assert.ok(rates[steps - 1] < 0.01 && rates[0] < 0.2 && Math.abs(top / steps - 0.1) < 0.02, `${steps} steps: ends low, peaks at a tenth`);
    }
    assert.equal(scheduledRate('constant', 17, 100), 1, 'constant');
  });
});
