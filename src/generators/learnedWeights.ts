/**
 * Learned weights as a phase of a stage: φ, ψ are fitted to U_k(F(x); ξ) − U_{k−1}(x; ξ), so that
 * log w = φ(x) − ψ(F(x)) + log|det J| needs no energy; or (weightResidual) to the same less log|det J|, which is −log w
 * itself:
 * nearly constant where the flow is good, and so much easier to learn.
 */
import { z } from 'zod';
import { foldIn, type Key } from '../engine/random.ts';
import { InputError } from '../errors.ts';
import { baseEnergies } from '../targets/base.ts';
import type { NoisyEvaluator } from '../targets/noisyEvaluator.ts';
import { noisyPath } from '../targets/noisyPath.ts';
import { pathEvaluator } from '../targets/path.ts';
import {
  learnedDifference, WeightRegression, type FittedWeights, type WeightRegressionSnapshot
} from '../training/weightRegression.ts';
import type { Evaluations } from './evaluations.ts';
import { checkStored, type Journal, type JournalArray, type Piece } from './journal.ts';
import type { NoisyContext } from './noisyStage.ts';
import { pace } from './pace.ts';
import type { Settings } from './settings.ts';

export interface LearnedWeights {
  /** ψ(z) − φ(x) of pairs: [n] */
  readonly differences: (x: Float64Array, z: Float64Array, n: number) => Promise<Float64Array>;
  readonly heldOutError: number;
  readonly constantError: number;
  /** Noisy values that were not finite and left out of the fit. */
  readonly nonFinite: number;
  readonly evaluations: Evaluations;
}

export interface LearnOptions {
  /** Particles before and after the map [N, d], and log|det J| [N]. */
  readonly from: Float64Array;
  readonly points: Float64Array;
  readonly logDet: Float64Array;
  readonly before: number;
  readonly lambda: number;
  /** Whether φ, ψ see the energy itself at every pair, or noisy values of it. */
  readonly kind: 'learned-full' | 'learned-stochastic';
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
    meanX: numbers, deviationX: numbers, meanZ: numbers, deviationZ: numbers, meanT: z.number(), deviationT: z.number()
  }),
  heldOutError: z.number(), constantError: z.number(), bestStep: z.number(), nonFinite: z.number(),
  skippedSteps: z.number(),
  evaluations: z.object({ noisy: z.number(), full: z.number() }),
});
const checkpointSchema = z.object(
  { step: z.number(), bestStep: z.number(), bestError: z.number(), nonFinite: z.number(), skippedSteps: z.number() }
);

type WeightSettings = Pick<Settings, 'weightLayers' | 'weightHidden'>;

/** A fit as it was stored. @throws InputError where it is damaged */
function storedFit(dimension: number, { weightLayers, weightHidden }: WeightSettings, { json, arrays }: Piece): {
  fitted: FittedWeights; evaluations: Evaluations
} {
  const { evaluations, ...rest } = checkStored(fittedSchema, json, 'learned weights');
  const parameters = arrays['parameters']?.data;
  if (!(parameters instanceof Float32Array)) throw new InputError(
    'the networks of learned weights are damaged (no parameters in float32); restore the folder, or start a '
      + 'new run'
  );
  return {
    fitted: { shape: { dimension, hiddenLayers: weightLayers, hidden: weightHidden }, parameters, ...rest }, evaluations
  };
}

/** ψ(z) − φ(x) of the networks that a finished run has stored. */
export function storedWeights(dimension: number, settings: WeightSettings, piece: Piece): LearnedWeights[
  'differences'
] {
  const { fitted } = storedFit(dimension, settings, piece);
  return (x, images, n) => learnedDifference(fitted, x, images, n);
}

