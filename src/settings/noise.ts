/** Energies that are seen with noise: replica-exchange SGLD, labels, and moves with variance-reduced gradients. */
import { z } from 'zod';
import { whole } from './values.ts';

export const noiseSchema = z.strictObject({
  thinning: whole(1).default(1).describe('resgld: rounds between two that are recorded'),
  gradientDraws:
    whole(1).lte(10_000).default(1).describe('resgld: draws of the noise averaged in every gradient and swap'),
  swapCorrection: z.number().gte(0).lt(Infinity).default(1)
    .describe('resgld: τ of swaps, whose log ratio is lowered by τσ²/2: 0 naive, 1 exact for Gaussian noise'),
  trackSwapNoise: z.boolean().default(false).describe('resgld: go on measuring the noise of swaps after the warm-up'),
  heating: z.number().gte(0).lt(Infinity).default(0.05)
    .describe('resgld: share by which the noise of gradients may heat a rung, before its step is shortened; 0: any'),
  controlVariates: z.boolean().default(false).describe(
    'resgld: evaluate the energy itself once a round, for exact swaps and for gradients with little noise (SVRG)'
  ),
  trainingEnergies: z.enum(['full', 'draws']).default('draws').describe(
    'noisy energies: what training samples are labelled with, the energy itself or means over energyDraws draws'
  ),
  energyDraws: whole(1).lte(1_000_000)
    .default(64).describe('noisy energies: draws of the noise behind every mean that stands for an energy'),
  svrg: z.boolean().default(false).describe(
    'noisy energies: move the weighted samples by Langevin steps with variance-reduced gradients '
      + '(rejuvenation many)'
  ),
  svrgRefresh: whole(1).default(10).describe('svrg: steps between two references'),
});

export type NoiseSettings = z.infer<typeof noiseSchema>;
