/** Rounds of bank, flow and refresh: when they are enough, and how large they begin. */
import { z } from 'zod';
import { whole } from './values.ts';

const error = z.number().gte(0).lt(Infinity);

export const roundsSchema = z.strictObject({
  untilEss: z.number().gte(0).lt(1).default(0.95).describe('ESS of fresh samples that ends the rounds'),
  untilLogZ: error.default(0).describe('standard error of log Z that ends the rounds; 0: not asked for'),
  untilError: error.default(0)
    .describe('largest standard error of an observable that ends the rounds; 0: not asked for'),
  budgetSeconds: error.default(0).describe('seconds after which no further round begins; 0: no such limit'),
  budgetEvaluations: error.default(0).describe('energy evaluations after which no further round begins; 0: no limit'),
  budgetWork: z.number().gt(0).lt(Infinity).default(4000)
    .describe('thousand million operations of training after which no further round begins'),
  mostRounds: whole(1).lte(100).default(8).describe('rounds at most'),
  firstSteps: whole(1).default(1000).describe('training steps of the first round'),
  roundGrowth: z.number().gte(1).lte(4).default(1.6).describe('steps of a round over those of the one before'),
  reverseTerm: z.enum(['auto', 'always']).default('auto').describe(
    'auto: flows learn from samples alone, and once they learn these by heart from the energy too (theta), if a trial '
      + 'comes nearer to other samples with it; always: from both at once'
  ),
  latentChains: whole(64).lte(1_000_000).default(2048).describe('chains that are refreshed in the latent space'),
  latentMoves: whole(16).lte(1_000_000).default(96).describe('moves of each in the first round; they double'),
  mostTemperings: whole(1).lte(12).default(8).describe('tempering runs, each twice as long as the one before, at most'),
  temperWork: z.number().gt(0).lt(Infinity).default(150)
    .describe('thousand million operations that tempering may take; a run that would exceed them does not begin'),
  searchWork: z.number().gte(0).lt(Infinity).default(12)
    .describe('thousand million operations of a search for wells that tempering has not met; 0: no search'),
});

export type RoundsSettings = z.infer<typeof roundsSchema>;

/**
 * Settings that say when rounds end, and nothing of what is done in them: they may change while a run goes on, or when
 * a finished one is taken further.
 */
export const roundLimits = [
  'untilEss', 'untilLogZ', 'untilError', 'budgetSeconds', 'budgetEvaluations', 'budgetWork', 'mostRounds',
] as const satisfies readonly (keyof RoundsSettings)[];
