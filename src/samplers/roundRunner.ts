/**
 * Rounds of parallel tempering: steps of every chain, a record where one is kept, a swap. Compiled where the kernel is
 * a registered one and the energy's operations are known; in plain JavaScript otherwise. Both draw the same random
 * numbers.
 */
import type { Precision } from '../engine/executor.ts';
import type { PointProgram } from '../engine/pointProgram.ts';
import { LadderRunner } from '../engine/simd/chains/ladders.ts';
import { compileChains, type ChainModule } from '../engine/simd/chains/module.ts';
import { chainKernel } from '../engine/simd/chains/registry.ts';
import { CannotVectorise } from '../engine/simd/unsupported.ts';
import type { Domain } from '../targets/domain.ts';
import type { Base } from '../targets/base.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import { ordinaryArrays, type ArrayAllocator } from './arrays.ts';
import { CHAIN_ARRAYS, type ChainState } from './chainState.ts';
import type { Kernel } from './kernel.ts';
import { isRegistered } from './kernels.ts';
import { checkReference, referenceTerms } from './reference.ts';
import { countAttempts, swapNeighbours, type SwapState } from './swap.ts';
import { recordRound, type Trace } from './trace.ts';

export interface Moving {
  /** U, or with a reference D */
  readonly energy: EnergyEvaluator;
  readonly domain: Domain;
  readonly kernel: Kernel;
  /** As that of the chains to be moved: see {@link ChainState}. Default: none. */
  readonly reference?: Base;
  /** Of compiled chains. Default float64. */
  readonly precision?: Precision;
  /** Results do not depend on it. Default: as many as the machine has. */
  readonly threads?: number;
}

/** What a run of rounds changes. */
export interface LadderState {
  readonly chains: ChainState;
  readonly swaps: SwapState;
  readonly trace: Trace;
}

export interface LadderMoves {
  /** Rounds; recorded ones go into the trace. @param steps of each; default: `stepsPerRound` */
  rounds(rounds: number, record: boolean, steps?: number): void;
  /** Steps alone, of a round that is finished with {@link rounds}. */
  steps(steps: number): void;
}

export interface RoundRunner {
  /** What computes the rounds: results of different arithmetics differ in rounding. */
  readonly arithmetic: 'float64' | 'compiled float64' | 'compiled float32';
  /** Where the arrays of the states must come from. */
  readonly arrays: ArrayAllocator;
  /** What moves ladders of chains. */
  ladders(state: LadderState, stepsPerRound: number): LadderMoves;
  /** Steps of chains that are never swapped. */
  steps(chains: ChainState): (steps: number) => void;
  /** Give the arrays back: neither they nor what was made of them may be used any more. */
  dispose(): void;
}

export function createRoundRunner(moving: Moving): RoundRunner {
  return compiledRunner(moving) ?? plainRunner(moving);
}

export function plainRunner({ energy, domain, kernel, reference }: Moving): RoundRunner {
  const terms = reference === undefined ? null : referenceTerms(reference);
  return {
    arithmetic: 'float64',
    arrays: ordinaryArrays,
    ladders({ chains, swaps, trace }, stepsPerRound) {
      checkReference(terms, chains);
      return {
        rounds(rounds, record, steps = stepsPerRound) {
          for (let round = 0; round < rounds; round++) {
            kernel.advance(chains, energy, domain, steps);
            if (record) recordRound(trace, chains);
            swapNeighbours(chains, swaps);
          }
        },
        steps: (steps) => kernel.advance(chains, energy, domain, steps),
      };
    },
    steps(chains) {
      checkReference(terms, chains);
      return (steps) => kernel.advance(chains, energy, domain, steps);
    },
    dispose: () => undefined,
  };
}

