/**
 * Whether an energy is a number where it matters: where it is not, the density is taken as zero, which may not be
 * meant.
 */
import { fillNormal, foldIn, type Key } from '../engine/random.ts';
import { spreadRows } from '../numerics/spreadRows.ts';
import { sampleBase, uniformInBox, type Base } from '../targets/base.ts';
import { wrapPoints } from '../targets/domain.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import { doubt, type Doubt } from './standing.ts';

/**
 * Points that are looked at: of the base, about samples of the target, and anywhere in the box. Each is an evaluation.
 */
export const LOOKS = 4096;

export interface UndefinedPoints {
  /** Of the base's points that were looked at, those where the energy is NaN. +∞ is a density of zero, and is meant. */
  readonly base: number;
  /** Of points a standard deviation or so from samples of the target. */
  readonly around: number;
  /** Of points anywhere in the box: there might be mass where chains cannot go. */
  readonly box: number;
}

/** @param samples of the target [n, d] */
export function undefinedPoints(
  energy: Pick<EnergyEvaluator, 'energies'>, base: Base, samples: Float64Array, key: Key
): UndefinedPoints {
  const d = base.domain.length;
  const [ofBase, inBox] = [new Float64Array(LOOKS * d), new Float64Array(LOOKS * d)];
  sampleBase(base, key, 0, LOOKS, ofBase);
  sampleBase(uniformInBox(base), foldIn(key, 'box'), 0, LOOKS, inBox);
  const count = (points: Float64Array): number => {
    const energies = new Float64Array(points.length / d);
    energy.energies(points, energies.length, energies);
    return energies.filter(Number.isNaN).length;
  };
  return { base: count(ofBase), around: count(displaced(base, samples, LOOKS, key)), box: count(inBox) };
}

/** Samples moved by as much as they spread in every coordinate. */
function displaced({ domain }: Base, samples: Float64Array, count: number, key: Key): Float64Array {
  const d = domain.length;
  const rows = spreadRows(samples.length / d, count);
  const points = new Float64Array(rows.length * d);
  rows.forEach((row, i) => points.set(samples.subarray(row * d, (row + 1) * d), i * d));
  const moves = new Float64Array(points.length);
  fillNormal(foldIn(key, 'displaced'), 0, moves);
  for (let j = 0; j < d; j++) {
    let [sum, squares] = [0, 0];
    for (let i = j; i < points.length; i += d) [sum, squares] = [sum + points[i], squares + points[i] * points[i]];
    const spread = Math.sqrt(Math.max(0, squares / rows.length - (sum / rows.length) * (sum / rows.length)));
    const { kind, low, high } = domain[j];
    for (let i = j; i < points.length; i += d) {
      const moved = points[i] + spread * moves[i];
      points[i] = kind === 'interval' ? Math.min(high, Math.max(low, moved)) : moved;
    }
  }
  wrapPoints(domain, points, rows.length);
  return points;
}

export function undefinedDoubts({ base, around, box }: UndefinedPoints): Doubt[] {
  if (base + around + box === 0) return [];
  const share = (count: number): string => `${((100 * count) / LOOKS).toPrecision(2)} %`;
  return [doubt(
    'doubtful', 'undefined-energy',
    `The energy is NaN at ${share(base)} of the base's points, at ${share(around)} of points near samples of `
      + `the target, and at ${share(box)} of the box: the density is taken as zero there. Return +∞ (np.where) `
      + 'if that is meant, or mend the formula.'
  )];
}
