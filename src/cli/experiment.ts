/** Experiments on disk: a directory with `experiment.json` and one run directory per entry. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { InputError } from '../errors.ts';
import { chainMean } from '../estimators/autocorrelation.ts';
import { TEMPERING_SETTINGS, type Experiment, type ExperimentEntry } from '../experiments/experiment.ts';
import { experimentNames, type ExperimentName } from '../experiments/names.ts';
import { presetNamed, type PresetName } from '../experiments/presets.ts';
import { publishedFigures } from '../experiments/published.ts';
import { Interrupted } from '../pipeline/journal.ts';
import { valuesOf } from '../targets/pointValues.ts';
import { flatSettings, settingNames, type FlatSettings } from '../settings/names.ts';
import type { Settings } from '../settings/settings.ts';
import {
  biasTable, generatorTable, noiseTable, pathIntegralTable, renderBiasTable, renderExperiment, renderGeneratorTable,
  renderNoiseExperiment, renderNoiseTable, renderPathIntegralExperiment,
  type BiasTableInput, type ExperimentRow, type GeneratorTableInput, type NoiseExperimentInput, type NoiseTableInput,
} from '../report/index.ts';
import { writeFileAtomic } from '../store/atomic.ts';
import { readSealed, writeSealed } from '../store/seal.ts';
import { shown } from '../store/fileError.ts';
import { checkFiles, readPhase, runJournal } from '../store/journal.ts';
import { lockDirectory } from '../store/lock.ts';
import { EXPERIMENT_FILE } from '../store/ownFiles.ts';
import { createRun, DEFAULT_ROOT, openRun, openRunForWriting } from '../store/runDirectory.ts';
import type { WritableRun } from '../store/writableRun.ts';
import { LATEST, makeFreshDirectory, makeNamedDirectory, pointLatestTo, runName } from '../store/runPaths.ts';
import { isNoisy } from '../targets/target.ts';
import { announce } from './announce.ts';
import { execute, firstRecord } from './execute.ts';
import { teller, tellOfRun } from './notes.ts';
import { print } from './print.ts';
import { readMoved, readSamples } from './readRun.ts';
import { requireDevice } from './requireDevice.ts';
import { summaryObject, table, warningLines } from './summary.ts';
import { stopSignal, type PaceOptions } from './surroundings.ts';
import { progressLine } from './terminal.ts';
import { REPORT_FILE, surfaceOf } from './writeReport.ts';

const MOST_SHOWN = 40_000;

const experimentSchema = z.object({
  format: z.literal('jeffreys-flow experiment'),
  recordVersion: z.literal(1),
  name: z.enum(Object.keys(experimentNames) as [ExperimentName, ...ExperimentName[]]),
  preset: z.string(),
  seed: z.number().int().nonnegative(),
  given: z.record(z.string(), z.unknown()),
});
type ExperimentRecord = z.infer<typeof experimentSchema>;

/** Loaded only when asked for: their targets take time to set up. */
const experiments: Readonly<Record<ExperimentName, () => Promise<Experiment>>> = {
  'single-step-2d': async () => (await import('../experiments/singleStep2d.ts')).singleStep2d,
  'planted-bias': async () => (await import('../experiments/plantedBias.ts')).plantedBias,
  'short-tempering': async () => (await import('../experiments/shortTempering.ts')).shortTempering,
  'resgld-gmm-2d': async () => (await import('../experiments/noisyGmm.ts')).noisyGmm,
  'resgld-poisson-8d': async () => (await import('../experiments/noisyPoisson.ts')).noisyPoisson,
  'pimc-double-well': async () => (await import('../experiments/pimcDoubleWell.ts')).pimcDoubleWell,
  'pimc-proton': async () => (await import('../experiments/pimcProton.ts')).pimcProton,
  'pimc-temperatures': async () => (await import('../experiments/pimcTemperatures.ts')).pimcTemperatures,
};

interface OutputOptions extends PaceOptions {
  readonly json?: boolean | undefined;
  readonly quiet?: boolean | undefined;
}

