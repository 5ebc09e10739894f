/**
 * A mixture of multivariate Student t's, from samples: expectation–maximisation, with whole degrees of freedom.
 * @see Peel & McLachlan 2000, "Robust mixture modelling using the t distribution", Statistics and Computing 10
 */
import { logSumExp } from '../numerics/logSumExp.ts';
import { logPeak } from '../targets/mixture.ts';
import { choleskyWithInverse, RIDGE, type Components } from './gaussianMixture.ts';

/** Degrees of freedom that are tried; the last are those of a normal law. */
const FREEDOMS: readonly number[] = [1, 2, 3, 4, 5, 6, 8, 10, 15, Infinity];
const ITERATIONS = 60;
/** Gain in log density of a point by an iteration, below which that is the last. */
const ENOUGH = 1e-5;

export interface Students extends Components {
  /** [K] */
  readonly freedom: Float64Array;
}

/** @param x [n, r] @param start the wells, as normal laws @returns also the log density summed over the points */
export function studentsOf(
  x: Float64Array, r: number, start: Components,
): { students: Students; logLikelihood: number } {
  let students: Students = { ...start, freedom: start.shares.map(() => FREEDOMS[3]) };
  let parts = partsOf(x, r, students);
  for (let turn = 0; turn < ITERATIONS; turn++) {
    const { logLikelihood } = parts;
    students = maximised(x, r, students, parts);
    parts = partsOf(x, r, students);
    if (!(parts.logLikelihood - logLikelihood > (ENOUGH * x.length) / r)) break;
  }
  return { students, logLikelihood: parts.logLikelihood };
}

interface Parts {
  /** Of the laws in every point. [n, K] */
  readonly parts: Float64Array;
  /** |L⁻¹ (x − m)|² [n, K] */
  readonly squares: Float64Array;
  readonly logLikelihood: number;
}

function partsOf(x: Float64Array, r: number, { shares, means, covariances, freedom }: Students): Parts {
  const [n, count] = [x.length / r, shares.length];
  const [parts, squares] = [new Float64Array(n * count), new Float64Array(n * count)];
  const laws = Array.from(shares, (share, k) => {
    const { factor, inverse } = choleskyWithInverse(covariances.subarray(k * r * r, (k + 1) * r * r), r);
    let constant = Math.log(share) + logPeak(r, freedom[k]);
    for (let j = 0; j < r; j++) constant -= Math.log(factor[j * r + j]);
    return { inverse, constant };
  });
  const logs = new Float64Array(count);
  let logLikelihood = 0;
  for (let i = 0; i < n; i++) {
    laws.forEach(({ inverse, constant }, k) => {
      let sum = 0;
      for (let a = 0; a < r; a++) {
        let value = 0;
        for (let b = 0; b <= a; b++) value += inverse[a * r + b] * (x[i * r + b] - means[k * r + b]);
        sum += value * value;
      }
      squares[i * count + k] = sum;
      const nu = freedom[k];
      logs[k] = constant - (nu === Infinity ? 0.5 * sum : 0.5 * (nu + r) * Math.log1p(sum / nu));
    });
    const total = logSumExp(logs);
    logLikelihood += total;
    for (let k = 0; k < count; k++) parts[i * count + k] = Math.exp(logs[k] - total);
  }
  return { parts, squares, logLikelihood };
}

/** Moments of points by their parts and how narrow each law is there; then the likeliest degrees of freedom. */
function maximised(
  x: Float64Array, r: number, { means, freedom }: Students, { parts, squares }: Parts,
): Students {
  const count = freedom.length;
  const n = x.length / r;
  const shares = new Float64Array(count);
  const moved = means.slice();
  const covariances = new Float64Array(count * r * r);
  const off = new Float64Array(r);
  for (let k = 0; k < count; k++) {
    let [size, whole] = [0, 0];
    const first = new Float64Array(r);
    const second = new Float64Array(r * r);
    for (let i = 0; i < n; i++) {
      const part = parts[i * count + k];
      if (part < 1e-12) continue;
      const nu = freedom[k];
      const weight = part * (nu === Infinity ? 1 : (nu + r) / (nu + squares[i * count + k]));
      size += part;
      whole += weight;
      for (let a = 0; a < r; a++) off[a] = x[i * r + a] - means[k * r + a];
      for (let a = 0; a < r; a++) {
        first[a] += weight * off[a];
        for (let b = 0; b <= a; b++) second[a * r + b] += weight * off[a] * off[b];
      }
    }
    shares[k] = Math.max(size / n, Number.MIN_VALUE);
    for (let a = 0; a < r; a++) {
      if (whole > 0) moved[k * r + a] += first[a] / whole;
      for (let b = 0; b <= a; b++) {
        // Divided by the points, not by their weights: that is the likelihood's own, and no slower.
        const value = whole > 0 ? (second[a * r + b] - (first[a] * first[b]) / whole) / size : 0;
        covariances[(k * r + a) * r + b] = value + (a === b ? RIDGE : 0);
        covariances[(k * r + b) * r + a] = covariances[(k * r + a) * r + b];
      }
    }
  }
  const chosen = freedom.map((_, k) => likeliest(parts, squares, r, count, k));
  return { shares, means: moved, covariances, freedom: chosen };
}

function likeliest(parts: Float64Array, squares: Float64Array, r: number, count: number, k: number): number {
  const of = (nu: number): number => {
    const constant = logPeak(r, nu);
    let sum = 0;
    for (let at = k; at < parts.length; at += count) {
      if (parts[at] < 1e-12) continue;
      sum += parts[at] * (constant
        - (nu === Infinity ? 0.5 * squares[at] : 0.5 * (nu + r) * Math.log1p(squares[at] / nu)));
    }
    return sum;
  };
  return FREEDOMS.map((nu) => ({ nu, value: of(nu) })).reduce((a, b) => (b.value > a.value ? b : a)).nu;
}
