/** What the report of a run is made of. */
import { InputError } from '../errors.ts';
import type { RunRecord } from '../records/record.ts';
import type { Domain } from '../targets/domain.ts';
import type { SampleEnergies } from './figures/energies.ts';
import type { ExactMarginal } from './figures/marginals.ts';
import type { ProjectionSamples } from './figures/projections.ts';
import type { Surface } from './figures/surface.ts';
import type { StageSamples } from '../pipeline/stageSamples.ts';

/** Figures published for the same target and θ. */
export interface PublishedFigures {
  /** as a fraction */
  readonly ess: number | null;
  /** L2 norm over the observables */
  readonly bias: number | null;
  /** Where they come from, in a few words. */
  readonly source?: string;
}

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

/** @throws InputError for another length than the other arrays ask for */
export function requireLength(what: string, actual: number, expected: number): void {
  if (actual !== expected) throw new InputError(`report: ${what} must have length ${expected}, got ${actual}`);
}

/** @throws InputError for what is no list of points in d dimensions */
export function requireRows(what: string, length: number, d: number): void {
  if (length % d !== 0) throw new InputError(`report: ${what} must have a multiple of ${d} entries, got ${length}`);
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

/** @throws InputError when the shapes of what every run has do not fit together */
export function validate(input: ReportInput): void {
  const d = input.domain.length;
  requireLength('domain (one entry per dimension of the record)', d, input.record.dimension);
  requireLength(`flowSamples (${d} per log-weight)`, input.flowSamples.length, input.logWeights.length * d);
  if (input.ptSamples !== undefined) requireRows('ptSamples', input.ptSamples.length, d);
  if (input.surface !== undefined) requireLength(
    'surface.energy (ny · nx)', input.surface.energy.length, input.surface.x.length * input.surface.y.length
  );
  if (input.names !== undefined) requireLength('names', input.names.length, d);
  input.projections?.forEach((projection) => validateProjection(projection));
  if (input.energies !== undefined)
    requireLength('energies.flow (one per log-weight)', input.energies.flow.length, input.logWeights.length);
}
