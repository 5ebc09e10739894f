/** The base of the flows: one normal law, or where samples lie in wells apart from each other a law for each. */
import type { Key } from '../../engine/random.ts';
import { chanceOf, dependenceOf } from '../../estimators/dependence.ts';
import { choleskyWithInverse, separateWells } from '../../estimators/gaussianMixture.ts';
import { spreadRows } from '../../numerics/spreadRows.ts';
import { takeRows } from '../../samplers/resample.ts';
import { baseEnergies, sampleBase } from '../../targets/base.ts';
import type { Domain } from '../../targets/domain.ts';
import type { EnergyEvaluator } from '../../targets/energyEvaluator.ts';
import { wellsOf, type Mixture } from '../../targets/mixture.ts';
import type { Target } from '../../targets/target.ts';

/** Samples that are looked at, and components at first. */
const POINTS = 8000;
const MOST_WELLS = 64;
/**
 * In more coordinates than these, wells are looked for in those that have two humps and tell something of others, the
 * clearest few of them: humps that no other coordinate knows of are those of a law of one coordinate.
 */
const FEW = 6;
const MOST_HUMPED = 3;
/** Sarle's coefficient of bimodality: 5/9 of a uniform law, 1 of two points. */
const HUMPED = 0.62;
/** Of another's location or scale that a hump tells. */
const TELLING = 0.05;
/** Points per coordinate that a whole covariance needs; with fewer, variances alone. */
const ENOUGH = 15;

/** Samples by which wells are refined, each an evaluation; and their ESS at least, as a share. */
export const REFINING = 65_536;
const EVEN = 0.5;

/** Share and deviation of the law over all wells. */
const WIDE_SHARE = 0.03;
const WIDE = 1.2;

/** @param z in standard units [n, d] @param effective how many effective ones @returns null where there is one well */
export function mixtureOf(z: Float64Array, domain: Domain, effective: number, key: Key): Mixture | null {
  const d = domain.length;
  const rows = spreadRows(z.length / d, POINTS);
  const points = takeRows(z, d, rows);
  const real = domain.flatMap(({ kind }, j) => (kind === 'real' ? [j] : []));
  const looked = real.length <= FEW ? real
    : telling(points, domain, humped(points, d, real), Math.max(TELLING, chanceOf(effective)));
  if (looked.length === 0) return null;
  const n = rows.length;
  const projected = Float64Array.from({ length: n * looked.length }, (_, at) =>
    points[Math.floor(at / looked.length) * d + looked[at % looked.length]]);
  const { components, labels } = labelled(projected, looked.length, key);
  return components === 1 ? null : momentsOf(points, d, real, labels, new Float64Array(n).fill(1), components);
}

/** Coordinates with two humps, the clearest first. */
function humped(points: Float64Array, d: number, real: readonly number[]): number[] {
  const n = points.length / d;
  const scored = real.map((j) => {
    const moments = [1, 2, 3, 4].map(() => 0);
    let mean = 0;
    for (let i = 0; i < n; i++) mean += points[i * d + j] / n;
    for (let i = 0; i < n; i++) {
      const x = points[i * d + j] - mean;
      moments.forEach((_, k) => { moments[k] += [x, x * x, x * x * x, x * x * x * x][k] / n; });
    }
    const [, variance, third, fourth] = moments;
    const skewness = third / (variance * Math.sqrt(variance));
    return { j, score: (skewness * skewness + 1) / (fourth / (variance * variance)) };
  });
  return scored.filter(({ score }) => score > HUMPED).sort((a, b) => b.score - a.score).map(({ j }) => j);
}

/** The first few of them that another coordinate's law goes with. */
function telling(
  points: Float64Array, domain: Domain, coordinates: readonly number[], least: number,
): number[] {
  if (coordinates.length === 0) return [];
  const d = domain.length;
  const { all } = dependenceOf(points, domain);
  return coordinates.filter((i) => domain.some((_, j) => all[i * d + j] > least)).slice(0, MOST_HUMPED)
    .sort((a, b) => a - b);
}

/** Which well each point belongs to. */
function labelled(x: Float64Array, r: number, key: Key): { components: number; labels: Int32Array } {
  const { shares, means, covariances } = separateWells(x, r, MOST_WELLS, key);
  const n = x.length / r;
  const labels = new Int32Array(n);
  const best = new Float64Array(n).fill(-Infinity);
  shares.forEach((share, k) => {
    const { factor, inverse } = choleskyWithInverse(covariances.subarray(k * r * r, (k + 1) * r * r), r);
    let constant = Math.log(share);
    for (let j = 0; j < r; j++) constant -= Math.log(factor[j * r + j]);
    for (let i = 0; i < n; i++) {
      let value = constant;
      for (let a = 0; a < r; a++) {
        let whitened = 0;
        for (let b = 0; b <= a; b++) whitened += inverse[a * r + b] * (x[i * r + b] - means[k * r + b]);
        value -= 0.5 * whitened * whitened;
      }
      if (value > best[i]) [best[i], labels[i]] = [value, k];
    }
  });
  return { components: shares.length, labels };
}

