/**
 * Learned weights as a phase of a stage: φ, ψ are fitted to U_k(F(x); ξ) − U_{k−1}(x; ξ), so that log w = φ(x) −
 * ψ(F(x)) + log|det J| needs no energy; or (weights.residual) to the same less log|det J|, which is −log w itself:
 * nearly constant where the flow is good, and so much easier to learn.
 */
import { z } from 'zod';
import { foldIn, type Key } from '../../engine/random.ts';
import { InputError } from '../../errors.ts';
import type { WeightKind, WeightsSettings } from '../../settings/weights.ts';
import { baseEnergies, type Base } from '../../targets/base.ts';
import type { NoisyEvaluator } from '../../targets/noisyEvaluator.ts';
import { noisyPath } from '../../targets/noisyPath.ts';
import { pathEvaluator } from '../../targets/path.ts';
import {
  learnedDifference, WeightRegression, type FittedWeights, type WeightRegressionSnapshot,
} from '../../training/weightRegression.ts';
import { checkStored, type Journal, type Piece, type Surroundings } from '../journal.ts';
import { arrayOf, phase, underWay, within, type Finished } from '../phase.ts';
import type { Evaluations } from '../noise/evaluations.ts';
import type { Passage, Weigher } from './weigher.ts';

export type LearnedKind = Exclude<WeightKind, 'exact'>;
export const learnedKinds = ['learned-full', 'learned-stochastic'] as const satisfies readonly LearnedKind[];

export interface LearnedWeights {
  readonly fitted: FittedWeights;
  readonly evaluations: Evaluations;
}

/** What is learned from, and where it is kept. */
export interface LearnOptions {
  readonly noisy: NoisyEvaluator;
  readonly base: Base;
  readonly settings: WeightsSettings;
  readonly surroundings: Surroundings;
  /** Particles before and after the map, with log|det J|. */
  readonly passage: Passage;
  /** λ before and after. */
  readonly from: number;
  readonly to: number;
  /** Whether φ, ψ see the energy itself at every pair, or noisy values of it. */
  readonly kind: LearnedKind;
  readonly key: Key;
  readonly journal: Journal;
}

/** Pairs that are learned from at most, and the share of them that is held out. */
export const MOST_PAIRS = 200_000;
const HELD_OUT = 0.1;
const EVALUATIONS = 30;

const numbers = z.array(z.number());
const fittedSchema = z.object({
  scales: z.object({
    meanX: numbers, deviationX: numbers, meanZ: numbers, deviationZ: numbers, meanT: z.number(), deviationT: z.number(),
  }),
  heldOutError: z.number(), constantError: z.number(), bestStep: z.number(), nonFinite: z.number(),
  skippedSteps: z.number(), evaluations: z.object({ noisy: z.number(), full: z.number() }),
});
const checkpointSchema = z.object({
  step: z.number(), bestStep: z.number(), bestError: z.number(), nonFinite: z.number(), skippedSteps: z.number(),
});

/** A fit as it was stored. @throws InputError where it is damaged */
export function storedFit(
  dimension: number, { layers, hidden }: Pick<WeightsSettings, 'layers' | 'hidden'>, { json, arrays }: Piece,
): LearnedWeights {
  const { evaluations, ...rest } = checkStored(fittedSchema, json, 'learned weights');
  const parameters = arrays['parameters']?.data;
  if (!(parameters instanceof Float32Array)) throw new InputError(
    'the networks of learned weights are damaged (no parameters in float32); restore the folder, or start a new run',
  );
  return { fitted: { shape: { dimension, hiddenLayers: layers, hidden }, parameters, ...rest }, evaluations };
}

/** log w of passages by the fits of all stages. */
export function learnedWeigher(fits: readonly FittedWeights[], residual: boolean): Weigher {
  return { weigh: (passage) => learnedLogWeights(fits[passage.stage], residual, passage, passage.n) };
}

/** log w of the first `count` pairs: φ(x) − ψ(z) + log|det J|. @returns [count] */
export async function learnedLogWeights(
  fit: FittedWeights, residual: boolean, { x, z: images, logDet }: Passage, count: number,
): Promise<Float64Array> {
  const d = fit.shape.dimension;
  const differences = await learnedDifference(fit, x.subarray(0, count * d), images.subarray(0, count * d), count);
  return differences.map((value, i) => (residual ? -value : (logDet?.[i] ?? 0) - value));
}

/** Points about which the noise of a sum is made small. */
const CENTRES = 64;

/** The noise about the first points that are finite; as it is where it is no sum, or there are none. */
export function centredAt(noisy: NoisyEvaluator, points: Float64Array, d: number): NoisyEvaluator {
  const rows = Array.from({ length: points.length / d }, (_, i) => points.subarray(i * d, (i + 1) * d));
  const centres = rows.filter((row) => row.every(Number.isFinite)).slice(0, CENTRES);
  const flat = Float64Array.from(centres.flatMap((row) => Array.from(row)));
  return centres.length === 0 ? noisy : (noisy.centred?.(flat, centres.length) ?? noisy);
}

/** Fit, or take up where the journal left off. @throws Interrupted when asked to stop */
export async function learnWeights(options: LearnOptions): Promise<LearnedWeights> {
  const { noisy, settings, surroundings, kind, journal } = options;
  return phase(within(surroundings, journal), kind, {
    tell: true,
    read: (piece) => storedFit(noisy.dimension, settings, piece),
    compute: () => fit(options),
  });
}

