/** A flow is trained between any two densities, with progress, checkpoints and resume. */
import { z } from 'zod';
import type { Key } from '../../engine/random.ts';
import { InputError } from '../../errors.ts';
import { parameterCount, type Architecture } from '../../flows/architecture.ts';
import { flatParameters, namedTensors } from '../../flows/serialise.ts';
import { trainingPointSchema, type TrainingPoint, type TrainingSummary } from '../../records/record.ts';
import { networkOf, type OutputSettings } from '../../settings/output.ts';
import type { TrainingSettings } from '../../settings/training.ts';
import type { ParameterArray } from '../../training/flowMap.ts';
import { Trainer, type Momentum, type TrainingData } from '../../training/trainer.ts';
import type { FlowEnergies } from '../energies.ts';
import type { JournalArray, Piece, Surroundings } from '../journal.ts';
import { arrayOf, underWay } from '../phase.ts';

export interface TrainedFlow {
  readonly parameters: ParameterArray;
  readonly summary: TrainingSummary;
}

/** Training that may go on: parameters as they are after its last step, not the best. */
export interface Trunk extends TrainedFlow {
  readonly momentum: Momentum;
}

export interface FlowTraining extends FlowEnergies {
  readonly architecture: Architecture;
  readonly settings: TrainingSettings;
  readonly network: Pick<OutputSettings, 'precision' | 'device' | 'executor' | 'threads'>;
  readonly training: TrainingData;
  readonly heldOut: TrainingData;
  readonly key: Key;
  readonly surroundings: Surroundings;
  /** Parameters to start from; null: the identity. */
  readonly initial: ParameterArray | null;
  /** Which of several tries this is: a checkpoint of another one is of no use. */
  readonly attempt: number;
  /** Of training that goes on; default: Adam begins anew. */
  readonly momentum?: Momentum;
  /** Under which its checkpoint is kept; default: `flow`. */
  readonly phase?: 'flow' | 'trial' | 'alone' | 'together' | 'trunk';
}

const CURVE_POINTS = 400;
const STEPS_PER_TICK = 1;

const countersSchema = z.object({
  step: z.number(), clippedSteps: z.number(), skippedSteps: z.number(), bestStep: z.number(), bestScore: z.number(),
  evaluationsSinceBest: z.number(), stopped: z.boolean(), curve: z.array(trainingPointSchema),
});
const checkpointSchema = z.object({ seconds: z.number(), counters: countersSchema, attempt: z.number().default(0) });

/** Train; what comes of it is the caller's to finish. @throws Interrupted when asked to stop */
export const trainFlow = async (options: FlowTraining): Promise<TrainedFlow> => (await trained(options)).best;

/** The same for training that may go on. */
export const trainTrunk = async (options: FlowTraining): Promise<Trunk> => (await trained(options)).latest();

async function trained(options: FlowTraining): Promise<{ best: TrainedFlow; latest: () => Trunk }> {
  const { architecture, settings, network, training, heldOut, initial, momentum, ...rest } = options;
  const { source, energies, evaluator, noise, key } = rest;
  const trainer = await Trainer.create({
    source, energies, evaluator, key, architecture, settings, data: training, heldOut, network: networkOf(network),
    ...(noise === undefined ? {} : { noise }),
    ...(initial === null ? {} : { initial }), ...(momentum === undefined ? {} : { momentum }),
  });
  try {
    const seconds = await advance(trainer, options);
    const { parameters, counters } = trainer.result();
    const summary: TrainingSummary = {
      seconds,
      steps: counters.step,
      stepsPlanned: settings.steps,
      millisecondsPerStep: (1000 * seconds) / counters.step,
      parameters: parameterCount(architecture),
      bestStep: counters.bestStep,
      clippedSteps: counters.clippedSteps,
      skippedSteps: counters.skippedSteps,
      stopReason: counters.stopped ? 'earlyStop' : 'schedule',
      curve: thinned(counters.curve),
    };
    const now = trainer.now();
    return { best: { parameters, summary }, latest: () => ({ ...now, summary }) };
  } finally {
    await trainer.dispose();
  }
}

/** Steps until all are done, from where the journal's checkpoint left off. @returns seconds */
async function advance(
  trainer: Trainer, { settings, surroundings, attempt, phase = 'flow' }: FlowTraining,
): Promise<number> {
  const { clock, save } = underWay(surroundings, {
    phase, schema: checkpointSchema, what: 'training under way',
    save: (seconds) => {
      const { arrays, json } = trainer.snapshot();
      return { json: { seconds, counters: json, attempt }, arrays };
    },
    restore: (stored, arrays) => {
      if (stored.attempt !== attempt) return null;
      const array = (name: string): ParameterArray => arrays[name] as ParameterArray;
      const [parameters, firstMoment] = [array('parameters'), array('firstMoment')];
      const [secondMoment, best] = [array('secondMoment'), array('best')];
      trainer.restore({ json: stored.counters, arrays: { parameters, firstMoment, secondMoment, best } });
      return stored.seconds;
    },
  });
  let held: TrainingPoint | undefined;
  const report = (): void => {
    const latest = trainer.latest;
    if (latest?.reverseEss !== undefined) held = latest;
    surroundings.emit({
      kind: 'training', done: trainer.step, total: settings.steps, loss: latest?.loss ?? null,
      reverseEss: held?.reverseEss ?? null, forwardEss: held?.forwardEss ?? null,
    });
  };
  const pause = (): Promise<void> => clock.tick(report, save);
  while (!trainer.done) {
    await pause();
    await trainer.advance(STEPS_PER_TICK, pause);
  }
  report();
  return clock.seconds();
}

/** The parameters of a finished phase. @param where what the message of a damaged one names: ` of stage 3` */
export function storedFlow(
  architecture: Architecture, precision: OutputSettings['precision'], { arrays }: Piece, where = ''
): ParameterArray {
  const empty = (length: number): ParameterArray =>
    (precision === 'float64' ? new Float64Array(length) : new Float32Array(length));
  try {
    return flatParameters(architecture, empty, (name) => arrays[name]);
  } catch (error) {
    throw error instanceof InputError
      ? new InputError(`the flow${where} does not fit this run: ${error.message}`, { cause: error })
      : error;
  }
}

/** Parameters as a phase stores them: one tensor per weight and bias. */
export const flowArrays = (architecture: Architecture, parameters: ParameterArray): Record<string, JournalArray> =>
  Object.fromEntries(
    namedTensors(architecture, parameters).map(({ name, shape, data }) => [name, arrayOf(data, shape)])
  );

/** At most a few hundred points; those with held-out figures stay. */
function thinned(curve: readonly TrainingPoint[]): TrainingPoint[] {
  const every = Math.max(1, Math.ceil(curve.length / CURVE_POINTS));
  return curve.filter((point, i) => point.reverseEss !== undefined || i % every === 0);
}
