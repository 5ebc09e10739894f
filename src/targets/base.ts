/**
 * The base μ0: independent coordinates, Gaussian on real lines, uniform on circles and intervals. Normalised, so log Z0
 * = 0. On an interval U0 is taken as constant beyond the walls too: what lies there does so by a rounding error, or is
 * refused.
 */
import { byBlocks } from '../engine/blocks.ts';
import { fillUniform, type Key } from '../engine/random.ts';
import { fillNormalRows, fillUniformRows } from '../engine/simd/rows.ts';
import { InputError } from '../errors.ts';
import { power } from '../numerics/power.ts';
import { inverseNormalCdf } from '../numerics/special.ts';
import type { Domain } from './domain.ts';
import { moreNormals, placeInMixture, type Mixture } from './mixture.ts';
import { mixtureEnergies } from './mixtureEnergy.ts';
import { placeInTails, tailEnergy, tailSlope, type Tails } from './tails.ts';

/** Independent coordinates: N(mean, standardDeviation²) on lines, uniform on circles and between walls. */
export interface Base {
  readonly domain: Domain;
  /** Mean per coordinate (ignored on circles and intervals). shape [d] */
  readonly mean: Float64Array;
  /** Standard deviation per coordinate (ignored on circles and intervals). shape [d], > 0 */
  readonly standardDeviation: Float64Array;
  /** In place of the normal laws of the real coordinates; absent where they are independent. */
  readonly mixture?: Mixture;
  /** Of the normal laws, where no mixture is in their place; absent: none heavier. */
  readonly tails?: Tails;
}

/** What U0 has of circles, intervals and the normalisation of normal laws. */
const constantOf = ({ domain, mixture, tails, standardDeviation }: Base): number =>
  domain.reduce((sum, { kind, low, high }, j) => sum + (kind !== 'real' ? Math.log(high - low)
    : mixture !== undefined ? 0 : (tails === undefined ? 0.5 * Math.log(2 * Math.PI) : 0)
      + Math.log(standardDeviation[j])), 0);

/** U0 of `n` points, normalised: ∫ exp(−U0) = 1. @param x shape [n, d] @param energies receives shape [n] */
export function baseEnergies(base: Base, x: Float64Array, n: number, energies: Float64Array): void {
  const d = base.domain.length;
  const { mixture, tails } = base;
  const constant = constantOf(base);
  if (mixture !== undefined) {
    mixtureEnergies(mixture, d, x, n, energies, null);
    for (let i = 0; i < n; i++) energies[i] += constant;
    return;
  }
  energies.fill(constant, 0, n);
  base.domain.forEach((coordinate, j) => {
    if (coordinate.kind !== 'real') return;
    const centre = base.mean[j];
    const scale = 1 / base.standardDeviation[j];
    for (let i = 0, at = j; i < n; i++, at += d) {
      const z = (x[at] - centre) * scale;
      energies[i] += tails === undefined ? 0.5 * z * z : tailEnergy(tails, z);
    }
  });
}

/** Both together, where the base is dear. @param energies receives [n] @param gradients receives [n, d] */
export function baseEnergiesAndGradients(
  base: Base, x: Float64Array, n: number, energies: Float64Array, gradients: Float64Array,
): void {
  const { mixture, domain } = base;
  if (mixture === undefined) {
    baseEnergies(base, x, n, energies);
    baseGradients(base, x, n, gradients);
    return;
  }
  mixtureEnergies(mixture, domain.length, x, n, energies, gradients);
  const constant = constantOf(base);
  for (let i = 0; i < n; i++) energies[i] += constant;
}

/** ∇U0 of `n` points. @param x shape [n, d] @param gradients receives shape [n, d] */
export function baseGradients(
  { domain, mean, standardDeviation, mixture, tails }: Base, x: Float64Array, n: number, gradients: Float64Array
): void {
  const d = domain.length;
  if (mixture !== undefined) {
    mixtureEnergies(mixture, d, x, n, new Float64Array(n), gradients);
    return;
  }
  for (let j = 0; j < d; j++) {
    const precision = domain[j].kind !== 'real' ? 0 : 1 / standardDeviation[j] ** 2;
    if (tails !== undefined && precision !== 0) {
      const scale = 1 / standardDeviation[j];
      for (let i = j; i < n * d; i += d) gradients[i] = scale * tailSlope(tails, (x[i] - mean[j]) * scale);
      continue;
    }
    for (let i = j; i < n * d; i += d) gradients[i] = precision === 0 ? 0 : (x[i] - mean[j]) * precision;
  }
}

