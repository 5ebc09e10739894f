/**
 * Phase one: parallel tempering, along temperatures or along the path from the base, with progress, checkpoints and
 * resume.
 */
import { z } from 'zod';
import type { Key } from '../engine/random.ts';
import { withPauses } from '../pausing.ts';
import {
  parallelTemperingSchema, warningSchema, type ParallelTemperingSummary, type Warning
} from '../records/record.ts';
import {
  createParallelTempering, type ParallelTempering, type ParallelTemperingSnapshot
} from '../samplers/parallelTempering.ts';
import type { ParallelTemperingResult, PathSamples } from '../samplers/parallelTemperingResult.ts';
import { checkReach } from '../targets/confinement.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import { differenceEvaluator } from '../targets/path.ts';
import type { Target } from '../targets/target.ts';
import { fixedLambdas } from './interpolation.ts';
import { checkStored, type JournalArray, type Surroundings } from './journal.ts';
import { pace, portions } from './pace.ts';
import type { Settings } from './settings.ts';
import { checkAllEnergies } from './storedEnergies.ts';

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

const pathSchema = z.object({
  summary: parallelTemperingSchema, warnings: z.array(warningSchema), lambdas: z.array(z.number()), rows: z.number(),
  ladders: z.number()
});

/** Tempering along the path: what a ladder of flows is trained on. */
export interface PathTempering {
  readonly path: PathSamples;
  readonly summary: ParallelTemperingSummary;
  readonly warnings: readonly Warning[];
}

const phaseSchema = z.object({ summary: parallelTemperingSchema, warnings: z.array(warningSchema) });
const checkpointSchema =
  z.object({ seconds: z.number(), state: z.record(z.string(), z.union([z.number(), z.string()])) });

/** Samples of the target. With path=interpolation the samples along the path are finished with them. */
export async function runParallelTempering(options: SamplingPhaseOptions): Promise<TemperedSamples> {
  const { target, settings, surroundings } = options;
  const { journal, emit } = surroundings;
  const finished = journal.phase('pt');
  if (finished !== null) {
    emit({ kind: 'phase', phase: 'pt', resumed: true });
    const [positions, energies] = ['positions', 'energies'].map((name) => float64(finished.arrays[name]));
    const { energy } = options;
    const { mcmcPrecision: precision } = settings;
    checkAllEnergies({ name: target.name, positions, energies, labels: () => energy, precision });
    return { ...checkStored(phaseSchema, finished.json, 'tempering'), positions, energies };
  }
  const { result: { positions, energies, path, warnings, samples }, summary } =
    await temper(options, 'pt', settings.path === 'interpolation');
  if (path !== null) finishPath(options, { path, summary, warnings });
  journal.finishPhase('pt', {
    json: { summary, warnings },
    arrays: { positions: { dtype: 'float64', shape: [samples, target.dimension], data: positions }, energies: {
      dtype: 'float64', shape: [samples], data: energies
    } },
  });
  return { positions, energies, summary, warnings };
}

/** Samples along the path: those of the first phase where it went along it, or of a phase of their own. */
export async function runPathTempering(options: SamplingPhaseOptions): Promise<PathTempering> {
  const { journal, emit } = options.surroundings;
  const finished = journal.phase('path');
  if (finished !== null) {
    emit({ kind: 'phase', phase: 'path', resumed: true });
    const { lambdas, rows, ladders, summary, warnings } =
      checkStored(pathSchema, finished.json, 'tempering along the path');
    const [positions, differences] = ['positions', 'differences'].map((name) => float64(finished.arrays[name]));
    const { target: { name }, settings: { mcmcPrecision: precision } } = options;
    const difference = differenceEvaluator(options.target, options.energy);
    checkAllEnergies({ name, positions, energies: differences, labels: () => difference, precision });
    return { path: { lambdas: Float64Array.from(lambdas), rows, ladders, positions, differences }, summary, warnings };
  }
  const { result: { path, warnings }, summary } = await temper(options, 'path', true);
  if (path === null) throw new Error('tempering along the path kept no samples of it');
  finishPath(options, { path, summary, warnings });
  return { path, summary, warnings };
}

function finishPath({ target, surroundings }: SamplingPhaseOptions, { path, summary, warnings }: PathTempering): void {
  const { lambdas, rows, ladders, positions, differences } = path;
  surroundings.journal.finishPhase('path', {
    json: { summary, warnings, lambdas: Array.from(lambdas), rows, ladders },
    arrays: {
      positions: { dtype: 'float64', shape: [rows, ladders, lambdas.length, target.dimension], data: positions },
      differences: { dtype: 'float64', shape: [rows, ladders, lambdas.length], data: differences },
    },
  });
}

