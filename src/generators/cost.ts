/** What a run will take, before it starts: estimates from sizes alone, for a warning in time and not for comparison. */
import { parameterCount } from '../flows/architecture.ts';
import { needsForward, needsReverse } from '../objectives/jeffreys.ts';
import { activationBytes, keptPerPoint, microBatchOf } from '../training/microBatch.ts';
import { chooseExecutor } from '../training/networkExecutor.ts';
import type { Target } from '../targets/target.ts';
import { architectureOf } from './architectureOf.ts';
import { fixedLambdas } from './interpolation.ts';
import { pathStride } from './samplingPhase.ts';
import { networkOf, type Settings } from './settings.ts';

export interface Cost {
  /**
   * Of training and of the particles' moves, in seconds, on two cores; of the one flow where a ladder is not sure to
   * follow.
   */
  readonly seconds: number;
  /** Peak memory, in bytes. */
  readonly bytes: number;
}

/** Multiplications and additions per second in training that two cores were seen to do (docs/performance.md). */
const RATES = { onnx: 100e9, fused: 40e9 } as const;
/** Seconds of a Langevin move of one particle on two cores. */
const MOVE = { fixed: 30e-9, perCoordinate: 8e-9 } as const;
/** The process itself, its modules and compiled code. */
const PROCESS = 150 * 2 ** 20;
/** Copies of each array of samples that are alive at once: in compiled memory, as a result, on its way to the disk. */
const COPIES = 3;
/** Numbers that the fused executor keeps for the way back, per number that a layer reads or makes. */
const KEPT_FUSED = 2;
/** A guess for adaptive ladders, whose length is not known beforehand. */
const USUAL_STAGES = 12;

/** Estimates from sizes alone, within a factor of about two. @throws InputError for an architecture that cannot be */
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
  const activations = executor === 'fused'
    ? KEPT_FUSED * settings.batch * perNumber * keptPerPoint(architecture)
    : activationBytes(architecture, microBatchOf(architecture, settings.batch, passes, perNumber), passes, perNumber);
  const rungs = settings.path !== 'interpolation' && ladder === 0 ? 0
    : settings.adaptLadder || ladder === 0 ? settings.replicas : ladder + 1;
  const samples = settings.rounds * settings.ladders * (d + 1)
    + Math.floor((settings.rounds * settings.ladders) / pathStride(settings, rungs, d)) * rungs * (d + 1);
  const ensembles =
    settings.samples * (d + 1) + (ladder > 0 ? 2 * settings.particles * (d + 4) + settings.stageSamples * d : 0);
  const fixed = settings.fixedBaseSamples * d;
  const rings = ringCost(target, settings, ladder);
  return {
    seconds: (steps * operations) / RATES[executor]
      + 2 * ladder * settings.particles * settings.rejuvenation * (MOVE.fixed + MOVE.perCoordinate * d) + rings.seconds,
    bytes: PROCESS + activations + 8 * (COPIES * samples + 2 * ensembles + fixed + rings.numbers),
  };
}

/** Seconds of a ring's flow, and per bead: its action and estimators. */
const RING = { perFlow: 3e-6, perBead: 1.5e-7 } as const;

/** Rings of every number of beads, their moves, and tempering on them. */
function ringCost(
  { pathIntegral }: Target,
  {
    rings, ringSamples, ringMoves, baselineRounds, warmupRounds, ladders, baselineReplicas, baselineStepsPerRound
  }: Settings,
  stages: number
): { seconds: number; numbers: number } {
  if (pathIntegral === undefined) return { seconds: 0, numbers: 0 };
  const p = pathIntegral.dimension;
  const seconds = rings.reduce((sum, beads) => {
    const move = MOVE.fixed + MOVE.perCoordinate * beads * p;
    const tempering = baselineRounds === 0 ? 0
      : (baselineRounds + warmupRounds) * ladders * baselineReplicas * baselineStepsPerRound * move;
    return sum + ringSamples * (RING.perFlow * Math.max(1, stages) + RING.perBead * beads * p + ringMoves * move)
      + tempering;
  }, 0);
  const largest = rings.reduce((a, b) => Math.max(a, b), 0);
  return {
    seconds,
    numbers: ringSamples * (pathIntegral.functions.length + 8) + COPIES * baselineRounds * ladders * largest * p
  };
}
