/** Exact averages of a path integral: of the quantum particle, and of its ring of N beads. */
import { InputError } from '../errors.ts';
import type { QuantumSystem, ThermalAverages } from '../numerics/quantumSystem.ts';
import { quantumAverages } from '../numerics/sincDvr.ts';
import { ringPolymerAverages } from '../numerics/transferMatrix.ts';
import { springFrequencies } from '../numerics/normalModes.ts';
import { potentialEvaluator, type PathIntegral } from './pathIntegral.ts';
import type { Target } from './target.ts';

/** Most coordinates of a bead for which anything exact is computed. */
const MOST_COORDINATES = 2;

/** Of log Z in two coordinates: far below any sampling error, and seconds instead of a minute. */
const PLANE_ACCURACY = 2e-5;

export interface RingTruth {
  /** null beyond two coordinates, or where diagonalisation fails; then `reason` says why. */
  readonly quantum: ThermalAverages | null;
  readonly reason: string | null;
  /** @param beads ≥ 1 @returns null where the quantum averages are */
  readonly ring: (beads: number) => ThermalAverages | null;
}

export function ringTruth(target: Target, pathIntegral: PathIntegral): RingTruth {
  const { particle: { masses, hbar, beta }, dimension, box, functions } = pathIntegral;
  if (dimension > MOST_COORDINATES) return {
    quantum: null,
    reason:
      `exact averages are computed for at most ${MOST_COORDINATES} coordinates of a bead, and this has ${dimension}`,
    ring: () => null
  };
  const evaluator = potentialEvaluator(target, pathIntegral);
  const system: QuantumSystem = {
    masses, hbar, beta, box, ...(dimension === 2 ? { accuracy: PLANE_ACCURACY } : {}),
    potential: (q, n, values) => { evaluator.energies(q, n, values); }
  };
  const values = functions.map(({ value }) => value);
  try {
    return { quantum: quantumAverages(system, values), reason: null, ring: (beads) => ringPolymerAverages(
      system, values, beads
    ) };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { quantum: null, reason: error.message, ring: () => null };
  }
}

/** Exact values in the order of `pathValues` in estimators/ringPolymer.ts. */
export const exactValues = ({ functions, potential, kinetic, energy, gyration }: ThermalAverages): number[] =>
  [...functions, potential, kinetic, kinetic, energy, energy, gyration];

/**
 * log Z of the harmonic reference with its own centroid bound too: Π_k 1/(βħ √(ω_k² + Ω²) …) in closed form; null where
 * the reference is free.
 */
export function harmonicLogZ({ particle }: PathIntegral, beads: number): number | null {
  const { masses, hbar, beta, curvature } = particle;
  if (curvature.some((stiff) => stiff === 0)) return null;
  return masses.reduce((sum, mass, a) => {
    const omega = Math.sqrt(curvature[a] / mass);
    // Z_1 = 1/(βħΩ) of the centroid, and per further mode ω_k over √(ω_k² + Ω²).
    return sum - Math.log(beta * hbar * omega) - springFrequencies(beads, particle)
      .slice(1).reduce((total, frequency) => total + 0.5 * Math.log1p((omega / frequency) ** 2), 0);
  }, 0);
}
