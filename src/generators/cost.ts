/** What a run will take, before it starts: estimates from sizes alone, for a warning in time and not for comparison. */
import { featureCount, outputCount, parameterCount, type Architecture } from '../flows/architecture.ts';
import { needsForward, needsReverse } from '../objectives/jeffreys.ts';
import { chooseExecutor } from '../training/networkExecutor.ts';
import type { Target } from '../targets/target.ts';
import { architectureOf } from './architectureOf.ts';
import { fixedLambdas } from './interpolation.ts';
import { networkOf, type Settings } from './settings.ts';

export interface Cost {
  /** Of training, in seconds, on two cores. */
  readonly seconds: number;
  /** Peak memory, in bytes. */
  readonly bytes: number;
}

/** Multiplications and additions per second in training that two cores were seen to do (docs/performance.md). */
const RATES = { onnx: 100e9, fused: 40e9 } as const;
/** The process itself, its modules and compiled code. */
const PROCESS = 150 * 2 ** 20;
/** Copies of each array of samples that are alive at once: in compiled memory, as a result, on its way to the disk. */
const COPIES = 3;
/** Activations and their gradients per output of a layer that stay until the way back, as seen in both executors. */
const KEPT = { onnx: 6, fused: 2 } as const;
/** A guess for adaptive ladders, whose length is not known beforehand. */
const USUAL_STAGES = 12;

export function estimateCost(target: Target, settings: Settings): Cost {
  const architecture = architectureOf(target, settings);
  const { dimension: d } = target;
  const executor = chooseExecutor(architecture, networkOf(settings));
  const ladder = settings.generator === 'ladder' ? (fixedLambdas(settings)?.length ?? USUAL_STAGES) : 0;
  const steps = ladder === 0 ? settings.steps : ladder * settings.stageSteps;
  const passes = Number(needsReverse(settings)) + Number(needsForward(settings));
  // Forward, and twice as much for the gradients by inputs and by weights; two operations per parameter.
  const operations = 6 * parameterCount(architecture) * settings.batch * passes;
  const perNumber = settings.precision === 'float64' ? 8 : 4;
  const activations = KEPT[executor] * settings.batch * perNumber * (executor === 'onnx' ? passes : 1) * keptPerPoint(architecture);
  const rungs = settings.path === 'interpolation' || ladder > 0 ? Math.max(settings.replicas, ladder + 1) : 0;
  const samples = settings.rounds * settings.ladders * (d + 1) + rungs * Math.min(settings.stageSamples, settings.rounds * settings.ladders) * (d + 1);
  const ensembles = settings.samples * (d + 1) + (ladder > 0 ? 2 * settings.particles * (d + 4) + settings.stageSamples * d : 0);
  const fixed = settings.fixedBaseSamples * d;
  return {
    seconds: (steps * operations) / RATES[executor],
    bytes: PROCESS + activations + 8 * (COPIES * samples + 2 * ensembles + fixed),
  };
}

/** Numbers per point that the way back needs: what every layer reads and makes. */
const keptPerPoint = (architecture: Architecture): number => architecture.masks.reduce((sum, transformed) => {
  const conditions = architecture.domain.map((_, j) => j).filter((j) => !transformed.includes(j));
  return sum + featureCount(architecture.domain, conditions) + 2 * architecture.hidden + outputCount(architecture, transformed);
}, 0);
