/** The schema of `run.json`: everything a run says about itself. Versioned; read back through zod. */
import { z } from 'zod';
import { generationSchema } from './generation.ts';
import { ladderSchema } from './ladder.ts';
import { noiseSchema } from './noise.ts';
import { pathIntegralSchema } from './ring.ts';
import { roundsSchema } from './rounds.ts';
import { parallelTemperingSchema } from './tempering.ts';
import { trainingSchema } from './training.ts';
import { count, figure, standingSchema } from './values.ts';

/** Raised whenever a field changes meaning; a reader refuses any other version. */
export const RECORD_VERSION = 1;

export const warningSchema = z.object({
  /** Stable word for programs: `missing-mode`, `heavy-weights`, `poor-ladder`, … */
  code: z.string(),
  severity: z.enum(['note', 'warning']),
  message: z.string(),
  /** What it makes of the run's standing; absent where it leaves that as it is. */
  standing: z.enum(['doubtful', 'unknown']).optional(),
});
/** What the verdict has to say, in a sentence, and what it makes of the figures. */
export type Warning = z.infer<typeof warningSchema>;

/** How the weighted samples were made, and why so. */
export const choiceSchema = z.object({
  generator: z.enum(['flow', 'ladder']),
  by: z.enum(['automatic', 'setting']),
  /** One sentence: the figures that decided. */
  reason: z.string(),
  /** Of the one flow, where one was tried before the ladder; its forward ESS with truncated weights. */
  oneFlow: z.object({ ess: figure, forwardEss: figure, coverage: figure }).nullable(),
});
export type Choice = z.infer<typeof choiceSchema>;

/** A settings value: what `--set key=value` can name. */
export const settingSchema = z.union([z.number(), z.string(), z.boolean(), z.array(z.number())]);
export type Setting = z.infer<typeof settingSchema>;

export const resultSchema = z.object({
  parallelTempering: parallelTemperingSchema,
  training: trainingSchema,
  generation: generationSchema,
  // Runs of before there was a choice have no such entries: they are of one flow.
  choice: choiceSchema.nullable().default(null),
  /** null where one flow made the samples. */
  ladder: ladderSchema.nullable().default(null),
  /** null where the samples were not made in rounds. */
  rounds: roundsSchema.nullable().default(null),
  /** null where the energy was not seen with noise. */
  noise: noiseSchema.nullable().default(null),
  /** null where the target is no path integral. */
  pathIntegral: pathIntegralSchema.nullable().default(null),
  warnings: z.array(warningSchema),
  /** The worst of the warnings' standings; null in runs of before there were any. */
  standing: standingSchema.nullable().default(null),
  /** Whole run, wall clock, in seconds, summed over resumes. */
  seconds: z.number(),
  peakMemoryBytes: count,
});
/** Every figure of a finished run; those that are not finite are null. */
export type RunResult = z.infer<typeof resultSchema>;

const fileSchema = z.object({ path: z.string(), sha256: z.string() });

/** A user's definition as it was run. The run keeps its files; of data and packages it only knows which they were. */
export const definitionSchema = z.object({
  /** The file that was named, then those that it imports, by their paths below the folder that holds them all. */
  files: z.array(fileSchema).min(1),
  /** Files of data that were read, by their paths below that folder or from the root. */
  data: z.array(fileSchema),
  /** Versions of imported packages. */
  packages: z.record(z.string(), z.string()),
});
export type Definition = z.infer<typeof definitionSchema>;

export const recordSchema = z.object({
  format: z.literal('jeffreys-flow run'),
  recordVersion: z.literal(RECORD_VERSION),
  versions: z.record(z.string(), z.string()),
  target: z.string(),
  /** Absolute path of the user's definition, or null for a built-in target. */
  targetFile: z.string().nullable(),
  /** null for a built-in target, and in runs of before definitions were kept with all that they import. */
  definition: definitionSchema.nullable().default(null),
  /**
   * SHA-256 of the data of a target that is a sum over rows; null for others, and in runs of before there were such.
   */
  dataHash: z.string().nullable().default(null),
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
/** `run.json`: what a run was asked for, with which versions, how far it is, and its result. */
export type RunRecord = z.infer<typeof recordSchema>;
