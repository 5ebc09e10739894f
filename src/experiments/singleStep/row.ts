/** One run of an experiment beside its published figures, and whether its ESS can be believed. */
import type { RunRecord } from '../../records/record.ts';
import { isKnown } from '../../report/page/format.ts';
import type { PublishedFigures } from '../../report/input.ts';

export interface ExperimentRow {
  readonly target: string;
  readonly theta: number;
  readonly seed: number;
  readonly record: RunRecord;
  /** Unweighted flow samples in the plane. shape [m, 2] */
  readonly flowSamples?: Float64Array;
  /** ESS as a fraction; bias as an L2 norm. */
  readonly paper?: PublishedFigures;
}

/** Coverage below this is flagged: a mode with less than half its mass, or half the PT points without a neighbour. */
export const COVERAGE_FLOOR = 0.5;

/** Why a row's ESS should not be believed on its own; null when there is no reason. */
export function coverageFlag(row: ExperimentRow): string | null {
  const { result } = row.record;
  if (result === null) return 'no result';
  if (result.warnings.some(
    ({ code, severity }) =>
      severity === 'warning' && (code.includes('mode') || code.includes('collapse') || code.includes('coverage'))
  )) return 'modes missed';
  const { value } = result.generation.coverage;
  return isKnown(value) && value < COVERAGE_FLOOR ? 'low coverage' : null;
}
