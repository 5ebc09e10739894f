/** The report of one run: a self-contained page. */
import { InputError } from '../errors.ts';
import type { RunRecord, RunResult } from '../records/record.ts';
import type { Domain } from '../targets/domain.ts';
import { energiesFigure, type SampleEnergies } from './figures/energies.ts';
import { ladderFigure } from './figures/temperingLadder.ts';
import { marginalsFigure, type ExactMarginal } from './figures/marginals.ts';
import { modesFigure } from './figures/modes.ts';
import { projectionsFigure, type ProjectionSamples } from './figures/projections.ts';
import { planeFigure, projectionFigure, type SampleClouds } from './figures/samples.ts';
import { stageSamplesFigure, type StageSamples } from './ladder/stageSamples.ts';
import type { Surface } from './figures/surface.ts';
import { trainingFigure } from './figures/curves.ts';
import { weightFigure } from './figures/weightHistogram.ts';
import { html, type Markup } from './page/markup.ts';
import { nothing, page, type Section } from './page/page.ts';
import { headline, type PublishedFigures } from './sections/headline.ts';
import { noiseSection } from './noise/section.ts';
import { notices } from './sections/notices.ts';
import { pathIntegralSection } from './ring/section.ts';
import { reproduce } from './sections/reproduce.ts';
import { stagesSummary } from './ladder/stagesSummary.ts';
import { metricsTable, observablesTable, settingsTable } from './sections/tables.ts';
import { title } from './sections/title.ts';
import { trainedStages } from './trainedStages.ts';
import { normaliseLogWeights } from './weights.ts';
import { coordinateNames } from './page/window.ts';

export interface ReportInput {
  readonly record: RunRecord;
  readonly domain: Domain;
  /** PT samples at the target temperature, thinned to some 20,000. shape [n, d] */
  readonly ptSamples?: Float64Array;
  /** Unweighted flow samples. shape [m, d]; empty when there are none yet */
  readonly flowSamples: Float64Array;
  /** Their log-weights, log w = −U1 + U0 + log|det J|. shape [m] */
  readonly logWeights: Float64Array;
  /** The energy on a grid, for targets in the plane. */
  readonly surface?: Surface;
  /** Marginal densities known exactly. */
  readonly marginals?: readonly ExactMarginal[];
  /** Names of the coordinates; x, y or x₁ … x_d by default. */
  readonly names?: readonly string[];
  /** Points of the stages of a ladder, each beside PT samples of its energy; a few thousand of each. */
  readonly stages?: readonly StageSamples[];
  /** Named functions of the point, for the PT samples and the generated ones. */
  readonly projections?: readonly ProjectionSamples[];
  /** Energies of the target at PT samples and at the generated ones. */
  readonly energies?: SampleEnergies;
  /** Published figures for the same target and θ. */
  readonly paper?: PublishedFigures;
}

function requireLength(what: string, actual: number, expected: number): void {
  if (actual !== expected) throw new InputError(`report: ${what} must have length ${expected}, got ${actual}`);
}

function requireRows(what: string, length: number, d: number): void {
  if (length % d !== 0) throw new InputError(`report: ${what} must have a multiple of ${d} entries, got ${length}`);
}

function validateStage({ stage, lambda, pt, particles, logWeights }: StageSamples, d: number): void {
  if (!(lambda >= 0 && lambda <= 1))
    throw new InputError(`report: stages: λ of stage ${stage} must be in [0, 1], got ${lambda}`);
  requireRows(`stages: pt of stage ${stage}`, pt.length, d);
  requireLength(`stages: particles of stage ${stage} (${d} per log-weight)`, particles.length, logWeights.length * d);
}

function validateProjection({ name, low, high, flow, logWeights, grid, exactDensity }: ProjectionSamples): void {
  const where = `projections: ${JSON.stringify(name)}`;
  if (!(Number.isFinite(low) && Number.isFinite(high) && low < high))
    throw new InputError(`report: ${where} must have finite low < high, got [${low}, ${high}]`);
  requireLength(`${where}: flow (one per log-weight)`, flow.length, logWeights.length);
  if (exactDensity === undefined) return;
  requireLength(`${where}: exactDensity (one per point of its grid)`, exactDensity.length, grid?.length ?? 0);
  const stray = grid?.findIndex((at, k) => k > 0 && !(at > grid[k - 1])) ?? -1;
  if (stray >= 0)
    throw new InputError(`report: ${where}: grid must be ascending, but entry ${stray} is not above the one before it`);
}

