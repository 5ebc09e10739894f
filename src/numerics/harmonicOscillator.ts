/**
 * One coordinate in V = ½ m ω² q², in closed form: the exact quantum averages, and those of the primitive ring polymer
 * of N beads.
 */
import { InputError } from '../errors.ts';
import { springFrequencies } from './normalModes.ts';

export interface HarmonicOscillator {
  readonly mass: number;
  /** ω, radians per time. */
  readonly frequency: number;
  readonly hbar: number;
  readonly beta: number;
}

export interface HarmonicAverages {
  readonly logZ: number;
  /** ⟨q²⟩; ⟨q⟩ = 0. */
  readonly square: number;
  readonly potential: number;
  readonly kinetic: number;
  readonly energy: number;
  /** ⟨(x_i − x̄)²⟩ of the ring polymer. */
  readonly gyration: number;
}

/**
 * With N beads the orthonormal modes q_k of the ring are independent: the weight is Π_k exp(−(β m / 2N) (ω_k² + ω²)
 * q_k²), with ω_k = (2N/βħ) sin(kπ/N). Hence Z_N = Π_k N / (βħ √(ω_k² + ω²)) and ⟨q²⟩ = (1/βm) Σ_k 1/(ω_k² + ω²), of
 * which the centroid k = 0 is no part of the radius of gyration. Kinetic and potential energy agree at every N.
 * @param beads N ≥ 1; without it the quantum limit N → ∞, Z = 1 / (2 sinh(βħω/2))
 * @throws InputError unless mass, frequency, hbar and beta are > 0 and beads is a positive integer
 * @see Schweizer, Stratt, Chandler & Wolynes, J. Chem. Phys. 75, 1347 (1981)
 */
export function harmonicAverages(oscillator: HarmonicOscillator, beads?: number): HarmonicAverages {
  const { mass, frequency, hbar, beta } = oscillator;
  for (const [name, value] of Object.entries({ mass, frequency, hbar, beta })) {
    if (!(value > 0 && value < Infinity)) throw new InputError(`harmonicAverages: ${name} must be > 0, got ${value}`);
  }
  if (beads !== undefined && (!Number.isInteger(beads) || beads < 1))
    throw new InputError(`harmonicAverages: beads must be a positive integer, got ${beads}`);
  let logZ: number;
  let gyration: number;
  const centroid = 1 / (beta * mass * frequency ** 2);
  if (beads === undefined) {
    const half = (beta * hbar * frequency) / 2;
    logZ = -half - Math.log(-Math.expm1(-2 * half));
    gyration = (hbar / (2 * mass * frequency)) * langevin(half);
  } else {
    const springs = springFrequencies(beads, oscillator);
    logZ = 0;
    gyration = 0;
    springs.forEach((spring, k) => {
      const square = spring ** 2 + frequency ** 2;
      logZ += Math.log(beads / (beta * hbar * Math.sqrt(square)));
      if (k > 0) gyration += 1 / (beta * mass * square);
    });
  }
  const square = centroid + gyration;
  const potential = 0.5 * mass * frequency ** 2 * square;
  return { logZ, square, potential, kinetic: potential, energy: 2 * potential, gyration };
}

/** coth z − 1/z, without its cancellation at small z. */
const langevin = (z: number): number =>
  (z < 0.05 ? z * (1 / 3 - z * z * (1 / 45 - z * z * (2 / 945 - (z * z) / 4725))) : 1 / Math.tanh(z) - 1 / z);
