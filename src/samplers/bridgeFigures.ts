/** What tempering along the path knows of every λ between its rungs. */
import type { ParallelTemperingSummary } from '../records/record.ts';
import { kernels, type KernelName } from './kernels.ts';
import { usualPart } from './stepDecades.ts';

/** A leapfrog step of length ε is a Langevin step of time ε²/2. @param stepDecades of the chains */
export function malaStepSizes({ kernel, stepSizes }: ParallelTemperingSummary, stepDecades: number): number[] {
  const usual = stepSizes.map((largest) => largest * usualPart(stepDecades));
  return kernels[kernel as KernelName].stepSizeUnit === 'length' ? usual.map((length) => length ** 2 / 2) : usual;
}

/** Cumulated rejection of the rungs' swaps, from 0 to 1: how much of the way lies below each λ. */
export function cumulatedBarrier({ swapRates }: ParallelTemperingSummary): number[] {
  const barrier = [0];
  for (const rate of swapRates) barrier.push(barrier[barrier.length - 1] + 1 - (rate ?? 0) + 1e-6);
  return barrier.map((value) => value / barrier[barrier.length - 1]);
}

/** Piecewise linear through (x_k, y_k), x increasing; constant outside. */
export function interpolated(x: ArrayLike<number>, y: readonly number[]): (at: number) => number {
  return (at) => {
    let k = 0;
    while (k + 2 < x.length && at > x[k + 1]) k++;
    const t = Math.min(1, Math.max(0, (at - x[k]) / (x[k + 1] - x[k])));
    return y[k] + t * (y[k + 1] - y[k]);
  };
}
