/** Small runs that inputs damage: of every kind a finished one, and some that were stopped on their way. Each is made when first asked for. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createHash } from 'node:crypto';
import { execute, firstRecord } from '../../src/cli/execute.ts';
import { keepDefinition } from '../../src/cli/keptDefinition.ts';
import { loadTarget } from '../../src/cli/loadTarget.ts';
import { settingsFor, shapeOf, targetFor } from '../../src/experiments/presets.ts';
import { Interrupted, type PipelineEvent } from '../../src/generators/journal.ts';
import { createRun } from '../../src/store/runDirectory.ts';
import { shapedTarget } from '../../src/targets/pathIntegral.ts';

export const baseNames = ['flow', 'own', 'ladder', 'noisy', 'ring'] as const;
export type BaseName = (typeof baseNames)[number];

export interface Base {
  readonly complete: string;
  /** Interrupted, each at another place. */
  readonly stopped: readonly string[];
  /** Checksums of all arrays and flows of the complete run. */
  readonly bits: Readonly<Record<string, string>>;
}

type Moment = (event: PipelineEvent) => boolean;

interface Recipe {
  /** A built-in target, or the file of one of one's own. */
  readonly target: string;
  readonly given: Readonly<Record<string, unknown>>;
  readonly moments: readonly Moment[];
}

const at = (kind: PipelineEvent['kind'], done = 0): Moment => (event) => event.kind === kind && (!('done' in event) || event.done > done);

const SMALL = { ladders: 16, rounds: 64, warmupRounds: 20, steps: 40, batch: 100, hidden: 8, bins: 8, layers: 2, samples: 1000, evaluateEvery: 20 };
const LADDER = { ...SMALL, generator: 'ladder', interpolation: 'explicit', lambdas: [0.3, 1], particles: 500, groups: 4, stageSamples: 500, stageSteps: 40, rejuvenation: 4, freshRejuvenation: 2 };
const NOISY = { ...SMALL, rounds: 60, weights: 'learned-stochastic', weightSteps: 40, weightHidden: 8, weightBatch: 200, compared: 500, energyDraws: 4 };
const RING = { ...SMALL, rounds: 100, beads: 8, modes: 3, ringSamples: 1000, rings: [4, 8], baselineRounds: 40 };

const recipes: Readonly<Record<BaseName, Recipe>> = {
  flow: { target: 'three-well', given: SMALL, moments: [at('sampling', 30), at('training', 10)] },
  own: { target: 'definition/target.ts', given: SMALL, moments: [at('sampling', 30), at('training', 10)] },
  ladder: { target: 'three-well', given: LADDER, moments: [at('stage'), (event) => event.kind === 'phase' && event.phase === 'fresh'] },
  noisy: { target: 'noisy-gmm-2d', given: NOISY, moments: [at('sampling', 30), at('learning', 10)] },
  ring: { target: 'quantum-double-well', given: RING, moments: [at('training', 10), (event) => event.kind === 'ring' && event.beads === 8] },
};

/** A definition that imports one file and reads another. */
export const OWN: Readonly<Record<string, string>> = {
  'target.ts': `import { defineTarget, np, readTable } from 'jeffreys-flow';
import { well } from './well.ts';
const table = readTable(new URL('./heights.csv', import.meta.url), { columns: ['height'] });
export default defineTarget({
  name: 'mine', dimension: 2, box: [-4, 4],
  energy: (x) => well(x.slice(0)).mul(table.data[0]).add(np.square(x.slice(1))),
  modes: { centres: [[-1, 0], [1, 0]] },
});
`,
  'well.ts': "import { np, type Array } from 'jeffreys-flow';\nexport const well = (x: Array) => np.square(np.square(x).sub(1));\n",
  'heights.csv': 'height,name\n2,a\n3,b\n',
};

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
    await this.#compute(name, complete, () => false);
    const stopped = moments.map((_, k) => `${complete}-stopped-${k}`);
    for (const [k, moment] of moments.entries()) await this.#compute(name, stopped[k], moment);
    return { complete, stopped, bits: bitsOf(complete) };
  }

  /** Runs until the moment has come, or to the end. */
  async #compute(name: BaseName, out: string, moment: Moment): Promise<void> {
    const { target: which, given } = recipes[name];
    const found = await loadTarget(which.includes('/') ? join(this.#folder, which) : which);
    const target = found.file === null ? targetFor(found.target, 'quick', given) : shapedTarget(found.target, shapeOf(given));
    const settings = settingsFor(target, 'quick', given);
    const time = new Date(0);
    const run = createRun({ out, target: target.name, time, record: firstRecord({ ...found, target }, 'quick', 3, settings, time) });
    const controller = new AbortController();
    try {
      if (found.definition !== null) keepDefinition(run, found.definition.files);
      const progress = { update: (event: PipelineEvent) => { if (moment(event)) controller.abort(); }, clear: () => undefined };
      await execute({ run, target, settings, signal: controller.signal, progress, saveEvery: 0 });
      if (controller.signal.aborted) throw new Error(`${out} ended before it could be stopped`);
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
    } finally {
      run.close();
    }
  }
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

export const sumOf = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

/** Of all result arrays and flow tensors of a run. */
export function bitsOf(run: string): Record<string, string> {
  const names = readdirSync(run, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(?:npy|safetensors)$/.test(name)).sort();
  return Object.fromEntries(names.map((name) => [name, sumOf(join(run, name))]));
}
