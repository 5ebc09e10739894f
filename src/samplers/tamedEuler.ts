/**
 * Tamed Euler–Maruyama for overdamped Langevin (Hutzenthaler, Jentzen & Kloeden 2012):
 * x′ = x − h·b/(1 + h|b|) + √(2h) z with b = β∇U. No Metropolis step: its law is off by O(h).
 */
import { wrapPoints } from '../targets/domain.ts';
import { checkAdvance, type Kernel } from './kernel.ts';
import { acceptFinite, tamedFactor } from './langevin.ts';
import { fillNoise } from './noise.ts';

export const tamedEuler: Kernel = {
  name: 'tamedEuler',
  options: {},
  exact: false,
  defaultStepSize: 0.01,
  stepSizeUnit: 'time',
  targetAcceptance: null,
  advance(state, energy, domain, steps) {
    checkAdvance('tamedEuler', state, energy, domain, steps);
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
      acceptFinite(state, next, nextEnergies, nextGradients);
      state.step += 1;
    }
  },
};
