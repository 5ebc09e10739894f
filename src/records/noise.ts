/** What a record says of a run whose energy was seen with noise. */
import { z } from 'zod';
import { count, estimateSchema, figure } from './values.ts';

/** How good weighted samples are, whichever way their weights were made. */
export const weightKindSchema = z.object({
  kind: z.enum(['exact', 'learned-full', 'learned-stochastic']),
  /** Conditional ESS of each stage's weights, as fractions. */
  cess: z.array(figure),
  /**
   * Of the weights beside the exact ones: correlation of the log-weights, and standard deviation of their difference,
   * over samples that count by their exact weights; null where the energy is not to be had.
   */
  correlation: figure,
  deviation: figure,
  /**
   * Standard deviation of log(true / learned weight), free of noise, from values of the energy that nothing was learned
   * from; null for exact weights.
   */
  residual: figure.default(null),
  /** Of fresh samples with these weights; means of learned ones are corrected by what is known of their errors. */
  ess: figure,
  bias: figure,
  /** ½ Σ |mass − exact mass| over the modes. */
  totalVariation: figure,
  logZ: estimateSchema.nullable(),
  /** Masses of the target's modes. */
  masses: z.array(estimateSchema),
  /** Mean loss of φ, ψ on held-out pairs, and of a constant in their place; null for exact weights. */
  heldOutError: figure,
  constantError: figure,
  /** Values of the energy that were not finite and are left out of what φ, ψ were fitted to. */
  nonFinite: count,
});
export type WeightKindSummary = z.infer<typeof weightKindSchema>;

/** One stage of a flow or ladder on noisy energies. */
export const noisyStageSchema = z.object({
  stage: z.number().int().positive(),
  lambda: z.number(),
  /** ESS after this stage's weights and before any resampling, as a fraction. */
  ess: figure,
  resampled: z.boolean(),
  /** Langevin moves with variance-reduced gradients after it; null without. */
  moves: z.object({ steps: count, stepSize: z.number(), nonFinite: count }).nullable(),
  trainingSteps: count,
  trainingSeconds: z.number(),
  nonFinite: count,
  seconds: z.number(),
});
export type NoisyStageSummary = z.infer<typeof noisyStageSchema>;

/** A figure of samples without weights. */
const plainFigures = z.object({ bias: figure, totalVariation: figure });

/** What is told of a run whose energy was seen with noise. */
export const noiseSchema = z.object({
  kind: z.enum(['draws', 'rows']),
  /** Of a sum over data: its rows, and those of a mini-batch. */
  rows: count.nullable(),
  batch: count.nullable(),
  fullEnergy: z.boolean(),
  /** What the weights of the samples are made of. */
  weights: z.enum(['exact', 'learned-full', 'learned-stochastic']),
  sampler: z.object({
    draws: count,
    swapCorrection: z.number(),
    tracked: z.boolean(),
    /** σ of each pair's log ratio. */
    swapDeviations: z.array(figure),
    /** Of the gradient per rung, in the noisiest coordinate, and by what share it heats the rung. */
    gradientDeviations: z.array(figure),
    heating: z.array(figure),
  }),
  /** The samples of reSGLD, and those of the flow without weights. */
  input: plainFigures,
  flow: plainFigures,
  /** Of particles that Langevin steps have moved, weighted; null without such moves. */
  moved: plainFigures.nullable().default(null),
  weightKinds: z.array(weightKindSchema),
  stages: z.array(noisyStageSchema),
  /**
   * Evaluations by what they were for; passes are what they cost in evaluations of the whole energy, null where
   * unknown.
   */
  evaluations: z.array(z.object({ phase: z.string(), noisy: count, full: count, passes: figure })),
});
export type NoiseSummary = z.infer<typeof noiseSchema>;
