/** U0 and U1 of points, straight from the base and the target. */
import { baseEnergies } from '../../src/targets/base.ts';
import type { EnergyEvaluator } from '../../src/targets/energyEvaluator.ts';
import type { Target } from '../../src/targets/target.ts';

/** @param x points [n, d] @returns [n] each */
export function endEnergies(
  { base, dimension }: Target, energy: EnergyEvaluator, x: Float64Array,
): { u0: Float64Array; u1: Float64Array } {
  const n = x.length / dimension;
  const [u0, u1] = [new Float64Array(n), new Float64Array(n)];
  baseEnergies(base, x, n, u0);
  energy.energies(x, n, u1);
  return { u0, u1 };
}
