/** The chains of the cases `mala` and `pt`, behind one small interface, so that executors can be put side by side. */
import type { Precision } from '../engine/executor.ts';
import { fillNormal, foldIn, keyFromSeed } from '../engine/random.ts';
import type { ChainKernel, HalfWork } from '../engine/simd/chains/kernel.ts';
import { compileChains } from '../engine/simd/chains/module.ts';
import { InputError } from '../errors.ts';
import { acceptanceByRung, createChains, type ChainState } from '../samplers/chainState.ts';
import { geometricLadder } from '../samplers/ladder.ts';
import { mala } from '../samplers/mala.ts';
import { compiledRunner, runnerOf, type RoundRunner } from '../samplers/roundRunner.ts';
import { createSwaps } from '../samplers/swap.ts';
import { createTrace } from '../samplers/trace.ts';
import { compileEnergy } from '../targets/compile.ts';
import { wrapPoints } from '../targets/domain.ts';
import { gmm3d } from '../targets/gmm3d.ts';
import { solvated16d } from '../targets/solvated16d.ts';
import type { Target } from '../targets/target.ts';
import { threeWell } from '../targets/threeWell.ts';

export interface ChainProblem {
  readonly target: Target;
  /** Of a chain at β = 1; hotter ones step 1/β as far. */
  readonly stepSize: number;
  /** A point in a well, a different one for every i of a few. */
  readonly wells: (i: number) => readonly number[];
}

export interface ChainSettings {
  readonly problem: ChainProblem;
  readonly precision: Precision;
  readonly workers: number;
  readonly chains: number;
  /** 1 for plain MALA; else a ladder from `hottest` to 1, swapped after every run of steps. */
  readonly rungs: number;
  readonly hottest: number;
}

export interface ChainRun {
  /** `steps` MALA steps of every chain, random numbers included; on a ladder then one round of swaps. */
  advance(steps: number): Promise<void>;
  /**
   * What must be spent on `steps` steps by this executor whatever else it does: random numbers, energies and gradients.
   */
  floor(steps: number): Promise<void>;
  /** So far, of the coldest chains. */
  acceptanceRate(): number;
  dispose(): Promise<void>;
}

/** A way of moving chains. */
export interface ChainExecutor {
  readonly name: string;
  supports(settings: ChainSettings): boolean;
  start(settings: ChainSettings): Promise<ChainRun>;
}

const alpha = (k: number): number => 2 + (2 * k) / 13;

export const chainProblems: readonly ChainProblem[] = [
  { target: threeWell, stepSize: 0.04, wells: (i: number) => [1 - 2 * (i % 2), 1 - 2 * (i >> 1 & 1)] },
  { target: gmm3d, stepSize: 0.1, wells: (i) => [0, 1, 2].map((j) => (i % 3 === j ? (i % 6 < 3 ? 6 : -6) : 0)) },
  {
    target: solvated16d, stepSize: 5e-4,
    wells: (i: number): readonly number[] => {
      const angles = [i & 3, i >> 2 & 3].map((k) => ((2 * k - 3) * Math.PI) / 4);
      return [...angles, ...Array.from({ length: 14 }, (_, k) => alpha(k) * Math.sin(angles[0]) * Math.sin(angles[1]))];
    },
  },
];

/** Starts in the wells, with a little noise: [n, d]. */
export function chainStarts({ target, wells }: ChainProblem, chains: number): Float64Array {
  const d = target.dimension;
  const x = new Float64Array(chains * d);
  fillNormal(keyFromSeed(1), 0, x);
  for (let i = 0; i < chains; i++) wells(i).forEach((value, j) => { x[i * d + j] = value + 0.1 * x[i * d + j]; });
  wrapPoints(target.domain, x, chains);
  return x;
}

/** Draws and energies of a MALA step and nothing else: what a step costs whatever is done with them. */
const drawsAndEnergies: ChainKernel = {
  uniforms: true,
  prepare: ({ lanes, run }, halves) => (draws) => run(halves.map(function* (half, side): HalfWork {
    const { normals, logUniform } = draws[side];
    const at = yield half.positions.map(({ get }, j) => lanes.add(get, lanes.mul(normals[j], lanes.constant(1e-3))));
    half.energy.set(lanes.add(at.energy, logUniform));
    half.gradients.forEach((cell, j) => cell.set(at.gradients[j]));
  })),
};

/** Whole steps and swaps in WebAssembly. */
const simd: ChainExecutor = {
  name: 'simd',
  supports: () => true,
  start({ problem, precision, workers, chains: asked, rungs, hottest }) {
    const { target, stepSize } = problem;
    const { domain } = target;
    const energy = compileEnergy(target);
    const ladders = Math.floor(asked / rungs);
    const ladder = rungs === 1 ? Float64Array.of(1) : geometricLadder(hottest, rungs);
    const chains = ladders * rungs;
    const betas = Float64Array.from({ length: chains }, (_, i) => ladder[i % rungs]);
    const program = energy.compiled?.valueAndGradient;
    const runner = compiledRunner({ energy, domain, kernel: mala, precision, threads: workers });
    if (runner === null || program === undefined) throw new InputError(`${target.name} cannot be compiled`);
    const stateOf = ({ arrays }: RoundRunner): ChainState => createChains({
      energy, positions: chainStarts(problem, chains), inverseTemperatures: betas,
      stepSizes: betas.map((beta) => stepSize / beta), key: foldIn(keyFromSeed(1), 'chains'), arrays,
    });
    const state = stateOf(runner);
    const bare =
      runnerOf(compileChains({ valueAndGradient: program, domain, kernel: drawsAndEnergies, precision }), workers);
    const floor = bare.steps(stateOf(bare));
    let advance = runner.steps(state);
    if (rungs > 1) {
      const { arrays } = runner;
      const tempered = {
        chains: state, swaps: createSwaps(ladders, rungs, foldIn(keyFromSeed(1), 'swaps'), arrays),
        trace: createTrace(1, ladders, rungs, target.dimension, arrays)
      };
      advance = (steps) => runner.ladders(tempered, steps).rounds(1, false);
    }
    return Promise.resolve({
      advance: (steps) => Promise.resolve(advance(steps)),
      floor: (steps) => Promise.resolve(floor(steps)),
      acceptanceRate: () => acceptanceByRung(state, rungs)[rungs - 1],
      dispose: () => Promise.resolve(),
    });
  },
};

/** Executors join here: the fastest that supports a case runs the race. */
export const chainExecutors: readonly ChainExecutor[] = [simd];
