/** A whole step of the fused executor: against onnx in float64, clipping and refusal. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ArrayData, Precision } from '../../src/engine/executor.ts';
import { CompiledFlow } from '../../src/flows/compiled/compiledFlow.ts';
import type { ObjectiveSettings } from '../../src/objectives/jeffreys.ts';
import { compileEnergy } from '../../src/targets/compile.ts';
import { compileStep } from '../../src/training/compiledStep.ts';
import { baseSource } from '../../src/training/source.ts';
import { ADAM, CONTROL, REPORT } from '../../src/training/trainingStep.ts';
import { mixed, onnxStep, plane, problem, type Problem } from './problem.ts';

const base: ObjectiveSettings = { theta: 0.5, kappa: 0.5, renyiOrder: 1, variationPairings: 1 };

async function fusedStep({ architecture, target, batch, inputs }: Problem, objective: ObjectiveSettings, precision: Precision, threads = 1): Promise<ArrayData[]> {
  const flow = new CompiledFlow(architecture, { precision, threads, gradient: true, points: batch });
  const step = compileStep({ flow, dimension: 2, source: baseSource(target.base), energy: compileEnergy(target), objective, batch });
  try {
    return await step.run(inputs);
  } finally {
    await step.dispose();
  }
}

const largestGap = (a: ArrayLike<number>, b: ArrayLike<number>): number => Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i])));

describe('a training step of the fused executor', () => {
  const cases: [string, typeof plane, Partial<ObjectiveSettings>, Parameters<typeof problem>[2]][] = [
    ...[0, 0.5, 1].flatMap((theta) => [0, 0.5].map((kappa): [string, typeof plane, Partial<ObjectiveSettings>, object] => [`θ ${theta}, κ ${kappa}`, plane, { theta, kappa }, { layers: 1 }])),
    ['circle and line, θ 0.5, κ 0.5, two pairings', mixed, { variationPairings: 2 }, {}],
    ['circle and line, Rényi 1.5', mixed, { renyiOrder: 1.5, kappa: 0 }, {}],
    ['the plane, affine', plane, {}, { coupling: 'affine' }],
    ['circle and line, affine, κ alone', mixed, { theta: 0, kappa: 1 }, { coupling: 'affine' }],
    ['a batch of many tiles', plane, {}, { layers: 3, hidden: 16, bins: 8, batch: 500 }],
  ];
  for (const [name, target, change, shape] of cases) {
    it(`${name}: loss, gradient and new parameters are those of onnx in float64`, async (t) => {
      const objective = { ...base, ...change };
      const p = problem(target, objective, shape);
      const exact = await onnxStep(p, 'float64');
      const scale = Math.max(...exact.first.map(Math.abs));
      for (const [precision, bound] of [['float64', 1e-10], ['float32', 1e-5]] as const) {
        const [parameters, first, second, report] = await fusedStep(p, objective, precision);
        const loss = Math.abs(report[REPORT.loss] - exact.report[REPORT.loss]) / (1 + Math.abs(exact.report[REPORT.loss]));
        const gradient = largestGap(first, exact.first) / scale;
        t.diagnostic(`${precision}: loss ${loss.toExponential(1)}, gradient ${gradient.toExponential(1)}`);
        assert.ok(loss < bound && gradient < bound, `${precision}: loss off by ${loss}, gradient by ${gradient}`);
        assert.ok(largestGap(second, exact.second) < bound * scale * scale, 'second moment');
        // A first step of Adam is the rate times the gradient's sign, so a tiny gradient may turn a parameter round.
        if (precision === 'float64') assert.ok(largestGap(parameters, exact.parameters) < 1e-6, 'parameters');
        for (const part of ['reverse', 'forward', 'variation'] as const) assert.ok(Math.abs(report[REPORT[part]] - exact.report[REPORT[part]]) < bound * 10, part);
        assert.equal(report[REPORT.accepted], 1);
      }
    });
  }

  it('gives the same bits on 1 and 2 threads', async () => {
    const p = problem(plane, base, { layers: 2, hidden: 16, bins: 8, batch: 700 });
    assert.deepEqual(await fusedStep(p, base, 'float32', 2), await fusedStep(p, base, 'float32', 1));
  });

  it('shortens long gradients to the clip norm', async () => {
    const p = problem(plane, base);
    const [, free, , report] = await fusedStep(p, base, 'float64');
    p.inputs[3][CONTROL.clipNorm] = report[REPORT.gradientNorm] / 4;
    const [, clipped] = await fusedStep(p, base, 'float64');
    assert.ok(largestGap(Array.from(clipped, (m) => 4 * m), free) < 1e-10, 'a quarter of it');
    assert.ok(Math.abs(Math.hypot(...Array.from(free, (m) => m / (1 - ADAM.beta1))) / report[REPORT.gradientNorm] - 1) < 1e-12, 'the norm before clipping is reported');
  });

  it('refuses a step that is not finite, and leaves everything as it was', async () => {
    for (const precision of ['float32', 'float64'] as const) {
      const p = problem(plane, base);
      const moment = Float64Array.from(p.inputs[0], (_, i) => Math.fround(0.01 * Math.sin(i)));
      p.inputs[1] = moment;
      p.inputs[2] = moment.map((value) => Math.fround(value * value));
      const spoil: [string, number, number][] = [['NaN among the base samples', 4, NaN], ['an infinite energy', 6, Infinity], ['NaN among the energies', 6, NaN], ['a huge energy', 6, 1e30], ['a NaN target sample', 5, NaN]];
      for (const [what, input, value] of spoil) {
        const inputs = p.inputs.map((array, i) => (i === input ? array.map((entry, k) => (k === 3 ? value : entry)) : array));
        const outputs = await fusedStep({ ...p, inputs }, base, precision);
        assert.equal(outputs[3][REPORT.accepted], 0, `${precision}, ${what}: accepted`);
        for (const k of [0, 1, 2]) assert.deepEqual(Array.from(outputs[k]), Array.from(p.inputs[k]), `${precision}, ${what}: output ${k}`);
      }
    }
  });
});
