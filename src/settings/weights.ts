/** What importance weights are made of where energies are seen with noise. */
import { z } from 'zod';
import { MOST_SAMPLES, positive, whole } from './values.ts';

export const weightKinds = ['exact', 'learned-full', 'learned-stochastic'] as const;
export type WeightKind = (typeof weightKinds)[number];

export const weightsSchema = z.strictObject({
  kind: z.enum(weightKinds).default('exact').describe(
    'noisy energies: weights from the energy itself, or learned from it, or learned from noisy values of it alone'
  ),
  residual: z.boolean()
    .default(true).describe("learned weights: learn what the flow's own density leaves, instead of the whole energies"),
  layers: whole(1).lte(32).default(2).describe('learned weights: hidden layers of the networks φ and ψ'),
  hidden: whole(1).lte(4096).default(64).describe('learned weights: width of these layers'),
  steps: whole(1).default(1500).describe('learned weights: training steps of φ and ψ'),
  batch: whole(2).lte(1_000_000).default(2000).describe('learned weights: pairs per training step'),
  draws: whole(1).lte(10_000)
    .default(1).describe('learned weights: draws of the noise averaged in every noisy value that φ and ψ see'),
  learningRate: positive.default(3e-3).describe('learned weights: peak learning rate of Adam'),
  compared: whole(0).lte(MOST_SAMPLES).default(100_000)
    .describe('noisy energies: samples on which weights of the kinds that are not used are compared; 0: none'),
});

export type WeightsSettings = z.infer<typeof weightsSchema>;
