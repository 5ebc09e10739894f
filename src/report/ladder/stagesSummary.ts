/** The ladder of stages in words and as a table, with its figures. */
import type { LadderSummary, StageSummary } from '../../records/record.ts';
import { stagesFigure } from './stagesFigure.ts';
import {
  formatCount, formatEstimate, formatNumber, formatPercent, formatSeconds, isKnown, typographic, type Figure
} from '../page/format.ts';
import {
  freshText, lambdaText, leastCess, unresetEss, mapsText, resampledStages, type Least
} from './ladderFigures.ts';
import { html, type Markup } from '../page/markup.ts';
import { nothing, table, type Cell, type Column } from '../page/page.ts';

interface StageColumn extends Column {
  readonly cell: (stage: StageSummary) => Cell;
  /** A column of which no stage knows anything is left out. */
  readonly needs?: (stage: StageSummary) => Figure;
}

const COLUMNS: readonly StageColumn[] = [
  { name: 'stage', kind: 'number', cell: (stage) => String(stage.stage) },
  { name: 'λ', kind: 'number', cell: (stage) => lambdaText(stage.lambda) },
  { name: 'map kept', kind: 'text', cell: (stage) => stage.map },
  { name: 'CESS, kept', kind: 'number', cell: (stage) => formatPercent(stage.cess) },
  { name: 'CESS, flow', kind: 'number', cell: (stage) => formatPercent(stage.cessFlow) },
  { name: 'CESS, identity', kind: 'number', cell: (stage) => formatPercent(stage.cessIdentity) },
  {
    name: 'CESS, expected', kind: 'number', cell: (stage) => formatPercent(stage.cessPredicted),
    needs: (stage) => stage.cessPredicted
  },
  { name: 'ESS before resampling', kind: 'number', cell: (stage) => formatPercent(stage.ess) },
  { name: 'resampled', kind: 'text', cell: (stage) => (stage.resampled ? 'yes' : 'no') },
  { name: 'coverage', kind: 'number', cell: (stage) => formatNumber(stage.coverage.value, 3) },
  { name: 'log Z', kind: 'number', cell: (stage) => formatEstimate(stage.logZ.value, stage.logZ.standardError) },
  { name: 'log Z, tempering', kind: 'number', cell: (stage) => formatEstimate(
    stage.logZTempering.value, stage.logZTempering.standardError
  ) },
  {
    name: 'moves accepted', kind: 'number', cell: (stage) => formatPercent(stage.rejuvenationAcceptance),
    needs: (stage) => stage.rejuvenationAcceptance
  },
  {
    name: 'step of moves', kind: 'number', cell: (stage) => formatNumber(stage.stepSize, 2),
    needs: (stage) => stage.rejuvenationAcceptance
  },
  { name: 'training steps', kind: 'number', cell: (stage) => formatCount(stage.trainingSteps) },
  { name: 'retries', kind: 'number', cell: (stage) => formatCount(stage.retries) },
  { name: 'not finite', kind: 'number', cell: (stage) => (
    stage.nonFinite > 0 ? html`<span class="flag">▲ ${formatCount(stage.nonFinite)}</span>` : '0'
  ) },
  { name: 'time', kind: 'number', cell: (stage) => formatSeconds(stage.seconds) },
];

function ladderTable({ stages }: LadderSummary): Markup {
  const shown = COLUMNS.filter(({ needs }) => needs === undefined || stages.some((stage) => isKnown(needs(stage))));
  const kinds = [...new Set(stages.map(({ coverage }) => coverage.kind))].join(', ');
  return table(shown, stages.map((stage) => shown.map(({ cell }) => cell(stage))),
    `A row per stage. log Z ± one standard error, accumulated from the base. Coverage by ${kinds}. Retries: `
      + 'steps in λ that were tried and shrunk before this one.',
    true);
}

function where(least: Least | null): string {
  return least === null ? '' : ` at stage ${least.stage.stage}, λ = ${lambdaText(least.stage.lambda)}`;
}

/** "2, 5 and 7" */
function listed(numbers: readonly number[]): string {
  return numbers.length < 2 ? numbers.join('')
    : `${numbers.slice(0, -1).join(', ')} and ${numbers[numbers.length - 1]}`;
}

function resetText(ladder: LadderSummary): string {
  const resets = resampledStages(ladder);
  if (resets.length === 0) return 'The ensemble was never resampled: this is its whole history.';
  return `The ensemble was resampled after ${resets.length === 1 ? 'stage' : 'stages'} ${listed(resets)}. A `
    + 'resample makes the weights equal within each group and sets the ensemble’s ESS back with them, so the '
    + 'figure after it says nothing; quote this one.';
}

/** The three figures that a resample does not flatter. */
function honestFigures(ladder: LadderSummary): Markup {
  const [cess, ess] = [leastCess(ladder), unresetEss(ladder)];
  return html`<ul class="figures-list">
<li><b>CESS per stage: ${formatPercent(cess?.value)} at least</b>${where(cess)}. What the worst single step leaves of the ensemble.</li>
<li><b>ESS of the ensemble before any reset: ${formatPercent(ess?.value)}</b>${where(ess)}. ${resetText(ladder)}</li>
<li><b>ESS of fresh samples: ${freshText(ladder)}.</b> ${formatCount(ladder.fresh.samples)} new base points sent through all stages, their weights carried all the way and never reset.</li>
</ul>`;
}

export function stagesSummary(ladder: LadderSummary): Markup {
  if (ladder.stages.length === 0) return nothing('The ladder has no stage yet.');
  return html`<p class="lead">${formatCount(ladder.particles)} particles in ${formatCount(ladder.groups)} independent ${ladder.groups === 1 ? 'group' : 'groups'} went from base (λ = 0) to target (λ = 1) on the energies (1 − λ) U₀ + λ U₁ in ${formatCount(ladder.stages.length)} ${ladder.stages.length === 1 ? 'stage' : 'stages'} (${mapsText(ladder)}), ${ladder.interpolation} in λ, ${formatSeconds(ladder.seconds)} in all. log Z from the particles: ${typographic(formatEstimate(ladder.logZ.value, ladder.logZ.standardError))}.</p>
<h3>Three figures to quote</h3>
${honestFigures(ladder)}${ladderTable(ladder)}${stagesFigure(ladder)}`;
}
