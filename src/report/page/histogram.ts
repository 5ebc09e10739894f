/** Histograms as densities, with or without weights: arrays in, arrays out. */
import { wrapCoordinate, type Coordinate } from '../../targets/domain.ts';
import { cloudSize, type Cloud } from './cloud.ts';
import type { Interval } from './window.ts';

function binOf(value: number, range: Interval, bins: number, coordinate: Coordinate): number {
  const x = coordinate.kind === 'torus' ? wrapCoordinate(value, coordinate.low, coordinate.high) : value;
  const bin = Math.floor(((x - range.low) / (range.high - range.low)) * bins);
  return bin >= 0 && bin < bins ? bin : -1;
}

/**
 * Density of coordinate `j` over `range`; points outside count in the total, so the bars integrate to at most 1. shape
 * [bins]
 */
export function histogram(
  cloud: Cloud, j: number, range: Interval, bins: number, coordinate: Coordinate
): Float64Array {
  const n = cloudSize(cloud);
  const density = new Float64Array(bins);
  for (let i = 0; i < n; i++) {
    const bin = binOf(cloud.points[i * cloud.dimension + j], range, bins, coordinate);
    if (bin >= 0) density[bin] += cloud.weights?.[i] ?? 1 / n;
  }
  const width = (range.high - range.low) / bins;
  return density.map((mass) => mass / width);
}

/** A bin's middle and its density. */
export interface Bin { readonly at: number; readonly density: number }

/** {@link histogram} as points to draw; none for a cloud without points. */
export function densityCurve(
  cloud: Cloud | null, j: number, range: Interval, bins: number, coordinate: Coordinate
): Bin[] {
  if (cloud === null || cloudSize(cloud) === 0) return [];
  const width = (range.high - range.low) / bins;
  return Array.from(
    histogram(cloud, j, range, bins, coordinate), (density, k) => ({ at: range.low + (k + 0.5) * width, density })
  );
}

/** As many bins as `samples` can fill, between 24 and `most`. */
export function binCount(samples: number, most = 72): number {
  return Math.max(24, Math.min(most, Math.round(Math.sqrt(samples))));
}

/** Largest density of some curves, those that are not finite left out; 0 when there is none. */
export function peakOf(curves: readonly (readonly Bin[])[]): number {
  return curves.flat().reduce((top, { density }) => (Number.isFinite(density) ? Math.max(top, density) : top), 0);
}

export interface Grid {
  readonly width: number;
  readonly height: number;
  /** shape [height, width], lowest y first */
  readonly values: Float64Array;
}

/** Binomial (1 2 1)/4 blur along one axis, `stride` apart; circles wrap around. */
function blur(grid: Grid, alongX: boolean, circular: boolean): Float64Array {
  const { width, height, values } = grid;
  const out = new Float64Array(values.length);
  const count = alongX ? width : height;
  const neighbour = (k: number): number => (circular ? (k + count) % count : Math.min(count - 1, Math.max(0, k)));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const k = alongX ? x : y;
      const at = (other: number): number => (alongX ? values[y * width + other] : values[other * width + x]);
      out[y * width + x] = 0.25 * at(neighbour(k - 1)) + 0.5 * at(k) + 0.25 * at(neighbour(k + 1));
    }
  }
  return out;
}

/** Coordinates and ranges of a projection to the plane. */
export interface Projection {
  readonly axes: readonly [number, number];
  readonly ranges: readonly [Interval, Interval];
  readonly coordinates: readonly [Coordinate, Coordinate];
}

/** Density of a pair of coordinates, blurred by one cell. @param shape cells in x and y */
export function density2d(cloud: Cloud, projection: Projection, shape: readonly [number, number]): Grid {
  const [width, height] = shape;
  const [a, b] = projection.axes;
  const n = cloudSize(cloud);
  const values = new Float64Array(width * height);
  for (let i = 0; i < n; i++) {
    const x = binOf(cloud.points[i * cloud.dimension + a], projection.ranges[0], width, projection.coordinates[0]);
    const y = binOf(cloud.points[i * cloud.dimension + b], projection.ranges[1], height, projection.coordinates[1]);
    if (x >= 0 && y >= 0) values[y * width + x] += cloud.weights?.[i] ?? 1 / n;
  }
  const [rx, ry] = projection.ranges;
  const cell = ((rx.high - rx.low) / width) * ((ry.high - ry.low) / height);
  let grid: Grid = { width, height, values: values.map((mass) => mass / cell) };
  for (let pass = 0; pass < 2; pass++) {
    grid = { ...grid, values: blur(grid, true, projection.coordinates[0].kind === 'torus') };
    grid = { ...grid, values: blur(grid, false, projection.coordinates[1].kind === 'torus') };
  }
  return grid;
}
