/** Where the target is: its standard units, from scattered chains and then from tempering, as a phase of a run. */
import { z } from 'zod';
import { foldIn, keyFromSeed, type Key } from '../../engine/random.ts';
import { withPauses } from '../../pausing.ts';
import { exploreSteps, scatteredStarts } from '../../samplers/explore.ts';
import { sampleBase, uniformInBox } from '../../targets/base.ts';
import type { Coordinate } from '../../targets/domain.ts';
import type { EnergyEvaluator } from '../../targets/energyEvaluator.ts';
import { frameOf } from '../../targets/locate.ts';
import { framedTarget, type Frame } from '../../targets/frame.ts';
import type { Mixture } from '../../targets/mixture.ts';
import { heavyTailSchema } from '../../targets/heavyTails.ts';
import { neckSchema } from '../../targets/necks.ts';
import { valleySchema } from '../../targets/valleys.ts';
import type { Tails } from '../../targets/tails.ts';
import type { Target } from '../../targets/target.ts';
import { float64, arrayOf } from '../phase.ts';
import { checkStored, type Piece, type Surroundings } from '../journal.ts';
import { stopping } from '../pace.ts';

const CHAINS = 256;
const STEPS = 600;
const EVERY = 20;
/** Chains from all radii, of so many; the others start where the definition says that the target is, if it does. */
const SCATTERED = 0.5;

/**
 * Of the base of flows where that is no mixture, which has a wide law of its own. What lies beyond the box has little
 * weight, so that of many coordinates fewer may.
 */
const tailsOf = (d: number): Tails => ({ share: Math.min(0.06, 0.6 / d), wide: 1.7 });

export interface Found {
  readonly frame: Frame;
  /** Where chains were at the end, in the target's own coordinates. [n, d] */
  readonly points: Float64Array;
  readonly evaluations: number;
}

/** @throws InputError where the energy is finite nowhere near the origin; Interrupted when asked to stop */
export async function explore(
  target: Target, energy: EnergyEvaluator, key: Key, surroundings: Surroundings,
): Promise<Found> {
  const { domain, base, dimension: d } = target;
  const starts = scatteredStarts(domain, foldIn(key, 'scattered'), CHAINS);
  if (target.hasBox) {
    const told = Math.floor((1 - SCATTERED) * CHAINS);
    const half = told >> 1;
    sampleBase(uniformInBox(base), foldIn(key, 'box'), 0, half, starts.subarray(0, half * d));
    sampleBase(base, foldIn(key, 'base'), 0, told - half, starts.subarray(half * d, told * d));
  }
  const steps = exploreSteps(energy, domain, starts, { steps: STEPS, every: EVERY, key: foldIn(key, 'explore') });
  const { positions, last } = await withPauses(steps, stopping(surroundings));
  return { frame: frameOf(positions, domain), points: last, evaluations: CHAINS * STEPS };
}

/** The target where scattered chains find it, for a look without a run. @throws InputError as {@link explore} */
export async function placed(target: Target, energy: EnergyEvaluator, surroundings: Surroundings): Promise<Target> {
  const { frame, points } = await explore(target, energy, keyFromSeed(0), surroundings);
  return locatedTarget(target, framePiece(frame, null, reachOf(points, target.dimension)));
}

/** @param low @param high what is to be shown of each coordinate [d] */
export const framePiece = (
  { location, scale, turn, heavyTails, necks, valleys }: Frame, mixture: Mixture | null,
  { low, high }: Readonly<Record<'low' | 'high', Float64Array>>,
): Piece => {
  const d = scale.length;
  return {
    json: { heavyTails, necks, valleys },
    arrays: {
      location: arrayOf(location), scale: arrayOf(scale), low: arrayOf(low), high: arrayOf(high),
      ...(mixture === null ? {} : {
        coordinates: arrayOf(Int32Array.from(mixture.coordinates)), logShares: arrayOf(mixture.logShares),
        means: arrayOf(mixture.means), factors: arrayOf(mixture.factors), inverses: arrayOf(mixture.inverses),
        freedom: arrayOf(mixture.freedom),
      }),
      ...(turn === null ? {} : {
        matrix: arrayOf(turn.matrix, [d, d]), inverse: arrayOf(turn.inverse, [d, d]),
        turnLogDet: arrayOf(Float64Array.of(turn.logDet)),
      }),
    },
  };
};

const storedSchema = z.object({
  heavyTails: z.array(heavyTailSchema).default([]), necks: z.array(neckSchema),
  valleys: z.array(valleySchema).default([]),
});

/** @throws InputError where that is damaged */
export function frameIn({ json, arrays }: Piece): Frame {
  const read = (name: string): Float64Array => float64(arrays[name]);
  return {
    location: read('location'), scale: read('scale'),
    turn: arrays.matrix === undefined ? null
      : { matrix: read('matrix'), inverse: read('inverse'), logDet: read('turnLogDet')[0] },
    ...checkStored(storedSchema, json, 'units'),
  };
}

export function mixtureIn({ arrays }: Piece): Mixture | null {
  if (arrays.logShares === undefined) return null;
  const [logShares, means, factors, inverses] =
    ['logShares', 'means', 'factors', 'inverses'].map((name) => float64(arrays[name]));
  // Runs from before there were Student t's have none.
  const freedom = arrays.freedom === undefined ? new Float64Array(logShares.length).fill(Infinity)
    : float64(arrays.freedom);
  return { coordinates: Array.from(arrays.coordinates.data), logShares, means, factors, inverses, freedom };
}

/** The target in standard units, with the base of its flows. */
export function flowTarget(target: Target, frame: Frame, mixture: Mixture | null): Target {
  const framed = framedTarget(target, frame);
  const laws = mixture === null ? { tails: tailsOf(target.dimension) } : { mixture };
  return { ...framed, base: { ...framed.base, ...laws } };
}

/** How far samples reach in each coordinate, and half as far again: what is shown and searched. */
export function reachOf(x: Float64Array, d: number): { low: Float64Array; high: Float64Array } {
  const low = new Float64Array(d).fill(Infinity);
  const high = new Float64Array(d).fill(-Infinity);
  for (let i = 0; i < x.length; i++) {
    const j = i % d;
    low[j] = Math.min(low[j], x[i]);
    high[j] = Math.max(high[j], x[i]);
  }
  for (let j = 0; j < d; j++) {
    const margin = 0.25 * (high[j] - low[j]) + Number.EPSILON * Math.max(1, Math.abs(low[j]));
    low[j] -= margin;
    high[j] += margin;
  }
  return { low, high };
}

/** The target with a box and a base that were found, where its definition has no box. */
export function locatedTarget(target: Target, piece: Piece): Target {
  if (target.hasBox) return target;
  const [low, high] = ['low', 'high'].map((name) => float64(piece.arrays[name]));
  const domain = target.domain.map((coordinate, j): Coordinate =>
    (coordinate.kind === 'real' ? { kind: 'real', low: low[j], high: high[j] } : coordinate));
  const standardDeviation = domain.map((coordinate) => (coordinate.high - coordinate.low) / 6);
  const mean = domain.map((coordinate, j) => (coordinate.kind === 'real' ? (low[j] + high[j]) / 2 : 0));
  return {
    ...target, domain, hasBox: true,
    base: { domain, mean: Float64Array.from(mean), standardDeviation: Float64Array.from(standardDeviation) },
  };
}
