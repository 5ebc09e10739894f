/**
 * Parallel tempering: L independent ladders of K rungs as one batch of chains, swapped even–odd.
 * Rungs are temperatures, exp(−βU), or with a reference points of the path exp(−U0 − λD) from it to the target.
 * Warm-up adapts step sizes and ladder, then freezes both; the main phase leaves exp(−U) invariant (exact kernels).
 * An incremental object: the caller advances it by rounds, prints, stores a snapshot, and resumes with the same bits.
 */
import { foldIn } from '../engine/random.ts';
import { InputError } from '../errors.ts';
import { atOnce, type Steps } from '../pausing.ts';
import { acceptanceByRung, createChains, resetCounts } from './chainState.ts';
import { equalRejectionLadder } from './ladder.ts';
import {
  adaptationRounds, checkedSettings, type ParallelTemperingOptions, type ParallelTemperingSettings
} from './parallelTemperingOptions.ts';
import { resultSteps, type ParallelTemperingResult } from './parallelTemperingResult.ts';
import { restoreRun, snapshotRun, type ParallelTemperingSnapshot, type RunState } from './runState.ts';
import { finiteStarts } from './start.ts';
import {
  averagedStepSizes, createStepSizeAdaptation, largestStepSize, moveToLadder, updateStepSizes
} from './stepSize.ts';
import { referenceTerms } from './reference.ts';
import { createRoundRunner, type LadderMoves } from './roundRunner.ts';
import { createSwaps, resetSwapStatistics, resetTrips, swapRates } from './swap.ts';
import { createTrace } from './trace.ts';

export type { ParallelTemperingSnapshot } from './runState.ts';

export interface ParallelTemperingProgress {
  readonly phase: 'warmup' | 'main' | 'done';
  /** Rounds done and planned, warm-up and main phase together. */
  readonly round: number;
  readonly rounds: number;
  /** Smallest mean acceptance probability of a pair of neighbours in this stage, or null before the first swap. */
  readonly smallestSwapRate: number | null;
  /** Of the main phase. */
  readonly roundTrips: number;
  readonly nonFinite: number;
}

/** A run under way: it is advanced, looked at, saved and restored by whoever holds it. */
export interface ParallelTempering {
  /**
   * Run up to `rounds` more rounds (fewer when the end comes first). @throws InputError unless a non-negative integer
   */
  advance(rounds: number): void;
  /**
   * The same in kernel steps, of which a round has several: for chains so slow that a caller would stop within a round.
   * @throws InputError unless a non-negative integer
   */
  advanceSteps(steps: number): void;
  readonly progress: ParallelTemperingProgress;
  snapshot(): ParallelTemperingSnapshot;
  /**
   * Take over a snapshot of a run with the same settings. @throws InputError when they differ or something is missing
   */
  restore(snapshot: ParallelTemperingSnapshot): void;
  /** Samples, log Z and diagnostics of the main phase so far. @throws InputError before its first round */
  result(): ParallelTemperingResult;
  /** {@link result} in steps. */
  resultSteps(): Steps<ParallelTemperingResult>;
  /**
   * Give the memory of the chains back at once, instead of when it is collected. Nothing else may be called any more.
   */
  dispose(): void;
}

/** @throws InputError for options that make no sense, named one by one */
export function createParallelTempering(options: ParallelTemperingOptions): ParallelTempering {
  return new Run(checkedSettings(options));
}

class Run implements ParallelTempering {
  readonly #settings: ParallelTemperingSettings;
  /** Names the settings: a snapshot of other ones is refused. */
  readonly #fingerprint: string;
  readonly #run: RunState;
  readonly #moves: LadderMoves;
  readonly #release: () => void;
  readonly #largestStep: number;
  readonly #adaptAfter: ReadonlySet<number>;