/** log w of pairs from what was learned of them. @param differences ψ(z) − φ(x) [n] @param logDet [n] */
export const stepLogWeights = (
  { weightResidual }: Pick<Settings, 'weightResidual'>, differences: Float64Array, logDet: Float64Array
): Float64Array =>
  differences.map((value, i) => (weightResidual ? -value : logDet[i] - value));

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
export async function learnWeights(
  { settings, surroundings, noisy, target: { base } }: NoisyContext, options: LearnOptions
): Promise<LearnedWeights> {
  const { from, points, logDet, before, lambda, kind, key, journal } = options;
  const d = noisy.dimension;
  const shape = { dimension: d, hiddenLayers: settings.weightLayers, hidden: settings.weightHidden };
  const use = ({ fitted, evaluations }: { fitted: FittedWeights; evaluations: Evaluations }): LearnedWeights => ({
    differences: (x, images, n) => learnedDifference(fitted, x, images, n),
    heldOutError: fitted.heldOutError, constantError: fitted.constantError, nonFinite: fitted.nonFinite, evaluations,
  });
  const finished = journal.phase(kind);
  surroundings.emit({ kind: 'phase', phase: kind, resumed: finished !== null });
  if (finished !== null) return use(storedFit(d, settings, finished));
  const pairs = Math.min(MOST_PAIRS, logDet.length);
  const heldOut = Math.max(1, Math.round(HELD_OUT * pairs));
  const [x, images] = [from.subarray(0, pairs * d), points.subarray(0, pairs * d)];
  const count: Evaluations = { noisy: 0, full: 0 };
  const sides = before > 0 ? 2 : 1;
  const known = kind === 'learned-full' ? fullDifferences() : null;
  if (known !== null) count.full = sides * pairs;
  else count.noisy = sides * settings.weightDraws * (settings.weightSteps * settings.weightBatch + heldOut);
  if (known === null && noisy.centred !== undefined) count.full += Math.min(CENTRES, pairs);
  const seen = kind === 'learned-stochastic' ? centredAt(noisy, images.subarray(0, 4 * CENTRES * d), d) : noisy;
  const [source, target] = [noisyPath(base, seen, before), noisyPath(base, seen, lambda)];

  /** U_k(z) − U_{k−1}(x) of all pairs, without noise. */
  function fullDifferences(): Float64Array {
    if (noisy.full === null) throw new Error('learned-full weights without an energy');
    const [u0, u1] = [new Float64Array(pairs), new Float64Array(pairs)];
    pathEvaluator(base, noisy.full, before).energies(x, pairs, u0);
    pathEvaluator(base, noisy.full, lambda).energies(images, pairs, u1);
    return u1.map((value, i) => value - u0[i]);
  }

  /** The same of some pairs, with a ξ of its own for each, or the mean over several. */
  function noisyDifferences(rows: Int32Array, step: number, out: Float64Array): void {
    const n = rows.length;
    const take = (all: Float64Array): Float64Array => {
      const some = new Float64Array(n * d);
      for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) some[i * d + j] = all[rows[i] * d + j];
      return some;
    };
    const [starts, after] = [take(x), take(images)];
    const xi = new Float64Array(n * noisy.size);
    const [u0, u1] = [new Float64Array(n), new Float64Array(n)];
    out.fill(0);
    for (let r = 0; r < settings.weightDraws; r++) {
      noisy.draw(foldIn(foldIn(foldIn(key, 'noise'), step), r), 0, n, xi);
      target.energies(after, xi, n, u1);
      // At λ = 0 the source is the base, whose energy has no noise.
      if (before > 0) source.energies(starts, xi, n, u0);
      else baseEnergies(base, starts, n, u0);
      for (let i = 0; i < n; i++) out[i] += (u1[i] - u0[i]) / settings.weightDraws;
    }
  }

  const regression = await WeightRegression.create({
    shape, byWeight: settings.weightResidual, steps: settings.weightSteps, batch: settings.weightBatch,
    learningRate: settings.weightRate, evaluateEvery: Math.max(1, Math.floor(settings.weightSteps / EVALUATIONS)),
    x, z: images, heldOut, key: foldIn(key, 'networks'),
    targets(rows, step, out) {
      if (known === null) noisyDifferences(rows, step, out);
      else rows.forEach((row, i) => { out[i] = known[row]; });
      if (settings.weightResidual) rows.forEach((row, i) => { out[i] -= logDet[row]; });
    },
  });
  try {
    const checkpoint = journal.checkpoint(kind);
    if (checkpoint !== null) regression.restore({
      json: checkStored(checkpointSchema, checkpoint.json, 'learning of weights under way'),
      arrays: Object.fromEntries(
        Object.entries(checkpoint.arrays).map(([name, { data }]) => [name, data])
      ) as WeightRegressionSnapshot['arrays']
    });
    const clock = pace(surroundings, 0);
    const asArray = (data: Float32Array): JournalArray => ({ dtype: 'float32', shape: [data.length], data });
    while (!regression.done) {
      const report = (): void =>
        surroundings.emit({ kind: 'learning', done: regression.steps, total: settings.weightSteps });
      await clock.tick(report, () => {
        const { arrays, json } = regression.snapshot();
        journal.saveCheckpoint(kind, {
          json, arrays: Object.fromEntries(Object.entries(arrays).map(([name, data]) => [name, asArray(data)]))
        });
      });
      await regression.advance(1);
    }
    const { parameters, ...figures } = regression.result();
    journal.finishPhase(
      kind, { json: { ...figures, evaluations: count }, arrays: { parameters: asArray(parameters) } }
    );
    return use({ fitted: { ...figures, parameters }, evaluations: count });
  } finally {
    await regression.dispose();
  }
}
