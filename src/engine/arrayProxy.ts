/**
 * Arrays as users see them: thin proxies of jax-js's arrays that take a reference on every use, so that a name may be
 * used any number of times. What JavaScript would do to them in silence is an error that says what to write: operators
 * and functions of `Math` would turn an array into NaN or text, and a name that it lacks into `undefined`.
 */
import { described, isConcrete, primitiveOf } from './arrayCoercion.ts';
import { arrayUsed, conditionMade } from './conditions.ts';
import { COUNTING, ELEMENTWISE } from './functionKinds.ts';
import * as jax from './jax.ts';
import { missingMember } from './suggestions.ts';
import { builtInCaller, userError } from './userLine.ts';

/** An array (or a traced stand-in for one) with NumPy-style methods: `x.add(y)`, `x.sum(axis)`, `x.slice(0)`, … */
export type Array = jax.Array;

type Method = (...args: unknown[]) => unknown;

const held = new WeakMap<object, jax.Array>();

export const isTracer = (value: unknown): value is jax.Array =>
  typeof value === 'object' && value !== null && 'aval' in value && 'ref' in value;

/** One array per number, kept for good: tracing then meets each literal once, not once per use. */
const literals = new Map<number, jax.Array>();

/**
 * An operand as jax-js takes it, with numbers as float64 arrays. @param value released
 * @param where the function that takes it, `np.exp` @throws InputError for what is no array, number or condition
 */
export function operand(value: unknown, where: string): unknown {
  if (value === undefined || value === null || typeof value === 'string' || typeof value === 'function') {
    const got = typeof value === 'function' ? 'a function' : (JSON.stringify(value) ?? 'undefined');
    throw userError(`${where} takes arrays and numbers, got ${got}`);
  }
  if (typeof value !== 'number') return value;
  // A Map takes 0 and −0 for one key.
  if (value === 0) return jax.numpy.array(value, { dtype: jax.numpy.float64 });
  let literal = literals.get(value);
  if (literal === undefined) {
    literal = jax.numpy.array(value, { dtype: jax.numpy.float64 });
    literals.set(value, literal);
  }
  return literal.ref;
}

/** The jax-js array behind a proxy, with a reference taken for the caller to consume. Other values pass through. */
export function release(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  const tracer = held.get(value);
  if (tracer !== undefined) {
    arrayUsed(tracer);
    return tracer.ref;
  }
  if (globalThis.Array.isArray(value)) return value.map(release);
  if (Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, release(entry)]));
  }
  return value;
}

/** The jax-js array behind a proxy, as it is; null for other values. */
export const arrayBehind = (value: unknown): object | null =>
  typeof value === 'object' && value !== null ? (held.get(value) ?? null) : null;

/** Whether an array that users see holds conditions. */
export const isCondition = ({ dtype }: Array): boolean => dtype === jax.numpy.bool;

function method(owner: jax.Array, name: string, member: Method): Method {
  arrayUsed(owner);
  if (COUNTING.has(name) && owner.dtype === jax.numpy.bool) {
    const numbers = owner.ref.astype(name === 'mean' ? jax.numpy.float64 : jax.numpy.int32);
    return (hold(numbers) as Readonly<Record<string, Method>>)[name];
  }
  if (name === 'mean') {
    return (axis, options) => {
      const total = hold(owner.ref.sum(axis as never, options as never)) as Array;
      return total.div(owner.size / total.size);
    };
  }
  const convert = ELEMENTWISE.has(name) ? (value: unknown): unknown => operand(release(value), `.${name}`) : release;
  return (...args) => hold(Reflect.apply(member, owner.ref, args.map(convert)));
}

function* rows(array: jax.Array): Generator {
  if (array.shape.length === 0) throw userError('an array of shape [] is one number, which has no parts to go through');
  for (let i = 0; i < array.shape[0]; i++) yield hold(array.ref.slice(i));
}

/** Row `index`, or from the end where that is negative, as in NumPy. */
function rowAt(array: jax.Array, index: number): unknown {
  const [length] = array.shape;
  if (length !== undefined && index < length && index >= -length) return hold(array.ref.slice(index));
  const why = length === undefined ? ', which is one number' : `; the first is [0]`;
  throw userError(`there is no [${index}] in an array of shape [${array.shape.join(', ')}]${why}`);
}

function lengthOf({ shape }: jax.Array): number {
  if (shape.length === 0) throw userError('an array of shape [] is one number and has no length');
  return shape[0];
}

/** What is behind a proxy for those who look there, as util.inspect does. */
class Behind {
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    const array = held.get(this);
    return array === undefined ? 'array' : described(array);
  }
}

/** Members that are not the jax-js array's own; undefined where there is none. */
function ownMember(array: jax.Array, property: string | symbol): unknown {
  switch (property) {
    case Symbol.toPrimitive:
      return (hint: string) => primitiveOf(array, hint, builtInCaller());
    case Symbol.iterator:
      return () => rows(array);
    case 'length':
      return lengthOf(array);
    case 'toString':
    case 'toLocaleString':
      return () => described(array);
    case 'toJSON':
      return (): unknown => (isConcrete(array) ? array.ref.js() : described(array));
    default:
      return typeof property === 'string' && /^-?\d+$/.test(property) ? rowAt(array, Number(property)) : undefined;
  }
}

const changed = (): never => {
  throw userError('arrays do not change; make a new one, such as np.where(condition, x, y) or np.concatenate([x, y])');
};

function proxyOf(array: jax.Array): object {
  const proxy: object = new Proxy(new Behind(), {
    get: (_target, property) => {
      if (property === 'ref') return proxy;
      if (property === 'valueOf') return () => proxy;
      const own = ownMember(array, property);
      if (own !== undefined) return own;
      const member: unknown = Reflect.get(array, property, array);
      if (typeof member === 'function') return method(array, String(property), member as Method);
      // Promises ask every value whether it is one of them.
      if (property in array || typeof property === 'symbol' || property === 'then') return member;
      throw userError(missingMember(property));
    },
    has: (_target, property) => property in array,
    deleteProperty: changed,
    // Setting defines, too.
    defineProperty: changed,
  });
  return proxy;
}

/** Sees every array that is made while it is there. */
type Watcher = (array: jax.Array) => void;
let watcher: Watcher | null = null;

/** `f()`, with every array that jax-js makes on the way shown to `watch`, while the call of it is on the stack. */
export function watchingArrays<Result>(watch: Watcher, f: () => Result): Result {
  const outer = watcher;
  watcher = watch;
  try {
    return f();
  } finally {
    watcher = outer;
  }
}

/** A proxy of a jax-js array whose methods take references; arrays inside lists are wrapped too. */
export function hold(value: unknown): unknown {
  if (isTracer(value)) {
    watcher?.(value);
    const proxy = proxyOf(value);
    held.set(proxy, value);
    if (value.dtype === jax.numpy.bool) conditionMade(value);
    return proxy;
  }
  if (globalThis.Array.isArray(value)) return value.map(hold);
  return value;
}
