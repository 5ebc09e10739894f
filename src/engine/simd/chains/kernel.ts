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
  /** [d]; circles hold representatives in [low, high), intervals what lies within their walls */
  readonly positions: readonly Cell[];
  /** U and ∇U, not scaled by β; with a reference, D and ∇D, not scaled by λ */
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

/**
 * U0 = ½ Σ precision · (x − mean)², up to a constant: chains then sample exp(−U0 − λD), as in samplers/reference.ts.
 */
export interface Reference {
  /** shape [d] */
  readonly mean: readonly number[];
  /** 0 on circles and intervals. shape [d] */
  readonly precision: readonly number[];
}

/**
 * The code of one half, written up to where it needs U and ∇U at a point, which it yields; it is then given what they
 * are. An energy in loops is evaluated for all halves at once.
 */
export type HalfWork = Generator<readonly V128[], void, EnergyAndGradient>;

/** What kernels write their code with. Vectors handed to them, and those they hand over, may be read many times. */
export interface StepWriter {
  readonly f: FunctionBuilder;
  readonly lanes: Lanes;
  readonly math: VectorMath;
  /** Do the work of all halves, each with the energies that it asks for. */
  readonly run: (work: readonly HalfWork[]) => void;
  /** Representatives on circles; other coordinates as they are. */
  readonly wrap: (x: readonly V128[]) => V128[];
  /** Mask of the lanes that lie beyond a wall (what is NaN does not); null in a domain without walls. */
  readonly outside: (x: readonly V128[]) => V128 | null;
  readonly reference: Reference | null;
}

export interface ChainKernel {
  /** Whether the uniforms of {@link StepDraws} are read. */
  readonly uniforms: boolean;
  /** Write what is constant over the steps; the function returned writes one step, into the body of the loop. */
  readonly prepare: (write: StepWriter, halves: readonly ChainHalf[]) => (draws: readonly StepDraws[]) => void;
}

/** What {@link slopes} are multiplied by in the drift: β; 1 with a reference. */
export function slopeFactor({ lanes, reference }: StepWriter, half: ChainHalf): V128 {
  return reference === null ? half.beta : lanes.constant(1);
}

/** The gradients themselves; with a reference, λ∇D + ∇U0. @param x where the gradients are taken, shape [d] */
export function slopes(
  { f, lanes, reference }: StepWriter, half: ChainHalf, x: readonly V128[], gradients: readonly V128[]
): readonly V128[] {
  if (reference === null) return gradients;
  const { mean, precision } = reference;
  return gradients.map((gradient, j) => {
    const slope = lanes.mul(half.beta, gradient);
    return f.let(precision[j] === 0 ? slope : lanes.add(
      slope, lanes.mul(lanes.constant(precision[j]), lanes.sub(x[j], lanes.constant(mean[j])))
    ));
  });
}

/** {@link slopes} where the chains are. */
export function slopesHere(write: StepWriter, half: ChainHalf): readonly V128[] {
  return slopes(write, half, half.positions.map(({ get }) => get), half.gradients.map(({ get }) => get));
}

/** log of the ratio of the densities at y and here: β(U(x) − U(y)), with a reference λ(D(x) − D(y)) + U0(x) − U0(y). */
export function logDensityRatio(
  { lanes, reference }: StepWriter, half: ChainHalf, y: readonly V128[], energy: V128
): V128 {
  const ratio = lanes.mul(half.beta, lanes.sub(half.energy.get, energy));
  const drops = (reference?.precision ?? []).flatMap((precision, j) => {
    if (reference === null || precision === 0) return [];
    const [x, mean] = [half.positions[j].get, lanes.constant(reference.mean[j])];
    return [lanes.mul(
      lanes.mul(lanes.constant(precision), lanes.sub(x, y[j])), lanes.add(lanes.sub(x, mean), lanes.sub(y[j], mean))
    )];
  });
  return drops.length === 0 ? ratio
    : lanes.add(ratio, lanes.mul(lanes.constant(0.5), drops.reduce((sum, drop) => lanes.add(sum, drop))));
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
export function move(
  { lanes }: StepWriter, half: ChainHalf, mask: V128, x: readonly V128[], at: EnergyAndGradient
): void {
  half.energy.set(lanes.select(mask, at.energy, half.energy.get));
  half.positions.forEach((cell, j) => cell.set(lanes.select(mask, x[j], cell.get)));
  half.gradients.forEach((cell, j) => cell.set(lanes.select(mask, at.gradients[j], cell.get)));
}

/** Count what is not finite, but not what lies beyond a wall or may be so because something on the way there did. */
function countNonFinite(write: StepWriter, half: ChainHalf, finite: V128, ...excused: readonly (V128 | null)[]): void {
  count(write, half.nonFinite, v128.not(
    excused.reduce<V128>((mask, excuse) => (excuse === null ? mask : v128.or(mask, excuse)), finite)
  ));
}

const within = (mask: V128, outside: V128 | null): V128 => (outside === null ? mask : v128.andNot(mask, outside));

/**
 * Refuse what lies beyond a wall or is not finite, and accept the rest with probability min(1, exp(logRatio)).
 * @param left mask of the lanes that were beyond a wall on the way to x, if any could be
 */
export function metropolis(
  write: StepWriter, half: ChainHalf, logRatio: V128, logUniform: V128, x: readonly V128[], at: EnergyAndGradient,
  left: V128 | null = null,
): void {
  const { f, lanes } = write;
  const ratio = f.let(logRatio);
  const finite = f.let(isFinite(write, ratio));
  const outside = write.outside(x);
  const accept = f.let(within(v128.and(finite, lanes.le(logUniform, ratio)), outside));
  countNonFinite(write, half, finite, outside, left);
  count(write, half.accepted, accept);
  move(write, half, accept, x, at);
}

/**
 * Move where U and ∇U are finite, within the walls; elsewhere stay, and count what is not finite. @param left as in
 * {@link metropolis}
 */
export function acceptFinite(
  write: StepWriter, half: ChainHalf, x: readonly V128[], at: EnergyAndGradient, left: V128 | null = null
): void {
  const { f, lanes } = write;
  const sum = f.let(at.gradients.reduce((total, g) => lanes.add(total, lanes.abs(g)), at.energy));
  const finite = f.let(isFinite(write, sum));
  const outside = write.outside(x);
  const accept = outside === null ? finite : f.let(within(finite, outside));
  countNonFinite(write, half, finite, outside, left);
  count(write, half.accepted, accept);
  move(write, half, accept, x, at);
}

/** hβ / (1 + hβ|∇U|), the factor of the slopes in the tamed drift. @param scale hβ, h with a reference */
export function tamedFactor({ f, lanes }: StepWriter, along: readonly V128[], scale: V128): V128 {
  const squares = along.map((g) => lanes.mul(g, g)).reduce((sum, square) => lanes.add(sum, square));
  return f.let(lanes.div(scale, lanes.add(lanes.constant(1), lanes.mul(scale, lanes.sqrt(squares)))));
}
