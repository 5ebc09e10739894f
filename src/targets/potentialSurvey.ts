/**
 * A look at a potential before any work is spent on it: is it finite, does it confine, and how wide and curved are its
 * wells.
 */
import { keyFromSeed } from '../engine/random.ts';
import { fillUniformRows } from '../engine/simd/rows.ts';
import { InputError } from '../errors.ts';
import { logSumExp } from '../numerics/logSumExp.ts';
import { integerPower, power } from '../numerics/power.ts';
import type { EnergyEvaluator } from './energyEvaluator.ts';

export interface PotentialSurvey {
  /**
   * Of the classical ensemble, per coordinate: mean, standard deviation (> 0), and the mean of ∂²V/∂q² (≥ 0, in units
   * of V).
   */
  readonly mean: number[];
  readonly standardDeviation: number[];
  readonly curvature: number[];
}

/** Points of the grid in one and two dimensions; as many random points in more. */
const POINTS = 40_000;
/** exp(−βV) at the walls of the box, as a share of its largest value, that still counts as nothing. */
const AT_WALLS = 1e-3;
/** How far beyond the box V is looked at, in widths of it. */
const BEYOND = [0.1, 0.25, 0.5, 1, 2, 5, 10, 100];
/** V may fall that many k_B T below its lowest value in the box before it counts as falling without bound. */
const TOLERATED_FALL = 0.5;

/** @param evaluator of βV @throws InputError in one line, naming the point */
export function surveyPotential(
  name: string, evaluator: EnergyEvaluator, box: readonly (readonly [number, number])[], beta: number
): PotentialSurvey {
  const p = box.length;
  const fail = (what: string): never => { throw new InputError(`target "${name}": ${what}`); };
  let points = inside(box);
  let n = points.length / p;
  const at = (x: Float64Array, i: number): string =>
    `(${Array.from(x.subarray(i * p, i * p + p), (entry) => Number(entry.toPrecision(4))).join(', ')})`;
  let energies: Float64Array = new Float64Array(n);
  evaluator.energies(points, n, energies);
  const bad = energies.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    fail(`potential is ${energies[bad] / beta} at q = ${at(points, bad)}, inside its box; it must be finite there`);
  const least = energies.reduce((a, b) => Math.min(a, b));
  const spacing = box.map(([low, high]) => (high - low) / power(n, 1 / p));
  if (p <= 2) checkResolved(fail, evaluator, points, energies, spacing, at, beta);
  checkOutside(fail, evaluator, box, points, energies, least, at, beta);
  let logWeights = energies.map((value) => least - value);
  if (p > 2) {
    // So few random points fall where the particle is that walkers have to find it.
    points = walked(evaluator, box, points, logWeights);
    n = points.length / p;
    energies = new Float64Array(n);
    logWeights = new Float64Array(n);
  }
  const total = logSumExp(logWeights);
  const weights = logWeights.map((value) => Math.exp(value - total));
  const step = box.map(([low, high]) => 1e-4 * (high - low));
  const gradients = new Float64Array(n * p);
  const mean = box.map((_, a) => weights.reduce((sum, weight, i) => sum + weight * points[i * p + a], 0));
  const standardDeviation = box.map(([low, high], a) => Math.max(
    1e-3 * (high - low),
    Math.sqrt(weights.reduce((sum, weight, i) => sum + weight * (points[i * p + a] - mean[a]) ** 2, 0))
  ));
  const curvature = box.map((_, a) => {
    const slope = (sign: number): Float64Array => {
      const moved = points.map((value, j) => (j % p === a ? value + sign * step[a] : value));
      evaluator.energiesAndGradients(moved, n, energies, gradients);
      return Float64Array.from(energies, (__, i) => gradients[i * p + a]);
    };
    const [up, down] = [slope(1), slope(-1)];
    const value = weights.reduce((sum, weight, i) => sum + weight * (up[i] - down[i]), 0) / (2 * step[a] * beta);
    return Number.isFinite(value) ? Math.max(0, value) : 0;
  });
  return { mean, standardDeviation, curvature };
}

/** A grid of midpoints in one and two dimensions, random points beyond: always the same ones. @returns shape [n, p] */
function inside(box: readonly (readonly [number, number])[]): Float64Array {
  const p = box.length;
  const points = new Float64Array(POINTS * p);
  if (p > 2) {
    fillUniformRows(keyFromSeed(0), 0, POINTS, p, points);
    return points.map((value, j) => box[j % p][0] + value * (box[j % p][1] - box[j % p][0]));
  }
  const perAxis = p === 1 ? POINTS : Math.floor(Math.sqrt(POINTS));
  const n = integerPower(perAxis, p);
  for (let i = 0; i < n; i++) {
    for (let a = 0; a < p; a++) {
      const index = a === 0 ? i % perAxis : Math.floor(i / perAxis);
      points[i * p + a] = box[a][0] + ((index + 0.5) / perAxis) * (box[a][1] - box[a][0]);
    }
  }
  return points.subarray(0, n * p);
}

/**
 * Points of a closer look, per side; and by how many k_B T V may fall in it, which a smooth one does by next to
 * nothing.
 */
const CLOSER = 1000;
const TOLERATED_PIT = 1;

/**
 * A closer look round the lowest point of the grid, along each coordinate: a pole falls on and on there. @param spacing
 * of the grid, per coordinate
 */
