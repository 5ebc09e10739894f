/** Phase one: parallel tempering, with progress, checkpoints and resume. */
import { z } from 'zod';
import type { Key } from '../engine/random.ts';
import { parallelTemperingSchema, warningSchema, type ParallelTemperingSummary, type Warning } from '../records/record.ts';
import { createParallelTempering, type ParallelTemperingSnapshot } from '../samplers/parallelTempering.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import type { Target } from '../targets/target.ts';
import type { JournalArray, Surroundings } from './journal.ts';
import { pace } from './pace.ts';
import type { Settings } from './settings.ts';

export interface TemperedSamples {
  /** Samples of exp(−U), [n, d], round-major: neighbours in time are `ladders` apart. */
  readonly positions: Float64Array;
  /** [n] */
  readonly energies: Float64Array;
  readonly summary: ParallelTemperingSummary;
  readonly warnings: readonly Warning[];
}

export interface SamplingPhaseOptions {
  readonly target: Target;
  readonly energy: EnergyEvaluator;
  readonly settings: Settings;
  readonly key: Key;
  readonly surroundings: Surroundings;
}

const phaseSchema = z.object({ summary: parallelTemperingSchema, warnings: z.array(warningSchema) });
const checkpointSchema = z.object({ seconds: z.number(), state: z.record(z.string(), z.union([z.number(), z.string()])) });

export async function runParallelTempering({ target, energy, settings, key, surroundings }: SamplingPhaseOptions): Promise<TemperedSamples> {
  const { journal, emit } = surroundings;
  const finished = journal.phase('pt');
  if (finished !== null) {
    emit({ kind: 'phase', phase: 'pt', resumed: true });
    const { positions, energies } = finished.arrays;
    return { ...phaseSchema.parse(finished.json), positions: float64(positions), energies: float64(energies) };
  }
  const run = createParallelTempering({
    energy,
    base: target.base,
    inverseTemperatures: settings.replicas === 1 ? [1] : { hottest: settings.hottest, replicas: settings.replicas },
    ladders: settings.ladders,
    kernel: settings.kernel,
    ...(settings.stepSize > 0 ? { stepSize: settings.stepSize } : {}),
    stepsPerRound: settings.stepsPerRound,
    warmupRounds: settings.warmupRounds,
    rounds: settings.rounds,
    key,
    adaptLadder: settings.adaptLadder,
    precision: settings.mcmcPrecision,
    ...(settings.threads > 0 ? { threads: settings.threads } : {}),
  });
  const checkpoint = journal.checkpoint('pt');
  let before = 0;
  if (checkpoint !== null) {
    const { seconds, state } = checkpointSchema.parse(checkpoint.json);
    before = seconds;
    run.restore({ json: state, arrays: Object.fromEntries(Object.entries(checkpoint.arrays).map(([name, { data }]) => [name, data])) as ParallelTemperingSnapshot['arrays'] });
  }
  emit({ kind: 'phase', phase: 'pt', resumed: checkpoint !== null });
  const clock = pace(surroundings, before);
  const save = (): void => {
    const { json, arrays } = run.snapshot();
    journal.saveCheckpoint('pt', { json: { seconds: clock.seconds(), state: json }, arrays: Object.fromEntries(Object.entries(arrays).map(([name, data]) => [name, asArray(data)])) });
  };
  const report = (): void => {
    const { phase, round, rounds, smallestSwapRate, roundTrips } = run.progress;
    emit({ kind: 'sampling', stage: phase, done: round, total: rounds, smallestSwapRate, roundTrips });
  };
  // About a hundredth of a second of compiled work between looks at the clock; in plain JavaScript, a tenth.
  const chunk = Math.max(1, Math.round(300_000 / (settings.ladders * settings.replicas * settings.stepsPerRound)));
  while (run.progress.phase !== 'done') {
    await clock.tick(report, save);
    run.advance(chunk);
  }
  report();
  const { positions, energies, figures, warnings, samples } = run.result();
  const summary = { seconds: clock.seconds(), ...figures };
  journal.finishPhase('pt', {
    json: { summary, warnings },
    arrays: { positions: { dtype: 'float64', shape: [samples, target.dimension], data: positions }, energies: { dtype: 'float64', shape: [samples], data: energies } },
  });
  return { positions, energies, summary, warnings };
}

const asArray = (data: Float64Array | Int32Array): JournalArray =>
  data instanceof Float64Array ? { dtype: 'float64', shape: [data.length], data } : { dtype: 'int32', shape: [data.length], data };

/** The data of an array that the journal keeps as float64. */
export function float64(array: JournalArray): Float64Array {
  return array.dtype === 'float64' ? array.data : Float64Array.from(array.data);
}
