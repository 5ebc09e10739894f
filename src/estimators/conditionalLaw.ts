/** A normal law whose location and log scale are linear in features, fitted to samples by likelihood. */
import { leastSquares } from '../numerics/leastSquares.ts';

/** Likelihood of a sample that a law gains over one of constant scale, in nats; and its range of scales, of 96 %. */
const GAINED = 0.05;
const LEAST_RANGE = 3;
/** By what likelihood of a sample another kind is to be better than those before. */
const BETTER = 0.002;
/** Deviations beyond which a sample counts as lying there, so that a few do not set a scale. */
const CLIPPED = 4;
/** Log scales of a fit, at most. */
const FARTHEST = 30;
const FITS = 12;
/** Of what is fitted: scales, which few samples may tell; locations, which a neck needs to all digits. */
const RIDGE = { scale: 1e-3, location: 1e-9 } as const;

/** Columns of a table, with where in it they were. */
export interface Columns {
  /** [n, used] */
  readonly rows: Float64Array;
  readonly used: readonly number[];
  /** Columns of the whole table. */
  readonly count: number;
}

/** @param table [n, count] @param used its columns that are taken */
export function taken(table: Float64Array, count: number, used: readonly number[]): Columns {
  const n = table.length / count;
  const rows = new Float64Array(n * used.length);
  for (let i = 0; i < n; i++) used.forEach((f, a) => { rows[i * used.length + a] = table[i * count + f]; });
  return { rows, used, count };
}

function untaken({ used, count }: Columns, values: Float64Array, from: number): Float64Array {
  const all = new Float64Array(count);
  used.forEach((f, a) => { all[f] = values[from + a]; });
  return all;
}

export interface Regressors {
  readonly scale: Columns;
  readonly location: Columns;
  /** [q, n] */
  readonly means: readonly Float64Array[];
}

export interface Law {
  /** By feature. */
  readonly location: Float64Array;
  readonly slopes: readonly Float64Array[];
  readonly logScale: Float64Array;
}

/**
 * The simplest that other samples do not refute, fitted to all; null where none is worth it.
 * @param y [n] @param kinds the simpler before the others
 */
export function bestLaw(y: Float64Array, kinds: readonly Regressors[]): Law | null {
  let best: Regressors | null = null;
  let most = plainLikelihood(y) + GAINED - BETTER;
  for (const kind of kinds) {
    const { likelihood, range } = heldOut(y, kind, fitLaw(y, kind, 2));
    if (range < Math.log(LEAST_RANGE) || !(likelihood > most + BETTER)) continue;
    [best, most] = [kind, likelihood];
  }
  if (best === null) return null;
  const { scale, location, means } = best;
  const fit = fitLaw(y, best, 1);
  const m = location.used.length;
  return {
    location: untaken(location, fit.location, 0),
    slopes: means.map((_, q) => untaken(location, fit.location, m * (1 + q))),
    logScale: untaken(scale, fit.logScale, 0),
  };
}

interface Fit {
  /** [(1 + means) used] */
  readonly location: Float64Array;
  readonly logScale: Float64Array;
}

/** A normal law whose location and log scale are linear in features, by likelihood. @param every of the samples */
function fitLaw(y: Float64Array, kind: Regressors, every: number): Fit {
  const terms = termsOf(kind, y.length);
  const { rows, used } = kind.scale;
  let location = new Float64Array(terms.length / y.length);
  let logScale = new Float64Array(used.length);
  for (let k = 0; k < FITS; k++) {
    const log = (i: number): number => clamped(dot(rows, i * used.length, logScale));
    location = leastSquares(terms, y.length, every, (i) => Math.exp(-2 * log(i)), (i) => y[i], RIDGE.location);
    const change = leastSquares(rows, y.length, every, () => 2, (i) => {
      const z = Math.min(CLIPPED, Math.abs(y[i] - dot(terms, i * location.length, location)) * Math.exp(-log(i)));
      return 0.5 * (z * z - 1);
    }, RIDGE.scale);
    logScale = logScale.map((value, a) => value + change[a]);
  }
  return { location, logScale };
}

const clamped = (log: number): number => Math.max(-FARTHEST, Math.min(FARTHEST, log));

/** Features of locations, then their products with each mean. [n, (1 + means) used] */
function termsOf({ location: { rows, used }, means }: Regressors, n: number): Float64Array {
  const m = used.length;
  const size = m * (1 + means.length);
  const terms = new Float64Array(n * size);
  for (let i = 0; i < n; i++) {
    for (let a = 0; a < size; a++)
      terms[i * size + a] = rows[i * m + (a % m)] * (a < m ? 1 : means[Math.floor(a / m) - 1][i]);
  }
  return terms;
}

/** Of every second sample, which fits have not seen: mean log likelihood, and the range of 96 % of the log scales. */
function heldOut(
  y: Float64Array, kind: Regressors, { location, logScale }: Fit,
): { readonly likelihood: number; readonly range: number } {
  const terms = termsOf(kind, y.length);
  const logs: number[] = [];
  let likelihood = 0;
  for (let i = 1; i < y.length; i += 2) {
    const log = clamped(dot(kind.scale.rows, i * logScale.length, logScale));
    const z = Math.min(CLIPPED, Math.abs(y[i] - dot(terms, i * location.length, location)) * Math.exp(-log));
    logs.push(log);
    likelihood -= log + 0.5 * z * z;
  }
  const n = logs.length;
  logs.sort((a, b) => a - b);
  return { likelihood: likelihood / n, range: logs[Math.floor(0.98 * n)] - logs[Math.floor(0.02 * n)] };
}

/** That of one normal law. */
function plainLikelihood(y: Float64Array): number {
  const mean = y.reduce((sum, value) => sum + value, 0) / y.length;
  const variance = y.reduce((sum, value) => sum + (value - mean) ** 2, 0) / y.length;
  return -0.5 * Math.log(variance) - 0.5;
}

function dot(rows: Float64Array, from: number, values: Float64Array): number {
  let sum = 0;
  for (let a = 0; a < values.length; a++) sum += rows[from + a] * values[a];
  return sum;
}
