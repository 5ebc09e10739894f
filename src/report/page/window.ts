/** What part of a coordinate a figure shows: a whole circle or interval, or where the samples are. */
import type { Coordinate, Domain } from '../../targets/domain.ts';
import type { Cloud } from './cloud.ts';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The finite values in ascending order. */
export function sortedFinite(values: Iterable<number>): Float64Array {
  return Float64Array.from([...values].filter(Number.isFinite)).sort();
}

/** The `p` quantile of ascending values; null when there are none. */
export function quantile(sorted: Float64Array, p: number): number | null {
  if (sorted.length === 0) return null;
  const at = p * (sorted.length - 1);
  const k = Math.min(sorted.length - 1, Math.floor(at));
  return sorted[k] + (at - k) * (sorted[Math.min(sorted.length - 1, k + 1)] - sorted[k]);
}

const MOST_POINTS = 20000;

/** Coordinate `j` of a cloud, thinned to a few thousand values. */
function column(cloud: Cloud, j: number): number[] {
  const n = Math.floor(cloud.points.length / cloud.dimension);
  const stride = Math.max(1, Math.ceil(n / MOST_POINTS));
  const values: number[] = [];
  for (let i = 0; i < n; i += stride) values.push(cloud.points[i * cloud.dimension + j]);
  return values;
}

/**
 * What holds all but 1 in 1000 of coordinate `j` of every cloud, with a margin; the box when there is no point. Circles
 * and intervals are shown whole.
 */
export function coordinateWindow(coordinate: Coordinate, j: number, clouds: readonly Cloud[]): Interval {
  if (coordinate.kind !== 'real') return { low: coordinate.low, high: coordinate.high };
  let low = Infinity;
  let high = -Infinity;
  for (const cloud of clouds) {
    const sorted = sortedFinite(column(cloud, j));
    low = Math.min(low, quantile(sorted, 0.0005) ?? low);
    high = Math.max(high, quantile(sorted, 0.9995) ?? high);
  }
  if (!(high > low)) return { low: coordinate.low, high: coordinate.high };
  const margin = 0.1 * (high - low);
  return { low: low - margin, high: high + margin };
}

/** x, y in the plane; x₁ … x_d otherwise. */
export function coordinateNames(domain: Domain): string[] {
  if (domain.length === 1) return ['x'];
  if (domain.length === 2) return ['x', 'y'];
  return domain.map(
    (_, j) => `x${String(j + 1).replace(/\d/g, (digit) => String.fromCharCode(0x2080 + Number(digit)))}`
  );
}
