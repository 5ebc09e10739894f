/**
 * One stage of a flow, or of a ladder of flows, on noisy energies: a flow is trained from the particles to the samples of the
 * next λ with the same ξ in both energies of a term; the particles follow, and are weighed with the energy itself or with what
 * φ, ψ learned of it; they may be resampled, and moved with variance-reduced gradients.
 */
import { z } from 'zod';
import { foldIn, type Key } from '../engine/random.ts';
import { conditionalEss } from '../estimators/ess.ts';
import { InputError } from '../errors.ts';
import type { Architecture } from '../flows/architecture.ts';
import { needsForward, needsReverse } from '../objectives/jeffreys.ts';
import { storedFigure } from '../records/figure.ts';
import { noisyStageSchema, trainingSchema, type NoisyStageSummary, type TrainingSummary } from '../records/record.ts';
import { svrgLangevin } from '../samplers/svrg.ts';
import { batchBaseEnergy } from '../targets/compile.ts';
import { wrapPoints } from '../targets/domain.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import type { NoisyEvaluator } from '../targets/noisyEvaluator.ts';
import { noisyPath } from '../targets/noisyPath.ts';
import { pathEvaluator } from '../targets/path.ts';
import type { Target } from '../targets/target.ts';
import { energiesOf } from '../training/evaluation.ts';
import { FlowMap, type ParameterArray } from '../training/flowMap.ts';
import { baseSource, particleSource, type Source } from '../training/source.ts';
import { EVALUATION_POINTS, type TrainingData } from '../training/trainer.ts';
import { EvaluationCount, type Evaluations } from './evaluations.ts';
import { checkStored, type Journal, type Surroundings } from './journal.ts';
import { learnWeights, stepLogWeights, type LearnedWeights } from './learnedWeights.ts';
import { equallyWeighted, essOf, resampleGroups, type Particles } from './particles.ts';
import { pace, stopping } from './pace.ts';
import { float64 } from './samplingPhase.ts';
import { networkOf, type Settings, type WeightKind } from './settings.ts';
import { flowArrays, splitData, storedFlow, trainFlow } from './trainingPhase.ts';

export interface NoisyContext {
  readonly target: Target;
  readonly noisy: NoisyEvaluator;
  /** What stands for the energy in training: itself, or means of noisy values. */
  readonly labels: EnergyEvaluator;
  readonly architecture: Architecture;
  readonly settings: Settings;
  readonly key: Key;
  readonly surroundings: Surroundings;
  /** More than one stage: each has a folder of its own. */
  readonly ladder: boolean;
  /** Langevin's step at λ, as the sampler's. */
  readonly stepSize: (lambda: number) => number;
}

export interface NoisyState {
  readonly particles: Particles;
  readonly lambda: number;
  readonly initial: ParameterArray | null;
}

/** Weights of a stage by kind: conditional ESS, and how far they are from the exact ones. */
const kindSchema = z.object({
  kind: z.enum(['exact', 'learned-full', 'learned-stochastic']), cess: z.number().nullable(), correlation: z.number().nullable(), deviation: z.number().nullable(),
  heldOutError: z.number().nullable(), constantError: z.number().nullable(), nonFinite: z.number(),
});
export type StageKind = z.infer<typeof kindSchema>;

const evaluationsSchema = z.record(z.string(), z.object({ noisy: z.number(), full: z.number() }));
const stageJsonSchema = z.object({ summary: noisyStageSchema, kinds: z.array(kindSchema), evaluations: evaluationsSchema, seconds: z.number() });
const flowJsonSchema = z.object({ summary: trainingSchema, evaluations: evaluationsSchema });

export interface NoisyStageResult {
  readonly state: NoisyState;
  readonly summary: NoisyStageSummary;
  readonly training: TrainingSummary;
  readonly parameters: ParameterArray;
  readonly kinds: readonly StageKind[];
  /** Log-weights of the last step by kind, of the first `compared` samples or of all; empty after a resume. */
  readonly increments: ReadonlyMap<WeightKind, Float64Array>;
  readonly evaluations: Readonly<Record<string, Evaluations>>;
  readonly held: TrainingData;
  /** Images of the particles before anything moved them [N, d]; empty after a resume. */
  readonly pushed: Float64Array;
}

/** Moves take this share of the sampler's step: what is generated is less biased than a step of the sampler's size would leave it. */
const MOVE_STEP = 0.25;
const CHUNK = 4096;
const PIECE = 16_384;

