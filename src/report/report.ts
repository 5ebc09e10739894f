/** The report of one run: a self-contained page. */
import { InputError } from '../errors.ts';
import type { RunRecord } from '../records/record.ts';
import type { Domain } from '../targets/domain.ts';
import { ladderFigure } from './figures/ladder.ts';
import { marginalsFigure, type ExactMarginal } from './figures/marginals.ts';
import { modesFigure } from './figures/modes.ts';
import { planeFigure, projectionFigure, type SampleClouds } from './figures/samples.ts';
import type { Surface } from './figures/surface.ts';
import { trainingFigure } from './figures/curves.ts';
import { weightFigure } from './figures/weightHistogram.ts';
import type { Markup } from './markup.ts';
import { nothing, page, type Section } from './page.ts';
import { headline, type PublishedFigures } from './sections/headline.ts';
import { notices } from './sections/notices.ts';
import { reproduce } from './sections/reproduce.ts';
import { metricsTable, observablesTable, settingsTable } from './sections/tables.ts';
import { title } from './sections/title.ts';
import { normaliseLogWeights } from './weights.ts';
import { coordinateNames } from './window.ts';

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
  /** Published figures for the same target and θ. */
  readonly paper?: PublishedFigures;
}

function requireLength(what: string, actual: number, expected: number): void {
  if (actual !== expected) throw new InputError(`report: ${what} must have length ${expected}, got ${actual}`);
}

/** @throws InputError when the shapes do not fit together */
function validate(input: ReportInput): void {
  const d = input.domain.length;
  requireLength('domain (one entry per dimension of the record)', d, input.record.dimension);
  requireLength(`flowSamples (${d} per log-weight)`, input.flowSamples.length, input.logWeights.length * d);
  if (input.ptSamples !== undefined) requireLength(`ptSamples (a multiple of ${d})`, input.ptSamples.length, Math.floor(input.ptSamples.length / d) * d);
  if (input.surface !== undefined) requireLength('surface.energy (ny · nx)', input.surface.energy.length, input.surface.x.length * input.surface.y.length);
  if (input.names !== undefined) requireLength('names', input.names.length, d);
}

function samplesSection(input: ReportInput, names: readonly string[], clouds: SampleClouds): Markup {
  const empty = nothing('No samples were given.');
  if (input.domain.length === 1) return nothing('The target has one coordinate: its marginal below shows everything.');
  if (input.domain.length === 2) return planeFigure(input.domain, names, clouds, input.surface ?? null, input.record.target) ?? empty;
  return projectionFigure(input.domain, names, clouds) ?? empty;
}

/**
 * One HTML file that opens offline: warnings first, then figures, charts and tables. The same input gives the same bytes.
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
  const sections: Section[] = [
    { id: 'figures', title: 'Headline figures', body: headline(record, input.paper ?? null) },
    { id: 'samples', title: 'Samples', body: samplesSection(input, names, clouds) },
    { id: 'ladder', title: 'Ladder', body: result === null ? unfinished : ladderFigure(result.parallelTempering) },
    { id: 'training', title: 'Training', body: result === null ? unfinished : trainingFigure(result.training) },
    { id: 'weights', title: 'Weights', body: weightFigure(input.logWeights, normalised, result?.generation ?? null) },
    { id: 'marginals', title: 'Marginals', body: marginalsFigure(domain, names, clouds, input.marginals ?? []) },
    { id: 'modes', title: 'Modes', body: result === null ? unfinished : modesFigure(result.generation.modes) },
    { id: 'observables', title: 'Observables', body: result === null ? unfinished : observablesTable(result.generation.observables) },
    { id: 'metrics', title: 'Every metric', body: metricsTable(record) },
    { id: 'settings', title: 'Settings', body: settingsTable(record) },
    { id: 'reproduce', title: 'How to reproduce', body: reproduce(record) },
  ];
  return page({ title: `${record.target} · jeffreys-flow`, header: title(record), notices: notices(record), sections });
}
