/** Parallel tempering, along temperatures or along the bridge from the base, with progress, checkpoints and resume. */
import { z } from 'zod';
import type { Key } from '../../engine/random.ts';
import { withPauses } from '../../pausing.ts';
import {
  parallelTemperingSchema, warningSchema, type ParallelTemperingSummary, type Warning
} from '../../records/record.ts';
import { createParallelTempering, type ParallelTempering } from '../../samplers/parallelTempering.ts';
import type { ParallelTemperingResult, PathSamples } from '../../samplers/parallelTemperingResult.ts';
import type { LadderSettings } from '../../settings/ladder.ts';
import { fixedLambdas } from '../../settings/lambdas.ts';
import type { SamplingSettings } from '../../settings/sampling.ts';
import { checkReach } from '../../targets/confinement.ts';
import type { EnergyEvaluator } from '../../targets/energyEvaluator.ts';
import { differenceEvaluator } from '../../targets/path.ts';
import type { Target } from '../../targets/target.ts';
import type { TemperedSamples } from '../../verdict/samples.ts';
import { checkStored, type Piece, type Surroundings } from '../journal.ts';
import { portions } from '../pace.ts';
import { arrayOf, float64, phase, pointArrays } from '../phase.ts';
import { chainsUnderWay, type TemperingPhase } from './chains.ts';
import { kernelOf } from './kernel.ts';
import { checkAllEnergies } from '../../targets/storedEnergies.ts';

/** Rungs along the bridge, and every how many rounds all of them are kept. */
export interface Rungs {
  readonly ladder: readonly number[] | { readonly hottest: number; readonly replicas: number };
  readonly stride: number;
}

export interface TemperingOptions {
  readonly target: Target;
  readonly energy: EnergyEvaluator;
  readonly sampling: SamplingSettings;
  /** Of a run along the bridge. */
  readonly rungs: Rungs;
  /** 0: as many as the machine has. */
  readonly threads: number;
  readonly key: Key;
  readonly surroundings: Surroundings;
  /** Of all chains [ladders, rungs, d]; default: samples of the base. */
  readonly starts?: Float64Array;
}

/** Tempering along the bridge: samples of every U_λ. */
export interface BridgeTempering {
  readonly path: PathSamples;
  readonly summary: ParallelTemperingSummary;
  readonly warnings: readonly Warning[];
}

const temperedSchema = z.object({ summary: parallelTemperingSchema, warnings: z.array(warningSchema) });
const bridgeSchema = temperedSchema.extend({ lambdas: z.array(z.number()), rows: z.number(), ladders: z.number() });

/** Samples of the target. With path=interpolation the samples along the bridge are finished with them. */
export async function runTempering(options: TemperingOptions): Promise<TemperedSamples> {
  const { target, sampling, surroundings, energy } = options;
  return phase(surroundings, 'pt', {
    read: ({ json, arrays }) => {
      const [positions, energies] = ['positions', 'energies'].map((name) => float64(arrays[name]));
      const { precision } = sampling;
      checkAllEnergies({ name: target.name, positions, energies, labels: () => energy, precision });
      return { ...checkStored(temperedSchema, json, 'tempering'), positions, energies };
    },
    compute: async () => {
      const { result, summary } = await temper(options, 'pt', sampling.path === 'interpolation');
      const { positions, energies, path, warnings } = result;
      if (path !== null) surroundings.journal.finishPhase('path', bridgePiece(target, { path, summary, warnings }));
      return {
        value: { positions, energies, summary, warnings },
        piece: {
          json: { summary, warnings }, arrays: pointArrays(positions, target.dimension, { energies }, 'positions'),
        },
      };
    },
  });
}

/** Samples along the bridge: those of the target's tempering where it went along it, or of a phase of their own. */
export async function runBridgeTempering(options: TemperingOptions): Promise<BridgeTempering> {
  const { target, energy, sampling: { precision } } = options;
  return phase(options.surroundings, 'path', {
    read: ({ json, arrays }) => {
      const { lambdas, rows, ladders, summary, warnings } = checkStored(bridgeSchema, json, 'tempering along the path');
      const [positions, differences] = ['positions', 'differences'].map((name) => float64(arrays[name]));
      const difference = differenceEvaluator(target, energy);
      checkAllEnergies({ name: target.name, positions, energies: differences, labels: () => difference, precision });
      return {
        path: { lambdas: Float64Array.from(lambdas), rows, ladders, positions, differences }, summary, warnings
      };
    },
    compute: async () => {
      const { result: { path, warnings }, summary } = await temper(options, 'path', true);
      if (path === null) throw new Error('tempering along the bridge kept no samples of it');
      const value = { path, summary, warnings };
      return { value, piece: bridgePiece(target, value) };
    },
  });
}

