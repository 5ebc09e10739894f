/** The base of the flows: one normal law, or where samples lie in wells apart from each other a law for each. */
import type { Key } from '../../engine/random.ts';
import { chanceOf, dependenceOf } from '../../estimators/dependence.ts';
import { connected } from '../../estimators/connected.ts';
import {
  choleskyWithInverse, expect, manyComponents, wellsAmong, type Components,
} from '../../estimators/gaussianMixture.ts';
import { along, humpedAxes, humpedCoordinates } from '../../estimators/humps.ts';
import { linkedGroups, type Linked } from '../../estimators/linkage.ts';
import { criterion, reduceMixture } from '../../estimators/reduceMixture.ts';
import { studentsOf, type Students } from '../../estimators/studentMixture.ts';
import { spreadRows } from '../../numerics/spreadRows.ts';
import { takeRows } from '../../samplers/resample.ts';
import type { Domain } from '../../targets/domain.ts';
import type { Turn } from '../../targets/frame.ts';
import type { Mixture } from '../../targets/mixture.ts';

/** Samples that are looked at; for mixtures half as many again as there are effective ones, or some thousands. */
const POINTS = 8000;
const FEWEST_POINTS = 3000;
const PER_EFFECTIVE = 1.5;
/** Components at first. */
const MOST_WELLS = 64;
/**
 * In more coordinates than these, wells are looked for in those that have two humps and tell something of others, the
 * clearest few of them: humps that no other coordinate knows of are those of a law of one coordinate; and along as many
 * principal axes that have two humps.
 */
const FEW = 6;
const MOST_HUMPED = 3;
/** Of another's location or scale that a hump tells. */
const TELLING = 0.05;
/** Points per coordinate that a whole covariance needs; with fewer, variances alone. */
export const ENOUGH = 15;
/** Added to variances: those of points that are alike but for rounding are no variances. */
export const RIDGE = 1e-6;

/**
 * Coordinates in which a flow bends one law of a well into any shape, sooner than it mends the seams of several; and
 * laws per well from which on wells have shapes at all.
 */
const PLAIN = 3;
const SHAPED = 1.5;

/** Share of the law over all wells, and its deviation at least. */
const WIDE_SHARE = 0.01;
const WIDE = 1.2;
/** What each law gives up of its share to a wider copy of it; by so much of its volume that is wider. */
const TAIL_SHARE = 0.03;
const TAIL_VOLUME = 3;
const widerBy = (r: number): number => Math.exp(Math.log(TAIL_VOLUME) / r);

const rowsFor = (n: number, effective: number): Int32Array =>
  spreadRows(n, Math.min(POINTS, Math.max(FEWEST_POINTS, Math.ceil(PER_EFFECTIVE * effective))));

/** Whether wells are looked for in all real coordinates together. */
const seesAll = (domain: Domain): boolean => domain.filter(({ kind }) => kind === 'real').length <= FEW;

/** A base, and Schwarz's criterion of its laws in the units of its points; the larger the better. */
export interface Wells {
  readonly mixture: Mixture;
  readonly value: number;
  /** With one law for each well, where the mixture has more: flows straighten that out sooner. null: it has not. */
  readonly simple: Mixture | null;
}

/**
 * @param z in standard units [n, d] @param effective how many effective ones @param turn of those units
 * @returns null where there is one well
 */
