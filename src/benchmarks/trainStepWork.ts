/** One training step, and the matrix products in it, each as something to run again and again. */
import { compileOnnx } from '../engine/onnx/executor.ts';
import type { Program } from '../engine/program.ts';
import { np, type Array as NpArray } from '../engine/numpy.ts';
import { fillNormal, keyFromSeed } from '../engine/random.ts';
import { trace, type ArgumentSpec } from '../engine/trace.ts';
import { alternatingMasks, outputCount, parameterCount, type Architecture } from '../flows/architecture.ts';
import { initialParameters } from '../flows/initialise.ts';
import { needsForward, needsReverse } from '../objectives/jeffreys.ts';
import { batchBaseEnergy, batchEnergy, compileEnergy } from '../targets/compile.ts';
import { compileTraining } from '../training/compileTraining.ts';
import { baseSource } from '../training/source.ts';
import { CONTROL } from '../training/trainingStep.ts';
import type { TrainStepCase } from './trainStep.ts';

/** Work with its inputs, ready to be repeated. */
export interface Work {
  run(): Promise<void>;
  dispose(): Promise<void>;
}

const key = keyFromSeed(0);

function normals(size: number, scale = 1): Float32Array {
  const values = new Float32Array(size);
  fillNormal(key, size, values);
  return values.map((value) => scale * value);
}

export function architectureOfCase(
  {
    target, layers, hidden, bins, activation
  }: Pick<TrainStepCase, 'target' | 'layers' | 'hidden' | 'bins' | 'activation'>
): Architecture {
  return { domain: target.domain, masks: alternatingMasks(target.dimension, layers), hidden, bins, activation };
}

async function onOnnx(program: Program, inputs: readonly Float32Array[], threads: number): Promise<Work> {
  const executable = await compileOnnx(program, { threads });
  return { run: async () => { await executable.run(inputs); }, dispose: () => executable.dispose() };
}

/** The whole step on one executor: losses, gradient, clipping, Adam. */
export async function wholeStep(settings: TrainStepCase, executor: 'fused' | 'onnx', threads: number): Promise<Work> {
  const { target, batch, objective } = settings;
  const { base } = target;
  const architecture = architectureOfCase(settings);
  const count = parameterCount(architecture);
  const controls = new Float32Array(5);
  controls[CONTROL.learningRate] = 1e-4;
  controls[CONTROL.correction1] = 1;
  controls[CONTROL.correction2] = 1;
  controls[CONTROL.reverseWeight] = 0.5;
  controls[CONTROL.clipNorm] = 10;
  const d = target.dimension;
  const inputs = [
    initialParameters(architecture, key), new Float32Array(count), new Float32Array(count), controls,
    normals(batch * d), normals(batch * d), new Float32Array(batch),
  ];
  const { step } = await compileTraining({
    architecture, settings: { ...objective, batch }, source: baseSource(base), evaluator: compileEnergy(target),
    network: { executor, threads },
    energies: { base: batchBaseEnergy(base), target: batchEnergy(target) },
  }, batch);
  return { run: async () => { await step.run(inputs); }, dispose: () => step.dispose() };
}

/**
 * The matrix products of one pass of one conditioner, chained; with `gradient`, of its derivative too. Points are
 * columns, x [features, B]: the layout in which onnxruntime does them fastest.
 */
function products([x, w1, w2, w3]: readonly NpArray[], gradient: boolean): NpArray[] {
  const t = (a: NpArray): NpArray => a.transpose();
  const h1 = np.matmul(t(w1), x);
  const h2 = np.matmul(t(w2), h1);
  const o = np.matmul(t(w3), h2);
  if (!gradient) return [o];
  const g2 = np.matmul(w3, o);
  const g1 = np.matmul(w2, g2);
  return [np.matmul(w1, g1), np.matmul(h2, t(o)), np.matmul(h1, t(g2)), np.matmul(x, t(g1))];
}

/**
 * The matrix products of a flow on a batch and nothing between them. @param passes how often the flow is gone through
 */
export function matrixProducts(
  architecture: Architecture, batch: number, passes: number, gradient: boolean, threads: number
): Promise<Work> {
  const d = architecture.domain.length;
  const { hidden } = architecture;
  const layer: ArgumentSpec[][] = architecture.masks.map((transformed) => [
    [d - transformed.length, batch], [d - transformed.length, hidden], [hidden, hidden],
    [hidden, outputCount(architecture, transformed)],
  ].map((shape) => ({ shape })));
  // Each pass has inputs of its own, or equal products would be computed once.
  const groups = Array.from({ length: passes }, () => layer).flat();
  const program =
    trace((...arrays) => groups.flatMap((_, k) => products(arrays.slice(4 * k, 4 * k + 4), gradient)), groups.flat());
  return onOnnx(
    program, groups.flat().map(({ shape }) => normals(shape[0] * shape[1], 1 / Math.sqrt(shape[0]))), threads
  );
}

/** Passes of the network in one step. */
export const passesOf = ({ objective }: TrainStepCase): number =>
  Number(needsReverse(objective)) + Number(needsForward(objective));
