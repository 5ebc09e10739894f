/**
 * Functions of jax-js without reference counting: arrays handed in and out are thin proxies that take a reference on
 * every use. Everything is float64 (numbers included, which jax-js alone would round to float32).
 */
import { hold, isTracer, operand, release } from './arrayProxy.ts';
import { COUNTING, CREATION, ELEMENTWISE, JOINING } from './functionKinds.ts';
import * as jax from './jax.ts';
import { missingFunction } from './suggestions.ts';
import { userError } from './userLine.ts';

/** Conditions as numbers. */
const countable = (value: unknown): unknown =>
  (isTracer(value) && value.dtype === jax.numpy.bool ? value.astype(jax.numpy.int32) : value);

/** Integers in a typed array, and booleans, keep their kind. */
const isFloat = (data: unknown): boolean => {
  let first = data;
  while (globalThis.Array.isArray(first)) first = first[0];
  return typeof first !== 'boolean' && !(first instanceof Int32Array || first instanceof Uint32Array);
};

type Function_ = (...args: unknown[]) => unknown;

/** A function that makes an array, in float64 where nothing else is said. @param optionsAt the place of `{ dtype }` */
const creating = (member: Function_, optionsAt: number): Function_ => (...args) => {
  const given = args.map(release);
  const last = given.at(-1);
  const isOptions = typeof last === 'object' && last !== null && 'dtype' in last && !isTracer(last);
  const options = isOptions ? (given.pop() as object) : {};
  while (given.length < optionsAt) given.push(undefined);
  return hold(member(...given, isFloat(given[0]) ? { dtype: jax.numpy.float64, ...options } : options));
};

/** A function of jax-js with references taken, and numbers made arrays where they are meant. @param where `np.exp` */
function referenceFreeFunction(member: Function_, name: string, where: string): unknown {
  const optionsAt = CREATION.get(name);
  if (optionsAt !== undefined) return creating(member, optionsAt);
  if (COUNTING.has(name)) {
    return (x: unknown, ...rest: unknown[]): unknown => hold(member(countable(release(x)), ...rest.map(release)));
  }
  if (JOINING.has(name)) {
    const join = (value: unknown): unknown =>
      (globalThis.Array.isArray(value) ? value.map((part) => operand(release(part), where)) : release(value));
    return (...args: unknown[]): unknown => hold(member(...args.map(join)));
  }
  if (!ELEMENTWISE.has(name)) return (...args: unknown[]): unknown => hold(member(...args.map(release)));
  // A bound of a clip may be left out.
  const mayMiss = name === 'clip';
  const convert = (value: unknown): unknown =>
    (mayMiss && value === undefined ? undefined : operand(release(value), where));
  return (...args: unknown[]): unknown => hold(member(...args.map(convert)));
}

/**
 * A namespace of jax-js functions made reference-free and float64.
 * @param path as users write it: `np`
 * @param own members that take the place of jax-js's, or that it lacks; reference-free already
 */
export function referenceFree<Namespace extends object, Own extends object>(
  namespace: Namespace, path: string, own: Own
): Own & Omit<Namespace, keyof Own> {
  return new Proxy({ ...namespace, ...own }, {
    get: (target, property) => {
      const member: unknown = Reflect.get(target, property);
      if (Object.hasOwn(own, property)) return member;
      if (member === undefined && typeof property === 'string' && !ASKED_OF_ALL.has(property)) {
        throw userError(missingFunction(path, property, Object.keys(target)));
      }
      const name = `${path}.${String(property)}`;
      if (typeof member === 'object' && member !== null) return referenceFree(member, name, {});
      return typeof member === 'function' ? referenceFreeFunction(member as Function_, String(property), name) : member;
    },
  });
}

/** What promises and JSON ask of any object. */
const ASKED_OF_ALL: ReadonlySet<string> = new Set(['then', 'toJSON']);