export function findWells(
  z: Float64Array, domain: Domain, effective: number, key: Key, turn: Turn | null = null,
): Wells | null {
  const d = domain.length;
  const rows = spreadRows(z.length / d, POINTS);
  const points = takeRows(z, d, rows);
  const real = domain.flatMap(({ kind }, j) => (kind === 'real' ? [j] : []));
  const all = seesAll(domain);
  const fewer = takeRows(z, d, rowsFor(z.length / d, effective));
  // Seeds of as many laws as wells of all shapes may need, where they are looked for in all coordinates.
  const many = all ? manyComponents(columnsOf(fewer, d, real), real.length, MOST_WELLS, key) : null;
  const found = many === null ? wellsInMany(points, fewer, domain, effective, turn, key)
    : joinedWells(columnsOf(points, d, real), columnsOf(fewer, d, real), real.length, many);
  if (found === null) return null;
  // Where all coordinates are seen, wells of other shapes than a normal law's may have several.
  const whole = columnsOf(fewer, d, real);
  const r = real.length;
  const wells = momentsOf(columnsOf(points, d, real), r, found.labels, found.count);
  const laws = many !== null ? reduceMixture(whole, r, many, effective) : withCriterion(whole, wells, effective);
  // Their covariances are whole ones.
  const enough = wells.shares.every((share) => share * rows.length >= ENOUGH * r);
  const heavy = enough ? studentsWith(whole, wells, effective) : null;
  const [components, value] = heavy !== null && heavy.value > laws.value ? [heavy.students, heavy.value]
    : [laws.components, laws.value];
  const simple = r <= PLAIN && components.shares.length >= SHAPED * wells.shares.length
    ? defended(mixtureFrom(real, wells)) : null;
  return { mixture: defended(mixtureFrom(real, components)), value, simple };
}

/** One Student t for all. @param z in units in which tails stay as they are [n, d] @returns null of too few points */
export function studentWell(z: Float64Array, domain: Domain, effective: number): Wells | null {
  const { x, r, real } = realPoints(z, domain, effective);
  const n = x.length / r;
  if (n < ENOUGH * r) return null;
  const { students, value } = studentsWith(x, momentsOf(x, r, new Int32Array(n), 1), effective);
  return { mixture: defended(mixtureFrom(real, students)), value, simple: null };
}

/** Schwarz's criterion of the standard normal law in given units. */
export function plainValue(z: Float64Array, domain: Domain, effective: number): number {
  const { x, r } = realPoints(z, domain, effective);
  const squares = x.reduce((sum, value) => sum + value * value, 0);
  return criterion(-0.5 * (squares + x.length * Math.log(2 * Math.PI)), 0, r, 0, x.length / r, effective);
}

/** By how much other units change a criterion. @param change of log|det| from those units to these [n] */
export function valueOfUnits(change: Float64Array, effective: number): number {
  const rows = rowsFor(change.length, effective);
  return criterion(rows.reduce((sum, row) => sum + change[row], 0), 0, 0, 0, rows.length, effective);
}

function realPoints(
  z: Float64Array, domain: Domain, effective: number,
): { x: Float64Array; r: number; real: number[] } {
  const d = domain.length;
  const real = domain.flatMap(({ kind }, j) => (kind === 'real' ? [j] : []));
  return { x: columnsOf(takeRows(z, d, rowsFor(z.length / d, effective)), d, real), r: real.length, real };
}

/** Columns of rows. [n, r] */
const columnsOf = (points: Float64Array, d: number, columns: readonly number[]): Float64Array =>
  Float64Array.from({ length: (points.length / d) * columns.length }, (_, at) =>
    points[Math.floor(at / columns.length) * d + columns[at % columns.length]]);

interface Described<T> {
  readonly components: T;
  /** Schwarz's criterion. */
  readonly value: number;
}

const withCriterion = (x: Float64Array, components: Components, effective: number): Described<Components> => {
  const r = components.means.length / components.shares.length;
  const { logLikelihood } = expect(x, r, components);
  return { components, value: criterion(logLikelihood, components.shares.length, r, 0, x.length / r, effective) };
};

function studentsWith(
  x: Float64Array, start: Components, effective: number,
): { students: Students; value: number } {
  const r = start.means.length / start.shares.length;
  const { students, logLikelihood } = studentsOf(x, r, start);
  return { students, value: criterion(logLikelihood, start.shares.length, r, 1, x.length / r, effective) };
}

