/** What a record says of rounds of bank, flow and refresh. */
import { z } from 'zod';
import { count, estimateSchema, extendedFigure, figure } from './values.ts';

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
  seconds: z.number(),
  /** Of fresh samples of the flow, and on samples that it was not trained on and was; as fractions. */
  ess: figure,
  forwardEss: figure,
  trainedEss: figure,
  logZ: estimateSchema,
  /** Accepted moves of the latent chains: small steps and independent points. */
  accepted: figure,
  acceptedIndependent: figure,
  /** Largest over coordinates and energy, of the moved chains. */
  splitRhat: extendedFigure,
  /** Why there was a further round, or none. */
  reason: z.string(),
});
export type RoundSummary = z.infer<typeof roundSchema>;

export const roundsSchema = z.object({
  temperings: z.array(temperingRoundSchema),
  rounds: z.array(roundSchema),
  /** Energy evaluations of everything before the final samples. */
  evaluations: z.number(),
  /** What was asked for: the ESS of fresh samples, and standard errors of log Z and of observables; 0: none. */
  wanted: z.object({ ess: z.number(), logZ: z.number(), error: z.number() }),
});
export type RoundsSummary = z.infer<typeof roundsSchema>;
