/** Runs of one target with the same ladder and seed draw the same PT samples, and may train the same flow. */
import { join } from 'node:path';
import type { ExperimentEntry } from '../../experiments/experiment.ts';
import { sharedPhases, twinOf } from '../../experiments/sharing.ts';
import { readPhase, runJournal } from '../../store/journal.ts';
import { openRun } from '../../store/runDirectory.ts';
import type { WritableRun } from '../../store/writableRun.ts';

/** Take from a run of an earlier entry what this one would compute again. */
export function shareTempering(
  directory: string, earlier: readonly ExperimentEntry[], entry: ExperimentEntry, run: WritableRun
): void {
  const journal = runJournal(run);
  if (journal.phase('pt') !== null) return;
  const twin = twinOf(entry, earlier);
  if (twin === null) return;
  const source = openRun(join(directory, twin.id));
  for (const phase of sharedPhases(twin, entry)) {
    const piece = readPhase(source, 0, phase);
    if (piece !== null) journal.finishPhase(phase, piece);
  }
}
