/** One stage of a ladder: a flow is trained from the particles to tempering's samples of the next λ, and the particles follow. */
import { z } from 'zod';
import { foldIn, type Key } from '../engine/random.ts';
import { conditionalEss } from '../estimators/ess.ts';
import type { Architecture } from '../flows/architecture.ts';
import { InputError } from '../errors.ts';
import { stageSchema, trainingSchema, type StageSummary, type TrainingSummary } from '../records/record.ts';
import type { Rejuvenation } from '../samplers/rejuvenate.ts';
import { wrapPoints } from '../targets/domain.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import { pathEnergy, pathEvaluator } from '../targets/path.ts';
import type { Target } from '../targets/target.ts';
import { FlowMap, type ParameterArray } from '../training/flowMap.ts';
import { particleSource } from '../training/source.ts';
import type { TrainingData } from '../training/trainer.ts';
import { expectedCess, learned, nextLambda, type AdaptiveStep } from './interpolation.ts';
import type { Journal, Surroundings } from './journal.ts';
import { endEnergies, mixedEnergy, type LadderStage } from './ladderChain.ts';
import { stageCoverage } from './stageCoverage.ts';
import { equallyWeighted, essOf, logZOfGroups, resampleGroups, type Particles } from './particles.ts';
import type { Pool } from './pathSamples.ts';
import { float64 } from './samplingPhase.ts';
import { networkOf, type Settings } from './settings.ts';
import { flowArrays, parameterArray, storedFlow, trainFlow } from './trainingPhase.ts';

/** What all stages share. */
export interface LadderContext {
  readonly target: Target;
  readonly energy: EnergyEvaluator;
  readonly architecture: Architecture;
  readonly settings: Settings;
  readonly pool: Pool;
  readonly rejuvenation: Rejuvenation;
  /** MALA's step size at λ, and how much of the way from 0 to 1 lies below λ. */
  readonly stepSize: (lambda: number) => number;
  readonly share: (lambda: number) => number;
  readonly key: Key;
  readonly surroundings: Surroundings;
}

/** What a stage hands to the next. */
export interface LadderState {
  readonly particles: Particles;
  readonly lambda: number;
  /** Of the flow before, to start from. */
  readonly initial: ParameterArray | null;
  readonly step: AdaptiveStep;
}

export interface StageResult {
  readonly state: LadderState;
  readonly stage: LadderStage;
  readonly summary: StageSummary;
  readonly training: TrainingSummary;
}

/** Shrinking steps beyond this many tells that something else is wrong: the last one is kept as it is. */
const MOST_RETRIES = 6;
/** A step that failed is at least this much shorter when tried again. */
const SHRINK = 0.7;
/** Adaptive steps are no shorter than this share of λ. */
const LEAST_STEP = 0.01;
const CHUNK = 4096;

const attemptsSchema = z.object({ attempts: z.array(z.object({ lambda: z.number(), cessFlow: z.number(), cessIdentity: z.number() })) });
const flowSchema = z.object({ summary: trainingSchema, lambda: z.number(), cessPredicted: z.number().nullable(), retries: z.number() });
const particlesSchema = z.object({ summary: stageSchema, gain: z.number() });

/** @param index 1, 2, … @param lambda of a fixed ladder; null: the stage chooses */
export async function runStage(context: LadderContext, state: LadderState, index: number, lambda: number | null): Promise<StageResult> {
  const { surroundings, settings, architecture, share } = context;
  const journal = surroundings.journal.stage(index);
  const finished = journal.phase('particles');
  if (finished !== null) {
    const { summary, gain } = particlesSchema.parse(finished.json);
    const flow = journal.phase('flow');
    if (flow === null) throw new InputError(`stage ${index} has particles but has lost its flow; restore the folder, or start a new run`);
    const { parameters } = storedFlow(architecture, settings.precision, flow);
    const kept = summary.map === 'flow' ? parameters : null;
    surroundings.emit({ kind: 'stage', stage: index, lambda: summary.lambda, share: share(summary.lambda), cess: summary.cess, ess: summary.ess, resumed: true });
    return {
      state: { particles: { points: float64(finished.arrays['samples']), logWeights: float64(finished.arrays['logWeights']) }, lambda: summary.lambda, initial: kept ?? state.initial, step: { gain } },
      stage: { lambda: summary.lambda, parameters: kept, stepSize: summary.stepSize },
      summary,
      training: flowSchema.parse(flow.json).summary,
    };
  }
  const before = surroundings.now();
  const step = await makeStep(context, state, index, lambda, journal);
  return weighAndMove(context, state, index, step, journal, before);
}

/** A step that was taken: its flow, and what either map gives the particles. */
interface Step {
  readonly lambda: number;
  readonly parameters: ParameterArray;
  readonly training: TrainingSummary;
  readonly data: TrainingData;
  readonly moved: Moved;
  readonly identity: Float64Array;
  readonly cessFlow: number;
  readonly cessIdentity: number;
  readonly cessPredicted: number | null;
  readonly retries: number;
}

