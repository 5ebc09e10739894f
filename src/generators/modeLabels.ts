/** The mode that each of many points belongs to. */
import type { Target } from '../targets/target.ts';

/** @param points [n, d] @returns [n] */
export function modeLabels(target: Target, points: Float64Array, assign: (x: Float64Array) => number): Int32Array {
  const d = target.dimension;
  const x = new Float64Array(d);
  return Int32Array.from({ length: points.length / d }, (_, i) => {
    for (let j = 0; j < d; j++) x[j] = points[i * d + j];
    return assign(x);
  });
}
