/**
 * Standard units: an affine change of the real coordinates, x = m + s ∘ (T z), in which a target has mean zero and unit
 * deviations. It is the first layer of a flow that is never trained, and the metric of chains. Circles and intervals
 * stay as they are.
 */
import { np, type Array as NpArray } from '../engine/numpy.ts';
import type { Coordinate } from './domain.ts';
import type { EnergyEvaluator } from './energyEvaluator.ts';
import type { Target } from './target.ts';

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
}

/** Half the width of the box of a flow in standard units. */
export const STANDARD_BOX = 4;

/** log|det ∂x/∂z|. */
export const frameLogDet = ({ scale, turn }: Frame): number =>
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

/** x of points z. @param z [n, d] @returns [n, d] */
export function outward({ location, scale, turn }: Frame, z: Float64Array, n: number): Float64Array {
  const d = scale.length;
  const x = z.slice();
  for (let i = 0; i < n; i++) {
    const row = x.subarray(i * d, (i + 1) * d);
    if (turn !== null) times(turn.matrix, z.subarray(i * d, (i + 1) * d), row);
    for (let j = 0; j < d; j++) row[j] = location[j] + scale[j] * row[j];
  }
  return x;
}

/** z of points x. @param x [n, d] @returns [n, d] */
export function inward({ location, scale, turn }: Frame, x: Float64Array, n: number): Float64Array {
  const d = scale.length;
  const z = x.slice();
  const centred = new Float64Array(d);
  for (let i = 0; i < n; i++) {
    const row = z.subarray(i * d, (i + 1) * d);
    for (let j = 0; j < d; j++) row[j] = (row[j] - location[j]) / scale[j];
    if (turn === null) continue;
    centred.set(row);
    times(turn.inverse, centred, row);
  }
  return z;
}

/** As an array program, [n, d] → [n, d] or [d] → [d]. */
function outwardProgram({ location, scale, turn }: Frame): (z: NpArray) => NpArray {
  const d = scale.length;
  const [m, s] = [np.array(Array.from(location)), np.array(Array.from(scale))];
  if (turn === null) return (z) => z.mul(s).add(m);
  // Rows of points from the left: z (diag(s) T)ᵀ.
  const columns = np.array(Array.from({ length: d }, (_, k) =>
    Array.from({ length: d }, (__, j) => scale[j] * turn.matrix[j * d + k])));
  return (z) => np.matmul(z, columns).add(m);
}

/** Values and gradients of an energy in standard units, where it is no array program, or they are of one use only. */
export function framedEvaluator(frame: Frame, energy: EnergyEvaluator): EnergyEvaluator {
  const { scale, turn } = frame;
  const d = scale.length;
  const logDet = frameLogDet(frame);
  const shift = (energies: Float64Array, n: number): void => {
    for (let i = 0; i < n; i++) energies[i] -= logDet;
  };
  const { startingAt } = energy;
  return {
    dimension: d,
    energies(z, n, energies) {
      energy.energies(outward(frame, z, n), n, energies);
      shift(energies, n);
    },
    energiesAndGradients(z, n, energies, gradients) {
      const slopes = new Float64Array(n * d);
      energy.energiesAndGradients(outward(frame, z, n), n, energies, slopes);
      shift(energies, n);
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
  const x = outwardProgram(frame);
  const logDet = frameLogDet(frame);
  const domain = target.domain.map((coordinate): Coordinate =>
    (coordinate.kind === 'real' ? { kind: 'real', low: -STANDARD_BOX, high: STANDARD_BOX } : coordinate));
  return {
    ...target,
    domain,
    base: { domain, mean: new Float64Array(d), standardDeviation: new Float64Array(d).fill(1) },
    energy: (z) => energy(x(z)).sub(logDet),
    batchedEnergy: batchedEnergy === undefined ? undefined : (z) => batchedEnergy(x(z)).sub(logDet),
    modes: undefined, observables: [], projections: undefined, logZ: undefined,
    ...(evaluator === undefined ? {} : { evaluator: framedEvaluator(frame, evaluator) }),
  };
}
