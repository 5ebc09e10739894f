/** Exact values of densities on a line, which those of the targets are made of. */
import { compositeGaussLegendre } from '../../numerics/quadratureRules.ts';

export interface LineDensity {
  /** log ∫ exp(−U) */
  readonly logZ: number;
  /** ⟨f⟩ */
  readonly mean: (f: (x: number) => number) => number;
}

/**
 * A density exp(−U) on [low, high], by 8 points on each of `panels`. Where an f jumps, and one end of a panel is there,
 * its mean is as good as that of a smooth one.
 */
export function lineDensity(energy: (x: number) => number, low: number, high: number, panels = 400): LineDensity {
  const { nodes, weights } = compositeGaussLegendre(panels, 8, low, high);
  const energies = nodes.map(energy);
  const least = energies.reduce((a, b) => Math.min(a, b));
  const masses = energies.map((u, i) => weights[i] * Math.exp(least - u));
  const total = masses.reduce((a, b) => a + b);
  return {
    logZ: Math.log(total) - least,
    mean: (f) => nodes.reduce((sum, x, i) => sum + masses[i] * f(x), 0) / total,
  };
}
