/**
 * The weighted samples of a run on noisy energies, as a phase: fresh ones through all its flows, with weights of every
 * kind that is asked for. Learned weights come with ratios of the true ones to them, which correct every figure.
 */
import { z } from 'zod';
import { foldIn, type Key } from '../../engine/random.ts';
import { truncatedForwardEss } from '../../estimators/ess.ts';
import { storedFigure } from '../../records/figure.ts';
import type { Settings } from '../../settings/settings.ts';
import { weightKinds, type WeightKind } from '../../settings/weights.ts';
import type { NoisyEvaluator } from '../../targets/noisyEvaluator.ts';
import type { Target } from '../../targets/target.ts';
import type { TrainingData } from '../../training/trainer.ts';
import { weightedEstimates, type WeightedEstimates } from '../../verdict/estimates.ts';
import type { Ensemble } from '../../verdict/ensemble.ts';
import { storedEstimates, weightedEstimatesSchema } from '../../verdict/storedEstimates.ts';
import { checkStored, type Piece, type Surroundings } from '../journal.ts';
import { pace, stopping } from '../pace.ts';
import { arrayOf, float64, phase, pointArrays } from '../phase.ts';
import { pull, push, type Transport } from '../transport/transport.ts';
import { endsWeigher } from '../weigh/exact.ts';
import type { Weigher } from '../weigh/weigher.ts';
import { EvaluationCount, type Evaluations } from './evaluations.ts';
import type { Ratios, WeightRatios } from '../../estimators/weightRatios.ts';
import { ratiosOf } from './ratiosOf.ts';
import { evaluationsSchema, type NoisyStage } from './stages.ts';

/** What is known of one kind of weights. */
export interface KindResult {
  readonly kind: WeightKind;
  /** Corrected, where the weights are learned. */
  readonly estimates: WeightedEstimates;
  /**
   * Standard deviation of log(true / learned), free of noise, and what the correction leaves; null for exact weights.
   */
  readonly residual: number | null;
  readonly rest: number | null;
  /** Of the log-weights with the exact ones, and standard deviation of their difference; null where there are none. */
  readonly correlation: number | null;
  readonly deviation: number | null;
  /** Samples on which the energy was not finite when the weights were checked. */
  readonly nonFinite: number;
}

export interface NoisyDraws {
  readonly ensemble: Ensemble;
  readonly kinds: readonly KindResult[];
  readonly evaluations: Readonly<Record<string, Evaluations>>;
}

const kindSchema = z.object({
  kind: z.enum(weightKinds), estimates: weightedEstimatesSchema, residual: z.number().nullable(),
  rest: z.number().nullable(), correlation: z.number().nullable(), deviation: z.number().nullable(),
  nonFinite: z.number(),
});
const drawnSchema = z.object({
  seconds: z.number(), trainedEss: z.number().nullable(), kindResults: z.array(kindSchema),
  freshEvaluations: evaluationsSchema,
});

export interface NoisyDrawOptions {
  readonly target: Target;
  readonly noisy: NoisyEvaluator;
  readonly settings: Settings;
  readonly transport: Transport;
  /** Of every kind that is asked for, the run's own among them. */
  readonly weighers: ReadonlyMap<WeightKind, Weigher>;
  /** Of samples that training did not see, and as many that it saw: their labels. */
  readonly heldOut: TrainingData;
  readonly seen: TrainingData;
  /** Told with the samples of one flow, whose particles are kept nowhere else. */
  readonly last: NoisyStage | null;
  readonly key: Key;
  readonly surroundings: Surroundings;
}

