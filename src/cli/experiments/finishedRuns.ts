/** The finished runs of an experiment as it shows them: read from disk as far as it asks. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ExperimentEntry, FinishedRun } from '../../experiments/experiment.ts';
import type { Run } from '../../store/run.ts';
import { openRun } from '../../store/runDirectory.ts';
import { readMoved, readSamples } from '../readRun.ts';

export interface StoredRun extends FinishedRun {
  readonly run: Run;
}

/** Those that have a result, in the order of the entries. */
export const finishedRuns = (directory: string, entries: readonly ExperimentEntry[]): StoredRun[] =>
  entries.flatMap((entry) => {
    if (!existsSync(join(directory, entry.id, 'run.json'))) return [];
    const run = openRun(join(directory, entry.id));
    return run.record.result === null ? [] : [{
      entry, run, record: run.record,
      samples: () => {
        const { tempered, ensemble } = readSamples(run, entry.target);
        return { tempered: tempered.positions, weighted: ensemble };
      },
      moved: () => readMoved(run, entry.target),
    }];
  });
