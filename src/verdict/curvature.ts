/** What gradient and second derivatives say of a point: Laplace's method, and how far from a minimum it is. */
import { InputError } from '../errors.ts';
import { symmetricEigen, type SymmetricEigen } from '../numerics/symmetricEigen.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';

/** Differences for second derivatives, in widths. */
const DIFFERENCE = 1e-4;

export interface Curvature {
  readonly energy: number;
  /** log of the integral of exp(−U) around it (Laplace's method), in no direction wider than the widths. */
  readonly logMass: number;
  /** What a Newton step would still fall by, in kT. */
  readonly falls: number;
  /** Where it would lead. [d] */
  readonly towards: Float64Array;
  /** Directions in units of the widths, one a row. [d, d] */
  readonly vectors: Float64Array;
  /** Second derivatives along them, at least those of a direction as flat as its width is wide. [d] */
  readonly rigidities: Float64Array;
}

/** @param widths units in which coordinates of all scales count alike [d] @returns null where U is not finite around */
export function curvature(
  energy: EnergyEvaluator, widths: ArrayLike<number>, point: Float64Array,
): Curvature | null {
  const d = point.length;
  const n = 2 * d + 1;
  const x = new Float64Array(n * d);
  for (let i = 0; i < n; i++) {
    x.set(point, i * d);
    if (i < 2 * d) x[i * d + (i >> 1)] += (i % 2 === 0 ? 1 : -1) * DIFFERENCE * widths[i >> 1];
  }
  const [energies, gradients] = [new Float64Array(n), new Float64Array(n * d)];
  energy.energiesAndGradients(x, n, energies, gradients);
  const hessian = new Float64Array(d * d);
  for (let a = 0; a < d; a++) {
    for (let b = 0; b < d; b++) {
      const slope = (gradients[2 * a * d + b] - gradients[(2 * a + 1) * d + b]) / (2 * DIFFERENCE);
      hessian[a * d + b] += 0.5 * slope * widths[b];
      hessian[b * d + a] += 0.5 * slope * widths[b];
    }
  }
  const least = energies[n - 1];
  if (!Number.isFinite(least) || !hessian.every(Number.isFinite)) return null;
  const found = eigenOf(hessian, d);
  if (found === null) return null;
  const { values, vectors } = found;
  // A direction flatter than its width is wide goes on to the walls.
  const rigidities = values.map((value) => Math.max(value, 2 * Math.PI));
  const towards = point.slice();
  let logMass = Array.from(widths).reduce((sum, width) => sum + Math.log(width), -least);
  let falls = 0;
  rigidities.forEach((rigid, k) => {
    let slope = 0;
    for (let j = 0; j < d; j++) slope += vectors[k * d + j] * gradients[2 * d * d + j] * widths[j];
    logMass += 0.5 * Math.log((2 * Math.PI) / rigid);
    falls += (slope * slope) / (2 * rigid);
    for (let j = 0; j < d; j++) towards[j] -= (slope / rigid) * vectors[k * d + j] * widths[j];
  });
  return { energy: least, logMass, falls, towards, vectors, rigidities };
}

/** null for a matrix that has none in float64, as where a point is at the end of an endless neck. */
function eigenOf(matrix: Float64Array, d: number): SymmetricEigen | null {
  try {
    return symmetricEigen(matrix, d);
  } catch (error) {
    if (error instanceof InputError) return null;
    throw error;
  }
}
