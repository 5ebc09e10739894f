/**
 * Standard units: a change of the real coordinates in which a target has mean zero and unit deviations: an affine one,
 * y = m + s ∘ (T z), and x = y but for what heavy tails, then necks and then curved valleys make of it. It is the first
 * layers of a flow, which are never trained, and the metric of chains. Circles and intervals stay as they are.
 */
import { np, type Array as NpArray } from '../engine/numpy.ts';
import type { Coordinate } from './domain.ts';
import type { EnergyEvaluator } from './energyEvaluator.ts';
import {
  beforeTail, heavyTailProgram, slopesBeforeTail, throughTail, type HeavyTail,
} from './heavyTails.ts';
import { beforeNeck, neckProgram, slopesBeforeNeck, throughNeck, type Neck } from './necks.ts';
import type { Target } from './target.ts';
import {
  beforeValleys, slopesBeforeValleys, throughValleys, valleysProgram, type Valley,
} from './valleys.ts';

/** T, whose directions are uncorrelated. */
export interface Turn {
  /** Row-major, [d, d]. */
  readonly matrix: Float64Array;
  readonly inverse: Float64Array;
  /** log|det T| */
  readonly logDet: number;
}

export interface Frame {
  /** m; 0 for circles and intervals. shape [d] */
  readonly location: Float64Array;
  /** s > 0; 1 for circles and intervals. shape [d] */
  readonly scale: Float64Array;
  /** null: the identity */
  readonly turn: Turn | null;
  /** At most one to each side of a coordinate. */
  readonly heavyTails: readonly HeavyTail[];
  /** In the order from z to x. */
  readonly necks: readonly Neck[];
  /** Those that tell before those that they tell. */
  readonly valleys: readonly Valley[];
}

/** Points with their energies. */
interface Placed {
  /** [n, d] */
  readonly samples: Float64Array;
  readonly energies: Float64Array;
}

/** Half the width of the box of a flow in standard units. */
export const STANDARD_BOX = 4;

/** log|det ∂y/∂z|. */
const affineLogDet = ({ scale, turn }: Frame): number =>
  scale.reduce((sum, value) => sum + Math.log(value), turn?.logDet ?? 0);

/** matrix · v. @param out [d], not v */
function times(matrix: Float64Array, v: Float64Array, out: Float64Array): void {
  const d = v.length;
  for (let j = 0; j < d; j++) {
    let value = 0;
    for (let k = 0; k < d; k++) value += matrix[j * d + k] * v[k];
    out[j] = value;
  }
}

/** x of points z. @param z [n, d] @param logDet log|det ∂x/∂z| is added [n] @returns [n, d] */
export function outward(
  frame: Frame, z: Float64Array, n: number, logDet = new Float64Array(n),
): Float64Array {
  const { location, scale, turn, heavyTails, necks, valleys } = frame;
  const d = scale.length;
  const x = z.slice();
  for (let i = 0; i < n; i++) {
    const row = x.subarray(i * d, (i + 1) * d);
    if (turn !== null) times(turn.matrix, z.subarray(i * d, (i + 1) * d), row);
    for (let j = 0; j < d; j++) row[j] = location[j] + scale[j] * row[j];
  }
  addTo(logDet, affineLogDet(frame));
  for (const tail of heavyTails) throughTail(tail, x, d, logDet);
  for (const neck of necks) throughNeck(neck, x, d, logDet);
  throughValleys(valleys, x, d);
  return x;
}

/** Deviations that no z can lie beyond: necks may put a point that is far from all samples where numbers end. */
const FARTHEST = 1e12;

/**
 * z of points x.
 * @param x [n, d] @param logDet log|det ∂x/∂z| is added; ∞ where no z leads, so that the density is zero there [n]
 * @returns [n, d]
 */
export function inward(frame: Frame, x: Float64Array, n: number, logDet = new Float64Array(n)): Float64Array {
  const { location, scale, turn } = frame;
  const d = scale.length;
  const z = x.slice();
  beforeValleys(frame.valleys, z, d);
  for (const neck of frame.necks.toReversed()) beforeNeck(neck, z, d, logDet);
  for (const tail of frame.heavyTails) beforeTail(tail, z, d, logDet);
  addTo(logDet, affineLogDet(frame));
  const centred = new Float64Array(d);
  for (let i = 0; i < n; i++) {
    const row = z.subarray(i * d, (i + 1) * d);
    for (let j = 0; j < d; j++) {
      const value = (row[j] - location[j]) / scale[j];
      // Also what has become no number on the way: infinity over infinity, or from it.
      row[j] = Number.isNaN(value) ? 0 : Math.max(-FARTHEST, Math.min(FARTHEST, value));
      if (!(Math.abs(value) <= FARTHEST)) logDet[i] = Infinity;
    }
    if (turn === null) continue;
    centred.set(row);
    times(turn.inverse, centred, row);
  }
  return z;
}

/**
 * The frame in which z = b + L z' is z'.
 * @param shift b [d] @param factor L, lower triangular [d, d] @param inverse of it
 */
export function retuned(
  frame: Frame, shift: Float64Array, factor: Float64Array, inverse: Float64Array,
): Frame {
  const { location, scale, turn } = frame;
  const d = scale.length;
  const moved = shift.slice();
  if (turn !== null) times(turn.matrix, shift, moved);
  let logDet = turn?.logDet ?? 0;
  for (let j = 0; j < d; j++) logDet += Math.log(factor[j * d + j]);
  return {
    ...frame, location: location.map((value, j) => value + scale[j] * moved[j]),
    turn: turn === null ? { matrix: factor, inverse, logDet }
      : { matrix: product(turn.matrix, factor, d), inverse: product(inverse, turn.inverse, d), logDet },
  };
}

