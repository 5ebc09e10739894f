/**
 * Curved valleys, from samples: which coordinates lie along a parabola over another, much narrower about it than about
 * any straight line. Pairs are screened in bins of the one that tells; parabolas are fitted to every second sample, and
 * kept where the others confirm them. (Freer curves fit wells that lie in a row, too.)
 */
import { leastSquares } from '../numerics/leastSquares.ts';
import { spreadRows } from '../numerics/spreadRows.ts';
import type { Domain } from '../targets/domain.ts';
import type { Valley } from '../targets/valleys.ts';

/** Samples that are looked at: every second is for the fit, the others confirm it. */
const POINTS = 8000;
/** Fewer effective samples may lie along any parabola. */
const FEWEST = 15;
/** Of pairs that are screened: samples, and those in a bin. */
const SCREENED_BY = 4000;
const IN_BIN = 100;
/** Deviations about the curve over those about the line, at most: of the screening, and of a valley. */
const SCREENED = 0.5;
const NARROW = 1 / 3;
/** Coordinates that are compared as those that tell one. */
const MOST_TELLERS = 6;
/** Deviations beyond which a sample counts as lying there. */
const CLIPPED = 4;
const FITS = 4;
const RIDGE = 1e-9;
/** What tells has no gap: of so many parts of its range none has less than a share of what is on either side. */
const PARTS = 24;
const GAP = 0.25;

/** @param x [n, d] @param effective how many effective samples those are @returns those that tell first */
export function findValleys(x: Float64Array, domain: Domain, effective: number): Valley[] {
  const d = domain.length;
  const real = domain.flatMap(({ kind }, j) => (kind === 'real' ? [j] : []));
  if (real.length < 2 || effective < FEWEST) return [];
  const rows = spreadRows(x.length / d, POINTS);
  const columns = Array.from({ length: d }, (_, j) => Float64Array.from(rows, (i) => x[i * d + j]));
  const fits = screened(columns, real).flatMap(({ told, by }) => fitted(columns, told, by));
  const found = new Map<number, Valley>();
  for (const { valley } of fits.sort((a, b) => a.narrow - b.narrow)) {
    const { told, by } = valley;
    if (!found.has(told) && !tells(found, told, by)) found.set(told, valley);
  }
  return inOrder([...found.values()]);
}

/** Whether a tells b, or what tells it. */
function tells(found: ReadonlyMap<number, Valley>, a: number, b: number): boolean {
  for (let at: number | undefined = b; at !== undefined; at = found.get(at)?.by) if (at === a) return true;
  return false;
}

function inOrder(valleys: readonly Valley[]): Valley[] {
  const left = [...valleys];
  const ordered: Valley[] = [];
  while (left.length > 0) {
    const next = left.findIndex(({ by }) => !left.some(({ told }) => told === by));
    ordered.push(...left.splice(next, 1));
  }
  return ordered;
}

interface Pair {
  readonly told: number;
  readonly by: number;
}

/** Pairs of which one may lie along a curve over the other: of each that may be told, the narrowest few. */
function screened(columns: readonly Float64Array[], real: readonly number[]): Pair[] {
  const some = spreadRows(columns[0].length, SCREENED_BY);
  const seen = columns.map((column) => Float64Array.from(some, (i) => column[i]));
  const pairs = real.flatMap((by) => {
    const order = Array.from(some.keys()).sort((a, b) => seen[by][a] - seen[by][b] || a - b);
    const sorted = Float64Array.from(order, (i) => seen[by][i]);
    if (hasGap(sorted)) return [];
    return real.filter((j) => j !== by).map((told) => {
      const values = Float64Array.from(order, (i) => seen[told][i]);
      const [within, all] = [IN_BIN, values.length].map((each) => aboutLines(sorted, values, each));
      return { told, by, narrow: Math.sqrt(within / all) };
    });
  });
  return real.flatMap((j) => pairs.filter(({ told, narrow }) => told === j && narrow < SCREENED)
    .sort((a, b) => a.narrow - b.narrow).slice(0, MOST_TELLERS));
}