/** Wells among points that lie apart from each other. @param x [n, r] @param fewer of them @param many in those */
function joinedWells(x: Float64Array, fewer: Float64Array, r: number, many: Float64Array): Linked | null {
  const apart = wellsAmong(fewer, r, many);
  const parts = labelled(x, r, apart);
  const groups = connected(x, r, parts, apart.shares.length);
  const count = 1 + groups.reduce((a, b) => Math.max(a, b), 0);
  return count === 1 ? null : { labels: parts.map((part) => groups[part]), count };
}

/** Along the few directions that show them, or in all coordinates where there is empty space between more of them. */
function wellsInMany(
  points: Float64Array, fewer: Float64Array, domain: Domain, effective: number, turn: Turn | null, key: Key,
): Linked | null {
  const d = domain.length;
  const real = domain.flatMap(({ kind }, j) => (kind === 'real' ? [j] : []));
  const looked = directionsOf(points, domain, effective, turn);
  const thin = projectionsOf(fewer, d, looked);
  const seen = looked.length === 0 ? null : joinedWells(
    projectionsOf(points, d, looked), thin, looked.length, manyComponents(thin, looked.length, MOST_WELLS, key),
  );
  const linked = linkedGroups(columnsOf(points, d, real), real.length);
  return (linked?.count ?? 1) > (seen?.count ?? 1) ? linked : seen;
}

/**
 * Where wells are looked for in many coordinates: coordinates with humps that another goes with, or that are directions
 * of many of the target's, and humped axes.
 */
function directionsOf(points: Float64Array, domain: Domain, effective: number, turn: Turn | null): Float64Array[] {
  const d = domain.length;
  const real = domain.flatMap(({ kind }, j) => (kind === 'real' ? [j] : []));
  const humps = humpedCoordinates(points, d, real).map(({ direction }) => direction.indexOf(1));
  const least = Math.max(TELLING, chanceOf(effective));
  const all = humps.length === 0 ? null : dependenceOf(points, domain).all;
  const coordinates = humps
    .filter((i) => isTurned(turn, d, i) || domain.some((_, j) => all !== null && all[i * d + j] > least))
    .slice(0, MOST_HUMPED).sort((a, b) => a - b)
    .map((i) => Float64Array.from({ length: d }, (_, j) => (j === i ? 1 : 0)));
  return [...coordinates, ...humpedAxes(points, d, real).slice(0, MOST_HUMPED).map(({ direction }) => direction)];
}

/** Whether a coordinate of the units is a direction of several of the target's. */
const isTurned = (turn: Turn | null, d: number, i: number): boolean =>
  turn !== null && Array.from({ length: d }, (_, j) => turn.matrix[j * d + i]).filter((part) => part !== 0).length > 1;

/** Parts of points along directions. [n, directions] */
function projectionsOf(points: Float64Array, d: number, directions: readonly Float64Array[]): Float64Array {
  const parts = directions.map((direction) => along(points, d, direction));
  return Float64Array.from({ length: (points.length / d) * parts.length }, (_, at) =>
    parts[at % parts.length][Math.floor(at / parts.length)]);
}

/** Which well each point belongs to. */
function labelled(x: Float64Array, r: number, wells: Components): Int32Array {
  const count = wells.shares.length;
  const { responsibilities } = expect(x, r, wells);
  return Int32Array.from({ length: x.length / r }, (_, i) => {
    const row = responsibilities.subarray(i * count, (i + 1) * count);
    return row.reduce((best, value, k) => (value > row[best] ? k : best), 0);
  });
}

