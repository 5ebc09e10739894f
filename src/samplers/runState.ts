/**
 * Everything that changes in a parallel-tempering run, and its copies: restored, a run continues with the same bits.
 */
import { InputError } from '../errors.ts';
import { CHAIN_ARRAYS, type ChainState } from './chainState.ts';
import type { StepSizeAdaptation } from './stepSize.ts';
import { SWAP_ARRAYS, type SwapState } from './swap.ts';
import { filledLength, TRACE_ARRAYS, type Trace } from './trace.ts';

export interface RunState {
  /** β, or on an interpolation path λ; hot to cold. shape [K] */
  readonly ladder: Float64Array;
  readonly chains: ChainState;
  readonly swaps: SwapState;
  readonly trace: Trace;
  readonly steps: StepSizeAdaptation;
  warmupDone: number;
  /** Proposals refused in warm-up; the chains count those of the main phase. */
  warmupNonFinite: number;
  /** Kernel steps of the round under way. */
  stepInRound: number;
}

/** Everything that the next round depends on: plain JSON and typed arrays (copies). */
export interface ParallelTemperingSnapshot {
  readonly json: Readonly<Record<string, number | string>>;
  readonly arrays: Readonly<Record<string, Float64Array | Int32Array>>;
}

/** The arrays by the names they are stored under; of the trace, the part that `recorded` rounds fill. */
function liveArrays(run: RunState, recorded: number): Map<string, Float64Array | Int32Array> {
  const { ladder, chains, swaps, trace, steps } = run;
  const arrays = new Map<string, Float64Array | Int32Array>([
    ['ladder', ladder],
    ['steps.logSteps', steps.logSteps],
    ['steps.weightedSums', steps.weightedSums],
  ]);
  for (const name of CHAIN_ARRAYS) arrays.set(`chains.${name}`, chains[name]);
  for (const name of SWAP_ARRAYS) arrays.set(`swaps.${name}`, swaps[name]);
  for (const name of TRACE_ARRAYS)
    arrays.set(`trace.${name}`, trace[name].subarray(0, filledLength({ ...trace, recorded }, name)));
  return arrays;
}

/** @param settings a word that names the run's settings: only a run of the same settings may restore the snapshot */
export function snapshotRun(run: RunState, settings: string): ParallelTemperingSnapshot {
  const { chains, swaps, trace, steps, warmupDone, warmupNonFinite, stepInRound } = run;
  return {
    json: {
      settings,
      step: chains.step,
      swapRound: swaps.round,
      recorded: trace.recorded,
      updates: steps.updates,
      weight: steps.weight,
      warmupDone,
      warmupNonFinite,
      stepInRound,
    },
    arrays: Object.fromEntries(Array.from(liveArrays(run, trace.recorded), ([name, array]) => [name, array.slice()])),
  };
}

/** All of the snapshot, or (when something is wrong with it) nothing. @throws InputError naming what does not fit */
export function restoreRun(run: RunState, settings: string, snapshot: ParallelTemperingSnapshot): void {
  const { json, arrays } = snapshot;
  if (json['settings'] !== settings)
    throw new InputError('parallelTempering: the snapshot is of a run with other settings');
  const count = (name: string): number => {
    const value = json[name];
    if (!Number.isSafeInteger(value) || Number(value) < 0)
      throw new InputError(`parallelTempering: the snapshot's ${name} must be a count, got ${value}`);
    return Number(value);
  };
  const [step, round, recorded, updates, weight] = ['step', 'swapRound', 'recorded', 'updates', 'weight'].map(count);
  const [warmupDone, warmupNonFinite] = ['warmupDone', 'warmupNonFinite'].map(count);
  // Snapshots of before rounds could be cut have none.
  const stepInRound = 'stepInRound' in json ? count('stepInRound') : 0;
  if (recorded > run.trace.rounds)
    throw new InputError(`parallelTempering: the snapshot has ${recorded} rounds recorded of ${run.trace.rounds}`);
  const live = liveArrays(run, recorded);
  for (const [name, array] of live) {
    if (arrays[name]?.length !== array.length) {
      throw new InputError(
        `parallelTempering: the snapshot's ${name} must have ${array.length} entries, got `
          + `${arrays[name]?.length ?? 'none'}`
      );
    }
  }
  for (const [name, array] of live) array.set(arrays[name]);
  run.chains.step = step;
  run.swaps.round = round;
  run.trace.recorded = recorded;
  run.steps.updates = updates;
  run.steps.weight = weight;
  run.warmupDone = warmupDone;
  run.warmupNonFinite = warmupNonFinite;
  run.stepInRound = stepInRound;
}