/** @throws InputError when the shapes do not fit together */
function validate(input: ReportInput): void {
  const d = input.domain.length;
  requireLength('domain (one entry per dimension of the record)', d, input.record.dimension);
  requireLength(`flowSamples (${d} per log-weight)`, input.flowSamples.length, input.logWeights.length * d);
  if (input.ptSamples !== undefined) requireRows('ptSamples', input.ptSamples.length, d);
  if (input.surface !== undefined) requireLength(
    'surface.energy (ny · nx)', input.surface.energy.length, input.surface.x.length * input.surface.y.length
  );
  if (input.names !== undefined) requireLength('names', input.names.length, d);
  input.stages?.forEach((stage) => validateStage(stage, d));
  input.projections?.forEach((projection) => validateProjection(projection));
  if (input.energies !== undefined)
    requireLength('energies.flow (one per log-weight)', input.energies.flow.length, input.logWeights.length);
}

function samplesSection(input: ReportInput, names: readonly string[], clouds: SampleClouds): Markup {
  const empty = nothing('No samples were given.');
  if (input.domain.length === 1) return nothing('The target has one coordinate: its marginal below shows everything.');
  if (input.domain.length === 2)
    return planeFigure(input.domain, names, clouds, input.surface ?? null, input.record.target) ?? empty;
  return projectionFigure(input.domain, names, clouds) ?? empty;
}

/** The ladder's account and what its stages look like; null where one flow made the samples. */
function stagesSection(input: ReportInput, names: readonly string[]): Markup | null {
  const ladder = input.record.result?.ladder ?? null;
  const samples = input.stages ?? [];
  if (ladder === null && samples.length === 0) return null;
  return html`${ladder === null ? nothing('The ladder has no summary yet.') : stagesSummary(ladder)}${samples.length === 0 ? null : html`<h3>Samples of the stages</h3>${stageSamplesFigure(input.domain, names, samples)}`}`;
}

/** The rungs, and for moves on noisy gradients why some figures are not there. */
function ladderSection({ parallelTempering, noise }: RunResult): Markup {
  const figure = ladderFigure(parallelTempering);
  return noise === null ? figure
    : html`<p class="lead">Of reSGLD. Its moves have no Metropolis rule, so nothing is refused and acceptance says nothing; with noise there is no log Z of tempering either.</p>${figure}`;
}

function trainingSection(result: RunResult): Markup {
  const curves = trainingFigure(result.training);
  return trainedStages(result) === null ? curves
    : html`<p class="lead">Of the flow of the last stage; those before it are in the table of stages.</p>${curves}`;
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
  const sections: Section[] = [
    { id: 'figures', title: 'Headline figures', body: headline(record, input.paper ?? null) },
    ...section(
      'path-integral', 'Path integral',
      result === null || result.pathIntegral === null ? null : pathIntegralSection(result.pathIntegral, result)
    ),
    ...section('noise', 'Noise', result === null || result.noise === null ? null : noiseSection(result.noise, result)),
    { id: 'samples', title: 'Samples', body: samplesSection(input, names, clouds) },
    ...section('projections', 'Projections', projections.length === 0 ? null : projectionsFigure(
      projections, input.record.result?.standing ?? null
    )),
    ...section('energies', 'Energies', energies === undefined ? null : energiesFigure(energies, normalised.weights)),
    { id: 'ladder', title: 'Tempering ladder', body: result === null ? unfinished : ladderSection(result) },
    ...section('stages', 'Stages', stagesSection(input, names)),
    { id: 'training', title: 'Training', body: result === null ? unfinished : trainingSection(result) },
    { id: 'weights', title: 'Weights', body: weightFigure(
      input.logWeights, normalised, result?.generation ?? null, result?.noise?.weights ?? 'exact'
    ) },
    { id: 'marginals', title: 'Marginals', body: marginalsFigure(domain, names, clouds, input.marginals ?? []) },
    { id: 'modes', title: 'Modes', body: result === null ? unfinished : modesFigure(
      result.generation.modes, result.ladder?.modes
    ) },
    { id: 'observables', title: 'Observables', body: result === null ? unfinished : observablesTable(
      result.generation.observables
    ) },
    { id: 'metrics', title: 'Every metric', body: metricsTable(record) },
    { id: 'settings', title: 'Settings', body: settingsTable(record) },
    { id: 'reproduce', title: 'How to reproduce', body: reproduce(record) },
  ];
  return page({ title: `${record.target} · jeffreys-flow`, header: title(record), notices: notices(record), sections });
}
