import type { Device } from '../../engine/onnx/device.ts';
import { experimentCatalogue } from '../../experiments/catalogue.ts';
import { ownTargetFor, presetNamed, settingsFor, targetFor } from '../../experiments/presets.ts';
import { checkRunnable, isInRounds } from '../../pipeline/run.ts';
import { InputError } from '../../errors.ts';
import { Interrupted } from '../../pipeline/journal.ts';
import { parseSetting } from '../../settings/check.ts';
import { createRun } from '../../store/runDirectory.ts';
import type { WritableRun } from '../../store/writableRun.ts';
import { announce } from '../announce.ts';
import { insteadOf, limitsOf, type LimitOptions } from '../commands/limits.ts';
import { execute, firstRecord } from '../execute.ts';
import { keepDefinition } from '../keptDefinition.ts';
import { loadTarget } from '../loadTarget.ts';
import { checkNotOwn } from '../outputFile.ts';
import { print } from '../print.ts';
import { requireDevice } from '../requireDevice.ts';
import { summaryObject, summaryText } from '../summary.ts';
import { stopSignal, type PaceOptions } from '../surroundings.ts';
import { progressLine } from '../terminal.ts';

export interface RunArguments extends PaceOptions, LimitOptions {
  readonly preset: string;
  readonly theta?: number;
  readonly seed: number;
  readonly out?: string;
  readonly set: readonly string[];
  readonly threads?: number;
  readonly device?: Device;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Settings that the user gave, by name. */
export function givenSettings(
  { theta, threads, device, set, ...limits }: LimitOptions & Pick<RunArguments, 'theta' | 'threads' | 'device' | 'set'>
): Record<string, unknown> {
  return {
    ...insteadOf(limits),
    ...Object.assign({}, ...set.map(parseSetting)) as Record<string, unknown>,
    ...(theta === undefined ? {} : { theta }),
    ...(threads === undefined ? {} : { threads }),
    ...(device === undefined ? {} : { device }),
    ...limitsOf(limits),
  };
}

export const NOT_IN_ROUNDS = '--until and --budget are for runs that are made in rounds: of an energy that is known, '
  + 'without settings of one flow or a ladder, or with --set generator=rounds';

/** `jeffreys run <name|file>` */
export async function run(name: string, options: RunArguments): Promise<void> {
  if (options.out !== undefined) checkNotOwn(options.out);
  const preset = presetNamed(options.preset);
  const given = givenSettings(options);
  const experiment = experimentCatalogue.find((entry) => entry.name === name);
  const limited = Object.keys(limitsOf(options)).length > 0;
  if (experiment !== undefined) {
    if (limited) throw new InputError(`--until and --budget are of a single run; ${name} is an experiment`);
    const { runExperiment } = await import('../experiments/run.ts');
    await runExperiment(experiment, preset, given, options);
    return;
  }
  const found = await loadTarget(name);
  const shaped = found.file === null ? targetFor : ownTargetFor;
  const loaded = { ...found, target: shaped(found.target, preset, given) };
  const settings = settingsFor(loaded.target, preset, given);
  if (limited && !isInRounds(loaded.target, settings)) throw new InputError(NOT_IN_ROUNDS);
  // Anything wrong with the target or the device shows before a directory is made.
  checkRunnable(loaded.target, settings);
  requireDevice(settings.output.device);
  announce([{ target: loaded.target, settings }], options.quiet === true || options.json === true);
  // From here on there is something to save: whoever sees the directory may ask to stop.
  const signal = stopSignal();
  const time = new Date();
  const directory = createRun({
    ...(options.out === undefined ? {} : { out: options.out }), target: loaded.target.name, time,
    record: firstRecord(loaded, preset, options.seed, settings, time)
  });
  try {
    if (loaded.definition !== null) keepDefinition(directory, loaded.definition.files);
    await finish(directory, async () => {
      const progress =
        progressLine(process.stderr, options.quiet !== true && options.json !== true, () => performance.now());
      const { saveEvery } = options;
      await execute({ run: directory, target: loaded.target, settings, signal, progress, saveEvery });
    }, options);
  } finally {
    directory.close();
  }
}

/** Do the work and print the result; an interruption says how to resume. */
export async function finish(directory: WritableRun, work: () => Promise<void>, { json, quiet }: {
  json?: boolean | undefined; quiet?: boolean | undefined
}): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Interrupted)
      process.stderr.write(`interrupted; everything so far is saved. Go on with: jeffreys resume ${directory.path}\n`);
    throw error;
  }
  const { record } = directory;
  if (record.result === null) return;
  if (json === true) print(`${JSON.stringify(summaryObject(record, record.result, directory.path))}\n`);
  else if (quiet !== true) print(summaryText(record, directory.path));
}
