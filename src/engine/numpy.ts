/**
 * `np`, `lax` and `nn` in the NumPy/JAX style, without reference counting: every use of an array takes a reference
 * of its own, so energies and flows read like their formulas and a name may be used any number of times.
 *
 * The functions are those of `@jax-js/jax`; arrays handed in and out are thin proxies of its arrays. Everything is
 * float64 here (numbers included, which jax-js alone would round to float32); executors choose the precision they run
 * in.
 */
import { hold, isTracer, operand, release, type Array } from './arrayProxy.ts';
import { COUNTING, CREATION, ELEMENTWISE, JOINING } from './functionKinds.ts';
import * as jax from './jax.ts';
import { missingFunction } from './suggestions.ts';
import { userError } from './userLine.ts';

export type { Array } from './arrayProxy.ts';

/** Functions whose constants jax-js rounds to float32, written with exact ones. */
const EXACT: Readonly<Record<string, (x: Array) => Array>> = {
  log2: (x) => np.log(x).mul(Math.LOG2E),
  log10: (x) => np.log(x).mul(Math.LOG10E),
  exp2: (x) => np.exp(np.multiply(x, Math.LN2)),
  cbrt: (x) => np.sign(x).mul(np.exp(np.log(np.absolute(x)).mul(1 / 3))),
  acos: (x) => np.subtract(Math.PI / 2, np.asin(x)),
  arccos: (x) => np.subtract(Math.PI / 2, np.asin(x)),
  deg2rad: (x) => np.multiply(x, Math.PI / 180),
  radians: (x) => np.multiply(x, Math.PI / 180),
  rad2deg: (x) => np.multiply(x, 180 / Math.PI),
  degrees: (x) => np.multiply(x, 180 / Math.PI),
};

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
  if (Object.hasOwn(EXACT, name)) return EXACT[name];
  if (name === 'mean') return (x: Array, axis?: never): unknown => x.mean(axis);
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

/** A namespace of jax-js functions made reference-free and float64. @param path as users write it: `np` */
function referenceFree<Namespace extends object>(namespace: Namespace, path: string): Namespace {
  return new Proxy(namespace, {
    get: (target, property) => {
      const member: unknown = Reflect.get(target, property);
      if (member === undefined && typeof property === 'string' && !ASKED_OF_ALL.has(property)) {
        throw userError(missingFunction(path, property));
      }
      const name = `${path}.${String(property)}`;
      if (typeof member === 'object' && member !== null) return referenceFree(member, name);
      return typeof member === 'function' ? referenceFreeFunction(member as Function_, String(property), name) : member;
    },
  });
}

/** What promises and JSON ask of any object. */
const ASKED_OF_ALL: ReadonlySet<string> = new Set(['then', 'toJSON']);

/** NumPy's names in camel case, in float64; arrays may be used any number of times. `docs/targets.md` has rules. */
export const np = referenceFree(jax.numpy, 'np');
/** A few functions of `jax.lax`, such as `lax.erf`; as {@link np}. */
export const lax = referenceFree(jax.lax, 'lax');
/** Functions of networks, such as `nn.logsumexp` and `nn.softplus`; as {@link np}. */
export const nn = referenceFree(jax.nn, 'nn');

/** A function of reference-free arrays as jax-js wants it: arrays in and out with counted references. */
export function counted<Arguments extends unknown[], Result>(f: (...args: Arguments) => Result): (...args: Arguments) =>
  Result {
  return (...args) => release(f(...(args.map(hold) as Arguments))) as Result;
}

/** The gradient of a scalar function of arrays by its first argument, reference-free. */
export function valueAndGradient(f: (...args: Array[]) => Array): (...args: Array[]) => [Array, Array] {
  const differentiated = jax.valueAndGrad(counted(f) as never) as (...args: unknown[]) => unknown;
  return (...args) => hold(differentiated(...args.map(release))) as [Array, Array];
}

/** As {@link valueAndGradient}, with further outputs that are not differentiated. */
export function valueAndGradientWithAux(f: (...args: Array[]) => [Array, Array[]]): (...args: Array[]) =>
  [Array, Array[], Array] {
  const differentiated = jax.valueAndGrad(counted(f) as never, { hasAux: true }) as (...args: unknown[]) => unknown;
  return (...args) => {
    const [[value, aux], gradient] = hold(differentiated(...args.map(release))) as [[Array, Array[]], Array];
    return [value, aux, gradient];
  };
}

/** `f` of one point, mapped over the leading axis of its arguments, reference-free. */
export function batched(f: (...args: Array[]) => Array): (...args: Array[]) => Array {
  const mapped = jax.vmap(counted(f) as never) as unknown as (...args: unknown[]) => unknown;
  return (...args) => hold(mapped(...args.map(release))) as Array;
}
