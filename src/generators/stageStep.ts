/**
 * The step of a stage: a λ is chosen, a flow trained to it, and tried on the particles; one that misses its CESS is
 * shortened.
 */
import { z } from 'zod';
import { foldIn, type Key } from '../engine/random.ts';
import { conditionalEss } from '../estimators/ess.ts';
import { trainingSchema, type TrainingSummary } from '../records/record.ts';
import { pathEnergy, pathEvaluator } from '../targets/path.ts';
import { FlowMap, type ParameterArray } from '../training/flowMap.ts';
import { particleSource } from '../training/source.ts';
import type { TrainingData } from '../training/trainer.ts';
import { expectedCess, learned, nextLambda } from './interpolation.ts';
import { checkStored, type Journal } from './journal.ts';
import { endEnergiesOf } from './ladderChain.ts';
import type { LadderContext, LadderState } from './ladderState.ts';
import { moveAll } from './moveParticles.ts';
import { pace, stopping } from './pace.ts';
import { equallyWeighted } from './particles.ts';
import { pushStep, stayPut, type Moved, type Placed, type Step } from './pushStep.ts';
import { networkOf } from './settings.ts';
import { flowArrays, parameterArray, storedFlow, trainFlow } from './trainingPhase.ts';

/** Shrinking steps beyond this many tells that something else is wrong: the last one is kept as it is. */
const MOST_RETRIES = 6;
/** A step that failed is at least this much shorter when tried again. */
const SHRINK = 0.7;
/** Adaptive steps are no shorter than this share of λ. */
const LEAST_STEP = 0.01;
const CHUNK = 4096;

const attemptsSchema =
  z.object({ attempts: z.array(z.object({ lambda: z.number(), cessFlow: z.number(), cessIdentity: z.number() })) });
/** What a stage's finished flow says of itself. */
export const stageFlowSchema =
  z.object({ summary: trainingSchema, lambda: z.number(), cessPredicted: z.number().nullable(), retries: z.number() });

/** A step that was taken: its flow, and what either map gives the particles. */
export interface TakenStep {
  readonly lambda: number;
  readonly parameters: ParameterArray;
  readonly training: TrainingSummary;
  readonly data: TrainingData;
  readonly moved: Moved;
  readonly identity: Moved;
  readonly cessFlow: number;
  readonly cessIdentity: number;
  readonly cessPredicted: number | null;
  readonly retries: number;
  /** Effective number of tempering's samples at λ that the training samples were drawn from. */
  readonly poolSize: number;
}

