import { openRun } from '../../store/runDirectory.ts';
import { print } from '../print.ts';
import { summaryText } from '../summary.ts';

/** `jeffreys show <run>` */
export async function show(path: string, { json = false }: { json?: boolean }): Promise<void> {
  const { findExperiment, showExperiment } = await import('../experiment.ts');
  const experiment = findExperiment(path);
  if (experiment !== null) {
    await showExperiment(experiment, json);
    return;
  }
  const run = openRun(path);
  print(json ? `${JSON.stringify(run.record, null, 2)}\n` : summaryText(run.record, run.path));
}
