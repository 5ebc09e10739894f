/**
 * Replica exchange when energies are noisy. The log ratio of a swap, Δ = (λ_a − λ_b)(D_a − D_b), is seen as Δ̂ with
 * noise of variance σ². Accepting with min(1, exp(Δ̂)) then accepts too often, by Jensen's inequality; for Gaussian
 * noise min(1, exp(Δ̂ − σ²/2)) restores detailed balance exactly (Ceperley & Dewing 1999, "The penalty method"; Deng et
 * al. 2020).
 */

/**
 * The log ratio lowered by τσ²/2. @param correction τ: 0 naive, 1 exact for Gaussian noise; the published one is 0.5
 * @param variance σ² of the noise of `logRatio`
 */
export const correctedLogRatio = (logRatio: number, variance: number, correction: number): number =>
  logRatio - 0.5 * correction * variance;

/** Running second moments of the noise of each pair's log ratio. */
export interface SwapNoise {
  /** Sums of squared differences of two draws, halved: each an unbiased σ². shape [K − 1] */
  readonly squares: Float64Array;
  /** shape [K − 1] */
  readonly counts: Float64Array;
}

export const createSwapNoise = (pairs: number): SwapNoise =>
  ({ squares: new Float64Array(pairs), counts: new Float64Array(pairs) });

/** Two independent draws of the noise of one log ratio. */
export function addSwapNoise({ squares, counts }: SwapNoise, pair: number, first: number, second: number): void {
  const half = 0.5 * (first - second) ** 2;
  if (!Number.isFinite(half)) return;
  squares[pair] += half;
  counts[pair] += 1;
}

/** σ² of a pair as measured so far; 0 before the first measurement. */
export const swapVariance = ({ squares, counts }: SwapNoise, pair: number): number =>
  (counts[pair] === 0 ? 0 : squares[pair] / counts[pair]);