/** Rungs of the path: those of a fixed ladder of flows that is not to be adapted, or geometric ones. */
function pathLadder(settings: Settings): number[] | { readonly hottest: number; readonly replicas: number } {
  const fixed = settings.generator === 'ladder' && !settings.adaptLadder ? fixedLambdas(settings) : null;
  return fixed === null ? { hottest: settings.hottest, replicas: Math.max(2, settings.replicas) } : [0, ...fixed];
}

/** Numbers kept of the path at most: 400 MB. */
const MOST_OF_PATH = 5e7;

/**
 * Rounds between those that are kept on every rung: about as many samples of a rung as a stage is trained on, since
 * more would
 * be copies of them in time, and no more than fit; but always some dozens of rounds.
 */
export function pathStride(
  { rounds, ladders, stageSamples }: Pick<Settings, 'rounds' | 'ladders' | 'stageSamples'>, rungs: number, d: number
): number {
  const perRung = Math.min(stageSamples, MOST_OF_PATH / (Math.max(1, rungs) * (d + 1)));
  return Math.max(1, Math.min(Math.floor(rounds / 32), Math.floor((rounds * ladders) / perRung)));
}

/**
 * Tempering with progress, checkpoints and resume; what comes of it is the caller's to finish. @param interpolate along
 * the path from the base, else along temperatures
 */
export async function temper(
  { target, energy, settings, key, surroundings }: SamplingPhaseOptions, phase: 'pt' | 'path' | 'baseline',
  interpolate: boolean
): Promise<{ result: ParallelTemperingResult; summary: ParallelTemperingSummary }> {
  const ladder = interpolate ? pathLadder(settings)
    : settings.replicas === 1 ? [1] : { hottest: settings.hottest, replicas: settings.replicas };
  const rungs = Array.isArray(ladder) ? ladder.length : ladder.replicas;
  const run = createParallelTempering({
    energy: interpolate ? differenceEvaluator(target, energy) : energy,
    base: target.base,
    ...(interpolate ? { reference: target.base, pathStride: pathStride(settings, rungs, target.dimension) } : {}),
    inverseTemperatures: ladder,
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
  try {
    const finished = await advance(run, settings, rungs, phase, surroundings);
    checkReach(target, finished.result.positions);
    return finished;
  } finally {
    run.dispose();
  }
}

/** Rounds until all are done, from where the journal's checkpoint left off. */
async function advance(
  run: ParallelTempering, settings: Settings, rungs: number, phase: 'pt' | 'path' | 'baseline',
  surroundings: Surroundings,
): Promise<{ result: ParallelTemperingResult; summary: ParallelTemperingSummary }> {
  const { journal, emit } = surroundings;
  const checkpoint = journal.checkpoint(phase);
  let before = 0;
  if (checkpoint !== null) {
    const { seconds, state } = checkStored(checkpointSchema, checkpoint.json, 'tempering under way');
    before = seconds;
    run.restore({
      json: state,
      arrays: Object.fromEntries(
        Object.entries(checkpoint.arrays).map(([name, { data }]) => [name, data])
      ) as ParallelTemperingSnapshot['arrays']
    });
  }
  emit({ kind: 'phase', phase, resumed: checkpoint !== null });
  const clock = pace(surroundings, before);
  const save = (): void => {
    const { json, arrays } = run.snapshot();
    journal.saveCheckpoint(phase, {
      json: { seconds: clock.seconds(), state: json },
      arrays: Object.fromEntries(Object.entries(arrays).map(([name, data]) => [name, asArray(data)]))
    });
  };
  const report = (): void => {
    const { phase: stage, round, rounds, smallestSwapRate, roundTrips } = run.progress;
    emit({ kind: 'sampling', stage, done: round, total: rounds, smallestSwapRate, roundTrips });
  };
  // Steps between looks at the clock: about a hundredth of a second of compiled work on a cheap energy, fewer on
  // others.
  const most = Math.max(1, 300_000 / (settings.ladders * rungs));
  const { size, pause } = portions(surroundings, most, () => clock.tick(report, save));
  while (run.progress.phase !== 'done') {
    await pause();
    run.advanceSteps(size());
  }
  report();
  const result = await withPauses(run.resultSteps(), () => clock.tick(report, save));
  return { result, summary: { seconds: clock.seconds(), ...result.figures } };
}

const asArray = (data: Float64Array | Int32Array): JournalArray =>
  data instanceof Float64Array ? { dtype: 'float64', shape: [data.length], data }
    : { dtype: 'int32', shape: [data.length], data };

/** The data of an array that the journal keeps as float64. */
export function float64(array: JournalArray): Float64Array {
  return array.dtype === 'float64' ? array.data : Float64Array.from(array.data);
}