/** @param data samples of U_λ with their labels @param index 1, 2, … */
export async function runNoisyStage(context: NoisyContext, state: NoisyState, index: number, lambda: number, data: TrainingData): Promise<NoisyStageResult> {
  const { settings, surroundings, target, ladder } = context;
  const journal = ladder ? surroundings.journal.stage(index) : surroundings.journal;
  const { training: trainingData, heldOut } = splitData(data, settings.heldOut, target.dimension);
  const key = foldIn(foldIn(context.key, 'stage'), index);
  const before = surroundings.now();
  const evaluations = new EvaluationCount();
  const { parameters, summary: training, evaluations: spent } = await stageFlow(context, state, index, lambda, trainingData, heldOut, foldIn(key, 'training'), journal);
  evaluations.addAll(spent);
  const finished = journal.phase(ladder ? 'particles' : 'ensemble');
  if (finished !== null) {
    const stored = checkStored(stageJsonSchema, finished.json, `particles of stage ${index}`);
    const particles: Particles = { points: float64(finished.arrays['samples']), logWeights: float64(finished.arrays['logWeights']) };
    const n = state.particles.logWeights.length;
    if (particles.logWeights.length !== n || particles.points.length !== n * target.dimension) throw new InputError(`the particles of stage ${index} have shapes [${finished.arrays['samples'].shape.join(', ')}] and [${particles.logWeights.length}], should be [${n}, ${target.dimension}] and [${n}]; restore the folder, or start a new run`);
    return { state: { particles, lambda, initial: parameters }, summary: stored.summary, training, parameters, kinds: stored.kinds, increments: new Map(), evaluations: stored.evaluations, held: heldOut, pushed: new Float64Array(0) };
  }
  if (ladder) surroundings.emit({ kind: 'phase', phase: 'particles', resumed: false });
  const step = await push(context, state, parameters);
  const weighed = await weigh(context, state, step, lambda, foldIn(key, 'weights'), journal, evaluations);
  const increments = weighed.increments.get(settings.weights);
  if (increments === undefined) throw new Error(`no weights of the kind ${settings.weights}`);
  let nonFinite = 0;
  const logWeights = state.particles.logWeights.map((value, i) => {
    if (value === -Infinity) return value;
    if (increments[i] < Infinity) return value + increments[i];
    nonFinite += 1;
    return -Infinity;
  });
  const ess = essOf(logWeights);
  if (!(ess > 0)) throw new InputError(`stage ${index} (λ = ${lambda.toPrecision(4)}): no sample has a weight above zero (${nonFinite} of ${logWeights.length} are not finite); take a base that covers the target, or more stages`, { exitCode: 1 });
  const resampled = (ladder || settings.svrg) && ess < settings.resampleBelow;
  const weighted: Particles = { points: step.points, logWeights };
  const particles = resampled ? resampleGroups(weighted, settings.groups, settings.resampling, foldIn(key, 'resample')) : { points: step.points.slice(), logWeights };
  const moves = settings.svrg && settings.rejuvenation > 0 ? await moveParticles(context, particles.points, lambda, foldIn(key, 'moves'), evaluations) : null;
  const summary: NoisyStageSummary = {
    stage: index, lambda, ess: storedFigure(ess), resampled, moves, trainingSteps: training.steps, trainingSeconds: training.seconds, nonFinite, seconds: (surroundings.now() - before) / 1000,
  };
  const result = { state: { particles, lambda, initial: parameters }, summary, training, parameters, kinds: weighed.kinds, increments: weighed.increments, evaluations: evaluations.toJSON(), held: heldOut, pushed: step.points };
  if (ladder) {
    const n = logWeights.length;
    journal.finishPhase('particles', {
      json: { summary, kinds: weighed.kinds, evaluations: result.evaluations, seconds: summary.seconds },
      arrays: { samples: { dtype: 'float64', shape: [n, target.dimension], data: particles.points }, logWeights: { dtype: 'float64', shape: [n], data: particles.logWeights } },
    });
  }
  surroundings.emit({ kind: 'stage', stage: index, lambda, share: lambda, cess: weighed.kinds.find(({ kind }) => kind === settings.weights)?.cess ?? null, ess: summary.ess, resumed: false });
  return result;
}

/** What the samples of one flow are stored with. */
export const stageJson = ({ summary, kinds, evaluations }: NoisyStageResult, seconds: number): z.infer<typeof stageJsonSchema> => ({ summary, kinds: [...kinds], evaluations: { ...evaluations }, seconds });

