/** Functions of one point on many points. */
import type { Target } from '../targets/target.ts';

/** f of each point. @param points [n, d] @returns [n] */
export function valuesOf(points: Float64Array, d: number, f: (x: Float64Array) => number): Float64Array {
  const x = new Float64Array(d);
  return Float64Array.from({ length: points.length / d }, (_, i) => {
    for (let j = 0; j < d; j++) x[j] = points[i * d + j];
    return f(x);
  });
}

/** The mode that each point belongs to. @param points [n, d] @returns [n] */
export const modeLabels =
  ({ dimension }: Target, points: Float64Array, assign: (x: Float64Array) => number): Int32Array =>
  Int32Array.from(valuesOf(points, dimension, assign));