interface Moved {
  readonly points: Float64Array;
  /** log of the step's weights. */
  readonly logIncrements: Float64Array;
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** Train until a step meets its CESS; a step that misses it is shortened and tried again. */
async function makeStep(context: LadderContext, state: LadderState, index: number, fixed: number | null, journal: Journal): Promise<Step> {
  const { target, energy, settings, surroundings, pool, key: ladderKey, rejuvenation, architecture } = context;
  const key = foldIn(foldIn(ladderKey, 'stage'), index);
  const { points, logWeights } = state.particles;
  const ends = endEnergies(target, energy, points);
  const identityIncrements = (lambda: number): Float64Array => ends.u0.map((u0, i) => mixedEnergy(u0, ends.u1[i], state.lambda) - mixedEnergy(u0, ends.u1[i], lambda));
  const identityCess = (lambda: number): number => conditionalEss(logWeights, identityIncrements(lambda)).fraction;
  // The training source: particles of equal weight, spread out by a few moves at the λ they belong to.
  const source = equallyWeighted(state.particles, logWeights.length, settings.resampling, foldIn(key, 'source'));
  if (state.lambda > 0) rejuvenation.move(source, { lambda: state.lambda, stepSize: context.stepSize(state.lambda), steps: settings.rejuvenation, key: foldIn(key, 'source moves') });

  const earlier = journal.phase('attempts');
  const attempts = earlier === null ? [] : attemptsSchema.parse(earlier.json).attempts;
  let initial = earlier === null ? state.initial : float64Or32(earlier.arrays['parameters'].data);
  let gain = state.step;
  for (const attempt of attempts) gain = learned(attempt.cessFlow, attempt.cessIdentity);
  for (;;) {
    const last = attempts.at(-1);
    const least = Math.max(Number.EPSILON, LEAST_STEP * state.lambda);
    const wished = fixed ?? nextLambda(state.lambda, settings.targetCess, gain, identityCess, least);
    const lambda = last === undefined || fixed !== null ? wished : Math.min(wished, state.lambda + SHRINK * (last.lambda - state.lambda));
    const cessIdentity = identityCess(lambda);
    const cessPredicted = fixed === null ? expectedCess(gain, cessIdentity) : null;
    const attempt = attempts.length;
    const held = Math.max(1, Math.round(settings.heldOut * settings.stageSamples));
    const data = pool.sample(lambda, settings.stageSamples, held, foldIn(foldIn(key, 'samples'), attempt));
    const flow = journal.phase('flow');
    const trained = flow === null
      ? await trainAttempt(context, { source, data, held, from: state.lambda, to: lambda, initial, key: foldIn(foldIn(key, 'training'), attempt), attempt, journal })
      : { ...storedFlow(architecture, settings.precision, flow), summary: flowSchema.parse(flow.json).summary };
    const moved = await pushStep(context, points, ends, state.lambda, lambda, trained.parameters);
    const cessFlow = conditionalEss(logWeights, moved.logIncrements).fraction;
    const best = Math.max(cessFlow, cessIdentity);
    if (fixed !== null || best >= settings.targetCess || attempt >= MOST_RETRIES || flow !== null) {
      if (flow === null) {
        journal.finishPhase('pt', { json: { lambda }, arrays: { positions: { dtype: 'float64', shape: [settings.stageSamples, target.dimension], data: data.samples }, energies: { dtype: 'float64', shape: [settings.stageSamples], data: data.energies } } });
        journal.finishPhase('flow', { json: { summary: trained.summary, lambda, cessPredicted, retries: attempt }, arrays: flowArrays(architecture, trained.parameters) });
      }
      return { lambda, parameters: trained.parameters, training: trained.summary, data, moved, identity: identityIncrements(lambda), cessFlow, cessIdentity, cessPredicted, retries: attempt };
    }
    attempts.push({ lambda, cessFlow, cessIdentity });
    gain = learned(best, cessIdentity);
    initial = trained.parameters;
    journal.finishPhase('attempts', { json: { attempts }, arrays: { parameters: parameterArray(initial, [initial.length]) } });
    surroundings.emit({ kind: 'note', message: `stage ${index}: CESS ${(100 * best).toFixed(1)} % at λ = ${lambda.toPrecision(4)} is below ${(100 * settings.targetCess).toFixed(1)} %; trying a shorter step` });
  }
}

const float64Or32 = (data: Float64Array | Float32Array | Int32Array): ParameterArray => (data instanceof Int32Array ? Float64Array.from(data) : data);

interface Attempt {
  readonly source: Float64Array;
  readonly data: TrainingData;
  /** Samples at the end of the data that are kept from training. */
  readonly held: number;
  readonly from: number;
  readonly to: number;
  readonly initial: ParameterArray | null;
  readonly key: Key;
  readonly attempt: number;
  readonly journal: Journal;
}

function trainAttempt({ target, energy, architecture, settings, surroundings }: LadderContext, { source, data, held, from, to, initial, key, attempt, journal }: Attempt): ReturnType<typeof trainFlow> {
  const d = target.dimension;
  const cut = data.energies.length - held;
  return trainFlow({
    source: particleSource(source, pathEvaluator(target.base, energy, from)),
    energies: { base: pathEnergy(target, from), target: pathEnergy(target, to) },
    evaluator: pathEvaluator(target.base, energy, to),
    architecture,
    settings: { ...settings, steps: settings.stageSteps },
    training: { samples: data.samples.subarray(0, cut * d), energies: data.energies.subarray(0, cut) },
    heldOut: { samples: data.samples.subarray(cut * d), energies: data.energies.subarray(cut) },
    key,
    surroundings: { ...surroundings, journal },
    attempt,
    ...(initial === null || !settings.warmStart ? {} : { initial }),
  });
}

/** The particles through a flow, with the step's weights U_from(x) − U_to(F(x)) + log|det J|. */
async function pushStep({ target, energy, architecture, settings }: LadderContext, x: Float64Array, { u0, u1 }: ReturnType<typeof endEnergies>, from: number, to: number, parameters: ParameterArray): Promise<Moved> {
  const n = u0.length;
  const map = await FlowMap.compile(architecture, 'forward', CHUNK, networkOf(settings));
  try {
    const points = new Float64Array(x.length);
    const logIncrements = new Float64Array(n);
    await map.map(parameters, x, n, points, logIncrements);
    wrapPoints(target.domain, points, n);
    const there = endEnergies(target, energy, points);
    for (let i = 0; i < n; i++) logIncrements[i] += mixedEnergy(u0[i], u1[i], from) - mixedEnergy(there.u0[i], there.u1[i], to);
    return { points, logIncrements };
  } finally {
    await map.dispose();
  }
}

/** Weigh the particles with the better map, resample when they have become unequal, move them, and finish the stage. */
function weighAndMove(context: LadderContext, state: LadderState, index: number, step: Step, journal: Journal, before: number): StageResult {
  const { target, settings, pool, rejuvenation, surroundings, share, key: ladderKey } = context;
  const key = foldIn(foldIn(ladderKey, 'stage'), index);
  const { lambda, moved, identity, cessFlow, cessIdentity } = step;
  const keepFlow = cessFlow >= cessIdentity;
  const increments = keepFlow ? moved.logIncrements : identity;
  // A particle without weight stays without: the energies that took it may both be infinite now.
  const alive = state.particles.logWeights.map((value) => (value === -Infinity ? 0 : 1));
  const logWeights = state.particles.logWeights.map((value, i) => (alive[i] === 0 ? -Infinity : value + increments[i]));
  const weighted: Particles = { points: keepFlow ? moved.points : state.particles.points, logWeights };
  const nonFinite = increments.reduce((count, value, i) => count + (alive[i] === 1 && (Number.isNaN(value) || value === Infinity) ? 1 : 0), 0);
  const ess = essOf(logWeights);
  if (!(ess > 0)) throw new InputError(`stage ${index} (λ = ${lambda.toPrecision(4)}): no particle has a weight above zero (${nonFinite} of ${logWeights.length} are not finite); the stages before it are kept. Take smaller steps (targetCess, lambdaRate) or a base that covers the target`);
  const coverage = stageCoverage(target, step.data.samples, weighted, foldIn(key, 'coverage'));
  const logZ = logZOfGroups(logWeights, settings.groups);
  const resampled = ess < settings.resampleBelow;
  const particles = resampled ? resampleGroups(weighted, settings.groups, settings.resampling, foldIn(key, 'resample')) : { points: weighted.points.slice(), logWeights };
  const stepSize = context.stepSize(lambda);
  const moves = rejuvenation.move(particles.points, { lambda, stepSize, steps: settings.rejuvenation, key: foldIn(key, 'moves') });
  const tempering = pool.logZ(lambda);
  const summary: StageSummary = {
    stage: index, lambda, map: keepFlow ? 'flow' : 'identity',
    cess: finite(Math.max(cessFlow, cessIdentity)), cessFlow: finite(cessFlow), cessIdentity: finite(cessIdentity), cessPredicted: step.cessPredicted,
    retries: step.retries, ess: finite(ess), resampled, coverage,
    logZ: { value: finite(logZ.value), standardError: finite(logZ.standardError) },
    logZTempering: { value: finite(tempering.value), standardError: finite(tempering.standardError) },
    rejuvenationAcceptance: settings.rejuvenation === 0 ? null : finite(moves.acceptance), stepSize,
    trainingSteps: step.training.steps, nonFinite: nonFinite + moves.nonFinite, seconds: (surroundings.now() - before) / 1000,
  };
  const gain = learned(Math.max(cessFlow, cessIdentity), cessIdentity);
  const n = logWeights.length;
  journal.finishPhase('particles', {
    json: { summary, gain: gain.gain },
    arrays: { samples: { dtype: 'float64', shape: [n, target.dimension], data: particles.points }, logWeights: { dtype: 'float64', shape: [n], data: particles.logWeights } },
  });
  surroundings.emit({ kind: 'stage', stage: index, lambda, share: share(lambda), cess: summary.cess, ess: summary.ess, resumed: false });
  const parameters = keepFlow ? step.parameters : null;
  return { state: { particles, lambda, initial: parameters ?? state.initial, step: gain }, stage: { lambda, parameters, stepSize }, summary, training: step.training };
}