/** @throws Interrupted when asked to stop */
export function drawNoisy(options: NoisyDrawOptions): Promise<NoisyDraws> {
  const { settings: { weights }, last } = options;
  return phase(options.surroundings, 'ensemble', {
    tell: true,
    read: (piece) => readDraws(piece, weights.kind),
    compute: async () => {
      const draws = await compute(options);
      const { ensemble: { samples, logWeights, heldOutLogWeights, seconds, trainedEss }, kinds, evaluations } = draws;
      const kindResults = kinds.map((result) => ({ ...result, estimates: storedEstimates(result.estimates) }));
      const d = options.target.dimension;
      return {
        value: draws,
        piece: {
          json: { ...last, seconds, trainedEss, kindResults, freshEvaluations: evaluations },
          arrays: { ...pointArrays(samples, d, { logWeights }), heldOutLogWeights: arrayOf(heldOutLogWeights) },
        },
      };
    },
  });
}

function readDraws({ json, arrays }: Piece, own: WeightKind): NoisyDraws {
  const { seconds, trainedEss, kindResults: kinds, freshEvaluations } = checkStored(drawnSchema, json, 'ensemble');
  const [samples, logWeights, heldOutLogWeights] =
    ['samples', 'logWeights', 'heldOutLogWeights'].map((name) => float64(arrays[name]));
  const estimates = kinds.find(({ kind }) => kind === own)?.estimates;
  const known = estimates === undefined ? {} : { estimates };
  return {
    ensemble: { samples, logWeights, heldOutLogWeights, trainedEss, plain: null, seconds, ...known }, kinds,
    evaluations: freshEvaluations,
  };
}

async function compute(options: NoisyDrawOptions): Promise<NoisyDraws> {
  const { settings: { weights }, transport, surroundings, noisy, target } = options;
  const before = surroundings.now();
  const count = new EvaluationCount();
  const { samples, kinds: drawn } = await drawKinds(options, count);
  const kinds = kindResults(target, samples, drawn);
  const own = kinds.find(({ kind }) => kind === weights.kind);
  const logWeights = drawn.get(weights.kind)?.logWeights;
  if (own === undefined || logWeights === undefined) throw new Error(`no weights of the kind ${weights.kind}`);
  const back = async ({ samples: points, energies }: TrainingData): Promise<Float64Array> => {
    // Held-out samples are weighed with the energy itself where it can be had.
    const known = noisy.full === null ? energies : exactEnergies(noisy.full, points, energies.length, count);
    const weigher = endsWeigher(target.base, known, transport.stages.length);
    return pull(transport, weigher, points, stopping(surroundings));
  };
  const heldOutLogWeights = await back(options.heldOut);
  const trainedEss = storedFigure(truncatedForwardEss(await back(options.seen)).fraction);
  const seconds = (surroundings.now() - before) / 1000;
  return {
    ensemble: { samples, logWeights, heldOutLogWeights, trainedEss, plain: null, estimates: own.estimates, seconds },
    kinds, evaluations: count.toJSON(),
  };
}

function exactEnergies(
  full: NonNullable<NoisyEvaluator['full']>, points: Float64Array, n: number, count: EvaluationCount,
): Float64Array {
  const energies = new Float64Array(n);
  full.energies(points, n, energies);
  count.add('comparison', { full: n });
  return energies;
}

interface KindSamples {
  /** Of the first samples; of all of them for the kind that the run uses. [m ≤ n] */
  readonly logWeights: Float64Array;
  /** How far they are from the true ones; null for exact weights. */
  readonly learned: Ratios | null;
}