/** The directory of an experiment, or null when the path is no experiment's. */
export function findExperiment(path: string): string | null {
  const candidates = path === LATEST ? [join(DEFAULT_ROOT, LATEST)] : [path, join(DEFAULT_ROOT, path)];
  return candidates.find((candidate) => existsSync(join(candidate, EXPERIMENT_FILE))) ?? null;
}

async function readExperiment(
  directory: string
): Promise<{ record: ExperimentRecord; experiment: Experiment; entries: ExperimentEntry[] }> {
  const check = { run: null, file: EXPERIMENT_FILE, required: false };
  const record = readSealed(join(directory, EXPERIMENT_FILE), experimentSchema, check);
  const experiment = await experiments[record.name]();
  return { record, experiment, entries: experiment.entries(presetNamed(record.preset), record.given) };
}

function requireDevices(entries: readonly ExperimentEntry[]): void {
  for (const device of new Set(entries.map(({ settings }) => settings.output.device))) requireDevice(device);
}

const isComplete = (directory: string, { id }: ExperimentEntry): boolean =>
  existsSync(join(directory, id, 'run.json')) && openRun(join(directory, id)).record.state === 'complete';

export async function runExperiment(
  name: ExperimentName, preset: PresetName, given: Readonly<Record<string, unknown>>,
  options: OutputOptions & { seed: number; out?: string }
): Promise<void> {
  const entries = (await experiments[name]()).entries(preset, given);
  requireDevices(entries); // settings, devices and memory are checked before a directory is made
  announce(entries, options.quiet === true || options.json === true);
  const directory = options.out === undefined ? makeFreshDirectory(DEFAULT_ROOT, runName(name, new Date()))
    : makeNamedDirectory(options.out);
  const record: ExperimentRecord =
    { format: 'jeffreys-flow experiment', recordVersion: 1, name, preset, seed: options.seed, given: { ...given } };
  writeSealed(join(directory, EXPERIMENT_FILE), record, { run: null, file: EXPERIMENT_FILE });
  if (options.out === undefined) pointLatestTo(directory);
  await resumeExperiment(directory, options);
}

