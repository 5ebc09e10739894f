/**
 * Which coordinates tell the scales of others, from samples: roots, the ones that tell much of them, rising or falling
 * throughout; and means, which tell locations once the first root is known.
 */
import { groupsOf } from './groups.ts';

/** Groups of equal size that a root is cut into. */
export const GROUPS = 12;
/** Correlation of log scales with the group, at least: wells, rings and heavy tails have scales that rise and fall. */
const CORRELATED = 0.6;
/** Roots, and means, that are looked at. */
const MOST_ROOTS = 8;
/** For the first root. */
const CANDIDATES = 4;
const MOST_MEANS = 4;
/** Coordinates that are looked at for each mean; and mean deviations from where on a sample counts as lying there. */
const LIKELY_MEANS = 4;
const FAR = 8;
/** By how much log scales are to fall, on average, for another mean. */
const MEAN_TELLS = 0.05;

export interface Chosen {
  readonly roots: readonly number[];
  readonly means: readonly number[];
  /** What may be told, with the roots that tell each. */
  readonly told: readonly { readonly j: number; readonly roots: readonly number[] }[];
}

/**
 * One root after another, each the one that tells most, once what it tells is taken out of the others; the first with
 * the means that are seen when it is known.
 * @param seen columns in units of their own [d, n] @param usable the coordinates that are looked at @param least of the
 * log scale of each coordinate, what a root tells on average [d] @returns null where none tells as much
 */
export function chooseRoots(
  seen: readonly Float64Array[], usable: readonly number[], least: readonly number[],
): Chosen | null {
  const groups = new Map(usable.map((h) => [h, groupsOf(seen[h], GROUPS)]));
  const inGroups = (h: number): Int32Array => groups.get(h) ?? new Int32Array(0);
  const told = new Map<number, number[]>();
  const roots: number[] = [];
  let means: readonly number[] = [];
  let left = seen;
  while (roots.length < MOST_ROOTS) {
    const others = usable.filter((j) => !roots.includes(j) && !means.includes(j));
    const gainsOf = (h: number, columns: readonly Float64Array[], all: readonly number[]): Gain[] => others
      .filter((j) => j !== h && !all.includes(j))
      .map((j) => ({ j, gain: tellsScale(columns[j], inGroups(h)) })).filter(({ j, gain }) => gain > least[j]);
    const candidates = others.filter((h) => !told.has(h)).map((h) => ({ h, total: totalOf(gainsOf(h, left, means)) }))
      .filter(({ total }) => total > 0).sort((p, q) => q.total - p.total);
    let best: Root | null = null;
    for (const { h } of candidates.slice(0, roots.length === 0 ? CANDIDATES : 1)) {
      const chosen = roots.length === 0 ? chooseMeans(left, usable, inGroups(h), h) : { means, left };
      const gains = gainsOf(h, chosen.left, chosen.means);
      if (gains.length > 0 && (best === null || totalOf(gains) > totalOf(best.gains))) best = { h, gains, ...chosen };
    }
    if (best === null) break;
    const { h, gains } = best;
    roots.push(h);
    means = best.means;
    const within = inGroups(h);
    left = best.left.map((column, j) => (gains.some((own) => own.j === j) ? standardised(column, within) : column));
    for (const { j } of gains) told.set(j, [...(told.get(j) ?? []), h]);
  }
  return told.size === 0 ? null : { roots, means, told: [...told].map(([j, own]) => ({ j, roots: own })) };
}

interface Gain {
  readonly j: number;
  readonly gain: number;
}

interface Root {
  readonly h: number;
  readonly gains: readonly Gain[];
  readonly means: readonly number[];
  readonly left: readonly Float64Array[];
}

const totalOf = (gains: readonly Gain[]): number => gains.reduce((sum, { gain }) => sum + gain, 0);

/** Coordinates that tell the locations of others within the groups of a root, one after another. */
function chooseMeans(
  seen: readonly Float64Array[], usable: readonly number[], groups: Int32Array, root: number,
): { readonly means: readonly number[]; readonly left: readonly Float64Array[] } {
  const means: number[] = [];
  let left = seen;
  while (means.length < MOST_MEANS) {
    const others = usable.filter((j) => j !== root && !means.includes(j));
    if (others.length < 2) break;
    const spreads = new Map(others.map((j) => [j, logSpread(left[j], groups)]));
    let [best, most, without]: [number, number, readonly Float64Array[]] = [-1, MEAN_TELLS, left];
    for (const q of likelyMeans(left, others, groups)) {
      const rest = left.map((column, j) =>
        (others.includes(j) && j !== q ? withoutMean(column, left[q], groups) : column));
      const fall = others.reduce((sum, j) =>
        sum + (j === q ? 0 : (spreads.get(j) ?? 0) - logSpread(rest[j], groups)), 0) / (others.length - 1);
      if (fall > most) [best, most, without] = [q, fall, rest];
    }
    if (best < 0) break;
    means.push(best);
    left = without;
  }
  return { means, left };
}

