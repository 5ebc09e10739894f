/**
 * Stochastic Heun for overdamped Langevin, weak order 2, with tamed drifts b(x)/(1 + h|b(x)|), b = β∇U or λ∇D + ∇U0:
 *
 * x̃ = x − h b(x) + √(2h) z,  x′ = x − ½h (b(x) + b(x̃)) + √(2h) z
 *
 * Two evaluations per step; no Metropolis step.
 */
import { isOutside, wallsOf, wrapCircles } from '../targets/domain.ts';
import { checkAdvance, type Kernel } from './kernel.ts';
import { acceptFinite, tamedFactor } from './langevin.ts';
import { fillNoise } from './noise.ts';
import { slopeFactors, slopesAt, slopeScratch, termsOf } from './reference.ts';

export const heun: Kernel = {
  name: 'heun',
  options: {},
  exact: false,
  defaultStepSize: 0.02,
  stepSizeUnit: 'time',
  targetAcceptance: null,
  advance(state, energy, domain, steps) {
    checkAdvance('heun', state, energy, domain, steps);
    const { chains, dimension: d, positions, gradients, stepSizes } = state;
    const normals = new Float64Array(chains * d);
    const next = new Float64Array(chains * d);
    const nextEnergies = new Float64Array(chains);
    const nextGradients = new Float64Array(chains * d);
    const walls = wallsOf(domain);
    const left = new Uint8Array(chains); // whether the predicted point lies beyond a wall
    const reference = termsOf(state);
    const factors = slopeFactors(state, reference);
    const [scratch, nextScratch] = [slopeScratch(state, reference), slopeScratch(state, reference)];
    for (let s = 0; s < steps; s++) {
      fillNoise(state, normals, null);
      const slopes = slopesAt(state, reference, positions, gradients, scratch);
      for (let i = 0; i < chains; i++) {
        const width = Math.sqrt(2 * stepSizes[i]);
        const factor = tamedFactor(slopes, i, d, stepSizes[i] * factors[i]);
        for (let j = i * d; j < (i + 1) * d; j++) next[j] = positions[j] - factor * slopes[j] + width * normals[j];
      }
      wrapCircles(domain, next, chains);
      for (let i = 0; i < chains; i++) left[i] = isOutside(walls, next, i, d) ? 1 : 0;
      energy.energiesAndGradients(next, chains, nextEnergies, nextGradients);
      const nextSlopes = slopesAt(state, reference, next, nextGradients, nextScratch);
      for (let i = 0; i < chains; i++) {
        const width = Math.sqrt(2 * stepSizes[i]);
        const scale = stepSizes[i] * factors[i];
        const here = 0.5 * tamedFactor(slopes, i, d, scale);
        const there = 0.5 * tamedFactor(nextSlopes, i, d, scale);
        for (let j = i * d; j < (i + 1) * d; j++) {
          next[j] = positions[j] - here * slopes[j] - there * nextSlopes[j] + width * normals[j];
        }
      }
      wrapCircles(domain, next, chains);
      energy.energiesAndGradients(next, chains, nextEnergies, nextGradients);
      acceptFinite(state, walls, next, nextEnergies, nextGradients, left);
      state.step += 1;
    }
  },
};
