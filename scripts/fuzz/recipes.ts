/** What the base runs are of, and where they are stopped. */
import type { PipelineEvent } from '../../src/pipeline/journal.ts';

export const baseNames = ['flow', 'own', 'ladder', 'noisy', 'ring'] as const;
export type BaseName = (typeof baseNames)[number];

export type Moment = (event: PipelineEvent) => boolean;

export interface Recipe {
  /** A built-in target, or the file of one of one's own. */
  readonly target: string;
  readonly given: Readonly<Record<string, unknown>>;
  readonly moments: readonly Moment[];
}

const at =
  (kind: PipelineEvent['kind'], done = 0): Moment =>
  (event) =>
    event.kind === kind && (!('done' in event) || event.done > done);

const SMALL = {
  ladders: 16,
  rounds: 64,
  warmupRounds: 20,
  steps: 40,
  batch: 100,
  hidden: 8,
  bins: 8,
  layers: 2,
  samples: 1000,
  evaluateEvery: 20,
  // As many steps as one look at the clock takes are then a few rounds.
  stepsPerRound: 200,
};
const LADDER = {
  ...SMALL,
  generator: 'ladder',
  interpolation: 'explicit',
  lambdas: [0.3, 1],
  particles: 500,
  groups: 4,
  stageSamples: 500,
  stageSteps: 40,
  rejuvenation: 4,
  freshRejuvenation: 2,
};
const NOISY = {
  ...SMALL,
  rounds: 60,
  stepsPerRound: 5,
  weights: 'learned-stochastic',
  weightSteps: 40,
  weightHidden: 8,
  weightBatch: 200,
  compared: 500,
  energyDraws: 4,
};
const RING = { ...SMALL, rounds: 100, beads: 8, modes: 3, ringSamples: 1000, rings: [4, 8], baselineRounds: 40 };

export const recipes: Readonly<Record<BaseName, Recipe>> = {
  flow: { target: 'three-well', given: SMALL, moments: [at('sampling', 30), at('training', 10)] },
  own: { target: 'definition/target.ts', given: SMALL, moments: [at('sampling', 30), at('training', 10)] },
  ladder: {
    target: 'three-well',
    given: LADDER,
    moments: [at('stage'), (event) => event.kind === 'phase' && event.phase === 'fresh'],
  },
  noisy: { target: 'noisy-gmm-2d', given: NOISY, moments: [at('sampling', 30), at('learning', 10)] },
  ring: {
    target: 'quantum-double-well',
    given: RING,
    moments: [at('training', 10), (event) => event.kind === 'ring' && event.beads === 8],
  },
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
  'well.ts': `import { np, type Array } from 'jeffreys-flow';
export const well = (x: Array) => np.square(np.square(x).sub(1));
`,
  'heights.csv': 'height,name\n2,a\n3,b\n',
};
