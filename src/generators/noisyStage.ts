/**
 * One stage of a flow, or of a ladder of flows, on noisy energies: a flow is trained from the particles to the samples
 * of the
 * next λ with the same ξ in both energies of a term; the particles follow, and are weighed with the energy itself or
 * with what
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
import { checkStored, type Journal, type Piece, type Surroundings } from './journal.ts';
import { learnWeights, stepLogWeights, type LearnedWeights } from './learnedWeights.ts';
import { equallyWeighted, essOf, resampleGroups, type Particles } from './particles.ts';
import { pace, stopping } from './pace.ts';
import { float64 } from './samplingPhase.ts';
import { networkOf, type Settings, type WeightKind } from './settings.ts';
import { flowArrays, someOf, splitData, storedFlow, trainFlow } from './trainingPhase.ts';

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

/** Weights of a stage by kind: conditional ESS on its particles, and how well what was learned fits. */
const kindSchema = z.object({
  kind: z.enum(['exact', 'learned-full', 'learned-stochastic']), cess: z.number().nullable(),
  heldOutError: z.number().nullable(), constantError: z.number().nullable(), nonFinite: z.number(),
});
export type StageKind = z.infer<typeof kindSchema>;

const evaluationsSchema = z.record(z.string(), z.object({ noisy: z.number(), full: z.number() }));
const stageJsonSchema = z.object(
  { summary: noisyStageSchema, kinds: z.array(kindSchema), evaluations: evaluationsSchema, seconds: z.number() }
);
const flowJsonSchema = z.object({ summary: trainingSchema, evaluations: evaluationsSchema });

export interface NoisyStageResult {
  readonly state: NoisyState;
  readonly summary: NoisyStageSummary;
  readonly training: TrainingSummary;
  readonly parameters: ParameterArray;
  readonly kinds: readonly StageKind[];
  readonly evaluations: Readonly<Record<string, Evaluations>>;
  /** Samples of the target that neither training nor the choice of parameters saw, and as many that training did. */
  readonly test: TrainingData;
  readonly seen: TrainingData;
}

/**
 * Moves take this share of the sampler's step: what is generated is less biased than a step of the sampler's size would
 * leave it.
 */
const MOVE_STEP = 0.25;
const CHUNK = 4096;
const PIECE = 16_384;

