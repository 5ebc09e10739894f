/**
 * From standardised normal modes to beads and back, what V is there, and the action of rings too long to be one
 * compiled expression.
 */
import { compileEnergy } from './compile.ts';
import type { EnergyEvaluator } from './energyEvaluator.ts';
import { potentialEvaluator, ringTarget, type PathIntegral } from './pathIntegral.ts';
import { actionConstant, modeScales, type QuantumParticle } from './ringPolymer.ts';
import type { Target } from './target.ts';

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
  /**
   * The transpose: Σ_i paths[i, k] g_i. @param gradients shape [n, N, p], bead-major @returns shape [n, N, p],
   * mode-major
   */
  readonly pulledBack: (gradients: Float64Array) => Float64Array;
}

export function beadTransform(particle: QuantumParticle, beads: number): BeadTransform {
  const p = particle.masses.length;
  const matrices = particle.masses.map((_, a) => Float64Array.from(modeScales(particle, beads, a).paths.flat()));
  const width = beads * p;
  // Cosines are even and sines odd about bead 0: beads i and N − i share their sums, c_i + s_i and c_i − s_i.
  const half = Math.floor(beads / 2) + 1;
  const isSine = (k: number): boolean => k > 0 && k % 2 === 0;
  const even = Int32Array.from(Array.from({ length: beads }, (_, k) => k).filter((k) => !isSine(k)));
  const odd = Int32Array.from(Array.from({ length: beads }, (_, k) => k).filter(isSine));
  return {
    beads,
    positions(u) {
      const x = new Float64Array(u.length);
      const modes = new Float64Array(beads);
      for (let at = 0; at < u.length; at += width) {
        for (let a = 0; a < p; a++) {
          const matrix = matrices[a];
          for (let k = 0; k < beads; k++) modes[k] = u[at + k * p + a];
          for (let i = 0; i < half; i++) {
            let [cosines, sines] = [0, 0];
            const row = i * beads;
            for (const k of even) cosines += matrix[row + k] * modes[k];
            for (const k of odd) sines += matrix[row + k] * modes[k];
            x[at + i * p + a] = cosines + sines;
            const mirror = (beads - i) % beads;
            if (mirror !== i) x[at + mirror * p + a] = cosines - sines;
          }
        }
      }
      return x;
    },
    pulledBack(gradients) {
      const g = new Float64Array(gradients.length);
      for (let at = 0; at < g.length; at += width) {
        for (let a = 0; a < p; a++) {
          const matrix = matrices[a];
          for (let i = 0; i < half; i++) {
            const row = i * beads;
            const mirror = (beads - i) % beads;
            const one = gradients[at + i * p + a];
            const other = mirror === i ? 0 : gradients[at + mirror * p + a];
            for (const k of even) g[at + k * p + a] += matrix[row + k] * (one + other);
            for (const k of odd) g[at + k * p + a] += matrix[row + k] * (one - other);
          }
        }
      }
      return g;
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

/**
 * Entries of the transform up to which a ring's action is compiled as one expression; beyond, it is a transform and V
 * of the beads.
 */
const MOST_COMPILED = 8192;

/** A whole ring and its action. See {@link ringTarget}. */
export interface Ring {
  readonly target: Target;
  readonly energy: EnergyEvaluator;
  readonly beads: number;
}

export function ringOf(target: Target, pathIntegral: PathIntegral, beads: number): Ring {
  const ring = ringTarget(target, pathIntegral, beads);
  const compiled = beads ** 2 * pathIntegral.dimension <= MOST_COMPILED;
  return { target: ring, beads, energy: compiled ? compileEnergy(ring) : longRing(target, pathIntegral, beads) };
}

/** The action of a ring, bead by bead: the same numbers as the compiled one up to rounding. */
export function longRing(target: Target, pathIntegral: PathIntegral, beads: number): EnergyEvaluator {
  const { particle, dimension: p } = pathIntegral;
  const transform = beadTransform(particle, beads);
  const potential = potentialEvaluator(target, pathIntegral);
  const constant = actionConstant(particle, beads, beads);
  const width = beads * p;
  const stiffness = new Float64Array(width);
  for (let a = 0; a < p; a++)
    modeScales(particle, beads, a).stiffness.forEach((stiff, k) => { stiffness[k * p + a] = stiff; });
  const share = particle.beta / beads;
  const collect = (u: Float64Array, n: number, potentials: Float64Array, energies: Float64Array): void => {
    for (let i = 0; i < n; i++) {
      let [springs, total] = [0, 0];
      for (let j = 0; j < width; j++) springs += stiffness[j] * u[i * width + j] ** 2;
      for (let b = 0; b < beads; b++) total += potentials[i * beads + b];
      energies[i] = share * total + 0.5 * springs + constant;
    }
  };
  return {
    dimension: width,
    energies(u, n, energies) {
      const part = u.subarray(0, n * width);
      const potentials = new Float64Array(n * beads);
      potential.energies(transform.positions(part), n * beads, potentials);
      collect(part, n, potentials, energies);
    },
    energiesAndGradients(u, n, energies, gradients) {
      const part = u.subarray(0, n * width);
      const { potentials, gradients: slopes } = ringPaths(transform, potential, part);
      collect(part, n, potentials, energies);
      const pulled = transform.pulledBack(slopes);
      for (let j = 0; j < pulled.length; j++) gradients[j] = share * pulled[j] + stiffness[j % width] * u[j];
    },
  };
}
