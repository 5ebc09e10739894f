/** From a function of arrays that gives one number to its operations, and what is wrong with it in one line. */
import { isDeepStrictEqual } from 'node:util';
import { arrayBehind, isCondition } from '../engine/arrayProxy.ts';
import { withConditionsUsed } from '../engine/conditions.ts';
import { compileArrayMap } from '../engine/loops/arrayMap.ts';
import { valueAndGradient, type Array as NpArray } from '../engine/numpy.ts';
import { scalarLoop, type ScalarLoop } from '../engine/scalar.ts';
import type { ScalarProgram } from '../engine/scalarProgram.ts';
import type { Program } from '../engine/program.ts';
import { isLoops, pointPrograms, type PointProgram } from '../engine/pointProgram.ts';
import { compilePointMap } from '../engine/simd/pointMap.ts';
import { CannotVectorise } from '../engine/simd/unsupported.ts';
import { trace, type ArgumentSpec } from '../engine/trace.ts';
import { SharedHeap } from '../engine/wasm/heap.ts';
import { userLine } from '../engine/userLine.ts';
import { InputError, reasonOf } from '../errors.ts';

export interface TracedPrograms {
  /** → U, shape [] */
  readonly value: PointProgram;
  /** → U and its gradient by the first argument */
  readonly valueAndGradient: PointProgram;
}

type Shapes = readonly (readonly number[])[];
/** Of arrays, to anything that a user's code may give. */
type UserFunction = (...args: NpArray[]) => unknown;

export const showShape = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/**
 * What goes wrong while a function of a target is traced, in one line. @param what of the target: `energy` @param
 * shapes of its arguments
 */
export function tracedOf<Result>(name: string, what: string, shapes: Shapes, build: () => Result): Result {
  try {
    return build();
  } catch (error) {
    if (error instanceof InputError) throw error.message.startsWith('target ') ? error
      : new InputError(`target "${name}": ${error.message}`, { cause: error });
    const line = error instanceof Error ? userLine(error.stack) : null;
    const reason = reasonOf(error);
    const said = `${reason.startsWith(STALE_ARRAY) ? STALE_REASON : reason}${line === null ? '' : ` (${line})`}`;
    throw new InputError(`target "${name}": its ${what} throws on ${argumentsOf(shapes)}: ${said}`, { cause: error });
  }
}

/** What jax-js says of an array that is left over from another trace. */
const STALE_ARRAY = 'Different traces at same level';
const STALE_REASON = 'it uses an array that an earlier call of it made; keep numbers, and make arrays of them anew';

function argumentsOf([point, other]: Shapes): string {
  const second = other === undefined ? '' : ` and a second argument of shape ${showShape(other)}`;
  return `${point.length === 1 ? 'a point' : 'points'} of shape ${showShape(point)}${second}`;
}

const specsOf = (shapes: Shapes): ArgumentSpec[] => shapes.map((shape) => ({ shape: [...shape] }));

/** A user's function whose conditions must all be used: see {@link withConditionsUsed}. */
export const watched = (f: UserFunction) => (...args: NpArray[]): unknown =>
  withConditionsUsed(() => f(...args), arrayBehind);

/** @param earlier what `again` traced before @throws InputError when it traces to something else now */
export function checkRepeatable(name: string, what: string, earlier: Program, again: () => Program): void {
  // Twice, since what changes to and fro would look the same after two calls.
  for (let i = 0; i < 2; i++) {
    if (isDeepStrictEqual(again(), earlier)) continue;
    throw new InputError(
      `target "${name}": its ${what} is not the same function whenever it is called (Math.random(), a clock, or a ` +
        'variable that changes?); it must depend on its arguments alone; draw a random constant once, outside of it',
    );
  }
}

/**
 * The operations of a function of a point (and of ξ, or a row) to one number.
 * @throws InputError when there is something wrong with it
 */
export function tracedPrograms(name: string, what: string, f: UserFunction, shapes: Shapes): TracedPrograms {
  const fail = (must: string): never => { throw new InputError(`target "${name}": ${what} must return ${must}`); };
  const checked = (...args: NpArray[]): NpArray => {
    const value = watched(f)(...args) as NpArray;
    if (arrayBehind(value) === null) fail(`an array of shape [], got ${typeof value}`);
    const { shape } = value;
    const isNumber = shape.length === 0;
    if (!isNumber) fail(`one number (shape []) for ${argumentsOf(shapes)}, got shape ${showShape(shape)}; sum it?`);
    if (isCondition(value)) fail('a number, got a condition; choose with np.where(condition, a, b)');
    return value;
  };
  const specs = specsOf(shapes);
  return tracedOf(name, what, shapes, () => {
    const traced = trace(checked, specs);
    checkRepeatable(name, what, traced, () => trace(checked, specs));
    const [value, both] = pointPrograms(traced, trace((...args) => valueAndGradient(checked)(...args), specs));
    return { value, valueAndGradient: both };
  });
}

/** @throws InputError when a function of a batch of points does not give one number for each, or changes */
export function checkBatched(name: string, what: string, f: UserFunction, d: number): void {
  const n = 2;
  const specs = specsOf([[n, d]]);
  const checked = (...args: NpArray[]): NpArray => {
    const value = watched(f)(...args) as NpArray;
    const got = arrayBehind(value) === null ? typeof value : `shape ${showShape(value.shape)}`;
    if (got === `shape ${showShape([n])}` && !isCondition(value)) return value;
    const must = `an array of shape [n] for points of shape [n, ${d}]`;
    throw new InputError(`target "${name}": ${what} must return ${must}, got ${got} for n = ${n}`);
  };
  tracedOf(name, what, [[n, d]], () => checkRepeatable(name, what, trace(checked, specs), () => trace(checked, specs)));
}

export interface CompiledLoops {
  readonly loops: ScalarLoop[];
  /** Whether they are vector code, not plain JavaScript. */
  readonly vector: boolean;
}

export interface LoopOptions {
  /** Is told why, where there is no vector code. */
  readonly notice?: ((message: string) => void) | undefined;
  /** Of large programs. Default: as many as the machine has; results do not depend on it. */
  readonly threads?: number | undefined;
}

/**
 * Loops over points: vector code, or plain JavaScript for what is small and has none. @param name of the target @throws
 * InputError for a large one without vector code
 */
export function compileLoops(
  name: string, programs: readonly PointProgram[], { notice, threads }: LoopOptions = {}
): CompiledLoops {
  try {
    const heap = programs.some(isLoops) ? new SharedHeap() : undefined;
    const loops = programs.map((program) => (isLoops(program)
      ? compileArrayMap(program, { threads, heap }).run : compilePointMap(program)));
    return { loops, vector: true };
  } catch (error) {
    if (!(error instanceof CannotVectorise)) throw error;
    const scalars = programs.filter((program): program is ScalarProgram => !isLoops(program));
    if (scalars.length < programs.length)
      throw new InputError(`target "${name}": ${error.message}, and it is too large to do without`, { cause: error });
    notice?.(`target "${name}": energies run in the scalar executor: ${error.message}`);
    return { loops: scalars.map((program) => scalarLoop(program)), vector: false };
  }
}
