/**
 * Necks, from samples: which coordinates tell the scale of others over several times, and how. Coordinates that tell
 * much of others' scales are roots; those that in addition tell locations, in each group of the strongest root, are
 * means. What is left is fitted by the likelihood of normal laws, and kept where other samples confirm it.
 */
import { spreadRows } from '../numerics/spreadRows.ts';
import type { Domain } from '../targets/domain.ts';
import { beforeNeck, Features, OF_LOCATION, OF_SCALE, type Neck } from '../targets/necks.ts';
import { bestLaw, taken } from './conditionalLaw.ts';
import { chooseRoots, GROUPS, type Chosen } from './neckRoots.ts';

/** Samples that are looked at: every second is for the fit, the others confirm it. */
const POINTS = 8000;
/** Samples that roots are chosen by. */
const CHOSEN_BY = 4000;
/** By how much log scales in the groups of a root lie below that of all, on average, from where on it is looked at. */
const LOOKED_AT = 0.02;
/** Of a fit, what its log scale rises from end to end, at least, over all that it rises and falls. */
const RISING = 0.8;
/** Widths to either side that this is looked at, and steps in each. */
const REACH = 2;
const FINE = 4;
/** Necks within necks. */
const MOST_NECKS = 3;
/** Fewer effective samples of what is told tell nothing; of what tells, one for each group is enough. */
const FEWEST = 50;

/**
 * @param x [n, d] @param effectiveOf how many effective samples those are of a coordinate
 * @returns in the order from inside to x
 */
export function findNecks(x: Float64Array, domain: Domain, effectiveOf: (coordinate: number) => number): Neck[] {
  const d = domain.length;
  const effective = domain.map((_, j) => effectiveOf(j));
  const real = domain.flatMap(({ kind }, j) => (kind === 'real' && effective[j] >= GROUPS ? [j] : []));
  if (real.length < 2) return [];
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

function findNeck(
  points: Float64Array, d: number, real: readonly number[], effective: readonly number[],
): Neck | null {
  const n = points.length / d;
  const columns = Array.from({ length: d }, (_, j) => Float64Array.from({ length: n }, (__, i) => points[i * d + j]));
  const units = columns.map(unitOf);
  const usable = real.filter((j) => units[j].width > Number.EPSILON * Math.abs(units[j].centre));
  const some = spreadRows(n, CHOSEN_BY);
  const seen = columns.map((column, j) =>
    Float64Array.from(some, (i) => (column[i] - units[j].centre) / units[j].width));
  const least = effective.map((own) => (own < FEWEST ? Infinity : Math.max(LOOKED_AT, (2 * GROUPS) / own)));
  const chosen = chooseRoots(seen, usable, least);
  return chosen === null ? null : fitted(points, d, units, chosen);
}

/** Whether log scales are more than straight, and locations more than constant: the simpler before the others. */
const KINDS = [
  { bent: false, moved: false }, { bent: true, moved: false }, { bent: false, moved: true },
  { bent: true, moved: true },
] as const;
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
