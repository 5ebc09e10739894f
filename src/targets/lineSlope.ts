/**
 * The slope of a function at a point of a line, by central differences at many step sizes. Differences at large steps
 * err by curvature, at small ones by rounding; two Richardson steps and the noise that is seen say by how much.
 */

/** Step sizes of a line, each a quarter of the one before, in units of the direction. */
const STEPS = 10;
const FACTOR = 4;
export const LARGEST_STEP = 1 / 16;
/** Points of a line: its centre, and both sides of it for every step. */
export const LINE_POINTS = 1 + 2 * STEPS;

const steps = Array.from({ length: STEPS }).reduce<number[]>(
  (all) => [...all, all.length === 0 ? LARGEST_STEP : all[all.length - 1] / FACTOR], [],
);

/** x, and x ± h·direction for every step h. @param out receives [LINE_POINTS, d] */
export function fillLine(x: Float64Array, direction: Float64Array, out: Float64Array): void {
  const d = x.length;
  out.set(x, 0);
  steps.forEach((h, k) => [h, -h].forEach((step, side) => {
    const row = (1 + 2 * k + side) * d;
    for (let j = 0; j < d; j++) out[row + j] = x[j] + step * direction[j];
  }));
}

export interface SlopeEstimate {
  readonly value: number;
  /** By how much it may be wrong, in the same units. */
  readonly error: number;
}

export interface Slopes {
  /** From large to small steps; those that a value that is not finite goes into are left out. */
  readonly estimates: readonly SlopeEstimate[];
  /** Whether the slopes on both sides differ however near one looks. */
  readonly kink: boolean;
}

/** A jump of the slope is one if it stands that far above rounding. */
const CLEAR = 100;

/** @param values on the points of {@link fillLine} @param rounding of one of them */
export function slopesOf(values: Float64Array, rounding: number): Slopes {
  const [centre] = values;
  const above = steps.map((_, k) => values[1 + 2 * k]);
  const below = steps.map((_, k) => values[2 + 2 * k]);
  const bends = steps.map((_, k) => above[k] - 2 * centre + below[k]);
  const noise = Math.max(rounding, seenNoise(bends));
  const square = FACTOR * FACTOR;
  const plain = steps.map((h, k) => (above[k] - below[k]) / (2 * h));
  const once = refined(plain, square);
  const twice = refined(once, square * square);
  // Where steps are too large for either to be right, the change itself is closer to the error than its 255th part is.
  const estimates = twice.map((value, k) =>
    ({ value, error: Math.abs(once[k + 1] - once[k]) / square + (1.2 * noise) / steps[k + 2] }));
  return {
    estimates: estimates.filter(({ value, error }) => Number.isFinite(value) && Number.isFinite(error)),
    kink: hasKink(bends, rounding),
  };
}

/** One step of Richardson's extrapolation. @param gain by which the leading error falls from a step to the next */
const refined = (values: readonly number[], gain: number): number[] =>
  values.slice(1).map((value, k) => (gain * value - values[k]) / (gain - 1));

/** Noise of a value: U(x+h) − 2U(x) + U(x−h) of a smooth function goes with h², and what does not is noise. */
function seenNoise(bends: readonly number[]): number {
  const square = FACTOR * FACTOR;
  const excess = (k: number): number => Math.abs(bends[k] - square * bends[k + 1]) / (square + 1);
  const found = Math.max(excess(STEPS - 3), excess(STEPS - 2));
  return Number.isFinite(found) ? found : Infinity;
}

/** Where U has a kink, U(x+h) − 2U(x) + U(x−h) goes with h, not with h². */
function hasKink(bends: readonly number[], rounding: number): boolean {
  const last = [STEPS - 3, STEPS - 2, STEPS - 1].map((k) => Math.abs(bends[k] / steps[k]));
  return last[2] > 0.5 * last[1] && last[1] > 0.5 * last[0] && Math.abs(bends[STEPS - 1]) > CLEAR * rounding;
}
