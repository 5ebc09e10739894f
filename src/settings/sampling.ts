/** What samples the target first. */
import { z } from 'zod';
import { kernels, type KernelName } from '../samplers/kernels.ts';
import { positive, whole } from './values.ts';

export const samplers = ['tempering', 'resgld'] as const;

const kernelNames = Object.keys(kernels) as [KernelName, ...KernelName[]];

export const samplingSchema = z.strictObject({
  sampler: z.enum(samplers).default('tempering').describe(
    'what samples the target first: parallel tempering on its energy, or replica-exchange SGLD on noisy '
      + 'values of it'
  ),
  kernel: z.enum(kernelNames).describe('Markov kernel of parallel tempering'),
  path: z.enum(['temperature', 'interpolation']).default('temperature')
    .describe('what tempering goes along: exp(−β U), or from the base to the target, U_λ = (1 − λ) U0 + λ U1'),
  stepSize: z.number().gte(0).lt(Infinity).describe("the kernel's (first) step size; 0: its own default"),
  leapfrogSteps: whole(1).lte(10_000).default(8).describe('hmc: gradients of a kernel step'),
  stepDecades: z.number().gte(0).lte(20).default(0).describe(
    'mala and hmc: each step draws its size from so many decades below the adapted one, log-uniformly, for targets of '
      + 'many widths (funnels); 0: one step size'
  ),
  hottest:
    positive.lte(1).describe('smallest inverse temperature of tempering; with path=interpolation, its first λ above 0'),
  replicas: whole(1).lte(1000).describe('rungs of tempering'),
  ladders: whole(1).lte(100_000).describe('independent ladders of tempering'),
  warmupRounds: whole(0).describe('rounds of adaptation, discarded'),
  rounds: whole(32).describe('recorded rounds; one sample per ladder and round'),
  stepsPerRound: whole(1).describe('kernel steps between swaps'),
  adaptLadder: z.boolean().describe('move the rungs of tempering to equal swap rates in warm-up'),
  precision: z.enum(['float64', 'float32']).default('float64')
    .describe('arithmetic of the chains; float32 takes half the time, and rounds energies to seven digits'),
});

export type SamplingSettings = z.infer<typeof samplingSchema>;
