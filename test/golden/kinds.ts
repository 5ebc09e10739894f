/** Short runs of every kind, and hashes of what they compute, which no engine, threads or tidying may change. */
import { createHash, type Hash } from 'node:crypto';
import { np } from '../../src/engine/numpy.ts';
import { settingsFor, targetFor } from '../../src/experiments/presets.ts';
import { memoryJournal, type Journal, type Piece } from '../../src/pipeline/journal.ts';
import { runPipeline } from '../../src/pipeline/run.ts';
import { catalogue } from '../../src/targets/catalogue.ts';
import { defineTarget, type Target } from '../../src/targets/target.ts';

/** A run that is over in about a second. */
export interface Kind {
  readonly name: string;
  readonly target: () => Promise<Target>;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Networks run in onnxruntime, whose sums depend on the processor. */
  readonly onnxruntime?: boolean;
}

const named = (name: string) => async (): Promise<Target> => {
  const entry = catalogue.find((other) => other.name === name);
  if (entry === undefined) throw new Error(`no target ${name}`);
  return entry.load();
};

/** An interval, a circle and a line; a power and functions of every sort, so that they take part. */
const mixed = (): Promise<Target> => Promise.resolve(defineTarget({
  name: 'mixed-3d', dimension: 3, interval: { 0: [0, 1] }, torus: { 1: [-Math.PI, Math.PI] }, box: [-4, 4],
  energy: (x) => {
    const [a, b, c] = [x.slice(0), x.slice(1), x.slice(2)];
    const wave = np.cos(b.mul(2)).add(np.square(c.sub(np.sin(b))).mul(0.5));
    return np.power(np.square(a).add(0.5), 1.7).add(wave).add(np.log(np.square(c).add(1)));
  },
}));

/** Products of integers have no vector code: energies and chains in plain JavaScript. */
const plain = (): Promise<Target> => Promise.resolve(defineTarget({
  name: 'plain-2d', dimension: 2, box: [-4, 4],
  energy: (x) => {
    const cell = np.prod(x.mul(10).astype(np.int32)).astype(np.float64);
    return np.square(np.square(x).sub(1)).sum().add(np.power(np.square(x.slice(0)).add(0.1), 0.7)).add(cell.mul(1e-9));
  },
}));

/** Too large to be written out: products of matrices, sums and functions in loops. */
const large = (): Promise<Target> => {
  const wave = (size: number, seed: number): Float64Array => Float64Array.from({ length: size }, (_, i) => Math.sin(seed + 3 * i));
  const [design, mixing] = [np.array(wave(180, 1)).reshape([60, 3]), np.array(wave(3600, 2)).reshape([60, 60])];
  return Promise.resolve(defineTarget({
    name: 'large-3d', dimension: 3, box: [-4, 4],
    energy: (x) => {
      const mixed = np.matmul(mixing, np.sin(np.matmul(design, x)));
      return np.square(mixed).sum().mul(0.01).add(np.log(np.cumsum(np.exp(np.tanh(mixed)))).mean()).add(np.square(x).sum());
    },
  }));
};

const waves = named('noisy-gmm-2d');
const doubleWell = named('quantum-double-well');

const tiny = {
  ladders: 8, rounds: 64, warmupRounds: 48, replicas: 4, stepsPerRound: 3, samples: 1000, threads: 2,
  steps: 24, batch: 96, evaluateEvery: 8, layers: 3, hidden: 8, bins: 6,
  particles: 256, groups: 4, stageSamples: 256, stageSteps: 8, rejuvenation: 3, freshRejuvenation: 2,
};
const along = { path: 'interpolation', hottest: 0.05 };
const geometric = { interpolation: 'geometric', smallestLambda: 0.1, lambdaRate: 4 };
const adaptive = { ...along, generator: 'ladder', targetCess: 0.5, resampling: 'multinomial' };
const ladder = { generator: 'ladder', interpolation: 'explicit', lambdas: [0.2, 1], resampleBelow: 1 };
const noisy = { ...along, compared: 0, energyDraws: 4, gradientDraws: 2, stepsPerRound: 4 };
const moved = { adaptLadder: false, svrg: true, svrgRefresh: 2 };
const learned = { ...noisy, weights: 'learned-stochastic', weightSteps: 8, weightBatch: 64, weightHidden: 8 };
const rows = { layers: 8, stepSize: 1e-4, controlVariates: true, stepsPerRound: 2 };
const linear = { generator: 'ladder', interpolation: 'linear', linearStages: 2 };
const rings = { ...along, rings: [8, 12], ringSamples: 500, ringMoves: 2, baselineRounds: 40, layers: 4 };

