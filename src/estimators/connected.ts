/**
 * Which parts of samples are one: where two meet as densely as they are within, as the arcs of a ring do, and not as
 * wells do across a saddle. Densities are those of nearest neighbours.
 */
import { spreadRows } from '../numerics/spreadRows.ts';

/** Samples that are looked at, and neighbours of each. */
const POINTS = 4000;
const NEIGHBOURS = 10;
/** Density where parts meet over that of the sparser one, in the middle of their points, from where on they are one. */
const DENSE = 0.5;
/** Points that have neighbours in another part, at least: fewer tell nothing. */
const FEWEST = 5;

/** @param x [n, r] @param labels which part each point is of @returns which parts, joined, each part is of [count] */
export function connected(x: Float64Array, r: number, labels: Int32Array, count: number): Int32Array {
  const rows = spreadRows(labels.length, POINTS);
  const { nearest, logDensity } = neighboursOf(x, r, rows);
  const parts = Int32Array.from(rows, (row) => labels[row]);
  const within = Array.from({ length: count }, (_, k) => medianOf(logDensity.filter((__, i) => parts[i] === k)));
  const meeting = new Map<number, number[]>();
  parts.forEach((own, i) => {
    const others = new Set(nearest.subarray(i * NEIGHBOURS, (i + 1) * NEIGHBOURS).map((j) => parts[j]));
    for (const other of others) {
      if (other === own) continue;
      const pair = Math.min(own, other) * count + Math.max(own, other);
      meeting.set(pair, [...(meeting.get(pair) ?? []), logDensity[i]]);
    }
  });
  const group = Int32Array.from({ length: count }, (_, k) => k);
  for (const [pair, densities] of meeting) {
    const [a, b] = [Math.floor(pair / count), pair % count];
    if (densities.length < FEWEST) continue;
    if (medianOf(Float64Array.from(densities)) < Math.min(within[a], within[b]) + Math.log(DENSE)) continue;
    const [kept, gone] = [Math.min(group[a], group[b]), Math.max(group[a], group[b])];
    group.forEach((own, k) => { if (own === gone) group[k] = kept; });
  }
  const names = [...new Set(group)].sort((a, b) => a - b);
  return group.map((own) => names.indexOf(own));
}

function neighboursOf(
  x: Float64Array, r: number, rows: ArrayLike<number>,
): { nearest: Int32Array; logDensity: Float64Array } {
  const n = rows.length;
  const nearest = new Int32Array(n * NEIGHBOURS);
  const logDensity = new Float64Array(n);
  const best = new Float64Array(NEIGHBOURS);
  for (let i = 0; i < n; i++) {
    best.fill(Infinity);
    const own = nearest.subarray(i * NEIGHBOURS, (i + 1) * NEIGHBOURS).fill(i);
    for (let j = 0; j < n; j++) {
      if (j === i) continue;
      let distance = 0;
      for (let a = 0; a < r; a++) {
        const off = x[rows[i] * r + a] - x[rows[j] * r + a];
        distance += off * off;
      }
      if (!(distance < best[NEIGHBOURS - 1])) continue;
      let at = NEIGHBOURS - 1;
      for (; at > 0 && best[at - 1] > distance; at--) [best[at], own[at]] = [best[at - 1], own[at - 1]];
      [best[at], own[at]] = [distance, j];
    }
    logDensity[i] = -0.5 * r * Math.log(best[NEIGHBOURS - 1] + Number.MIN_VALUE);
  }
  return { nearest, logDensity };
}

function medianOf(values: Float64Array): number {
  const sorted = values.slice().sort();
  return sorted.length === 0 ? -Infinity : sorted[sorted.length >> 1];
}
