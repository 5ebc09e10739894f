/** A target cut down to the representatives of its points, in the coordinates of a chart. */
import { keyFromSeed } from '../../engine/random.ts';
import type { EnergyEvaluator } from '../energyEvaluator.ts';
import type { SymmetryGroup } from '../symmetry/group.ts';
import type { Chart } from './chart.ts';

/**
 * The energy where a point is its own representative and +∞ elsewhere: 1/|G| of the target, which is all that flows of
 * representatives are to make, and all that chains in their latent spaces may visit. It cannot be trained on.
 * @param energy of the chart's target
 */
export function walledEnergy(
  energy: EnergyEvaluator, chart: Pick<Chart, 'outer'>, group: SymmetryGroup,
): EnergyEvaluator {
  // However they are turned.
  const key = keyFromSeed(0);
  const wall = (z: Float64Array, n: number, energies: Float64Array): void => {
    const x = new Float64Array(n * group.dimension);
    chart.outer(z, n, key, 0, x);
    for (let i = 0; i < n; i++) if (!group.represents(x, i)) energies[i] = Infinity;
  };
  return {
    dimension: energy.dimension,
    energies(z, n, energies) {
      energy.energies(z, n, energies);
      wall(z, n, energies);
    },
    energiesAndGradients(z, n, energies, gradients) {
      energy.energiesAndGradients(z, n, energies, gradients);
      wall(z, n, energies);
    },
  };
}
