/**
 * The φ⁴ theory on a periodic square lattice, U = Σ_x [(m² + 4) φ_x² + λ φ_x⁴ − 2 φ_x (φ_{x+e₁} + φ_{x+e₂})], in its
 * broken phase at m² = −4, λ = 5.4 (the form of Albergo, Kanwar and Shanahan 2019, arXiv 1904.12072).
 */
import { np } from '../../engine/numpy.ts';
import { fillNormal, keyFromSeed } from '../../engine/random.ts';
import { defineTarget } from '../../targets/target.ts';
import type { ArrayEnergy } from './arrayEnergy.ts';

const MASS_SQUARED = -4;
const COUPLING = 5.4;
/** Where one site alone would settle with four neighbours like it: ∂U/∂φ = 4λφ³ − 8φ = 0 at m² + 4 = 0. */
const SETTLED = Math.sqrt(2 / COUPLING);
const SPREAD = 0.3;

/** @param length L: the lattice has L × L sites */
export function latticePhi4(length: number): ArrayEnergy {
  const dimension = length * length;
  const target = defineTarget({
    name: `phi4-${length}x${length}`,
    description: `φ⁴ on a periodic ${length} × ${length} lattice, in its broken phase`,
    dimension,
    energy: (x) => {
      const field = x.reshape([length, length]);
      const neighbours = np.roll(field, 1, 0).add(np.roll(field, 1, 1));
      const square = np.square(field);
      const local = square.mul(MASS_SQUARED + 4).add(np.square(square).mul(COUPLING));
      return local.sub(field.mul(neighbours).mul(2)).sum();
    },
    box: [-3, 3],
    base: { mean: 0, standardDeviation: 0.6 },
    modes: { names: ['-', '+'], assign: (x) => (x.reduce((a, b) => a + b) > 0 ? 1 : 0), exact: [0.5, 0.5] },
    observables: [{ name: 'mean field', value: (x) => x.reduce((a, b) => a + b) / dimension, exact: 0 }],
  });
  return {
    target,
    // In either phase by turns.
    points: (n) => {
      const x = new Float64Array(n * dimension);
      fillNormal(keyFromSeed(4), 0, x);
      return x.map((z, k) => SPREAD * z + (Math.floor(k / dimension) % 2 === 0 ? SETTLED : -SETTLED));
    },
    constants: { length, massSquared: MASS_SQUARED, coupling: COUPLING },
  };
}
