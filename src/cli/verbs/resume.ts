import { dirname } from 'node:path';
import { InputError } from '../../errors.ts';
import { checkFiles } from '../../store/journal.ts';
import { openRunForWriting } from '../../store/runDirectory.ts';
import { execute } from '../execute.ts';
import { completeDefinition } from '../keptDefinition.ts';
import { teller, tellOfRun } from '../notes.ts';
import { requirePhases } from '../readRun.ts';
import { requireDevice } from '../requireDevice.ts';
import { settingsOfRun, targetOfRun } from '../runTarget.ts';
import { stopSignal, type PaceOptions } from '../surroundings.ts';
import { progressLine } from '../terminal.ts';
import { finish } from './run.ts';

/** `jeffreys resume <run>` */
export async function resume(path: string, options: PaceOptions & { json?: boolean; quiet?: boolean }): Promise<void> {
  const { findExperiment } = await import('../experiments/directory.ts');
  const experiment = findExperiment(path);
  if (experiment !== null) {
    const { resumeExperiment } = await import('../experiments/run.ts');
    await resumeExperiment(experiment, options);
    return;
  }
  const signal = stopSignal();
  const tell = teller(options.quiet === true);
  const directory = openRunForWriting(path);
  const whole = findExperiment(dirname(directory.path));
  try {
    // An experiment may prepare the training samples in its own way, which the run alone does not know.
    if (whole !== null && directory.record.state !== 'complete') throw new InputError(
      `${directory.path} is a run of the experiment ${whole}; go on with \`jeffreys resume ${whole}\``
    );
    await finish(directory, async () => {
      // Also what is not read again counts as the run's.
      checkFiles(directory);
      if (directory.record.state === 'complete') {
        requirePhases(directory);
        if (options.quiet !== true) process.stderr.write(`${directory.path} is complete already\n`);
        return;
      }
      tellOfRun(directory, tell, 'goes on');
      const settings = settingsOfRun(directory);
      requireDevice(settings.output.device);
      completeDefinition(directory);
      const target = await targetOfRun(directory, tell);
      const progress =
        progressLine(process.stderr, options.quiet !== true && options.json !== true, () => performance.now());
      await execute({ run: directory, target, settings, signal, progress, saveEvery: options.saveEvery });
    }, options);
  } finally {
    directory.close();
  }
}