/** Shares, means and covariances of the wells. @param x [n, r] @param labels which well each point is of */
function momentsOf(x: Float64Array, r: number, labels: Int32Array, count: number): Components {
  const members = Array.from({ length: count }, (): number[] => []);
  labels.forEach((k, i) => { members[k].push(i); });
  const alive = members.filter((own) => own.length > 0);
  const [means, covariances] = [r, r * r].map((size) => new Float64Array(alive.length * size));
  alive.forEach((own, out) => {
    const mean = means.subarray(out * r, (out + 1) * r);
    for (const i of own) for (let a = 0; a < r; a++) mean[a] += x[i * r + a] / own.length;
    const dense = own.length >= ENOUGH * r;
    const covariance = covariances.subarray(out * r * r, (out + 1) * r * r);
    for (const i of own) for (let a = 0; a < r; a++) {
      const off = (x[i * r + a] - mean[a]) / own.length;
      for (let b = dense ? 0 : a; b <= a; b++) covariance[a * r + b] += off * (x[i * r + b] - mean[b]);
    }
    for (let a = 0; a < r; a++) {
      covariance[a * r + a] += RIDGE;
      for (let b = 0; b < a; b++) covariance[b * r + a] = covariance[a * r + b];
    }
  });
  return { shares: Float64Array.from(alive, (own) => own.length / labels.length), means, covariances };
}

/** Of normal laws where no degrees of freedom are given. */
export type Laws = Components & Partial<Pick<Students, 'freedom'>>;

/** @param covariances of which the lower halves count */
export function mixtureFrom(coordinates: readonly number[], { shares, means, covariances, freedom }: Laws): Mixture {
  const r = coordinates.length;
  const [factors, inverses] = [new Float64Array(covariances.length), new Float64Array(covariances.length)];
  for (let at = 0; at < covariances.length; at += r * r) {
    const { factor, inverse } = choleskyWithInverse(covariances.subarray(at, at + r * r), r);
    factors.set(factor, at);
    inverses.set(inverse, at);
  }
  return {
    coordinates, logShares: shares.map(Math.log), means, factors, inverses,
    freedom: freedom ?? shares.map(() => Infinity),
  };
}

/**
 * With a wide law over all wells: between them the others have next to nothing, and weights there would have no bound.
 * @see Hesterberg 1995, "Weighted average importance sampling and defensive mixture distributions"
 */
export function defended({ coordinates, logShares, means, factors, inverses, freedom }: Mixture): Mixture {
  const r = coordinates.length;
  const joined = (values: Float64Array, more: ArrayLike<number>): Float64Array => {
    const all = new Float64Array(values.length + more.length);
    all.set(values);
    all.set(more, values.length);
    return all;
  };
  const wide = Math.max(WIDE, widerBy(r));
  const diagonal = (value: number): Float64Array =>
    Float64Array.from({ length: r * r }, (_, i) => (i % (r + 1) === 0 ? value : 0));
  return {
    coordinates,
    logShares: joined(logShares.map((value) => value + Math.log(1 - WIDE_SHARE)), [Math.log(WIDE_SHARE)]),
    means: joined(means, new Float64Array(r)),
    factors: joined(factors, diagonal(wide)),
    inverses: joined(inverses, diagonal(1 / wide)),
    freedom: joined(freedom, [Infinity]),
  };
}

/**
 * Each law of a mixture with heavier tails: where wells end less sharply than normal laws do, the law over all wells
 * leaves weights that are bounded, but large. @param mixture {@link defended}
 */
export function tailed({ coordinates, logShares, means, factors, inverses, freedom }: Mixture): Mixture {
  const r = coordinates.length;
  const count = logShares.length - 1;
  const wide = widerBy(r);
  /** Of all laws, of their copies, and of the law over all wells. */
  const withCopies = (values: Float64Array, size: number, copied: (value: number) => number): Float64Array => {
    const own = Array.from(values.subarray(0, count * size));
    return Float64Array.from([...own, ...own.map(copied), ...values.subarray(count * size)]);
  };
  const same = (value: number): number => value;
  const shares = withCopies(logShares, 1, (value) => value + Math.log(TAIL_SHARE));
  for (let k = 0; k < count; k++) shares[k] += Math.log(1 - TAIL_SHARE);
  return {
    coordinates, logShares: shares, means: withCopies(means, r, same),
    factors: withCopies(factors, r * r, (value) => wide * value),
    inverses: withCopies(inverses, r * r, (value) => value / wide), freedom: withCopies(freedom, 1, same),
  };
}
