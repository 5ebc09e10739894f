/** What a record says of rounds of bank, flow and refresh. */
import { z } from 'zod';
import { count, estimateSchema, extendedFigure, figure, standingSchema } from './values.ts';

/** One tempering run of the bank. */
export const temperingRoundSchema = z.object({
  rounds: count,
  replicas: count,
  seconds: z.number(),
  splitRhat: extendedFigure,
  effectiveSampleSize: figure,
  roundTrips: count,
  /** Why there was a longer one, or none. */
  reason: z.string(),
});
export type TemperingRound = z.infer<typeof temperingRoundSchema>;

/** One round: a flow is trained on, its samples are weighed, and chains are moved in its latent space. */
export const roundSchema = z.object({
  round: count,
  layers: count,
  steps: count,
  /** Of the loss: 0 where the flow learned from samples alone; null in runs of before that was told. */
  theta: figure.default(null),
  seconds: z.number(),
  /** Of fresh samples of the flow, and on samples that it was not trained on and was; as fractions. */
  ess: figure,
  forwardEss: figure,
  trainedEss: figure,
  /** By how many nats samples that it was trained on are likelier than others; null where chance explains it. */
  overfit: figure.default(null),
  /** Share of samples that it was not trained on with a weight above those of all fresh ones; 0 where they are few. */
  beyond: z.number(),
  /** The same of samples that it was trained on. */
  trainedBeyond: z.number().default(0),
  logZ: estimateSchema,
  /** Of the fresh samples' weights; and whether what such a tail leaves unseen matters beside the error of log Z. */
  paretoK: extendedFigure,
  tail: standingSchema.default('sound'),
  /** Accepted moves of the latent chains: small steps and independent points. */
  accepted: figure,
  acceptedIndependent: figure,
  /** Nested R̂, the largest over coordinates and energy, of the moved chains. */
  splitRhat: extendedFigure,
  /** What was wrong with the final samples, of a round that was to be the last; null: nothing, or it was not. */
  doubt: z.string().nullable().default(null),
  /** Why there was a further round, or none. */
  reason: z.string(),
});
export type RoundSummary = z.infer<typeof roundSchema>;

/** A well that chains had not met, found by a search. */
export const foundWellSchema = z.object({
  /** In the target's own coordinates. */
  centre: z.array(z.number()),
  /** Estimated, of the mass of all that is known. */
  share: z.number(),
});
export type FoundWell = z.infer<typeof foundWellSchema>;

/** A search for wells that tempering has not met. */
export const searchSchema = z.object({
  seconds: z.number(),
  evaluations: z.number(),
  /** Descents, rays that were screened, and minima from which chains were started. */
  descents: count,
  rays: count,
  candidates: count,
  wells: z.array(foundWellSchema),
  /**
   * The narrowest well far out with half of the mass that so many rays miss in no more than one run of twenty, in
   * deviations of the known bulk; null: even wide ones may be missed.
   */
  reach: figure,
});
export type SearchSummary = z.infer<typeof searchSchema>;

export const roundsSchema = z.object({
  temperings: z.array(temperingRoundSchema),
  /** null in runs of before there was any. */
  search: searchSchema.nullable().default(null),
  rounds: z.array(roundSchema),
  /** The round whose flow the result is made with; null in runs of before one was chosen: the last. */
  kept: z.number().nullable().default(null),
  /** Energy evaluations of everything before the final samples. */
  evaluations: z.number(),
  /** What was asked for: the ESS of fresh samples, and standard errors of log Z and of observables; 0: none. */
  wanted: z.object({ ess: z.number(), logZ: z.number(), error: z.number() }),
});
export type RoundsSummary = z.infer<typeof roundsSchema>;
