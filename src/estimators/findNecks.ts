/**
 * Necks, from samples: which coordinates tell the scale of others over several times, and how. Coordinates that tell
 * much of others' scales are roots; those that in addition tell locations, in each group of the strongest root, are
 * means. What is left is fitted by the likelihood of normal laws, and kept where other samples confirm it.
 */
import { cholesky, choleskySolve } from '../numerics/linearAlgebra.ts';
import { spreadRows } from '../numerics/spreadRows.ts';
import type { Domain } from '../targets/domain.ts';
import { beforeNeck, Features, OF_LOCATION, OF_SCALE, type Neck } from '../targets/necks.ts';

/** Samples that are looked at: every second is for the fit, the others confirm it. */
const POINTS = 8000;
/** Samples that roots are chosen by. */
const CHOSEN_BY = 4000;
/** Groups of equal size that a root is cut into. */
const GROUPS = 12;
/** By how much log scales in the groups of a root lie below that of all, on average, from where on it is looked at. */
const LOOKED_AT = 0.02;
/**
 * Correlation of those log scales with the group, at least; and of a fit, what its log scale rises from end to end over
 * all that it rises and falls: wells, rings and heavy tails have scales that rise and fall, and no neck.
 */
const CORRELATED = 0.6;
const RISING = 0.8;
/** Roots, and means, that are looked at. */
const MOST_ROOTS = 8;
/** For the first root. */
const CANDIDATES = 4;
const MOST_MEANS = 4;
/** By how much log scales are to fall, on average, for another mean. */
const MEAN_TELLS = 0.05;
/** Likelihood of a sample that a told coordinate gains, in nats; and the range of its scales, of 96 % of samples. */
const GAINED = 0.05;
const LEAST_RANGE = 3;
/** Necks within necks. */
const MOST_NECKS = 3;
/** Fewer effective samples tell nothing. */
const FEWEST = 50;
/** Deviations beyond which a sample counts as lying there, so that a few do not set a scale. */
const CLIPPED = 4;
/** Log scales of a fit, at most. */
const FARTHEST = 30;
const FITS = 12;
/** Of what is fitted: scales, which few samples may tell; locations, which a neck needs to all digits. */
const RIDGE = { scale: 1e-3, location: 1e-9 } as const;

/** @param x [n, d] @param effective how many effective samples those are @returns in the order from inside to x */
export function findNecks(x: Float64Array, domain: Domain, effective: number): Neck[] {
  const d = domain.length;
  const real = domain.flatMap(({ kind }, j) => (kind === 'real' ? [j] : []));
  if (real.length < 2 || effective < FEWEST) return [];
  const rows = spreadRows(x.length / d, POINTS);
  const points = new Float64Array(rows.length * d);
  rows.forEach((row, i) => { points.set(x.subarray(row * d, (row + 1) * d), i * d); });
  const necks: Neck[] = [];
  while (necks.length < MOST_NECKS) {
    const neck = findNeck(points, d, real, effective);
    if (neck === null) break;
    necks.unshift(neck);
    beforeNeck(neck, points, d, new Float64Array(rows.length));
  }
  return necks;
}

/** Middle and half the distance between the quantiles of a normal law at ±1. */
interface Unit {
  readonly centre: number;
  readonly width: number;
}

function unitOf(column: Float64Array): Unit {
  const sorted = column.slice().sort();
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))];
  return { centre: at(0.5), width: (at(0.8413) - at(0.1587)) / 2 };
}

function findNeck(points: Float64Array, d: number, real: readonly number[], effective: number): Neck | null {
  const n = points.length / d;
  const columns = Array.from({ length: d }, (_, j) => Float64Array.from({ length: n }, (__, i) => points[i * d + j]));
  const units = columns.map(unitOf);
  const usable = real.filter((j) => units[j].width > Number.EPSILON * Math.abs(units[j].centre));
  const some = spreadRows(n, CHOSEN_BY);
  const seen = columns.map((column, j) =>
    Float64Array.from(some, (i) => (column[i] - units[j].centre) / units[j].width));
  const chance = (2 * GROUPS) / Math.max(1, effective);
  const chosen = chooseRoots(seen, usable, Math.max(LOOKED_AT, chance));
  if (chosen === null) return null;
  const { roots, means, told } = chosen;
  return fitted(points, d, units, { roots, means, told });
}