export const kinds: readonly Kind[] = [
  { name: 'flow', target: named('three-well'), settings: { theta: 0.5 } },
  { name: 'flow-onnxruntime', target: named('three-well'), settings: { executor: 'onnx' }, onnxruntime: true },
  {
    name: 'flow-float64', target: named('himmelblau'),
    settings: { precision: 'float64', hottest: 0.01, renyiOrder: 1.5, activation: 'relu', fixedBaseSamples: 500 },
  },
  { name: 'lattice', target: named('three-well'), settings: { baseSampling: 'lattice', masks: 'random' } },
  { name: 'torus', target: named('periodic-well'), settings: { hottest: 0.2 } },
  { name: 'mixed-domain', target: mixed, settings: { layers: 6, masks: 'single' } },
  { name: 'plain-javascript', target: plain, settings: {} },
  { name: 'loops', target: large, settings: { theta: 0.5 } },
  { name: 'loops-float32', target: large, settings: { 'sampling.precision': 'float32', kernel: 'hmc' } },
  { name: 'hmc', target: named('gmm-3d'), settings: { kernel: 'hmc', layers: 6, path: 'temperature', hottest: 0.01 } },
  { name: 'heun', target: named('three-well'), settings: { kernel: 'heun' } },
  { name: 'euler', target: named('three-well'), settings: { kernel: 'tamedEuler' } },
  { name: 'float32-chains', target: named('three-well'), settings: { mcmcPrecision: 'float32' } },
  { name: 'interpolation-path', target: named('three-well'), settings: along },
  { name: 'ladder', target: named('gmm-3d'), settings: { ...ladder, ...geometric, path: 'temperature', hottest: 0.01 } },
  { name: 'ladder-adaptive', target: named('three-well'), settings: adaptive },
  { name: 'noisy', target: waves, settings: noisy },
  { name: 'noisy-learned-full', target: waves, settings: { ...learned, weights: 'learned-full' }, onnxruntime: true },
  { name: 'noisy-learned-draws', target: waves, settings: { ...learned, weightResidual: false }, onnxruntime: true },
  { name: 'noisy-rows', target: named('poisson-8d'), settings: { ...noisy, ...rows } },
  { name: 'noisy-ladder', target: waves, settings: { ...noisy, ...ladder, ...moved } },
  { name: 'rings', target: doubleWell, settings: { ...rings, generator: 'flow' } },
  { name: 'rings-ladder', target: doubleWell, settings: { ...rings, ...linear, baselineRounds: 0, rings: [8] } },
];

/** What a run computed: a hash for the arrays of each phase, and one for its figures other than times. */
export interface Hashes {
  readonly arrays: Readonly<Record<string, string>>;
  readonly figures: string;
}

const digest = (hash: Hash): string => hash.digest('hex').slice(0, 16);

function hashOfPiece({ arrays }: Piece): string {
  const hash = createHash('sha256');
  for (const name of Object.keys(arrays).sort()) {
    const { dtype, shape, data } = arrays[name];
    hash.update(`${name} ${dtype} ${shape.join(' ')}\n`);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return digest(hash);
}

/** A journal that hashes what it is given. */
function hashing(inner: Journal, place: string, hashes: Record<string, string>): Journal {
  return {
    ...inner,
    finishPhase(name, piece) {
      hashes[`${place}${name}`] = hashOfPiece(piece);
      inner.finishPhase(name, piece);
    },
    stage: (index) => hashing(inner.stage(index), `${place}stage ${index} `, hashes),
    part: (name) => hashing(inner.part(name), `${place}${name} `, hashes),
  };
}

/** Keys of figures that a clock makes. */
const TIMES = /seconds|milliseconds|^gains$/i;

export async function hashesOf({ target: load, settings: given }: Kind): Promise<Hashes> {
  const settings = { ...tiny, ...given };
  const target = targetFor(await load(), 'quick', settings);
  const arrays: Record<string, string> = {};
  const { result } = await runPipeline({
    target, settings: settingsFor(target, 'quick', settings), seed: 11,
    surroundings: {
      journal: hashing(memoryJournal(), '', arrays), signal: new AbortController().signal,
      emit: () => undefined, now: () => 0, breathe: () => Promise.resolve(),
    },
  });
  const figures = JSON.stringify(result, (key, value: unknown) => (TIMES.test(key) ? undefined : value));
  return { arrays, figures: digest(createHash('sha256').update(figures)) };
}
