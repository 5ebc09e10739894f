/** From standardised normal modes to beads, and what V is there. */
import type { EnergyEvaluator } from './energyEvaluator.ts';
import { modeScales, type QuantumParticle } from './ringPolymer.ts';

/** Beads of n closed paths, with V and its gradient there. */
export interface RingPaths {
  /** x_i of every path. shape [n, N, p] */
  readonly positions: Float64Array;
  /** V(x_i). shape [n, N] */
  readonly potentials: Float64Array;
  /** ∇V(x_i). shape [n, N, p] */
  readonly gradients: Float64Array;
}

/** x_i = Σ_k paths[i, k] u_k of many paths. */
export interface BeadTransform {
  readonly beads: number;
  /** @param u shape [n, N, p], mode-major @returns shape [n, N, p], bead-major */
  readonly positions: (u: Float64Array) => Float64Array;
}

export function beadTransform(particle: QuantumParticle, beads: number): BeadTransform {
  const p = particle.masses.length;
  const matrices = particle.masses.map((_, a) => Float64Array.from(modeScales(particle, beads, a).paths.flat()));
  return {
    beads,
    positions(u) {
      const x = new Float64Array(u.length);
      const width = beads * p;
      const modes = new Float64Array(beads);
      for (let at = 0; at < u.length; at += width) {
        for (let a = 0; a < p; a++) {
          const matrix = matrices[a];
          for (let k = 0; k < beads; k++) modes[k] = u[at + k * p + a];
          for (let i = 0, entry = 0; i < beads; i++) {
            let sum = 0;
            for (let k = 0; k < beads; k++) sum += matrix[entry++] * modes[k];
            x[at + i * p + a] = sum;
          }
        }
      }
      return x;
    },
  };
}

/** Beads with V and ∇V there. @param potential of V @param u shape [n, N, p] */
export function ringPaths(transform: BeadTransform, potential: EnergyEvaluator, u: Float64Array): RingPaths {
  const positions = transform.positions(u);
  const count = positions.length / potential.dimension;
  const potentials = new Float64Array(count);
  const gradients = new Float64Array(positions.length);
  potential.energiesAndGradients(positions, count, potentials, gradients);
  return { positions, potentials, gradients };
}
