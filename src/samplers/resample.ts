/** Resampling of weighted particles: which of them go on, and how often. */
import { uniform, type Key } from '../engine/random.ts';
import { InputError } from '../errors.ts';

export type ResamplingScheme = 'systematic' | 'multinomial';
export const resamplingSchemes = ['systematic', 'multinomial'] as const satisfies readonly ResamplingScheme[];

/**
 * `count` indices of particles, each expected count · w_i / Σw times, in increasing order. Systematic: one uniform for
 * all, so a particle is taken ⌊·⌋ or ⌈·⌉ of its expectation. Multinomial: independent draws.
 * @param logWeights shape [n], up to a constant; what is not finite has no weight (−Infinity) or must be counted by the
 * caller
 * @throws InputError if no weight is positive
 * @see Douc, Cappé & Moulines 2005, "Comparison of resampling schemes for particle filtering"
 */
export function resample(logWeights: Float64Array, count: number, scheme: ResamplingScheme, key: Key): Int32Array {
  const n = logWeights.length;
  let largest = -Infinity;
  for (const value of logWeights) if (value < Infinity && value > largest) largest = value;
  if (largest === -Infinity) throw new InputError('resample: no particle has a positive weight');
  const weights = logWeights.map((value) => (value < Infinity ? Math.exp(value - largest) : 0));
  const total = weights.reduce((sum, w) => sum + w, 0);
  const positions = scheme === 'systematic' ? systematicPositions(count, key) : sortedUniforms(count, key);
  const indices = new Int32Array(count);
  let cumulated = 0;
  let taken = 0;
  let last = 0;
  for (let i = 0; i < n && taken < count; i++) {
    if (weights[i] === 0) continue;
    cumulated += weights[i] / total;
    last = i;
    while (taken < count && positions[taken] < cumulated) indices[taken++] = i;
  }
  // Rounding may leave the sum just below the last position.
  indices.fill(last, taken);
  return indices;
}

function systematicPositions(count: number, key: Key): Float64Array {
  const shift = uniform(key, 0);
  return Float64Array.from({ length: count }, (_, i) => (i + shift) / count);
}

const sortedUniforms = (count: number, key: Key): Float64Array =>
  Float64Array.from({ length: count }, (_, i) => uniform(key, i)).sort();

/** Rows of points [n, d] by index. @returns [indices.length, d] */
export function takeRows(points: Float64Array, d: number, indices: Int32Array): Float64Array {
  const rows = new Float64Array(indices.length * d);
  for (let i = 0; i < indices.length; i++) for (let j = 0; j < d; j++) rows[i * d + j] = points[indices[i] * d + j];
  return rows;
}