async function stageFlow(
  context: NoisyContext, state: NoisyState, index: number, lambda: number, training: TrainingData, heldOut: TrainingData, key: Key, journal: Journal,
): Promise<{ parameters: ParameterArray; summary: TrainingSummary; evaluations: Readonly<Record<string, Evaluations>> }> {
  const { target, labels, noisy, architecture, settings, surroundings, ladder } = context;
  const { base } = target;
  const finished = journal.phase('flow');
  if (finished !== null) {
    surroundings.emit({ kind: 'phase', phase: 'flow', resumed: true });
    return { ...storedFlow(architecture, settings.precision, finished, ladder ? ` of stage ${index}` : ''), ...checkStored(flowJsonSchema, finished.json, 'flow') };
  }
  const evaluations = new EvaluationCount();
  let source: Source = baseSource(base);
  if (state.lambda > 0) {
    // Particles of equal weight, spread out at the λ that they belong to.
    const points = equallyWeighted(state.particles, state.particles.logWeights.length, settings.resampling, foldIn(key, 'source'));
    if (settings.svrg && settings.rejuvenation > 0) await moveParticles(context, points, state.lambda, foldIn(key, 'source moves'), evaluations);
    source = particleSource(points, pathEvaluator(base, labels, state.lambda));
  }
  const { parameters, summary } = await trainFlow({
    source,
    energies: { base: batchBaseEnergy(base), target: () => { throw new Error('a noisy energy has no array program'); } },
    evaluator: pathEvaluator(base, labels, lambda),
    noise: { target: noisyPath(base, noisy, lambda), source: state.lambda > 0 ? noisyPath(base, noisy, state.lambda) : null },
    architecture, settings: { ...settings, steps: ladder ? settings.stageSteps : settings.steps }, training, heldOut, key,
    surroundings: { ...surroundings, journal },
    ...(state.initial === null || !settings.warmStart ? {} : { initial: state.initial }),
  });
  evaluations.add('training', trainingEvaluations(context, summary, state, heldOut.energies.length));
  journal.finishPhase('flow', { json: { summary, evaluations: evaluations.toJSON() }, arrays: flowArrays(architecture, parameters) });
  return { parameters, summary, evaluations: evaluations.toJSON() };
}

/** Counted from the settings: noisy values in the losses, and labels of held-out points at every look at them, one of them before a warm start. */
function trainingEvaluations({ settings }: Pick<NoisyContext, 'settings'>, { steps, curve }: TrainingSummary, { lambda, initial }: NoisyState, heldOut: number): Evaluations {
  const noisySource = lambda > 0;
  const perPoint = (needsReverse(settings) ? (noisySource ? 2 : 1) : 0) + (noisySource && needsForward(settings) ? 2 : 0);
  const looks = curve.filter(({ reverseEss }) => reverseEss !== undefined).length + (initial !== null && settings.warmStart ? 1 : 0);
  // Of the images; and of a source that is not the base, there and where held-out samples come from.
  const held = looks * (EVALUATION_POINTS + (noisySource ? EVALUATION_POINTS + heldOut : 0));
  const labels = settings.trainingEnergies === 'full' ? { noisy: 0, full: held } : { noisy: held * settings.energyDraws, full: 0 };
  return { noisy: perPoint * steps * settings.batch + labels.noisy, full: labels.full };
}

/** Particles before and after the map. */
interface Pushed {
  /** [N, d] */
  readonly from: Float64Array;
  readonly points: Float64Array;
  /** log|det J| [N] */
  readonly logDet: Float64Array;
}

async function push({ target, architecture, settings, surroundings }: NoisyContext, { particles }: NoisyState, parameters: ParameterArray): Promise<Pushed> {
  const { points: from, logWeights } = particles;
  const n = logWeights.length;
  const d = target.dimension;
  const points = new Float64Array(from.length);
  const logDet = new Float64Array(n);
  const map = await FlowMap.compile(architecture, 'forward', CHUNK, networkOf(settings));
  const clock = pace(surroundings, 0);
  try {
    const most = Math.min(PIECE, map.together);
    for (let first = 0; first < n; first += most) {
      const last = Math.min(n, first + most);
      await clock.tick(() => surroundings.emit({ kind: 'generation', done: first, total: n }), () => undefined);
      await map.map(parameters, from.subarray(first * d, last * d), last - first, points.subarray(first * d, last * d), logDet.subarray(first, last));
    }
  } finally {
    await map.dispose();
  }
  wrapPoints(target.domain, points, n);
  return { from, points, logDet };
}

