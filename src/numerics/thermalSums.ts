/** Sums over the states of a quantum particle: averages of functions, energies, and the extent of its ring polymer. */
import { InputError } from '../errors.ts';
import { position } from './quantumGrid.ts';
import { densityOf, type Representation, type States } from './quantumStates.ts';
import type { PositionFunction, ThermalAverages } from './quantumSystem.ts';

export function sums(
  name: string, beta: number, states: States, minimum: number, functions: readonly PositionFunction[],
  representation: Representation
): Omit<ThermalAverages, 'logZ' | 'error'> {
  const { axes, potential, logWeights } = states;
  const density = densityOf(states);
  const means = new Float64Array(functions.length);
  const marginals = axes.map(({ points }) => new Float64Array(points.length));
  const q = new Float64Array(axes.length);
  let meanPotential = 0;
  for (let g = 0; g < density.length; g++) {
    position(axes, g, q);
    functions.forEach((f, k) => (means[k] += density[g] * f(q)));
    meanPotential += density[g] * potential[g];
    let index = g;
    for (let c = axes.length - 1; c >= 0; c--) {
      const n = marginals[c].length;
      marginals[c][index % n] += density[g] / axes[c].spacing;
      index = Math.floor(index / n);
    }
  }
  const bad = means.findIndex((mean) => !Number.isFinite(mean));
  if (bad >= 0)
    throw new InputError(`${name}: the mean of function ${bad} is ${means[bad]}; it must be finite on the whole grid`);
  const kinetic = representation.kinetic(states, meanPotential);
  const mean = meanPotential + minimum;
  return {
    functions: Array.from(means),
    potential: mean,
    kinetic,
    energy: mean + kinetic,
    gyration: axes.reduce((sum, _, c) => sum + gyration(states, c, representation.beads), 0),
    density: axes.map(({ points }, c) => ({ points, values: marginals[c] })),
    // A level of the transfer matrix that has sunk into the rounding of the greatest eigenvalue is none.
    levels: logWeights.slice(0, 12).filter(
      (value) => representation.beads === Infinity || value - logWeights[0] > representation.beads * Math.log(1e-12)
    ).map((value) => minimum - value / beta),
  };
}

/**
 * ⟨x²⟩ − ⟨x̄²⟩ of one coordinate, as one sum over pairs of states: ⟨x̄²⟩ = (1/NZ) Σ_k Tr T^k x T^(N−k) x, a geometric
 * series for each pair, and at N = ∞ the Kubo transform (1/Z) Σ_jl |x_jl|² (e^(−βE_l) − e^(−βE_j)) / β(E_j − E_l).
 * Pairs j = l drop out.
 */
function gyration({ logWeights, probabilities, positions }: States, coordinate: number, beads: number): number {
  const x = positions(coordinate);
  const n = logWeights.length;
  let sum = 0;
  for (let j = 0; j < probabilities.length; j++) {
    for (let l = j + 1; l < n; l++) {
      const gap = logWeights[l] - logWeights[j];
      sum += 2 * x[j * n + l] ** 2 * probabilities[j] * ((1 + Math.exp(gap)) / 2 - correlation(gap, beads));
    }
  }
  return sum;
}

/** (1/N) Σ_k r^k over k = 0 … N with halved ends, r = exp(gap/N); its limit ∫₀¹ exp(gap u) du. @param gap ≤ 0 */
function correlation(gap: number, beads: number): number {
  if (gap === 0) return 1;
  if (beads === Infinity) return Math.expm1(gap) / gap;
  const step = gap / beads;
  return ((1 + Math.exp(step)) / 2) * (Math.expm1(gap) / (beads * Math.expm1(step)));
}
