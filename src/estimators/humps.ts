/** Directions along which samples lie in two humps. */
import { symmetricEigen } from '../numerics/symmetricEigen.ts';

/** Sarle's coefficient of bimodality: 5/9 of a uniform law, 1 of two points. */
const HUMPED = 0.62;
/** Of several humps it says little: one is also where the density falls to so much of that on either side. */
const VALLEY = 0.5;
/** Cells between the quantiles that it is looked at within, how many to either side are taken together, and samples. */
const CELLS = 80;
const WITHIN = 0.005;
const SMOOTH = 2;
const FEWEST = 1000;
/** Samples about the lower peak, at least. */
const ENOUGH = 60;
/** Principal axes that are looked at, the widest first. */
const MOST_AXES = 8;
/** More coordinates have axes that take longer to find than they are worth. */
const MOST_COORDINATES = 256;
/** The square of one coordinate's part in a direction, from where on that is the coordinate. */
const SQUARE = 0.8;

export interface Hump {
  /** A unit vector. [d] */
  readonly direction: Float64Array;
  /** Sarle's coefficient, or how much of the density is missing in a valley: the clearer of the two. */
  readonly score: number;
}

/** x · direction of each point. @param x [n, d] @returns [n] */
export function along(x: Float64Array, d: number, direction: Float64Array): Float64Array {
  const used = Array.from(direction.keys()).filter((j) => direction[j] !== 0);
  return Float64Array.from({ length: x.length / d }, (_, i) =>
    used.reduce((sum, j) => sum + direction[j] * x[i * d + j], 0));
}

/** (skewness² + 1) / kurtosis */
function sarle(values: Float64Array): number {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value / n, 0);
  let [second, third, fourth] = [0, 0, 0];
  for (const value of values) {
    const square = (value - mean) ** 2;
    second += square / n;
    third += (square * (value - mean)) / n;
    fourth += (square * square) / n;
  }
  return ((third * third) / (second * second * second) + 1) / (fourth / (second * second));
}

/** The least density between two peaks over that of the lower of them; 1 where there is one peak. */
export function valleyOf(values: Float64Array): number {
  const n = values.length;
  if (n < FEWEST) return 1;
  const sorted = values.slice().sort();
  const [low, high] = [WITHIN, 1 - WITHIN].map((share) => sorted[Math.round(share * (n - 1))]);
  if (!(high > low)) return 1;
  const counts = new Float64Array(CELLS);
  for (const value of values) {
    const cell = Math.floor(((value - low) / (high - low)) * CELLS);
    if (cell >= 0 && cell < CELLS) counts[cell] += 1;
  }
  const density = counts.map((_, k) => {
    const near = counts.subarray(Math.max(0, k - SMOOTH), k + SMOOTH + 1);
    return near.reduce((sum, count) => sum + count, 0) / near.length;
  });
  const highest = (from: number, to: number): number => density.subarray(from, to).reduce((a, b) => Math.max(a, b), 0);
  return density.reduce((least, own, k) => {
    const peak = Math.min(highest(0, k), highest(k + 1, CELLS));
    // Of few counts a valley is chance.
    return peak * (2 * SMOOTH + 1) < ENOUGH ? least : Math.min(least, own / peak);
  }, 1);
}

function humpsAmong(x: Float64Array, d: number, directions: readonly Float64Array[]): Hump[] {
  return directions.flatMap((direction): Hump[] => {
    const values = along(x, d, direction);
    const [two, valley] = [sarle(values), valleyOf(values)];
    return two > HUMPED || valley < VALLEY ? [{ direction, score: Math.max(two, 1 - valley) }] : [];
  }).sort((a, b) => b.score - a.score);
}

/** Coordinates, the clearest first. @param x [n, d] @param among those that are looked at */
export const humpedCoordinates = (x: Float64Array, d: number, among: readonly number[]): Hump[] =>
  humpsAmong(x, d, among.map((j) => Float64Array.from({ length: d }, (_, k) => (k === j ? 1 : 0))));

/**
 * Principal axes that lie along no coordinate, the clearest first: of wells apart from each other in a direction of
 * many coordinates, each of these knows little.
 * @param x in standard units [n, d] @param among coordinates that are looked at
 */
export function humpedAxes(x: Float64Array, d: number, among: readonly number[]): Hump[] {
  const r = among.length;
  if (r < 2 || r > MOST_COORDINATES) return [];
  const { vectors } = symmetricEigen(covarianceOf(x, d, among), r);
  const axes = Array.from({ length: Math.min(r, MOST_AXES) }, (_, k) => {
    const direction = new Float64Array(d);
    among.forEach((j, a) => { direction[j] = vectors[(r - 1 - k) * r + a]; });
    return direction;
  });
  return humpsAmong(x, d, axes.filter((axis) => axis.every((part) => part * part < SQUARE)));
}

function covarianceOf(x: Float64Array, d: number, among: readonly number[]): Float64Array {
  const r = among.length;
  const n = x.length / d;
  const means = among.map((j) => along(x, d, Float64Array.from({ length: d }, (_, k) => (k === j ? 1 / n : 0)))
    .reduce((a, b) => a + b));
  const covariance = new Float64Array(r * r);
  const row = new Float64Array(r);
  for (let i = 0; i < n; i++) {
    for (let a = 0; a < r; a++) row[a] = x[i * d + among[a]] - means[a];
    for (let a = 0; a < r; a++) for (let b = 0; b <= a; b++) covariance[a * r + b] += (row[a] * row[b]) / n;
  }
  for (let a = 0; a < r; a++) for (let b = 0; b < a; b++) covariance[b * r + a] = covariance[a * r + b];
  return covariance;
}
