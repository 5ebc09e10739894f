/** What a run will take, before it starts: estimates from sizes alone, for a warning in time and not for comparison. */
import { parameterCount } from '../flows/architecture.ts';
import { needsForward, needsReverse } from '../objectives/jeffreys.ts';
import { activationBytes, keptPerPoint, microBatchOf } from '../training/microBatch.ts';
import { chooseExecutor } from '../training/networkExecutor.ts';
import type { Target } from '../targets/target.ts';
import { fixedLambdas } from '../settings/lambdas.ts';
import { networkOf } from '../settings/output.ts';
import type { Settings } from '../settings/settings.ts';
import { bridgeStride } from '../pipeline/bank/tempering.ts';
import { architectureOf } from '../pipeline/transport/architecture.ts';

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
  const { dimension: d } = target;
  const { ladder, training, output } = settings;
  const stages = ladder.generator === 'ladder' ? (fixedLambdas(ladder)?.length ?? USUAL_STAGES) : 0;
  const trained = networkCost(target, settings, stages === 0 ? training.steps : stages * ladder.stageSteps);
  const ensembles =
    output.samples * (d + 1) + (stages > 0 ? 2 * ladder.particles * (d + 4) + ladder.stageSamples * d : 0);
  const rings = ringCost(target, settings, stages);
  const moves = 2 * stages * ladder.particles * ladder.rejuvenation * (MOVE.fixed + MOVE.perCoordinate * d);
  const numbers = COPIES * sampleNumbers(settings, stages, d) + 2 * ensembles + training.fixedBaseSamples * d;
  return {
    seconds: trained.seconds + moves + rings.seconds,
    bytes: PROCESS + trained.bytes + 8 * (numbers + rings.numbers),
  };
}

/** Of the network in training: seconds of all steps, and bytes of the activations of one. */
export function networkCost(target: Target, { flow, training, output }: Settings, steps: number): Cost {
  const architecture = architectureOf(target, flow);
  const executor = chooseExecutor(architecture, networkOf(output));
  const { batch } = training;
  const passes = Number(needsReverse(training)) + Number(needsForward(training));
  // Forward, and twice as much for the gradients by inputs and by weights; two operations per parameter.
  const operations = 6 * parameterCount(architecture) * batch * passes;
  const perNumber = output.precision === 'float64' ? 8 : 4;
  const bytes = executor === 'fused' ? KEPT_FUSED * batch * perNumber * keptPerPoint(architecture)
    : activationBytes(architecture, microBatchOf(architecture, batch, passes, perNumber), passes, perNumber);
  return { seconds: (steps * operations) / RATES[executor], bytes };
}

/** Numbers that tempering leaves: its own samples, and those of all rungs of the bridge. */
function sampleNumbers({ sampling, ladder }: Settings, stages: number, d: number): number {
  const { path, adaptLadder, replicas, rounds, ladders } = sampling;
  const rungs = path !== 'interpolation' && stages === 0 ? 0 : adaptLadder || stages === 0 ? replicas : stages + 1;
  const kept = Math.floor((rounds * ladders) / bridgeStride(sampling, ladder.stageSamples, rungs, d));
  return rounds * ladders * (d + 1) + kept * rungs * (d + 1);
}

/** Seconds of a ring's flow, and per bead: its action and estimators. */
const RING = { perFlow: 3e-6, perBead: 1.5e-7 } as const;

/** Rings of every number of beads, their moves, and tempering on them. */
function ringCost(
  { pathIntegral }: Target, { ring, sampling }: Settings, stages: number,
): { seconds: number; numbers: number } {
  if (pathIntegral === undefined) return { seconds: 0, numbers: 0 };
  const { rings, samples, moves, baselineRounds, baselineReplicas, baselineStepsPerRound } = ring;
  const { warmupRounds, ladders } = sampling;
  const p = pathIntegral.dimension;
  const seconds = rings.reduce((sum, beads) => {
    const move = MOVE.fixed + MOVE.perCoordinate * beads * p;
    const tempering = baselineRounds === 0 ? 0
      : (baselineRounds + warmupRounds) * ladders * baselineReplicas * baselineStepsPerRound * move;
    return sum + samples * (RING.perFlow * Math.max(1, stages) + RING.perBead * beads * p + moves * move) + tempering;
  }, 0);
  const largest = rings.reduce((a, b) => Math.max(a, b), 0);
  return {
    seconds,
    numbers: samples * (pathIntegral.functions.length + 8) + COPIES * baselineRounds * ladders * largest * p,
  };
}
