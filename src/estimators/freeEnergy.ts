/** Histograms of a function of the point, their free energies F = −log p, and how far those are from a reference. */

/** [low, high] */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Bins whose reference density is below this share of its maximum are not judged: few samples fall there. */
export const JUDGED_SHARE = 1e-3;

export interface Profile {
  /** Mean density of each bin. shape [bins] */
  readonly density: Float64Array;
  /**
   * Relative standard error of each, from the weights of the samples in it taken as independent; NaN in empty bins.
   * shape [bins]
   */
  readonly error: Float64Array;
}

/**
 * Densities on `bins` equal bins of a range; what lies outside counts in the total and in no bin.
 * @param values shape [n]; NaN is outside @param weights shape [n], summing to 1; null for equal ones
 */
export function sampledProfile(
  values: Float64Array, weights: Float64Array | null, { low, high }: Interval, bins: number
): Profile {
  const [sums, squares] = [new Float64Array(bins), new Float64Array(bins)];
  const width = (high - low) / bins;
  const equal = 1 / values.length;
  for (let i = 0; i < values.length; i++) {
    const bin = Math.floor((values[i] - low) / width);
    if (!(bin >= 0 && bin < bins)) continue;
    const w = weights === null ? equal : weights[i];
    sums[bin] += w;
    squares[bin] += w * w;
  }
  return { density: sums.map((sum) => sum / width), error: sums.map(
    (sum, k) => (sum > 0 ? Math.sqrt(squares[k]) / sum : Number.NaN)
  ) };
}

/** ∫ of the line through (x, y) and (x2, y2) over the part of [a, b] between them, and the length of that part. */
function overlap(x: number, y: number, x2: number, y2: number, a: number, b: number): readonly [number, number] {
  const from = Math.max(x, a);
  const to = Math.min(x2, b);
  if (!(to > from)) return [0, 0];
  const middle = y + ((y2 - y) * ((from + to) / 2 - x)) / (x2 - x);
  return [middle * (to - from), to - from];
}

/**
 * Bin means of a curve given by its points, so that a histogram is compared with what it estimates rather than with
 * the curve at the bins' middles. NaN where the grid does not reach. shape [bins]
 * @param grid ascending, shape [g]
 * @param curve shape [g]
 */
export function binMeans(
  grid: readonly number[], curve: Float64Array | readonly number[], range: Interval, bins: number
): Float64Array {
  const width = (range.high - range.low) / bins;
  return Float64Array.from({ length: bins }, (_, k) => {
    const [a, b] = [range.low + k * width, range.low + (k + 1) * width];
    let [area, length] = [0, 0];
    for (let i = 0; i + 1 < grid.length; i++) {
      if (grid[i + 1] <= a || grid[i] >= b) continue;
      const [piece, part] = overlap(grid[i], curve[i], grid[i + 1], curve[i + 1], a, b);
      area += piece;
      length += part;
    }
    return length > 0 ? area / length : Number.NaN;
  });
}

/** −log p − shift; NaN, a gap, where p is 0 or unknown. */
export function freeEnergy(
  density: ArrayLike<number>, at: (k: number) => number, shift: number
): { readonly at: number; readonly density: number }[] {
  return Array.from(density, (p, k) => ({ at: at(k), density: p > 0 ? -Math.log(p) - shift : Number.NaN }));
}

export interface Deviation {
  /** Largest |F − F of the reference| over the judged bins, in kT; null when no judged bin holds a sample. */
  readonly largest: number | null;
  /** Middle of that bin, and the standard error of F there. */
  readonly at: number;
  readonly error: number;
  /** Judged bins, and those of them without a sample: F is infinite there. */
  readonly judged: number;
  readonly empty: number;
  /** Largest difference of densities over the judged bins, in standard errors of both together. */
  readonly errors: number;
}

/** @param reference densities of the bins; `error` where they are estimates themselves. shape [bins] */
export function deviation(
  profile: Profile, reference: Pick<Profile, 'density'> & Partial<Profile>, range: Interval
): Deviation {
  const bins = reference.density.length;
  const top = reference.density.reduce((a, b) => (b > a ? b : a), 0);
  let found: Deviation = { largest: null, at: Number.NaN, error: Number.NaN, judged: 0, empty: 0, errors: 0 };
  reference.density.forEach((p, k) => {
    if (!(p > JUDGED_SHARE * top)) return;
    found = { ...found, judged: found.judged + 1 };
    const density = profile.density[k];
    if (!(density > 0)) { found = { ...found, empty: found.empty + 1 }; return; }
    const error = Math.hypot(density * profile.error[k], p * (reference.error?.[k] ?? 0));
    found = { ...found, errors: Math.max(found.errors, Math.abs(density - p) / error) };
    const distance = Math.abs(Math.log(density / p));
    if (found.largest === null || distance > found.largest) {
      found = {
        ...found, largest: distance, at: range.low + ((k + 0.5) * (range.high - range.low)) / bins,
        error: error / density
      };
    }
  });
  return found;
}

/**
 * {@link sampledProfile} of tempering's samples, its errors from the spread over independent ladders: samples of one
 * ladder are correlated. @param values shape [rounds, ladders], round-major
 */
export function ladderProfile(values: Float64Array, ladders: number, range: Interval, bins: number): Profile {
  const { density } = sampledProfile(values, null, range, bins);
  const rounds = values.length / ladders;
  const squares = new Float64Array(bins);
  for (let l = 0; l < ladders; l++) {
    const own = sampledProfile(
      Float64Array.from({ length: rounds }, (_, r) => values[r * ladders + l]), null, range, bins
    ).density;
    for (let k = 0; k < bins; k++) squares[k] += (own[k] - density[k]) ** 2;
  }
  return { density, error: density.map(
    (p, k) => (p > 0 && ladders > 1 ? Math.sqrt(squares[k] / (ladders - 1) / ladders) / p : Number.NaN)
  ) };
}
