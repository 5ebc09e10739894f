/** A well as a normal law: where it is, its own units, and the mass that it holds. */
import { choleskyWithInverse } from '../../estimators/gaussianMixture.ts';
import type { Domain } from '../../targets/domain.ts';
import type { Frame } from '../../targets/frame.ts';
import type { Curvature } from '../../verdict/curvature.ts';

export interface WellLaw {
  /** [d] */
  readonly centre: Float64Array;
  /** x = centre + factor · w of independent unit coordinates w. [d, d] */
  readonly factor: Float64Array;
  /** Its inverse. [d, d] */
  readonly whitening: Float64Array;
  /** log|det factor| */
  readonly logDet: number;
  /** log of the integral of exp(−U). */
  readonly logMass: number;
  /** Of circles; Infinity of lines. [d] */
  readonly periods: ArrayLike<number>;
}

/** Of each coordinate: after how much of it the same point comes again. [d] */
export const periodsOf = (domain: Domain): Float64Array =>
  Float64Array.from(domain, ({ kind, low, high }) => (kind === 'torus' ? high - low : Infinity));

/** Squared radius that holds nearly all points of d independent unit normals. */
export const reachOfNormal = (d: number): number => d + 3 * Math.sqrt(2 * d);

/** The shortest way, on a circle of either direction. @param period Infinity of a line */
const around = (off: number, period: number): number =>
  (period < Infinity ? off - period * Math.round(off / period) : off);

/** |w|² of a point, or more than `most` where it is; on circles of the image that is nearest to the centre. */
export function squaredDistance(
  { centre, whitening, periods }: WellLaw, x: Float64Array, from: number, most: number,
): number {
  const d = centre.length;
  let squares = 0;
  for (let a = 0; a < d; a++) {
    let value = 0;
    for (let j = 0; j < d; j++) value += whitening[a * d + j] * around(x[from + j] - centre[j], periods[j]);
    squares += value * value;
    if (squares > most) break;
  }
  return squares;
}

/** Units in which the well is standard. */
export const frameOfWell = ({ centre, factor, whitening, logDet }: WellLaw): Frame => ({
  location: centre, scale: new Float64Array(centre.length).fill(1),
  turn: { matrix: factor, inverse: whitening, logDet }, heavyTails: [], necks: [], valleys: [],
});

/** By Laplace's method, the stiffest direction first. @param widths as of the curvature */
export function laplaceLaw(
  centre: Float64Array, { vectors, rigidities, logMass }: Curvature, widths: ArrayLike<number>,
  periods: ArrayLike<number>,
): WellLaw {
  const d = centre.length;
  const [factor, whitening] = [new Float64Array(d * d), new Float64Array(d * d)];
  let logDet = 0;
  const order = Array.from(rigidities.keys()).sort((a, b) => rigidities[b] - rigidities[a]);
  order.forEach((k, row) => {
    const stiffness = Math.sqrt(rigidities[k]);
    logDet += Math.log(widths[row] / stiffness);
    for (let j = 0; j < d; j++) {
      whitening[row * d + j] = (vectors[k * d + j] * stiffness) / widths[j];
      factor[j * d + row] = (vectors[k * d + j] * widths[j]) / stiffness;
    }
  });
  return { centre, factor, whitening, logDet, logMass, periods };
}

/**
 * By the mean and covariance of samples, which on circles go on beyond the end; the mass is exp(−⟨U⟩ + entropy).
 * @param points [n, d] @param energies [n]
 */
export function sampledLaw(points: Float64Array, energies: Float64Array, periods: ArrayLike<number>): WellLaw {
  const n = energies.length;
  const d = points.length / n;
  const centre = new Float64Array(d);
  let mean = 0;
  for (let i = 0; i < n; i++) {
    mean += energies[i] / n;
    for (let j = 0; j < d; j++) centre[j] += points[i * d + j] / n;
  }
  const covariance = new Float64Array(d * d);
  for (let i = 0; i < n; i++) for (let a = 0; a < d; a++) {
    const value = (points[i * d + a] - centre[a]) / n;
    for (let b = 0; b <= a; b++) covariance[a * d + b] += value * (points[i * d + b] - centre[b]);
  }
  const { factor, inverse } = choleskyWithInverse(covariance, d);
  let logDet = 0;
  for (let a = 0; a < d; a++) logDet += Math.log(factor[a * d + a]);
  const entropy = 0.5 * d * Math.log(2 * Math.PI * Math.E) + logDet;
  return { centre, factor, whitening: inverse, logDet, logMass: entropy - mean, periods };
}
