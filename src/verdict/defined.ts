/** Whether an energy is a number where the base looks: where it is not, the density is taken as zero, which may not be meant. */
import type { Key } from '../engine/random.ts';
import { sampleBase, type Base } from '../targets/base.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import { doubt, type Doubt } from './standing.ts';

/** Points of the base that are looked at; each is an evaluation. */
export const LOOKS = 4096;

/** Points of the base, of {@link LOOKS}, where the energy is NaN. +∞ is a density of zero, and is meant. */
export function undefinedPoints(energy: Pick<EnergyEvaluator, 'energies'>, base: Base, key: Key): number {
  const points = new Float64Array(LOOKS * base.domain.length);
  const energies = new Float64Array(LOOKS);
  sampleBase(base, key, 0, LOOKS, points);
  energy.energies(points, LOOKS, energies);
  return energies.filter(Number.isNaN).length;
}

/** @param points of {@link LOOKS} */
export function undefinedDoubts(points: number): Doubt[] {
  if (points === 0) return [];
  return [doubt('doubtful', 'undefined-energy', `The energy is NaN at ${((100 * points) / LOOKS).toPrecision(2)} % of the base's points: the density is taken as zero there. Return +∞ (np.where) if that is meant, or mend the formula.`)];
}
