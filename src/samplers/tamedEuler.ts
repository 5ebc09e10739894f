/**
 * Tamed Euler–Maruyama for overdamped Langevin (Hutzenthaler, Jentzen & Kloeden 2012):
 * x′ = x − h·b/(1 + h|b|) + √(2h) z, b = β∇U or λ∇D + ∇U0. No Metropolis step: its law is off by O(h).
 */
import { wallsOf, wrapCircles } from '../targets/domain.ts';
import { checkAdvance, type Kernel } from './kernel.ts';
import { acceptFinite, tamedFactor } from './langevin.ts';
import { fillNoise } from './noise.ts';
import { slopeFactors, slopesAt, slopeScratch, termsOf } from './reference.ts';

export const tamedEuler: Kernel = {
  name: 'tamedEuler',
  options: {},
  exact: false,
  defaultStepSize: 0.01,
  stepSizeUnit: 'time',
  targetAcceptance: null,
  advance(state, energy, domain, steps) {
    checkAdvance('tamedEuler', state, energy, domain, steps);
    const { chains, dimension: d, positions, gradients, stepSizes } = state;
    const normals = new Float64Array(chains * d);
    const next = new Float64Array(chains * d);
    const nextEnergies = new Float64Array(chains);
    const nextGradients = new Float64Array(chains * d);
    const walls = wallsOf(domain);
    const reference = termsOf(state);
    const factors = slopeFactors(state, reference);
    const scratch = slopeScratch(state, reference);
    for (let s = 0; s < steps; s++) {
      fillNoise(state, normals, null);
      const slopes = slopesAt(state, reference, positions, gradients, scratch);
      for (let i = 0; i < chains; i++) {
        const width = Math.sqrt(2 * stepSizes[i]);
        const factor = tamedFactor(slopes, i, d, stepSizes[i] * factors[i]);
        for (let j = i * d; j < (i + 1) * d; j++) next[j] = positions[j] - factor * slopes[j] + width * normals[j];
      }
      wrapCircles(domain, next, chains);
      energy.energiesAndGradients(next, chains, nextEnergies, nextGradients);
      acceptFinite(state, walls, next, nextEnergies, nextGradients);
      state.step += 1;
    }
  },
};
