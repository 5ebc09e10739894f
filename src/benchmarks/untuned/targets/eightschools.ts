/**
 * Eight schools (Rubin 1981), centred: μ ~ N(0, 25), τ half-Cauchy of scale 5, θ_k ~ N(μ, τ²), y_k ~ N(θ_k, s_k²). The
 * coordinates are μ, log τ, θ_1 … θ_8; the energy is −log of the joint density, so that log Z is the evidence.
 */
import { np, type TargetDefinition } from 'jeffreys-flow';
import { lineDensity } from '../exact.ts';
import type { Limits } from '../limits.ts';
import { untold } from '../untold.ts';

export const limits: Limits = { ess: 0.85, seconds: 60, logZ: 0.003 };

const effects = [28, 8, -3, 7, -1, 1, 18, 12];
const errors = [15, 10, 16, 11, 9, 11, 10, 18];
const logTwoPi = Math.log(2 * Math.PI);

/** What is left once the θ and μ are integrated out, which are Gaussian given log τ. */
function given(logTau: number): { readonly logDensity: number; readonly mean: number; readonly variance: number } {
  const variances = errors.map((s) => s * s + Math.exp(2 * logTau));
  const precision = variances.reduce((sum, v) => sum + 1 / v, 1 / 25);
  const mean = effects.reduce((sum, y, k) => sum + y / variances[k], 0) / precision;
  const likelihood = effects.reduce((sum, y, k) => sum - (y * y) / (2 * variances[k])
    - (Math.log(variances[k]) + logTwoPi) / 2, precision * mean * mean / 2 - Math.log(25 * precision) / 2);
  const prior = Math.log(2 / (5 * Math.PI)) - Math.log1p(Math.exp(2 * logTau) / 25) + logTau;
  return { logDensity: likelihood + prior, mean, variance: 1 / precision };
}

const exact = lineDensity((logTau) => -given(logTau).logDensity, -40, 10, 500);
const school = (k: number): number => exact.mean((logTau) => {
  const [tau2, s2] = [Math.exp(2 * logTau), errors[k] ** 2];
  return (effects[k] * tau2 + given(logTau).mean * s2) / (tau2 + s2);
});

export const known: TargetDefinition = {
  name: 'eightschools',
  dimension: 10,
  energy: (point) => {
    const [mu, logTau, theta] = [point.slice(0), point.slice(1), point.slice([2, 10])];
    const tau2 = np.exp(logTau.mul(2));
    const priorOfMu = np.square(mu).div(50).add(Math.log(5) + logTwoPi / 2);
    const priorOfTau = np.log(tau2.div(25).add(1)).sub(logTau).sub(Math.log(2 / (5 * Math.PI)));
    const schools = np.square(theta.sub(mu)).sum().div(tau2.mul(2)).add(logTau.mul(8)).add(4 * logTwoPi);
    const data = np.square(theta.sub(np.array(effects)).div(np.array(errors))).sum().div(2)
      .add(errors.reduce((sum, s) => sum + Math.log(s), 4 * logTwoPi));
    return priorOfMu.add(priorOfTau).add(schools).add(data);
  },
  logZ: exact.logZ,
  observables: [
    { name: 'μ', value: (x) => x[0], exact: exact.mean((logTau) => given(logTau).mean) },
    { name: 'log τ', value: (x) => x[1], exact: exact.mean((logTau) => logTau) },
    { name: 'τ < 1', value: (x) => (x[1] < 0 ? 1 : 0), exact: exact.mean((logTau) => (logTau < 0 ? 1 : 0)) },
    ...effects.map((_, k) => ({ name: `θ${k + 1}`, value: (x: Float64Array) => x[2 + k], exact: school(k) })),
  ],
};

export default untold(known);