/** Run what is missing of an experiment, in order, and show all of it. */
export async function resumeExperiment(directory: string, options: OutputOptions): Promise<void> {
  const { record, entries } = await readExperiment(directory);
  requireDevices(entries.filter((entry) => !isComplete(directory, entry)));
  const signal = stopSignal();
  const lock = lockDirectory(directory);
  try {
    for (const [index, entry] of entries.entries()) {
      if (isComplete(directory, entry)) continue;
      const path = join(directory, entry.id);
      const run = openEntry(path, entry, record);
      tellOfRun(run, teller(options.quiet === true), 'goes on');
      const progress = progressLine(
        process.stderr, options.quiet !== true && options.json !== true, () => performance.now(),
        `[${index + 1}/${entries.length}] ${entry.id} · `
      );
      try {
        checkFiles(run);
        shareTempering(directory, entries.slice(0, index), entry, run);
        await execute({
          run, target: entry.target, settings: entry.settings, signal, progress, saveEvery: options.saveEvery,
          ...(entry.prepareData === undefined ? {} : { prepareData: entry.prepareData })
        });
      } catch (error) {
        if (error instanceof Interrupted)
          process.stderr.write(`interrupted; everything so far is saved. Go on with: jeffreys resume ${directory}\n`);
        throw error;
      } finally {
        run.close();
      }
    }
    await reportExperiment(directory);
  } finally {
    lock.release();
  }
  if (options.quiet !== true || options.json === true) await showExperiment(directory, options.json === true);
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

/**
 * Runs of one target with the same ladder and seed draw the same PT samples, and may train the same flow: take them
 * from an earlier entry.
 */
function shareTempering(
  directory: string, earlier: readonly ExperimentEntry[], entry: ExperimentEntry, run: WritableRun
): void {
  const journal = runJournal(run);
  if (journal.phase('pt') !== null) return;
  // Rungs that are not adapted may be those of the ladder of flows, which the runs do not share.
  if (entry.settings.sampling.path === 'interpolation' && !entry.settings.sampling.adaptLadder) return;
  const own = flatSettings(entry.settings);
  const twin = earlier.find(({ target, settings }) => {
    const other = flatSettings(settings);
    return target.name === entry.target.name
      && TEMPERING_SETTINGS.every((name) => JSON.stringify(other[name]) === JSON.stringify(own[name]));
  });
  if (twin === undefined) return;
  const source = openRun(join(directory, twin.id));
  for (const phase of ['path', 'pt', ...(sameFlow(twin.settings, entry.settings) ? FLOW_PHASES : [])] as const) {
    const piece = readPhase(source, 0, phase);
    if (piece !== null) journal.finishPhase(phase, piece);
  }
}

/** What one flow on noisy energies leaves before its samples are moved. */
const FLOW_PHASES = ['flow', 'learned-full', 'learned-stochastic'] as const;

/** Settings of what is done with the samples of a flow once it is there. */
const AFTER_FLOW: ReadonlySet<string> = new Set(['svrg', 'svrgRefresh', 'rejuvenation', 'rejuvenationStepSize']);

/** Whether two runs on noisy energies train the same flow and the same networks. */
function sameFlow(a: Settings, b: Settings): boolean {
  if (a.sampling.sampler !== 'resgld' || a.ladder.generator === 'ladder') return false;
  const [one, other] = [flatSettings(a), flatSettings(b)];
  const same = (name: keyof FlatSettings): boolean => JSON.stringify(one[name]) === JSON.stringify(other[name]);
  return settingNames.every((name) => AFTER_FLOW.has(name) || same(name));
}

/** Write the experiment's report. @returns its path */
export async function reportExperiment(directory: string): Promise<string> {
  const { record, experiment, entries } = await readExperiment(directory);
  const file = join(directory, REPORT_FILE);
  switch (record.name) {
    case 'planted-bias': writeFileAtomic(file, renderBiasTable(await biasInput(directory, experiment, entries))); break;
    case 'short-tempering': writeFileAtomic(file, renderGeneratorTable(generatorInput(directory, experiment, entries)));
    break;
    case 'resgld-gmm-2d': writeFileAtomic(file, renderNoiseExperiment(noisePanels(directory, experiment, entries)));
    break;
    case 'resgld-poisson-8d': writeFileAtomic(file, renderNoiseTable(noiseRows(directory, experiment, entries))); break;
    case 'pimc-double-well':
    case 'pimc-proton':
    case 'pimc-temperatures': writeFileAtomic(
      file, renderPathIntegralExperiment(generatorInput(directory, experiment, entries))
    );
    break;
    case 'single-step-2d': writeFileAtomic(file, renderExperiment(
      { title: experiment.title, rows: entries.flatMap((entry) => singleStepRow(directory, entry)) }
    ));
    break;
  }
  return file;
}

const finished = (directory: string, { id }: ExperimentEntry): boolean =>
  existsSync(join(directory, id, 'run.json')) && openRun(join(directory, id)).record.result !== null;

function singleStepRow(directory: string, entry: ExperimentEntry): ExperimentRow[] {
  if (!finished(directory, entry)) return [];
  const run = openRun(join(directory, entry.id));
  const { samples } = readSamples(run, entry.target).ensemble;
  const published = publishedFigures(entry.target.name, entry.settings.training.theta);
  return [{
    target: entry.target.name,
    theta: entry.settings.training.theta,
    seed: run.record.seed,
    record: run.record,
    flowSamples: samples.subarray(0, Math.min(samples.length, MOST_SHOWN * entry.target.dimension)),
    ...(published === null ? {} : { paper: published }),
  }];
}

/** Rows of the runs on noisy energies, and what tempering on the energy itself says of the same observables. */
function noiseRows(directory: string, { title }: Experiment, entries: readonly ExperimentEntry[]): NoiseTableInput {
  const done = entries.filter((entry) => finished(directory, entry));
  const reference = againstReference(directory, done);
  return { title, rows: done.map(({ id }) => ({ name: id, record: openRun(join(directory, id)).record })), ...(
    reference === null ? {} : { reference }
  ) };
}

/**
 * Weighted estimates beside the means of the reference's tempering samples, whose errors come from independent ladders.
 */
function againstReference(directory: string, done: readonly ExperimentEntry[]): NoiseTableInput['reference'] | null {
  const reference = done.find(({ settings, target }) => settings.sampling.sampler === 'tempering' && isNoisy(target));
  const others = done.filter((entry) => entry !== reference);
  if (reference === undefined || others.length === 0) return null;
  const run = openRun(join(directory, reference.id));
  const { positions } = readSamples(run, reference.target).tempered;
  const { ladders } = reference.settings.sampling;
  const means = reference.target.observables.map(
    ({ value }) => chainMean(byLadder(valuesOf(positions, reference.target.dimension, value), ladders), ladders)
  );
  const worst = others.map(({ id }) => {
    const { observables = [] } = openRun(join(directory, id)).record.result?.generation ?? {};
    // Only where an error is known: see the standing of the run.
    const gaps = observables.flatMap(({ name, value, standardError }, k) => (
      value === null || standardError === null ? []
        : [{ name, errors: Math.abs(value - means[k].value) / Math.hypot(standardError, means[k].standardError) }]
    ));
    const largest = gaps.length === 0 ? null : gaps.reduce((a, b) => (b.errors > a.errors ? b : a));
    return [id, String(gaps.length), largest?.errors.toFixed(1) ?? 'n/a', largest?.name ?? ''];
  });
  return {
    title: 'Observables against tempering on the energy itself: the largest difference, in standard errors of both',
    rows: [['run', 'observables', 'largest', 'of'], ...worst]
  };
}

/** Round-major values as one chain per ladder. */
function byLadder(values: Float64Array, ladders: number): Float64Array {
  const rounds = values.length / ladders;
  return Float64Array.from(
    { length: values.length }, (_, i) => values[(i % rounds) * ladders + Math.floor(i / rounds)]
  );
}

function noisePanels(
  directory: string, { title }: Experiment, entries: readonly ExperimentEntry[]
): NoiseExperimentInput {
  const [{ target }] = entries;
  return {
    title, domain: target.domain, surface: surfaceOf(target),
    rows: entries.filter((entry) => finished(directory, entry)).map((entry) => {
      const run = openRun(join(directory, entry.id));
      const { tempered, ensemble } = readSamples(run, entry.target);
      const { samples, logWeights } = readMoved(run, entry.target) ?? ensemble;
      return {
        name: entry.id, naive: entry.settings.noise.swapCorrection === 0, svrg: entry.settings.noise.svrg,
        record: run.record,
        input: tempered.positions, samples, logWeights
      };
    }),
  };
}

function generatorInput(
  directory: string, { title }: Experiment, entries: readonly ExperimentEntry[]
): GeneratorTableInput {
  return { title, rows: entries.filter((entry) => finished(directory, entry)).map(
    ({ id }) => ({ name: id, record: openRun(join(directory, id)).record })
  ) };
}

async function biasInput(
  directory: string, experiment: Experiment, entries: readonly ExperimentEntry[]
): Promise<BiasTableInput> {
  const { thinFirstQuadrant } = await import('../experiments/plantedBias.ts');
  const done = entries.filter((entry) => finished(directory, entry));
  if (done.length === 0)
    throw new InputError(`${directory} has no finished run yet; go on with \`jeffreys resume ${directory}\``);
  const [first] = done;
  const run = openRun(join(directory, first.id));
  const { positions } = readSamples(run, first.target).tempered;
  const { samples } =
    thinFirstQuadrant({ samples: positions, energies: new Float64Array(positions.length / 2) }, run.record.seed);
  const { modes } = first.target;
  const masses = (modes?.names ?? []).map(() => 0);
  for (let i = 0; i < samples.length; i += 2)
    masses[modes?.assign(samples.subarray(i, i + 2)) ?? 0] += 2 / samples.length;
  return {
    title: experiment.title,
    trainingMasses: masses,
    rows: done.map(
      (entry) => ({
        name: `${entry.id} (θ ${entry.settings.training.theta}, κ ${entry.settings.training.kappa})`,
        record: openRun(join(directory, entry.id)).record
      })
    ),
  };
}

const percent = (value: number | null | undefined): string =>
  (value === null || value === undefined ? '–' : `${(100 * value).toFixed(1)} %`);
const small = (value: number | null | undefined): string =>
  (value === null || value === undefined ? '–' : value.toExponential(1));

/** Print an experiment's figures: a table, or one JSON object. */
export async function showExperiment(directory: string, json: boolean): Promise<void> {
  const { record, experiment, entries } = await readExperiment(directory);
  const done = entries.filter((entry) => finished(directory, entry))
    .map((entry) => ({ entry, run: openRun(join(directory, entry.id)) }));
  if (json) {
    const runs = done.flatMap(({ entry, run }) => (run.record.result === null ? [] : [{
      id: entry.id, published: publishedFigures(entry.target.name, entry.settings.training.theta),
      ...summaryObject(run.record, run.record.result, run.path),
    }]));
    print(
      `${JSON.stringify({
        experiment: record.name, preset: record.preset, seed: record.seed, complete: done.length === entries.length,
        runs, runDir: directory
      })}\n`
    );
    return;
  }
  const lines = [experiment.title, ''];
  if (record.name === 'planted-bias') {
    if (done.length > 0) lines.push(...table(biasTable(await biasInput(directory, experiment, entries))));
  } else if (record.name === 'resgld-gmm-2d' || record.name === 'resgld-poisson-8d') {
    const rows = noiseRows(directory, experiment, entries);
    lines.push(...table(noiseTable(rows)));
    if (rows.reference !== undefined) lines.push('', rows.reference.title, '', ...table(rows.reference.rows));
  } else if (
    record.name === 'pimc-double-well' || record.name === 'pimc-proton' || record.name === 'pimc-temperatures'
  ) {
    lines.push(...table(pathIntegralTable(generatorInput(directory, experiment, entries))));
  } else if (record.name === 'short-tempering') {
    lines.push(...table(generatorTable(generatorInput(directory, experiment, entries))));
  } else {
    lines.push(...table([
      ['target', 'θ', 'ESS', 'published', 'L2 bias', 'published', 'coverage', 'warnings'],
      ...done.map(({ entry, run }) => {
        const generation = run.record.result?.generation;
        const published = publishedFigures(entry.target.name, entry.settings.training.theta);
        const codes = [...new Set(
          (run.record.result?.warnings ?? []).filter(({ severity }) => severity === 'warning').map(({ code }) => code)
        )];
        return [
          entry.target.name, String(entry.settings.training.theta), percent(generation?.ess), percent(published?.ess),
          small(generation?.bias), small(published?.bias), percent(generation?.coverage.value), codes.join(' ')
        ];
      }),
    ]));
    const missing = done.filter(({ run }) => run.record.result?.warnings.some(({ code }) => code === 'missing-mode'));
    if (missing.length > 0) lines.push('', ...missing.flatMap(
      ({ entry, run }) => warningLines(
        (run.record.result?.warnings ?? []).filter(({ code }) => code === 'missing-mode')
      ).slice(0, 1).map((text) => `${entry.id}: ${text}`)
    ));
  }
  if (done.length < entries.length) lines.push(
    '', `${done.length} of ${entries.length} runs are complete; go on with \`jeffreys resume ${directory}\``
  );
  lines.push('', `runs    ${directory}`, `report  ${join(directory, REPORT_FILE)}`);
  print(`${lines.join('\n')}\n`);
}
