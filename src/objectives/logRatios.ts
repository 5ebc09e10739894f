/**
 * The training loss as a function of log-ratios, on plain arrays: its value, and its gradient by every log-ratio. What
 * jeffreys.ts says as an array program, for an executor that differentiates the flow by hand.
 */
import type { ObjectiveSettings } from './jeffreys.ts';

/** What one side contributes: its weighted share of the loss, and the bare figures. */
export interface LossPart {
  readonly loss: number;
  readonly divergence: number;
  readonly variation: number;
}

/** D of log-ratios, and the gradient of `scale` · D, added to `gradient`. */
function divergence(ratios: Float64Array, order: number, scale: number, gradient: Float64Array): number {
  const n = ratios.length;
  if (order === 1) {
    let sum = 0;
    for (let i = 0; i < n; i++) {
      sum += ratios[i];
      gradient[i] += scale / n;
    }
    return sum / n;
  }
  // log mean exp((α − 1) r) / (α − 1): its gradient is a softmax.
  let shift = -Infinity;
  for (let i = 0; i < n; i++) shift = Math.max(shift, (order - 1) * ratios[i]);
  let sum = 0;
  for (let i = 0; i < n; i++) sum += Math.exp((order - 1) * ratios[i] - shift);
  for (let i = 0; i < n; i++) gradient[i] += (scale * Math.exp((order - 1) * ratios[i] - shift)) / sum;
  return (Math.log(sum / n) + shift) / (order - 1);
}

/** X over cyclic pairings, and the gradient of `scale` · X, added to `gradient`. */
function variation(z: Float64Array, pairings: number, scale: number, gradient: Float64Array): number {
  const n = z.length;
  const share = scale / (n * pairings);
  let sum = 0;
  for (let shift = 1; shift <= pairings; shift++) {
    for (let i = 0; i < n; i++) {
      const other = (i + shift) % n;
      const gap = z[i] - z[other];
      const signed = gap > 0 ? share : -share;
      sum += Math.abs(gap);
      gradient[i] += signed;
      gradient[other] -= signed;
    }
  }
  return sum / (n * pairings);
}

/** The reverse term, a · D(r), of base samples. @param weight a @param gradient receives ∂L/∂r [n] */
export function reverseLossOf(
  { renyiOrder }: ObjectiveSettings, weight: number, r: Float64Array, gradient: Float64Array
): LossPart {
  gradient.fill(0);
  const value = divergence(r, renyiOrder, weight, gradient);
  return { loss: weight * value, divergence: value, variation: 0 };
}

/**
 * The forward term and the ratio variation, (1 − a) · D(z) + κ · X(z), of target samples. @param gradient receives
 * ∂L/∂z [n]
 */
export function forwardLossOf(
  { theta, kappa, renyiOrder, variationPairings }: ObjectiveSettings, weight: number, z: Float64Array,
  gradient: Float64Array
): LossPart {
  gradient.fill(0);
  const value = theta < 1 ? divergence(z, renyiOrder, 1 - weight, gradient) : 0;
  const spread = kappa > 0 ? variation(z, variationPairings, kappa, gradient) : 0;
  return { loss: (1 - weight) * value + kappa * spread, divergence: value, variation: spread };
}
