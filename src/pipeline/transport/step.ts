/**
 * The step of a stage: a λ is chosen, a flow trained to it, and tried on the particles; one that misses its CESS is
 * shortened.
 */
import { z } from 'zod';
import { foldIn, type Key } from '../../engine/random.ts';
import { conditionalEss } from '../../estimators/ess.ts';
import { trainingSchema } from '../../records/record.ts';
import { networkOf } from '../../settings/output.ts';
import { wrapPoints } from '../../targets/domain.ts';
import { FlowMap, type ParameterArray } from '../../training/flowMap.ts';
import { arrayOf, pointArrays, within } from '../phase.ts';
import { checkStored, type Journal, type Piece } from '../journal.ts';
import { moveAll } from '../moves/moveAll.ts';
import { pace, stopping } from '../pace.ts';
import { settled, type Passage } from '../weigh/weigher.ts';
import type { SplitData } from '../bank/bank.ts';
import type { Judged, StageContext, StageState, TakenStep } from './context.ts';
import { equallyWeighted, type Particles } from '../../samplers/particles.ts';
import { expectedCess, learned, nextLambda, type AdaptiveStep } from './schedule.ts';
import { flowArrays, storedFlow, trainFlow, type TrainedFlow } from './training.ts';
import { CHUNK } from './transport.ts';

/** Shrinking steps beyond this many tells that something else is wrong: the last one is kept as it is. */
const MOST_RETRIES = 6;
/** A step that failed is at least this much shorter when tried again. */
const SHRINK = 0.7;
/** Adaptive steps are no shorter than this share of λ. */
const LEAST_STEP = 0.01;
/** Particles between two looks at the clock. */
const PIECE = 65_536;

const attemptsSchema = z.object({
  attempts: z.array(z.object({ lambda: z.number(), cessFlow: z.number(), cessIdentity: z.number() })),
});
/** What a finished flow says of itself. */
const flowSchema = z.object({ summary: trainingSchema });

/** What the tries of one step share. */
interface Trial<S> {
  readonly context: StageContext<S>;
  readonly state: StageState;
  readonly index: number;
  readonly journal: Journal;
  readonly key: Key;
  /** λ of the stage; null: it chooses. */
  readonly fixed: number | null;
  /** Smallest step that is worth a stage. */
  readonly least: number;
  /** Where the flow starts from; null: the base itself. */
  readonly source: Float64Array | null;
  /** Of particles that stay; null where that is not to be had. */
  readonly stay: (lambda: number) => Judged | null;
}

interface Attempt {
  readonly number: number;
  readonly lambda: number;
  readonly cessPredicted: number | null;
  readonly initial: ParameterArray | null;
}

/** Train until a step meets its CESS; a step that misses it is shortened and tried again. */
export async function makeStep<S>(
  context: StageContext<S>, state: StageState, index: number, journal: Journal,
): Promise<TakenStep> {
  const { settings: { ladder: { targetCess } }, surroundings, plan } = context;
  const trial = await beginTrial(context, state, index, journal);
  const earlier = journal.phase('attempts');
  const attempts = earlier === null ? []
    : checkStored(attemptsSchema, earlier.json, `tries${plan.label(index)}`).attempts;
  let initial = earlier === null ? state.initial : parametersIn(earlier.arrays['parameters'].data);
  let gain = state.step;
  for (const attempt of attempts) gain = learned(attempt.cessFlow, attempt.cessIdentity);
  for (;;) {
    const lambda = chooseLambda(trial, gain, attempts.at(-1)?.lambda ?? null, targetCess);
    const identity = trial.stay(lambda);
    const cessPredicted = trial.fixed === null && identity !== null ? expectedCess(gain, identity.cess) : null;
    const step = await tryStep(trial, { number: attempts.length, lambda, cessPredicted, initial });
    if (step.moving === null || step.staying === null || isEnough(trial, step, targetCess)) return step;
    const best = Math.max(step.moving.cess, step.staying.cess);
    attempts.push({ lambda, cessFlow: step.moving.cess, cessIdentity: step.staying.cess });
    gain = learned(best, step.staying.cess);
    initial = step.parameters;
    journal.finishPhase('attempts', { json: { attempts }, arrays: { parameters: arrayOf(initial) } });
    surroundings.emit({
      kind: 'note',
      message: `stage ${index}: CESS ${(100 * best).toFixed(1)} % at λ = ${lambda.toPrecision(4)} is below `
        + `${(100 * targetCess).toFixed(1)} %; trying a shorter step`,
    });
  }
}

