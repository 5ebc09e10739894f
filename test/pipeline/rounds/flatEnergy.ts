/** An energy that tells nothing of samples. */
import type { EnergyEvaluator } from '../../../src/targets/energyEvaluator.ts';

export const flatEnergy = (dimension: number): EnergyEvaluator => ({
  dimension,
  energies: (_, n, values) => { values.fill(0, 0, n); },
  energiesAndGradients: (_, n, values, gradients) => {
    values.fill(0, 0, n);
    gradients.fill(0, 0, n * dimension);
  },
});