/** Log-weights of the step, by every kind that can be had. */
async function weigh(
  context: NoisyContext, { particles, lambda: before }: NoisyState, step: Pushed, lambda: number, key: Key, journal: Journal, evaluations: EvaluationCount,
): Promise<{ kinds: StageKind[]; increments: Map<WeightKind, Float64Array> }> {
  const { settings, noisy, target: { base } } = context;
  const n = particles.logWeights.length;
  const d = noisy.dimension;
  const compared = Math.min(settings.compared, n);
  const increments = new Map<WeightKind, Float64Array>();
  const learned = new Map<WeightKind, LearnedWeights>();
  const first = (points: Float64Array, count: number): Float64Array => points.subarray(0, count * d);
  const wanted = (kind: WeightKind): number => (kind === settings.weights ? n : compared);
  if (noisy.full !== null && wanted('exact') > 0) {
    const count = wanted('exact');
    const [u0, u1] = [new Float64Array(count), new Float64Array(count)];
    const pause = stopping(context.surroundings);
    await energiesOf(pathEvaluator(base, noisy.full, before), first(step.from, count), count, u0, pause);
    await energiesOf(pathEvaluator(base, noisy.full, lambda), first(step.points, count), count, u1, pause);
    increments.set('exact', u0.map((value, i) => value - u1[i] + step.logDet[i]));
    evaluations.add(settings.weights === 'exact' ? 'weights' : 'comparison', { full: (before > 0 ? 2 : 1) * count });
  }
  for (const kind of ['learned-full', 'learned-stochastic'] as const) {
    const count = wanted(kind);
    if (count === 0 || (kind === 'learned-full' && noisy.full === null)) continue;
    const fitted = await learnWeights(context, { ...step, before, lambda, kind, key: foldIn(key, kind), journal });
    increments.set(kind, stepLogWeights(settings, await fitted.differences(first(step.from, count), first(step.points, count), count), step.logDet));
    learned.set(kind, fitted);
    evaluations.add(settings.weights === kind ? 'weights' : 'comparison', fitted.evaluations);
  }
  const exact = increments.get('exact');
  const kinds = Array.from(increments, ([kind, values]): StageKind => {
    const fitted = learned.get(kind);
    const closeness = exact === undefined || kind === 'exact' ? { correlation: null, deviation: null } : compare(values, exact);
    return {
      kind, cess: storedFigure(conditionalEss(particles.logWeights.subarray(0, values.length), values).fraction), ...closeness,
      heldOutError: fitted === undefined ? null : storedFigure(fitted.heldOutError), constantError: fitted === undefined ? null : storedFigure(fitted.constantError), nonFinite: fitted?.nonFinite ?? 0,
    };
  });
  return { kinds, increments };
}

/**
 * Correlation of log-weights with the exact ones, and the standard deviation of their difference, over samples of the target: every
 * sample counts by its exact weight, since errors where there is no weight do no harm.
 */
function compare(values: Float64Array, exact: Float64Array): { correlation: number | null; deviation: number | null } {
  const n = Math.min(values.length, exact.length);
  const most = exact.subarray(0, n).reduce((largest, value) => (value < Infinity ? Math.max(largest, value) : largest), -Infinity);
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
  const [varianceA, varianceB, covariance] = [squaresA - sumA ** 2 / total, squaresB - sumB ** 2 / total, products - (sumA * sumB) / total];
  const constant = varianceA <= 1e-12 * squaresA || varianceB <= 1e-12 * squaresB;
  return { correlation: constant ? null : storedFigure(covariance / Math.sqrt(varianceA * varianceB)), deviation: storedFigure(Math.sqrt(Math.max(0, (varianceA + varianceB - 2 * covariance) / total))) };
}

/** In place, piece by piece. */
async function moveParticles({ target, noisy, settings, surroundings, stepSize }: NoisyContext, points: Float64Array, lambda: number, key: Key, evaluations: EvaluationCount): Promise<NoisyStageSummary['moves']> {
  const d = target.dimension;
  const n = points.length / d;
  const clock = pace(surroundings, 0);
  const h = settings.rejuvenationStepSize > 0 ? settings.rejuvenationStepSize : MOVE_STEP * stepSize(lambda);
  let nonFinite = 0;
  for (let first = 0; first < n; first += PIECE) {
    const last = Math.min(n, first + PIECE);
    await clock.tick(() => surroundings.emit({ kind: 'moves', done: first, total: n }), () => undefined);
    const report = svrgLangevin(noisy, target.base, points.subarray(first * d, last * d), { lambda, stepSize: h, steps: settings.rejuvenation, refresh: settings.svrgRefresh, draws: settings.energyDraws, key: foldIn(key, first / PIECE) });
    nonFinite += report.nonFinite;
    evaluations.add('moves', { noisy: report.noisyEvaluations, full: report.fullEvaluations });
  }
  return { steps: settings.rejuvenation, stepSize: h, nonFinite };
}
