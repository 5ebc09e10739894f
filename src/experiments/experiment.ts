/** An experiment: a list of runs, and how their results are shown together. */
import type { PipelineOptions } from '../pipeline/run.ts';
import type { RunRecord } from '../records/record.ts';
import type { Settings } from '../settings/settings.ts';
import type { Target } from '../targets/target.ts';
import type { PresetName } from './presets.ts';

/** One run of an experiment. */
export interface ExperimentEntry {
  /** Name of its directory within the experiment's. */
  readonly id: string;
  readonly target: Target;
  readonly settings: Settings;
  readonly prepareData?: PipelineOptions['prepareData'];
}

/** Weighted points. shapes [n, d] and [n] */
export interface WeightedSamples {
  readonly samples: Float64Array;
  readonly logWeights: Float64Array;
}

/** A run that has a result. Its arrays are read when they are asked for. */
export interface FinishedRun {
  readonly entry: ExperimentEntry;
  readonly record: RunRecord;
  /** Tempering's samples at the target, shape [n, d], and the run's own. */
  readonly samples: () => { readonly tempered: Float64Array; readonly weighted: WeightedSamples };
  /** Particles that were moved once they had their weights; null where none were. */
  readonly moved: () => WeightedSamples | null;
}

/** How the finished runs of an experiment are shown, in the order of its entries. */
export interface Showing {
  /** One self-contained page; null where there is none without a finished run. */
  readonly page: (runs: readonly FinishedRun[]) => string | null;
  /** Lines for a terminal, below the title. */
  readonly lines: (runs: readonly FinishedRun[]) => string[];
}

export interface Experiment extends Showing {
  readonly title: string;
  /** @param given settings from the command line; they win over the experiment's own */
  readonly entries: (preset: PresetName, given: Readonly<Record<string, unknown>>) => ExperimentEntry[];
}

/** A run's name and record, for tables that need no more. */
export interface NamedRun {
  readonly name: string;
  readonly record: RunRecord;
}

export const named = (runs: readonly FinishedRun[]): NamedRun[] =>
  runs.map(({ entry, record }) => ({ name: entry.id, record }));
