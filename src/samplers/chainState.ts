/** A batch of Markov chains as plain typed arrays: everything a kernel reads and writes, and nothing else. */
import { foldIn, type Key } from '../engine/random.ts';
import { InputError } from '../errors.ts';
import type { Base } from '../targets/base.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import { ordinaryArrays, type ArrayAllocator } from './arrays.ts';

/**
 * C chains in d dimensions, advanced in place by kernels. Chain i samples exp(−β_i U); with a reference of energy U0,
 * exp(−U0 − λ_i D), where D and λ take the places of U and β. With D = U1 − U0 that is the path from exp(−U0) at λ = 0
 * to exp(−U1) at λ = 1.
 */
export interface ChainState {
  /** C */
  readonly chains: number;
  /** d */
  readonly dimension: number;
  /** shape [C, d]; circles hold representatives in [low, high) */
  readonly positions: Float64Array;
  /** U (or D) of the positions, not scaled by β. shape [C] */
  readonly energies: Float64Array;
  /** ∇U (or ∇D) of the positions, not scaled by β. shape [C, d] */
  readonly gradients: Float64Array;
  /** β (or λ), ≥ 0. shape [C] */
  readonly inverseTemperatures: Float64Array;
  /** Meaning and unit are the kernel's. shape [C] */
  readonly stepSizes: Float64Array;
  /** The stream of each chain: first and second key words. shape [C] each */
  readonly key0: Int32Array;
  readonly key1: Int32Array;
  /** Accepted proposals, proposals, and proposals refused because something was not finite. shape [C] each */
  readonly accepted: Float64Array;
  readonly proposed: Float64Array;
  readonly nonFinite: Float64Array;
  /** Whose energy U0 the kernels add to λD; null for exp(−βU). Part of the settings: snapshots do not hold it. */
  readonly reference: Base | null;
  /** Steps taken so far: the counter of the streams. */
  step: number;
}

/** What chains start from: see {@link createChains}. */
export interface ChainOptions {
  /** U, or with a reference D */
  readonly energy: EnergyEvaluator;
  /** shape [C, d]; copied */
  readonly positions: Float64Array;
  /** β, or with a reference λ; one for all, or shape [C] */
  readonly inverseTemperatures: number | ArrayLike<number>;
  /** One for all, or shape [C] */
  readonly stepSizes: number | ArrayLike<number>;
  /** Chain i draws from foldIn(key, firstChain + i). */
  readonly key: Key;
  /** Index of the first chain of this batch in the whole ensemble; 0 unless an ensemble is split. */
  readonly firstChain?: number;
  /**
   * Chain i samples exp(−U0 − λ_i D) with the energy U0 of this base. Default: none, and chain i samples exp(−β_i U).
   */
  readonly reference?: Base;
  /** Where the state's arrays come from. Default: ordinary memory. */
  readonly arrays?: ArrayAllocator;
}

/** The arrays of a {@link ChainState} by name, in the order in which they are stored. */
export const CHAIN_ARRAYS = [
  'positions', 'energies', 'gradients', 'inverseTemperatures', 'stepSizes', 'key0', 'key1', 'accepted', 'proposed',
  'nonFinite',
] as const;

function perChain(
  name: string, value: number | ArrayLike<number>, out: Float64Array, valid: (x: number) => boolean, rule: string
): Float64Array {
  if (typeof value === 'number') out.fill(value);
  else if (value.length === out.length) out.set(Array.from(value));
  else throw new InputError(`chains: ${name} must have one entry per chain (${out.length}), got ${value.length}`);
  const bad = out.findIndex((x) => !valid(x));
  if (bad >= 0) throw new InputError(`chains: ${name} must be ${rule}, got ${out[bad]}`);
  return out;
}

/**
 * Chains at the given positions, with energies and gradients evaluated.
 * @throws InputError for shapes that do not match, β or λ < 0, step sizes ≤ 0, or a start where U or ∇U is not finite
 */
