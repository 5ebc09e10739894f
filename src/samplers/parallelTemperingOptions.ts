/** What parallel tempering is asked for, and the checked settings that come of it. */
import type { Precision } from '../engine/executor.ts';
import type { Key } from '../engine/random.ts';
import { InputError } from '../errors.ts';
import type { Base } from '../targets/base.ts';
import { isOutside, wallsOf } from '../targets/domain.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import type { Kernel } from './kernel.ts';
import { createKernel, type KernelName, type KernelOptions } from './kernels.ts';
import { checkedInterpolation, checkedLadder, geometricLadder, interpolationLadder } from './ladder.ts';

export interface ParallelTemperingOptions {
  /** U; with a reference D = U1 − U0, of `differenceTarget` in targets/path.ts */
  readonly energy: EnergyEvaluator;
  /** Gives the domain, and the starts: independent base samples. */
  readonly base: Base;
  /**
   * β from hot to cold, ending in 1; or a geometric ladder. With a reference λ, from 0 to 1; or 0 and then a geometric
   * ladder of replicas − 1 rungs from `hottest` to 1.
   */
  readonly inverseTemperatures: ArrayLike<number> | { readonly hottest: number; readonly replicas: number };
  /**
   * Temper along the path exp(−U0 − λD) from this normalised base (λ = 0) to the target (λ = 1), instead of exp(−βU).
   * Where D or ∇D is not finite no rung has density, not even λ = 0 (log Z takes account of that).
   */
  readonly reference?: Base;
  /**
   * With a reference: rounds between the rounds whose positions and D are kept on all rungs. Default: what keeps them
   * within 8 MB.
   */
  readonly pathStride?: number;
  /** L independent ladders, run as one batch. Default 8. */
  readonly ladders?: number;
  /** A registered kernel by name (default mala), or any object that keeps the contract. */
  readonly kernel?: KernelName | Kernel;
  readonly kernelOptions?: KernelOptions;
  /**
   * Start of the adaptation for exact kernels, the step itself for the others; one or one per rung. Default: the
   * kernel's.
   */
  readonly stepSize?: number | ArrayLike<number>;
  /** Kernel steps between swaps. Default 10. */
  readonly stepsPerRound?: number;
  /** Rounds of adaptation, discarded. Default 500. */
  readonly warmupRounds?: number;
  /** Rounds recorded: rounds · ladders samples of the target. */
  readonly rounds: number;
  readonly key: Key;
  /** shape [L, K, d], within the walls of intervals; instead of base samples */
  readonly initialPositions?: Float64Array;
  /** Move the rungs between the hottest and β = 1 to equal swap rejection in warm-up. Default true. */
  readonly adaptLadder?: boolean;
  /** Arithmetic of the chains, where energy and kernel can be compiled; float64 elsewhere. Default float64. */
  readonly precision?: Precision;
  /** Worker threads, the calling one included; they change no result. Default: as many as the machine has. */
  readonly threads?: number;
}

export interface ParallelTemperingSettings {
  readonly energy: EnergyEvaluator;
  readonly base: Base;
  readonly reference: Base | null;
  /** null: as many rounds as keep the rows within their bounds */
  readonly pathStride: number | null;
  readonly inverseTemperatures: Float64Array;
  readonly ladders: number;
  readonly kernel: Kernel;
  readonly stepSizes: Float64Array;
  readonly stepsPerRound: number;
  readonly warmupRounds: number;
  readonly rounds: number;
  readonly key: Key;
  readonly initialPositions: Float64Array | null;
  readonly adaptLadder: boolean;
  readonly precision: Precision;
  /** null: as many as the machine has */
  readonly threads: number | null;
}

function checkInteger(name: string, value: number, smallest: 0 | 1): number {
  if (!Number.isInteger(value) || value < smallest) {
    throw new InputError(
      `parallelTempering: ${name} must be a ${smallest === 1 ? 'positive' : 'non-negative'} integer, got ${value}`
    );
  }
  return value;
}

/** The reference must live where the chains do, and have an energy. */
function checkReferenceBase({ domain, mean, standardDeviation }: Base, base: Base): void {
  if (JSON.stringify(domain) !== JSON.stringify(base.domain))
    throw new InputError('parallelTempering: the reference must have the domain of the base');
  domain.forEach(({ kind }, j) => {
    if (kind === 'real' && !(Number.isFinite(mean[j]) && standardDeviation[j] > 0 && standardDeviation[j] < Infinity)) {
      throw new InputError(
        `parallelTempering: the reference must have a finite mean and a standard deviation > 0, got ${mean[j]} `
          + `and ${standardDeviation[j]} for coordinate ${j}`
      );
    }
  });
}

