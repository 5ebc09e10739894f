/**
 * What the unadjusted Langevin kernels share: the tamed drift, and moves refused only beyond walls and where the energy
 * is not finite.
 */
import { isOutside, type Walls } from '../targets/domain.ts';
import type { ChainState } from './chainState.ts';

/**
 * The factor of ∇U in the tamed drift of chain i: hβ / (1 + hβ|∇U|), with `scale` = hβ; with a reference h, of λ∇D +
 * ∇U0.
 */
export function tamedFactor(slopes: Float64Array, i: number, d: number, scale: number): number {
  let squares = 0;
  for (let j = i * d; j < (i + 1) * d; j++) squares += slopes[j] * slopes[j];
  return scale / (1 + scale * Math.sqrt(squares));
}

/**
 * Move every chain to its next point, unless that lies beyond a wall, or U or ∇U is not finite there: then it stays,
 * and the latter is counted. @param left chains on whose way there something beyond a wall was evaluated, shape [C]:
 * what is not finite then may come from there, and is not counted
 */
export function acceptFinite(
  state: ChainState, walls: Walls, next: Float64Array, nextEnergies: Float64Array, nextGradients: Float64Array,
  left: Uint8Array | null = null,
): void {
  const { chains, dimension: d, positions, energies, gradients, accepted, proposed, nonFinite } = state;
  for (let i = 0; i < chains; i++) {
    proposed[i] += 1;
    if (isOutside(walls, next, i, d)) continue;
    let sum = nextEnergies[i];
    for (let j = i * d; j < (i + 1) * d; j++) sum += Math.abs(nextGradients[j]);
    if (!Number.isFinite(sum)) {
      nonFinite[i] += 1 - (left?.[i] ?? 0);
      continue;
    }
    accepted[i] += 1;
    energies[i] = nextEnergies[i];
    for (let j = i * d; j < (i + 1) * d; j++) {
      positions[j] = next[j];
      gradients[j] = nextGradients[j];
    }
  }
}
