/** Masses of modes from labelled samples. */
import { InputError } from '../errors.ts';
import type { TailedEstimate } from './estimate.ts';
import { scaleWeights } from './scaledWeights.ts';
import { fitTail, LargestValues, tailSizeOf } from './tail.ts';

/** A mode with fewer samples in its tail has none that could be fitted. */
const FEWEST = 5;

export interface ModeMasses {
  /** One mass per mode, in [0, 1]; they sum to 1 less the mass of samples of no mode. */
  readonly masses: TailedEstimate[];
  /** Log-weights that were NaN or +Infinity: weights of zero. */
  readonly nonFinite: number;
}

/**
 * Share of each mode, weighted (self-normalised, delta-method standard error, the tail of the weights in it) or plain (independent samples).
 * @param modes mode of each sample, shape [n], in [0, count); −1 for a sample of no mode, which still counts in the total
 * @param count number of modes, ≥ 1
 * @param logWeights shape [n], up to a constant; null for plain independent samples
 * @throws InputError if n = 0, a label is out of range, or the lengths differ
 */
export function modeMasses(modes: ArrayLike<number>, count: number, logWeights: Float64Array | null): ModeMasses {
  const n = modes.length;
  if (n === 0) throw new InputError('modeMasses: needs at least one sample, got none');
  if (logWeights !== null && logWeights.length !== n) {
    throw new InputError(`modeMasses: needs as many log-weights as labels (${n}), got ${logWeights.length}`);
  }
  const scaled = logWeights === null ? null : scaleWeights(logWeights, 'modeMasses');
  const members = new Int32Array(count);
  for (let i = 0; i < n; i++) if (modes[i] >= 0 && modes[i] < count) members[modes[i]] += 1;
  const largest = Array.from(members, (size) => new LargestValues(Math.max(1, size)));
  const all = new LargestValues(n);
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
    all.add(w);
    if (mode < 0) continue;
    first[mode] += w;
    largest[mode].add(w);
    second[mode] += w * w;
  }
  const correction = n > 1 ? n / (n - 1) : NaN;
  const whole = fitTail(all.ascending(), n);
  const masses = Array.from(first, (mass, mode): TailedEstimate => {
    const own = fitTail(largest[mode].ascending(), Math.max(1, members[mode]));
    if (!(sum > 0)) return { value: NaN, standardError: NaN, tail: { ...own, unseen: NaN } };
    const p = mass / sum;
    // Σ w² (1[mode] − p)² / (Σw)²
    const squares = (1 - p) ** 2 * second[mode] + p * p * (sumOfSquares - second[mode]);
    // What is unseen in the mode adds to its mass, what is unseen anywhere takes from it.
    const inside = tailSizeOf(members[mode]) < FEWEST ? 0 : (own.unseen * members[mode]) / sum;
    const unseen = Math.hypot((1 - p) * inside, (p * whole.unseen * n) / sum);
    const standardError = Math.sqrt(Math.max(0, squares) * correction) / sum;
    return { value: p, standardError, tail: { ...own, unseen } };
  });
  return { masses, nonFinite: scaled?.nonFinite ?? 0 };
}