/** @param data samples of U_λ with their labels @param index 1, 2, … */
export async function runNoisyStage(
  context: NoisyContext, state: NoisyState, index: number, lambda: number, data: TrainingData
): Promise<NoisyStageResult> {
  const { settings, surroundings, target, ladder } = context;
  const journal = ladder ? surroundings.journal.stage(index) : surroundings.journal;
  const { training: trainingData, validation, test } = splitData(data, settings.heldOut, target.dimension);
  const shared = { test, seen: someOf(trainingData, test.energies.length, target.dimension) };
  const key = foldIn(foldIn(context.key, 'stage'), index);
  const before = surroundings.now();
  const evaluations = new EvaluationCount();
  const { parameters, summary: training, evaluations: spent } =
    await stageFlow(context, state, index, lambda, trainingData, validation, foldIn(key, 'training'), journal);
  evaluations.addAll(spent);
  const [kept, used] = [ladder ? 'particles' : 'moved', goesOn(context)] as const;
  const finished = journal.phase(used ? kept : 'ensemble');
  if (finished !== null) {
    const { summary, kinds, evaluations: all } =
      checkStored(stageJsonSchema, finished.json, `particles of stage ${index}`);
    const particles = used ? storedParticles(finished, index, state.particles.logWeights.length, target.dimension)
      : state.particles;
    return {
      state: { particles, lambda, initial: parameters }, summary, training, parameters, kinds, evaluations: all,
      ...shared
    };
  }
  if (used) surroundings.emit({ kind: 'phase', phase: kept, resumed: false });
  const step = await push(context, state, parameters);
  const { kinds, increments } = await weigh(context, state, step, lambda, foldIn(key, 'weights'), journal, evaluations);
  if (increments === null) {
    const summary = {
      stage: index, lambda, ess: null, resampled: false, moves: null, trainingSteps: training.steps,
      trainingSeconds: training.seconds, nonFinite: 0, seconds: (surroundings.now() - before) / 1000
    };
    return {
      state: { particles: { ...state.particles, points: step.points }, lambda, initial: parameters }, summary, training,
      parameters, kinds, evaluations: evaluations.toJSON(), ...shared
    };
  }
  const { logWeights, nonFinite } = added(state.particles.logWeights, increments);
  const ess = essOf(logWeights);
  if (!(ess > 0)) throw new InputError(
    `stage ${index} (λ = ${lambda.toPrecision(4)}): no sample has a weight above zero (${nonFinite} of `
      + `${logWeights.length} are not finite); take a base that covers the target, or more stages`,
    { exitCode: 1 }
  );
  const resampled = ess < settings.resampleBelow;
  const weighted: Particles = { points: step.points, logWeights };
  const particles = resampled ? resampleGroups(weighted, settings.groups, settings.resampling, foldIn(key, 'resample'))
    : { points: step.points.slice(), logWeights };
  const moves = settings.svrg && settings.rejuvenation
    > 0 ? await moveParticles(context, particles.points, lambda, foldIn(key, 'moves'), evaluations) : null;
  const summary: NoisyStageSummary = {
    stage: index, lambda, ess: storedFigure(ess), resampled, moves, trainingSteps: training.steps,
    trainingSeconds: training.seconds, nonFinite, seconds: (surroundings.now() - before) / 1000,
  };
  const result = {
    state: { particles, lambda, initial: parameters }, summary, training, parameters, kinds,
    evaluations: evaluations.toJSON(), ...shared
  };
  const n = logWeights.length;
  journal.finishPhase(kept, {
    json: { summary, kinds, evaluations: result.evaluations, seconds: summary.seconds },
    arrays: { samples: { dtype: 'float64', shape: [n, target.dimension], data: particles.points }, logWeights: {
      dtype: 'float64', shape: [n], data: particles.logWeights
    } },
  });
  surroundings.emit({
    kind: 'stage', stage: index, lambda, share: lambda,
    cess: kinds.find(({ kind }) => kind === settings.weights)?.cess ?? null, ess: summary.ess, resumed: false
  });
  return result;
}

/** @throws InputError where they are not what the stage must have left */
function storedParticles({ arrays: { samples, logWeights } }: Piece, index: number, n: number, d: number): Particles {
  const particles: Particles = { points: float64(samples), logWeights: float64(logWeights) };
  if (particles.logWeights.length !== n || particles.points.length !== n * d) throw new InputError(
    `the particles of stage ${index} have shapes [${samples.shape.join(', ')}] and `
      + `[${particles.logWeights.length}], should be [${n}, ${d}] and [${n}]; restore the folder, or start a new `
      + 'run'
  );
  return particles;
}

/** Weights that are not finite count as none, and stay so. */
function added(logWeights: Float64Array, increments: Float64Array): { logWeights: Float64Array; nonFinite: number } {
  let nonFinite = 0;
  const sums = logWeights.map((value, i) => {
    if (value === -Infinity) return value;
    if (increments[i] < Infinity) return value + increments[i];
    nonFinite += 1;
    return -Infinity;
  });
  return { logWeights: sums, nonFinite };
}

/** What the samples of one flow are stored with. */
export const stageJson = (
  { summary, kinds, evaluations }: NoisyStageResult, seconds: number
): z.infer<typeof stageJsonSchema> => ({ summary, kinds: [...kinds], evaluations: { ...evaluations }, seconds });

