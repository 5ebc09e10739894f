/** Where a target is and how wide: its standard units, from samples of any quality. */
import { normalScores } from '../numerics/normalScores.ts';
import { spreadRows } from '../numerics/spreadRows.ts';
import { symmetricEigen } from '../numerics/symmetricEigen.ts';
import type { Domain } from './domain.ts';
import type { Frame, Turn } from './frame.ts';

/** Samples beyond these quantiles count as lying on them, so that a few lost chains do not set the scale. */
const TRIMMED = 0.01;
/** Correlations from which on axes are turned: below, chance would mix coordinates that are independent. */
const CORRELATED = 0.6;
/** Samples whose ranks are compared. */
const RANKED = 20_000;
/** Those that join a coordinate to a group that is turned. */
const LINKED = 0.3;
const SMALLEST_SCALE = 1e-12;

/**
 * Means and deviations of trimmed samples; where coordinates are strongly correlated, along the principal axes of their
 * correlations, group by group.
 * @param x [n, d] @param turned whether axes may be turned
 */
export function frameOf(x: Float64Array, domain: Domain, turned = true): Frame {
  const d = domain.length;
  const n = x.length / d;
  const real = domain.flatMap(({ kind }, j) => (kind === 'real' ? [j] : []));
  const location = new Float64Array(d);
  const scale = new Float64Array(d).fill(1);
  const bounds = new Float64Array(2 * d);
  const column = new Float64Array(n);
  for (const j of real) {
    for (let i = 0; i < n; i++) column[i] = x[i * d + j];
    column.sort();
    const [low, high] = [TRIMMED, 1 - TRIMMED].map((share) => column[Math.round(share * (n - 1))]);
    bounds.set([low, high], 2 * j);
    let [mean, variance] = [0, 0];
    for (let i = 0; i < n; i++) mean += Math.min(high, Math.max(low, column[i]));
    mean /= n;
    for (let i = 0; i < n; i++) {
      const off = Math.min(high, Math.max(low, column[i])) - mean;
      variance += off * off;
    }
    location[j] = mean;
    scale[j] = Math.max(Math.sqrt(variance / n), SMALLEST_SCALE * Math.max(1, Math.abs(mean)));
  }
  const groups = turned && real.length > 1 ? correlatedGroups(x, real, d) : [];
  const centred = new Float64Array(groups.length === 0 ? 0 : n * d);
  for (const j of groups.flat()) {
    const [low, high] = [bounds[2 * j], bounds[2 * j + 1]];
    for (let i = 0; i < n; i++)
      centred[i * d + j] = (Math.min(high, Math.max(low, x[i * d + j])) - location[j]) / scale[j];
  }
  const axes = groups.map((group) => axesOf(centred, group, d));
  return { location, scale, turn: axes.length === 0 ? null : turnOf(axes, d), heavyTails: [], necks: [], valleys: [] };
}

/**
 * Coordinates that hang together by strong correlations. Of ranks: a few samples far out make heavy tails look
 * correlated that are not. Those that are correlated weakly with all of a group are left out of it, so that what tells
 * the scale of others stays a coordinate.
 */
function correlatedGroups(x: Float64Array, real: readonly number[], d: number): number[][] {
  const rows = spreadRows(x.length / d, RANKED);
  const n = rows.length;
  const scores = real.map((j) => {
    const own = normalScores(Float64Array.from(rows, (i) => x[i * d + j]));
    const length = Math.sqrt(own.reduce((sum, value) => sum + value * value, 0));
    return own.map((value) => (length > 0 ? value / length : 0));
  });
  const correlation = (a: number, b: number): number => {
    const [first, second] = [scores[a], scores[b]];
    let product = 0;
    for (let i = 0; i < n; i++) product += first[i] * second[i];
    return Math.abs(product);
  };
  const size = real.length;
  const linked = real.map((_, a) => real.map((__, b) => (b < a ? correlation(a, b) : 0)));
  const strength = (a: number, b: number): number => linked[Math.max(a, b)][Math.min(a, b)];
  const left = new Set(real.map((_, a) => a));
  const groups: number[][] = [];
  for (let seed = 0; seed < size; seed++) {
    if (!left.has(seed)) continue;
    const group = [seed];
    left.delete(seed);
    for (const member of group) {
      for (const other of [...left]) {
        if (strength(member, other) < LINKED) continue;
        left.delete(other);
        group.push(other);
      }
    }
    const strong = group.some((a) => group.some((b) => a !== b && strength(a, b) >= CORRELATED));
    if (strong) groups.push(group.sort((a, b) => a - b).map((a) => real[a]));
  }
  return groups;
}

interface Axes {
  /** The coordinates that are turned. [r] */
  readonly group: readonly number[];
  /** Rows are directions in units of the deviations. [r, r] */
  readonly vectors: Float64Array;
  readonly values: Float64Array;
}

/** Principal axes of the correlations within a group. */
function axesOf(centred: Float64Array, group: readonly number[], d: number): Axes {
  const r = group.length;
  const n = centred.length / d;
  const correlations = new Float64Array(r * r);
  for (let i = 0; i < n; i++) {
    for (let a = 0; a < r; a++) {
      const value = centred[i * d + group[a]] / n;
      for (let b = 0; b <= a; b++) correlations[a * r + b] += value * centred[i * d + group[b]];
    }
  }
  for (let a = 0; a < r; a++) for (let b = 0; b < a; b++) correlations[b * r + a] = correlations[a * r + b];
  return { group, ...symmetricEigen(correlations, r) };
}

/** T = Q Λ^½ in units of the deviations, the widest directions of each group first; others stay. */
function turnOf(all: readonly Axes[], d: number): Turn {
  const [matrix, inverse] = [new Float64Array(d * d), new Float64Array(d * d)];
  for (let j = 0; j < d; j++) [matrix[j * d + j], inverse[j * d + j]] = [1, 1];
  let logDet = 0;
  for (const { group, vectors, values } of all) {
    const r = group.length;
    for (let k = 0; k < r; k++) {
      const from = r - 1 - k;
      const length = Math.sqrt(Math.max(values[from], SMALLEST_SCALE));
      logDet += Math.log(length);
      for (let a = 0; a < r; a++) {
        matrix[group[a] * d + group[k]] = vectors[from * r + a] * length;
        inverse[group[k] * d + group[a]] = vectors[from * r + a] / length;
      }
    }
  }
  return { matrix, inverse, logDet };
}
