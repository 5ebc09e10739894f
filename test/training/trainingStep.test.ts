/** One whole step: executors against each other, Adam against plain JavaScript, clipping and refusal. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileOnnx } from '../../src/engine/onnx/executor.ts';
import { trace } from '../../src/engine/trace.ts';
import { parameterSlots } from '../../src/flows/architecture.ts';
import type { ObjectiveSettings } from '../../src/objectives/jeffreys.ts';
import { ADAM, CONTROL, REPORT } from '../../src/training/trainingStep.ts';
import { mixed, onnxStep, plane, problem, referenceStep, type Problem, type StepResult } from './problem.ts';

const base: ObjectiveSettings = { theta: 0.5, kappa: 0.5, renyiOrder: 1, variationPairings: 1 };

/** Gradients out of the first moment after one step from zero moments, without clipping. */
const gradientOf = ({ first }: StepResult): number[] => first.map((m) => m / (1 - ADAM.beta1));

/** The largest max |Δ| / max |g| of any tensor, with its name. Tensors whose gradient vanishes count by the largest of all. */
function gradientError({ architecture }: Problem, found: readonly number[], exact: readonly number[]): { error: number; name: string } {
  const overall = Math.max(...exact.map(Math.abs));
  let [start, error, worst] = [0, 0, ''];
  for (const { name, shape } of parameterSlots(architecture)) {
    const end = start + shape.reduce((product, n) => product * n, 1);
    const size = Math.max(...exact.slice(start, end).map(Math.abs), 1e-6 * overall);
    const gap = Math.max(...exact.slice(start, end).map((value, i) => Math.abs(value - found[start + i]))) / size;
    if (!(gap <= error)) [error, worst] = [gap, name];
    start = end;
  }
  return { error, name: worst };
}

describe('a whole training step', () => {
  const cases: [string, typeof plane, Partial<ObjectiveSettings>][] = [
    ...[0, 0.5, 1].flatMap((theta) => [0, 0.5].map((kappa): [string, typeof plane, Partial<ObjectiveSettings>] => [`θ ${theta}, κ ${kappa}`, plane, { theta, kappa }])),
    ['circle and line, θ 0.5, κ 0.5', mixed, { variationPairings: 2 }], ['circle and line, Rényi 1.5', mixed, { renyiOrder: 1.5, kappa: 0 }],
  ];
  for (const [name, target, change] of cases) {
    it(`${name}: onnx agrees with the reference to 1e-5, in the loss and in every gradient`, async (t) => {
      const p = problem(target, { ...base, ...change }, { layers: target === plane ? 1 : 2 });
      const [reference, double, single] = [await referenceStep(p), await onnxStep(p, 'float64'), await onnxStep(p, 'float32')];
      const exact = gradientOf(reference);
      assert.equal(reference.report[REPORT.accepted], 1, 'accepted');
      assert.ok(exact.some((value) => Math.abs(value) > 1e-3), 'a gradient that is not zero');
      for (const [precision, result] of [['float64', double], ['float32', single]] as const) {
        const loss = Math.abs(result.report[REPORT.loss] - reference.report[REPORT.loss]) / (Math.abs(reference.report[REPORT.loss]) + 0.1);
        const { error, name: tensor } = gradientError(p, gradientOf(result), exact);
        t.diagnostic(`${precision}: loss ${loss.toExponential(1)}, gradient ${error.toExponential(1)} (${tensor})`);
        assert.ok(loss < 1e-5, `${precision}: the loss is off by ${loss}`);
        assert.ok(error < 1e-5, `${precision}: the gradient of ${tensor} is off by ${error}`);
      }
    });
  }

  it('has the gradient that central differences give', async () => {
    const p = problem(plane, base);
    const executable = await compileOnnx(trace(p.step.f, p.step.specs), { precision: 'float64' });
    const [, first, , report] = await executable.run(p.inputs);
    const exact = gradientOf({ parameters: [], first: Array.from(first), second: [], report: Array.from(report) });
    const h = 1e-6;
    for (let i = 0; i < exact.length; i += 11) {
      const at = async (by: number): Promise<number> =>
        (await executable.run([p.inputs[0].map((value, k) => (k === i ? value + by : value)), ...p.inputs.slice(1)]))[3][REPORT.loss];
      const difference = (await at(h) - await at(-h)) / (2 * h);
      assert.ok(Math.abs(difference - exact[i]) < 1e-6 * (1 + Math.abs(exact[i])), `parameter ${i}: ${exact[i]} for ${difference}`);
    }
    await executable.dispose();
  });

  it('on 1 and 2 threads differs by rounding at most', async (t) => {
    const p = problem(plane, base, { hidden: 32, batch: 512, bins: 8 });
    const [one, two] = [await onnxStep(p, 'float32', 1), await onnxStep(p, 'float32', 2)];
    const { error, name } = gradientError(p, gradientOf(two), gradientOf(one));
    t.diagnostic(`gradients on 2 threads differ from those on 1 by ${error.toExponential(1)} (${name || 'identical'})`);
    assert.ok(error < 1e-4, `${name} differs by ${error}`);
  });
});

