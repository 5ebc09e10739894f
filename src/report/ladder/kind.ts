/** A ladder of flows in reports. */
import { InputError } from '../../errors.ts';
import type { StageSamples } from '../../pipeline/stageSamples.ts';
import type { LadderSummary } from '../../records/record.ts';
import { requireLength, requireRows, type ReportInput } from '../input.ts';
import { defineKind, type CardBlock, type PlacedSection } from '../kind.ts';
import { formatPercent } from '../page/format.ts';
import { html } from '../page/markup.ts';
import { nothing } from '../page/page.ts';
import { lambdaText, leastCess, movesText, resampledStages, unresetEss } from './ladderFigures.ts';
import { ladderLines } from './lines.ts';
import { ladderMetrics } from './metrics.ts';
import { stageSamplesFigure } from './stageSamples.ts';
import { stagesSummary } from './stagesSummary.ts';

/** The three figures of a ladder that a resample does not flatter. */
function ladderCards(ladder: LadderSummary): CardBlock {
  const [cess, ess] = [leastCess(ladder), unresetEss(ladder)];
  const resets = resampledStages(ladder).length;
  const { fresh } = ladder;
  return { place: 'after', style: 'headline three', cards: [
    { name: 'Least CESS of a stage', value: formatPercent(cess?.value), context: [
      cess === null ? 'the worst single step'
        : `stage ${cess.stage.stage}, λ = ${lambdaText(cess.stage.lambda)}: the worst single step`
    ] },
    { name: 'ESS of the ensemble before any reset', value: formatPercent(ess?.value), context: [
      `${ess === null ? '' : `stage ${ess.stage.stage}; `}resampled after ${resets} of ${ladder.stages.length} `
        + 'stages, which resets this figure'
    ] },
    { name: 'ESS of fresh samples, no moves', value: formatPercent(fresh.ess), context: [
      `${formatPercent(fresh.essRejuvenated)} ${movesText(ladder)}`, 'weights never reset'
    ] },
  ] };
}

/** The ladder's account and what its stages look like. */
function stages(
  ladder: LadderSummary | null, { domain, stages: samples = [] }: ReportInput, names: readonly string[]
): PlacedSection[] {
  if (ladder === null && samples.length === 0) return [];
  return [{ after: 'ladder', id: 'stages', title: 'Stages', body: html`${ladder === null ? nothing('The ladder has no summary yet.') : stagesSummary(ladder)}${samples.length === 0 ? null : html`<h3>Samples of the stages</h3>${stageSamplesFigure(domain, names, samples)}`}` }];
}

function validateStage({ stage, lambda, pt, particles, logWeights }: StageSamples, d: number): void {
  if (!(lambda >= 0 && lambda <= 1))
    throw new InputError(`report: stages: λ of stage ${stage} must be in [0, 1], got ${lambda}`);
  requireRows(`stages: pt of stage ${stage}`, pt.length, d);
  requireLength(`stages: particles of stage ${stage} (${d} per log-weight)`, particles.length, logWeights.length * d);
}

export const ladderKind = defineKind(({ ladder }) => ladder, {
  metrics: ladderMetrics,
  lines: ladderLines,
  cards: ladderCards,
  wording: (ladder, { generation }) => {
    const seconds = ladder.seconds - generation.seconds;
    const count = ladder.stages.length;
    return {
      trained: { count, each: 'stage', name: 'stages', seconds }, particles: ladder.modes, moves: ladder.fresh.rejuvenationSteps,
      logZName: 'fresh samples', learning: `ladder ${seconds.toFixed(1)} (${count} stages)`,
    };
  },
  sections: stages,
  validate: ({ domain, stages: samples }) => samples?.forEach((stage) => validateStage(stage, domain.length)),
});