/** Whether few lie between many on either side. @param sorted ascending */
function hasGap(sorted: Float64Array): boolean {
  const n = sorted.length;
  const [low, high] = [0.01, 0.99].map((share) => sorted[Math.round(share * (n - 1))]);
  if (!(high > low)) return true;
  const counts = new Float64Array(PARTS);
  for (const value of sorted) {
    const part = Math.floor(((value - low) / (high - low)) * PARTS);
    if (part >= 0 && part < PARTS) counts[part]++;
  }
  return counts.some((count, k) =>
    count < GAP * Math.min(Math.max(...counts.subarray(0, k + 1)), Math.max(...counts.subarray(k))));
}

/** Mean square about a line in each of equal parts. @param h ascending @param each of a part */
function aboutLines(h: Float64Array, t: Float64Array, each: number): number {
  const n = h.length;
  let all = 0;
  for (let from = 0; from < n; from += each) {
    const to = Math.min(n, from + each);
    const m = to - from;
    if (m < 3) continue;
    let [meanH, meanT] = [0, 0];
    for (let i = from; i < to; i++) {
      meanH += h[i] / m;
      meanT += t[i] / m;
    }
    let [hh, ht, tt] = [0, 0, 0];
    for (let i = from; i < to; i++) {
      const [a, b] = [h[i] - meanH, t[i] - meanT];
      hh += a * a;
      ht += a * b;
      tt += b * b;
    }
    all += (Math.max(0, hh > 0 ? tt - (ht * ht) / hh : tt) * m) / (m - 2);
  }
  return all / n;
}

interface Fitted {
  readonly valley: Valley;
  /** Deviations about the curve over those of all. */
  readonly narrow: number;
}

/** The parabola that samples lie along; none where they do not. */
function fitted(columns: readonly Float64Array[], told: number, by: number): Fitted[] {
  const [t, h] = [columns[told], columns[by]];
  const sorted = h.slice().sort();
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))];
  const [centre, width] = [at(0.5), (at(0.8413) - at(0.1587)) / 2];
  if (!(width > 0)) return [];
  const u = h.map((value) => (value - centre) / width);
  const [constant, line, parabola] = [0, 1, 2].map((degree) => polynomialThrough(t, u, degree));
  if (!(parabola.deviation <= NARROW * line.deviation)) return [];
  const [c0, c1, c2] = parabola.factors;
  return [{
    valley: { told, by, centre, width, curve: [c0, c1, c2] }, narrow: parabola.deviation / constant.deviation,
  }];
}

/** Fitted to every second sample, and about how far the others are from it: a deviation, of those not far out. */
function polynomialThrough(
  t: Float64Array, u: Float64Array, degree: number,
): { readonly factors: Float64Array; readonly deviation: number } {
  const n = t.length;
  const size = degree + 1;
  const rows = new Float64Array(n * size);
  for (let i = 0, power = 1; i < n; i++, power = 1)
    for (let f = 0; f < size; f++, power *= u[i]) rows[i * size + f] = power;
  const off = (factors: Float64Array, i: number): number => {
    let value = t[i];
    for (let f = 0; f < size; f++) value -= rows[i * size + f] * factors[f];
    return value;
  };
  const rootMeanSquare = (factors: Float64Array, first: number, most: number): number => {
    let sum = 0;
    for (let i = first; i < n; i += 2) sum += Math.min(most, Math.abs(off(factors, i))) ** 2;
    return Math.sqrt(sum / Math.ceil((n - first) / 2));
  };
  let factors: Float64Array = new Float64Array(size);
  let most = Infinity;
  for (let k = 0; k < FITS; k++) {
    const before = factors;
    const clip = most;
    factors = leastSquares(rows, n, 2, (i) => {
      const away = Math.abs(off(before, i));
      return away > clip ? clip / away : 1;
    }, (i) => t[i], RIDGE);
    most = CLIPPED * rootMeanSquare(factors, 0, most);
  }
  return { factors, deviation: rootMeanSquare(factors, 1, most) };
}
