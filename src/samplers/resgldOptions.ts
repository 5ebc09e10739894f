/** What reSGLD is asked for, and the step sizes that come of it. */
import type { Key } from '../engine/random.ts';
import { InputError } from '../errors.ts';
import type { Base } from '../targets/base.ts';
import type { NoisyEvaluator } from '../targets/noisyEvaluator.ts';
import { checkedInterpolation } from './ladder.ts';

/** What replica-exchange SGLD is asked for: see `Resgld`. */
export interface ResgldOptions {
  readonly noisy: NoisyEvaluator;
  readonly base: Base;
  /** 0 = λ_1 < … < λ_K = 1 */
  readonly lambdas: ArrayLike<number>;
  /** L independent ladders. */
  readonly ladders: number;
  /** h at λ = 1, or more exactly the largest one: the noise may ask for less (see `heating`). */
  readonly stepSize: number;
  /** Langevin steps between swaps. */
  readonly stepsPerRound: number;
  /** Rounds of adaptation, discarded. */
  readonly warmupRounds: number;
  /** Rounds between two that are recorded, ≥ 1. Default 1. */
  readonly thinning?: number;
  /** Rounds that are recorded. */
  readonly rounds: number;
  /** Draws of ξ that are averaged in every gradient and every swap. */
  readonly draws: number;
  /** τ of the swaps: see noisySwap.ts. */
  readonly swapCorrection: number;
  /** Keep measuring σ² after the warm-up: an adaptive chain, whose bias is of the order of the drift of σ². */
  readonly trackSwapNoise: boolean;
  /** The share by which the gradients' noise may heat a rung, hV/2 with V its variance per coordinate; 0: any. */
  readonly heating: number;
  /**
   * Control variates: before every swap the energy itself is evaluated once, which makes swaps exact, and steps use the
   * gradients g(x; ξ) − g(x_ref; ξ) + g(x_ref) with that point as the reference (SVRG; see svrg.ts). Needs the full
   * energy.
   */
  readonly controlVariates: boolean;
  /** Move the rungs to equal swap rejection in warm-up. */
  readonly adaptLadder: boolean;
  /** Recorded rounds between those whose positions are kept on all rungs; 0: none. */
  readonly stride: number;
  readonly key: Key;
}

/** Share of the narrowest base variance that a step at λ = 0 may be. */
const BASE_STEP = 0.1;

/** h along the path: 1/h is linear in λ, between a tenth of the base's least variance and the step at λ = 1. */
export function pathStepSizes(base: Base, lambdas: ArrayLike<number>, stepSize: number): Float64Array {
  const least = Math.min(...base.domain.map(
    ({ kind, low, high }, j) => (kind === 'real' ? base.standardDeviation[j] ** 2 : (high - low) ** 2 / 12)
  ));
  const atBase = Math.max(stepSize, BASE_STEP * least);
  return Float64Array.from(lambdas, (lambda) => 1 / ((1 - lambda) / atBase + lambda / stepSize));
}

/** @throws InputError naming the first option that is wrong */
export function checkedOptions(options: ResgldOptions): ResgldOptions {
  const {
    noisy, base, ladders, stepSize, stepsPerRound, warmupRounds, thinning = 1, rounds, draws, swapCorrection, heating,
    stride
  } = options;
  const whole = (name: string, value: number, least: number): void => {
    if (!Number.isInteger(value) || value < least)
      throw new InputError(`resgld: ${name} must be an integer >= ${least}, got ${value}`);
  };
  if (base.domain.length !== noisy.dimension) throw new InputError(
    `resgld: the energy has ${noisy.dimension} coordinates, but the base has ${base.domain.length}`
  );
  whole('ladders', ladders, 1);
  whole('stepsPerRound', stepsPerRound, 1);
  whole('warmupRounds', warmupRounds, 0);
  whole('thinning', thinning, 1);
  whole('rounds', rounds, 1);
  whole('draws', draws, 1);
  whole('stride', stride, 0);
  if (!(stepSize > 0 && stepSize < Infinity))
    throw new InputError(`resgld: stepSize must be finite and > 0, got ${stepSize}`);
  if (!(swapCorrection >= 0 && swapCorrection < Infinity))
    throw new InputError(`resgld: swapCorrection must be finite and >= 0, got ${swapCorrection}`);
  if (!(heating >= 0 && heating < Infinity))
    throw new InputError(`resgld: heating must be finite and >= 0, got ${heating}`);
  const isMeasured = swapCorrection > 0 && !options.controlVariates && !options.trackSwapNoise;
  if (warmupRounds === 0 && (isMeasured || heating > 0)) throw new InputError(
    'resgld: warmupRounds must be at least 1 with swapCorrection or heating above 0: the noise is measured there'
  );
  if (options.controlVariates && noisy.full === null) throw new InputError(
    'resgld: controlVariates needs the energy without noise, and only noisy values of it are known'
  );
  checkedInterpolation(options.lambdas);
  return options;
}
