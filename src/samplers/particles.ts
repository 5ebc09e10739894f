/** The ensemble of a ladder: weighted particles in independent groups, and the estimates that come of them. */
import { foldIn, type Key } from '../engine/random.ts';
import { effectiveSampleSize } from '../estimators/ess.ts';
import type { Estimate } from '../estimators/estimate.ts';
import { logMeanExp } from '../numerics/logSumExp.ts';
import { resample, takeRows, type ResamplingScheme } from './resample.ts';

/**
 * Weights are cumulative: for maps and λ fixed beforehand the mean of exp(log w) over all particles is an unbiased
 * estimate of Z_λ, whether or not groups were resampled on the way, since a resampled group keeps its mean weight. A
 * ladder that trains its flows on the particles makes it consistent only.
 */
export interface Particles {
  /** [N, d] */
  readonly points: Float64Array;
  /** [N] */
  readonly logWeights: Float64Array;
}

/** Bounds of group g of G among n particles. */
const bounds = (n: number, groups: number, g: number): [number, number] =>
  [Math.floor((g * n) / groups), Math.floor(((g + 1) * n) / groups)];

/** log of the mean weight of each group; −Infinity where a group has none left. */
export function groupMeans(logWeights: Float64Array, groups: number): Float64Array {
  return Float64Array.from(
    { length: groups }, (_, g) => logMeanExp(usable(logWeights.subarray(...bounds(logWeights.length, groups, g))))
  );
}

/** Weights that are not finite count as none; callers count them. */
const usable = (logWeights: Float64Array): Float64Array =>
  logWeights.map((value) => (value < Infinity ? value : -Infinity));

/** log Z of the mean weight, its standard error from the spread of the groups' means. */
export function logZOfGroups(logWeights: Float64Array, groups: number): Estimate {
  const means = groupMeans(logWeights, groups);
  const value = logMeanExp(means);
  const relative = means.map((mean) => Math.exp(mean - value));
  const variance = relative.reduce((sum, ratio) => sum + (ratio - 1) ** 2, 0) / (groups - 1);
  return { value, standardError: Math.sqrt(variance / groups) };
}

/** Particles with equal weights within each group, drawn by weight; every group keeps its mean weight. */
export function resampleGroups(
  { points, logWeights }: Particles, groups: number, scheme: ResamplingScheme, key: Key
): Particles {
  const n = logWeights.length;
  const d = points.length / n;
  const means = groupMeans(logWeights, groups);
  const indices = new Int32Array(n);
  const next = new Float64Array(n);
  for (let g = 0; g < groups; g++) {
    const [from, to] = bounds(n, groups, g);
    next.fill(means[g], from, to);
    // A group that has lost all its weight stays as it is, and without weight.
    const dead = means[g] === -Infinity;
    const chosen = dead ? null : resample(usable(logWeights.subarray(from, to)), to - from, scheme, foldIn(key, g));
    for (let i = from; i < to; i++) indices[i] = chosen === null ? i : from + chosen[i - from];
  }
  return { points: takeRows(points, d, indices), logWeights: next };
}

/** Equally weighted points of the whole ensemble, drawn by weight. */
export function equallyWeighted(
  { points, logWeights }: Particles, count: number, scheme: ResamplingScheme, key: Key
): Float64Array {
  const d = points.length / logWeights.length;
  return takeRows(points, d, resample(usable(logWeights), count, scheme, key));
}

export const essOf = (logWeights: Float64Array): number => effectiveSampleSize(logWeights).fraction;

/**
 * Masses of labelled modes with errors from the spread of the groups: particles that resampling doubled are not
 * independent.
 * @param labels [N], in [0, count)
 */
export function massesOfGroups(
  labels: Int32Array, count: number, logWeights: Float64Array, groups: number
): Estimate[] {
  const n = logWeights.length;
  const means = groupMeans(logWeights, groups);
  const whole = logMeanExp(means) + Math.log(groups);
  const shares = means.map((mean) => Math.exp(mean - whole));
  const masses = Array.from(means, (mean, g) => {
    const mass = new Float64Array(count);
    const [from, to] = bounds(n, groups, g);
    const total = mean + Math.log(to - from);
    if (mean > -Infinity)
      for (let i = from; i < to; i++) if (logWeights[i] < Infinity) mass[labels[i]] += Math.exp(logWeights[i] - total);
    return mass;
  });
  return Array.from({ length: count }, (_, k) => {
    const value = masses.reduce((sum, mass, g) => sum + shares[g] * mass[k], 0);
    const squares = masses.reduce((sum, mass, g) => sum + (shares[g] * (mass[k] - value)) ** 2, 0);
    return { value, standardError: Math.sqrt((squares * groups) / (groups - 1)) };
  });
}
