/** One step of Langevin dynamics whose gradient is an estimate: no Metropolis rule, since the energy is not known. */
import type { Domain } from '../targets/domain.ts';
import { wrapCircles } from '../targets/domain.ts';

export interface LangevinBatch {
  /** Moved in place. shape [n, d] */
  readonly x: Float64Array;
  /** Estimates of the gradient of the energy there. shape [n, d] */
  readonly slopes: Float64Array;
  /** h of every chain. shape [n] */
  readonly stepSizes: Float64Array;
  /** Standard normals. shape [n, d] */
  readonly normals: Float64Array;
}

/**
 * x ← x − h·b/(1 + h|b|) + √(2h) z (tamed as in tamedEuler.ts); circles are wrapped, and walls reflect. A chain whose
 * slopes are not finite stays where it is. @returns how many stayed
 */
export function langevinStep(domain: Domain, { x, slopes, stepSizes, normals }: LangevinBatch): number {
  const n = stepSizes.length;
  const d = domain.length;
  let stayed = 0;
  for (let i = 0, row = 0; i < n; i++, row += d) {
    const h = stepSizes[i];
    let squares = 0;
    for (let j = row; j < row + d; j++) squares += slopes[j] * slopes[j];
    const factor = h / (1 + h * Math.sqrt(squares));
    if (!(squares < Infinity)) {
      stayed += 1;
      continue;
    }
    const width = Math.sqrt(2 * h);
    for (let j = row; j < row + d; j++) x[j] += width * normals[j] - factor * slopes[j];
  }
  wrapCircles(domain, x, n);
  reflect(domain, x, n);
  return stayed;
}

/**
 * Fold coordinates between walls back into their intervals, in place: the law of a walk that bounces off them. @param x
 * [n, d]
 */
export function reflect(domain: Domain, x: Float64Array, n: number): void {
  const d = domain.length;
  for (let j = 0; j < d; j++) {
    const { kind, low, high } = domain[j];
    if (kind !== 'interval') continue;
    const width = high - low;
    for (let i = j; i < n * d; i += d) {
      if (x[i] >= low && x[i] <= high) continue;
      const folded = (((x[i] - low) % (2 * width)) + 2 * width) % (2 * width);
      x[i] = Math.min(high, low + (folded <= width ? folded : 2 * width - folded));
    }
  }
}