async function stageFlow(
  context: NoisyContext, state: NoisyState, index: number, lambda: number, training: TrainingData,
  heldOut: TrainingData, key: Key, journal: Journal,
): Promise<Pick<NoisyStageResult, 'parameters' | 'evaluations'> & { summary: TrainingSummary }> {
  const { target, labels, noisy, architecture, settings, surroundings, ladder } = context;
  const { base } = target;
  const finished = journal.phase('flow');
  if (finished !== null) {
    surroundings.emit({ kind: 'phase', phase: 'flow', resumed: true });
    return {
      ...storedFlow(architecture, settings.precision, finished, ladder ? ` of stage ${index}` : ''),
      ...checkStored(flowJsonSchema, finished.json, 'flow')
    };
  }
  const evaluations = new EvaluationCount();
  let source: Source = baseSource(base);
  if (state.lambda > 0) {
    // Particles of equal weight, spread out at the λ that they belong to.
    const points =
      equallyWeighted(state.particles, state.particles.logWeights.length, settings.resampling, foldIn(key, 'source'));
    if (settings.svrg && settings.rejuvenation > 0)
      await moveParticles(context, points, state.lambda, foldIn(key, 'source moves'), evaluations);
    source = particleSource(points, pathEvaluator(base, labels, state.lambda));
  }
  const { parameters, summary } = await trainFlow({
    source,
    energies:
      { base: batchBaseEnergy(base), target: () => { throw new Error('a noisy energy has no array program'); } },
    evaluator: pathEvaluator(base, labels, lambda),
    noise: {
      target: noisyPath(base, noisy, lambda), source: state.lambda > 0 ? noisyPath(base, noisy, state.lambda) : null
    },
    architecture, settings: { ...settings, steps: ladder ? settings.stageSteps : settings.steps }, training, heldOut,
    key,
    surroundings: { ...surroundings, journal },
    ...(state.initial === null || !settings.warmStart ? {} : { initial: state.initial }),
  });
  evaluations.add('training', trainingEvaluations(context, summary, state, heldOut.energies.length));
  journal.finishPhase(
    'flow', { json: { summary, evaluations: evaluations.toJSON() }, arrays: flowArrays(architecture, parameters) }
  );
  return { parameters, summary, evaluations: evaluations.toJSON() };
}

/**
 * Counted from the settings: noisy values in the losses, and labels of held-out points at every look at them, one of
 * them before a warm start.
 */
function trainingEvaluations(
  { settings }: Pick<NoisyContext, 'settings'>, { steps, curve }: TrainingSummary, { lambda, initial }: NoisyState,
  heldOut: number
): Evaluations {
  const noisySource = lambda > 0;
  const perPoint =
    (needsReverse(settings) ? (noisySource ? 2 : 1) : 0) + (noisySource && needsForward(settings) ? 2 : 0);
  const looks = curve.filter(({ reverseEss }) => reverseEss !== undefined).length
    + (initial !== null && settings.warmStart ? 1 : 0);
  // Of the images; and of a source that is not the base, there and where held-out samples come from.
  const held = looks * (EVALUATION_POINTS + (noisySource ? EVALUATION_POINTS + heldOut : 0));
  const labels = settings.trainingEnergies === 'full' ? { noisy: 0, full: held }
    : { noisy: held * settings.energyDraws, full: 0 };
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

async function push(
  { target, architecture, settings, surroundings }: NoisyContext, { particles }: NoisyState, parameters: ParameterArray
): Promise<Pushed> {
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
      await map.map(
        parameters, from.subarray(first * d, last * d), last - first, points.subarray(first * d, last * d),
        logDet.subarray(first, last)
      );
    }
  } finally {
    await map.dispose();
  }
  wrapPoints(target.domain, points, n);
  return { from, points, logDet };
}

/**
 * Whether the particles go on from here: those of one flow only make pairs for φ, ψ to learn from, unless they are to
 * be moved.
 */
const goesOn = ({ ladder, settings }: NoisyContext): boolean => ladder || (settings.svrg && settings.rejuvenation > 0);

/**
 * Log-weights of the step by the kind that is used, where the particles go on, and what is learned for every kind that
 * is asked for.
 */