/**
 * `n` independent base samples. Sample i depends on (key, first + i) only, so any split of a stream gives the same
 * points.
 * @param out receives shape [n, d]
 */
export function sampleBase(base: Base, key: Key, first: number, n: number, out: Float64Array): void {
  const { domain, mean, standardDeviation, mixture, tails } = base;
  const d = domain.length;
  const [real, uniform] = [domain.some(({ kind }) => kind === 'real'), domain.some(({ kind }) => kind !== 'real')];
  if (real) fillNormalRows(key, first, n, d, out);
  // Circles and intervals have a stream of their own.
  const uniforms = real ? (uniform ? new Float64Array(n * d) : out) : out;
  if (uniform) fillUniformRows({ k0: ~key.k0, k1: key.k1 }, first, n, d, uniforms);
  if (mixture !== undefined) {
    const components = new Float64Array(n);
    fillUniformRows({ k0: key.k0, k1: ~key.k1 }, first, n, 1, components);
    const each = moreNormals(mixture);
    const more = new Float64Array(n * each);
    if (each > 0) fillNormalRows({ k0: ~key.k0, k1: ~key.k1 }, first, n, each, more);
    placeInMixture(mixture, d, out, components, more, n);
  } else if (tails !== undefined && real) {
    const laws = new Float64Array(n * d);
    fillUniformRows({ k0: key.k0, k1: ~key.k1 }, first, n, d, laws);
    for (let i = 0; i < n * d; i++) if (domain[i % d].kind === 'real') out[i] = placeInTails(tails, out[i], laws[i]);
  }
  for (let j = 0; j < d; j++) {
    const { kind, low, high } = domain[j];
    if (kind === 'real' && mixture !== undefined) continue;
    const [centre, scale, source] = kind === 'real' ? [mean[j], standardDeviation[j], out]
      : [low, high - low, uniforms];
    for (let i = j; i < n * d; i += d) out[i] = centre + scale * source[i];
  }
}

/** The uniform law of the box that a base lives in. */
export const uniformInBox = (base: Base): Base =>
  ({ ...base, domain: base.domain.map((coordinate) => ({ ...coordinate, kind: 'interval' as const })) });

/** How base points are drawn: independent, or on a randomly shifted lattice that fills the base evenly. */
export type BaseSampling = 'independent' | 'lattice';

/**
 * Generators of the additive recurrence of lowest discrepancy known in d dimensions, as multiples of 2^-32: powers of
 * 1/φ, φ^(d+1) = φ + 1 (Roberts 2018).
 */
function latticeGenerators(d: number): Int32Array {
  let phi = 2;
  for (let i = 0; i < 100; i++) phi = power(1 + phi, 1 / (d + 1));
  return Int32Array.from({ length: d }, (_, j) => Math.floor((power(phi, -(j + 1)) % 1) * 2 ** 32) | 0);
}

/**
 * `n` base points of a randomly shifted lattice (a Kronecker sequence): each has the base's distribution exactly, and
 * together they fill it evenly, so means converge faster than 1/√n. Point i depends on (key, first + i) only; every
 * 2^32 have a shift of their own. Standard errors of independent samples are upper bounds in practice, not estimates,
 * for such points.
 * @param out receives shape [n, d]
 */
export function latticeBase(base: Base, key: Key, first: number, n: number, out: Float64Array): void {
  const d = base.domain.length;
  if (base.mixture !== undefined || base.tails !== undefined)
    throw new InputError('a lattice is of independent normal and uniform coordinates, and this base has others');
  const generators = latticeGenerators(d);
  byBlocks(key, first, n, (own, from, count, before) => {
    const shift = new Float64Array(d);
    fillUniform(own, 0, shift);
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < d; j++) {
        const u = ((Math.imul(from + i, generators[j]) >>> 0) * 2 ** -32 + shift[j]) % 1;
        const { kind, low, high } = base.domain[j];
        out[(before + i) * d + j] = kind !== 'real'
          ? low + (high - low) * u
          : base.mean[j] + base.standardDeviation[j] * inverseNormalCdf(Math.min(Math.max(u, 2 ** -53), 1 - 2 ** -53));
      }
    }
  });
}

export const baseSamplers: Readonly<Record<BaseSampling, typeof sampleBase>> =
  { independent: sampleBase, lattice: latticeBase };

/** tr Cov(μ0): the sum of the coordinates' variances (a uniform circle or interval of length P counts P²/12). */
export function traceOfCovariance(base: Base): number {
  return base.domain.reduce((sum, coordinate, j) => sum
    + (coordinate.kind !== 'real' ? (coordinate.high - coordinate.low) ** 2 / 12 : base.standardDeviation[j] ** 2), 0);
}