/** Train until a step meets its CESS; a step that misses it is shortened and tried again. */
export async function makeStep(
  context: LadderContext, state: LadderState, index: number, fixed: number | null, journal: Journal
): Promise<TakenStep> {
  const { target, energy, settings, surroundings, pool, key: ladderKey, architecture } = context;
  const key = foldIn(foldIn(ladderKey, 'stage'), index);
  const { points, logWeights } = state.particles;
  const placed = { points, logWeights, ...await endEnergiesOf(target, energy, points, stopping(surroundings)) };
  const stay = (lambda: number): Moved => stayPut(placed, { from: state.lambda, to: lambda });
  const cessOf = ({ logIncrements }: Moved): number => conditionalEss(logWeights, logIncrements).fraction;
  const identityCess = (lambda: number): number => cessOf(stay(lambda));
  // The training source: particles of equal weight, spread out by a few moves at the λ they belong to.
  const source = equallyWeighted(state.particles, logWeights.length, settings.resampling, foldIn(key, 'source'));
  if (state.lambda > 0) await moveAll(context, source, {
    lambda: state.lambda, stepSize: context.stepSize(state.lambda), steps: settings.rejuvenation,
    key: foldIn(key, 'source moves')
  });

  const earlier = journal.phase('attempts');
  const attempts = earlier === null ? []
    : checkStored(attemptsSchema, earlier.json, `tries of stage ${index}`).attempts;
  let initial = earlier === null ? state.initial : float64Or32(earlier.arrays['parameters'].data);
  let gain = state.step;
  for (const attempt of attempts) gain = learned(attempt.cessFlow, attempt.cessIdentity);
  for (;;) {
    const last = attempts.at(-1);
    const least = Math.max(Number.EPSILON, LEAST_STEP * state.lambda);
    const wished = fixed ?? nextLambda(state.lambda, settings.targetCess, gain, identityCess, least);
    const lambda = last === undefined || fixed !== null ? wished
      : Math.min(wished, state.lambda + SHRINK * (last.lambda - state.lambda));
    const cessIdentity = identityCess(lambda);
    const cessPredicted = fixed === null ? expectedCess(gain, cessIdentity) : null;
    const attempt = attempts.length;
    const held = Math.max(1, Math.round(settings.heldOut * settings.stageSamples));
    const data = pool.sample(lambda, settings.stageSamples, held, foldIn(foldIn(key, 'samples'), attempt));
    const flow = journal.phase('flow');
    const trained = flow === null
      ? await trainAttempt(context, {
        source, data, held, from: state.lambda, to: lambda, initial, key: foldIn(foldIn(key, 'training'), attempt),
        attempt, journal
      })
      : {
        ...storedFlow(architecture, settings.precision, flow, ` of stage ${index}`),
        summary: checkStored(stageFlowSchema, flow.json, `flow of stage ${index}`).summary
      };
    const moved = await pushThrough(context, placed, { from: state.lambda, to: lambda }, trained.parameters);
    const cessFlow = cessOf(moved);
    const best = Math.max(cessFlow, cessIdentity);
    // No shorter step is worth a stage: some particles are lost at any λ above this one's.
    const shortest = lambda - state.lambda <= least * (1 + 1e-9);
    if (fixed !== null || best >= settings.targetCess || shortest || attempt >= MOST_RETRIES || flow !== null) {
      if (flow === null) {
        journal.finishPhase(
          'pt',
          { json: { lambda }, arrays: {
            positions: { dtype: 'float64', shape: [settings.stageSamples, target.dimension], data: data.samples },
            energies: { dtype: 'float64', shape: [settings.stageSamples], data: data.energies }
          } }
        );
        journal.finishPhase('flow', {
          json: { summary: trained.summary, lambda, cessPredicted, retries: attempt },
          arrays: flowArrays(architecture, trained.parameters)
        });
      }
      return {
        lambda, parameters: trained.parameters, training: trained.summary, data, moved, identity: stay(lambda),
        cessFlow, cessIdentity, cessPredicted, retries: attempt, poolSize: pool.effectiveSize(lambda)
      };
    }
    attempts.push({ lambda, cessFlow, cessIdentity });
    gain = learned(best, cessIdentity);
    initial = trained.parameters;
    journal.finishPhase(
      'attempts', { json: { attempts }, arrays: { parameters: parameterArray(initial, [initial.length]) } }
    );
    surroundings.emit({
      kind: 'note',
      message: `stage ${index}: CESS ${(100 * best).toFixed(1)} % at λ = ${lambda.toPrecision(4)} is below `
        + `${(100 * settings.targetCess).toFixed(1)} %; trying a shorter step`
    });
  }
}

async function pushThrough(
  { target, energy, architecture, settings, surroundings }: LadderContext, placed: Placed, step: Step,
  parameters: ParameterArray
): Promise<Moved> {
  const map = await FlowMap.compile(architecture, 'forward', CHUNK, networkOf(settings));
  const clock = pace(surroundings, 0);
  const total = placed.u0.length;
  try {
    return await pushStep(map, parameters, target, energy, placed, step, (done) => clock.tick(
      () => surroundings.emit({ kind: 'moves', done, total }), () => undefined
    ));
  } finally {
    await map.dispose();
  }
}

const float64Or32 = (data: Float64Array | Float32Array | Int32Array): ParameterArray =>
  (data instanceof Int32Array ? Float64Array.from(data) : data);

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

function trainAttempt(
  { target, energy, architecture, settings, surroundings }: LadderContext,
  { source, data, held, from, to, initial, key, attempt, journal }: Attempt
): ReturnType<typeof trainFlow> {
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
