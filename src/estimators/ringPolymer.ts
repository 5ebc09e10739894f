/**
 * Estimators of quantum thermal averages: of every path a value, whose mean over weighted paths is the thermal average
 * (Herman, Bruskin & Berne 1982; Ceperley 1995, "Path integrals in the theory of condensed helium").
 */
import { InputError } from '../errors.ts';
import type { RingPaths } from '../targets/ringBeads.ts';
import type { PointFunction } from './expectation.ts';

export interface RingSystem {
  /** shape [p] */
  readonly masses: readonly number[];
  readonly hbar: number;
  readonly beta: number;
  /** N */
  readonly beads: number;
}

/** What is estimated of every system, in the order of {@link pathValues}, after the functions of the position. */
export const ENERGY_ESTIMATORS = [
  'potential energy', 'kinetic energy (virial)', 'kinetic energy (thermodynamic)', 'energy (virial)',
  'energy (thermodynamic)', 'gyration (squared radius)'
] as const;

/**
 * Of every path: the functions of the position and V, averaged over the beads; the kinetic energy by the centroid
 * virial estimator p/2β + Σ_i (x_i − x̄)·∇V(x_i)/2N and by the thermodynamic one pN/2β − Σ_i m N |x_i −
 * x_{i+1}|²/2β²ħ²; the energy with either; and Σ_i |x_i − x̄|²/N. Energies in units of V.
 * @returns shape [n, m], m = functions and {@link ENERGY_ESTIMATORS} @throws InputError for shapes that do not fit
 */
export function pathValues(
  { positions, potentials, gradients }: RingPaths, { masses, hbar, beta, beads }: RingSystem,
  functions: readonly PointFunction[]
): Float64Array {
  const p = masses.length;
  const n = potentials.length / beads;
  if (!Number.isInteger(n) || positions.length !== n * beads * p || gradients.length !== positions.length) {
    throw new InputError(
      `pathValues: needs positions and gradients [n, ${beads}, ${p}] and potentials [n, ${beads}], got `
        + `${positions.length}, ${gradients.length} and ${potentials.length} numbers`
    );
  }
  const count = functions.length;
  const m = count + ENERGY_ESTIMATORS.length;
  const values = new Float64Array(n * m);
  const springs = masses.map((mass) => (mass * beads) / (2 * beta ** 2 * hbar ** 2));
  const centroid = new Float64Array(p);
  const bead = new Float64Array(p);
  for (let i = 0; i < n; i++) {
    const at = i * beads * p;
    const row = i * m;
    centroid.fill(0);
    for (let b = 0; b < beads; b++) {
      for (let a = 0; a < p; a++) {
        bead[a] = positions[at + b * p + a];
        centroid[a] += bead[a] / beads;
      }
      for (let k = 0; k < count; k++) values[row + k] += functions[k](bead) / beads;
    }
    let [potential, virial, spring, spread] = [0, 0, 0, 0];
    for (let b = 0; b < beads; b++) {
      potential += potentials[i * beads + b];
      const next = at + ((b + 1) % beads) * p;
      for (let a = 0; a < p; a++) {
        const x = positions[at + b * p + a];
        const gap = x - centroid[a];
        virial += gap * gradients[at + b * p + a];
        spring += springs[a] * (x - positions[next + a]) ** 2;
        spread += gap * gap;
      }
    }
    potential /= beads;
    const byVirial = p / (2 * beta) + virial / (2 * beads);
    const byThermodynamics = (p * beads) / (2 * beta) - spring;
    values.set(
      [potential, byVirial, byThermodynamics, potential + byVirial, potential + byThermodynamics, spread / beads],
      row + count
    );
  }
  return values;
}
