/** The schedule: one flow or a ladder of flows, its λ, and the particles that go along it. */
import { z } from 'zod';
import { resamplingSchemes } from '../samplers/resample.ts';
import { MOST_SAMPLES, MOST_STAGES, positive, whole } from './values.ts';

/** See settings/lambdas.ts. */
export const interpolations = ['adaptive', 'geometric', 'hybrid', 'linear', 'explicit'] as const;

export const ladderSchema = z.strictObject({
  generator: z.enum(['auto', 'flow', 'ladder', 'rounds']).default('flow').describe(
    'one flow, a ladder of flows, (auto) the ladder only if one flow falls short, or rounds of bank, flow and refresh '
      + 'until the samples are good'
  ),
  sufficientEss: z.number().gte(0).lte(1).default(0.3).describe('auto: an ESS below this is short'),
  sufficientCoverage: z.number().gte(0).lte(1).default(0.5).describe('auto: a coverage below this is short'),
  interpolation: z.enum(interpolations).default('adaptive')
    .describe('stages of the ladder: adaptive, or a list: geometric, hybrid (geometric, then even), linear, explicit'),
  smallestLambda: z.number().gte(1e-12).lt(1).default(0.01).describe('first λ above 0 of geometric and hybrid ladders'),
  lambdaRate:
    z.number().gt(1).lt(Infinity).default(2).describe('largest ratio of neighbours in geometric and hybrid ladders'),
  largestLambdaStep: positive.lte(1).default(0.05).describe('largest difference of neighbours in hybrid ladders'),
  linearStages: whole(2).lte(MOST_STAGES).default(10).describe('stages of a linear ladder'),
  lambdas:
    z.array(z.number()).default([]).describe('explicit ladder: increasing, from above 0 to 1, such as 0.1,0.4,1'),
  targetCess: z.number().gt(0).lt(1).default(0.95).describe('adaptive: the CESS that every stage is to have'),
  particles: whole(64).lte(MOST_SAMPLES).default(20_000).describe('particles of the ladder'),
  groups: whole(2)
    .lte(1000).default(8).describe('independent groups of particles: the error of log Z comes from their spread'),
  stageSamples: whole(64).lte(MOST_SAMPLES).default(40_000).describe('PT samples that a stage is trained on'),
  stageSteps: whole(1).default(400).describe('training steps of a stage'),
  warmStart: z.boolean().default(true).describe('start a stage from the flow of the one before'),
  resampleBelow: z.number().gte(0).lte(1).default(0.5).describe('resample when the ESS of the ensemble is below this'),
  resampling: z.enum(resamplingSchemes).default('systematic').describe('how particles are resampled'),
  rejuvenation: whole(0)
    .default(20).describe('MALA steps of the particles after each stage, and of their copies before its training'),
  rejuvenationStepSize: z.number().gte(0).lt(Infinity)
    .default(0).describe("step size of these; 0: what tempering found, or (svrg) a quarter of the sampler's"),
  freshRejuvenation: whole(0).default(5).describe('MALA steps between the stages for fresh samples'),
});

export type LadderSettings = z.infer<typeof ladderSchema>;
