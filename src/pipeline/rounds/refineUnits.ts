/**
 * Standard units of one well again, from weighted samples of the base: where axes are turned, covariances of as few
 * effective samples as tempering has may be the base's largest fault, and its own samples are as many as one likes.
 * @see Cappé, Guillin, Marin & Robert 2004, "Population Monte Carlo"
 */
import { foldIn, type Key } from '../../engine/random.ts';
import { choleskyWithInverse } from '../../estimators/gaussianMixture.ts';
import { scaleWeights } from '../../estimators/scaledWeights.ts';
import { effectiveSampleSize } from '../../estimators/ess.ts';
import { compileEnergy } from '../../targets/compile.ts';
import { retuned, type Frame } from '../../targets/frame.ts';
import type { Target } from '../../targets/target.ts';
import { SAMPLES, weighedBase } from './weighedBase.ts';

const MOST_TURNS = 4;
/** Of the evaluations that units came from: where those were few, or dear, there are none to spare. */
const MOST_EVALUATIONS = 0.1;
/** Gain in ESS, as a share of the samples, for which units are changed. */
const GAIN = 0.02;

export interface RefinedUnits {
  readonly frame: Frame;
  /** Of the energy. */
  readonly evaluations: number;
}

/** What units came from. */
export interface CameFrom {
  /** Effective samples. */
  readonly effective: number;
  /** Of the energy. */
  readonly evaluations: number;
}

/**
 * Units as they were where that gains nothing: coordinates that depend on each other in other ways are better seen as
 * they are.
 * @param framed the target in given units, with the base of flows
 */
export function refinedUnits(
  frame: Frame, framed: (units: Frame) => Target, from: CameFrom, key: Key,
): RefinedUnits {
  let best: { readonly frame: Frame; readonly ess: number } = { frame, ess: 0 };
  let next = frame;
  let evaluations = 0;
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    const target = framed(next);
    const real = target.domain.flatMap(({ kind }, j) => (kind === 'real' ? [j] : []));
    if (real.length === 0 || evaluations + SAMPLES > MOST_EVALUATIONS * from.evaluations) break;
    const { points, logWeights } = weighedBase(target.base, compileEnergy(target), foldIn(key, turn));
    evaluations += SAMPLES;
    const { fraction: ess, value } = effectiveSampleSize(logWeights);
    const gained = ess - best.ess;
    if (gained >= GAIN || turn === 0) best = { frame: next, ess };
    // Fewer would tell less than what units came from.
    if (gained < GAIN || value < from.effective) break;
    const { weights } = scaleWeights(logWeights, 'refined units');
    const { shift, factor, inverse } = moments(points, weights, target.dimension, real);
    next = retuned(next, shift, factor, inverse);
  }
  return { frame: best.frame, evaluations };
}

/** Mean, and the factor of the covariance, of real coordinates; circles and intervals stay as they are. */
function moments(
  points: Float64Array, weights: Float64Array, d: number, real: readonly number[],
): { readonly shift: Float64Array; readonly factor: Float64Array; readonly inverse: Float64Array } {
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  const shift = new Float64Array(d);
  weights.forEach((weight, i) => { for (const j of real) shift[j] += (weight / whole) * points[i * d + j]; });
  const covariance = new Float64Array(d * d);
  const off = new Float64Array(d);
  weights.forEach((weight, i) => {
    for (const j of real) off[j] = points[i * d + j] - shift[j];
    for (let a = 0; a < d; a++) {
      const part = (weight / whole) * off[a];
      for (let b = 0; b <= a; b++) covariance[a * d + b] += part * off[b];
    }
  });
  for (let j = 0; j < d; j++) if (!real.includes(j)) covariance[j * d + j] = 1;
  return { shift, ...choleskyWithInverse(covariance, d) };
}
