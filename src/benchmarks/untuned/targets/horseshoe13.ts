/**
 * Regression on six orthogonal columns of ±1 with a horseshoe prior (Carvalho, Polson & Scott 2010), centred:
 * y ~ N(Xβ, 1), β_j ~ N(0, τ²λ_j²), λ_j and τ half-Cauchy. The coordinates are log τ, log λ_1 … log λ_6, β_1 … β_6: a
 * funnel to every β_j, and one to all of them. log Z is the evidence.
 */
import { np, type TargetDefinition } from 'jeffreys-flow';
import { lineDensity } from '../exact.ts';
import type { Limits } from '../limits.ts';
import { untold } from '../untold.ts';

export const limits: Limits = { ess: 0.7, seconds: 120 };

/** XᵀX = 8: six of Hadamard's columns. */
export const design = Array.from({ length: 8 }, (_, i) =>
  [[1], [2], [4], [1, 2], [1, 4], [2, 4]].map((bits) => bits.reduce((sign, bit) => ((i & bit) > 0 ? -sign : sign), 1)));
export const responses = [1.9, -2.3, 4.6, -1.2, 2.8, -3.4, 5.1, 0.3];
const fitted = design[0].map((_, j) => design.reduce((sum, row, i) => sum + (row[j] * responses[i]) / 8, 0));
const residual = responses.reduce((sum, y) => sum + y * y, 0) - 8 * fitted.reduce((sum, b) => sum + b * b, 0);

/** −log density of the logarithm of a half-Cauchy number. */
const halfCauchy = (log: number): number => Math.log1p(Math.exp(2 * log)) - log - Math.log(2 / Math.PI);

/** One coefficient given log τ: β is Gaussian given log λ, which is left. */
const coefficient = (logTau: number, j: number): ReturnType<typeof lineDensity> => lineDensity((logLambda) => {
  const variance = 1 / 8 + Math.exp(2 * (logTau + logLambda));
  return halfCauchy(logLambda) + fitted[j] ** 2 / (2 * variance) + Math.log(2 * Math.PI * variance) / 2;
}, -34, 34, 34);
/** ⟨β_j⟩ = b τ²λ²/(τ²λ² + 1/8) given τ and λ. */
const slab = (logScale: number): number => 1 / (1 + Math.exp(-2 * logScale) / 8);

/** Of every node of log τ, its six coefficients: needed again for every mean. */
const kept = new Map<number, ReturnType<typeof lineDensity>[]>();
function coefficients(logTau: number): ReturnType<typeof lineDensity>[] {
  const known = kept.get(logTau) ?? fitted.map((_, j) => coefficient(logTau, j));
  kept.set(logTau, known);
  return known;
}
const exact = lineDensity(
  (logTau) => halfCauchy(logTau) - coefficients(logTau).reduce((sum, { logZ }) => sum + logZ, 0), -34, 34, 34
);
const meanOf = (j: number, f: (logTau: number, logLambda: number) => number): number =>
  exact.mean((logTau) => coefficients(logTau)[j].mean((logLambda) => f(logTau, logLambda)));
// The likelihood is exp(−R/2) and a Gaussian of variance 1/8 in each coefficient.
const evidence = exact.logZ - residual / 2 + 3 * Math.log(2 * Math.PI / 8) - 4 * Math.log(2 * Math.PI);

export const known: TargetDefinition = {
  name: 'horseshoe13',
  dimension: 13,
  energy: (point) => {
    const logScales = point.slice([0, 7]);
    const beta = point.slice([7, 13]);
    const logDeviations = logScales.slice([1, 7]).add(logScales.slice(0));
    const scales = np.log(np.exp(logScales.mul(2)).add(1)).sub(logScales).sum().sub(7 * Math.log(2 / Math.PI));
    const priors = np.square(beta.div(np.exp(logDeviations))).div(2).add(logDeviations).sum();
    const residuals = np.matmul(np.array(design), beta).sub(np.array(responses));
    return scales.add(priors).add(np.square(residuals).sum().div(2)).add(7 * Math.log(2 * Math.PI));
  },
  logZ: evidence,
  observables: [
    { name: 'log τ', value: (x) => x[0], exact: exact.mean((logTau) => logTau) },
    { name: 'τ < e^−4', value: (x) => (x[0] < -4 ? 1 : 0), exact: exact.mean((logTau) => (logTau < -4 ? 1 : 0)) },
    ...fitted.flatMap((b, j) => [
      { name: `log λ${j + 1}`, value: (x: Float64Array) => x[1 + j], exact: meanOf(j, (_, logLambda) => logLambda) },
      { name: `β${j + 1}`, value: (x: Float64Array) => x[7 + j], exact: b * meanOf(j, (t, l) => slab(t + l)) },
    ]),
  ],
};

export default untold(known);
