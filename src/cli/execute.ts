/** One run from its record to its result: shared by `run`, `resume` and the experiments. */
import { z } from 'zod';
import { InputError } from '../errors.ts';
import { Interrupted } from '../pipeline/journal.ts';
import { runPipeline, type PipelineOptions, type PipelineResult } from '../pipeline/run.ts';
import { flatSettings } from '../settings/names.ts';
import type { Settings } from '../settings/settings.ts';
import { RECORD_VERSION, type RunRecord } from '../records/record.ts';
import { shown } from '../store/fileError.ts';
import { runJournal } from '../store/journal.ts';
import type { WritableRun } from '../store/writableRun.ts';
import type { Target } from '../targets/target.ts';
import { dataHashOf } from './dataHash.ts';
import type { LoadedTarget } from './loadTarget.ts';
import { surroundingsOf, type PaceOptions } from './surroundings.ts';
import type { ProgressLine } from './terminal.ts';
import { versions } from './versions.ts';
import { writeReport } from './writeReport.ts';

/** The first record of a run. */
export function firstRecord(
  { target, file, definition }: LoadedTarget, preset: string, seed: number, settings: Settings, time: Date,
): RunRecord {
  return {
    format: 'jeffreys-flow run',
    recordVersion: RECORD_VERSION,
    versions: versions(),
    target: target.name,
    targetFile: file,
    definition: definition?.summary ?? null,
    dataHash: dataHashOf(target),
    dimension: target.dimension,
    preset,
    seed,
    settings: flatSettings(settings),
    state: 'running',
    startedAt: time.toISOString(),
    updatedAt: time.toISOString(),
    message: null,
    result: null,
  };
}

/** What an unfinished run has taken so far. */
const SECONDS_FILE = 'seconds.json';
const secondsSchema = z.object({ seconds: z.number() });

/** For the next session. */
export const keepSeconds = (run: WritableRun, seconds: number): void => { run.writeJson(SECONDS_FILE, { seconds }); };

export interface ExecuteOptions extends PaceOptions {
  readonly run: WritableRun;
  readonly target: Target;
  readonly settings: Settings;
  readonly signal: AbortSignal;
  readonly progress: ProgressLine;
  readonly prepareData?: PipelineOptions['prepareData'];
}

/**
 * Compute what is missing of a run, record the result and write the report. The run stays open.
 * @throws Interrupted when asked to stop, with the run marked so and resumable
 */
export async function execute(
  { run, target, settings, signal, progress, prepareData, saveEvery }: ExecuteOptions
): Promise<PipelineResult> {
  const started = performance.now();
  const earlier = run.has(SECONDS_FILE) ? readSeconds(run) : 0;
  const spent = (): number => earlier + (performance.now() - started) / 1000;
  run.updateRecord({ state: 'running', message: null }, new Date());
  try {
    const surroundings = surroundingsOf(run, runJournal(run), signal, progress, { saveEvery });
    const outcome = await runPipeline(
      { target, settings, seed: run.record.seed, surroundings, ...(prepareData === undefined ? {} : { prepareData }) }
    );
    progress.clear();
    const result = { ...outcome.result, seconds: spent(), peakMemoryBytes: process.resourceUsage().maxRSS * 1024 };
    // The report first: a run that says it is complete has all of its files.
    const time = new Date();
    const record: RunRecord = { ...run.record, state: 'complete', result, updatedAt: time.toISOString() };
    writeReport(run, outcome.target ?? target, outcome, record);
    run.updateRecord({ state: 'complete', result }, time);
    run.remove(SECONDS_FILE);
    return outcome;
  } catch (error) {
    progress.clear();
    recordFailure(run, error, spent());
    throw error;
  }
}

function recordFailure(run: WritableRun, error: unknown, seconds: number): void {
  const message = error instanceof Error ? error.message.split('\n')[0] : String(error);
  try {
    keepSeconds(run, seconds);
    run.updateRecord({ state: error instanceof Interrupted ? 'interrupted' : 'failed', message }, new Date());
  } catch (second) {
    // A disk that refused the work refuses this too; the first failure is the one to tell.
    if (!(second instanceof InputError)) throw second;
  }
}

/** @throws InputError where the file is damaged, which holds nothing that a result depends on */
function readSeconds(run: WritableRun): number {
  try {
    return run.readJson(SECONDS_FILE, secondsSchema).seconds;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const file = shown(run.file(SECONDS_FILE));
    throw new InputError(`${file} is damaged; delete it: only the seconds spent so far are lost`, { cause: error });
  }
}
