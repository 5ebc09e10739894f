/** Phase two: the flow is trained on the samples and the energy, with progress, checkpoints and resume. */
import { z } from 'zod';
import type { Key } from '../engine/random.ts';
import { InputError } from '../errors.ts';
import { parameterCount, type Architecture } from '../flows/architecture.ts';
import { flatParameters, namedTensors } from '../flows/serialise.ts';
import { spreadRows } from '../numerics/spreadRows.ts';
import { trainingPointSchema, trainingSchema, type TrainingPoint, type TrainingSummary } from '../records/record.ts';
import { takeRows } from '../samplers/resample.ts';
import { batchBaseEnergy, batchEnergy } from '../targets/compile.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import type { Target } from '../targets/target.ts';
import type { Energies } from '../objectives/jeffreys.ts';
import { baseSource, type Source } from '../training/source.ts';
import { Trainer, type TrainingData } from '../training/trainer.ts';
import type { ParameterArray } from '../training/flowMap.ts';
import type { TrainingNoise } from '../training/noise.ts';
import { checkStored, type JournalArray, type Piece, type Surroundings } from './journal.ts';
import { pace } from './pace.ts';
import { networkOf, type Settings } from './settings.ts';

export interface TrainedFlow {
  readonly architecture: Architecture;
  readonly parameters: ParameterArray;
  readonly summary: TrainingSummary;
  /** Samples that neither training nor the choice of its parameters saw, for the forward ESS. */
  readonly test: TrainingData;
  /** As many that training saw, to compare with. */
  readonly seen: TrainingData;
}

export interface TrainingPhaseOptions {
  readonly target: Target;
  readonly energy: EnergyEvaluator;
  readonly architecture: Architecture;
  readonly settings: Settings;
  readonly data: TrainingData;
  /** Samples of the target, where the data are of something else; default: the last of the data. */
  readonly heldOut?: Pick<SplitData, 'validation' | 'test'>;
  readonly key: Key;
  readonly surroundings: Surroundings;
}

const MOST_HELD_OUT = 20_000;
const CURVE_POINTS = 400;
const STEPS_PER_TICK = 1;

const countersSchema = z.object({
  step: z.number(), clippedSteps: z.number(), skippedSteps: z.number(), bestStep: z.number(), bestScore: z.number(),
  evaluationsSinceBest: z.number(), stopped: z.boolean(), curve: z.array(trainingPointSchema),
});
const checkpointSchema = z.object({ seconds: z.number(), counters: countersSchema, attempt: z.number().default(0) });
const phaseSchema = z.object({ summary: trainingSchema });

/**
 * Samples of the target by what they are for: validation chooses parameters, so only the test tells how good they are.
 */
export interface SplitData {
  readonly training: TrainingData;
  readonly validation: TrainingData;
  readonly test: TrainingData;
}

/**
 * The last rounds are kept from training, and the last half of them from the choice of parameters: they are the
 * farthest in time.
 */
export function splitData(data: TrainingData, share: number, d: number): SplitData {
  const n = data.energies.length;
  const held = Math.min(MOST_HELD_OUT, Math.max(2, Math.round(share * n)));
  const cut = n - Math.floor(held / 2);
  return {
    training: rowsOf(data, 0, n - held, d), validation: rowsOf(data, n - held, cut, d), test: rowsOf(data, cut, n, d)
  };
}

const rowsOf = ({ samples, energies }: TrainingData, from: number, to: number, d: number): TrainingData =>
  ({ samples: samples.subarray(from * d, to * d), energies: energies.subarray(from, to) });

/** At most `count` rows from all over the data; a copy. */
export function someOf({ samples, energies }: TrainingData, count: number, d: number): TrainingData {
  const rows = spreadRows(energies.length, count);
  return { samples: takeRows(samples, d, rows), energies: Float64Array.from(rows, (row) => energies[row]) };
}

/** A flow to be trained between any two densities. */
export interface FlowTraining {
  readonly source: Source;
  /** As array programs: `base` is the source's energy. */
  readonly energies: Energies;
  /** Of what the flow maps to. */
  readonly evaluator: EnergyEvaluator;
  readonly architecture: Architecture;
  readonly settings: Settings;
  readonly training: TrainingData;
  readonly heldOut: TrainingData;
  readonly key: Key;
  readonly surroundings: Surroundings;
  /** Energies of the losses that are seen with noise; default: `energies` and `evaluator` are what they are. */
  readonly noise?: TrainingNoise;
  /** Parameters to start from; default: the identity. */
  readonly initial?: ParameterArray;
  /** Which of several tries this is: a checkpoint of another one is of no use. Default 0. */
  readonly attempt?: number;
}

