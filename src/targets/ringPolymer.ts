/**
 * Ring polymers: the primitive discretisation of a quantum particle's thermal path integral in N beads,
 * `S(x) = Σ_i m N/(2βħ²) |x_i − x_{i+1}|² + (β/N) V(x_i)`, ⟨f⟩ = ∫ f e^{−S} / ∫ e^{−S} up to O(N⁻²) (Chandler & Wolynes
 * 1981).
 *
 * Coordinates u are standardised normal modes. Mode 0 is the centroid itself; an amplitude of mode k > 0 is in units of
 * its spread in a harmonic reference, 1/√(βm(ω_k² + Ω²)), with Ω² = curvature/m. So u is standard normal under the
 * reference, whatever N, and the low modes of a short ring are the low modes of a long one.
 */
import { batched, np, type Array as NpArray } from '../engine/numpy.ts';
import { normalModes, springFrequencies } from '../numerics/normalModes.ts';

/** A quantum particle (or several) at a temperature: H = Σ_a p_a²/(2 m_a) + V(q). */
export interface QuantumParticle {
  /** V of one point: q has shape [p], the result is one number, in units of energy. */
  readonly potential: (q: NpArray) => NpArray;
  /** m_a > 0, one per coordinate of a bead: p of them. */
  readonly masses: readonly number[];
  /** > 0 */
  readonly hbar: number;
  /** 1/k_B T > 0, in inverse units of energy. */
  readonly beta: number;
  /** m_a Ω_a² ≥ 0 of the harmonic reference, in energy per length². shape [p] */
  readonly curvature: readonly number[];
}

/** What one coordinate of a bead makes of standardised modes. */
interface ModeScales {
  /** x_i = Σ_k paths[i, k] u_k. shape [N, N] */
  readonly paths: readonly (readonly number[])[];
  /** Of `½ stiffness_k u_k²`, the springs: (ω² / (ω² + Ω²)); 0 for the centroid. shape [N] */
  readonly stiffness: readonly number[];
  /** log of free over reference spread, √((ω² + Ω²)/ω²); 0 for the centroid. shape [N] */
  readonly logRatios: readonly number[];
}

/** @param coordinate of a bead, in [0, p) */
export function modeScales(particle: QuantumParticle, beads: number, coordinate: number): ModeScales {
  const { beta, masses, curvature } = particle;
  const [mass, stiff] = [masses[coordinate], curvature[coordinate]];
  const modes = normalModes(beads);
  const squares = springFrequencies(beads, particle).map((frequency) => frequency ** 2);
  // Orthonormal amplitudes have the action (β/N) ½ m ω² q².
  const spreads =
    squares.map((square, k) => (k === 0 ? Math.sqrt(beads) : Math.sqrt(beads / (beta * (mass * square + stiff)))));
  return {
    paths: Array.from({ length: beads }, (_, i) => Array.from(spreads, (spread, k) => modes[i * beads + k] * spread)),
    stiffness: Array.from(squares, (square, k) => (k === 0 ? 0 : (mass * square) / (mass * square + stiff))),
    logRatios: Array.from(squares, (square, k) => (k === 0 ? 0 : 0.5 * Math.log1p(stiff / (mass * square)))),
  };
}

/**
 * The average of V over independent Gaussians, by the fully symmetric rule of degree 5 with 2p² + 1 points: in one and
 * two coordinates the product of Gauss and Hermite's three points (Stroud 1971, E_n^{r²}: 5-3).
 * @param deviations per coordinate, shape [p]
 */
function averaged(potential: QuantumParticle['potential'], deviations: readonly number[]): (q: NpArray) => NpArray {
  if (deviations.every((deviation) => deviation === 0)) return potential;
  const p = deviations.length;
  const reach = deviations.map((deviation) => Math.sqrt(3) * deviation);
  const shifted = (...along: readonly (readonly [number, number])[]): number[] =>
    reach.map((_, a) => along.reduce((sum, [axis, sign]) => sum + (axis === a ? sign * reach[a] : 0), 0));
  const points: { readonly shift: number[]; readonly weight: number }[] =
    [{ shift: shifted(), weight: 1 + (p ** 2 - 7 * p) / 18 }];
  const signs = [-1, 1] as const;
  for (let a = 0; a < p; a++) {
    for (const sign of signs) {
      if (p !== 4) points.push({ shift: shifted([a, sign]), weight: (4 - p) / 18 });
      for (let b = 0; b < a; b++)
        for (const other of signs) points.push({ shift: shifted([a, sign], [b, other]), weight: 1 / 36 });
    }
  }
  return (q) => points.map(({ shift, weight }) => potential(q.add(np.array([...shift]))).mul(weight))
    .reduce((sum, value) => sum.add(value));
}

/** What makes ∫ exp(−S) du the partition function: see {@link ringPolymerAction}. */
export function actionConstant(particle: QuantumParticle, beads: number, modes: number): number {
  const { beta, hbar, masses } = particle;
  return masses.reduce((sum, mass, a) => {
    const { logRatios, stiffness } = modeScales(particle, beads, a);
    const ofModes =
      logRatios.reduce((total, ratio, k) => total + ratio + (k < modes ? 0 : 0.5 * (stiffness[k] - 1)), 0);
    return sum + 0.5 * Math.log((2 * Math.PI * beta * hbar ** 2) / mass) + 0.5 * (modes - 1) * Math.log(2 * Math.PI)
      + ofModes;
  }, 0);
}

/**
 * The action as a function of the first `modes` modes of a ring of `beads`, with the rest averaged over the reference:
 * ⟨S + log q⟩ with q the reference's law of the modes left out ("partial averaging", Doll, Coalson & Freeman 1985).
 * With all modes it is the action itself, and ∫ exp(−S) du = Z, the canonical partition function of the ring; with
 * fewer, a lower bound of Z (Gibbs and Bogoliubov; as far as the averaging rule is exact), close where the modes left
 * out are nearly harmonic.
 * @param modes odd, or all of `beads` @returns of one point u [modes · p] (mode-major), shape []
 */
export function ringPolymerAction(particle: QuantumParticle, beads: number, modes: number): (u: NpArray) => NpArray {
  const { beta, masses, potential } = particle;
  const p = masses.length;
  const scales = masses.map((_, a) => modeScales(particle, beads, a));
  const deviations =
    scales.map(({ paths }) => Math.sqrt(paths[0].slice(modes).reduce((sum, entry) => sum + entry ** 2, 0)));
  const perBead = batched(averaged(potential, deviations));
  const constant = actionConstant(particle, beads, modes);
  const stiffness = Array.from({ length: modes }, (_, k) => scales.map((scale) => scale.stiffness[k]));
  const transforms = scales.map(({ paths }) => paths.map((row) => row.slice(0, modes)));
  return (u) => {
    const byMode = u.reshape([modes, p]);
    const beadsOf =
      transforms.map((transform, a) => np.matmul(np.array(transform.map((row) => [...row])), byMode.slice([], a)));
    const x = p === 1 ? beadsOf[0].reshape([beads, 1]) : np.stack(beadsOf, 1);
    const springs = np.square(byMode).mul(np.array(stiffness.map((row) => [...row]))).sum().mul(0.5);
    return perBead(x).sum().mul(beta / beads).add(springs).add(constant);
  };
}
