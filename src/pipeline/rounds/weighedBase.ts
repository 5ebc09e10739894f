/** Samples of a base, weighed by the target: what bases are refined by. */
import type { Key } from '../../engine/random.ts';
import { baseEnergies, sampleBase } from '../../targets/base.ts';
import type { EnergyEvaluator } from '../../targets/energyEvaluator.ts';
import type { Target } from '../../targets/target.ts';

/** Samples at a time, each an evaluation. */
export const SAMPLES = 65_536;

export interface WeighedBase {
  /** [SAMPLES, d] */
  readonly points: Float64Array;
  /** −U less the base's log density; −Infinity where U is no number. [SAMPLES] */
  readonly logWeights: Float64Array;
}

/** @param energy of the target, in the units of the base */
export function weighedBase(base: Target['base'], energy: EnergyEvaluator, key: Key): WeighedBase {
  const points = new Float64Array(SAMPLES * base.domain.length);
  sampleBase(base, key, 0, SAMPLES, points);
  const [values, own] = [new Float64Array(SAMPLES), new Float64Array(SAMPLES)];
  energy.energies(points, SAMPLES, values);
  baseEnergies(base, points, SAMPLES, own);
  return { points, logWeights: own.map((value, i) => (Number.isNaN(values[i]) ? -Infinity : value - values[i])) };
}
