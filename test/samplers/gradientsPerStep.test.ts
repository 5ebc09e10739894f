/** What a step of every kernel costs, against what it really asks of an energy. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keyFromSeed } from '../../src/engine/random.ts';
import { createChains } from '../../src/samplers/chainState.ts';
import { gradientsPerStep } from '../../src/samplers/gradientsPerStep.ts';
import { hmc } from '../../src/samplers/hmc.ts';
import { kernels } from '../../src/samplers/kernels.ts';
import { malaOver } from '../../src/samplers/mala.ts';
import type { EnergyEvaluator } from '../../src/targets/energyEvaluator.ts';
import { skewed } from './targets.ts';

describe('gradients of a step', () => {
  for (const kernel of [...Object.values(kernels), hmc({ leapfrogSteps: 3 }), hmc({ leapfrogSteps: 3, stepDecades: 2 }), malaOver({ stepDecades: 2 })]) {
    it(`${kernel.name} ${JSON.stringify(kernel.options)}`, () => {
      const [chains, steps] = [5, 7];
      let gradients = 0;
      const counting: EnergyEvaluator = {
        dimension: skewed.energy.dimension,
        energies: (...args) => skewed.energy.energies(...args),
        energiesAndGradients: (x, n, ...rest) => {
          gradients += n;
          skewed.energy.energiesAndGradients(x, n, ...rest);
        },
      };
      const key = keyFromSeed(1);
      const state = createChains({ energy: skewed.energy, positions: skewed.sample(key, chains), inverseTemperatures: 1, stepSizes: 0.1, key });
      kernel.advance(state, counting, skewed.domain, steps);
      assert.equal(gradients, chains * steps * gradientsPerStep(kernel));
    });
  }
});