async function beginTrial<S>(
  context: StageContext<S>, state: StageState, index: number, journal: Journal,
): Promise<Trial<S>> {
  const { plan, weighing, surroundings } = context;
  const { particles, lambda: from } = state;
  const key = plan.stageKey(index);
  const staying = particles === null ? undefined
    : await weighing.staying?.(particles.points, from, stopping(surroundings));
  return {
    context, state, index, journal, key,
    fixed: plan.lambdas === null ? null : plan.lambdas[index - 1],
    least: Math.max(Number.EPSILON, LEAST_STEP * from),
    // A flow that is stored has been trained.
    source: journal.phase('flow') === null ? await sourceOf(context, state, key) : null,
    stay: (lambda) => (staying === undefined || particles === null ? null : judged(staying(lambda), particles)),
  };
}

function judged(increments: Float64Array, { logWeights }: Particles): Judged {
  const { logIncrements, nonFinite } = settled(increments, logWeights);
  return { logIncrements, nonFinite, cess: conditionalEss(logWeights, logIncrements).fraction };
}

/** @param last λ of the try before, which was too far; null for the first */
function chooseLambda<S>(
  { fixed, state: { lambda: from }, least, stay }: Trial<S>, gain: AdaptiveStep, last: number | null, target: number,
): number {
  const wished = fixed ?? nextLambda(from, target, gain, (lambda) => stay(lambda)?.cess ?? 0, least);
  return last === null || fixed !== null ? wished : Math.min(wished, from + SHRINK * (last - from));
}

/** Whether a step is taken; one that was stored has been. */
function isEnough<S>({ fixed, least, state, journal }: Trial<S>, step: TakenStep, target: number): boolean {
  // No shorter step is worth a stage: some particles are lost at any λ above this one's.
  const shortest = step.lambda - state.lambda <= least * (1 + 1e-9);
  const best = Math.max(step.moving?.cess ?? 0, step.staying?.cess ?? 0);
  return fixed !== null || best >= target || shortest || step.retries >= MOST_RETRIES || journal.phase('flow') !== null;
}

/** Particles of equal weight, spread out by a few moves at the λ they belong to; null for the base itself. */
async function sourceOf<S>(
  { settings: { ladder }, plan, moves, target, surroundings }: StageContext<S>, state: StageState, key: Key,
): Promise<Float64Array | null> {
  const { particles, lambda } = state;
  if (particles === null || (plan.fromBase && lambda === 0)) return null;
  const own = plan.sourceKey(key);
  const count = particles.logWeights.length;
  const source = equallyWeighted(particles, count, ladder.resampling, foldIn(own, 'source'));
  if (moves !== null && lambda > 0) {
    await moveAll(moves, source, target.dimension, lambda, foldIn(own, 'source moves'), surroundings);
  }
  return source;
}

