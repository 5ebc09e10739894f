/** The runs in a folder: what they left, and how to stop one at a moment. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { recordSchema, type RunRecord } from '../../src/records/record.ts';
import { readNpy } from '../../src/store/npy.ts';
import { hashOf, start, type Outcome, type Process } from './jeffreys.ts';

/** When to stop a process, told by what there is of its run and by what its session has written. */
export interface Moment {
  readonly name: string;
  readonly come: (run: string, events: string) => boolean;
}

/** Options `--set a=1 --set b=2` of the words `a=1 b=2`. */
export const words = (settings: string): string[] => settings.split(' ').flatMap((setting) => ['--set', setting]);

/** Waits until something has happened or the process has ended. @returns whether it happened */
export async function until({ child }: Process, happened: () => boolean): Promise<boolean> {
  while (child.exitCode === null && child.signalCode === null) {
    if (happened()) return true;
    await pause(3);
  }
  return false;
}

/** Exit code 130 and one line that says how to go on. */
export function assertStopped({ code, signal, stdout, stderr }: Outcome, run: string): void {
  assert.deepEqual([code, signal, stdout], [130, null, ''], 'exit code 130');
  assert.equal(stderr, `interrupted; everything so far is saved. Go on with: jeffreys resume ${run}\n`, 'one line');
}

export class RunsIn {
  /** @param often options of a session that is to be stopped: how often it saves */
  constructor(readonly cwd: string, readonly often: readonly string[] = ['--save-every', '0.02']) {}

  readonly at = (name: string): string => join(this.cwd, name);

  readonly recordOf = (run: string): RunRecord =>
    recordSchema.parse(JSON.parse(readFileSync(this.at(`${run}/run.json`), 'utf8')));

  readonly resultOf = (run: string): NonNullable<RunRecord['result']> => {
    const { result } = this.recordOf(run);
    assert.ok(result !== null, `${run} has a result`);
    return result;
  };

  /** Since the run was begun; a process that goes on with it adds to what is there. */
  readonly eventsOf = (run: string): string => {
    const file = this.at(`${run}/events.jsonl`);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  };

  /** Every array of a run, by name; with no checkpoint among them. */
  readonly bitsOf = (run: string): Record<string, string> => {
    const names = readdirSync(this.at(run), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(npy|safetensors)$/.test(name))
      .sort();
    return Object.fromEntries(names.map((name) => [name, hashOf(this.at(`${run}/${name}`))]));
  };

  /** Figures that are not of a clock, nor of what a process has needed. */
  readonly figuresOf = (run: string): unknown => {
    const isMeasured = (key: string): boolean => /seconds/i.test(key) || ['gains', 'peakMemoryBytes'].includes(key);
    const text = JSON.stringify(this.resultOf(run), (key, value: unknown) => (isMeasured(key) ? undefined : value));
    return JSON.parse(text);
  };

  readonly doubles = (name: string): { shape: readonly number[]; data: Float64Array } => {
    const { dtype, shape, data } = readNpy(this.at(name));
    assert.equal(dtype, 'float64', `${name} is float64`);
    return { shape, data };
  };

  readonly checkpoint = (run: string, stage: number, phase: string): boolean =>
    existsSync(this.at(`${run}/stage-${String(stage).padStart(2, '0')}/${phase}.checkpoint.safetensors`));

  /** The report is a whole page, in which nothing is missing that was to be written. */
  readonly assertPage = (file: string): void => {
    const page = readFileSync(this.at(file), 'utf8');
    assert.match(page, /^<!doctype html>[\s\S]*<\/html>\s*$/i, `${file} is a page`);
    const shown = page.replace(/<script[\s\S]*?<\/script>/g, '');
    assert.doesNotMatch(shown, /\bNaN\b|\bundefined\b|\[object /, `${file} shows what it has`);
  };

  /** A run that was stopped and resumed has ended as one that nothing disturbed. */
  readonly assertSame = (run: string, undisturbed: string): void => {
    assert.deepEqual(this.bitsOf(run), this.bitsOf(undisturbed), `${run}: every array, and no checkpoint left`);
    assert.deepEqual(this.figuresOf(run), this.figuresOf(undisturbed), `${run}: every figure`);
    assert.equal(this.recordOf(run).state, 'complete', `${run} is complete`);
    this.assertPage(`${run}/report.html`);
  };

  /**
   * Stops a run at one moment after the other: begins it with `run` and these arguments, or resumes what there is of it.
   * @returns what the processes said
   */
  readonly stopAt = async (
    moments: readonly Moment[],
    signal: NodeJS.Signals,
    run: string,
    begin: readonly string[],
  ): Promise<Outcome[]> => {
    const outcomes: Outcome[] = [];
    for (const { name, come } of moments) {
      const verb = existsSync(this.at(`${run}/run.json`)) ? ['resume', run] : ['run', ...begin, '--out', run];
      const begun = this.eventsOf(run).length;
      const process_ = start([...verb, ...this.often, '--quiet'], { cwd: this.cwd });
      const came = await until(process_, () => come(run, this.eventsOf(run).slice(begun)));
      process_.child.kill(signal);
      const outcome = await process_.ended;
      assert.ok(came, `${run} ended before it was to be stopped ${name}: ${outcome.stderr}`);
      outcomes.push(outcome);
    }
    return outcomes;
  };

  /** As long as it has a checkpoint there. */
  readonly within = (phase: string, stage = 0): Moment =>
    ({ name: `in ${phase} of stage ${stage}`, come: (run) => this.checkpoint(run, stage, phase) });
}

export const between: Moment = {
  name: 'between two stages',
  come: (_, events) => /"kind":"stage"[^\n]*"resumed":false/.test(events),
};

/** A few seconds, half of them tempering and half of them training. */
export const HALVES = ['--preset', 'quick', '--seed', '5',
  ...words('ladders=32 rounds=200 warmupRounds=50 stepsPerRound=80 layers=2 steps=100 batch=500 samples=4000')];

// Locks are made by linking: the process signals itself right after that, before it does anything else.
const SIGNAL_ITSELF = `import fs from 'node:fs'; import { syncBuiltinESMExports } from 'node:module';
  const { linkSync } = fs;
  fs.linkSync = (from, to) => {
    linkSync(from, to);
    if (to.endsWith('.lock')) process.kill(process.pid, 'SIGINT');
  };
  syncBuiltinESMExports();`;
/** Options of a node that is sent SIGINT in the instant in which it locks a directory. */
export const stopsAtOnce = ['--import', `data:text/javascript,${encodeURIComponent(SIGNAL_ITSELF)}`];
