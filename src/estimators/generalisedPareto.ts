/** The generalised Pareto distribution, fitted: the law of what exceeds a high threshold. */
import { InputError } from '../errors.ts';

const FEWEST = 5;

/**
 * The generalised Pareto distribution of exceedances over 0, shape k (positive: heavy tail) and scale sigma, by the
 * empirical-Bayes fit of Zhang & Stephens 2009, "A new and efficient estimation method for the generalized Pareto
 * distribution", Technometrics 51(3); k is drawn towards 0.5 as ten observations would (Vehtari et al. 2024, app. G).
 * @param exceedances shape [m], > 0, ascending
 * @throws InputError if m < 5
 */
export function fitGeneralisedPareto(exceedances: Float64Array): { k: number; sigma: number } {
  const n = exceedances.length;
  if (n < FEWEST) throw new InputError(`fitGeneralisedPareto: needs at least ${FEWEST} exceedances, got ${n}`);
  const shape = (theta: number): number => {
    let sum = 0;
    for (const x of exceedances) sum += Math.log1p(-theta * x);
    return sum / n;
  };
  const points = 30 + Math.floor(Math.sqrt(n));
  const quartile = exceedances[Math.floor(n / 4 + 0.5) - 1];
  const thetas = new Float64Array(points);
  const profile = new Float64Array(points);
  for (let j = 0; j < points; j++) {
    const theta = 1 / exceedances[n - 1] + (1 - Math.sqrt(points / (j + 0.5))) / (3 * quartile);
    const k = shape(theta);
    thetas[j] = theta;
    profile[j] = n * (Math.log(-theta / k) - k - 1);
  }
  const max = profile.reduce((a, b) => Math.max(a, b));
  let weight = 0;
  let theta = 0;
  for (let j = 0; j < points; j++) {
    const w = Math.exp(profile[j] - max);
    weight += w;
    theta += w * thetas[j];
  }
  theta /= weight;
  const k = shape(theta);
  return { k: (k * n + 0.5 * 10) / (n + 10), sigma: -k / theta };
}
