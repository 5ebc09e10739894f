/** One training step beside its floor: the same matrix products, chained, with nothing between them. */
import { compileOnnx } from '../engine/onnx/executor.ts';
import { np, type Array as NpArray } from '../engine/numpy.ts';
import { fillNormal, keyFromSeed } from '../engine/random.ts';
import { trace, type ArgumentSpec } from '../engine/trace.ts';
import { alternatingMasks, outputCount, parameterCount, type Architecture } from '../flows/architecture.ts';
import { initialParameters } from '../flows/initialise.ts';
import type { ObjectiveSettings } from '../objectives/jeffreys.ts';
import { batchBaseEnergy, batchEnergy } from '../targets/compile.ts';
import type { Target } from '../targets/target.ts';
import { CONTROL, trainingStep } from '../training/trainingStep.ts';
import { timeAlternately, type Timing } from './timing.ts';

export interface TrainStepCase {
  readonly name: string;
  readonly target: Target;
  readonly layers: number;
  readonly hidden: number;
  readonly bins: number;
  readonly activation: Architecture['activation'];
  readonly batch: number;
  readonly objective: ObjectiveSettings;
}

export interface TrainStepResult {
  readonly step: Timing;
  readonly floor: Timing;
  /** step / floor */
  readonly ratio: number;
  readonly threads: number;
}

/** The matrix products of one pass of one conditioner and of its gradient. */
function products(x: NpArray, w1: NpArray, w2: NpArray, w3: NpArray): NpArray[] {
  const t = (a: NpArray): NpArray => a.transpose();
  const h1 = np.matmul(x, w1);
  const h2 = np.matmul(h1, w2);
  const o = np.matmul(h2, w3);
  const g2 = np.matmul(o, t(w3));
  const g1 = np.matmul(g2, t(w2));
  return [np.matmul(g1, t(w1)), np.matmul(t(h2), o), np.matmul(t(h1), g2), np.matmul(t(x), g1)];
}

export async function benchTrainStep(settings: TrainStepCase, rounds: number, threads: number, now: () => number): Promise<TrainStepResult> {
  const { target, hidden, batch } = settings;
  const architecture: Architecture = { domain: target.domain, masks: alternatingMasks(target.dimension, settings.layers), hidden, bins: settings.bins, activation: settings.activation };
  const key = keyFromSeed(0);
  const normals = (size: number, scale: number): Float32Array => {
    const values = new Float32Array(size);
    fillNormal(key, size, values);
    return values.map((value) => scale * value);
  };
  const step = trainingStep(architecture, { base: batchBaseEnergy(target.base), target: batchEnergy(target) }, settings.objective, batch);
  const count = parameterCount(architecture);
  const controls = new Float32Array(5);
  controls[CONTROL.learningRate] = 1e-4;
  controls[CONTROL.correction1] = 1;
  controls[CONTROL.correction2] = 1;
  controls[CONTROL.reverseWeight] = 0.5;
  controls[CONTROL.clipNorm] = 10;
  const d = target.dimension;
  const stepInputs = [initialParameters(architecture, key), new Float32Array(count), new Float32Array(count), controls, normals(batch * d, 1), normals(batch * d, 1), new Float32Array(batch)];
  const passes = Number(settings.objective.theta > 0) + Number(settings.objective.theta < 1 || settings.objective.kappa > 0);
  const shapes = architecture.masks.flatMap((transformed) => [[batch, d - transformed.length], [d - transformed.length, hidden], [hidden, hidden], [hidden, outputCount(architecture, transformed)]]);
  const specs: ArgumentSpec[] = shapes.map((shape) => ({ shape }));
  // Each pass has inputs of its own, or equal products would be computed once.
  const all = Array.from({ length: passes }, () => specs).flat();
  const floor = trace((...arrays) => Array.from({ length: arrays.length / 4 }, (_, k) => products(arrays[4 * k], arrays[4 * k + 1], arrays[4 * k + 2], arrays[4 * k + 3])).flat(), all);
  const floorInputs = all.map(({ shape }) => normals(shape[0] * shape[1], 1 / Math.sqrt(shape[0])));
  const [stepExecutable, floorExecutable] = await Promise.all([compileOnnx(trace(step.f, step.specs), { threads }), compileOnnx(floor, { threads })]);
  const timings = await timeAlternately([
    { name: 'training step', run: async () => { await stepExecutable.run(stepInputs); } },
    { name: 'its matrix products alone', run: async () => { await floorExecutable.run(floorInputs); } },
  ], rounds, now);
  await Promise.all([stepExecutable.dispose(), floorExecutable.dispose()]);
  return { step: timings[0], floor: timings[1], ratio: timings[0].median / timings[1].median, threads };
}
