/** Small dense matrices, row-major in Float64Array. */
import { InputError } from '../errors.ts';

/**
 * The lower triangle L with L Lᵀ = a.
 * @param a symmetric, shape [d, d]; only its lower triangle is read @returns shape [d, d]
 * @throws InputError if `a` is not positive definite
 */
export function cholesky(a: Float64Array, d: number): Float64Array {
  const l = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * d + j];
      for (let k = 0; k < j; k++) sum -= l[i * d + k] * l[j * d + k];
      if (i !== j) l[i * d + j] = sum / l[j * d + j];
      else if (sum > 0) l[i * d + i] = Math.sqrt(sum);
      else throw new InputError(`cholesky: the matrix is not positive definite (pivot ${i} is ${sum})`);
    }
  }
  return l;
}

/** The x with L Lᵀ x = b. @param l from {@link cholesky}, shape [d, d] @param b shape [d] @returns shape [d] */
export function choleskySolve(l: Float64Array, b: Float64Array): Float64Array {
  const d = b.length;
  const x = b.slice();
  for (let i = 0; i < d; i++) {
    for (let k = 0; k < i; k++) x[i] -= l[i * d + k] * x[k];
    x[i] /= l[i * d + i];
  }
  for (let i = d - 1; i >= 0; i--) {
    for (let k = i + 1; k < d; k++) x[i] -= l[k * d + i] * x[k];
    x[i] /= l[i * d + i];
  }
  return x;
}

/** a x. @param a shape [m, d] @param x shape [d] @returns shape [m] */
export function multiply(a: Float64Array, x: Float64Array): Float64Array {
  const d = x.length;
  const y = new Float64Array(a.length / d);
  for (let i = 0; i < y.length; i++) for (let j = 0; j < d; j++) y[i] += a[i * d + j] * x[j];
  return y;
}

/**
 * Mean and covariance (divided by n − 1) of points on real lines.
 * @param points shape [n, d] @returns mean [d], covariance [d, d]
 * @throws InputError if n < 2
 */
export function sampleCovariance(points: Float64Array, d: number): { mean: Float64Array; covariance: Float64Array } {
  const n = points.length / d;
  if (!(n >= 2)) throw new InputError(`sampleCovariance: needs at least 2 points, got ${n}`);
  const mean = new Float64Array(d);
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) mean[j] += points[i * d + j] / n;
  const covariance = new Float64Array(d * d);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < d; j++) {
      const deviation = (points[i * d + j] - mean[j]) / (n - 1);
      for (let k = 0; k <= j; k++) covariance[j * d + k] += deviation * (points[i * d + k] - mean[k]);
    }
  }
  for (let j = 0; j < d; j++) for (let k = 0; k < j; k++) covariance[k * d + j] = covariance[j * d + k];
  return { mean, covariance };
}
