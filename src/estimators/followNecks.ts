/**
 * Necks followed down, by the energy. Samples locate a neck as well as it is wide where the deepest of them are; one
 * width of the root deeper, where it is a third as wide, that is several of its widths, and chains in units that are
 * off by as much do not go there. At places of the roots that no sample has reached, what is told is moved to where the
 * energy is least: for the normal laws that necks are, that is where they are located.
 */
import { spreadRows } from '../numerics/spreadRows.ts';
import { cholesky, choleskySolve } from '../numerics/linearAlgebra.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import { framedEvaluator, type Frame } from '../targets/frame.ts';
import { beforeNeck, Features, OF_LOCATION, type Neck } from '../targets/necks.ts';

/** How often: from a better place there is more to be seen. */
const TIMES = 2;
/** Samples that are looked at, and the deepest of them, from which roots go further by so much of their distance. */
const POINTS = 4000;
const DEEPEST = 256;
const FURTHER: readonly number[] = [0, 1 / 3, 2 / 3, 1];
/** Steps to the least energy, in widths at most, and the bounds of curvatures that they are made with. */
const STEPS = 12;
const LONGEST = 8;
const CURVATURES = [0.25, 16] as const;
/** Widths from the least energy that are near enough, and the share of places that is to be as near. */
const NEAR = 0.05;
const ENOUGH = 0.5;
/** Deviations that a sample counts as lying off, at most. */
const CLIPPED = 4;
/** Narrownesses over the median's that count as that: more would leave no digits for the others. */
const NARROWEST = 1e4;
const RIDGE = 1e-9;

export interface Followed {
  readonly necks: Neck[];
  readonly evaluations: number;
}

/** @param necks in the order from inside to x @param x samples [n, d] */
export function followNecks(necks: readonly Neck[], x: Float64Array, d: number, energy: EnergyEvaluator): Followed {
  const rows = spreadRows(x.length / d, POINTS);
  const points = new Float64Array(rows.length * d);
  rows.forEach((row, i) => { points.set(x.subarray(row * d, (row + 1) * d), i * d); });
  const followed: Neck[] = [];
  let evaluations = 0;
  for (const neck of necks.toReversed()) {
    let next = neck;
    for (let k = 0; k < TIMES; k++) {
      const within = framedEvaluator(frameOf([next, ...followed], d), energy);
      const places = leastEnergies(next, points, d, within);
      evaluations += places.evaluations;
      if (places.units.length === 0) break;
      next = relocated(next, points, places.units, d);
    }
    followed.unshift(next);
    beforeNeck(next, points, d, new Float64Array(rows.length));
  }
  return { necks: followed, evaluations };
}

const frameOf = (necks: Neck[], d: number): Frame => ({
  location: new Float64Array(d), scale: new Float64Array(d).fill(1), turn: null, heavyTails: [], necks, valleys: [],
});

/** @returns in the units of the neck, places where what is told has the least energy [m, d]; none where few have */
function leastEnergies(
  neck: Neck, points: Float64Array, d: number, energy: EnergyEvaluator,
): { readonly units: Float64Array; readonly evaluations: number } {
  const { told } = neck;
  const units = deepPlaces(neck, points, d);
  const m = units.length / d;
  const size = m * told.length;
  const [values, gradients] = [new Float64Array(m), new Float64Array(m * d)];
  const slopes = (): Float64Array => {
    energy.energiesAndGradients(units, m, values, gradients);
    return Float64Array.from({ length: size }, (_, a) =>
      gradients[Math.floor(a / told.length) * d + told[a % told.length]]);
  };
  const curvatures = new Float64Array(size).fill(1);
  let slope = slopes();
  for (let k = 0; k < STEPS; k++) {
    const steps = slope.map((g, a) => Math.max(-LONGEST, Math.min(LONGEST, -g / curvatures[a])));
    steps.forEach((step, a) => { units[Math.floor(a / told.length) * d + told[a % told.length]] += step; });
    const next = slopes();
    steps.forEach((step, a) => {
      const curvature = (next[a] - slope[a]) / step;
      if (Number.isFinite(curvature))
        curvatures[a] = Math.max(CURVATURES[0], Math.min(CURVATURES[1], curvature));
    });
    slope = next;
  }
  const near = Array.from({ length: m }, (_, i) => i).filter((i) =>
    told.every((__, t) => Math.abs(slope[i * told.length + t] / curvatures[i * told.length + t]) < NEAR));
  const found = new Float64Array(near.length >= ENOUGH * m ? near.length * d : 0);
  if (found.length > 0) near.forEach((i, k) => { found.set(units.subarray(i * d, (i + 1) * d), k * d); });
  return { units: found, evaluations: (STEPS + 1) * m };
}

