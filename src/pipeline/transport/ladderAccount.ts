/** What the stages of a ladder on an energy that is known tell of themselves. */
import { z } from 'zod';
import { foldIn } from '../../engine/random.ts';
import { storedEstimate, storedFigure } from '../../records/figure.ts';
import { stageSchema, type StageSummary } from '../../records/record.ts';
import type { LadderSettings } from '../../settings/ladder.ts';
import type { Target } from '../../targets/target.ts';
import type { Bank } from '../bank/bank.ts';
import { checkStored } from '../journal.ts';
import type { StageAccount, StageFacts } from './context.ts';
import { logZOfGroups } from '../../samplers/particles.ts';
import { learned } from './schedule.ts';
import { stageCoverage } from '../../verdict/stageCoverage.ts';

const storedSchema = z.object({ summary: stageSchema, gain: z.number() });

export function ladderAccount(target: Target, bank: Bank, ladder: LadderSettings): StageAccount<StageSummary> {
  const summaryOf = (facts: StageFacts): StageSummary => {
    const { index, step, map, weighted, ess, nonFinite, resampled, moved, stepSize, seconds, key } = facts;
    const { lambda, moving, staying, training, split } = step;
    const tempering = bank.logZ(lambda) ?? { value: NaN, standardError: NaN };
    const cess = [moving, staying].map((judged) => judged?.cess ?? NaN);
    return {
      stage: index, lambda, map,
      cess: storedFigure(Math.max(...cess)), cessFlow: storedFigure(cess[0]), cessIdentity: storedFigure(cess[1]),
      cessPredicted: step.cessPredicted, retries: step.retries, ess: storedFigure(ess ?? NaN), resampled,
      coverage: stageCoverage(target, split.all.samples, weighted, foldIn(key, 'coverage')),
      logZ: storedEstimate(logZOfGroups(weighted.logWeights, ladder.groups)),
      logZTempering: storedEstimate(tempering),
      rejuvenationAcceptance: ladder.rejuvenation === 0 ? null : storedFigure(moved?.acceptance ?? NaN), stepSize,
      trainingSteps: training.steps, trainingSeconds: training.seconds,
      poolSize: storedFigure(bank.effectiveSize(lambda)), nonFinite: nonFinite + (moved?.nonFinite ?? 0), seconds,
    };
  };
  return {
    trained: () => ({}),
    retrained: () => undefined,
    of: (facts) => {
      const summary = summaryOf(facts);
      const gain = learned(summary.cess ?? NaN, summary.cessIdentity ?? NaN);
      return { summary, json: { summary, gain: gain.gain }, gain, cess: summary.cess };
    },
    read: (json, where) => {
      const { summary, gain } = checkStored(storedSchema, json, where);
      const { map, lambda, stepSize, cess, ess } = summary;
      return { summary, gain: { gain }, map, lambda, stepSize, cess, ess };
    },
  };
}