async function weigh(
  context: NoisyContext, { particles, lambda: before }: NoisyState, step: Pushed, lambda: number, key: Key,
  journal: Journal, evaluations: EvaluationCount,
): Promise<{ kinds: StageKind[]; increments: Float64Array | null }> {
  const { settings, noisy, target: { base } } = context;
  const used = goesOn(context);
  const n = particles.logWeights.length;
  const d = noisy.dimension;
  const wanted = (kind: WeightKind): number => (kind === settings.weights ? n : Math.min(settings.compared, n));
  const first = (points: Float64Array, count: number): Float64Array => points.subarray(0, count * d);
  const kinds: StageKind[] = [];
  let own: Float64Array | null = null;
  const add = (kind: WeightKind, increments: Float64Array | null, fitted: LearnedWeights | null): void => {
    if (kind === settings.weights) own = increments;
    kinds.push({
      kind, cess: increments === null ? null : storedFigure(
        conditionalEss(particles.logWeights.subarray(0, increments.length), increments).fraction
      ),
      heldOutError: fitted === null ? null : storedFigure(fitted.heldOutError),
      constantError: fitted === null ? null : storedFigure(fitted.constantError), nonFinite: fitted?.nonFinite ?? 0,
    });
  };
  if (noisy.full !== null && wanted('exact') > 0 && !used) add('exact', null, null);
  else if (noisy.full !== null && wanted('exact') > 0) {
    const count = wanted('exact');
    const [u0, u1] = [new Float64Array(count), new Float64Array(count)];
    const pause = stopping(context.surroundings);
    await energiesOf(pathEvaluator(base, noisy.full, before), first(step.from, count), count, u0, pause);
    await energiesOf(pathEvaluator(base, noisy.full, lambda), first(step.points, count), count, u1, pause);
    add('exact', u0.map((value, i) => value - u1[i] + step.logDet[i]), null);
    // One flow's samples are fresh ones: its particles are there to be compared.
    evaluations.add(
      settings.weights === 'exact' && context.ladder ? 'weights' : 'comparison', { full: (before > 0 ? 2 : 1) * count }
    );
  }
  for (const kind of ['learned-full', 'learned-stochastic'] as const) {
    const count = wanted(kind);
    if (count === 0 || (kind === 'learned-full' && noisy.full === null)) continue;
    const fitted = await learnWeights(context, { ...step, before, lambda, kind, key: foldIn(key, kind), journal });
    add(
      kind,
      used ? stepLogWeights(
        settings, await fitted.differences(first(step.from, count), first(step.points, count), count), step.logDet
      ) : null,
      fitted
    );
    evaluations.add(settings.weights === kind ? 'weights' : 'comparison', fitted.evaluations);
  }
  if (used && own === null) throw new Error(`no weights of the kind ${settings.weights}`);
  return { kinds, increments: own };
}

/** In place, piece by piece. */
async function moveParticles(
  { target, noisy, settings, surroundings, stepSize, ladder }: NoisyContext, points: Float64Array, lambda: number,
  key: Key, evaluations: EvaluationCount
): Promise<NoisyStageSummary['moves']> {
  const d = target.dimension;
  const n = points.length / d;
  const clock = pace(surroundings, 0);
  const h = settings.rejuvenationStepSize > 0 ? settings.rejuvenationStepSize : MOVE_STEP * stepSize(lambda);
  let nonFinite = 0;
  for (let first = 0; first < n; first += PIECE) {
    const last = Math.min(n, first + PIECE);
    await clock.tick(() => surroundings.emit({ kind: 'moves', done: first, total: n }), () => undefined);
    const report = svrgLangevin(noisy, target.base, points.subarray(first * d, last * d), {
      lambda, stepSize: h, steps: settings.rejuvenation, refresh: settings.svrgRefresh, draws: settings.energyDraws,
      key: foldIn(key, first / PIECE)
    });
    nonFinite += report.nonFinite;
    evaluations.add(ladder ? 'moves' : 'comparison', { noisy: report.noisyEvaluations, full: report.fullEvaluations });
  }
  return { steps: settings.rejuvenation, stepSize: h, nonFinite };
}
