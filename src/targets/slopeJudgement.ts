/** A slope that is claimed against those that differences give. */
import type { SlopeEstimate, Slopes } from './lineSlope.ts';

export interface Judgement {
  readonly verdict: 'agrees' | 'kink' | 'undecided' | 'wrong';
  /** The best estimate of the slope; NaN where there is none. */
  readonly difference: number;
  /** Of a slope that agrees: how far from the difference, relative to its size; else 0. */
  readonly deviation: number;
}

/** Errors that estimates may be off by: they are estimates too. */
const ERRORS = 8;
/** Relative errors of estimates that decide, and of those that may not contradict each other. */
const SHARP = 5e-6;
const LOOSE = 1e-2;
/** Relative deviations that do not matter to anything. */
const NEGLIGIBLE = 1e-6;
/** Slopes are as large as this part of the gradient, or of one unit of energy, before their own size counts. */
const PART = 1e-3;
const PART_OF_UNIT = 1e-4;

/**
 * Wrong is only what all sharp estimates refute while none of the others casts doubt on them: to refuse a target that
 * is right would be worse than to overlook an error.
 * @param claimed the slope by the gradient @param size of the gradient along a line like this
 */
export function judgeSlope(claimed: number, { estimates, kink }: Slopes, size: number): Judgement {
  const best = estimates.reduce<SlopeEstimate>(
    (a, b) => (b.error < a.error ? b : a), { value: NaN, error: Infinity },
  );
  const difference = best.value;
  const reference = Math.max(Math.abs(claimed), Math.abs(difference) || 0, PART * size, PART_OF_UNIT);
  const sharp = estimates.filter(({ error }) => error <= SHARP * reference);
  const gap = Math.min(...sharp.map(({ value, error }) =>
    (Math.abs(value - claimed) <= Math.max(ERRORS * error, NEGLIGIBLE * reference) ? Math.abs(value - claimed)
      : Infinity)));
  if (gap < Infinity) return { verdict: 'agrees', difference, deviation: gap / reference };
  const loose = estimates.filter(({ error }) => error <= LOOSE * reference);
  const contradict = loose.some((a) => loose.some((b) => Math.abs(a.value - b.value) > ERRORS * (a.error + b.error)));
  const open = sharp.length === 0 || contradict || !Number.isFinite(claimed);
  return { verdict: kink ? 'kink' : open ? 'undecided' : 'wrong', difference, deviation: 0 };
}