/** The deepest samples, and places deeper than those, with what is told where the neck locates it. [m, d] */
function deepPlaces(neck: Neck, points: Float64Array, d: number): Float64Array {
  const n = points.length / d;
  const [units, narrow] = [points.slice(), new Float64Array(n)];
  beforeNeck(neck, units, d, narrow);
  const deepest = Array.from({ length: n }, (_, i) => i).sort((a, b) => narrow[a] - narrow[b] || a - b)
    .slice(0, DEEPEST);
  const places = new Float64Array(deepest.length * FURTHER.length * d);
  deepest.forEach((row, i) => {
    FURTHER.forEach((further, k) => {
      const place = places.subarray((i * FURTHER.length + k) * d, (i * FURTHER.length + k + 1) * d);
      place.set(units.subarray(row * d, (row + 1) * d));
      neck.roots.forEach((j, r) => { place[j] += further * (place[j] - neck.centre[r]); });
      for (const j of neck.told) place[j] = 0;
    });
  });
  return places;
}

/** The same neck with other locations: those of samples, and of places of least energy. @param deep in its units */
function relocated(neck: Neck, points: Float64Array, deep: Float64Array, d: number): Neck {
  const n = points.length / d;
  const units = new Float64Array(points.length + deep.length);
  units.set(points);
  beforeNeck(neck, units.subarray(0, points.length), d, new Float64Array(n));
  units.set(deep, points.length);
  const count = units.length / d;
  const place = new Features(neck);
  const [ofScale, ofLocation] = [place.scale.length, place.location.length];
  const [scale, location] = [new Float64Array(count * ofScale), new Float64Array(count * ofLocation)];
  for (let i = 0; i < count; i++) {
    place.at(units.subarray(i * d, (i + 1) * d));
    scale.set(place.scale, i * ofScale);
    location.set(place.location, i * ofLocation);
  }
  const means = neck.means.map((q) => unitOf(points, q, d));
  const copied = (table: readonly (readonly number[])[]): number[][] => table.map((row) => [...row]);
  const [locations, slopes] = [copied(neck.location), neck.slopes.map(copied)];
  neck.told.forEach((j, t) => {
    const moves = ofLocation > 1 && (isMoved(neck.location, t) || neck.slopes.some((rows) => isMoved(rows, t)));
    const used = Array.from({ length: moves ? 1 + neck.roots.length * OF_LOCATION : 1 }, (_, f) => f);
    const narrowness = Float64Array.from({ length: count }, (_, i) => {
      let log = 0;
      for (let f = 0; f < ofScale; f++) log += scale[i * ofScale + f] * neck.logScale[f][t];
      return Math.exp(-log);
    });
    const narrowest = NARROWEST * narrowness.slice(0, n).sort()[n >> 1];
    const size = used.length * (1 + means.length);
    const row = new Float64Array(size);
    const [matrix, right] = [new Float64Array(size * size), new Float64Array(size)];
    for (let i = 0; i < count; i++) {
      // Samples so far out that their units are beyond numbers locate nothing.
      if (!Number.isFinite(narrowness[i]) || !Number.isFinite(units[i * d + j])) continue;
      const weight = Math.min(1, narrowest / narrowness[i]);
      const most = i < n ? CLIPPED : Infinity;
      const off = weight * Math.max(-most, Math.min(most, units[i * d + j]));
      for (let a = 0; a < size; a++) {
        const q = Math.floor(a / used.length) - 1;
        const factor = q < 0 ? 1 : (units[i * d + neck.means[q]] - means[q].centre) / means[q].width;
        row[a] = weight * narrowness[i] * location[i * ofLocation + used[a % used.length]] * factor;
      }
      for (let a = 0; a < size; a++) {
        right[a] += row[a] * off;
        for (let b = 0; b <= a; b++) matrix[a * size + b] += row[a] * row[b];
      }
    }
    const typical = matrix[0];
    for (let a = 0; a < size; a++) matrix[a * size + a] += RIDGE * (matrix[a * size + a] + typical);
    const change = choleskySolve(cholesky(matrix, size), right);
    used.forEach((f, a) => {
      locations[f][t] += change[a];
      means.forEach(({ centre, width }, q) => {
        const slope = change[(1 + q) * used.length + a] / width;
        slopes[q][f][t] += slope;
        locations[f][t] -= slope * centre;
      });
    });
  });
  return { ...neck, location: locations, slopes };
}

/** Whether a row of features beyond the first one has a part in the t-th. */
const isMoved = (table: readonly (readonly number[])[], t: number): boolean =>
  table.slice(1).some((row) => row[t] !== 0);

function unitOf(points: Float64Array, j: number, d: number): { readonly centre: number; readonly width: number } {
  const n = points.length / d;
  let [sum, squares] = [0, 0];
  for (let i = 0; i < n; i++) sum += points[i * d + j];
  for (let i = 0; i < n; i++) {
    const off = points[i * d + j] - sum / n;
    squares += off * off;
  }
  return { centre: sum / n, width: Math.sqrt(squares / n) || 1 };
}
