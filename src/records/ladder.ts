/** What a record says of a ladder of flows. */
import { z } from 'zod';
import { coverageSchema } from './generation.ts';
import { parallelTemperingSchema } from './tempering.ts';
import { count, estimateSchema, figure } from './values.ts';

/** One stage of the sequential generator: from λ of the stage before to its own. */
export const stageSchema = z.object({
  /** 1, 2, …; the number of its folder. */
  stage: z.number().int().positive(),
  /** λ of U_λ = (1 − λ) U0 + λ U1, in (0, 1]; the last one is 1. */
  lambda: z.number(),
  /** What was kept: the trained flow, or no map at all (plain SMC). */
  map: z.enum(['flow', 'identity']),
  /** Conditional ESS of the stage's weights, as a fraction: of the map that was kept, of the flow, of the identity. */
  cess: figure,
  cessFlow: figure,
  cessIdentity: figure,
  /** What the adaptive ladder expected of this step; null on fixed ladders. */
  cessPredicted: figure,
  /** Steps that were tried and shrunk before this one. */
  retries: count,
  /** ESS of the ensemble after this stage's weights and before any resampling, as a fraction. */
  ess: figure,
  /** Whether the ensemble was resampled after this stage, which makes weights equal within each group. */
  resampled: z.boolean(),
  /** Of the weighted ensemble beside PT samples of this stage. */
  coverage: coverageSchema,
  /** log Z_λ, accumulated over the stages so far; its error is from independent groups of particles. */
  logZ: estimateSchema,
  /** log Z_λ of parallel tempering. */
  logZTempering: estimateSchema,
  /** Acceptance of the Langevin moves after the stage; null without moves. */
  rejuvenationAcceptance: figure,
  /** Of these moves: the step size that tempering found at λ. */
  stepSize: z.number(),
  trainingSteps: count,
  /** All sessions together. */
  trainingSeconds: z.number(),
  /**
   * (Σw)²/Σw² of tempering's samples at λ, which the training samples were drawn from; their correlation in time is not
   * taken off.
   */
  poolSize: figure,
  nonFinite: count,
  /** Of the session that finished the stage. */
  seconds: z.number(),
});
/** One stage of a ladder of flows: its λ, CESS, ESS, coverage, log Z. */
export type StageSummary = z.infer<typeof stageSchema>;

/** The sequential generator. */
export const ladderSchema = z.object({
  seconds: z.number(),
  interpolation: z.enum(['adaptive', 'geometric', 'hybrid', 'linear', 'explicit']),
  particles: count,
  /** Independent groups of particles: each resamples within itself. */
  groups: count,
  stages: z.array(stageSchema),
  /** Tempering along the path, where it was a run of its own; null where the target's samples come from it too. */
  tempering: parallelTemperingSchema.nullable(),
  /** log Z of the target from the particles, resampling included. */
  logZ: estimateSchema,
  /** Weighted masses of the target's modes in the final particles. */
  modes: z.array(estimateSchema.extend({ name: z.string() })),
  /** Fresh base samples through all stages: without moves, and with Langevin moves between stages. */
  fresh: z.object({ samples: count, ess: figure, essRejuvenated: figure, rejuvenationSteps: count }),
});
/** A ladder of flows: its stages, its particles' figures, and the ESS of fresh samples through all of it. */
export type LadderSummary = z.infer<typeof ladderSchema>;