function bridgePiece({ dimension: d }: Target, { path, summary, warnings }: BridgeTempering): Piece {
  const { lambdas, rows, ladders, positions, differences } = path;
  return {
    json: { summary, warnings, lambdas: Array.from(lambdas), rows, ladders },
    arrays: {
      positions: arrayOf(positions, [rows, ladders, lambdas.length, d]),
      differences: arrayOf(differences, [rows, ladders, lambdas.length]),
    },
  };
}

/** Numbers kept of the bridge at most: 400 MB. */
const MOST_OF_BRIDGE = 5e7;

/**
 * Rounds between those that are kept on every rung: about as many samples of a rung as a stage is trained on, since
 * more would be copies of them in time, and no more than fit; but always some dozens of rounds.
 */
export function bridgeStride(
  { rounds, ladders }: Pick<SamplingSettings, 'rounds' | 'ladders'>, stageSamples: number, rungs: number, d: number,
): number {
  const perRung = Math.min(stageSamples, MOST_OF_BRIDGE / (Math.max(1, rungs) * (d + 1)));
  return Math.max(1, Math.min(Math.floor(rounds / 32), Math.floor((rounds * ladders) / perRung)));
}

/** Rungs of the bridge: those of a fixed ladder of flows that is not to be adapted, or geometric ones. */
export function bridgeRungs(sampling: SamplingSettings, ladder: LadderSettings, d: number): Rungs {
  const fixed = ladder.generator === 'ladder' && !sampling.adaptLadder ? fixedLambdas(ladder) : null;
  const { hottest, replicas } = sampling;
  const rungs = fixed === null ? { hottest, replicas: Math.max(2, replicas) } : [0, ...fixed];
  return { ladder: rungs, stride: bridgeStride(sampling, ladder.stageSamples, countOf(rungs), d) };
}

const countOf = (ladder: Rungs['ladder']): number => ('replicas' in ladder ? ladder.replicas : ladder.length);

interface Tempered {
  readonly result: ParallelTemperingResult;
  readonly summary: ParallelTemperingSummary;
}

/** What comes of it is the caller's to finish. @param bridge along the bridge from the base, else along temperatures */
export async function temper(options: TemperingOptions, name: TemperingPhase, bridge: boolean): Promise<Tempered> {
  const { target, energy, sampling, rungs, threads, key, surroundings, starts } = options;
  const { replicas, hottest, stepSize } = sampling;
  const ladder = bridge ? rungs.ladder : replicas === 1 ? [1] : { hottest, replicas };
  const run = createParallelTempering({
    energy: bridge ? differenceEvaluator(target, energy) : energy,
    base: target.base,
    ...(bridge ? { reference: target.base, pathStride: rungs.stride } : {}),
    inverseTemperatures: ladder,
    ladders: sampling.ladders,
    kernel: kernelOf(sampling),
    ...(stepSize > 0 ? { stepSize } : {}),
    stepsPerRound: sampling.stepsPerRound,
    warmupRounds: sampling.warmupRounds,
    rounds: sampling.rounds,
    key,
    adaptLadder: sampling.adaptLadder,
    precision: sampling.precision,
    ...(threads > 0 ? { threads } : {}),
    ...(starts === undefined ? {} : { initialPositions: starts }),
  });
  try {
    const finished = await advance(run, sampling.ladders * countOf(ladder), name, surroundings);
    checkReach(target, finished.result.positions);
    return finished;
  } finally {
    run.dispose();
  }
}

/** Rounds until all are done, from where the journal's checkpoint left off. */
async function advance(
  run: ParallelTempering, chains: number, name: TemperingPhase, surroundings: Surroundings,
): Promise<Tempered> {
  const { clock, report, pause: look } = chainsUnderWay(run, name, 'tempering under way', surroundings);
  // Steps between looks at the clock: about a hundredth of a second of compiled work on a cheap energy, fewer on
  // others.
  const most = Math.max(1, 300_000 / chains);
  const { size, pause } = portions(surroundings, most, look);
  while (run.progress.phase !== 'done') {
    await pause();
    run.advanceSteps(size());
  }
  report();
  const result = await withPauses(run.resultSteps(), look);
  return { result, summary: { seconds: clock.seconds(), ...result.figures } };
}
