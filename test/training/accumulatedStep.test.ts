/** A step taken in parts is the step taken at once. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ObjectiveSettings } from '../../src/objectives/jeffreys.ts';
import { batchBaseEnergy, batchEnergy } from '../../src/targets/compile.ts';
import { compileAccumulatedStep } from '../../src/training/accumulatedStep.ts';
import { microBatchOf } from '../../src/training/microBatch.ts';
import { ADAM, CONTROL, REPORT } from '../../src/training/trainingStep.ts';
import { mixed, onnxStep, plane, problem } from './problem.ts';

const base: ObjectiveSettings = { theta: 0.5, kappa: 0.5, renyiOrder: 1, variationPairings: 1 };
const objectives: Readonly<Record<string, ObjectiveSettings>> = {
  Jeffreys: base, 'forward alone': { ...base, theta: 0 }, 'reverse alone': { ...base, theta: 1, kappa: 0 }, Rényi: { ...base, renyiOrder: 1.5 }, 'two pairings': { ...base, variationPairings: 2 },
};

describe('the accumulated step', () => {
  for (const [name, objective] of Object.entries(objectives)) {
    for (const target of [plane, mixed]) {
      it(`${name}, ${target.name}: parameters, moments and report of the whole step`, async () => {
        const given = problem(target, objective);
        const whole = await onnxStep(given, 'float64');
        const energies = { base: batchBaseEnergy(target.base), target: batchEnergy(target) };
        const step = await compileAccumulatedStep(given.architecture, energies, objective, given.batch, given.batch / 4, { precision: 'float64', threads: 1 });
        const [parameters, first, second, report] = await step.run(given.inputs);
        await step.dispose();
        const near = (what: string, got: ArrayLike<number>, expected: readonly number[], tolerance: number): void => expected.forEach((value, i) => {
          assert.ok(Math.abs(got[i] - value) <= tolerance * (1 + Math.abs(value)), `${what} ${i}: ${got[i]}, not ${value}`);
        });
        near('parameter', parameters, whole.parameters, 1e-9);
        near('first moment', first, whole.first, 1e-9);
        near('second moment', second, whole.second, 1e-9);
        near('report', report, whole.report, 1e-9);
      });
    }
  }
  it('clips, and refuses a step that is not finite', async () => {
    const given = problem(plane, base);
    const energies = { base: batchBaseEnergy(plane.base), target: batchEnergy(plane) };
    const step = await compileAccumulatedStep(given.architecture, energies, base, given.batch, 2, { precision: 'float64', threads: 1 });
    const [parameters, first, second, controls, ...points] = given.inputs;
    const clipped = controls.slice();
    clipped[CONTROL.clipNorm] = 1e-3;
    const [, moment] = await step.run([parameters, first, second, clipped, ...points]);
    assert.ok(Math.abs(Math.hypot(...moment) / ((1 - ADAM.beta1) * 1e-3) - 1) < 1e-6, 'the moment is of a gradient of the clip norm');
    const bad = points.map((array) => array.slice());
    bad[2][3] = Number.NaN;
    const [same, , , report] = await step.run([parameters, first, second, controls, ...bad]);
    assert.equal(report[REPORT.accepted], 0, 'refused');
    assert.deepEqual(Array.from(same), Array.from(parameters), 'parameters as they were');
    await step.dispose();
  });
});

describe('microBatchOf', () => {
  const wide = { domain: plane.domain, masks: [[0], [1], [0], [1], [0], [1]], hidden: 1024, bins: 50, activation: 'relu' } as const;
  it('leaves what fits alone, and halves what does not', () => {
    assert.equal(microBatchOf(wide, 2000, 2, 4), 2000, 'a usual batch');
    const micro = microBatchOf(wide, 65_536, 2, 4);
    assert.ok(micro < 65_536 && 65_536 % micro === 0, `a part of it: ${micro}`);
    assert.equal(microBatchOf(wide, 99_999, 2, 4), 99_999, 'an odd one cannot be halved');
  });
});
