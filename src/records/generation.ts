/** What a record says of the weighted samples: their worth, and every estimate that they give. */
import { z } from 'zod';
import { comparedSchema, count, estimateSchema, extendedFigure, figure } from './values.ts';

/** An observable, beside what tempering alone says of it; null in runs of before that was kept. */
export const observableSchema = comparedSchema.extend({ tempering: estimateSchema.nullable().default(null) });
export type ObservableSummary = z.infer<typeof observableSchema>;

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
export type ModeSummary = z.infer<typeof modeSchema>;

/** How much of the target a set of points reaches. */
export const coverageSchema = z.object({
  kind: z.enum(['modes', 'neighbours']),
  /**
   * Modes: smallest ratio of a mode's mass to its reference mass. Neighbours: share of PT points with a point of the
   * set near them.
   */
  value: figure,
});

/**
 * How far the weighted samples' density of a one-dimensional function of the point is from the exact or tempering's.
 */
export const projectionSchema = z.object({
  name: z.string(),
  reference: z.enum(['exact', 'tempering']),
  bins: count,
  /** Bins that are judged: where the reference is not tiny. Those of them without a sample. */
  judged: count,
  empty: count,
  /** Largest deviation of the free energy −log p over them, in kT; where, and its standard error. */
  deviation: figure,
  at: figure,
  standardError: figure,
  /** Largest difference of densities, in standard errors (of both, where tempering is the reference). */
  errors: figure,
});
export type ProjectionSummary = z.infer<typeof projectionSchema>;

export const generationSchema = z.object({
  seconds: z.number(),
  samples: count,
  /** (Σw)² / (n Σw²), as a fraction of n. */
  ess: figure,
  /** ESS fraction estimated on PT samples. */
  forwardEss: figure,
  paretoK: extendedFigure,
  coverage: coverageSchema,
  modes: z.array(modeSchema),
  logZ: comparedSchema.omit({ name: true }),
  observables: z.array(observableSchema),
  projections: z.array(projectionSchema).default([]),
  /** L2 norm of the errors over the observables with an exact value. */
  bias: figure,
  nonFinite: count,
  outOfBox: figure,
});
export type GenerationSummary = z.infer<typeof generationSchema>;