async function drawKinds(
  options: NoisyDrawOptions, count: EvaluationCount,
): Promise<{ samples: Float64Array; kinds: ReadonlyMap<WeightKind, KindSamples> }> {
  const { target, noisy, settings: { weights, output }, transport, weighers, surroundings } = options;
  const key = foldIn(options.key, 'fresh');
  const [n, d] = [output.samples, target.dimension];
  const samples = new Float64Array(n * d);
  const clock = pace(surroundings, 0);
  let generated = 0;
  const tick = (): Promise<void> =>
    clock.tick(() => surroundings.emit({ kind: 'generation', done: generated, total: n }), () => undefined);
  const kinds = Array.from(weighers, ([kind, weigher]) => {
    const length = kind === weights.kind ? n : Math.min(weights.compared, n);
    return { kind, weigher, logWeights: new Float64Array(length), ratios: null as WeightRatios | null };
  });
  // What the flows alone say of the weights, for the ratios.
  const alone = endsWeigher(target.base, null, transport.stages.length);
  const asked = (first: number): typeof kinds => kinds.filter(({ logWeights }) => first < logWeights.length);
  const weighersAt = (first: number): Weigher[] => [alone, ...asked(first).map(({ weigher }) => weigher)];
  const own = { key: foldIn(foldIn(key, 'samples'), 'base'), total: n, cuts: { pause: tick, size: () => Infinity } };
  for await (const piece of push(transport, weighersAt, own)) {
    const { first, samples: images, logWeights: [transported, ...ofKinds] } = piece;
    samples.set(images, first * d);
    for (const [k, entry] of asked(first).entries()) {
      if (first === 0) entry.ratios = ratiosOf(noisy, weights, entry.kind, entry.logWeights.length, images, key);
      entry.logWeights.set(ofKinds[k].subarray(0, entry.logWeights.length - first), first);
      await entry.ratios?.add(piece, transported, ofKinds[k], tick);
    }
    generated = first + piece.count;
    await tick();
  }
  for (const { kind, logWeights, ratios } of kinds) {
    const spent = ratios === null ? { full: logWeights.length }
      : ratios.draws === 0 ? { full: ratios.spent } : { noisy: ratios.spent };
    count.add(kind === weights.kind ? 'weights' : 'comparison', spent);
  }
  return {
    samples,
    kinds: new Map(kinds.map(({ kind, logWeights, ratios }) =>
      [kind, { logWeights, learned: ratios?.result(logWeights) ?? null }])),
  };
}

function kindResults(
  target: Target, samples: Float64Array, kinds: ReadonlyMap<WeightKind, KindSamples>,
): KindResult[] {
  const exact = kinds.get('exact')?.logWeights;
  return Array.from(kinds, ([kind, { logWeights, learned }]) => ({
    kind,
    estimates:
      weightedEstimates(target, samples.subarray(0, logWeights.length * target.dimension), logWeights, learned),
    residual: learned === null ? null : storedFigure(learned.residual),
    rest: learned === null ? null : storedFigure(learned.rest),
    ...(exact === undefined || kind === 'exact' ? { correlation: null, deviation: null } : compare(logWeights, exact)),
    nonFinite: learned?.nonFinite ?? 0,
  }));
}

/**
 * Correlation of log-weights with the exact ones, and the standard deviation of their difference, over samples of the
 * target: every sample counts by its exact weight, since errors where there is no weight do no harm.
 */
function compare(values: Float64Array, exact: Float64Array): { correlation: number | null; deviation: number | null } {
  const n = Math.min(values.length, exact.length);
  const most =
    exact.subarray(0, n).reduce((largest, value) => (value < Infinity ? Math.max(largest, value) : largest), -Infinity);
  let [total, sumA, sumB, squaresA, squaresB, products] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [a, b] = [values[i], exact[i]];
    if (!Number.isFinite(a) || !Number.isFinite(b)) continue;
    const weight = Math.exp(b - most);
    total += weight;
    sumA += weight * a;
    sumB += weight * b;
    squaresA += weight * a * a;
    squaresB += weight * b * b;
    products += weight * a * b;
  }
  const [varianceA, varianceB, covariance] =
    [squaresA - (sumA * sumA) / total, squaresB - (sumB * sumB) / total, products - (sumA * sumB) / total];
  const constant = varianceA <= 1e-12 * squaresA || varianceB <= 1e-12 * squaresB;
  return {
    correlation: constant ? null : storedFigure(covariance / Math.sqrt(varianceA * varianceB)),
    deviation: storedFigure(Math.sqrt(Math.max(0, (varianceA + varianceB - 2 * covariance) / total)))
  };
}