/** Train, with progress, checkpoints and resume; what comes of it is the caller's to finish. */
export async function trainFlow(
  {
    source, energies, evaluator, architecture, settings, training, heldOut, key, surroundings, noise, initial,
    attempt = 0
  }: FlowTraining
): Promise<Pick<TrainedFlow, 'parameters' | 'summary'>> {
  const { journal, emit } = surroundings;
  const trainer = await Trainer.create({
    architecture, settings: { ...settings }, source, energies, evaluator, data: training, heldOut, key,
    network: networkOf(settings),
    ...(noise === undefined ? {} : { noise }),
    ...(initial === undefined ? {} : { initial }),
  });
  try {
    const found = journal.checkpoint('flow');
    const checkpoint = found === null ? null
      : { arrays: found.arrays, ...checkStored(checkpointSchema, found.json, 'training under way') };
    const usable = checkpoint !== null && checkpoint.attempt === attempt;
    if (usable) {
      const array = (name: string): ParameterArray => checkpoint.arrays[name].data as ParameterArray;
      trainer.restore({
        json: checkpoint.counters,
        arrays: {
          parameters: array('parameters'), firstMoment: array('firstMoment'), secondMoment: array('secondMoment'),
          best: array('best')
        },
      });
    }
    emit({ kind: 'phase', phase: 'flow', resumed: usable });
    const clock = pace(surroundings, usable ? checkpoint.seconds : 0);
    const save = (): void => {
      const { arrays, json } = trainer.snapshot();
      journal.saveCheckpoint('flow', {
        json: { seconds: clock.seconds(), counters: json, attempt },
        arrays: Object.fromEntries(
          Object.entries(arrays).map(([name, values]) => [name, parameterArray(values, [values.length])])
        )
      });
    };
    let held: TrainingPoint | undefined;
    const report = (): void => {
      const latest = trainer.latest;
      if (latest?.reverseEss !== undefined) held = latest;
      emit({
        kind: 'training', done: trainer.step, total: settings.steps, loss: latest?.loss ?? null,
        reverseEss: held?.reverseEss ?? null, forwardEss: held?.forwardEss ?? null
      });
    };
    const pause = (): Promise<void> => clock.tick(report, save);
    while (!trainer.done) {
      await pause();
      await trainer.advance(STEPS_PER_TICK, pause);
    }
    report();
    const { parameters, counters } = trainer.result();
    const seconds = clock.seconds();
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
    return { parameters, summary };
  } finally {
    await trainer.dispose();
  }
}

/** The one flow from the base to the target, as a phase. */
export async function runTraining(options: TrainingPhaseOptions): Promise<TrainedFlow> {
  const { target, energy, architecture, settings, data, key, surroundings } = options;
  const { journal, emit } = surroundings;
  const { training, validation, test } = options.heldOut
    === undefined ? splitData(data, settings.heldOut, target.dimension) : { training: data, ...options.heldOut };
  const kept = { architecture, test, seen: someOf(training, test.energies.length, target.dimension) };
  const finished = journal.phase('flow');
  if (finished !== null) {
    emit({ kind: 'phase', phase: 'flow', resumed: true });
    return { ...kept, ...storedFlow(architecture, settings.precision, finished), ...checkStored(
      phaseSchema, finished.json, 'flow'
    ) };
  }
  const { parameters, summary } = await trainFlow({
    source: baseSource(target.base), energies: { base: batchBaseEnergy(target.base), target: batchEnergy(target) },
    evaluator: energy,
    architecture, settings, training, heldOut: validation, key, surroundings,
  });
  journal.finishPhase('flow', { json: { summary }, arrays: flowArrays(architecture, parameters) });
  return { ...kept, parameters, summary };
}

/** The parameters of a finished phase. @param where what the message of a damaged one names: ` of stage 3` */
export function storedFlow(
  architecture: Architecture, precision: Settings['precision'], { arrays }: Piece, where = ''
): { parameters: ParameterArray } {
  const empty = (length: number): ParameterArray =>
    (precision === 'float64' ? new Float64Array(length) : new Float32Array(length));
  try {
    return { parameters: flatParameters(architecture, empty, (name) => arrays[name]) };
  } catch (error) {
    throw error instanceof InputError
      ? new InputError(`the flow${where} does not fit this run: ${error.message}`, { cause: error })
      : error;
  }
}

/** Parameters as a phase stores them: one tensor per weight and bias. */
export const flowArrays = (architecture: Architecture, parameters: ParameterArray): Record<string, JournalArray> =>
  Object.fromEntries(
    namedTensors(architecture, parameters).map(({ name, shape, data }) => [name, parameterArray(data, shape)])
  );

/** At most a few hundred points; those with held-out figures stay. */
function thinned(curve: readonly TrainingPoint[]): TrainingPoint[] {
  const every = Math.max(1, Math.ceil(curve.length / CURVE_POINTS));
  return curve.filter((point, i) => point.reverseEss !== undefined || i % every === 0);
}

export const parameterArray = (data: ParameterArray, shape: readonly number[]): JournalArray =>
  data instanceof Float32Array ? { dtype: 'float32', shape, data } : { dtype: 'float64', shape, data };
