/**
 * Linear regression on twenty columns that nearly depend on each other: y ~ N(Xβ, 1), β ~ N(0, 100), a Gaussian
 * posterior of condition number 10⁴ along axes that no coordinate follows. log Z is the evidence.
 */
import { np, type TargetDefinition } from 'jeffreys-flow';
import { fillNormal, keyFromSeed } from '../../../engine/random.ts';
import { dot, orthonormalRows } from '../directions.ts';
import type { Limits } from '../limits.ts';
import { untold } from '../untold.ts';

export const limits: Limits = { ess: 0.9, seconds: 60 };

const [d, n, priorPrecision] = [20, 50, 0.01];
/** Eigenvalues of the posterior's precision, 1 to 10⁴ in equal ratios, with their axes. */
export const precisions = Array.from({ length: d }, (_, k) => Math.exp((k / (d - 1)) * Math.log(1e4)));
export const axes = orthonormalRows(d, d, 20);

// X has the singular vectors `axes` and singular values that add up to these eigenvalues with the prior.
const columns = orthonormalRows(d, n, 21);
export const design = Array.from({ length: n }, (_, i) => Array.from({ length: d }, (_, j) =>
  precisions.reduce((sum, l, k) => sum + Math.sqrt(l - priorPrecision) * columns[k][i] * axes[k][j], 0)));
const draws = new Float64Array(n + d);
fillNormal(keyFromSeed(22), 0, draws);
export const responses = design.map((row, i) => dot(row, draws.subarray(n)) + draws[i]);

/** Xᵀy along the axes, and the posterior's mean. */
const pull = axes.map((axis) => design.reduce((sum, row, i) => sum + dot(row, axis) * responses[i], 0));
export const mean = Array.from({ length: d }, (_, j) =>
  axes.reduce((sum, axis, k) => sum + (pull[k] / precisions[k]) * axis[j], 0));
const evidence = -0.5 * (dot(responses, responses) - pull.reduce((sum, b, k) => sum + (b * b) / precisions[k], 0))
  - 0.5 * n * Math.log(2 * Math.PI) - 0.5 * precisions.reduce((sum, l) => sum + Math.log(l / priorPrecision), 0);

/** Squared distance from the mean along an axis, in variances of the posterior. */
const alongAxis = (k: number) => (x: Float64Array): number =>
  precisions[k] * (dot(x, axes[k]) - dot(mean, axes[k])) ** 2;

export const known: TargetDefinition = {
  name: 'regression20',
  dimension: d,
  energy: (beta) => {
    const residuals = np.matmul(np.array(design), beta).sub(np.array(responses));
    return np.square(residuals).sum().add(np.square(beta).sum().mul(priorPrecision)).div(2)
      .add(0.5 * (n + d) * Math.log(2 * Math.PI) - 0.5 * d * Math.log(priorPrecision));
  },
  logZ: evidence,
  observables: [
    ...mean.map((exact, j) => ({ name: `β${j + 1}`, value: (x: Float64Array) => x[j], exact })),
    ...[0, 10, 19].map((k) => ({ name: `axis ${k + 1}`, value: alongAxis(k), exact: 1 })),
  ],
};

export default untold(known);
