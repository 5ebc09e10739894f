/** A target's one-dimensional functions in the weighted samples, beside the exact densities or tempering's. */
import { binMeans, deviation, ladderProfile, sampledProfile } from '../estimators/freeEnergy.ts';
import { logSumExp } from '../numerics/logSumExp.ts';
import { storedFigure } from '../records/figure.ts';
import type { ProjectionSummary } from '../records/record.ts';
import type { Target } from '../targets/target.ts';
import type { Ensemble } from './ensemble.ts';
import { valuesOf } from '../targets/pointValues.ts';
import type { TemperedSamples } from './samples.ts';

const BINS = 32;
/** Points per bin at which an exact density is looked at. */
const FINE = 32;

/** @returns one summary per projection, over all samples; none for a target without projections */
export function projectionSummaries(
  { projections, dimension: d }: Target, tempered: TemperedSamples, { samples, logWeights }: Ensemble
): ProjectionSummary[] {
  if (projections === undefined) return [];
  const usable = logWeights.map((value) => (value < Infinity ? value : -Infinity));
  const total = logSumExp(usable);
  const weights = usable.map((value) => Math.exp(value - total));
  return projections.map(({ name, value, low, high, exactDensity }) => {
    const range = { low, high };
    const profile = sampledProfile(valuesOf(samples, d, value), weights, range, BINS);
    const grid = Array.from({ length: BINS * FINE + 1 }, (_, i) => low + (i / (BINS * FINE)) * (high - low));
    const reference = exactDensity === undefined
      ? ladderProfile(valuesOf(tempered.positions, d, value), tempered.summary.ladders, range, BINS)
      : { density: binMeans(grid, grid.map(exactDensity), range, BINS) };
    const found = deviation(profile, reference, range);
    return {
      name, reference: exactDensity === undefined ? 'tempering' : 'exact', bins: BINS, judged: found.judged,
      empty: found.empty,
      deviation: found.largest, at: storedFigure(found.at), standardError: storedFigure(found.error),
      errors: storedFigure(found.errors),
    };
  });
}
