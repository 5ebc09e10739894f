/**
 * Which coordinates depend on which, from samples: how much of the location and of the scale of one another one tells.
 * Coordinates that many others hang on (the neck of a funnel) are found one after another, each taken out of the others
 * before the next is looked for.
 */
import type { Domain } from '../targets/domain.ts';
import { groupsOf } from './groups.ts';

/** Groups of equal size that a coordinate is cut into. */
const GROUPS = 16;
/** Of the others' locations or scales that a hub tells on average, at least, and over what others tell. */
const HUB = 0.08;
const ABOVE_OTHERS = 1.15;
/** Of the dependence between the others, what is left at most where a hub is known. */
const LEFT = 0.6;
const CANDIDATES = 3;
/** Of few samples even strong dependence would be chance. */
const MOST_CHANCE = 0.2;
/** Hubs at most, as a share of the coordinates. */
const MOST_HUBS = 1 / 3;

/**
 * What chance tells at most, about: three times (groups − 1) / samples, by which groups differ on average.
 * @param samples effective ones
 */
export const chanceOf = (samples: number): number => Math.min(MOST_CHANCE, (3 * (GROUPS - 1)) / Math.max(1, samples));

/** How much of each coordinate each other tells, in [0, 1]: [d, d], of column j by row i. */
export type Strengths = Float64Array;

export interface Dependence {
  /** What each tells of each, before any is a hub. */
  readonly all: Strengths;
  /** Coordinates that many others depend on, the strongest first. */
  readonly hubs: readonly number[];
  /** What is left between the others once the hubs are known. */
  readonly rest: Strengths;
}

/**
 * @param x real coordinates in standard units, circles in radians or any units of theirs [n, d] @param labels of wells
 * that are known apart [n]
 */
export function dependenceOf(x: Float64Array, domain: Domain, labels: Int32Array | null = null): Dependence {
  const d = domain.length;
  const n = x.length / d;
  const columns = domain.map((_, j) => Float64Array.from({ length: n }, (__, i) => x[i * d + j]));
  const seen: Float64Array[] = [...columns];
  if (labels !== null) for (let j = 0; j < d; j++) seen[j] = without(columns[j], labels, domain, j);
  const groups = columns.map((column) => groupsOf(column, GROUPS));
  const all = strengthsOf(seen, groups, domain, []);
  let known: Known = { hubs: [], columns: seen, strengths: all };
  while (d > 2 && known.hubs.length < Math.floor(MOST_HUBS * d)) {
    const next = withHub(known, groups, domain);
    if (next === null) break;
    known = next;
  }
  return { all, hubs: known.hubs, rest: known.strengths };
}

/** The others without what hubs tell of them. */
interface Known {
  readonly hubs: readonly number[];
  readonly columns: readonly Float64Array[];
  readonly strengths: Strengths;
}

/** With one hub more: the coordinate that explains most of the dependence between the others, if one stands out. */
function withHub({ hubs, columns, strengths }: Known, groups: readonly Int32Array[], domain: Domain): Known | null {
  const d = domain.length;
  const others = domain.map((_, j) => j).filter((j) => !hubs.includes(j));
  if (others.length < 3) return null;
  const told = others.map((i) => others.reduce((sum, j) => sum + strengths[i * d + j], 0) / (others.length - 1));
  const typical = told.slice().sort((a, b) => a - b)[told.length >> 1];
  const candidates = others.map((hub, k) => ({ hub, told: told[k] })).sort((a, b) => b.told - a.told)
    .slice(0, CANDIDATES).filter((candidate) => candidate.told >= HUB && candidate.told >= ABOVE_OTHERS * typical);
  let [best, least]: [Known | null, number] = [null, LEFT];
  for (const { hub } of candidates) {
    const all = [...hubs, hub];
    const rest = columns.map((column, j) => (all.includes(j) ? column : without(column, groups[hub], domain, j)));
    const left = strengthsOf(rest, groups, domain, all);
    const share = between(left, d, all) / between(strengths, d, all);
    if (share < least) [best, least] = [{ hubs: all, columns: rest, strengths: left }, share];
  }
  return best;
}