interface Chosen {
  readonly roots: readonly number[];
  readonly means: readonly number[];
  /** What may be told, with the roots that tell each. */
  readonly told: readonly { readonly j: number; readonly roots: readonly number[] }[];
}

/**
 * One root after another, each the one that tells most, once what it tells is taken out of the others; the first with
 * the means that are seen when it is known.
 */
function chooseRoots(seen: readonly Float64Array[], usable: readonly number[], least: number): Chosen | null {
  const groups = new Map(usable.map((h) => [h, groupsOf(seen[h])]));
  const inGroups = (h: number): Int32Array => groups.get(h) ?? new Int32Array(0);
  const told = new Map<number, number[]>();
  const roots: number[] = [];
  let means: readonly number[] = [];
  let left = seen;
  while (roots.length < MOST_ROOTS) {
    const others = usable.filter((j) => !roots.includes(j) && !means.includes(j));
    const gainsOf = (h: number, columns: readonly Float64Array[], all: readonly number[]): Gain[] => others
      .filter((j) => j !== h && !all.includes(j))
      .map((j) => ({ j, gain: tellsScale(columns[j], inGroups(h)) })).filter(({ gain }) => gain > least);
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
    for (const q of others) {
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

/** Numbers of equal groups by size. */
function groupsOf(column: Float64Array): Int32Array {
  const order = Uint32Array.from({ length: column.length }, (_, i) => i).sort((a, b) => column[a] - column[b]);
  const groups = new Int32Array(column.length);
  order.forEach((i, rank) => { groups[i] = Math.floor((rank * GROUPS) / column.length); });
  return groups;
}

const perGroup = (): Float64Array => new Float64Array(GROUPS);

/** Means of groups, and mean absolute deviations from them: a few samples far out count little. */
function momentsOf(column: Float64Array, groups: Int32Array): Readonly<Record<'means' | 'spreads', Float64Array>> {
  const [counts, means, spreads] = [perGroup(), perGroup(), perGroup()];
  column.forEach((value, i) => {
    counts[groups[i]] += 1;
    means[groups[i]] += value;
  });
  means.forEach((sum, g) => { means[g] = sum / Math.max(1, counts[g]); });
  column.forEach((value, i) => { spreads[groups[i]] += Math.abs(value - means[groups[i]]); });
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
  column.forEach((value, i) => {
    const [g, m] = [groups[i], mean[i]];
    n[g] += 1;
    x[g] += m;
    y[g] += value;
    xx[g] += m * m;
    xy[g] += m * value;
  });
  const slope = n.map((count, g) => (xy[g] - (x[g] * y[g]) / count) / Math.max(xx[g] - (x[g] * x[g]) / count, 1e-300));
  return column.map((value, i) => value - slope[groups[i]] * mean[i]);
}

/** Whether log scales are more than straight, and locations more than constant: the simpler before the others. */
const KINDS = [
  { bent: false, moved: false }, { bent: true, moved: false }, { bent: false, moved: true },
  { bent: true, moved: true },
] as const;
/** By what likelihood of a sample another kind is to be better than those before. */
const BETTER = 0.002;

/** Fitted to every second sample; what the others do not confirm is left out. */
function fitted(points: Float64Array, d: number, units: readonly Unit[], { roots, means, told }: Chosen): Neck | null {
  const n = points.length / d;
  const frame = {
    roots: [...roots], centre: roots.map((h) => units[h].centre), width: roots.map((h) => units[h].width),
  };
  const place = new Features(frame);
  const [ofScale, ofLocation] = [place.scale.length, place.location.length];
  const [scale, location] = [new Float64Array(n * ofScale), new Float64Array(n * ofLocation)];
  for (let i = 0; i < n; i++) {
    place.at(points.subarray(i * d, (i + 1) * d));
    scale.set(place.scale, i * ofScale);
    location.set(place.location, i * ofLocation);
  }
  const column = (j: number): Float64Array => Float64Array.from({ length: n }, (_, i) =>
    (points[i * d + j] - units[j].centre) / units[j].width);
  const own = means.map(column);
  const leaves = told.flatMap(({ j, roots: tellers }) => {
    const used = (each: number, most: number): number[] => [0, ...tellers.flatMap((h) =>
      Array.from({ length: Math.min(each, most) }, (_, f) => 1 + roots.indexOf(h) * each + f))];
    const kinds = KINDS.map(({ bent, moved }) => ({
      scale: taken(scale, ofScale, used(OF_SCALE, bent ? OF_SCALE : 1)),
      location: taken(location, ofLocation, used(OF_LOCATION, moved ? OF_LOCATION : 0)), means: own,
    }));
    const law = bestLaw(column(j), kinds);
    const isNeck = law !== null && tellers.every((h) => rises(law.logScale, roots.indexOf(h)));
    return isNeck ? [{ j, law }] : [];
  });
  if (leaves.length === 0) return null;
  const table = (count: number, value: (f: number, t: number) => number): number[][] =>
    Array.from({ length: count }, (_, f) => leaves.map((__, t) => value(f, t)));
  const unit = (t: number): Unit => units[leaves[t].j];
  const at = (f: number): number => (f === 0 ? 1 : 0);
  const middle = (t: number, f: number): number => means.reduce((sum, q, k) =>
    sum - (leaves[t].law.slopes[k][f] * units[q].centre) / units[q].width, 0);
  return {
    ...frame, means: [...means], told: leaves.map(({ j }) => j),
    location: table(ofLocation, (f, t) =>
      at(f) * unit(t).centre + unit(t).width * (leaves[t].law.location[f] + middle(t, f))),
    slopes: means.map((q, k) =>
      table(ofLocation, (f, t) => (unit(t).width * leaves[t].law.slopes[k][f]) / units[q].width)),
    logScale: table(ofScale, (f, t) => leaves[t].law.logScale[f] + at(f) * Math.log(unit(t).width)),
  };
}

/** Whether the log scale goes one way in the r-th root, two widths to either side. */
function rises(logScale: Float64Array, r: number): boolean {
  const features = new Features({ roots: [0], centre: [0], width: [1] });
  const at = (u: number): number => {
    const { scale } = features.at(Float64Array.of(u));
    let sum = 0;
    for (let f = 1; f < scale.length; f++) sum += scale[f] * logScale[r * OF_SCALE + f];
    return sum;
  };
  const values = Array.from({ length: 2 * REACH * FINE + 1 }, (_, k) => at(k / FINE - REACH));
  const way = values.slice(1).reduce((sum, value, k) => sum + Math.abs(value - values[k]), 0);
  return Math.abs(values[values.length - 1] - values[0]) >= RISING * way;
}
/** Widths to either side, and steps in each. */
const REACH = 2;
const FINE = 4;

/** Columns of a table, with where in it they were. */
interface Columns {
  /** [n, used] */
  readonly rows: Float64Array;
  readonly used: readonly number[];
  /** Columns of the whole table. */
  readonly count: number;
}

function taken(table: Float64Array, count: number, used: readonly number[]): Columns {
  const n = table.length / count;
  const rows = new Float64Array(n * used.length);
  for (let i = 0; i < n; i++) used.forEach((f, a) => { rows[i * used.length + a] = table[i * count + f]; });
  return { rows, used, count };
}

function untaken({ used, count }: Columns, values: Float64Array, from: number): Float64Array {
  const all = new Float64Array(count);
  used.forEach((f, a) => { all[f] = values[from + a]; });
  return all;
}

interface Regressors {
  readonly scale: Columns;
  readonly location: Columns;
  /** [q, n] */
  readonly means: readonly Float64Array[];
}

interface Law {
  /** By feature. */
  readonly location: Float64Array;
  readonly slopes: readonly Float64Array[];
  readonly logScale: Float64Array;
}

/** The simplest that other samples do not refute, fitted to all; null where none is worth it. */
function bestLaw(y: Float64Array, kinds: readonly Regressors[]): Law | null {
  let best: Regressors | null = null;
  let most = plainLikelihood(y) + GAINED - BETTER;
  for (const kind of kinds) {
    const { likelihood, range } = heldOut(y, kind, fitLaw(y, kind, 2));
    if (range < Math.log(LEAST_RANGE) || !(likelihood > most + BETTER)) continue;
    [best, most] = [kind, likelihood];
  }
  if (best === null) return null;
  const { scale, location, means } = best;
  const fit = fitLaw(y, best, 1);
  const m = location.used.length;
  return {
    location: untaken(location, fit.location, 0),
    slopes: means.map((_, q) => untaken(location, fit.location, m * (1 + q))),
    logScale: untaken(scale, fit.logScale, 0),
  };
}

interface Fit {
  /** [(1 + means) used] */
  readonly location: Float64Array;
  readonly logScale: Float64Array;
}

/** A normal law whose location and log scale are linear in features, by likelihood. @param every of the samples */
function fitLaw(y: Float64Array, kind: Regressors, every: number): Fit {
  const terms = termsOf(kind, y.length);
  const { rows, used } = kind.scale;
  let location = new Float64Array(terms.length / y.length);
  let logScale = new Float64Array(used.length);
  for (let k = 0; k < FITS; k++) {
    const log = (i: number): number => clamped(dot(rows, i * used.length, logScale));
    location = solved(terms, y.length, every, (i) => Math.exp(-2 * log(i)), (i) => y[i], RIDGE.location);
    const change = solved(rows, y.length, every, () => 2, (i) => {
      const z = Math.min(CLIPPED, Math.abs(y[i] - dot(terms, i * location.length, location)) * Math.exp(-log(i)));
      return 0.5 * (z * z - 1);
    }, RIDGE.scale);
    logScale = logScale.map((value, a) => value + change[a]);
  }
  return { location, logScale };
}

const clamped = (log: number): number => Math.max(-FARTHEST, Math.min(FARTHEST, log));

/** Features of locations, then their products with each mean. [n, (1 + means) used] */
function termsOf({ location: { rows, used }, means }: Regressors, n: number): Float64Array {
  const m = used.length;
  const size = m * (1 + means.length);
  const terms = new Float64Array(n * size);
  for (let i = 0; i < n; i++) {
    for (let a = 0; a < size; a++)
      terms[i * size + a] = rows[i * m + (a % m)] * (a < m ? 1 : means[Math.floor(a / m) - 1][i]);
  }
  return terms;
}

/** Of every second sample, which fits have not seen: mean log likelihood, and the range of 96 % of the log scales. */
function heldOut(
  y: Float64Array, kind: Regressors, { location, logScale }: Fit,
): { readonly likelihood: number; readonly range: number } {
  const terms = termsOf(kind, y.length);
  const logs: number[] = [];
  let likelihood = 0;
  for (let i = 1; i < y.length; i += 2) {
    const log = clamped(dot(kind.scale.rows, i * logScale.length, logScale));
    const z = Math.min(CLIPPED, Math.abs(y[i] - dot(terms, i * location.length, location)) * Math.exp(-log));
    logs.push(log);
    likelihood -= log + 0.5 * z * z;
  }
  const n = logs.length;
  logs.sort((a, b) => a - b);
  return { likelihood: likelihood / n, range: logs[Math.floor(0.98 * n)] - logs[Math.floor(0.02 * n)] };
}

/** That of one normal law. */
function plainLikelihood(y: Float64Array): number {
  const mean = y.reduce((sum, value) => sum + value, 0) / y.length;
  const variance = y.reduce((sum, value) => sum + (value - mean) ** 2, 0) / y.length;
  return -0.5 * Math.log(variance) - 0.5;
}

function dot(rows: Float64Array, from: number, values: Float64Array): number {
  let sum = 0;
  for (let a = 0; a < values.length; a++) sum += rows[from + a] * values[a];
  return sum;
}

/** Weighted least squares with a ridge, of so many of the rows. @param rows [n, size] */
function solved(
  rows: Float64Array, n: number, every: number, weight: (i: number) => number, target: (i: number) => number,
  ridge: number,
): Float64Array<ArrayBuffer> {
  const size = rows.length / n;
  const matrix = new Float64Array(size * size);
  const right = new Float64Array(size);
  for (let i = 0; i < n; i += every) {
    const w = weight(i);
    const value = w * target(i);
    for (let a = 0; a < size; a++) {
      const own = w * rows[i * size + a];
      right[a] += rows[i * size + a] * value;
      for (let b = 0; b <= a; b++) matrix[a * size + b] += own * rows[i * size + b];
    }
  }
  const typical = matrix[0];
  for (let a = 0; a < size; a++) {
    matrix[a * size + a] += ridge * (matrix[a * size + a] + typical);
    for (let b = a + 1; b < size; b++) matrix[a * size + b] = matrix[b * size + a];
  }
  return Float64Array.from(choleskySolve(cholesky(matrix, size), right));
}
