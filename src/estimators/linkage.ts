/** Groups of samples with empty space between them, in any number of coordinates: single linkage. */
import { spreadRows } from '../numerics/spreadRows.ts';

/** Samples that are linked. */
const POINTS = 1500;
/** Samples are linked up to so many times the distance at which nearly all have as many others. */
const NEIGHBOURS = 4;
const NEARLY_ALL = 0.95;
const TIMES = 1.5;
/** Samples of a group, at least: fewer are strays, and belong to the group that is nearest. */
const FEWEST = 8;

export interface Linked {
  /** The group of each point, from 0. [n] */
  readonly labels: Int32Array;
  readonly count: number;
}

/** @param x in units in which all coordinates count alike [n, r] @returns null where all hang together */
export function linkedGroups(x: Float64Array, r: number): Linked | null {
  const n = x.length / r;
  const rows = spreadRows(n, POINTS);
  const m = rows.length;
  const some = new Float64Array(m * r);
  rows.forEach((row, i) => { some.set(x.subarray(row * r, (row + 1) * r), i * r); });
  if (m < 2 * FEWEST) return null;
  const squares = squaresBetween(some, r);
  const near = Float64Array.from({ length: m }, (_, i) =>
    squares.slice(i * m, (i + 1) * m).sort()[Math.min(NEIGHBOURS, m - 1)]).sort();
  const reach = TIMES * TIMES * near[Math.floor(NEARLY_ALL * (m - 1))];
  const own = componentsOf(squares, m, reach);
  const sizes = new Map<number, number>();
  for (const root of own) sizes.set(root, (sizes.get(root) ?? 0) + 1);
  const groups = [...sizes].filter(([, size]) => size >= FEWEST).sort((a, b) => b[1] - a[1]).map(([root]) => root);
  if (groups.length < 2) return null;
  const labelOf = new Map(groups.map((root, k) => [root, k]));
  const kept = Array.from(own.keys()).filter((i) => labelOf.has(own[i]));
  const labels = Int32Array.from({ length: n }, (_, i) => {
    let [best, least] = [kept[0], Infinity];
    for (const k of kept) {
      let square = 0;
      for (let a = 0; a < r && square < least; a++) square += (x[i * r + a] - some[k * r + a]) ** 2;
      if (square < least) [best, least] = [k, square];
    }
    return labelOf.get(own[best]) ?? 0;
  });
  return { labels, count: groups.length };
}

/** [m, m] */
function squaresBetween(x: Float64Array, r: number): Float64Array {
  const m = x.length / r;
  const squares = new Float64Array(m * m);
  for (let i = 0; i < m; i++) for (let j = 0; j < i; j++) {
    let square = 0;
    for (let a = 0; a < r; a++) square += (x[i * r + a] - x[j * r + a]) ** 2;
    squares[i * m + j] = square;
    squares[j * m + i] = square;
  }
  return squares;
}

/** One of the points of each one's component, where those within reach are joined. [m] */
function componentsOf(squares: Float64Array, m: number, reach: number): Int32Array {
  const root = new Int32Array(m).fill(-1);
  for (let first = 0; first < m; first++) {
    if (root[first] >= 0) continue;
    const waiting = [first];
    root[first] = first;
    for (let i = waiting.pop(); i !== undefined; i = waiting.pop()) {
      for (let j = 0; j < m; j++) {
        if (root[j] >= 0 || squares[i * m + j] > reach) continue;
        root[j] = first;
        waiting.push(j);
      }
    }
  }
  return root;
}
