/** What a reSGLD run records, and hands back. */
import { swapVariance } from './noisySwap.ts';
import type { ResgldState } from './resgldState.ts';
import { gradientVariance } from './resgldSteps.ts';

/** What the noise did to a run. shape [K] or [K − 1] each */
export interface ResgldNoise {
  /** σ of each pair's log ratio. */
  readonly swapDeviations: readonly number[];
  /** Standard deviation of the gradient's noise on each rung, per coordinate (the noisiest coordinate). */
  readonly gradientDeviations: readonly number[];
  /** hV/2: by what share it heats the rung. */
  readonly heating: readonly number[];
}

export interface ResgldResult {
  /** At λ = 1, round-major. shape [rounds, L, d] */
  readonly positions: Float64Array;
  readonly lambdas: Float64Array;
  /** Kept rounds on all rungs. shape [rows, L, K, d] */
  readonly rungPositions: Float64Array;
  readonly rows: number;
  readonly stepSizes: readonly number[];
  readonly swapRates: readonly number[];
  readonly roundTrips: number;
  readonly nonFinite: number;
  /**
   * Noisy evaluations, with gradient or without, warm-up included; and those of the energy itself, of control variates.
   */
  readonly evaluations: number;
  readonly fullEvaluations: number;
  readonly noise: ResgldNoise;
}

/** The chains at λ = 1; every so often those of all rungs. */
export function record(state: ResgldState): void {
  const { options: { ladders, noisy: { dimension: d }, stride }, counts, x, rungs } = state;
  const row = ladders * d;
  state.positions.set(x.subarray((rungs - 1) * row), counts.recorded * row);
  counts.recorded += 1;
  if (stride === 0 || counts.recorded % stride !== 0) return;
  const at = (counts.recorded / stride - 1) * rungs * row;
  for (let l = 0; l < ladders; l++) {
    for (let k = 0; k < rungs; k++) {
      const from = (k * ladders + l) * d;
      state.rungPositions.set(x.subarray(from, from + d), at + (l * rungs + k) * d);
    }
  }
}

export function resgldResult(state: ResgldState): ResgldResult {
  const { options: { ladders, noisy: { dimension: d } }, counts, rungs, stepSizes, swapNoise } = state;
  const rows = state.rows(counts.recorded);
  const variances = Array.from({ length: rungs }, (_, k) => gradientVariance(state, k));
  return {
    positions: state.positions.slice(0, counts.recorded * ladders * d),
    lambdas: state.lambdas.slice(),
    rungPositions: state.rungPositions.slice(0, rows * ladders * rungs * d),
    rows,
    stepSizes: Array.from(stepSizes),
    swapRates: state.rates(),
    roundTrips: counts.roundTrips,
    nonFinite: counts.nonFinite,
    evaluations: counts.evaluations,
    fullEvaluations: counts.fullEvaluations,
    noise: {
      swapDeviations: Array.from({ length: rungs - 1 }, (_, k) => Math.sqrt(swapVariance(swapNoise, k))),
      gradientDeviations: variances.map(Math.sqrt),
      heating: variances.map((variance, k) => (k === 0 ? 0 : 0.5 * stepSizes[k] * variance)),
    },
  };
}
