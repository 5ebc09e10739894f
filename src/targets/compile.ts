/** From a target's energy, written for one point, to what samplers and training need. */
import { batched, np, valueAndGradient, type Array as NpArray } from '../engine/numpy.ts';
import { scalarLoop, type ScalarLoop } from '../engine/scalar.ts';
import type { ScalarProgram } from '../engine/scalarProgram.ts';
import { compilePointMap } from '../engine/simd/pointMap.ts';
import { CannotVectorise } from '../engine/simd/unsupported.ts';
import { trace } from '../engine/trace.ts';
import { unroll } from '../engine/unroll.ts';
import { InputError } from '../errors.ts';
import { sampleBase, type Base } from './base.ts';
import { keyFromSeed } from '../engine/random.ts';
import type { EnergyEvaluator } from './energyEvaluator.ts';
import type { Target } from './target.ts';

const show = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/** The energy of a batch as an array program: [n, d] → [n]. */
export function batchEnergy({ energy, batchedEnergy }: Target): (x: NpArray) => NpArray {
  return batchedEnergy ?? batched(energy);
}

/** U0 of a batch as an array program, normalised: [n, d] → [n]. */
export function batchBaseEnergy({ domain, mean, standardDeviation }: Base): (x: NpArray) => NpArray {
  const uniform = (j: number): boolean => domain[j].kind !== 'real';
  const scales = domain.map((_, j) => (uniform(j) ? 0 : 1 / standardDeviation[j]));
  const constant = domain.reduce((sum, { low, high }, j) => sum
    + (uniform(j) ? Math.log(high - low) : 0.5 * Math.log(2 * Math.PI) + Math.log(standardDeviation[j])), 0);
  return (x) => {
    if (scales.every((scale) => scale === 0)) return x.sum(1).mul(0).add(constant);
    return np.square(x.sub(np.array([[...mean]])).mul(np.array([scales]))).sum(1).mul(0.5).add(constant);
  };
}

/** Trace the energy and say in one line what is wrong with it, if anything is. */
function traced<Result>(target: Target, build: () => Result): Result {
  try {
    return build();
  } catch (error) {
    if (error instanceof InputError) throw error.message.startsWith('target ') ? error : new InputError(`target "${target.name}": ${error.message}`, { cause: error });
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new InputError(`target "${target.name}": its energy throws on a point of shape [${target.dimension}]: ${reason}`, { cause: error });
  }
}

export interface EnergyPrograms {
  /** [d] → U */
  readonly value: ScalarProgram;
  /** [d] → U, ∇U */
  readonly valueAndGradient: ScalarProgram;
}

/** The operations of a target's energy at one point. @throws InputError when there is something wrong with it */
export function energyPrograms(target: Target): EnergyPrograms {
  const { dimension, energy, name } = target;
  const checked = (x: NpArray): NpArray => {
    const value: unknown = energy(x);
    const shape = (value as { shape?: readonly number[] } | null)?.shape;
    if (shape === undefined) throw new InputError(`target "${name}": energy must return an array of shape [], got ${typeof value}`);
    if (shape.length !== 0) throw new InputError(`target "${name}": energy must return one number (shape []) for a point of shape [${dimension}], got shape ${show(shape)}; sum it?`);
    return value as NpArray;
  };
  const spec = [{ shape: [dimension] }];
  return {
    value: traced(target, () => unroll(trace(checked, spec))),
    valueAndGradient: traced(target, () => unroll(trace((x) => valueAndGradient(checked)(x), spec))),
  };
}

export interface CompileEnergyOptions {
  /** Is told why, where an energy has no vector code and runs in the slower scalar executor. */
  readonly notice?: (message: string) => void;
}

/**
 * Compile a target's energy and gradient for batches of points in float64. A point's values do not depend on the batch
 * that it is in. @throws InputError when the energy cannot be compiled at all
 */
export function compileEnergy(target: Target, { notice }: CompileEnergyOptions = {}): EnergyEvaluator {
  const programs = energyPrograms(target);
  const compiled = (compile: (program: ScalarProgram) => ScalarLoop): EnergyEvaluator => {
    const [value, both] = [compile(programs.value), compile(programs.valueAndGradient)];
    return {
      dimension: target.dimension,
      energies: (x, n, energies) => value(n, [x], [energies]),
      energiesAndGradients: (x, n, energies, gradients) => both(n, [x], [energies, gradients]),
    };
  };
  try {
    return { ...compiled((program) => compilePointMap(program)), compiled: { valueAndGradient: programs.valueAndGradient } };
  } catch (error) {
    if (!(error instanceof CannotVectorise)) throw error;
    notice?.(`target "${target.name}": energies run in the scalar executor: ${error.message}`);
    return compiled(scalarLoop);
  }
}

/**
 * Evaluate a target at the base's mean and at base samples before any work is spent on it.
 * @throws InputError naming the first point with a non-finite energy or gradient
 */
export function checkEnergy(target: Target, evaluator: EnergyEvaluator): void {
  const { dimension: d, base, name } = target;
  const n = 65;
  const x = new Float64Array(n * d);
  sampleBase(base, keyFromSeed(0), 0, n - 1, x.subarray(d));
  target.domain.forEach((coordinate, j) => { x[j] = coordinate.kind === 'real' ? base.mean[j] : (coordinate.low + coordinate.high) / 2; });
  const energies = new Float64Array(n);
  const gradients = new Float64Array(n * d);
  evaluator.energiesAndGradients(x, n, energies, gradients);
  const point = (i: number): string => `(${Array.from(x.subarray(i * d, i * d + d), (entry) => entry.toPrecision(6)).join(', ')})`;
  // The centre may be a singular point (a pole of a polar coordinate); a base sample may not.
  const bad = Array.from({ length: n }, (_, i) => i).filter((i) => !Number.isFinite(energies[i]));
  if (bad.length > 0) throw new InputError(`target "${name}": energy is ${energies[bad[0]]} at the point ${point(bad[0])} of its base; it must be finite there`);
  const steep = Array.from({ length: n - 1 }, (_, i) => i + 1).filter((i) => gradients.subarray(i * d, i * d + d).some((entry) => !Number.isFinite(entry)));
  if (steep.length > 0) throw new InputError(`target "${name}": the gradient of its energy is not finite at the point ${point(steep[0])} of its base (${steep.length} of ${n - 1} base samples)`);
}