/** a · b [d, d] */
function product(a: Float64Array, b: Float64Array, d: number): Float64Array {
  const out = new Float64Array(d * d);
  for (let i = 0; i < d; i++) for (let k = 0; k < d; k++) {
    const left = a[i * d + k];
    if (left !== 0) for (let j = 0; j < d; j++) out[i * d + j] += left * b[k * d + j];
  }
  return out;
}

function addTo(values: Float64Array, more: number): void {
  for (let i = 0; i < values.length; i++) values[i] += more;
}

/** Points z with energies in standard units as points x with U. */
export function outwardSamples(frame: Frame, { samples, energies }: Placed): Placed {
  const own = energies.slice();
  return { samples: outward(frame, samples, energies.length, own), energies: own };
}

/** Points x with U as points z with energies in standard units. */
export function inwardSamples(frame: Frame, { samples, energies }: Placed): Placed {
  const logDet = new Float64Array(energies.length);
  return {
    samples: inward(frame, samples, energies.length, logDet),
    // Where no z leads the density is zero, also of points that a chart gives no volume.
    energies: energies.map((value, i) => (logDet[i] === Infinity ? -Infinity : value - logDet[i])),
  };
}

/** As an array program: x and log|det ∂x/∂z|, [n, d] → [n, d] and [n], or [d] → [d] and a number. */
function outwardProgram(frame: Frame): (z: NpArray) => { x: NpArray; logDet: NpArray | number } {
  const { location, scale, turn, heavyTails, necks, valleys } = frame;
  const d = scale.length;
  const [m, s] = [np.array(Array.from(location)), np.array(Array.from(scale))];
  // Rows of points from the left: z (diag(s) T)ᵀ.
  const columns = turn === null ? null : np.array(Array.from({ length: d }, (_, k) =>
    Array.from({ length: d }, (__, j) => scale[j] * turn.matrix[j * d + k])));
  const affine = affineLogDet(frame);
  const programs = [
    ...(heavyTails.length === 0 ? [] : [heavyTailProgram(heavyTails, d)]), ...necks.map((neck) => neckProgram(neck, d)),
  ];
  const straight = valleys.length === 0 ? null : valleysProgram(valleys, d);
  return (z) => {
    let x = columns === null ? z.mul(s).add(m) : np.matmul(z, columns).add(m);
    let logDet: NpArray | number = affine;
    for (const program of programs) {
      const next = program(x);
      x = next.x;
      logDet = next.logDet.add(logDet);
    }
    return { x: straight === null ? x : straight(x), logDet };
  };
}

/** Values and gradients of an energy in standard units, where it is no array program, or they are of one use only. */
export function framedEvaluator(frame: Frame, energy: EnergyEvaluator): EnergyEvaluator {
  const { scale, turn, heavyTails, necks, valleys } = frame;
  const d = scale.length;
  const shift = (energies: Float64Array, logDet: Float64Array): void => {
    for (let i = 0; i < logDet.length; i++) energies[i] -= logDet[i];
  };
  const { startingAt } = energy;
  return {
    dimension: d,
    energies(z, n, energies) {
      const logDet = new Float64Array(n);
      energy.energies(outward(frame, z, n, logDet), n, energies);
      shift(energies, logDet);
    },
    energiesAndGradients(z, n, energies, gradients) {
      const slopes = new Float64Array(n * d);
      const logDet = new Float64Array(n);
      const x = outward(frame, z, n, logDet);
      energy.energiesAndGradients(x, n, energies, slopes);
      shift(energies, logDet);
      slopesBeforeValleys(valleys, x, d, slopes);
      beforeValleys(valleys, x, d);
      for (const neck of necks.toReversed()) {
        slopesBeforeNeck(neck, x, d, slopes);
        beforeNeck(neck, x, d, logDet);
      }
      for (const tail of heavyTails) slopesBeforeTail(tail, x, d, slopes);
      for (let i = 0; i < n * d; i++) slopes[i] *= scale[i % d];
      if (turn === null) {
        gradients.set(slopes);
        return;
      }
      for (let i = 0; i < n; i++) {
        for (let k = 0; k < d; k++) {
          let value = 0;
          for (let j = 0; j < d; j++) value += turn.matrix[j * d + k] * slopes[i * d + j];
          gradients[i * d + k] = value;
        }
      }
    },
    ...(startingAt === undefined ? {} : { startingAt: (place) => framedEvaluator(frame, startingAt(place)) }),
  };
}

/**
 * The target in standard units, for sampling and training alone: U(x(z)) − log|det ∂x/∂z|, with the standard normal as
 * base. What is known of the target in its own coordinates is left out.
 */
export function framedTarget(target: Target, frame: Frame): Target {
  const { energy, batchedEnergy, evaluator, dimension: d } = target;
  const program = outwardProgram(frame);
  const within = (u: (x: NpArray) => NpArray) => (z: NpArray): NpArray => {
    const { x, logDet } = program(z);
    return u(x).sub(logDet);
  };
  const domain = target.domain.map((coordinate): Coordinate =>
    (coordinate.kind === 'real' ? { kind: 'real', low: -STANDARD_BOX, high: STANDARD_BOX } : coordinate));
  return {
    ...target,
    domain,
    base: { domain, mean: new Float64Array(d), standardDeviation: new Float64Array(d).fill(1) },
    energy: within(energy),
    batchedEnergy: batchedEnergy === undefined ? undefined : within(batchedEnergy),
    modes: undefined, observables: [], projections: undefined, logZ: undefined,
    ...(evaluator === undefined ? {} : { evaluator: framedEvaluator(frame, evaluator) }),
  };
}