function checkResolved(
  fail: (what: string) => never, evaluator: EnergyEvaluator, points: Float64Array, energies: Float64Array,
  spacing: readonly number[], at: (x: Float64Array, i: number) => string, beta: number
): void {
  const p = spacing.length;
  const [deepest] = lowest(energies, 1);
  for (let a = 0; a < p; a++) {
    const line = new Float64Array((2 * CLOSER + 1) * p);
    for (let k = 0; k <= 2 * CLOSER; k++) {
      line.set(points.subarray(deepest * p, deepest * p + p), k * p);
      line[k * p + a] += ((k - CLOSER) / CLOSER) * spacing[a];
    }
    const values = new Float64Array(2 * CLOSER + 1);
    evaluator.energies(line, values.length, values);
    const below = values.findIndex((value) => !(value >= energies[deepest] - TOLERATED_PIT));
    if (below >= 0) fail(
      'potential is unbounded below, or has a pit too narrow to see: from '
        + `${(energies[deepest] / beta).toPrecision(4)} at q = ${at(points, deepest)} it goes to `
        + `${(values[below] / beta).toPrecision(4)} at q = ${at(line, below)}, close by`
    );
  }
}

/** Walkers of a random walk, its steps, and how many of these are adaptation. */
const WALKERS = 512;
const WALK = 800;
const SETTLING = 500;

/**
 * Positions of Metropolis walkers inside the box that began at random points by weight: an estimate for widths, not for
 * populations. @returns shape [n, p]
 */
function walked(
  evaluator: EnergyEvaluator, box: readonly (readonly [number, number])[], points: Float64Array,
  logWeights: Float64Array
): Float64Array {
  const p = box.length;
  const total = logSumExp(logWeights);
  const x = new Float64Array(WALKERS * p);
  let [cumulated, written] = [0, 0];
  for (let i = 0; i < logWeights.length && written < WALKERS; i++) {
    cumulated += Math.exp(logWeights[i] - total);
    for (; written < WALKERS && (written + 0.5) / WALKERS < cumulated; written++)
      x.set(points.subarray(i * p, i * p + p), written * p);
  }
  const energies = new Float64Array(WALKERS);
  evaluator.energies(x, WALKERS, energies);
  const kept: Float64Array[] = [];
  const draws = new Float64Array(WALKERS * (p + 1));
  const tried = new Float64Array(x.length);
  const triedEnergies = new Float64Array(WALKERS);
  let scale = 0.3 / Math.sqrt(p);
  for (let step = 0; step < WALK; step++) {
    fillUniformRows(keyFromSeed(1), step * WALKERS, WALKERS, p + 1, draws);
    for (let i = 0; i < WALKERS; i++) for (let a = 0; a < p; a++) tried[i * p + a] =
      x[i * p + a] + scale * (draws[i * (p + 1) + a] - 0.5) * (box[a][1] - box[a][0]);
    evaluator.energies(tried, WALKERS, triedEnergies);
    let accepted = 0;
    for (let i = 0; i < WALKERS; i++) {
      const inBox = box.every(([low, high], a) => tried[i * p + a] >= low && tried[i * p + a] <= high);
      if (!inBox || !(draws[i * (p + 1) + p] < Math.exp(energies[i] - triedEnergies[i]))) continue;
      x.set(tried.subarray(i * p, i * p + p), i * p);
      energies[i] = triedEnergies[i];
      accepted += 1;
    }
    if (step < SETTLING) scale *= Math.exp(0.1 * (accepted / WALKERS - 0.25));
    else if (step % 30 === 0) kept.push(x.slice());
  }
  const all = new Float64Array(kept.length * x.length);
  kept.forEach((positions, k) => { all.set(positions, k * x.length); });
  return all;
}

/**
 * V on the walls of the box, and straight out from its lowest points: it must be high there, and never fall below the
 * box's own lowest.
 */
function checkOutside(
  fail: (what: string) => never, evaluator: EnergyEvaluator, box: readonly (readonly [number, number])[],
  points: Float64Array, energies: Float64Array, least: number,
  at: (x: Float64Array, i: number) => string, beta: number,
): void {
  const p = box.length;
  const starts = lowest(energies, 64).map((i) => points.slice(i * p, i * p + p));
  for (const start of starts) {
    for (let a = 0; a < p; a++) {
      const width = box[a][1] - box[a][0];
      for (const side of [0, 1]) {
        const distances = [0, ...BEYOND];
        const line = new Float64Array(distances.length * p);
        distances.forEach((distance, k) => {
          line.set(start, k * p);
          line[k * p + a] = box[a][side] + (side === 0 ? -1 : 1) * distance * width;
        });
        const values = new Float64Array(distances.length);
        evaluator.energies(line, distances.length, values);
        const below = values.findIndex((value) => value < least - TOLERATED_FALL);
        if (below >= 0) fail(
          `potential falls to ${(values[below] / beta).toPrecision(4)} at q = ${at(line, below)}, below its `
            + `least value inside the box, ${(least / beta).toPrecision(4)}: it is unbounded below, or its box `
            + 'misses the deepest well'
        );
        const share = Math.exp(least - values[0]);
        if (share > AT_WALLS) fail(
          `potential does not confine: at the wall of its box, q = ${at(line, 0)}, exp(−βV) is still `
            + `${share.toPrecision(2)} of its largest value; widen the box, or add what holds the particle`
        );
        const drop = values.findIndex((value, k) => k > 0 && value < values[0] && Math.exp(least - value) > AT_WALLS);
        if (drop >= 0) fail(
          `potential does not confine: beyond its box, at q = ${at(line, drop)}, exp(−βV) is `
            + `${Math.exp(least - values[drop]).toPrecision(2)} of its largest value inside; widen the box, or add `
            + 'what holds the particle'
        );
      }
    }
  }
}

/** Indices of the k smallest values. */
const lowest = (values: Float64Array, k: number): number[] =>
  Array.from(values.keys()).sort((a, b) => values[a] - values[b]).slice(0, k);
