/** Small training problems, and a step of training run by each executor. */
import type { ArrayData, Precision } from '../../src/engine/executor.ts';
import { np, type Array as NpArray } from '../../src/engine/numpy.ts';
import { compileOnnx } from '../../src/engine/onnx/executor.ts';
import type { Program } from '../../src/engine/program.ts';
import { fillNormal, foldIn, keyFromSeed } from '../../src/engine/random.ts';
import { compileReference } from '../../src/engine/reference.ts';
import { trace } from '../../src/engine/trace.ts';
import { alternatingMasks, parameterCount, type Architecture, type CouplingName } from '../../src/flows/architecture.ts';
import { initialParameters } from '../../src/flows/initialise.ts';
import type { ObjectiveSettings } from '../../src/objectives/jeffreys.ts';
import { sampleBase } from '../../src/targets/base.ts';
import { batchBaseEnergy, batchEnergy, compileEnergy } from '../../src/targets/compile.ts';
import { defineTarget, type Target } from '../../src/targets/target.ts';
import { ADAM, CONTROL, trainingStep, type StepProgram } from '../../src/training/trainingStep.ts';

/** Asymmetric and correlated, with a bounded density ratio to its base. */
export const plane = defineTarget({
  name: 'skewed-plane',
  dimension: 2,
  energy: (point) => {
    const [x, y] = [point.slice(0), point.slice(1)];
    return np.square(x.sub(0.4)).mul(0.7).add(np.square(y.sub(np.sin(x))).mul(1.1)).add(np.cos(x.mul(2)).mul(0.3));
  },
  base: { mean: 0, standardDeviation: 1.1 },
  box: [-4, 4],
});

export const mixed = defineTarget({
  name: 'circle-and-line',
  dimension: 2,
  energy: (point: NpArray) => {
    const [angle, y] = [point.slice(0), point.slice(1)];
    return np.cos(angle.sub(0.7)).mul(-1.2).add(np.square(y.sub(np.sin(angle))).mul(0.8));
  },
  base: { mean: 0, standardDeviation: 1 },
  torus: { 0: [-Math.PI, Math.PI] },
  box: [-4, 4],
});

export interface Problem {
  readonly target: Target;
  readonly architecture: Architecture;
  readonly batch: number;
  readonly step: StepProgram;
  /** Inputs of one step: parameters away from the start, fresh moments, controls, points. */
  readonly inputs: Float64Array[];
}

/** @param coupling if affine, after a marginal layer @param bins of every spline; parameters are rounded to float32, so that both precisions see the same ones */
export function problem(
  target: Target, settings: ObjectiveSettings,
  { layers = 2, bins = 3, hidden = 4, batch = 8, seed = 1, coupling = 'spline' }: { layers?: number; bins?: number; hidden?: number; batch?: number; seed?: number; coupling?: CouplingName } = {},
): Problem {
  const architecture: Architecture = { domain: target.domain, masks: coupling === 'affine' ? [[0, 1], ...alternatingMasks(2, layers)] : alternatingMasks(2, layers), hidden, bins, activation: 'silu', coupling };
  const count = parameterCount(architecture);
  const key = keyFromSeed(seed);
  const noise = new Float64Array(count);
  fillNormal(foldIn(key, 'noise'), 0, noise);
  const parameters = Float64Array.from(initialParameters(architecture, key), (value, i) => Math.fround(value + 0.3 * noise[i]));
  const points = (name: string): Float64Array => {
    const x = new Float64Array(2 * batch);
    sampleBase(target.base, foldIn(key, name), 0, batch, x);
    return x.map(Math.fround);
  };
  const y = points('target');
  const energies = new Float64Array(batch);
  compileEnergy(target).energies(y, batch, energies);
  const controls = new Float64Array(5);
  controls[CONTROL.learningRate] = 1e-3;
  controls[CONTROL.correction1] = 1 - ADAM.beta1;
  controls[CONTROL.correction2] = 1 - ADAM.beta2;
  controls[CONTROL.reverseWeight] = settings.theta;
  controls[CONTROL.clipNorm] = 1e9;
  const step = trainingStep(architecture, { base: batchBaseEnergy(target.base), target: batchEnergy(target) }, settings, batch);
  return { target, architecture, batch, step, inputs: [parameters, new Float64Array(count), new Float64Array(count), controls, points('base'), y, energies] };
}

export interface StepResult {
  readonly parameters: number[];
  readonly first: number[];
  readonly second: number[];
  readonly report: number[];
}

const named = (outputs: readonly ArrayData[]): StepResult => {
  const [parameters, first, second, report] = outputs.map((output) => Array.from(output));
  return { parameters, first, second, report };
};

const programs = new WeakMap<StepProgram, Program>();

export async function onnxStep({ step, inputs }: Problem, precision: Precision, threads = 1): Promise<StepResult> {
  const program = programs.get(step) ?? trace(step.f, step.specs);
  programs.set(step, program);
  const executable = await compileOnnx(program, { precision, threads });
  try {
    return named(await executable.run(inputs));
  } finally {
    await executable.dispose();
  }
}

export async function referenceStep({ step, inputs }: Problem): Promise<StepResult> {
  return named(await compileReference(step.f, step.specs).run(inputs));
}