/** All dependence between coordinates that are no hubs. */
function between(strengths: Strengths, d: number, hubs: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < d; i++)
    for (let j = 0; j < d; j++) if (i !== j && !hubs.includes(i) && !hubs.includes(j)) sum += strengths[i * d + j];
  return sum;
}

const period = ({ low, high }: Domain[number]): number => (2 * Math.PI) / (high - low);

/** A coordinate without what groups tell of its location and scale. */
function without(column: Float64Array, groups: Int32Array, domain: Domain, j: number): Float64Array {
  const count = groups.reduce((most, group) => Math.max(most, group), 0) + 1;
  const [number, first, second] = [0, 1, 2].map(() => new Float64Array(count));
  if (domain[j].kind === 'torus') {
    const unit = period(domain[j]);
    column.forEach((value, i) => {
      first[groups[i]] += Math.cos(unit * value);
      second[groups[i]] += Math.sin(unit * value);
    });
    return column.map((value, i) => value - Math.atan2(second[groups[i]], first[groups[i]]) / unit);
  }
  column.forEach((value, i) => {
    number[groups[i]] += 1;
    first[groups[i]] += value;
    second[groups[i]] += value * value;
  });
  return column.map((value, i) => {
    const group = groups[i];
    const mean = first[group] / number[group];
    const variance = second[group] / number[group] - mean * mean;
    // Where all values are the same, rounding is all that is left.
    return variance > Number.EPSILON * (second[group] / number[group]) ? (value - mean) / Math.sqrt(variance) : 0;
  });
}

/** Those of columns that are left, by the groups of all that are not hubs. */
function strengthsOf(
  columns: readonly Float64Array[], groups: readonly Int32Array[], domain: Domain, hubs: readonly number[],
): Strengths {
  const d = domain.length;
  const strengths = new Float64Array(d * d);
  for (let j = 0; j < d; j++) {
    if (hubs.includes(j)) continue;
    const features = featuresOf(columns[j], domain[j]);
    for (let i = 0; i < d; i++) {
      if (i === j || hubs.includes(i)) continue;
      strengths[i * d + j] = features.reduce((most, feature) => Math.max(most, told(feature, groups[i])), 0);
    }
  }
  return strengths;
}

/** Location and log scale, or the direction on a circle: each a list of columns of mean 0. */
function featuresOf(column: Float64Array, coordinate: Domain[number]): Float64Array[][] {
  if (coordinate.kind === 'torus') {
    const unit = period(coordinate);
    return [[Math.cos, Math.sin].map((wave) => centred(column.map((value) => wave(unit * value))))];
  }
  const middle = Float64Array.from(column).sort()[column.length >> 1];
  const scales = column.map((value) => Math.log(Math.abs(value - middle) + SMALL));
  return [[centred(column)], [centred(scales)]];
}

/** Of deviations, so that a value at the middle has a logarithm. */
const SMALL = 1e-6;

function centred(column: Float64Array): Float64Array {
  const mean = column.reduce((a, b) => a + b, 0) / column.length;
  return column.map((value) => value - mean);
}

/** The share of the variance that lies between groups, with what chance puts there. */
function told(feature: readonly Float64Array[], groups: Int32Array): number {
  let [between, within] = [0, 0];
  for (const column of feature) {
    const [sums, numbers] = [new Float64Array(GROUPS), new Float64Array(GROUPS)];
    for (let i = 0; i < column.length; i++) {
      sums[groups[i]] += column[i];
      numbers[groups[i]] += 1;
      within += column[i] * column[i];
    }
    sums.forEach((sum, group) => { between += numbers[group] > 0 ? (sum * sum) / numbers[group] : 0; });
  }
  return within > 0 ? between / within : 0;
}