  constructor(settings: ParallelTemperingSettings) {
    const {
      energy, base, reference, pathStride, key, kernel, ladders, rounds, inverseTemperatures, stepSizes, precision,
      threads
    } = settings;
    const rungs = inverseTemperatures.length;
    const perChain = (values: Float64Array): Float64Array =>
      Float64Array.from({ length: ladders * rungs }, (_, i) => values[i % rungs]);
    const along = reference === null ? {} : { reference };
    const runner = createRoundRunner(
      { energy, domain: base.domain, kernel, precision, ...along, ...(threads === null ? {} : { threads }) }
    );
    if (precision === 'float32' && runner.arithmetic !== 'compiled float32') {
      throw new InputError(
        'parallelTempering: chains in float32 need an energy and a kernel that can be compiled, and '
          + `${energy.compiled === undefined ? 'this energy' : `${kernel.name} on this energy`} cannot be; take `
          + 'float64'
      );
    }
    const { arrays } = runner;
    this.#settings = settings;
    this.#fingerprint = JSON.stringify([
      ladders, rungs, energy.dimension, kernel.name, kernel.options, settings.stepsPerRound, settings.warmupRounds,
      rounds,
      settings.adaptLadder, runner.arithmetic, [key.k0, key.k1], Array.from(inverseTemperatures), Array.from(stepSizes),
      ...(reference === null ? [] : [referenceTerms(reference), pathStride]),
    ]);
    this.#run = {
      ladder: inverseTemperatures.slice(),
      chains: createChains({
        energy,
        positions: settings.initialPositions ?? finiteStarts(energy, base, foldIn(key, 'starts'), ladders * rungs),
        inverseTemperatures: perChain(inverseTemperatures),
        stepSizes: perChain(stepSizes),
        key: foldIn(key, 'chains'),
        ...along,
        arrays,
      }),
      swaps: createSwaps(ladders, rungs, foldIn(key, 'swaps'), arrays),
      trace: createTrace(rounds, ladders, rungs, energy.dimension, arrays, {
        hottest: reference === null ? 1 : rungs,
        ...(pathStride === null ? {} : { stride: pathStride }),
      }),
      steps: createStepSizeAdaptation(stepSizes),
      warmupDone: 0,
      warmupNonFinite: 0,
      stepInRound: 0,
    };
    this.#moves = runner.ladders(this.#run, settings.stepsPerRound);
    this.#release = () => runner.dispose();
    this.#largestStep = largestStepSize(kernel, base.domain);
    this.#adaptAfter = new Set(settings.adaptLadder ? adaptationRounds(settings.warmupRounds) : []);
  }

  advance(rounds: number): void {
    if (!Number.isInteger(rounds) || rounds < 0)
      throw new InputError(`parallelTempering: advance needs a non-negative integer of rounds, got ${rounds}`);
    const { warmupRounds, rounds: planned } = this.#settings;
    const { trace } = this.#run;
    let left = rounds;
    for (; left > 0 && this.#run.warmupDone < warmupRounds; left--) this.#warmupRound();
    // A round that has begun is finished first.
    if (left > 0 && this.#run.stepInRound > 0 && trace.recorded < planned) {
      this.#finishRound(true);
      left -= 1;
    }
    const recorded = Math.min(left, planned - trace.recorded);
    if (recorded > 0) this.#moves.rounds(recorded, true);
  }

  advanceSteps(steps: number): void {
    if (!Number.isInteger(steps) || steps < 0) {
      throw new InputError(`parallelTempering: advanceSteps needs a non-negative integer of steps, got ${steps}`);
    }
    const { stepsPerRound } = this.#settings;
    const run = this.#run;
    for (let left = steps; left > 0 && this.progress.phase !== 'done'; ) {
      const missing = stepsPerRound - run.stepInRound;
      if (left < missing) {
        this.#moves.steps(left);
        run.stepInRound += left;
        return;
      }
      // As many whole rounds as there are steps for, in one call; of a round that has begun, the rest.
      const rounds = run.stepInRound > 0 ? 1 : Math.floor(left / stepsPerRound);
      left -= run.stepInRound > 0 ? missing : rounds * stepsPerRound;
      this.advance(rounds);
    }
  }

  /** The steps that a round lacks, its record and its swaps. */
  #finishRound(record: boolean): void {
    this.#moves.rounds(1, record, this.#settings.stepsPerRound - this.#run.stepInRound);
    this.#run.stepInRound = 0;
  }

  get progress(): ParallelTemperingProgress {
    const { warmupRounds, rounds } = this.#settings;
    const { chains, swaps, trace, warmupDone, warmupNonFinite } = this.#run;
    const tried = Array.from(swapRates(swaps)).filter((rate) => !Number.isNaN(rate));
    return {
      phase: trace.recorded === rounds ? 'done' : warmupDone < warmupRounds ? 'warmup' : 'main',
      round: warmupDone + trace.recorded,
      rounds: warmupRounds + rounds,
      smallestSwapRate: tried.length === 0 ? null : Math.min(...tried),
      roundTrips: warmupDone < warmupRounds ? 0 : sum(swaps.roundTrips),
      nonFinite: warmupNonFinite + sum(chains.nonFinite),
    };
  }

  snapshot(): ParallelTemperingSnapshot {
    return snapshotRun(this.#run, this.#fingerprint);
  }

  restore(snapshot: ParallelTemperingSnapshot): void {
    restoreRun(this.#run, this.#fingerprint, snapshot);
  }

  result(): ParallelTemperingResult {
    return atOnce(this.resultSteps());
  }

  resultSteps(): Steps<ParallelTemperingResult> {
    return resultSteps(this.#settings, this.#run);
  }

  dispose(): void {
    this.#release();
  }

  #warmupRound(): void {
    const run = this.#run;
    const { ladder, chains, swaps, steps } = run;
    const { kernel, warmupRounds } = this.#settings;
    this.#finishRound(false);
    run.warmupDone += 1;
    run.warmupNonFinite += sum(chains.nonFinite);
    if (kernel.targetAcceptance !== null)
      updateStepSizes(steps, acceptanceByRung(chains, ladder.length), kernel.targetAcceptance, this.#largestStep);
    resetCounts(chains);
    if (this.#adaptAfter.has(run.warmupDone)) this.#adaptLadder();
    const done = run.warmupDone === warmupRounds;
    if (kernel.targetAcceptance !== null) {
      const stepSizes = done ? averagedStepSizes(steps) : steps.logSteps.map(Math.exp);
      for (let i = 0; i < chains.chains; i++) chains.stepSizes[i] = stepSizes[i % stepSizes.length];
    }
    if (done) {
      resetSwapStatistics(swaps);
      resetTrips(swaps);
    }
  }

  #adaptLadder(): void {
    const { ladder, chains, swaps, steps } = this.#run;
    const before = ladder.slice();
    ladder.set(equalRejectionLadder(before, swapRates(swaps)));
    if (this.#settings.kernel.targetAcceptance !== null) moveToLadder(steps, before, ladder);
    for (let i = 0; i < chains.chains; i++) chains.inverseTemperatures[i] = ladder[i % ladder.length];
    resetSwapStatistics(swaps);
  }
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
