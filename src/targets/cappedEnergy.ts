/**
 * An energy that grows slowly where it is far above all that samples have: U itself up to a ceiling c, then
 * c + C log(1 + (U − c) / C), whose slope goes on from that of U. What a flow learns of it is the same where there is
 * mass, and a few points of a batch that lie where atoms overlap do not drown the others. Where U has no value or is
 * infinite it is that of a very high energy, with no slope.
 */
import { np, type Array as NpArray } from '../engine/numpy.ts';
import type { EnergyEvaluator } from './energyEvaluator.ts';

/** C, and how far above the highest energy of samples the ceiling is. */
export const HEADROOM = 20;
const HIGHEST = 1e30;

export const ceilingOver = (energies: Float64Array): number =>
  energies.reduce((most, value) => (value < Infinity ? Math.max(most, value) : most), -Infinity) + HEADROOM;

/** The value, and the slope over that of U. */
function capped(value: number, ceiling: number): readonly [value: number, slope: number] {
  if (value <= ceiling) return [value, 1];
  const excess = (value - ceiling) / HEADROOM;
  if (!(excess < HIGHEST)) return [ceiling + HEADROOM * Math.log1p(HIGHEST), 0];
  return [ceiling + HEADROOM * Math.log1p(excess), 1 / (1 + excess)];
}

export function cappedEvaluator(energy: EnergyEvaluator, ceiling: number): EnergyEvaluator {
  const { dimension: d, startingAt } = energy;
  return {
    dimension: d,
    energies(x, n, energies) {
      energy.energies(x, n, energies);
      for (let i = 0; i < n; i++) [energies[i]] = capped(energies[i], ceiling);
    },
    energiesAndGradients(x, n, energies, gradients) {
      energy.energiesAndGradients(x, n, energies, gradients);
      for (let i = 0; i < n; i++) {
        const [value, slope] = capped(energies[i], ceiling);
        energies[i] = value;
        if (slope === 1) continue;
        for (let j = 0; j < d; j++) gradients[i * d + j] = slope === 0 ? 0 : gradients[i * d + j] * slope;
      }
    },
    ...(startingAt === undefined ? {} : { startingAt: (place) => cappedEvaluator(startingAt(place), ceiling) }),
  };
}

/** As an array program, [n] → [n]; what has no value has none here. */
export function cappedProgram(energies: NpArray, ceiling: number): NpArray {
  const above = np.maximum(energies.sub(ceiling), 0);
  return np.minimum(energies, ceiling).add(np.log(above.div(HEADROOM).add(1)).mul(HEADROOM));
}
