/**
 * The weighted samples of a run on noisy energies, as a phase: fresh ones through all its flows, and every figure of
 * every kind of weights.
 */
import { z } from 'zod';
import { foldIn } from '../engine/random.ts';
import { truncatedForwardEss } from '../estimators/ess.ts';
import { storedFigure } from '../records/figure.ts';
import { compileEnergy } from '../targets/compile.ts';
import type { TrainingData } from '../training/trainer.ts';
import type { Ensemble } from './ensemble.ts';
import { weightedEstimates, type WeightedEstimates } from './estimates.ts';
import { EvaluationCount, type Evaluations } from './evaluations.ts';
import { checkStored, type Piece } from './journal.ts';
import { storedWeights, stepLogWeights } from './learnedWeights.ts';
import { exactWeights, pullBackNoisy, type NoisyFlow, type StepWeights } from './noisyChain.ts';
import { generateNoisy, type FreshSamples } from './noisyFresh.ts';
import { stageJson, type NoisyContext, type NoisyStageResult } from './noisyStage.ts';
import { stopping } from './pace.ts';
import { float64 } from './samplingPhase.ts';
import type { WeightKind } from './settings.ts';
import { storedEstimates, weightedEstimatesSchema } from './storedEstimates.ts';

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

export interface NoisyEnsemble {
  readonly ensemble: Ensemble;
  readonly kinds: readonly KindResult[];
  readonly evaluations: Readonly<Record<string, Evaluations>>;
  /** Whether held-out samples were weighed as the others were, with the energy itself. */
  readonly exactHeldOut: boolean;
}

const kindSchema = z.object({
  kind: z.enum(['exact', 'learned-full', 'learned-stochastic']), estimates: weightedEstimatesSchema,
  residual: z.number().nullable(), rest: z.number().nullable(),
  correlation: z.number().nullable(), deviation: z.number().nullable(), nonFinite: z.number(),
});
const ensembleSchema = z.object({
  seconds: z.number(), trainedEss: z.number().nullable(), kindResults: z.array(kindSchema),
  freshEvaluations: z.record(z.string(), z.object({ noisy: z.number(), full: z.number() })),
});

export const flowOf =
  ({ target, architecture, settings }: NoisyContext, stages: readonly NoisyStageResult[]): NoisyFlow =>
  ({ target, architecture, settings, flows: stages.map(({ parameters }) => parameters) });

/** Draw the samples, or take them from the journal. @throws Interrupted when asked to stop */
export async function finishEnsemble(
  context: NoisyContext, stages: readonly NoisyStageResult[]
): Promise<NoisyEnsemble> {
  const { surroundings: { journal, emit, now }, target, settings, noisy, key } = context;
  const finished = journal.phase('ensemble');
  emit({ kind: 'phase', phase: 'ensemble', resumed: finished !== null });
  if (finished !== null) return storedEnsemble(context, finished);
  const before = now();
  const last = stages[stages.length - 1];
  const flow = flowOf(context, stages);
  const count = new EvaluationCount();
  const fresh = await generateNoisy({
    flow, target, noisy, settings, weighers: weighersOf(context, stages, flow), key: foldIn(key, 'fresh'),
    surroundings: context.surroundings, evaluations: count
  });
  const kinds = kindResults(context, fresh);
  const own = kinds.find(({ kind }) => kind === settings.weights);
  const logWeights = fresh.kinds.get(settings.weights)?.logWeights;
  if (own === undefined || logWeights === undefined) throw new Error(`no weights of the kind ${settings.weights}`);
  const labelled = ({ samples, energies }: TrainingData): TrainingData =>
    ({ samples, energies: noisy.full === null ? energies : exactEnergies(context, samples, count) });
  const pause = stopping(context.surroundings);
  const heldOutLogWeights = await pullBackNoisy(flow, labelled(last.test), pause);
  const trainedEss = storedFigure(truncatedForwardEss(await pullBackNoisy(flow, labelled(last.seen), pause)).fraction);
  const [n, d] = [logWeights.length, target.dimension];
  const seconds = (now() - before) / 1000;
  journal.finishPhase('ensemble', {
    json: {
      ...stageJson(last, seconds), trainedEss,
      kindResults: kinds.map((result) => ({ ...result, estimates: storedEstimates(result.estimates) })),
      freshEvaluations: count.toJSON()
    },
    arrays: {
      samples: { dtype: 'float64', shape: [n, d], data: fresh.samples },
      logWeights: { dtype: 'float64', shape: [n], data: logWeights },
      heldOutLogWeights: { dtype: 'float64', shape: [heldOutLogWeights.length], data: heldOutLogWeights },
    },
  });
  const ensemble = {
    samples: fresh.samples, logWeights, heldOutLogWeights, trainedEss, plain: null, estimates: own.estimates, seconds
  };
  return { ensemble, kinds, evaluations: count.toJSON(), exactHeldOut: isExact(context) };
}

function exactEnergies(
  { noisy: { full }, target }: NoisyContext, samples: Float64Array, count: EvaluationCount
): Float64Array {
  const n = samples.length / target.dimension;
  const energies = new Float64Array(n);
  full?.energies(samples, n, energies);
  count.add('comparison', { full: n });
  return energies;
}

/**
 * Held-out samples are weighed with the energy itself where it can be had; only exact weights can be held against
 * those.
 */
const isExact = ({ noisy, settings }: NoisyContext): boolean => noisy.full !== null && settings.weights === 'exact';

function storedEnsemble(
  context: NoisyContext, { json, arrays: { samples, logWeights, heldOutLogWeights } }: Piece
): NoisyEnsemble {
  const { seconds, trainedEss, kindResults: kinds, freshEvaluations } = checkStored(ensembleSchema, json, 'ensemble');
  const own = kinds.find(({ kind }) => kind === context.settings.weights);
  const ensemble = {
    samples: float64(samples), logWeights: float64(logWeights), heldOutLogWeights: float64(heldOutLogWeights),
    trainedEss, plain: null, seconds,
    ...(own === undefined ? {} : { estimates: own.estimates }),
  };
  return { ensemble, kinds, evaluations: freshEvaluations, exactHeldOut: isExact(context) };
}

/** Weights of every kind that is asked for: from the energy, and from what the stages have stored of φ, ψ. */
function weighersOf(
  { settings, noisy, target, ladder, surroundings: { journal } }: NoisyContext, stages: readonly NoisyStageResult[],
  flow: NoisyFlow
): Map<WeightKind, StepWeights> {
  const weighers = new Map<WeightKind, StepWeights>();
  const wanted = (kind: WeightKind): boolean => kind === settings.weights || settings.compared > 0;
  if (noisy.full !== null && wanted('exact')) weighers.set('exact', exactWeights(flow, compileEnergy(target)));
  for (const kind of ['learned-full', 'learned-stochastic'] as const) {
    if (!wanted(kind) || (kind === 'learned-full' && noisy.full === null)) continue;
    const fits = stages.map((_, k) => {
      const fit = (ladder ? journal.stage(k + 1) : journal).phase(kind);
      if (fit === null) throw new Error(`stage ${k + 1} has no ${kind} weights`);
      return storedWeights(target.dimension, settings, fit);
    });
    weighers.set(kind, async (k, x, z, logDet, n) => stepLogWeights(settings, await fits[k](x, z, n), logDet));
  }
  return weighers;
}

function kindResults({ target }: NoisyContext, { samples, kinds }: FreshSamples): KindResult[] {
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
 * target: every
 * sample counts by its exact weight, since errors where there is no weight do no harm.
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
