/** Masses of modes from labelled samples. */
import { InputError } from '../errors.ts';
import type { TailedEstimate } from './estimate.ts';
import { scaleWeights } from './scaledWeights.ts';
import { weightTail } from './expectation.ts';

export interface ModeMasses {
  /** One mass per mode, in [0, 1]; they sum to 1 less the mass of samples of no mode. */
  readonly masses: TailedEstimate[];
  /** Log-weights that were NaN or +Infinity: weights of zero. */
  readonly nonFinite: number;
}

/**
 * Share of each mode, weighted (self-normalised, delta-method standard error) or plain (independent samples).
 * @param modes mode of each sample, shape [n], in [0, count); −1 for a sample of no mode, which still counts in the
 * total
 * @param count number of modes, ≥ 1
 * @param logWeights shape [n], up to a constant; null for plain independent samples
 * @param unseenMost share of the mass that can lie where no sample was seen, where that is known
 * @throws InputError if n = 0, a label is out of range, or the lengths differ
 */
export function modeMasses(
  modes: ArrayLike<number>, count: number, logWeights: Float64Array | null, unseenMost = Infinity
): ModeMasses {
  const n = modes.length;
  if (n === 0) throw new InputError('modeMasses: needs at least one sample, got none');
  if (logWeights !== null && logWeights.length !== n) {
    throw new InputError(`modeMasses: needs as many log-weights as labels (${n}), got ${logWeights.length}`);
  }
  const scaled = logWeights === null ? null : scaleWeights(logWeights, 'modeMasses');
  const { tail, cutoff } = weightTail(scaled?.weights ?? null, n, unseenMost);
  // Weight of the tail in each mode, and in all.
  const inTail = new Float64Array(count);
  let ofTail = 0;
  const first = new Float64Array(count);
  const second = new Float64Array(count);
  let sum = 0;
  let sumOfSquares = 0;
  for (let i = 0; i < n; i++) {
    const mode = modes[i];
    if (!Number.isInteger(mode) || mode < -1 || mode >= count) {
      throw new InputError(`modeMasses: label ${mode} of sample ${i} is not in [-1, ${count})`);
    }
    const w = scaled === null ? 1 : scaled.weights[i];
    sum += w;
    sumOfSquares += w * w;
    if (w >= cutoff) ofTail += w;
    if (mode < 0) continue;
    if (w >= cutoff) inTail[mode] += w;
    first[mode] += w;
    second[mode] += w * w;
  }
  const correction = n > 1 ? n / (n - 1) : NaN;
  const masses = Array.from(first, (mass, mode): TailedEstimate => {
    if (!(sum > 0)) return { value: NaN, standardError: NaN, tail: { ...tail, unseen: NaN } };
    const p = mass / sum;
    // Σ w² (1[mode] − p)² / (Σw)²
    const squares = (1 - p) * (1 - p) * second[mode] + p * p * (sumOfSquares - second[mode]);
    const standardError = Math.sqrt(Math.max(0, squares) * correction) / sum;
    // What is unseen is in the mode as often as large weights are.
    const share = inTail[mode] / ofTail;
    const spread = Math.sqrt(share * (1 - p) * (1 - p) + (1 - share) * p * p);
    return { value: p, standardError, tail: { ...tail, unseen: spread === 0 ? 0 : tail.unseen * spread } };
  });
  return { masses, nonFinite: scaled?.nonFinite ?? 0 };
}