const perGroup = (): Float64Array => new Float64Array(GROUPS);

/** The few coordinates that go along with the others most, by correlations in each group. */
function likelyMeans(columns: readonly Float64Array[], others: readonly number[], groups: Int32Array): number[] {
  const centred = new Map(others.map((j) => [j, standardised(columns[j], groups).map(clipped)]));
  const told = new Map(others.map((j) => [j, 0]));
  const add = (j: number, more: number): void => { told.set(j, (told.get(j) ?? 0) + more); };
  const none = new Float64Array(0);
  const lengths = new Map(others.map((j) => [j, productsOf(centred.get(j) ?? none, centred.get(j) ?? none, groups)]));
  others.forEach((q, a) => {
    for (const j of others.slice(0, a)) {
      const products = productsOf(centred.get(q) ?? none, centred.get(j) ?? none, groups);
      const fall = products.reduce((sum, product, g) => {
        const square = (product * product) / ((lengths.get(q) ?? none)[g] * (lengths.get(j) ?? none)[g]);
        return sum - (square > 0 ? Math.log1p(-Math.min(square, 1 - 1e-12)) / 2 : 0);
      }, 0);
      add(q, fall);
      add(j, fall);
    }
  });
  return others.toSorted((a, b) => (told.get(b) ?? 0) - (told.get(a) ?? 0)).slice(0, LIKELY_MEANS)
    .sort((a, b) => a - b);
}

const clipped = (value: number): number => Math.max(-FAR, Math.min(FAR, value));

/** Sums of products in each group. */
function productsOf(a: Float64Array, b: Float64Array, groups: Int32Array): Float64Array {
  const sums = perGroup();
  for (let i = 0; i < groups.length; i++) sums[groups[i]] += a[i] * b[i];
  return sums;
}

/** Means of groups, and mean absolute deviations from them: a few samples far out count little. */
function momentsOf(column: Float64Array, groups: Int32Array): Readonly<Record<'means' | 'spreads', Float64Array>> {
  const [counts, means, spreads] = [perGroup(), perGroup(), perGroup()];
  for (let i = 0; i < column.length; i++) {
    counts[groups[i]] += 1;
    means[groups[i]] += column[i];
  }
  means.forEach((sum, g) => { means[g] = sum / Math.max(1, counts[g]); });
  for (let i = 0; i < column.length; i++) spreads[groups[i]] += Math.abs(column[i] - means[groups[i]]);
  return { means, spreads: spreads.map((sum, g) => Math.max(sum / Math.max(1, counts[g]), Number.MIN_VALUE)) };
}

const spreadsOf = (column: Float64Array, groups: Int32Array): Float64Array => momentsOf(column, groups).spreads;

function standardised(column: Float64Array, groups: Int32Array): Float64Array {
  const { means, spreads } = momentsOf(column, groups);
  return column.map((value, i) => (value - means[groups[i]]) / spreads[groups[i]]);
}

const logSpread = (column: Float64Array, groups: Int32Array): number =>
  spreadsOf(column, groups).reduce((sum, spread) => sum + Math.log(spread), 0) / GROUPS;

/** By how much log scales of groups lie below that of all on average; 0 where they do not rise or fall throughout. */
function tellsScale(column: Float64Array, groups: Int32Array): number {
  const spreads = spreadsOf(column, groups);
  const whole = spreads.reduce((sum, spread) => sum + spread, 0) / GROUPS;
  const logs = spreads.map(Math.log);
  const mean = logs.reduce((sum, log) => sum + log, 0) / GROUPS;
  let [product, variance, ranks] = [0, 0, 0];
  logs.forEach((log, g) => {
    const rank = g - (GROUPS - 1) / 2;
    product += rank * log;
    variance += (log - mean) ** 2;
    ranks += rank * rank;
  });
  return Math.abs(product) < CORRELATED * Math.sqrt(variance * ranks) ? 0 : Math.log(whole) - mean;
}

/** What is left of a coordinate by a line in another, in each group. */
function withoutMean(column: Float64Array, mean: Float64Array, groups: Int32Array): Float64Array {
  const [n, x, y, xx, xy] = [perGroup(), perGroup(), perGroup(), perGroup(), perGroup()];
  for (let i = 0; i < column.length; i++) {
    const g = groups[i];
    n[g] += 1;
    x[g] += mean[i];
    y[g] += column[i];
    xx[g] += mean[i] * mean[i];
    xy[g] += mean[i] * column[i];
  }
  const slope = n.map((count, g) => (xy[g] - (x[g] * y[g]) / count) / Math.max(xx[g] - (x[g] * x[g]) / count, 1e-300));
  return column.map((value, i) => value - slope[groups[i]] * mean[i]);
}
