import { dirname } from 'node:path';
import { InputError } from '../../errors.ts';
import { isInRounds } from '../../pipeline/run.ts';
import type { Settings } from '../../settings/settings.ts';
import { checkFiles } from '../../store/journal.ts';
import { openRunForWriting } from '../../store/runDirectory.ts';
import type { WritableRun } from '../../store/writableRun.ts';
import { insteadOf, limitsOf, type LimitOptions } from '../commands/limits.ts';
import { execute } from '../execute.ts';
import { changeLimits, nothingFurther, settingsWith } from '../further.ts';
import { completeDefinition } from '../keptDefinition.ts';
import { teller, tellOfRun } from '../notes.ts';
import { requirePhases } from '../readRun.ts';
import { requireDevice } from '../requireDevice.ts';
import { targetOfRun } from '../runTarget.ts';
import { stopSignal, type PaceOptions } from '../surroundings.ts';
import { progressLine } from '../terminal.ts';
import { finish, NOT_IN_ROUNDS } from './run.ts';

export interface ResumeArguments extends PaceOptions, LimitOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** `jeffreys resume <run>` */
export async function resume(path: string, options: ResumeArguments): Promise<void> {
  const limits = { ...insteadOf(options), ...limitsOf(options) };
  const limited = Object.keys(limits).length > 0;
  const { findExperiment } = await import('../experiments/directory.ts');
  const experiment = findExperiment(path);
  if (experiment !== null) {
    if (limited) throw new InputError(`--until and --budget are of a single run; ${path} is of an experiment`);
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
    if (whole !== null && (limited || directory.record.state !== 'complete')) throw new InputError(
      `${directory.path} is a run of the experiment ${whole}; go on with \`jeffreys resume ${whole}\``
    );
    await finish(directory, async () => {
      // Also what is not read again counts as the run's.
      checkFiles(directory);
      const settings = settingsWith(directory, limits);
      const done = doneAlready(directory, limited, settings);
      if (done !== null) {
        if (options.quiet !== true) process.stderr.write(`${directory.path} ${done}\n`);
        return;
      }
      tellOfRun(directory, tell, 'goes on');
      requireDevice(settings.output.device);
      completeDefinition(directory);
      const target = await targetOfRun(directory, tell);
      if (limited && !isInRounds(target, settings)) throw new InputError(NOT_IN_ROUNDS);
      if (limited) changeLimits(directory, settings);
      const progress =
        progressLine(process.stderr, options.quiet !== true && options.json !== true, () => performance.now());
      await execute({ run: directory, target, settings, signal, progress, saveEvery: options.saveEvery });
    }, options);
  } finally {
    directory.close();
  }
}

/** Why a finished run stays as it is; null for one that goes on. @throws InputError where it cannot */
function doneAlready(run: WritableRun, limited: boolean, settings: Settings): string | null {
  const { state, result } = run.record;
  if (state !== 'complete' || result === null) return null;
  requirePhases(run);
  if (!limited) return 'is complete already';
  if (result.rounds === null) throw new InputError(NOT_IN_ROUNDS);
  const reason = nothingFurther(run, settings);
  return reason === null ? null : `goes no further: ${reason}`;
}
