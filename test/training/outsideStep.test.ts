/** Steps whose energies are evaluated outside of the graph, exact or seen with noise: against the whole step, differences and means. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ArrayData, Executable, Precision } from '../../src/engine/executor.ts';
import { compileOnnx } from '../../src/engine/onnx/executor.ts';
import { foldIn, keyFromSeed, type Key } from '../../src/engine/random.ts';
import { fillUniformRows } from '../../src/engine/simd/rows.ts';
import { trace } from '../../src/engine/trace.ts';
import { InputError } from '../../src/errors.ts';
import { alternatingMasks } from '../../src/flows/architecture.ts';
import { CompiledFlow } from '../../src/flows/compiled/compiledFlow.ts';
import type { ObjectiveSettings } from '../../src/objectives/jeffreys.ts';
import { sampleBase } from '../../src/targets/base.ts';
import { batchBaseEnergy, batchEnergy, compileEnergy } from '../../src/targets/compile.ts';
import type { NoisyEvaluator } from '../../src/targets/noisyEvaluator.ts';
import { compileStep } from '../../src/training/compiledStep.ts';
import { drawNoise, type TrainingNoise } from '../../src/training/noise.ts';
import { compileOutsideStep } from '../../src/training/outsideStep.ts';
import { baseSource } from '../../src/training/source.ts';
import { Trainer, type TrainerOptions, type TrainerSnapshot } from '../../src/training/trainer.ts';
import { ADAM, CONTROL, REPORT } from '../../src/training/trainingStep.ts';
import { mixed, plane, problem, type Problem } from './problem.ts';

const base: ObjectiveSettings = { theta: 0.5, kappa: 1, renyiOrder: 1, variationPairings: 1 };
const key = keyFromSeed(17);

/** Numbers of a ξ. */
const SIZE = 2;
type Exact = Pick<NoisyEvaluator, 'dimension'> & {
  energies(x: Float64Array, n: number, energies: Float64Array): void;
  energiesAndGradients(x: Float64Array, n: number, energies: Float64Array, gradients: Float64Array): void;
};

/** U(x; ξ) = U(x) + `height` Σ_j ξ_j cos x_j with ξ_j uniform on (`low`, `low` + 2): no bias at low = −1. */
function wavy(exact: Exact, height: number, low = -1): NoisyEvaluator {
  const { dimension: d } = exact;
  const add = (x: Float64Array, xi: Float64Array, n: number, energies: Float64Array, gradients?: Float64Array): void => {
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < d; j++) {
        energies[i] += height * xi[i * SIZE + j] * Math.cos(x[i * d + j]);
        if (gradients !== undefined) gradients[i * d + j] -= height * xi[i * SIZE + j] * Math.sin(x[i * d + j]);
      }
    }
  };
  return {
    dimension: d, size: SIZE, full: null, cost: null,
    draw(from, first, n, xi) {
      fillUniformRows(from, first, n, SIZE, xi);
      for (let i = 0; i < xi.length; i++) xi[i] = low + 2 * xi[i];
    },
    energies(x, xi, n, energies) {
      exact.energies(x, n, energies);
      add(x, xi, n, energies);
    },
    energiesAndGradients(x, xi, n, energies, gradients) {
      exact.energiesAndGradients(x, n, energies, gradients);
      add(x, xi, n, energies, gradients);
    },
  };
}

/** The exact energies as if they were noisy. */
const silent = (target: typeof plane): TrainingNoise => ({ target: wavy(compileEnergy(target), 0), source: wavy(baseSource(target.base), 0) });
const noisy: TrainingNoise = { target: wavy(compileEnergy(plane), 2), source: wavy(baseSource(plane.base), 1) };

interface Compiled {
  readonly objective: ObjectiveSettings;
  readonly noise?: TrainingNoise;
  readonly precision?: Precision;
  readonly parts?: number;
}

const outside = ({ architecture, target, batch }: Problem, { objective, noise, precision = 'float64', parts = 1 }: Compiled): Promise<Executable> => compileOutsideStep({
  architecture, source: baseSource(target.base), energy: compileEnergy(target), noise, objective, batch, micro: batch / parts, network: { precision, threads: 1 },
});

