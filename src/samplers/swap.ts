/**
 * Swaps between neighbours of tempering ladders: deterministic even–odd (Okabe et al. 2001; Syed et al. 2022).
 * Rungs stay where they are, with their β and step size; what moves is the replica (position, energy, gradient).
 */
import { foldIn, threefry13, word, type Key } from '../engine/random.ts';
import { ordinaryArrays, type ArrayAllocator } from './arrays.ts';
import type { ChainState } from './chainState.ts';
import { uniformOf } from './noise.ts';

/** Which end a replica saw last, on its way cold → hot → cold. */
const NEITHER = 0;
const FROM_COLD = 1;
const FROM_HOT = 2;

/**
 * L ladders of K rungs; rung 0 is the hottest, rung K − 1 the coldest; chain l·K + k of the batch is rung k of ladder
 * l.
 */
export interface SwapState {
  readonly ladders: number;
  readonly rungs: number;
  /** The replica on each rung. shape [L, K], a permutation of 0 … K−1 per ladder */
  readonly replicas: Int32Array;
  /** The end each replica saw last. shape [L, K], by replica */
  readonly directions: Int32Array;
  /** Completed cold → hot → cold trips. shape [L] */
  readonly roundTrips: Float64Array;
  /** Swaps tried per pair of neighbours, over all ladders. shape [K − 1] */
  readonly attempts: Float64Array;
  /** Sums of the acceptance probabilities of each rung with the next one (of the coldest, 0). shape [L, K] */
  readonly acceptance: Float64Array;
  /** Stream of each ladder. shape [L] each */
  readonly key0: Int32Array;
  readonly key1: Int32Array;
  /** Rounds so far: its parity chooses even or odd pairs. */
  round: number;
}

export const SWAP_ARRAYS = ['replicas', 'directions', 'roundTrips', 'attempts', 'acceptance', 'key0', 'key1'] as const;

export function createSwaps(
  ladders: number, rungs: number, key: Key, arrays: ArrayAllocator = ordinaryArrays
): SwapState {
  const swaps: SwapState = {
    ladders,
    rungs,
    replicas: arrays.int32(ladders * rungs),
    directions: arrays.int32(ladders * rungs),
    roundTrips: arrays.float64(ladders),
    attempts: new Float64Array(rungs - 1),
    acceptance: arrays.float64(ladders * rungs),
    key0: arrays.int32(ladders),
    key1: arrays.int32(ladders),
    round: 0,
  };
  for (let i = 0; i < ladders * rungs; i++) swaps.replicas[i] = i % rungs;
  for (let l = 0; l < ladders; l++) {
    const child = foldIn(key, l);
    swaps.key0[l] = child.k0;
    swaps.key1[l] = child.k1;
  }
  resetTrips(swaps);
  return swaps;
}

/** log of the Metropolis ratio of exchanging the states of two rungs: (β_a − β_b)(U_a − U_b). */
export function logSwapRatio(betaA: number, betaB: number, energyA: number, energyB: number): number {
  return (betaA - betaB) * (energyA - energyB);
}

/** One round of swaps of every ladder: pairs (0,1), (2,3), … in even rounds, (1,2), (3,4), … in odd ones. */
export function swapNeighbours(state: ChainState, swaps: SwapState): void {
  const { ladders, rungs } = swaps;
  for (let l = 0; l < ladders; l++) {
    for (let k = swaps.round % 2; k + 1 < rungs; k += 2) {
      const a = l * rungs + k;
      const b = a + 1;
      const logRatio =
        logSwapRatio(state.inverseTemperatures[a], state.inverseTemperatures[b], state.energies[a], state.energies[b]);
      const probability = Math.min(1, Math.exp(logRatio));
      swaps.acceptance[a] += probability;
      threefry13(swaps.key0[l], swaps.key1[l], k, swaps.round);
      if (uniformOf(word[0]) < probability) exchange(state, swaps, a, b);
    }
    markEnds(swaps, l);
  }
  countAttempts(swaps, 1);
}

/** Count the tries of the next `rounds` rounds, and the rounds. */
export function countAttempts(swaps: SwapState, rounds: number): void {
  for (let k = 0; k + 1 < swaps.rungs; k++) {
    // Rounds of the pair's own parity.
    swaps.attempts[k] += swaps.ladders * Math.ceil((rounds - ((k + swaps.round) % 2)) / 2);
  }
  swaps.round += rounds;
}

function exchange(state: ChainState, swaps: SwapState, a: number, b: number): void {
  const { dimension: d, positions, gradients, energies } = state;
  for (let j = 0; j < d; j++) {
    swapEntries(positions, a * d + j, b * d + j);
    swapEntries(gradients, a * d + j, b * d + j);
  }
  swapEntries(energies, a, b);
  swapEntries(swaps.replicas, a, b);
}

function swapEntries(array: Float64Array | Int32Array, a: number, b: number): void {
  const kept = array[a];
  array[a] = array[b];
  array[b] = kept;
}

/** Note which replicas of ladder `l` sit at its ends; one that came from hot to cold has made a round trip. */
function markEnds(swaps: SwapState, l: number): void {
  const { rungs, replicas, directions, roundTrips } = swaps;
  if (rungs < 2) return;
  const hot = l * rungs + replicas[l * rungs];
  const cold = l * rungs + replicas[(l + 1) * rungs - 1];
  if (directions[hot] === FROM_COLD) directions[hot] = FROM_HOT;
  if (directions[cold] === FROM_HOT) roundTrips[l] += 1;
  directions[cold] = FROM_COLD;
}

/** Forget swap statistics, for a new stage; replicas keep their places. */
export function resetSwapStatistics(swaps: SwapState): void {
  swaps.attempts.fill(0);
  swaps.acceptance.fill(0);
}

/** Forget trips: every replica's history starts now. */
export function resetTrips(swaps: SwapState): void {
  swaps.directions.fill(NEITHER);
  swaps.roundTrips.fill(0);
  for (let l = 0; l < swaps.ladders; l++) markEnds(swaps, l);
}

/** Mean acceptance probability of every pair of neighbours; NaN where none was tried. shape [K − 1] */
export function swapRates(swaps: SwapState): Float64Array {
  const { ladders, rungs, attempts, acceptance } = swaps;
  return attempts.map((tries, k) => {
    let sum = 0;
    for (let l = 0; l < ladders; l++) sum += acceptance[l * rungs + k];
    return sum / tries;
  });
}
