/**
 * Small runs that inputs damage: of every kind a finished one, and some that were stopped on their way. Each is made
 * when first asked for.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createHash } from 'node:crypto';
import { execute, firstRecord } from '../../src/cli/execute.ts';
import { keepDefinition } from '../../src/cli/keptDefinition.ts';
import { loadTarget } from '../../src/cli/loadTarget.ts';
import { ownTargetFor, settingsFor, targetFor } from '../../src/experiments/presets.ts';
import { surroundingsOf } from '../../src/cli/surroundings.ts';
import { Interrupted, type PipelineEvent } from '../../src/pipeline/journal.ts';
import { runPipeline } from '../../src/pipeline/run.ts';
import type { Settings } from '../../src/settings/settings.ts';
import { runJournal } from '../../src/store/journal.ts';
import { createRun } from '../../src/store/runDirectory.ts';
import type { WritableRun } from '../../src/store/writableRun.ts';
import type { Target } from '../../src/targets/target.ts';
import { OWN, recipes, type BaseName, type Moment } from './recipes.ts';

export interface Base {
  readonly complete: string;
  /** Interrupted, each at another place. */
  readonly stopped: readonly string[];
  /** Checksums of all arrays and flows of the complete run. */
  readonly bits: Readonly<Record<string, string>>;
}

export class Pool {
  readonly #folder: string;
  readonly #made = new Map<BaseName, Promise<Base>>();
  readonly #tell: (text: string) => void;

  constructor(folder: string, tell: (text: string) => void) {
    this.#folder = folder;
    this.#tell = tell;
  }

  base(name: BaseName): Promise<Base> {
    const found = this.#made.get(name) ?? this.#make(name);
    this.#made.set(name, found);
    return found;
  }

  async #make(name: BaseName): Promise<Base> {
    this.#tell(`making the base runs of kind ${name}\n`);
    const { moments } = recipes[name];
    for (const [file, text] of Object.entries(OWN)) write(join(this.#folder, 'definition', file), text);
    const complete = join(this.#folder, name);
    const whole = await this.#begin(name, complete);
    await execute({ ...whole, signal: new AbortController().signal, progress: silent });
    whole.run.close();
    const stopped = moments.map((_, k) => `${complete}-stopped-${k}`);
    for (const [k, moment] of moments.entries()) await stopAt(await this.#begin(name, stopped[k]), moment);
    return { complete, stopped, bits: bitsOf(complete) };
  }

  async #begin(name: BaseName, out: string): Promise<Begun> {
    const { target: which, given } = recipes[name];
    const found = await loadTarget(which.includes('/') ? join(this.#folder, which) : which);
    const builtIn = found.file === null;
    const target = (builtIn ? targetFor : ownTargetFor)(found.target, 'quick', given);
    const settings = settingsFor(target, 'quick', given);
    const record = firstRecord({ ...found, target }, 'quick', SEED, settings, TIME);
    const run = createRun({ out, target: target.name, time: TIME, record });
    if (found.definition !== null) keepDefinition(run, found.definition.files);
    return { run, target, settings };
  }
}

interface Begun {
  readonly run: WritableRun;
  readonly target: Target;
  readonly settings: Settings;
}

const SEED = 3;
const TIME = new Date(0);
const silent = { update: () => undefined, clear: () => undefined };

/** Runs until the moment has come, and leaves what an interrupted process leaves. */
async function stopAt({ run, target, settings }: Begun, moment: Moment): Promise<void> {
  const controller = new AbortController();
  const update = (event: PipelineEvent): void => {
    if (moment(event)) controller.abort();
  };
  let time = 0;
  const surroundings = {
    ...surroundingsOf(run, runJournal(run), controller.signal, { ...silent, update }),
    // A clock that moves on with every look: everything is reported and saved, on any machine. By a tenth of a second,
    // which is what work is cut into: slower, it would be cut into its single steps.
    now: () => (time += 100),
    saveEvery: 0,
  };
  try {
    await runPipeline({ target, settings, seed: SEED, surroundings });
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    run.writeJson('seconds.json', { seconds: 1 });
    run.updateRecord({ state: 'interrupted', message: error.message }, TIME);
    return;
  } finally {
    run.close();
  }
  throw new Error(`${run.path} ended before it could be stopped`);
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

export const sumOf = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

/** Of all result arrays and flow tensors of a run. */
export function bitsOf(run: string): Record<string, string> {
  const names = readdirSync(run, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:npy|safetensors)$/.test(name))
    .sort();
  return Object.fromEntries(names.map((name) => [name, sumOf(join(run, name))]));
}