function fused({ architecture, target, batch }: Problem, { objective, noise, precision = 'float64' }: Compiled): Promise<Executable> {
  const flow = new CompiledFlow(architecture, { precision, threads: 1, gradient: true, points: batch });
  return Promise.resolve(compileStep({ flow, dimension: 2, source: baseSource(target.base), energy: compileEnergy(target), noise, objective, batch }));
}

const executors = { outside, fused };

async function using<Result>(compiling: Promise<Executable>, work: (step: Executable) => Promise<Result>): Promise<Result> {
  const step = await compiling;
  try {
    return await work(step);
  } finally {
    await step.dispose();
  }
}

/** The outputs of a few steps, each from where the one before it ended. */
async function severalSteps(step: Executable, [parameters, first, second, controls, ...points]: readonly Float64Array[], steps = 3): Promise<ArrayData[][]> {
  let state: ArrayData[] = [parameters, first, second];
  const outputs: ArrayData[][] = [];
  for (let t = 1; t <= steps; t++) {
    const now = controls.slice();
    now[CONTROL.correction1] = 1 - ADAM.beta1 ** t;
    now[CONTROL.correction2] = 1 - ADAM.beta2 ** t;
    const output = await step.run([...state, now, ...points]);
    outputs.push(output);
    state = output.slice(0, 3);
  }
  return outputs;
}

const largestGap = (a: ArrayLike<number>, b: ArrayLike<number>): number => Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i])));
const largest = (a: ArrayLike<number>): number => Math.max(...Array.from(a, Math.abs));
/** ∂L/∂parameters of a step from moments of zero. */
const gradientOf = (outputs: readonly ArrayData[]): number[] => Array.from(outputs[1], (m) => m / (1 - ADAM.beta1));
const xiOf = (noise: TrainingNoise, objective: ObjectiveSettings, batch: number, step = 0): Float64Array[] => drawNoise(noise, objective, batch, key, step);

describe('a training step with its energies outside', () => {
  const objectives = [0, 0.5, 1].flatMap((theta) => [0, 1].flatMap((kappa) => [1, 1.5].map((renyiOrder): ObjectiveSettings => ({ ...base, theta, kappa, renyiOrder }))));
  for (const [i, objective] of objectives.entries()) {
    const { theta, kappa, renyiOrder } = objective;
    const target = i % 2 === 0 ? plane : mixed;
    it(`θ ${theta}, κ ${kappa}, order ${renyiOrder}, ${target.name}: an energy that ignores ξ gives the steps of the whole graph`, async (t) => {
      const p = problem(target, objective, { layers: i % 2 + 1 });
      const whole = await using(compileOnnx(trace(p.step.f, p.step.specs), { precision: 'float64' }), (step) => severalSteps(step, p.inputs));
      const noise = silent(target);
      const inputs = [...p.inputs, ...xiOf(noise, objective, p.batch)];
      for (const [precision, bound] of [['float64', 1e-10], ['float32', 1e-5]] as const) {
        for (const parts of [1, 2]) {
          const steps = await using(outside(p, { objective, noise, precision, parts }), (step) => severalSteps(step, inputs));
          const gaps = { report: 0, first: 0, parameters: 0 };
          for (const [k, [parameters, first, , report]] of steps.entries()) {
            gaps.report = Math.max(gaps.report, largestGap(report, whole[k][3]) / (1 + largest(whole[k][3])));
            gaps.first = Math.max(gaps.first, largestGap(first, whole[k][1]) / largest(whole[k][1]));
            gaps.parameters = Math.max(gaps.parameters, largestGap(parameters, whole[k][0]));
          }
          t.diagnostic(`${precision}, ${parts} parts: ${Object.entries(gaps).map(([name, gap]) => `${name} ${gap.toExponential(1)}`).join(', ')}`);
          assert.ok(gaps.report < bound, `${precision}, ${parts} parts: the report is off by ${gaps.report}`);
          assert.ok(gaps.first < bound, `${precision}, ${parts} parts: the gradient is off by ${gaps.first}`);
          assert.ok(gaps.parameters < bound, `${precision}, ${parts} parts: the parameters are off by ${gaps.parameters}`);
        }
      }
    });
  }

  it('refuses a step that is not finite, and leaves everything as it was', async () => {
    const p = problem(plane, base);
    await using(outside(p, { objective: base }), async (step) => {
      for (const [input, value] of [[4, NaN], [6, Infinity], [6, 1e30], [5, NaN]]) {
        const inputs = p.inputs.map((array, i) => (i === input ? array.map((entry, k) => (k === 3 ? value : entry)) : array));
        const outputs = await step.run(inputs);
        assert.equal(outputs[3][REPORT.accepted], 0, `input ${input} with ${value}: accepted`);
        for (const k of [0, 1, 2]) assert.deepEqual(Array.from(outputs[k]), Array.from(p.inputs[k]), `input ${input} with ${value}: output ${k}`);
      }
    });
  });
});

