/**
 * Step sizes per rung, adapted in warm-up to a target acceptance: Robbins–Monro on log h, averaged (Andrieu & Thoms
 * 2008).
 */
import type { Domain } from '../targets/domain.ts';
import { power } from '../numerics/power.ts';
import type { Kernel } from './kernel.ts';
import { ladderScale, monotoneCubic } from './ladder.ts';

/** Gain of update t: GAIN · (t + 1)^−DECAY, log units per unit of acceptance. */
const GAIN = 2;
const DECAY = 0.6;
/** After a change of the ladder the gain restarts here, not at 0: step sizes are nearly right already. */
const RESTART = 5;

export interface StepSizeAdaptation {
  /** Current log h per rung. shape [K] */
  readonly logSteps: Float64Array;
  /** Sum over this stage of t · log h, and of t: later rounds weigh more. shape [K] */
  readonly weightedSums: Float64Array;
  weight: number;
  /** Updates since the last restart. */
  updates: number;
}

export function createStepSizeAdaptation(stepSizes: Float64Array): StepSizeAdaptation {
  return { logSteps: stepSizes.map(Math.log), weightedSums: new Float64Array(stepSizes.length), weight: 0, updates: 0 };
}

/** The largest useful step of a kernel: moves as wide as the widest coordinate (flat energies would accept any). */
export function largestStepSize(kernel: Kernel, domain: Domain): number {
  const width = Math.max(...domain.map((coordinate) => coordinate.high - coordinate.low));
  return kernel.stepSizeUnit === 'time' ? 0.5 * width * width : width;
}

/** One update from the acceptance rates of a round. @param acceptance shape [K] */
export function updateStepSizes(
  adaptation: StepSizeAdaptation, acceptance: Float64Array, target: number, largest: number
): void {
  const { logSteps, weightedSums } = adaptation;
  adaptation.updates += 1;
  const t = adaptation.updates;
  adaptation.weight += t;
  for (let k = 0; k < logSteps.length; k++) {
    logSteps[k] = Math.min(Math.log(largest), logSteps[k] + GAIN * power(t, -DECAY) * (acceptance[k] - target));
    weightedSums[k] += t * logSteps[k];
  }
}

/** The averaged step sizes of the current stage. shape [K] */
export function averagedStepSizes(adaptation: StepSizeAdaptation): Float64Array {
  const { logSteps, weightedSums, weight } = adaptation;
  return logSteps.map((logStep, k) => Math.exp(weight > 0 ? weightedSums[k] / weight : logStep));
}

/**
 * Carry step sizes over to a changed ladder, from the averages of the stage that ends, as a function of log β (see
 * {@link ladderScale}).
 */
export function moveToLadder(adaptation: StepSizeAdaptation, before: Float64Array, after: Float64Array): void {
  const averages = averagedStepSizes(adaptation).map(Math.log);
  const { to } = ladderScale(before);
  const interpolate = before.length > 1 ? monotoneCubic(before.map(to), averages) : () => averages[0];
  for (let k = 0; k < after.length; k++) adaptation.logSteps[k] = interpolate(to(after[k]));
  adaptation.weightedSums.fill(0);
  adaptation.weight = 0;
  adaptation.updates = RESTART;
}