/** shape [rungs] */
function checkedStepSizes(stepSize: number | ArrayLike<number>, rungs: number): Float64Array {
  const stepSizes = typeof stepSize === 'number' ? new Float64Array(rungs).fill(stepSize) : Float64Array.from(stepSize);
  if (stepSizes.length !== rungs) throw new InputError(
    `parallelTempering: stepSize must have one entry per rung (${rungs}), got ${stepSizes.length}`
  );
  const bad = stepSizes.find((h) => !(h > 0 && h < Infinity));
  if (bad !== undefined) throw new InputError(`parallelTempering: stepSize must be finite and > 0, got ${bad}`);
  return stepSizes;
}

/** @param positions shape [L, K, d] */
function checkStarts(positions: Float64Array, { domain }: Base, ladders: number, rungs: number): void {
  const d = domain.length;
  if (positions.length !== ladders * rungs * d) throw new InputError(
    `parallelTempering: initialPositions must hold ${ladders} x ${rungs} x ${d} numbers, got ${positions.length}`
  );
  const walls = wallsOf(domain);
  const beyond =
    Array.from({ length: ladders * rungs }, (_, i) => isOutside(walls, positions, i, d)).indexOf(true);
  if (beyond >= 0) throw new InputError(
    `parallelTempering: initialPositions must lie within the walls of the domain, but those of chain ${beyond} do not`
  );
}

function checkedPathStride(given: number | undefined, rounds: number, hasReference: boolean): number | null {
  if (given === undefined) return null;
  const pathStride = checkInteger('pathStride', given, 1);
  if (!hasReference)
    throw new InputError('parallelTempering: pathStride is an option of runs with a reference only');
  if (pathStride > rounds) throw new InputError(
    `parallelTempering: pathStride must be at most the number of rounds (${rounds}), got ${pathStride}`
  );
  return pathStride;
}

/** @throws InputError naming the first option that is wrong */
export function checkedSettings(options: ParallelTemperingOptions): ParallelTemperingSettings {
  const { energy, base } = options;
  const d = energy.dimension;
  if (base.domain.length !== d)
    throw new InputError(`parallelTempering: the energy has ${d} coordinates, but the base has ${base.domain.length}`);
  const ladder = options.inverseTemperatures;
  const reference = options.reference ?? null;
  if (reference !== null) checkReferenceBase(reference, base);
  const [geometric, checked] = reference === null ? [geometricLadder, checkedLadder]
    : [interpolationLadder, checkedInterpolation];
  const inverseTemperatures = 'hottest' in ladder ? geometric(ladder.hottest, ladder.replicas) : checked(ladder);
  const rungs = inverseTemperatures.length;
  const ladders = checkInteger('ladders', options.ladders ?? 8, 1);
  const kernel = typeof options.kernel === 'object' ? options.kernel
    : createKernel(options.kernel ?? 'mala', options.kernelOptions);
  const stepSizes = checkedStepSizes(options.stepSize ?? kernel.defaultStepSize, rungs);
  const initialPositions = options.initialPositions ?? null;
  if (initialPositions !== null) checkStarts(initialPositions, base, ladders, rungs);
  const rounds = checkInteger('rounds', options.rounds, 1);
  const pathStride = checkedPathStride(options.pathStride, rounds, reference !== null);
  return {
    energy,
    base,
    reference,
    pathStride,
    inverseTemperatures,
    ladders,
    kernel,
    stepSizes,
    stepsPerRound: checkInteger('stepsPerRound', options.stepsPerRound ?? 10, 1),
    warmupRounds: checkInteger('warmupRounds', options.warmupRounds ?? 500, 0),
    rounds,
    key: options.key,
    initialPositions,
    adaptLadder: options.adaptLadder ?? true,
    precision: options.precision ?? 'float64',
    threads: options.threads === undefined ? null : checkInteger('threads', options.threads, 1),
  };
}

/**
 * Rounds of the warm-up after which the ladder is adapted: stages that double, and a last quarter that leaves it alone.
 */
export function adaptationRounds(warmupRounds: number): number[] {
  return [1 / 16, 1 / 8, 1 / 4, 1 / 2, 1]
    .map((part) => Math.floor(0.75 * part * warmupRounds))
    .filter((round) => round >= 8);
}
