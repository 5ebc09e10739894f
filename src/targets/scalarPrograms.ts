/** From a function of arrays that gives one number to its operations, and what is wrong with it in one line. */
import { valueAndGradient, type Array as NpArray } from '../engine/numpy.ts';
import { scalarLoop, type ScalarLoop } from '../engine/scalar.ts';
import type { ScalarProgram } from '../engine/scalarProgram.ts';
import { compilePointMap } from '../engine/simd/pointMap.ts';
import { CannotVectorise } from '../engine/simd/unsupported.ts';
import { trace } from '../engine/trace.ts';
import { unroll } from '../engine/unroll.ts';
import { InputError } from '../errors.ts';

export interface ScalarPrograms {
  /** → U, shape [] */
  readonly value: ScalarProgram;
  /** → U and its gradient by the first argument */
  readonly valueAndGradient: ScalarProgram;
}

export const showShape = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/** What goes wrong while a function of a target is traced, in one line. @param what of the target: `energy` @param shapes of its arguments */
export function tracedOf<Result>(name: string, what: string, shapes: readonly (readonly number[])[], build: () => Result): Result {
  try {
    return build();
  } catch (error) {
    if (error instanceof InputError) throw error.message.startsWith('target ') ? error : new InputError(`target "${name}": ${error.message}`, { cause: error });
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new InputError(`target "${name}": its ${what} throws on ${argumentsOf(shapes)}: ${reason}`, { cause: error });
  }
}

const argumentsOf = ([point, other]: readonly (readonly number[])[]): string => `a point of shape ${showShape(point)}${other === undefined ? '' : ` and a second argument of shape ${showShape(other)}`}`;

/** The operations of a function of a point (and of ξ, or a row) to one number. @throws InputError when there is something wrong with it */
export function scalarPrograms(name: string, what: string, f: (...args: NpArray[]) => unknown, shapes: readonly (readonly number[])[]): ScalarPrograms {
  const checked = (...args: NpArray[]): NpArray => {
    const value = f(...args);
    const shape = (value as { shape?: readonly number[] } | null)?.shape;
    if (shape === undefined) throw new InputError(`target "${name}": ${what} must return an array of shape [], got ${typeof value}`);
    if (shape.length !== 0) throw new InputError(`target "${name}": ${what} must return one number (shape []) for ${argumentsOf(shapes)}, got shape ${showShape(shape)}; sum it?`);
    return value as NpArray;
  };
  const specs = shapes.map((shape) => ({ shape: [...shape] }));
  return {
    value: tracedOf(name, what, shapes, () => unroll(trace(checked, specs))),
    valueAndGradient: tracedOf(name, what, shapes, () => unroll(trace((...args) => valueAndGradient(checked)(...args), specs))),
  };
}

/** Loops over points: vector code, or plain JavaScript for what has none. @param notice is told why */
export function compileLoops(programs: readonly ScalarProgram[], notice: (message: string) => void): { readonly loops: ScalarLoop[]; readonly vector: boolean } {
  try {
    return { loops: programs.map((program) => compilePointMap(program)), vector: true };
  } catch (error) {
    if (!(error instanceof CannotVectorise)) throw error;
    notice(error.message);
    return { loops: programs.map((program) => scalarLoop(program)), vector: false };
  }
}
