/** The report of one run: a self-contained page. */
import type { RunResult } from '../records/record.ts';
import { trainingFigure } from './figures/curves.ts';
import { energiesFigure } from './figures/energies.ts';
import { marginalsFigure } from './figures/marginals.ts';
import { modesFigure } from './figures/modes.ts';
import { projectionsFigure } from './figures/projections.ts';
import { planeFigure, projectionFigure, type SampleClouds } from './figures/samples.ts';
import { ladderFigure } from './figures/temperingLadder.ts';
import { weightFigure } from './figures/weightHistogram.ts';
import { validate, type ReportInput } from './input.ts';
import { kinds, wordingOf } from './kinds.ts';
import { html, type Markup } from './page/markup.ts';
import { nothing, page, type Section } from './page/page.ts';
import { coordinateNames } from './page/window.ts';
import { headline } from './sections/headline.ts';
import { notices } from './sections/notices.ts';
import { reproduce } from './sections/reproduce.ts';
import { metricsTable, observablesTable, settingsTable } from './sections/tables.ts';
import { title } from './sections/title.ts';
import { normaliseLogWeights } from './weights.ts';

function samplesSection(input: ReportInput, names: readonly string[], clouds: SampleClouds): Markup {
  const empty = nothing('No samples were given.');
  if (input.domain.length === 1) return nothing('The target has one coordinate: its marginal below shows everything.');
  if (input.domain.length === 2)
    return planeFigure(input.domain, names, clouds, input.surface ?? null, input.record.target) ?? empty;
  return projectionFigure(input.domain, names, clouds) ?? empty;
}

/** The rungs of tempering. */
function ladderSection(result: RunResult): Markup {
  const { temperingLead } = wordingOf(result);
  const lead = temperingLead === null ? null : html`<p class="lead">${temperingLead}</p>`;
  return html`${lead}${ladderFigure(result.parallelTempering)}`;
}

function trainingSection(result: RunResult): Markup {
  const curves = trainingFigure(result.training);
  const { trained } = wordingOf(result);
  return trained === null ? curves
    : html`<p class="lead">Of the flow of the last ${trained.each}; those before it are in the table of ${trained.each}s.</p>${curves}`;
}

function section(id: string, name: string, body: Markup | null): Section[] {
  return body === null ? [] : [{ id, title: name, body }];
}

/**
 * One HTML file that opens offline: warnings first, then figures, charts and tables. The same input gives the same
 * bytes.
 * @throws InputError when the shapes of the arrays do not fit the record
 */
export function renderReport(input: ReportInput): string {
  validate(input);
  for (const kind of kinds) kind.validate(input);
  const { record, domain } = input;
  const { result } = record;
  const dimension = domain.length;
  const names = input.names ?? coordinateNames(domain);
  const normalised = normaliseLogWeights(input.logWeights);
  const clouds: SampleClouds = {
    pt: input.ptSamples === undefined ? null : { points: input.ptSamples, dimension, weights: null },
    flow: { points: input.flowSamples, dimension, weights: null },
    weighted: { points: input.flowSamples, dimension, weights: normalised.weights },
  };
  const unfinished = nothing('The run has no result yet.');
  const { projections = [], energies } = input;
  const general: Section[] = [
    { id: 'figures', title: 'Headline figures', body: headline(record, input.paper ?? null) },
    { id: 'samples', title: 'Samples', body: samplesSection(input, names, clouds) },
    ...section('projections', 'Projections', projections.length === 0 ? null : projectionsFigure(
      projections, input.record.result?.standing ?? null
    )),
    ...section('energies', 'Energies', energies === undefined ? null : energiesFigure(energies, normalised.weights)),
    { id: 'ladder', title: 'Tempering ladder', body: result === null ? unfinished : ladderSection(result) },
    { id: 'training', title: 'Training', body: result === null ? unfinished : trainingSection(result) },
    { id: 'weights', title: 'Weights', body: weightFigure(
      input.logWeights, normalised, result?.generation ?? null, result === null ? 'exact' : wordingOf(result).weights
    ) },
    { id: 'marginals', title: 'Marginals', body: marginalsFigure(domain, names, clouds, input.marginals ?? []) },
    { id: 'modes', title: 'Modes', body: result === null ? unfinished : modesFigure(
      result.generation.modes, wordingOf(result).particles
    ) },
    { id: 'observables', title: 'Observables', body: result === null ? unfinished : observablesTable(
      result.generation.observables
    ) },
    { id: 'metrics', title: 'Every metric', body: metricsTable(record) },
    { id: 'settings', title: 'Settings', body: settingsTable(record) },
    { id: 'reproduce', title: 'How to reproduce', body: reproduce(record) },
  ];
  const own = kinds.flatMap((kind) => kind.sections(input, names));
  const sections = general.flatMap((each) => [each, ...own.filter(({ after }) => after === each.id)]);
  return page({ title: `${record.target} · jeffreys-flow`, header: title(record), notices: notices(record), sections });
}
