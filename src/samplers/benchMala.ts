/** Compiled MALA chains alone, for benchmarks: no ladder, no swaps, no record. */
import type { Precision } from '../engine/executor.ts';
import { keyFromSeed } from '../engine/random.ts';
import { InputError } from '../errors.ts';
import type { Domain } from '../targets/domain.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import { createChains, type ChainState } from './chainState.ts';
import { mala } from './mala.ts';
import { compiledRunner } from './roundRunner.ts';

export interface MalaBench {
  readonly energy: EnergyEvaluator;
  readonly domain: Domain;
  /** shape [C, d] */
  readonly positions: Float64Array;
  /** One for all, or shape [C] */
  readonly inverseTemperatures?: number | ArrayLike<number>;
  readonly stepSizes: number | ArrayLike<number>;
  readonly precision: Precision;
  readonly threads: number;
}

/** @returns the chains, and what advances all of them by some steps @throws InputError when the energy cannot be compiled */
export function benchMala({ energy, domain, positions, inverseTemperatures = 1, stepSizes, precision, threads }: MalaBench): { readonly state: ChainState; readonly advance: (steps: number) => void } {
  const runner = compiledRunner({ energy, domain, kernel: mala, precision, threads });
  if (runner === null) throw new InputError(`benchMala: the energy has no code in ${precision}`);
  const state = createChains({ energy, positions, inverseTemperatures, stepSizes, key: keyFromSeed(1), arrays: runner.arrays });
  return { state, advance: runner.steps(state) };
}