describe('Adam, clipping and refusal', () => {
  it('is Adam (Kingma & Ba 2015), over several steps', async () => {
    const p = problem(plane, base);
    const executable = await compileOnnx(trace(p.step.f, p.step.specs), { precision: 'float64' });
    const { beta1, beta2, epsilon } = ADAM;
    let state = p.inputs.slice(0, 3);
    let plain = state.map((array) => array.slice());
    for (let step = 1; step <= 4; step++) {
      const controls = p.inputs[3].slice();
      const rate = 1e-2 / step;
      controls[CONTROL.learningRate] = rate;
      controls[CONTROL.correction1] = 1 - beta1 ** step;
      controls[CONTROL.correction2] = 1 - beta2 ** step;
      // The gradient at the plain state, read off the first moment of a step from zero.
      const zero = new Float64Array(plain[0].length);
      const [, first] = await executable.run([plain[0], zero, zero, controls, ...p.inputs.slice(4)]);
      const g = Array.from(first, (m) => m / (1 - beta1));
      const m = plain[1].map((value, i) => beta1 * value + (1 - beta1) * g[i]);
      const v = plain[2].map((value, i) => beta2 * value + (1 - beta2) * g[i] ** 2);
      const next = plain[0].map((value, i) => value - (rate * (m[i] / (1 - beta1 ** step))) / (Math.sqrt(v[i] / (1 - beta2 ** step)) + epsilon));
      plain = [next, m, v];
      const outputs = await executable.run([...state, controls, ...p.inputs.slice(4)]);
      state = outputs.slice(0, 3).map((array) => Float64Array.from(array));
      plain.forEach((array, k) => {
        const gap = Math.max(...array.map((value, i) => Math.abs(value - state[k][i])));
        assert.ok(gap < 1e-10, `step ${step}, ${['parameters', 'first moment', 'second moment'][k]}: off by ${gap}`);
      });
    }
    await executable.dispose();
  });

  it('shortens long gradients to the clip norm, and no others', async () => {
    const p = problem(plane, base);
    const free = await onnxStep(p, 'float64');
    const norm = Math.hypot(...gradientOf(free));
    assert.ok(Math.abs(free.report[REPORT.gradientNorm] / norm - 1) < 1e-12, 'the norm is reported');
    for (const share of [0.25, 4]) {
      p.inputs[3][CONTROL.clipNorm] = share * norm;
      const clipped = await onnxStep(p, 'float64');
      const expected = Math.min(share, 1);
      const gap = Math.max(...gradientOf(clipped).map((value, i) => Math.abs(value - expected * gradientOf(free)[i])));
      assert.ok(gap < 1e-10 * norm, `clip at ${share} of the norm: off by ${gap}`);
      assert.ok(Math.abs(clipped.report[REPORT.gradientNorm] / norm - 1) < 1e-12, 'the norm before clipping is reported');
    }
  });

  it('refuses a step that is not finite, and leaves everything as it was', async () => {
    for (const precision of ['float32', 'float64'] as const) {
      const p = problem(plane, base);
      const moment = Float64Array.from(p.inputs[0], (_, i) => Math.fround(0.01 * Math.sin(i)));
      p.inputs[1] = moment;
      p.inputs[2] = moment.map((value) => Math.fround(value * value));
      const executable = await compileOnnx(trace(p.step.f, p.step.specs), { precision });
      const spoil: [string, number, number][] = [['NaN among the base samples', 4, NaN], ['an infinite energy', 6, Infinity], ['NaN among the energies', 6, NaN], ['a huge energy', 6, 1e30], ['a NaN target sample', 5, NaN]];
      for (const [what, input, value] of spoil) {
        const inputs = p.inputs.map((array, i) => (i === input ? array.map((entry, k) => (k === 3 ? value : entry)) : array));
        const [parameters, first, second, report] = await executable.run(inputs);
        assert.equal(report[REPORT.accepted], 0, `${precision}, ${what}: accepted`);
        assert.deepEqual(Array.from(parameters), Array.from(p.inputs[0]), `${precision}, ${what}: parameters`);
        assert.deepEqual(Array.from(first), Array.from(p.inputs[1]), `${precision}, ${what}: first moment`);
        assert.deepEqual(Array.from(second), Array.from(p.inputs[2]), `${precision}, ${what}: second moment`);
      }
      const [, , , good] = await executable.run(p.inputs);
      assert.equal(good[REPORT.accepted], 1, 'the unspoilt step is accepted');
      await executable.dispose();
    }
  });
});
