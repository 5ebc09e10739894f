/** Samples of exp(−U_λ) that flows are trained on, wherever they come from. */
import type { Key } from '../../engine/random.ts';
import type { Estimate } from '../../estimators/estimate.ts';
import { spreadRows } from '../../numerics/spreadRows.ts';
import { takeRows } from '../../samplers/resample.ts';
import type { TrainingData } from '../../training/trainer.ts';
import type { TemperedSamples } from '../../verdict/samples.ts';

/** Samples by what they are for: validation chooses parameters, so only the test tells how good they are. */
export interface SplitData {
  /** The parts in a row. */
  readonly all: TrainingData;
  readonly training: TrainingData;
  readonly validation: TrainingData;
  /** What neither saw; empty where that is kept elsewhere. */
  readonly test: TrainingData;
  /** Whether training sees samples of another density than the test, so that the two are not to be compared. */
  readonly unlike?: boolean;
}

export interface Bank {
  /** Samples of U_λ with their energies, whose parts share no point. @param key of the draw, where there is one */
  sample(lambda: number, key: Key): SplitData;
  /** (Σw)²/Σw² of its samples at λ: their correlation in time is not taken off. */
  effectiveSize(lambda: number): number;
  /** log Z_λ by the sampling run; null where it knows none. */
  logZ(lambda: number): Estimate | null;
}

const MOST_HELD_OUT = 20_000;

/**
 * The last rounds are kept from training, and the last half of them from the choice of parameters: they are the
 * farthest in time. @param share that is held out
 */
export function splitData(data: TrainingData, share: number, d: number): SplitData {
  const n = data.energies.length;
  const held = Math.min(MOST_HELD_OUT, Math.max(2, Math.round(share * n)));
  const cut = n - Math.floor(held / 2);
  return {
    all: data, training: rowsOf(data, 0, n - held, d), validation: rowsOf(data, n - held, cut, d),
    test: rowsOf(data, cut, n, d),
  };
}

/** Rows from one index to before another; views, not copies. */
export const rowsOf = ({ samples, energies }: TrainingData, from: number, to: number, d: number): TrainingData =>
  ({ samples: samples.subarray(from * d, to * d), energies: energies.subarray(from, to) });

/** `n` samples of which the last `held` are apart from the others. */
export function heldApart(data: TrainingData, held: number, d: number): SplitData {
  const n = data.energies.length;
  return {
    all: data, training: rowsOf(data, 0, n - held, d), validation: rowsOf(data, n - held, n, d),
    test: rowsOf(data, n, n, d),
  };
}

/** At most `count` rows from all over the data; a copy. */
export function someOf({ samples, energies }: TrainingData, count: number, d: number): TrainingData {
  const rows = spreadRows(energies.length, count);
  return { samples: takeRows(samples, d, rows), energies: Float64Array.from(rows, (row) => energies[row]) };
}

/** Tempering's own samples of the target, λ = 1 alone. @param change made to them before they are split */
export function temperedBank(
  { positions, energies }: Pick<TemperedSamples, 'positions' | 'energies'>, share: number, d: number,
  change: (data: TrainingData) => TrainingData = (data) => data,
): Bank {
  return {
    sample: () => splitData(change({ samples: positions, energies }), share, d),
    effectiveSize: () => energies.length,
    logZ: () => null,
  };
}