/** @returns null where the energy or the kernel cannot be compiled */
export function compiledRunner(
  { energy, domain, kernel, reference, precision = 'float64', threads }: Moving
): RoundRunner | null {
  const program = energy.compiled?.valueAndGradient;
  const steps = isRegistered(kernel) ? chainKernel(kernel.name, kernel.options) : undefined;
  if (program === undefined || steps === undefined) return null;
  const terms = reference === undefined ? null : referenceTerms(reference);
  const module = remembered(program, JSON.stringify([kernel.name, kernel.options, domain, precision, terms]), () => {
    try {
      return compileChains({ valueAndGradient: program, domain, kernel: steps, precision, reference: terms });
    } catch (error) {
      if (error instanceof CannotVectorise) return null;
      throw error;
    }
  });
  return module === null ? null : runnerOf(module, threads);
}

/**
 * Modules by their program and all else that goes into them: a module that has run is compiled better than a new one.
 */
const modules = new WeakMap<PointProgram, Map<string, ChainModule | null>>();

function remembered(program: PointProgram, rest: string, make: () => ChainModule | null): ChainModule | null {
  const known = modules.get(program) ?? new Map<string, ChainModule | null>();
  modules.set(program, known);
  const found = known.get(rest);
  if (found !== undefined) return found;
  const made = make();
  known.set(rest, made);
  return made;
}

/** The rounds of compiled code. */
export function runnerOf(module: ChainModule, threads?: number): RoundRunner {
  const runner = new LadderRunner(module, threads);
  const { allocator } = runner;
  return {
    arithmetic: `compiled ${module.precision}`,
    arrays: allocator,
    ladders({ chains, swaps, trace }, stepsPerRound) {
      checkReference(module.reference, chains);
      const table = runner.table({
        ...chainArrays(chains),
        ladders: swaps.ladders, rungs: swaps.rungs, stride: trace.stride,
        replicas: swaps.replicas, directions: swaps.directions, roundTrips: swaps.roundTrips,
        acceptance: swaps.acceptance, swapKey0: swaps.key0, swapKey1: swaps.key1,
        tracePositions: trace.positions, traceEnergies: trace.energies, rungEnergies: trace.rungEnergies,
        hottest: trace.hottest, hottestPositions: trace.hottestPositions,
      });
      const run = (rounds: number, steps: number, record: boolean, swap: boolean): void => {
        const { step } = chains;
        runner.run(
          table, { rounds, stepsPerRound: steps, step, swapRound: swaps.round, recorded: trace.recorded, record, swap }
        );
        chains.step += rounds * steps;
      };
      return {
        rounds(rounds, record, steps = stepsPerRound) {
          run(rounds, steps, record, true);
          countAttempts(swaps, rounds);
          if (record) trace.recorded += rounds;
        },
        steps: (steps) => run(1, steps, false, false),
      };
    },
    steps(chains) {
      checkReference(module.reference, chains);
      // Ladders of one rung each, which have nothing to swap.
      const [integers, floats] = [allocator.int32(chains.chains), allocator.float64(chains.chains)];
      const table = runner.table({
        ...chainArrays(chains),
        ladders: chains.chains, rungs: 1, stride: 1,
        replicas: integers, directions: integers, roundTrips: floats, acceptance: floats, swapKey0: integers,
        swapKey1: integers,
        tracePositions: floats, traceEnergies: floats, rungEnergies: floats, hottest: 1, hottestPositions: floats,
      });
      return (steps) => {
        runner.run(table, {
          rounds: 1, stepsPerRound: steps, step: chains.step, swapRound: 0, recorded: 0, record: false, swap: false
        });
        chains.step += steps;
      };
    },
    dispose: () => runner.dispose(),
  };
}

function chainArrays(chains: ChainState): Pick<ChainState, (typeof CHAIN_ARRAYS)[number]> {
  return Object.fromEntries(
    CHAIN_ARRAYS.map((name) => [name, chains[name]])
  ) as Pick<ChainState, (typeof CHAIN_ARRAYS)[number]>;
}
