/** What the unadjusted Langevin kernels share: the tamed drift, and moves refused only where the energy is not finite. */
import type { ChainState } from './chainState.ts';

/** The factor of ∇U in the tamed drift of chain i: hβ / (1 + hβ|∇U|), with `scale` = hβ; with a reference h, of λ∇D + ∇U0. */
export function tamedFactor(slopes: Float64Array, i: number, d: number, scale: number): number {
  let squares = 0;
  for (let j = i * d; j < (i + 1) * d; j++) squares += slopes[j] * slopes[j];
  return scale / (1 + scale * Math.sqrt(squares));
}

/** Move every chain to its next point, unless U or ∇U is not finite there: then it stays, and the refusal is counted. */
export function acceptFinite(state: ChainState, next: Float64Array, nextEnergies: Float64Array, nextGradients: Float64Array): void {
  const { chains, dimension: d, positions, energies, gradients, accepted, proposed, nonFinite } = state;
  for (let i = 0; i < chains; i++) {
    proposed[i] += 1;
    let sum = nextEnergies[i];
    for (let j = i * d; j < (i + 1) * d; j++) sum += Math.abs(nextGradients[j]);
    if (!Number.isFinite(sum)) {
      nonFinite[i] += 1;
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