describe('a training step that sees energies with noise', () => {
  for (const [name, compile] of Object.entries(executors)) {
    it(`${name}: without noise and with an energy that ignores ξ, the same bits`, async () => {
      const p = problem(plane, base);
      const noise = silent(plane);
      const plain = await using(compile(p, { objective: base, precision: 'float32' }), (step) => step.run(p.inputs));
      // With a noisy source the energies of target samples are computed anew rather than read.
      for (const source of [null, noise.source]) {
        const ignored = await using(compile(p, { objective: base, precision: 'float32', noise: { ...noise, source } }), (step) => step.run([...p.inputs, ...xiOf(noise, base, p.batch)]));
        assert.deepEqual(ignored, plain, source === null ? 'exact source' : 'noisy source');
      }
    });

    it(`${name}: has the gradient that central differences give, at its ξ`, async () => {
      const objective = { ...base, renyiOrder: 1.5 };
      const p = problem(plane, objective, { layers: 1 });
      const xi = xiOf(noisy, objective, p.batch);
      const [parameters, ...others] = [...p.inputs, ...xi];
      await using(compile(p, { objective, noise: noisy }), async (step) => {
        const gradient = gradientOf(await step.run([parameters, ...others]));
        const h = 1e-5;
        for (let i = 0; i < gradient.length; i += 5) {
          const at = async (by: number): Promise<number> => (await step.run([parameters.map((value, k) => (k === i ? value + by : value)), ...others]))[3][REPORT.loss];
          const difference = (await at(h) - await at(-h)) / (2 * h);
          assert.ok(Math.abs(difference - gradient[i]) < 1e-7 * (1 + Math.abs(gradient[i])), `parameter ${i}: ${gradient[i]} for ${difference}`);
        }
      });
    });

    it(`${name}: the reverse gradient has no bias, and one of noise with a bias does`, async (t) => {
      const objective = { ...base, theta: 1, kappa: 0 };
      const p = problem(plane, objective);
      const exact = gradientOf(await using(compile(p, { objective }), (step) => step.run(p.inputs)));
      /** The largest distance of a mean over many ξ from the exact gradient, in standard errors. */
      const distance = async (noise: TrainingNoise): Promise<number> => using(compile(p, { objective, noise }), async (step) => {
        const draws = 600;
        const [sum, squares] = [new Float64Array(exact.length), new Float64Array(exact.length)];
        for (let k = 0; k < draws; k++) {
          gradientOf(await step.run([...p.inputs, ...xiOf(noise, objective, p.batch, k)])).forEach((value, i) => {
            sum[i] += value - exact[i];
            squares[i] += (value - exact[i]) ** 2;
          });
        }
        return Math.max(...sum.map((total, i) => {
          const mean = total / draws;
          return Math.abs(mean) / (Math.sqrt((squares[i] / draws - mean ** 2) / draws) + 1e-12);
        }));
      });
      const [fair, biased] = [await distance({ ...noisy, source: null }), await distance({ target: wavy(compileEnergy(plane), 2, -0.7), source: null })];
      t.diagnostic(`${exact.length} parameters: ${fair.toFixed(2)} standard errors; with a bias ${biased.toFixed(1)}`);
      assert.ok(fair < 4, `a mean is ${fair} standard errors off`);
      assert.ok(biased > 6, `noise with a bias is seen: ${biased}`);
    });

    it(`${name}: source and target of a term see the same ξ, and only where they are needed`, async () => {
      const p = problem(plane, base);
      const calls: { what: string; x: number[]; xi: number[] }[] = [];
      const recording = (what: string, evaluator: NoisyEvaluator): NoisyEvaluator => ({
        ...evaluator,
        energies(x, xi, n, energies) {
          calls.push({ what: `${what} energies`, x: Array.from(x), xi: Array.from(xi) });
          evaluator.energies(x, xi, n, energies);
        },
        energiesAndGradients(x, xi, n, energies, gradients) {
          calls.push({ what: `${what} gradients`, x: Array.from(x), xi: Array.from(xi) });
          evaluator.energiesAndGradients(x, xi, n, energies, gradients);
        },
      });
      const noise = { target: recording('target', noisy.target), source: recording('source', wavy(baseSource(plane.base), 1)) };
      const called = async (objective: ObjectiveSettings, given: TrainingNoise): Promise<typeof calls> => {
        calls.length = 0;
        await using(compile(p, { objective, noise: given }), (step) => step.run([...p.inputs, ...xiOf(given, objective, p.batch)]));
        return [...calls];
      };
      const exactSource = { ...noise, source: null };
      const [reverseXi, forwardXi] = xiOf(noise, base, p.batch).map((xi) => Array.from(xi));
      const both = await called(base, noise);
      const byTerm = (xi: number[]): string[] => both.filter((call) => largestGap(call.xi, xi) === 0).map(({ what }) => what).sort();
      assert.equal(both.length, 4, 'two energies in each of two terms');
      assert.deepEqual(byTerm(reverseXi), ['source energies', 'target gradients'], 'of the reverse term');
      assert.deepEqual(byTerm(forwardXi), ['source gradients', 'target energies'], 'of the forward term');
      const pointsOf = (name: string): number[] | undefined => both.find(({ what }) => what === name)?.x;
      assert.deepEqual(pointsOf('source energies'), Array.from(p.inputs[4]), 'the source at its own points');
      assert.deepEqual(pointsOf('target energies'), Array.from(p.inputs[5]), 'the target at its own samples');

      const names = async (objective: ObjectiveSettings, given: TrainingNoise): Promise<string[]> => (await called(objective, given)).map(({ what }) => what).sort();
      assert.deepEqual(await names({ ...base, theta: 1, kappa: 0 }, noise), ['source energies', 'target gradients'], 'reverse alone');
      assert.deepEqual(await names({ ...base, theta: 0 }, noise), ['source gradients', 'target energies'], 'forward alone');
      assert.deepEqual(await names(base, exactSource), ['target gradients'], 'an exact source');
      assert.deepEqual(await names({ ...base, theta: 0 }, exactSource), [], 'forward alone from an exact source');
      const lengths = (objective: ObjectiveSettings, given: TrainingNoise): number[] => xiOf(given, objective, 8).map((xi) => xi.length);
      assert.deepEqual([lengths(base, noise), lengths(base, exactSource), lengths({ ...base, theta: 0 }, exactSource)], [[16, 16], [16, 0], [0, 0]], 'draws');
    });
  }

  it('is the same step fused and outside', async () => {
    for (const objective of [base, { ...base, renyiOrder: 1.5, variationPairings: 2 }]) {
      const p = problem(plane, objective);
      const inputs = [...p.inputs, ...xiOf(noisy, objective, p.batch)];
      const [one, other] = await Promise.all(Object.values(executors).map((compile) => using(compile(p, { objective, noise: noisy }), (step) => step.run(inputs))));
      assert.ok(largestGap(one[1], other[1]) < 1e-10 * largest(one[1]), 'gradient');
      assert.ok(largestGap(one[3], other[3]) < 1e-10 * (1 + largest(one[3])), 'report');
      const exact = await using(outside(p, { objective }), (step) => step.run(p.inputs));
      assert.ok(largestGap(one[1], exact[1]) > 1e-2 * largest(one[1]), 'which the noise has changed');
    }
  });
});

