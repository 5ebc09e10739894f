/** What a run keeps: every sample of the target, and thinned rows of all rungs, for log Z and for the path. */
import { ordinaryArrays, type ArrayAllocator } from './arrays.ts';
import type { ChainState } from './chainState.ts';

/** Energies per rung kept for log Z at most: more would add little to it, and a second to its jackknife. */
const MOST_PER_RUNG = 2 ** 14;
/**
 * Numbers kept in rows at most (8 MB), unless a stride is asked for: all rungs' energies and the hottest rungs'
 * positions.
 */
const MOST_STORED = 2 ** 20;

export interface Trace {
  readonly rounds: number;
  readonly ladders: number;
  readonly rungs: number;
  readonly dimension: number;
  /** Samples at β = 1, round-major. shape [rounds, L, d] */
  readonly positions: Float64Array;
  /** Their energies. shape [rounds, L] */
  readonly energies: Float64Array;
  /** Every stride-th round (the stride-th, 2·stride-th, …) keeps what follows. */
  readonly stride: number;
  /** Energies of all rungs, hot to cold. shape [rows, L, K] */
  readonly rungEnergies: Float64Array;
  /** H, how many rungs also keep their positions, from the hottest: 1, or on an interpolation path all K. */
  readonly hottest: number;
  /** Positions of the H hottest rungs. shape [rows, L, H, d] */
  readonly hottestPositions: Float64Array;
  /** Rounds recorded so far. */
  recorded: number;
}

export const TRACE_ARRAYS = ['positions', 'energies', 'rungEnergies', 'hottestPositions'] as const;

export interface KeptRows {
  /** H in 1 … K. Default 1. */
  readonly hottest?: number;
  /** Rounds between kept rows, in 1 … rounds. Default: as few as keep the rows within their bounds. */
  readonly stride?: number;
}

export function createTrace(
  rounds: number, ladders: number, rungs: number, dimension: number, arrays: ArrayAllocator = ordinaryArrays,
  kept: KeptRows = {},
): Trace {
  const { hottest = 1 } = kept;
  const mostRows =
    Math.max(1, Math.floor(Math.min(MOST_PER_RUNG, MOST_STORED / (rungs + hottest * dimension)) / ladders));
  const stride = kept.stride ?? Math.ceil(rounds / mostRows);
  const rows = Math.floor(rounds / stride);
  return {
    rounds,
    ladders,
    rungs,
    dimension,
    positions: arrays.float64(rounds * ladders * dimension),
    energies: arrays.float64(rounds * ladders),
    stride,
    rungEnergies: arrays.float64(rows * ladders * rungs),
    hottest,
    hottestPositions: arrays.float64(rows * ladders * hottest * dimension),
    recorded: 0,
  };
}

/** Rows of the thinned tables that are filled. */
export function storedRows(trace: Trace): number {
  return Math.floor(trace.recorded / trace.stride);
}

/** Entries of an array of the trace that are filled. */
export function filledLength(trace: Trace, name: (typeof TRACE_ARRAYS)[number]): number {
  const { recorded, ladders, rungs, dimension, hottest } = trace;
  switch (name) {
    case 'positions': return recorded * ladders * dimension;
    case 'energies': return recorded * ladders;
    case 'rungEnergies': return storedRows(trace) * ladders * rungs;
    case 'hottestPositions': return storedRows(trace) * ladders * hottest * dimension;
  }
}

/** Record one round of the batch (chain l·K + k is rung k of ladder l). */
export function recordRound(trace: Trace, state: ChainState): void {
  const { recorded, ladders, rungs, dimension: d, hottest } = trace;
  for (let l = 0; l < ladders; l++) {
    const cold = (l + 1) * rungs - 1;
    const row = recorded * ladders + l;
    trace.energies[row] = state.energies[cold];
    for (let j = 0; j < d; j++) trace.positions[row * d + j] = state.positions[cold * d + j];
  }
  trace.recorded += 1;
  if (trace.recorded % trace.stride !== 0) return;
  const stored = storedRows(trace) - 1;
  trace.rungEnergies.set(state.energies, stored * ladders * rungs);
  for (let l = 0; l < ladders; l++) {
    const from = l * rungs * d;
    trace.hottestPositions.set(
      state.positions.subarray(from, from + hottest * d), (stored * ladders + l) * hottest * d
    );
  }
}
