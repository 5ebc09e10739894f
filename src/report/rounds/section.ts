/** The rounds of a run in words, as tables and as a figure. */
import type { RoundsSummary, RoundSummary, SearchSummary, TemperingRound } from '../../records/record.ts';
import {
  formatCount, formatEstimate, formatEvaluations, formatExtended, formatNumber, formatPercent, formatSeconds,
  formatSetting
} from '../page/format.ts';
import { html, type Markup } from '../page/markup.ts';
import { nothing, table, type Cell, type Column } from '../page/page.ts';
import { roundsFigure } from './figure.ts';
import { roundsSeconds } from './metrics.ts';

interface Told<Row> extends Column {
  readonly cell: (row: Row, k: number) => Cell;
  /** A column is left out where no row has anything to say. */
  readonly says?: (row: Row) => boolean;
}

const TEMPERINGS: readonly Told<TemperingRound>[] = [
  { name: 'run', kind: 'number', cell: (_, k) => String(k + 1) },
  { name: 'turns', kind: 'number', cell: ({ rounds }) => formatCount(rounds) },
  { name: 'rungs', kind: 'number', cell: ({ replicas }) => formatCount(replicas) },
  { name: 'effective samples', kind: 'number', cell: ({ effectiveSampleSize }) => formatNumber(effectiveSampleSize) },
  { name: 'round trips', kind: 'number', cell: ({ roundTrips }) => formatCount(roundTrips) },
  { name: 'R\u0302', kind: 'number', cell: ({ splitRhat }) => formatExtended(splitRhat, 4) },
  { name: 'time', kind: 'number', cell: ({ seconds }) => formatSeconds(seconds) },
  { name: 'then', kind: 'wide', cell: ({ reason }) => reason },
];

const ROUNDS: readonly Told<RoundSummary>[] = [
  { name: 'round', kind: 'number', cell: ({ round }) => String(round) },
  { name: 'training steps', kind: 'number', cell: ({ steps }) => formatCount(steps) },
  {
    name: '\u03b8', kind: 'number', cell: ({ theta }) => formatSetting(theta ?? undefined),
    says: ({ theta }) => theta !== null && theta > 0
  },
  { name: 'layers', kind: 'number', cell: ({ layers }) => formatCount(layers) },
  { name: 'ESS', kind: 'number', cell: ({ ess }) => formatPercent(ess) },
  { name: 'on held-out samples', kind: 'number', cell: ({ forwardEss }) => formatPercent(forwardEss) },
  { name: 'on its own', kind: 'number', cell: ({ trainedEss }) => formatPercent(trainedEss) },
  {
    name: 'beyond every weight', kind: 'number', cell: ({ beyond }) => formatPercent(beyond),
    says: ({ beyond }) => beyond > 0
  },
  { name: 'k\u0302', kind: 'number', cell: ({ paretoK }) => formatExtended(paretoK, 2) },
  { name: 'log Z', kind: 'number', cell: ({ logZ }) => formatEstimate(logZ.value, logZ.standardError) },
  { name: 'steps accepted', kind: 'number', cell: ({ accepted }) => formatPercent(accepted) },
  { name: 'fresh points accepted', kind: 'number', cell: ({ acceptedIndependent }) => formatPercent(acceptedIndependent) },
  { name: 'R\u0302', kind: 'number', cell: ({ splitRhat }) => formatExtended(splitRhat, 4) },
  { name: 'time', kind: 'number', cell: ({ seconds }) => formatSeconds(seconds) },
  { name: 'then', kind: 'wide', cell: ({ reason }) => reason },
];

function tableOf<Row>(columns: readonly Told<Row>[], rows: readonly Row[], caption: string): Markup {
  const shown = columns.filter(({ says }) => says === undefined || rows.some(says));
  return table(shown, rows.map((row, k) => shown.map(({ cell }) => cell(row, k))), caption, true);
}

/** What was looked for between tempering and the rounds, and what was found. */
function searchText({ descents, rays, candidates, wells, seconds }: SearchSummary): string {
  const found = wells.length === 0 ? 'no well that chains had not met'
    : `${wells.length === 1 ? 'a well' : `${formatCount(wells.length)} wells`} that no chain had met, with `
      + `${wells.map(({ share }) => formatPercent(share)).join(', ')} of the mass`;
  return `A search between tempering and the rounds (${formatCount(descents)} descents, ${formatCount(rays)} rays, chains `
    + `from ${formatCount(candidates)} minima; ${formatSeconds(seconds)}) found ${found}.`;
}

export function roundsSection(summary: RoundsSummary): Markup {
  const { temperings, rounds, search, evaluations } = summary;
  const last = rounds.at(-1);
  if (last === undefined) return nothing('No round is over yet.');
  return html`<p class="lead">${formatCount(rounds.length)} ${rounds.length === 1 ? 'round' : 'rounds'} in ${formatSeconds(roundsSeconds(summary))} and ${formatEvaluations(evaluations)} energy evaluations: in each a flow was trained on what was known of the target, its samples were weighed, and chains were moved in its latent space for the next. There was no further one (${last.reason}).</p>${roundsFigure(summary)}${tableOf(ROUNDS, rounds, 'A row per round. ESS of fresh samples of the flow, of held-out ones, and of samples that it was trained on; k̂ of its weights; log Z ± one standard error. Accepted: moves of the chains by small steps, and to points drawn afresh from the flow.')}${tableOf(TEMPERINGS, temperings, 'Tempering before the rounds: each run goes on from the one before, with standard units and rungs taken from it.')}${search === null ? null : html`<p>${searchText(search)}</p>`}`;
}
