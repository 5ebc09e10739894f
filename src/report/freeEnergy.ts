/** Histograms of a named function of the point, their free energies F = −log p, and how far those are from a reference. */
import { histogram, type Bin, type Cloud } from './histogram.ts';
import type { Interval } from './window.ts';

/** Bins whose reference density is below this share of its maximum are not judged: few samples fall there. */
export const JUDGED_SHARE = 1e-3;

export interface Profile {
  /** Mean density of each bin. shape [bins] */
  readonly density: Float64Array;
  /** Relative standard error of each, from the weights of the samples in it taken as independent; NaN in empty bins. shape [bins] */
  readonly error: Float64Array;
}

/** @param values shape [n] @param weights shape [n], summing to 1; null for equal ones */
export function sampledProfile(values: Float64Array, weights: Float64Array | null, range: Interval, bins: number): Profile {
  const coordinate = { kind: 'real' as const, ...range };
  const cloud = (w: Float64Array | null): Cloud => ({ points: values, dimension: 1, weights: w });
  const density = histogram(cloud(weights), 0, range, bins, coordinate);
  const equal = 1 / values.length;
  const squares = histogram(cloud(weights === null ? new Float64Array(values.length).fill(equal * equal) : weights.map((w) => w * w)), 0, range, bins, coordinate);
  const width = (range.high - range.low) / bins;
  return { density, error: density.map((p, k) => (p > 0 ? Math.sqrt(squares[k] * width) / (p * width) : Number.NaN)) };
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
export function binMeans(grid: readonly number[], curve: Float64Array | readonly number[], range: Interval, bins: number): Float64Array {
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
export function freeEnergy(density: ArrayLike<number>, at: (k: number) => number, shift: number): Bin[] {
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
}

/** @param reference mean densities, shape [bins] */
export function deviation(profile: Profile, reference: Float64Array, range: Interval): Deviation {
  const bins = reference.length;
  const top = reference.reduce((a, b) => (b > a ? b : a), 0);
  let found: Deviation = { largest: null, at: Number.NaN, error: Number.NaN, judged: 0, empty: 0 };
  reference.forEach((p, k) => {
    if (!(p > JUDGED_SHARE * top)) return;
    found = { ...found, judged: found.judged + 1 };
    if (!(profile.density[k] > 0)) { found = { ...found, empty: found.empty + 1 }; return; }
    const distance = Math.abs(Math.log(profile.density[k] / p));
    if (found.largest === null || distance > found.largest) {
      found = { ...found, largest: distance, at: range.low + ((k + 0.5) * (range.high - range.low)) / bins, error: profile.error[k] };
    }
  });
  return found;
}
