/** Figures as a record stores them, and estimates with how far they can be trusted. */
import { z } from 'zod';

/** JSON has no NaN or infinity; a figure that is not finite is stored as null and shown as "n/a". */
export const figure = z.number().nullable();

export const count = z.number().int().nonnegative();

/** A figure whose infinity says something: that is stored as a word. See `storedExtended`. */
export const extendedFigure = z.union([z.number(), z.enum(['Infinity', '-Infinity'])]).nullable();

/** How far a figure can be trusted: see verdict/trust.ts. */
export const standingSchema = z.enum(['sound', 'doubtful', 'unknown']);
export type Standing = z.infer<typeof standingSchema>;

/**
 * A figure with its standard error. An error that is not known is null, with the reason; that of a doubtful figure is
 * widened to cover what is known. Runs of before there were standings have neither.
 */
export const estimateSchema = z.object({
  value: figure, standardError: figure, standing: standingSchema.optional(), reason: z.string().optional(),
});
export type Estimate = z.infer<typeof estimateSchema>;

/** A figure beside the exact one, where it is known. */
export const comparedSchema = estimateSchema.extend({ name: z.string(), exact: figure });
export type Compared = z.infer<typeof comparedSchema>;
