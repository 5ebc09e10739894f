/** Integrated autocorrelation times of parallel chains. */
import { InputError } from '../errors.ts';
import { fft } from '../numerics/fft.ts';
import type { Estimate } from './estimate.ts';

export interface Autocorrelation {
  /** τ = 1 + 2 Σ ρ_t, in recorded rounds (steps of the draws axis); NaN if the values are constant or not finite. */
  readonly rounds: number;
  /** chains · draws / τ, in samples. */
  readonly effectiveSampleSize: number;
  /** Last lag that was summed, in recorded rounds. */
  readonly window: number;
  /** False if no window closed within the draws: τ is then only a lower bound. */
  readonly converged: boolean;
}

/** Sokal's window constant: sum until the lag passes this many τ. */
const WINDOW_FACTOR = 5;
/** The τ below which the window no longer shrinks: antithetic chains have small τ but long-lived, alternating ρ. */
const WINDOW_FLOOR = 2;

function checkShape(values: Float64Array, chains: number, caller: string): number {
  const draws = values.length / chains;
  if (!Number.isInteger(chains) || chains < 1 || !Number.isInteger(draws) || draws < 2) {
    throw new InputError(
      `${caller}: needs values of shape [chains, draws] with at least 2 draws, got ${values.length} values for `
        + `${chains} chains`
    );
  }
  return draws;
}

/**
 * Autocovariances of lags 0 … draws−1, averaged over chains, about the mean of all chains (so chains stuck apart
 * show as correlation that never decays); each lag is divided by its number of pairs.
 * @param values shape [chains, draws] @returns shape [draws]
 * @throws InputError if the shape does not fit or draws < 2
 */
export function autocovariance(values: Float64Array, chains: number): Float64Array {
  const draws = checkShape(values, chains, 'autocovariance');
  let mean = 0;
  for (const value of values) mean += value / values.length;
  let size = 2;
  while (size < 2 * draws) size *= 2;
  const power = new Float64Array(size);
  const re = new Float64Array(size);
  const im = new Float64Array(size);
  // Two chains at a time, one as the imaginary part: the real part of the result is the sum of both autocovariances.
  for (let chain = 0; chain < chains; chain += 2) {
    re.fill(0);
    im.fill(0);
    for (let t = 0; t < draws; t++) {
      re[t] = values[chain * draws + t] - mean;
      if (chain + 1 < chains) im[t] = values[(chain + 1) * draws + t] - mean;
    }
    fft(re, im);
    for (let k = 0; k < size; k++) power[k] += re[k] * re[k] + im[k] * im[k];
  }
  im.fill(0);
  fft(power, im);
  return Float64Array.from({ length: draws }, (_, t) => power[t] / size / chains / (draws - t));
}

/**
 * Integrated autocorrelation time of one function over chains, with Sokal's window: the smallest W ≥ 5 max(2, τ(W)).
 * @param values shape [chains, draws], row-major: the function at each recorded round of each chain
 * @throws InputError if the shape does not fit or draws < 2
 * @see Sokal 1997, "Monte Carlo methods in statistical mechanics", § 3
 */
export function autocorrelationTime(values: Float64Array, chains: number): Autocorrelation {
  const draws = checkShape(values, chains, 'autocorrelationTime');
  const unknown = { rounds: NaN, effectiveSampleSize: NaN, window: 0, converged: false };
  if (values.every((value) => value === values[0])) return unknown;
  const covariance = autocovariance(values, chains);
  if (!(covariance[0] > 0)) return unknown;
  let tau = 1;
  let largest = 1;
  let window = draws - 1;
  let converged = false;
  for (let t = 1; t < draws; t++) {
    tau += (2 * covariance[t]) / covariance[0];
    if (tau > largest) largest = tau;
    if (t >= WINDOW_FACTOR * Math.max(WINDOW_FLOOR, tau)) {
      window = t;
      converged = true;
      break;
    }
  }
  // Antithetic chains may have τ < 1; the floor is the one Vehtari et al. 2021 set, ESS ≤ N log10 N.
  const floor = 1 / Math.max(1, Math.log10(values.length));
  const rounds = Math.max(floor, converged ? tau : largest);
  return { rounds, effectiveSampleSize: values.length / rounds, window, converged };
}

/**
 * Mean over chains with the standard error of correlated draws, √(variance · τ / N).
 * @param values shape [chains, draws] @throws InputError if the shape does not fit or draws < 2
 */
export function chainMean(values: Float64Array, chains: number): Estimate {
  const { effectiveSampleSize } = autocorrelationTime(values, chains);
  const n = values.length;
  let mean = 0;
  for (const value of values) mean += value / n;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return { value: mean, standardError: Math.sqrt(squares / (n - 1) / effectiveSampleSize) };
}