export function createChains(options: ChainOptions): ChainState {
  const { energy, key, firstChain = 0, arrays = ordinaryArrays } = options;
  const d = energy.dimension;
  const reference = options.reference ?? null;
  if (reference !== null && reference.domain.length !== d)
    throw new InputError(`chains: the energy has ${d} coordinates, but the reference has ${reference.domain.length}`);
  const chains = options.positions.length / d;
  if (!Number.isInteger(chains) || chains < 1) {
    throw new InputError(
      `chains: positions must hold a multiple of ${d} numbers, at least one point, got ` + `${options.positions.length}`
    );
  }
  const state: ChainState = {
    chains,
    dimension: d,
    positions: arrays.float64(chains * d),
    energies: arrays.float64(chains),
    gradients: arrays.float64(chains * d),
    inverseTemperatures: perChain(
      'inverseTemperatures', options.inverseTemperatures, arrays.float64(chains), (x) => x >= 0 && x < Infinity,
      'finite and >= 0'
    ),
    stepSizes:
      perChain('stepSizes', options.stepSizes, arrays.float64(chains), (x) => x > 0 && x < Infinity, 'finite and > 0'),
    key0: arrays.int32(chains),
    key1: arrays.int32(chains),
    accepted: arrays.float64(chains),
    proposed: arrays.float64(chains),
    nonFinite: arrays.float64(chains),
    reference,
    step: 0,
  };
  state.positions.set(options.positions);
  for (let i = 0; i < chains; i++) {
    const child = foldIn(key, firstChain + i);
    state.key0[i] = child.k0;
    state.key1[i] = child.k1;
  }
  energy.energiesAndGradients(state.positions, chains, state.energies, state.gradients);
  const bad = firstNonFinite(state);
  if (bad >= 0) throw new InputError(
    `chains: the energy or its gradient is not finite at the start of chain ${firstChain + bad}, `
      + `(${startOf(state, bad)})`
  );
  return state;
}

/** Index of the first chain whose energy or gradient is not finite, or −1. */
export function firstNonFinite(state: ChainState): number {
  const d = state.dimension;
  for (let i = 0; i < state.chains; i++) {
    if (!Number.isFinite(state.energies[i])) return i;
    for (let j = i * d; j < (i + 1) * d; j++) if (!Number.isFinite(state.gradients[j])) return i;
  }
  return -1;
}

function startOf(state: ChainState, chain: number): string {
  const d = state.dimension;
  const shown = Array.from(
    state.positions.subarray(chain * d, chain * d + Math.min(d, 4)), (x) => String(Number(x.toPrecision(4)))
  );
  return shown.join(', ') + (d > 4 ? ', …' : '');
}

/** Set the counts of proposals back to zero (the end of a warm-up). */
export function resetCounts(state: ChainState): void {
  state.accepted.fill(0);
  state.proposed.fill(0);
  state.nonFinite.fill(0);
}

/** Share of accepted proposals of each rung, over the ladders of a batch whose chain i is on rung i mod K. shape [K] */
export function acceptanceByRung(state: ChainState, rungs: number): Float64Array {
  const accepted = new Float64Array(rungs);
  const proposed = new Float64Array(rungs);
  for (let i = 0; i < state.chains; i++) {
    accepted[i % rungs] += state.accepted[i];
    proposed[i % rungs] += state.proposed[i];
  }
  return accepted.map((count, k) => count / proposed[k]);
}

/** Copies of a state's arrays, and its counter: restoring them continues with the same bits. */
export interface ChainSnapshot {
  readonly step: number;
  readonly arrays: Readonly<Record<(typeof CHAIN_ARRAYS)[number], Float64Array | Int32Array>>;
}

export function snapshotChains(state: ChainState): ChainSnapshot {
  const arrays = Object.fromEntries(CHAIN_ARRAYS.map((name) => [name, state[name].slice()])) as ChainSnapshot['arrays'];
  return { step: state.step, arrays };
}

/** Overwrite `state` with a snapshot of a batch of the same shape. @throws InputError when the shapes differ */
export function restoreChains(state: ChainState, snapshot: ChainSnapshot): void {
  for (const name of CHAIN_ARRAYS) {
    const array = snapshot.arrays[name];
    if (array?.length !== state[name].length) {
      throw new InputError(
        `chains: the snapshot's ${name} must have ${state[name].length} entries, got ${array?.length ?? 'none'}`
      );
    }
    state[name].set(array);
  }
  state.step = snapshot.step;
}
