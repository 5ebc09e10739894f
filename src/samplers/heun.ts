/**
 * Stochastic Heun for overdamped Langevin, weak order 2, with tamed drifts b(x)/(1 + h|b(x)|), b = β∇U:
 * x̃ = x − h b(x) + √(2h) z,  x′ = x − ½h (b(x) + b(x̃)) + √(2h) z. Two evaluations per step; no Metropolis step.
 */
import { wrapPoints } from '../targets/domain.ts';
import { checkAdvance, type Kernel } from './kernel.ts';
import { acceptFinite, tamedFactor } from './langevin.ts';
import { fillNoise } from './noise.ts';

export const heun: Kernel = {
  name: 'heun',
  options: {},
  exact: false,
  defaultStepSize: 0.02,
  stepSizeUnit: 'time',
  targetAcceptance: null,
  advance(state, energy, domain, steps) {
    checkAdvance('heun', state, energy, domain, steps);
    const { chains, dimension: d, positions, gradients, inverseTemperatures, stepSizes } = state;
    const normals = new Float64Array(chains * d);
    const next = new Float64Array(chains * d);
    const nextEnergies = new Float64Array(chains);
    const nextGradients = new Float64Array(chains * d);
    for (let s = 0; s < steps; s++) {
      fillNoise(state, normals, null);
      for (let i = 0; i < chains; i++) {
        const width = Math.sqrt(2 * stepSizes[i]);
        const factor = tamedFactor(gradients, i, d, stepSizes[i] * inverseTemperatures[i]);
        for (let j = i * d; j < (i + 1) * d; j++) next[j] = positions[j] - factor * gradients[j] + width * normals[j];
      }
      wrapPoints(domain, next, chains);
      energy.energiesAndGradients(next, chains, nextEnergies, nextGradients);
      for (let i = 0; i < chains; i++) {
        const width = Math.sqrt(2 * stepSizes[i]);
        const scale = stepSizes[i] * inverseTemperatures[i];
        const here = 0.5 * tamedFactor(gradients, i, d, scale);
        const there = 0.5 * tamedFactor(nextGradients, i, d, scale);
        for (let j = i * d; j < (i + 1) * d; j++) {
          next[j] = positions[j] - here * gradients[j] - there * nextGradients[j] + width * normals[j];
        }
      }
      wrapPoints(domain, next, chains);
      energy.energiesAndGradients(next, chains, nextEnergies, nextGradients);
      acceptFinite(state, next, nextEnergies, nextGradients);
      state.step += 1;
    }
  },
};
