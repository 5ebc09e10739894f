import { openRunForWriting } from '../../store/runDirectory.ts';
import { execute } from '../execute.ts';
import { settingsOfRun, targetOfRun } from '../runTarget.ts';
import { stopSignal } from '../surroundings.ts';
import { progressLine } from '../terminal.ts';
import { finish } from './run.ts';

/** `jeffreys resume <run>` */
export async function resume(path: string, options: { json?: boolean; quiet?: boolean }): Promise<void> {
  const { findExperiment, resumeExperiment } = await import('../experiment.ts');
  const experiment = findExperiment(path);
  if (experiment !== null) {
    await resumeExperiment(experiment, options);
    return;
  }
  const directory = openRunForWriting(path);
  try {
    const target = await targetOfRun(directory);
    const settings = settingsOfRun(directory);
    await finish(directory, async () => {
      if (directory.record.state === 'complete') {
        if (options.quiet !== true) process.stderr.write(`${directory.path} is complete already\n`);
        return;
      }
      const progress = progressLine(process.stderr, options.quiet !== true && options.json !== true, () => performance.now());
      await execute({ run: directory, target, settings, signal: stopSignal(), progress });
    }, options);
  } finally {
    directory.close();
  }
}
