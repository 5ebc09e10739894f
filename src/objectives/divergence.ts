/** Divergences as functions of log-ratios, as array programs. */
import { lax, np, type Array } from '../engine/numpy.ts';

/** mean r: the Kullback–Leibler divergence up to log Z, so it may be negative. @param r log-ratios [B] */
export const kullbackLeibler = (r: Array): Array => r.mean();

/**
 * log mean exp((α − 1) r) / (α − 1): the Rényi divergence of order α up to log Z; α → 1 is the KL.
 * @param r log-ratios [B] @param order α > 0, not 1
 */
export function renyi(r: Array, order: number): Array {
  const scaled = r.mul(order - 1);
  const shift = lax.stopGradient(scaled.max());
  return np.log(np.exp(scaled.sub(shift)).mean()).add(shift).div(order - 1);
}

/**
 * mean |z − z′| over `shifts` cyclic pairings of a batch in random order: X = E|z(y) − z(y′)|, zero only where the
 * density ratio is constant on the samples' support.
 * @param z log-ratios [B] of samples in random order
 */
export function ratioVariation(z: Array, shifts: number): Array {
  const [n] = z.shape;
  let total = np.zeros([]);
  for (let shift = 1; shift <= shifts; shift++) {
    const gap = z.sub(np.concatenate([z.slice([shift, n]), z.slice([0, shift])]));
    const sign = lax.stopGradient(np.where(gap.greater(0), 1, -1));
    total = total.add(gap.mul(sign).mean());
  }
  return total.div(shifts);
}
