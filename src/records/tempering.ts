/** What a record says of parallel tempering. */
import { z } from 'zod';
import { count, estimateSchema, extendedFigure, figure } from './values.ts';

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
  splitRhat: z.array(z.object({ name: z.string(), value: extendedFigure })),
  /** Smallest over the named functions. */
  effectiveSampleSize: figure,
  nonFinite: count,
  logZ: estimateSchema.nullable(),
});
export type ParallelTemperingSummary = z.infer<typeof parallelTemperingSchema>;