async function tryStep<S>(trial: Trial<S>, attempt: Attempt): Promise<TakenStep> {
  const { context, state, index, journal, key } = trial;
  const { bank, weighing, surroundings, plan, account } = context;
  const { lambda, cessPredicted } = attempt;
  const { particles, lambda: from } = state;
  const split = bank.sample(lambda, foldIn(foldIn(key, 'samples'), attempt.number));
  const found = journal.phase('flow');
  const trained = found === null ? await train(trial, split, attempt) : readFlow(context, index, found);
  if (found !== null) account.retrained(found.json);
  const { keeps } = plan;
  if (particles !== null && keeps !== null) surroundings.emit({ kind: 'phase', phase: keeps, resumed: false });
  const passage = particles === null ? null : await carry(context, particles, index, trained.parameters);
  const staying = trial.stay(lambda);
  const weighed = particles === null || passage === null || staying === null ? null
    : await weighing.weigh(
      passage, { index, from, to: lambda, logWeights: particles.logWeights, key, journal }, stopping(surroundings),
    );
  const step: TakenStep = {
    lambda, parameters: trained.parameters, training: trained.summary, split, passage, staying, cessPredicted,
    moving: weighed === null || particles === null ? null : judged(weighed, particles), retries: attempt.number,
  };
  const taken = step.moving === null || isEnough(trial, step, context.settings.ladder.targetCess);
  if (found === null && taken) finishFlow(trial, step);
  return step;
}

function train<S>(
  { context, state, source, journal, key }: Trial<S>, split: SplitData, attempt: Attempt
): Promise<TrainedFlow> {
  const { view, architecture, settings, plan, surroundings } = context;
  const { initial } = attempt;
  return trainFlow({
    ...view.training(state.lambda, attempt.lambda, source), architecture,
    settings: { ...settings.training, steps: plan.trainingSteps }, network: settings.output,
    training: split.training, heldOut: split.validation, key: plan.trainingKey(key, attempt.number),
    surroundings: within(surroundings, journal), attempt: attempt.number,
    initial: settings.ladder.warmStart ? initial : null,
  });
}

function finishFlow<S>({ context, state, journal }: Trial<S>, step: TakenStep): void {
  const { plan, target, architecture, account, settings } = context;
  const { lambda, split, training: summary, cessPredicted, retries } = step;
  const { samples, energies } = split.all;
  if (plan.keepsSamples) {
    journal.finishPhase('pt', {
      json: { lambda }, arrays: pointArrays(samples, target.dimension, { energies }, 'positions'),
    });
  }
  const warm = state.initial !== null && settings.ladder.warmStart;
  const more = account.trained({ summary, from: state.lambda, warm, heldOut: split.validation.energies.length });
  journal.finishPhase('flow', {
    json: { summary, lambda, cessPredicted, retries, ...more }, arrays: flowArrays(architecture, step.parameters),
  });
}

/** A flow that was trained before. */
export function readFlow<S>(context: StageContext<S>, index: number, piece: Piece): TrainedFlow {
  const { architecture, settings, plan, surroundings } = context;
  const label = plan.label(index);
  surroundings.emit({ kind: 'phase', phase: 'flow', resumed: true });
  const { summary } = checkStored(flowSchema, piece.json, `flow${label}`);
  return { parameters: storedFlow(architecture, settings.output.precision, piece, label), summary };
}

/** The particles through a flow. */
async function carry<S>(
  { architecture, settings, surroundings, target }: StageContext<S>, { points: x }: Particles, index: number,
  parameters: ParameterArray,
): Promise<Passage> {
  const d = target.dimension;
  const n = x.length / d;
  const [z, logDet] = [new Float64Array(x.length), new Float64Array(n)];
  const map = await FlowMap.compile(architecture, 'forward', CHUNK, networkOf(settings.output));
  const clock = pace(surroundings, 0);
  try {
    const most = Math.min(PIECE, map.together);
    for (let first = 0; first < n; first += most) {
      const last = Math.min(n, first + most);
      await clock.tick(() => surroundings.emit({ kind: 'moves', done: first, total: n }), () => undefined);
      const [images, gains] = [z.subarray(first * d, last * d), logDet.subarray(first, last)];
      await map.map(parameters, x.subarray(first * d, last * d), last - first, images, gains);
    }
  } finally {
    await map.dispose();
  }
  wrapPoints(target.domain, z, n);
  return { stage: index - 1, x, z, logDet, n };
}

const parametersIn = (data: Float64Array | Float32Array | Int32Array): ParameterArray =>
  (data instanceof Int32Array ? Float64Array.from(data) : data);
