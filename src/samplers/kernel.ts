/** The contract of a Markov kernel on a batch of chains. */
import { InputError } from '../errors.ts';
import type { Domain } from '../targets/domain.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import type { ChainState } from './chainState.ts';

/**
 * Many steps of every chain per call; chain i targets exp(−β_i U), or exp(−U0 − λ_i D) where the state has a reference.
 * All draws come from (chain key, step counter, index), so results do not depend on how a batch or the steps are split.
 * A kernel is its name and its plain options: a compiled executor may run the same steps from those alone.
 */
export interface Kernel {
  readonly name: string;
  /** Numbers only (for example `leapfrogSteps`); empty for most kernels. */
  readonly options: Readonly<Record<string, number>>;
  /** True when exp(−βU) is invariant at every step size. */
  readonly exact: boolean;
  readonly defaultStepSize: number;
  /** Whether a step size h is a time (noise of standard deviation √(2h)) or a length per leapfrog step. */
  readonly stepSizeUnit: 'time' | 'length';
  /** What warm-up adapts the step size to; null for kernels that accept everything. */
  readonly targetAcceptance: number | null;
  /** Advance all chains of `state` by `steps` steps, in place. @throws InputError if shapes differ or steps < 0 */
  advance(state: ChainState, energy: EnergyEvaluator, domain: Domain, steps: number): void;
}

/** The boundary check that every kernel's `advance` starts with. */
export function checkAdvance(
  name: string, state: ChainState, energy: EnergyEvaluator, domain: Domain, steps: number
): void {
  if (!Number.isInteger(steps) || steps < 0)
    throw new InputError(`${name}: steps must be an integer >= 0, got ${steps}`);
  if (energy.dimension !== state.dimension || domain.length !== state.dimension) {
    throw new InputError(
      `${name}: chains have ${state.dimension} coordinates, but the energy has ${energy.dimension} and the `
        + `domain ${domain.length}`
    );
  }
}