describe('a trainer that sees energies with noise', () => {
  const evaluator = compileEnergy(plane);
  const samples = (name: string, n: number): TrainerOptions['data'] => {
    const x = new Float64Array(2 * n);
    sampleBase(plane.base, foldIn(key, name), 0, n, x);
    const energies = new Float64Array(n);
    evaluator.energies(x, n, energies);
    return { samples: x, energies };
  };
  const [data, heldOut] = [samples('data', 200), samples('held', 100)];
  const options = (network: TrainerOptions['network'], noise: TrainingNoise = noisy): TrainerOptions => ({
    architecture: { domain: plane.domain, masks: alternatingMasks(2, 2), hidden: 4, bins: 3, activation: 'silu' },
    settings: {
      ...base, steps: 8, batch: 16, learningRate: 0.01, schedule: 'oneCycle', clipNorm: 10, evaluateEvery: 8, patience: 0, fixedBaseSamples: 0,
    },
    source: baseSource(plane.base), energies: { base: batchBaseEnergy(plane.base), target: batchEnergy(plane) }, evaluator, data, heldOut, key, network: { threads: 1, ...network }, noise,
  });

  /** Snapshots after five steps, at the end, and at the end of another trainer that goes on from the first. */
  async function inPieces(given: TrainerOptions): Promise<TrainerSnapshot[]> {
    const [first, second] = [await Trainer.create(given), await Trainer.create(given)];
    await first.advance(5);
    const half = structuredClone(first.snapshot());
    await first.advance(1e9);
    await second.advance(2);
    second.restore(half);
    await second.advance(1e9);
    const snapshots = [half, first.snapshot(), second.snapshot()];
    await Promise.all([first.dispose(), second.dispose()]);
    return snapshots;
  }

  for (const executor of ['fused', 'onnx'] as const) {
    it(`${executor}: gives the same bits after a restore`, async () => {
      const [half, whole, restored] = await inPieces(options({ executor }));
      assert.equal(half.json.step, 5, 'stopped in the middle');
      assert.deepEqual(restored, whole, 'a restored run');
      assert.equal(whole.json.skippedSteps, 0, 'every step is taken');
    });
  }

  it('is the same training on both executors, and not that of the exact energies', async () => {
    const [, fusedEnd] = await inPieces(options({ executor: 'fused', precision: 'float64' }));
    const [, onnxEnd] = await inPieces(options({ executor: 'onnx', precision: 'float64' }));
    const [, exactEnd] = await inPieces(options({ executor: 'fused', precision: 'float64' }, silent(plane)));
    const from = (end: TrainerSnapshot): number => largestGap(end.arrays.firstMoment, fusedEnd.arrays.firstMoment) / largest(fusedEnd.arrays.firstMoment);
    assert.ok(from(onnxEnd) < 1e-8, `the executors differ by ${from(onnxEnd)}`);
    assert.ok(from(exactEnd) > 1e-2, `the noise makes a difference of ${from(exactEnd)}`);
  });

  it('draws ξ anew for every step and point', async () => {
    const draws: { key: Key; first: number; n: number; xi: Float64Array }[] = [];
    const target: NoisyEvaluator = {
      ...noisy.target,
      draw(from, first, n, xi) {
        noisy.target.draw(from, first, n, xi);
        draws.push({ key: from, first, n, xi: xi.slice() });
      },
    };
    const trainer = await Trainer.create(options({ executor: 'fused' }, { ...noisy, target }));
    await trainer.advance(2);
    await trainer.dispose();
    assert.deepEqual(draws.map(({ key: from, first, n }) => ({ from, first, n })), [0, 1].flatMap((step) => [0, 16].map((first) => ({ from: foldIn(foldIn(key, 'noise'), step), first, n: 16 }))), 'streams');
    assert.equal(new Set(draws.flatMap(({ xi }) => Array.from(xi))).size, 4 * 16 * SIZE, 'no number twice');
  });

  it('refuses energies that do not take the same ξ', async () => {
    const other: NoisyEvaluator = { ...noisy.target, size: 3 };
    await assert.rejects(Trainer.create(options({}, { target: noisy.target, source: other })), (error: unknown) => error instanceof InputError && /one ξ must serve/.test(error.message));
  });
});
