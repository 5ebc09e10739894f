/** An experiment is run entry by entry, each in a run directory of its own, and goes on where it was stopped. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../../errors.ts';
import type { ExperimentCatalogueEntry } from '../../experiments/catalogue.ts';
import type { ExperimentEntry } from '../../experiments/experiment.ts';
import type { PresetName } from '../../experiments/presets.ts';
import { Interrupted } from '../../pipeline/journal.ts';
import { flatSettings, settingNames, type FlatSettings } from '../../settings/names.ts';
import { shown } from '../../store/fileError.ts';
import { checkFiles } from '../../store/journal.ts';
import { lockDirectory } from '../../store/lock.ts';
import { createRun, DEFAULT_ROOT, openRunForWriting } from '../../store/runDirectory.ts';
import { makeFreshDirectory, makeNamedDirectory, pointLatestTo, runName } from '../../store/runPaths.ts';
import type { WritableRun } from '../../store/writableRun.ts';
import { announce } from '../announce.ts';
import { execute, firstRecord } from '../execute.ts';
import { teller, tellOfRun } from '../notes.ts';
import { requireDevice } from '../requireDevice.ts';
import { stopSignal, type PaceOptions } from '../surroundings.ts';
import { progressLine } from '../terminal.ts';
import {
  isComplete, readExperiment, writeExperiment, type ExperimentRecord, type StoredExperiment
} from './directory.ts';
import { reportExperiment } from './report.ts';
import { shareTempering } from './sharedTempering.ts';
import { showExperiment } from './show.ts';

interface OutputOptions extends PaceOptions {
  readonly json?: boolean | undefined;
  readonly quiet?: boolean | undefined;
}

/** `jeffreys run <experiment>` */
export async function runExperiment(
  { name, load }: ExperimentCatalogueEntry, preset: PresetName, given: Readonly<Record<string, unknown>>,
  options: OutputOptions & { seed: number; out?: string }
): Promise<void> {
  const entries = (await load()).entries(preset, given);
  requireDevices(entries); // settings, devices and memory are checked before a directory is made
  announce(entries, options.quiet === true || options.json === true);
  const directory = options.out === undefined ? makeFreshDirectory(DEFAULT_ROOT, runName(name, new Date()))
    : makeNamedDirectory(options.out);
  writeExperiment(directory, { name, preset, seed: options.seed, given: { ...given } });
  if (options.out === undefined) pointLatestTo(directory);
  await resumeExperiment(directory, options);
}

/** Run what is missing of an experiment, in order, and show all of it. */
export async function resumeExperiment(directory: string, options: OutputOptions): Promise<void> {
  const stored = await readExperiment(directory);
  requireDevices(stored.entries.filter((entry) => !isComplete(directory, entry)));
  const signal = stopSignal();
  const lock = lockDirectory(directory);
  try {
    for (const [index, entry] of stored.entries.entries()) {
      if (!isComplete(directory, entry)) await runEntry(directory, stored, index, signal, options);
    }
    await reportExperiment(directory);
  } finally {
    lock.release();
  }
  if (options.quiet !== true || options.json === true) await showExperiment(directory, options.json === true);
}

async function runEntry(
  directory: string, { record, entries }: StoredExperiment, index: number, signal: AbortSignal, options: OutputOptions
): Promise<void> {
  const entry = entries[index];
  const run = openEntry(join(directory, entry.id), entry, record);
  tellOfRun(run, teller(options.quiet === true), 'goes on');
  const progress = progressLine(
    process.stderr, options.quiet !== true && options.json !== true, () => performance.now(),
    `[${index + 1}/${entries.length}] ${entry.id} · `
  );
  try {
    checkFiles(run);
    shareTempering(directory, entries.slice(0, index), entry, run);
    const { target, settings, prepareData } = entry;
    const prepared = prepareData === undefined ? {} : { prepareData };
    await execute({ run, target, settings, signal, progress, saveEvery: options.saveEvery, ...prepared });
  } catch (error) {
    if (error instanceof Interrupted)
      process.stderr.write(`interrupted; everything so far is saved. Go on with: jeffreys resume ${directory}\n`);
    throw error;
  } finally {
    run.close();
  }
}

function requireDevices(entries: readonly ExperimentEntry[]): void {
  for (const device of new Set(entries.map(({ settings }) => settings.output.device))) requireDevice(device);
}

/** @throws InputError where the run that is there is not the experiment's entry */
function openEntry(
  path: string, { target, settings }: ExperimentEntry, { preset, seed }: ExperimentRecord
): WritableRun {
  if (existsSync(join(path, 'run.json'))) {
    const run = openRunForWriting(path);
    const own = run.record.settings;
    // Settings of later versions, which the record lacks, are the entry's.
    const now = flatSettings(settings);
    const differs = (name: keyof FlatSettings): boolean => JSON.stringify(own[name]) !== JSON.stringify(now[name]);
    const same = settingNames.every((name) => own[name] === undefined || !differs(name));
    if (run.record.target === target.name && run.record.seed === seed && same) return run;
    run.close();
    const what = `${shown(path)} has another target, seed or other settings than the experiment gives it`;
    throw new InputError(`${what}; restore the folder, or start a new experiment`);
  }
  mkdirSync(path, { recursive: true });
  const time = new Date();
  const record = firstRecord({ target, file: null, definition: null }, preset, seed, settings, time);
  return createRun({ out: path, target: target.name, time, record });
}
