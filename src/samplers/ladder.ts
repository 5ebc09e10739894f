/**
 * Ladders, hot to cold, ending in 1, and their adaptation to equal rejection: of inverse temperatures β > 0, or of
 * interpolations λ between a reference and the target, which start with 0.
 */
import { InputError } from '../errors.ts';
import { power } from '../numerics/power.ts';

/** A rejection rate below this is taken as this, so that the barrier is strictly increasing. */
const SMALLEST_REJECTION = 1e-4;

/**
 * β_k geometric from `hottest` to 1. @param hottest in (0, 1) (ignored when replicas = 1) @param replicas K ≥ 1
 * @returns shape [K] @throws InputError
 */
export function geometricLadder(hottest: number, replicas: number): Float64Array {
  if (!Number.isInteger(replicas) || replicas < 1)
    throw new InputError(`ladder: replicas must be a positive integer, got ${replicas}`);
  if (!(hottest > 0 && hottest < 1) && replicas > 1)
    throw new InputError(`ladder: hottest must lie strictly between 0 and 1, got ${hottest}`);
  const last = replicas - 1;
  return Float64Array.from({ length: replicas }, (_, k) => (k === last ? 1 : power(hottest, 1 - k / last)));
}

/** A copy of a ladder that is safe to use. @throws InputError unless 0 < β_1 < β_2 < … < β_K = 1 */
export function checkedLadder(inverseTemperatures: ArrayLike<number>): Float64Array {
  const ladder = Float64Array.from(inverseTemperatures);
  if (ladder.length === 0) throw new InputError('ladder: inverseTemperatures must not be empty');
  if (!(ladder[0] > 0)) throw new InputError(`ladder: inverseTemperatures must be > 0, got ${ladder.join(', ')}`);
  checkRise(ladder);
  return ladder;
}

/** @throws InputError unless the rungs increase to 1 */
function checkRise(ladder: Float64Array): void {
  const shown = ladder.join(', ');
  for (let k = 1; k < ladder.length; k++) {
    if (!(ladder[k] > ladder[k - 1])) throw new InputError(`ladder: inverseTemperatures must increase, got ${shown}`);
  }
  if (ladder[ladder.length - 1] !== 1) throw new InputError(`ladder: inverseTemperatures must end in 1, got ${shown}`);
}

/**
 * λ_1 = 0, then geometric from `hottest` to 1. @param hottest in (0, 1) (ignored when replicas = 2) @param replicas K ≥
 * 2
 * @returns shape [K] @throws InputError
 */
export function interpolationLadder(hottest: number, replicas: number): Float64Array {
  if (!Number.isInteger(replicas) || replicas < 2)
    throw new InputError(`ladder: with a reference, replicas must be an integer >= 2, got ${replicas}`);
  return Float64Array.of(0, ...geometricLadder(hottest, replicas - 1));
}

/**
 * A copy of a ladder between a reference and the target. @throws InputError unless 0 = λ_1 < λ_2 < … < λ_K = 1 with K ≥
 * 2
 */
export function checkedInterpolation(lambdas: ArrayLike<number>): Float64Array {
  const ladder = Float64Array.from(lambdas);
  if (ladder.length < 2) throw new InputError(
    `ladder: with a reference, inverseTemperatures must hold at least two numbers, 0 and 1, got ${ladder.length}`
  );
  if (ladder[0] !== 0)
    throw new InputError(`ladder: with a reference, inverseTemperatures must start with 0, got ${ladder.join(', ')}`);
  checkRise(ladder);
  return ladder;
}

/** Λ: the sum of the pairs' rejection rates (Syed et al. 2022, eq. 16). @param rates acceptance, shape [K − 1] */
export function communicationBarrier(rates: ArrayLike<number>): number {
  return Array.from(rates).reduce((sum, rate) => sum + (1 - rate), 0);
}

/** An increasing function of the rungs in which they are spaced evenly enough to interpolate, and its inverse. */
export interface LadderScale {
  readonly to: (rung: number) => number;
  readonly from: (scaled: number) => number;
}

/**
 * log β; for a ladder that starts with 0, log(1 + λ/λ_2): linear up to the second rung, logarithmic beyond. @param
 * ladder shape [K ≥ 2]
 */
export function ladderScale(ladder: Float64Array): LadderScale {
  if (ladder[0] > 0) return { to: Math.log, from: Math.exp };
  const second = ladder[1];
  return { to: (rung) => Math.log1p(rung / second), from: (scaled) => second * Math.expm1(scaled) };
}

/**
 * The ladder with the same ends and length whose pairs reject equally often, from the cumulative barrier of `ladder`
 * (Syed et al. 2022, algorithm 2): log β (see {@link ladderScale}) is interpolated monotonically against Λ and read off
 * at equal parts.
 * @param ladder shape [K] @param rates acceptance of the pairs, shape [K − 1]; a NaN leaves the ladder as it is
 */
export function equalRejectionLadder(ladder: Float64Array, rates: ArrayLike<number>): Float64Array {
  const last = ladder.length - 1;
  if (last < 2 || Array.from(rates).some(Number.isNaN)) return ladder.slice();
  const barrier = new Float64Array(ladder.length);
  for (let k = 0; k < last; k++) barrier[k + 1] = barrier[k] + Math.max(1 - rates[k], SMALLEST_REJECTION);
  const { to, from } = ladderScale(ladder);
  const interpolate = monotoneCubic(barrier, ladder.map(to));
  return ladder.map((beta, k) => (k === 0 || k === last ? beta : from(interpolate((k / last) * barrier[last]))));
}

/**
 * Piecewise cubic through increasing points that is monotone where they are (Fritsch & Butland 1984 slopes).
 * Outside the points it is constant. @param x strictly increasing, shape [n ≥ 2] @param y shape [n]
 */
export function monotoneCubic(x: Float64Array, y: Float64Array): (at: number) => number {
  const last = x.length - 1;
  const secant = (k: number): number => (y[k + 1] - y[k]) / (x[k + 1] - x[k]);
  const slopes = y.map((_, k) => {
    if (k === 0 || k === last) return secant(Math.min(k, last - 1));
    const [left, right] = [secant(k - 1), secant(k)];
    if (left * right <= 0) return 0;
    const [before, after] = [x[k] - x[k - 1], x[k + 1] - x[k]];
    return (3 * (before + after)) / ((2 * after + before) / left + (after + 2 * before) / right);
  });
  return (at) => {
    if (at <= x[0]) return y[0];
    if (at >= x[last]) return y[last];
    let k = 0;
    while (at > x[k + 1]) k++;
    const width = x[k + 1] - x[k];
    const t = (at - x[k]) / width;
    const s = 1 - t;
    return y[k] * s * s * (1 + 2 * t) + slopes[k] * width * t * s * s
      + y[k + 1] * t * t * (1 + 2 * s) - slopes[k + 1] * width * t * t * s;
  };
}
