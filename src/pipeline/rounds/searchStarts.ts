/** Where a search for unmet wells begins: where wells are apt to lie about a known bulk, and all over. */
import { foldIn, type Key } from '../../engine/random.ts';
import { fillNormalRows, fillUniformRows } from '../../engine/simd/rows.ts';
import { power } from '../../numerics/power.ts';
import { spreadRows } from '../../numerics/spreadRows.ts';
import type { Domain } from '../../targets/domain.ts';

/** Distances from the middle in deviations: the first, and the others over the one before. */
const FIRST = 1.2;
const RATIO = 1.5;
const DISTANCES = 12;
/** All vectors of signs in up to so many coordinates, or as many as that would be. */
const ALL_SIGNS = 12;
/** Shares of the starts: along axes, diagonals and pairs of axes, by vectors of signs; scattered ones are the rest. */
const SHARES = { axes: 0.3, pairs: 0.2, signs: 0.2 } as const;

const distance = (k: number): number => FIRST * power(RATIO, k);

/** Directions of a kind that may be many: how many, and the entries of each. */
interface Directions {
  readonly count: number;
  readonly set: (index: number, real: readonly number[], out: Float64Array) => void;
}

const axes = (r: number): Directions => ({
  count: 2 * r,
  set: (index, real, out) => { out[real[index >> 1]] = 1 - 2 * (index & 1); },
});

const diagonals: Directions = {
  count: 2,
  set: (index, real, out) => { for (const j of real) out[j] = 1 - 2 * index; },
};

const pairs = (r: number): Directions => ({
  count: 2 * r * (r - 1),
  set: (index, real, out) => {
    const pair = index >> 2;
    const first = Math.floor((1 + Math.sqrt(1 + 8 * pair)) / 2);
    out[real[first]] = 1 - 2 * (index & 1);
    out[real[pair - (first * (first - 1)) / 2]] = 1 - (index & 2);
  },
});

/** In more than {@link ALL_SIGNS} coordinates, random ones. */
function signs(r: number, key: Key): Directions {
  const count = 1 << Math.min(r, ALL_SIGNS);
  if (r <= ALL_SIGNS) return {
    count, set: (index, real, out) => { real.forEach((j, a) => { out[j] = 1 - 2 * ((index >> a) & 1); }); },
  };
  const draws = new Float64Array(count * r);
  fillUniformRows(foldIn(key, 'signs'), 0, count, r, draws);
  return {
    count, set: (index, real, out) => { real.forEach((j, a) => { out[j] = draws[index * r + a] < 0.5 ? 1 : -1; }); },
  };
}

const realOf = (domain: Domain): number[] => domain.flatMap(({ kind }, j) => (kind === 'real' ? [j] : []));

/** Circles and intervals anywhere. */
export function placeOthers(domain: Domain, x: Float64Array, key: Key): void {
  const d = domain.length;
  if (domain.every(({ kind }) => kind === 'real')) return;
  const n = x.length / d;
  const places = new Float64Array(n * d);
  fillUniformRows(foldIn(key, 'places'), 0, n, d, places);
  domain.forEach(({ kind, low, high }, j) => {
    if (kind !== 'real') for (let at = j; at < n * d; at += d) x[at] = low + (high - low) * places[at];
  });
}

/** Unit vectors along axes, pairs, diagonals and vectors of signs, at most so many. [n, d] */
export function structuredDirections(domain: Domain, most: number, key: Key): Float64Array {
  const real = realOf(domain);
  const r = real.length;
  const d = domain.length;
  const kinds = [axes(r), diagonals, pairs(r), signs(r, key)];
  const total = kinds.reduce((sum, { count }) => sum + count, 0);
  const rows = kinds.map(({ count, set }) => {
    const chosen = spreadRows(count, count <= 2 * r ? count : Math.ceil((most * count) / total));
    const units = new Float64Array(chosen.length * d);
    chosen.forEach((index, i) => {
      const row = units.subarray(i * d, (i + 1) * d);
      set(index, real, row);
      const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
      row.forEach((value, j) => { row[j] = value / length; });
    });
    return units;
  });
  return joinedRows(rows);
}

export function joinedRows(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  parts.reduce((at, part) => { all.set(part, at); return at + part.length; }, 0);
  return all;
}

/** Starts of descents in standard units, about so many. [n, d] */
export function structuredStarts(domain: Domain, most: number, key: Key): Float64Array {
  const real = realOf(domain);
  const r = real.length;
  const d = domain.length;
  const along = ({ count, set }: Directions, share: number): Float64Array => {
    const chosen = spreadRows(count * DISTANCES, Math.ceil(share * most));
    const points = new Float64Array(chosen.length * d);
    chosen.forEach((index, i) => {
      const row = points.subarray(i * d, (i + 1) * d);
      set(Math.floor(index / DISTANCES), real, row);
      const length = distance(index % DISTANCES);
      row.forEach((value, j) => { row[j] = length * value; });
    });
    return points;
  };
  const structured = r === 0 ? [] : [
    along(axes(r), SHARES.axes), along(diagonals, 1), along(pairs(r), SHARES.pairs), along(signs(r, key), SHARES.signs),
  ];
  const used = structured.reduce((sum, { length }) => sum + length / d, 0);
  const x = joinedRows([...structured, scattered(d, Math.max(0, most - used), foldIn(key, 'scattered'))]);
  placeOthers(domain, x, key);
  return x;
}

/** Of all radii: half of the points with all coordinates displaced, half with some of them. */
function scattered(d: number, n: number, key: Key): Float64Array {
  const x = new Float64Array(n * d);
  const draws = new Float64Array(n * (d + 2));
  fillNormalRows(foldIn(key, 'directions'), 0, n, d, x);
  fillUniformRows(foldIn(key, 'draws'), 0, n, d + 2, draws);
  for (let i = 0; i < n; i++) {
    const own = draws.subarray(i * (d + 2), (i + 1) * (d + 2));
    const length = distance(DISTANCES * own[0]);
    for (let j = 0; j < d; j++) if (i % 2 === 0 || own[2 + j] < own[1]) x[i * d + j] *= length;
  }
  return x;
}