/**
 * Shares, means and covariances of the wells in all real coordinates, of weighted points.
 * @param labels which well each is of; none where it is no well's number @param weights [n]
 */
function momentsOf(
  points: Float64Array, d: number, real: readonly number[], labels: Int32Array, weights: Float64Array, count: number,
): Mixture {
  const r = real.length;
  const members = Array.from({ length: count }, (): number[] => []);
  labels.forEach((k, i) => { if (k < count && weights[i] > 0) members[k].push(i); });
  const alive = members.filter((own) => own.length > 0);
  const massOf = (own: readonly number[]): number => own.reduce((sum, i) => sum + weights[i], 0);
  const whole = alive.reduce((sum, own) => sum + massOf(own), 0);
  const logShares = new Float64Array(alive.length);
  const [means, factors, inverses] = [r, r * r, r * r].map((size) => new Float64Array(alive.length * size));
  alive.forEach((own, out) => {
    const mass = massOf(own);
    logShares[out] = Math.log(mass / whole);
    const mean = means.subarray(out * r, (out + 1) * r);
    for (const i of own) for (let a = 0; a < r; a++) mean[a] += (weights[i] / mass) * points[i * d + real[a]];
    const dense = own.length >= ENOUGH * r;
    const covariance = new Float64Array(r * r);
    for (const i of own) for (let a = 0; a < r; a++) {
      const x = (weights[i] / mass) * (points[i * d + real[a]] - mean[a]);
      for (let b = dense ? 0 : a; b <= a; b++) covariance[a * r + b] += x * (points[i * d + real[b]] - mean[b]);
    }
    for (let a = 0; a < r; a++) covariance[a * r + a] += 1e-6;
    const { factor, inverse } = choleskyWithInverse(covariance, r);
    factors.set(factor, out * r * r);
    inverses.set(inverse, out * r * r);
  });
  return defended({ coordinates: real, logShares, means, factors, inverses });
}

/**
 * The wells again, from samples of the mixture itself, weighed by the target: free of the errors of tempering's shares.
 * The mixture as it was where weights are too uneven to tell better.
 * @param target in standard units, with the mixture as its base @param energy of that
 * @see Cappé, Guillin, Marin & Robert 2004, "Population Monte Carlo"
 */
export function refined(mixture: Mixture, { base, dimension: d }: Target, energy: EnergyEvaluator, key: Key): Mixture {
  const points = new Float64Array(REFINING * d);
  sampleBase(base, key, 0, REFINING, points);
  const [values, own] = [new Float64Array(REFINING), new Float64Array(REFINING)];
  energy.energies(points, REFINING, values);
  baseEnergies(base, points, REFINING, own);
  const logWeights = own.map((value, i) => (Number.isNaN(values[i]) ? -Infinity : value - values[i]));
  const most = logWeights.reduce((a, b) => Math.max(a, b), -Infinity);
  const weights = logWeights.map((value) => Math.exp(value - most));
  const [sum, squares] = [weights.reduce((a, b) => a + b, 0), weights.reduce((a, b) => a + b * b, 0)];
  if (!(sum * sum > EVEN * REFINING * squares)) return mixture;
  // The last is the wide law, which is no well.
  return momentsOf(
    points, d, mixture.coordinates, wellsOf(mixture, d, points), weights, mixture.logShares.length - 1,
  );
}

/**
 * With a wide law over all wells: between them the others have next to nothing, and weights there would have no bound.
 * @see Hesterberg 1995, "Weighted average importance sampling and defensive mixture distributions"
 */
function defended({ coordinates, logShares, means, factors, inverses }: Mixture): Mixture {
  const r = coordinates.length;
  const joined = (values: Float64Array, more: ArrayLike<number>): Float64Array => {
    const all = new Float64Array(values.length + more.length);
    all.set(values);
    all.set(more, values.length);
    return all;
  };
  const diagonal = (value: number): Float64Array =>
    Float64Array.from({ length: r * r }, (_, i) => (i % (r + 1) === 0 ? value : 0));
  return {
    coordinates,
    logShares: joined(logShares.map((value) => value + Math.log(1 - WIDE_SHARE)), [Math.log(WIDE_SHARE)]),
    means: joined(means, new Float64Array(r)),
    factors: joined(factors, diagonal(WIDE)),
    inverses: joined(inverses, diagonal(1 / WIDE)),
  };
}
