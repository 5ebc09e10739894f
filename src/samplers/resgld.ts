/**
 * Replica-exchange stochastic-gradient Langevin dynamics (reSGLD): L ladders of K rungs along U_λ = (1 − λ) U0 + λ U1
 * from the base, λ = 0, to the target, λ = 1, of which only U1(x; ξ) is seen. Every step draws fresh ξ. The first rung
 * is drawn from the base itself. Its law is biased by the noise of the gradients, by the step, and by what the swaps'
 * correction leaves.
 * @see Deng, Feng, Gao, Liang & Lin 2020, "Non-convex learning via replica exchange stochastic gradient MCMC"
 */
import { InputError } from '../errors.ts';
import { equalRejectionLadder } from './ladder.ts';
import { adaptationRounds } from './parallelTemperingOptions.ts';
import { pathStepSizes, type ResgldOptions } from './resgldOptions.ts';
import { record, resgldResult, type ResgldResult } from './resgldResult.ts';
import { ResgldState, type ResgldSnapshot } from './resgldState.ts';
import { anchor, gradientVariance, langevin, measureGradients, refreshBase } from './resgldSteps.ts';
import { NEITHER, swapRungs } from './resgldSwaps.ts';

export { pathStepSizes, type ResgldOptions } from './resgldOptions.ts';
export type { ResgldNoise, ResgldResult } from './resgldResult.ts';
export type { ResgldSnapshot } from './resgldState.ts';

export interface ResgldProgress {
  readonly phase: 'warmup' | 'main' | 'done';
  readonly round: number;
  readonly rounds: number;
  readonly smallestSwapRate: number | null;
  readonly roundTrips: number;
}

/** An incremental run: advanced by rounds, stored, and taken up again with the same bits. */
export class Resgld {
  readonly #state: ResgldState;
  readonly #adaptAfter: ReadonlySet<number>;

  constructor(options: ResgldOptions) {
    this.#state = new ResgldState(options);
    const { adaptLadder, warmupRounds } = options;
    this.#adaptAfter = new Set(adaptLadder && this.#state.rungs > 2 ? adaptationRounds(warmupRounds) : []);
  }

  get progress(): ResgldProgress {
    const { warmupRounds, thinning = 1, rounds } = this.#state.options;
    const { round, recorded, roundTrips } = this.#state.counts;
    const tried = this.#state.rates().filter((rate) => !Number.isNaN(rate));
    return {
      phase: recorded === rounds ? 'done' : round < warmupRounds ? 'warmup' : 'main',
      round, rounds: warmupRounds + thinning * rounds, roundTrips,
      smallestSwapRate: tried.length === 0 ? null : Math.min(...tried),
    };
  }

  /**
   * Run up to so many more rounds (fewer when the end comes first). @throws InputError unless a non-negative integer
   */
  advance(rounds: number): void {
    if (!Number.isInteger(rounds) || rounds < 0)
      throw new InputError(`resgld: advance needs a non-negative integer of rounds, got ${rounds}`);
    for (let i = 0; i < rounds && this.progress.phase !== 'done'; i++) this.#round();
  }

  #round(): void {
    const state = this.#state;
    const { counts } = state;
    const { warmupRounds, stepsPerRound, thinning = 1, controlVariates, trackSwapNoise } = state.options;
    const warm = counts.round < warmupRounds;
    if (controlVariates && counts.round === 0) anchor(state);
    refreshBase(state);
    for (let s = 0; s < stepsPerRound; s++) langevin(state);
    if (warm) measureGradients(state);
    if (controlVariates) anchor(state);
    swapRungs(state, warm || trackSwapNoise);
    counts.round += 1;
    if (warm) this.#adapt();
    else if ((counts.round - warmupRounds) % thinning === 0) record(state);
  }

  /** After a round of the warm-up; its swaps are forgotten at the end. */
  #adapt(): void {
    const { counts, attempts, acceptance, directions, options: { warmupRounds } } = this.#state;
    adaptSteps(this.#state);
    if (this.#adaptAfter.has(counts.round)) adaptLadder(this.#state);
    if (counts.round < warmupRounds) return;
    attempts.fill(0);
    acceptance.fill(0);
    directions.fill(NEITHER);
    counts.roundTrips = 0;
  }

  result(): ResgldResult {
    return resgldResult(this.#state);
  }

  snapshot(): ResgldSnapshot {
    return this.#state.snapshot();
  }

  /** @throws InputError when the snapshot is of other settings, or something is missing */
  restore(snapshot: ResgldSnapshot): void {
    this.#state.restore(snapshot);
  }
}

/** Steps no longer than the noise of the gradients allows. */
function adaptSteps(state: ResgldState): void {
  const { options: { base, stepSize, heating }, lambdas, stepSizes, rungs } = state;
  if (heating === 0) return;
  const most = pathStepSizes(base, lambdas, stepSize);
  for (let k = 1; k < rungs; k++) stepSizes[k] = Math.min(most[k], (2 * heating) / gradientVariance(state, k));
}

function adaptLadder(state: ResgldState): void {
  const { options: { base, stepSize, heating }, counts, lambdas } = state;
  lambdas.set(equalRejectionLadder(lambdas, state.rates()));
  if (heating === 0) state.stepSizes.set(pathStepSizes(base, lambdas, stepSize));
  // What was measured belongs to the rungs of before.
  state.attempts.fill(0);
  state.acceptance.fill(0);
  state.swapNoise.squares.fill(0);
  state.swapNoise.counts.fill(0);
  state.gradientSquares.fill(0);
  counts.gradientPairs = 0;
}
