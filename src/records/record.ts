/** The schema of `run.json`: everything a run says about itself. Versioned; read back through zod. */
import { z } from 'zod';

/** Raised whenever a field changes meaning; a reader refuses any other version. */
export const RECORD_VERSION = 1;

/** JSON has no NaN or infinity; a figure that is not finite is stored as null and shown as "n/a". */
const figure = z.number().nullable();
const count = z.number().int().nonnegative();

/** A figure with its standard error. */
export const estimateSchema = z.object({ value: figure, standardError: figure });

/** A figure beside the exact one, where it is known. */
export const comparedSchema = estimateSchema.extend({ name: z.string(), exact: figure });

export const parallelTemperingSchema = z.object({
  seconds: z.number(),
  kernel: z.string(),
  ladders: count,
  rounds: count,
  warmupRounds: count,
  samples: count,
  /** Ladder from hot to cold, ending in 1; the arrays below follow it. */
  inverseTemperatures: z.array(z.number()),
  stepSizes: z.array(z.number()),
  acceptanceRates: z.array(figure),
  /** One entry per pair of neighbours: length K − 1. */
  swapRates: z.array(figure),
  roundTrips: count,
  /** Λ: the sum of the pairs' rejection rates (Syed et al. 2022). */
  barrier: figure,
  /** Integrated autocorrelation times at β = 1, in rounds, per named function of the chain. */
  autocorrelationTimes: z.array(z.object({ name: z.string(), rounds: figure })),
  splitRhat: z.array(z.object({ name: z.string(), value: figure })),
  /** Smallest over the named functions. */
  effectiveSampleSize: figure,
  nonFinite: count,
  logZ: estimateSchema.nullable(),
});

export const trainingPointSchema = z.object({
  step: count,
  loss: figure,
  reverse: figure,
  forward: figure,
  variation: figure,
  learningRate: z.number(),
  gradientNorm: figure,
  /** Held-out ESS of fresh base samples, as a fraction; only at evaluation steps. */
  reverseEss: figure.optional(),
  /** Held-out ESS estimated on PT samples, as a fraction: falls when a mode is missed. */
  forwardEss: figure.optional(),
});

export const trainingSchema = z.object({
  seconds: z.number(),
  steps: count,
  stepsPlanned: count,
  millisecondsPerStep: z.number(),
  parameters: count,
  bestStep: count,
  clippedSteps: count,
  skippedSteps: count,
  stopReason: z.enum(['schedule', 'earlyStop']),
  /** Loss and held-out curves, thinned to at most a few hundred points. */
  curve: z.array(trainingPointSchema),
});

export const modeSchema = z.object({
  name: z.string(),
  /** Importance-weighted mass: the estimate. */
  weighted: estimateSchema,
  /** Mass in the unweighted flow. */
  flow: estimateSchema,
  /** Mass in the PT samples. */
  pt: estimateSchema,
  exact: figure,
});

export const generationSchema = z.object({
  seconds: z.number(),
  samples: count,
  /** (Σw)² / (n Σw²), as a fraction of n. */
  ess: figure,
  /** ESS fraction estimated on PT samples. */
  forwardEss: figure,
  paretoK: figure,
  coverage: z.object({
    kind: z.enum(['modes', 'neighbours']),
    /** Modes: smallest ratio of flow mass to reference mass. Neighbours: share of PT points with a generated neighbour. */
    value: figure,
  }),
  modes: z.array(modeSchema),
  logZ: comparedSchema.omit({ name: true }),
  observables: z.array(comparedSchema),
  /** L2 norm of the errors over the observables with an exact value. */
  bias: figure,
  nonFinite: count,
  outOfBox: figure,
});

export const warningSchema = z.object({
  /** Stable word for programs: `missing-mode`, `heavy-weights`, `poor-ladder`, … */
  code: z.string(),
  severity: z.enum(['note', 'warning']),
  message: z.string(),
});

/** A settings value: what `--set key=value` can name. */
export const settingSchema = z.union([z.number(), z.string(), z.boolean(), z.array(z.number())]);

export const resultSchema = z.object({
  parallelTempering: parallelTemperingSchema,
  training: trainingSchema,
  generation: generationSchema,
  warnings: z.array(warningSchema),
  /** Whole run, wall clock, in seconds, summed over resumes. */
  seconds: z.number(),
  peakMemoryBytes: count,
});

export const recordSchema = z.object({
  format: z.literal('jeffreys-flow run'),
  recordVersion: z.literal(RECORD_VERSION),
  versions: z.record(z.string(), z.string()),
  target: z.string(),
  /** Absolute path of the user's definition, or null for a built-in target. */
  targetFile: z.string().nullable(),
  dimension: z.number().int().positive(),
  preset: z.string(),
  seed: z.number().int().nonnegative(),
  settings: z.record(z.string(), settingSchema),
  state: z.enum(['running', 'interrupted', 'failed', 'complete']),
  /** ISO 8601. */
  startedAt: z.string(),
  updatedAt: z.string(),
  message: z.string().nullable(),
  result: resultSchema.nullable(),
});

export type Estimate = z.infer<typeof estimateSchema>;
export type Compared = z.infer<typeof comparedSchema>;
export type ParallelTemperingSummary = z.infer<typeof parallelTemperingSchema>;
export type TrainingPoint = z.infer<typeof trainingPointSchema>;
export type TrainingSummary = z.infer<typeof trainingSchema>;
export type ModeSummary = z.infer<typeof modeSchema>;
export type GenerationSummary = z.infer<typeof generationSchema>;
export type Warning = z.infer<typeof warningSchema>;
export type RunResult = z.infer<typeof resultSchema>;
export type RunRecord = z.infer<typeof recordSchema>;
export type Setting = z.infer<typeof settingSchema>;