/** The pairs, and how noisy values of their energies are had. */
interface Pairs {
  readonly x: Float64Array;
  readonly images: Float64Array;
  readonly logDet: Float64Array;
  readonly count: number;
  readonly evaluations: Evaluations;
  /** U_k(z) − U_{k−1}(x) of rows at a step, with ξ of its own for each, or as they are. @param out receives [rows] */
  readonly differences: (rows: Int32Array, step: number, out: Float64Array) => void;
}

function pairsOf(options: LearnOptions): Pairs {
  const { noisy, settings, passage, from, kind } = options;
  const d = noisy.dimension;
  const count = Math.min(MOST_PAIRS, passage.n);
  const [x, images] = [passage.x.subarray(0, count * d), passage.z.subarray(0, count * d)];
  const shared = { x, images, count, logDet: passage.logDet ?? new Float64Array(count) };
  const sides = from > 0 ? 2 : 1;
  if (kind === 'learned-full') {
    const known = fullDifferences(options, x, images, count);
    return {
      ...shared, evaluations: { noisy: 0, full: sides * count },
      differences: (rows, _step, out) => rows.forEach((row, i) => { out[i] = known[row]; }),
    };
  }
  const heldOut = heldOutOf(count);
  return {
    ...shared, differences: noisyDifferences(options, x, images),
    evaluations: {
      noisy: sides * settings.draws * (settings.steps * settings.batch + heldOut),
      full: noisy.centred === undefined ? 0 : Math.min(CENTRES, count),
    },
  };
}

const heldOutOf = (count: number): number => Math.max(1, Math.round(HELD_OUT * count));

/** U_k(z) − U_{k−1}(x) of all pairs, without noise. */
function fullDifferences(
  { noisy, base, from, to }: LearnOptions, x: Float64Array, images: Float64Array, count: number,
): Float64Array {
  if (noisy.full === null) throw new Error('learned-full weights without an energy');
  const [u0, u1] = [new Float64Array(count), new Float64Array(count)];
  pathEvaluator(base, noisy.full, from).energies(x, count, u0);
  pathEvaluator(base, noisy.full, to).energies(images, count, u1);
  return u1.map((value, i) => value - u0[i]);
}

/** The same of some pairs, with a ξ of its own for each, or the mean over several. */
function noisyDifferences(
  { noisy, base, settings, from, to, key }: LearnOptions, x: Float64Array, images: Float64Array,
): Pairs['differences'] {
  const d = noisy.dimension;
  const seen = centredAt(noisy, images.subarray(0, 4 * CENTRES * d), d);
  const [source, target] = [noisyPath(base, seen, from), noisyPath(base, seen, to)];
  const take = (all: Float64Array, rows: Int32Array): Float64Array => {
    const some = new Float64Array(rows.length * d);
    for (let i = 0; i < rows.length; i++) for (let j = 0; j < d; j++) some[i * d + j] = all[rows[i] * d + j];
    return some;
  };
  return (rows, step, out) => {
    const n = rows.length;
    const [starts, after] = [take(x, rows), take(images, rows)];
    const xi = new Float64Array(n * noisy.size);
    const [u0, u1] = [new Float64Array(n), new Float64Array(n)];
    out.fill(0);
    for (let r = 0; r < settings.draws; r++) {
      noisy.draw(foldIn(foldIn(foldIn(key, 'noise'), step), r), 0, n, xi);
      target.energies(after, xi, n, u1);
      // At λ = 0 the source is the base, whose energy has no noise.
      if (from > 0) source.energies(starts, xi, n, u0);
      else baseEnergies(base, starts, n, u0);
      for (let i = 0; i < n; i++) out[i] += (u1[i] - u0[i]) / settings.draws;
    }
  };
}

async function fit(options: LearnOptions): Promise<Finished<LearnedWeights>> {
  const { noisy, settings, key } = options;
  const pairs = pairsOf(options);
  const { x, images, logDet, count, evaluations, differences } = pairs;
  const shape = { dimension: noisy.dimension, hiddenLayers: settings.layers, hidden: settings.hidden };
  const regression = await WeightRegression.create({
    shape, byWeight: settings.residual, steps: settings.steps, batch: settings.batch,
    learningRate: settings.learningRate, evaluateEvery: Math.max(1, Math.floor(settings.steps / EVALUATIONS)),
    x, z: images, heldOut: heldOutOf(count), key: foldIn(key, 'networks'),
    targets(rows, step, out) {
      differences(rows, step, out);
      if (settings.residual) rows.forEach((row, i) => { out[i] -= logDet[row]; });
    },
  });
  try {
    await advance(regression, options);
    const { parameters, ...figures } = regression.result();
    return {
      value: { fitted: { ...figures, parameters }, evaluations },
      piece: { json: { ...figures, evaluations }, arrays: { parameters: arrayOf(parameters) } },
    };
  } finally {
    await regression.dispose();
  }
}

/** Steps until all are done, from where the journal's checkpoint left off. */
async function advance(
  regression: WeightRegression, { kind, settings, surroundings, journal }: LearnOptions,
): Promise<void> {
  const { clock, save } = underWay(within(surroundings, journal), {
    phase: kind, schema: checkpointSchema, what: 'learning of weights under way', tell: false,
    save: () => regression.snapshot(),
    restore: (json, arrays) => {
      regression.restore({ json, arrays: arrays as WeightRegressionSnapshot['arrays'] });
      return 0;
    },
  });
  const report = (): void => surroundings.emit({ kind: 'learning', done: regression.steps, total: settings.steps });
  while (!regression.done) {
    await clock.tick(report, save);
    await regression.advance(1);
  }
}
