import { openRun } from '../../store/runDirectory.ts';
import { print } from '../print.ts';
import { summaryText } from '../summary.ts';

/** `jeffreys show <run>` */
export async function show(path: string, { json = false }: { json?: boolean }): Promise<void> {
  const { findExperiment } = await import('../experiments/directory.ts');
  const experiment = findExperiment(path);
  if (experiment !== null) {
    const { showExperiment } = await import('../experiments/show.ts');
    await showExperiment(experiment, json);
    return;
  }
  const run = openRun(path);
  print(json ? `${JSON.stringify(run.record, null, 2)}\n` : summaryText(run.record, run.path));
}
