/**
 * What a Markov kernel is to the compiled sampler: code that moves four chains by one step. The four fill one vector in
 * float32 and two in float64, the *halves*; each half has a state of its own, and the code is written per half.
 */
import type { FunctionBuilder } from '../../wasm/functionBuilder.ts';
import { i32x4, i64x2, v128, type I32, type V128 } from '../../wasm/instructions.ts';
import type { Lanes } from '../../wasm/lanes.ts';
import type { VectorMath } from '../vectorMath.ts';

/** A vector that can be read and replaced: a local variable, or a place in memory. */
export interface Cell {
  readonly get: V128;
  set(value: V128): void;
}

export function localCell(f: FunctionBuilder, value: V128): Cell {
  const variable = f.variable(value);
  return { get: variable.get, set: (next) => f.set(variable, next) };
}

export function memoryCell(f: FunctionBuilder, address: I32, offset: number): Cell {
  return { get: v128.load(address, offset), set: (next) => f.do(v128.store(address, next, offset)) };
}

/** One half of four chains in d dimensions. */
export interface ChainHalf {
  /** [d]; circles hold representatives in [low, high) */
  readonly positions: readonly Cell[];
  /** U and ∇U, not scaled by β */
  readonly energy: Cell;
  readonly gradients: readonly Cell[];
  readonly beta: V128;
  readonly stepSize: V128;
  /** Integers as wide as the floats. */
  readonly accepted: Cell;
  readonly nonFinite: Cell;
}

/** The draws of one step for one half. */
export interface StepDraws {
  /** [d] */
  readonly normals: readonly V128[];
  /** Logarithm of a uniform of (0, 1): for the Metropolis test. */
  readonly logUniform: V128;
  /** In (0, 1): for what else a kernel draws. */
  readonly side: V128;
}

export interface EnergyAndGradient {
  readonly energy: V128;
  /** [d] */
  readonly gradients: readonly V128[];
}

/** What kernels write their code with. Vectors handed to them, and those they hand over, may be read many times. */
export interface StepWriter {
  readonly f: FunctionBuilder;
  readonly lanes: Lanes;
  readonly math: VectorMath;
  readonly energyAt: (x: readonly V128[]) => EnergyAndGradient;
  /** Representatives on circles; other coordinates as they are. */
  readonly wrap: (x: readonly V128[]) => V128[];
}

export interface ChainKernel {
  /** Whether the uniforms of {@link StepDraws} are read. */
  readonly uniforms: boolean;
  /** Write what is constant over the steps; the function returned writes one step, into the body of the loop. */
  readonly prepare: (write: StepWriter, halves: readonly ChainHalf[]) => (draws: readonly StepDraws[]) => void;
}

/** Mask of the lanes whose value is neither infinite nor NaN. */
export function isFinite({ lanes }: StepWriter, x: V128): V128 {
  return lanes.eq(lanes.sub(x, x), lanes.constant(0));
}

/** One more where the mask is set. */
export function count({ lanes }: StepWriter, cell: Cell, mask: V128): void {
  cell.set(lanes.precision === 'float32' ? i32x4.sub(cell.get, mask) : i64x2.sub(cell.get, mask));
}

/** Replace the state where the mask is set. */
export function move({ lanes }: StepWriter, half: ChainHalf, mask: V128, x: readonly V128[], at: EnergyAndGradient): void {
  half.energy.set(lanes.select(mask, at.energy, half.energy.get));
  half.positions.forEach((cell, j) => cell.set(lanes.select(mask, x[j], cell.get)));
  half.gradients.forEach((cell, j) => cell.set(lanes.select(mask, at.gradients[j], cell.get)));
}

/** Refuse what is not finite, and accept the rest with probability min(1, exp(logRatio)). */
export function metropolis(write: StepWriter, half: ChainHalf, logRatio: V128, logUniform: V128, x: readonly V128[], at: EnergyAndGradient): void {
  const { f, lanes } = write;
  const ratio = f.let(logRatio);
  const finite = f.let(isFinite(write, ratio));
  const accept = f.let(v128.and(finite, lanes.le(logUniform, ratio)));
  count(write, half.nonFinite, v128.not(finite));
  count(write, half.accepted, accept);
  move(write, half, accept, x, at);
}

/** Move where U and ∇U are finite; elsewhere stay, and count the refusal. */
export function acceptFinite(write: StepWriter, half: ChainHalf, x: readonly V128[], at: EnergyAndGradient): void {
  const { f, lanes } = write;
  const sum = f.let(at.gradients.reduce((total, g) => lanes.add(total, lanes.abs(g)), at.energy));
  const finite = f.let(isFinite(write, sum));
  count(write, half.nonFinite, v128.not(finite));
  count(write, half.accepted, finite);
  move(write, half, finite, x, at);
}

/** hβ / (1 + hβ|∇U|), the factor of ∇U in the tamed drift. @param scale hβ */
export function tamedFactor({ f, lanes }: StepWriter, gradients: readonly V128[], scale: V128): V128 {
  const squares = gradients.map((g) => lanes.mul(g, g)).reduce((sum, square) => lanes.add(sum, square));
  return f.let(lanes.div(scale, lanes.add(lanes.constant(1), lanes.mul(scale, lanes.sqrt(squares)))));
}
