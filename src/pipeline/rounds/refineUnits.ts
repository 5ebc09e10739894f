/**
 * Standard units of one well again, from weighted samples of the base: where axes are turned, covariances of as few
 * effective samples as tempering has may be the base's largest fault, and its own samples are as many as one likes.
 * @see Cappé, Guillin, Marin & Robert 2004, "Population Monte Carlo"
 */
import { foldIn, type Key } from '../../engine/random.ts';
import { choleskyWithInverse } from '../../estimators/gaussianMixture.ts';
import { baseEnergies, sampleBase } from '../../targets/base.ts';
import { compileEnergy } from '../../targets/compile.ts';
import { retuned, type Frame } from '../../targets/frame.ts';
import type { Target } from '../../targets/target.ts';

/** Samples of a turn, each an evaluation. */
const SAMPLES = 65_536;
const MOST_TURNS = 4;
/** Gain in ESS, as a share of the samples, for which units are changed. */
const GAIN = 0.02;

export interface RefinedUnits {
  readonly frame: Frame;
  /** Of the energy. */
  readonly evaluations: number;
}

/**
 * Units as they were where that gains nothing: coordinates that depend on each other in other ways are better seen as
 * they are.
 * @param framed the target in given units, with the base of flows @param effective samples that units came from
 */
export function refinedUnits(
  frame: Frame, framed: (units: Frame) => Target, effective: number, key: Key,
): RefinedUnits {
  let best: { readonly frame: Frame; readonly ess: number } = { frame, ess: 0 };
  let next = frame;
  let evaluations = 0;
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    const target = framed(next);
    const real = target.domain.flatMap(({ kind }, j) => (kind === 'real' ? [j] : []));
    const { points, weights, ess } = weighted(target, foldIn(key, turn));
    evaluations += SAMPLES;
    const gained = ess - best.ess;
    if (gained >= GAIN || turn === 0) best = { frame: next, ess };
    // Fewer would tell less than what units came from.
    if (gained < GAIN || ess * SAMPLES < effective) break;
    const { shift, factor, inverse } = moments(points, weights, target.dimension, real);
    next = retuned(next, shift, factor, inverse);
  }
  return { frame: best.frame, evaluations };
}

/** Samples of the base with their weights, which sum to one, and how even those are. */
function weighted({ base, ...target }: Target, key: Key): {
  readonly points: Float64Array; readonly weights: Float64Array; readonly ess: number;
} {
  const points = new Float64Array(SAMPLES * target.dimension);
  sampleBase(base, key, 0, SAMPLES, points);
  const [energies, own] = [new Float64Array(SAMPLES), new Float64Array(SAMPLES)];
  compileEnergy({ ...target, base }).energies(points, SAMPLES, energies);
  baseEnergies(base, points, SAMPLES, own);
  const logWeights = own.map((value, i) => (Number.isNaN(energies[i]) ? -Infinity : value - energies[i]));
  const most = logWeights.reduce((a, b) => Math.max(a, b), -Infinity);
  const weights = logWeights.map((value) => Math.exp(value - most));
  const [sum, squares] = [weights.reduce((a, b) => a + b, 0), weights.reduce((a, b) => a + b * b, 0)];
  const ess = sum > 0 ? (sum * sum) / (SAMPLES * squares) : 0;
  return { points, weights: weights.map((weight) => weight / sum), ess };
}

/** Mean, and the factor of the covariance, of real coordinates; circles and intervals stay as they are. */
function moments(
  points: Float64Array, weights: Float64Array, d: number, real: readonly number[],
): { readonly shift: Float64Array; readonly factor: Float64Array; readonly inverse: Float64Array } {
  const shift = new Float64Array(d);
  weights.forEach((weight, i) => { for (const j of real) shift[j] += weight * points[i * d + j]; });
  const covariance = new Float64Array(d * d);
  const off = new Float64Array(d);
  weights.forEach((weight, i) => {
    for (const j of real) off[j] = points[i * d + j] - shift[j];
    for (let a = 0; a < d; a++) {
      const part = weight * off[a];
      for (let b = 0; b <= a; b++) covariance[a * d + b] += part * off[b];
    }
  });
  for (let j = 0; j < d; j++) if (!real.includes(j)) covariance[j * d + j] = 1;
  return { shift, ...choleskyWithInverse(covariance, d) };
}
