/** What a ladder of stages amounts to in a few figures that a resample cannot flatter. */
import type { LadderSummary, StageSummary } from '../../records/record.ts';
import { formatCount, formatPercent, isKnown, UNKNOWN, type Figure } from '../page/format.ts';

export interface Least {
  readonly value: number;
  readonly stage: StageSummary;
}

/** The stage with the smallest known figure; null when none is known. */
export function leastStage(stages: readonly StageSummary[], read: (stage: StageSummary) => Figure): Least | null {
  return stages.reduce<Least | null>((least, stage) => {
    const value = read(stage);
    return isKnown(value) && (least === null || value < least.value) ? { value, stage } : least;
  }, null);
}

/** The worst single step. */
export function leastCess(ladder: LadderSummary): Least | null {
  return leastStage(ladder.stages, (stage) => stage.cess);
}

/** The ensemble's ESS before any reset: at the first resample, or at the end where there is none. */
export function unresetEss({ stages }: Pick<LadderSummary, 'stages'>): Least | null {
  const stage = stages.find(({ resampled }) => resampled) ?? stages.at(-1);
  return stage !== undefined && isKnown(stage.ess) ? { value: stage.ess, stage } : null;
}

/** "62.1 % (stage 4)" */
export function leastText(least: Least | null): string {
  return least === null ? UNKNOWN : `${formatPercent(least.value)} (stage ${least.stage.stage})`;
}

/** "with 10 Langevin steps between stages" */
export function movesText({ fresh: { rejuvenationSteps } }: LadderSummary): string {
  return `with ${formatCount(rejuvenationSteps)} Langevin ${rejuvenationSteps === 1 ? 'step' : 'steps'} between stages`;
}

/** "31.2 % without moves, 78.4 % with 10 Langevin steps between stages" */
export function freshText(ladder: LadderSummary): string {
  const { ess, essRejuvenated } = ladder.fresh;
  return `${formatPercent(ess)} without moves, ${formatPercent(essRejuvenated)} ${movesText(ladder)}`;
}

/** Numbers of the stages after which the ensemble was resampled. */
export function resampledStages(ladder: LadderSummary): number[] {
  return ladder.stages.filter(({ resampled }) => resampled).map(({ stage }) => stage);
}

/** Sum over the stages. */
export function totalOf(ladder: LadderSummary, read: (stage: StageSummary) => number): number {
  return ladder.stages.reduce((sum, stage) => sum + read(stage), 0);
}

/** λ with as many digits as it has, at most four. */
export function lambdaText(lambda: number): string {
  return isKnown(lambda) ? String(Number(lambda.toPrecision(4))) : UNKNOWN;
}

/** "5 flows, 1 identity" */
export function mapsText(ladder: LadderSummary): string {
  const flows = ladder.stages.filter(({ map }) => map === 'flow').length;
  const identities = ladder.stages.length - flows;
  return `${flows} ${flows === 1 ? 'flow' : 'flows'}, ${identities} ${identities === 1 ? 'identity' : 'identities'}`;
}

/** How far the generator's log Z is from tempering's, in their common standard error; null where that is unknown. */
export function temperingDistance({ logZ, logZTempering }: StageSummary): number | null {
  if (!isKnown(logZ.value) || !isKnown(logZTempering.value) || !isKnown(logZ.standardError) || !isKnown(
    logZTempering.standardError
  )) return null;
  const error = Math.hypot(logZ.standardError, logZTempering.standardError);
  return error > 0 ? Math.abs(logZ.value - logZTempering.value) / error : null;
}
