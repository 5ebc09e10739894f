/**
 * `np`, `lax` and `nn` in the NumPy/JAX style, without reference counting: every use of an array takes a reference
 * of its own, so energies and flows read like their formulas and a name may be used any number of times.
 *
 * The functions are those of `@jax-js/jax`; arrays handed in and out are thin proxies of its arrays. Everything is
 * float64 here (numbers included, which jax-js alone would round to float32); executors choose the precision they run in.
 */
import * as jax from './jax.ts';

/** An array (or a traced stand-in for one) with NumPy-style methods: `x.add(y)`, `x.sum(axis)`, `x.slice(0)`, … */
export type Array = jax.Array;

const held = new WeakMap<object, jax.Array>();

const isTracer = (value: unknown): value is jax.Array =>
  typeof value === 'object' && value !== null && 'aval' in value && 'ref' in value;

/** One array per number, kept for good: tracing then meets each literal once, not once per use. */
const literals = new Map<number, jax.Array>();

function exact(value: unknown): unknown {
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
  if (tracer !== undefined) return tracer.ref;
  if (globalThis.Array.isArray(value)) return value.map(release);
  if (Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, release(entry)]));
  }
  return value;
}

/** Functions whose plain numbers are array operands, not axes or counts. */
const ELEMENTWISE = new Set([
  'add', 'sub', 'subtract', 'mul', 'multiply', 'div', 'divide', 'trueDivide', 'mod', 'remainder', 'fmod', 'power', 'pow',
  'floatPower', 'maximum', 'minimum', 'fmax', 'fmin', 'where', 'clip', 'atan2', 'arctan2', 'hypot', 'logaddexp', 'heaviside',
  'copysign', 'greater', 'greaterEqual', 'less', 'lessEqual', 'equal', 'notEqual', 'floorDivide', 'logaddexp2', 'sqrt', 'square', 'exp',
  'expm1', 'log', 'log1p', 'sin', 'cos', 'tan', 'sinh', 'cosh', 'tanh', 'asin', 'atan', 'arcsin', 'arctan', 'asinh', 'acosh', 'atanh',
  'arcsinh', 'arccosh', 'arctanh', 'abs', 'absolute', 'negative', 'reciprocal', 'sign', 'floor', 'ceil', 'trunc', 'erf', 'erfc',
]);

/** Functions that join a list of arrays, in which plain numbers are arrays too. */
const JOINING = new Set(['stack', 'concatenate', 'append', 'hstack', 'vstack', 'dstack', 'columnStack']);

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

/** Reductions of conditions count them, as in NumPy; jax-js alone would give a condition again. */
const COUNTING = new Set(['sum', 'prod', 'mean']);
const countable = (value: unknown): unknown => (isTracer(value) && value.dtype === jax.numpy.bool ? value.astype(jax.numpy.int32) : value);

/** Functions that make arrays and take `{ dtype }` last. */
const CREATION = new Map<string, number>([
  ['array', 1], ['zeros', 1], ['ones', 1], ['full', 2], ['eye', 2], ['identity', 1], ['linspace', 4], ['tri', 3],
]);

/** Integers in a typed array, and booleans, keep their kind. */
const isFloat = (data: unknown): boolean => {
  let first = data;
  while (globalThis.Array.isArray(first)) first = first[0];
  return typeof first !== 'boolean' && !(first instanceof Int32Array || first instanceof Uint32Array);
};

function method(owner: jax.Array, name: string, member: (...args: never[]) => unknown): (...args: unknown[]) => unknown {
  if (COUNTING.has(name) && owner.dtype === jax.numpy.bool) {
    const numbers = hold(owner.ref.astype(name === 'mean' ? jax.numpy.float64 : jax.numpy.int32)) as Readonly<Record<string, (...args: unknown[]) => unknown>>;
    return numbers[name];
  }
  if (name === 'mean') {
    return (axis) => {
      const total = hold(owner.ref.sum(axis as never)) as Array;
      return total.div(owner.size / total.size);
    };
  }
  const convert = ELEMENTWISE.has(name) ? (value: unknown): unknown => exact(release(value)) : release;
  return (...args) => hold(Reflect.apply(member, owner.ref, args.map(convert)));
}

/** A proxy of a jax-js array whose methods take references; arrays inside lists are wrapped too. */
export function hold(value: unknown): unknown {
  if (isTracer(value)) {
    const proxy: object = new Proxy({}, {
      get: (_target, property) => {
        if (property === 'ref') return proxy;
        const member: unknown = Reflect.get(value, property, value);
        if (typeof member !== 'function') return member;
        return method(value, String(property), member as (...args: never[]) => unknown);
      },
      has: (_target, property) => property in value,
    });
    held.set(proxy, value);
    return proxy;
  }
  if (globalThis.Array.isArray(value)) return value.map(hold);
  return value;
}

/** A namespace of jax-js functions made reference-free and float64. */
function referenceFree<Namespace extends object>(namespace: Namespace): Namespace {
  return new Proxy(namespace, {
    get: (target, property) => {
      const member: unknown = Reflect.get(target, property);
      if (typeof member === 'object' && member !== null) return referenceFree(member);
      if (typeof member !== 'function') return member;
      const name = String(property);
      if (Object.hasOwn(EXACT, name)) return EXACT[name];
      if (name === 'mean') return (x: Array, axis?: never): unknown => x.mean(axis);
      const optionsAt = CREATION.get(name);
      if (optionsAt !== undefined) {
        return (...args: unknown[]): unknown => {
          const given = args.map(release);
          const last = given.at(-1);
          const options = typeof last === 'object' && last !== null && 'dtype' in last && !isTracer(last) ? (given.pop() as object) : {};
          while (given.length < optionsAt) given.push(undefined);
          return hold(Reflect.apply(member, undefined, [...given, isFloat(given[0]) ? { dtype: jax.numpy.float64, ...options } : options]));
        };
      }
      if (COUNTING.has(name)) return (x: unknown, ...rest: unknown[]): unknown => hold(Reflect.apply(member, undefined, [countable(release(x)), ...rest.map(release)]));
      if (JOINING.has(name)) {
        const join = (value: unknown): unknown => (globalThis.Array.isArray(value) ? value.map((part) => exact(release(part))) : release(value));
        return (...args: unknown[]): unknown => hold(Reflect.apply(member, undefined, args.map(join)));
      }
      const convert = ELEMENTWISE.has(name) ? (value: unknown): unknown => exact(release(value)) : release;
      return (...args: unknown[]): unknown => hold(Reflect.apply(member, undefined, args.map(convert)));
    },
  });
}

export const np = referenceFree(jax.numpy);
export const lax = referenceFree(jax.lax);
export const nn = referenceFree(jax.nn);

/** A function of reference-free arrays as jax-js wants it: arrays in and out with counted references. */
export function counted<Arguments extends unknown[], Result>(f: (...args: Arguments) => Result): (...args: Arguments) => Result {
  return (...args) => release(f(...(args.map(hold) as Arguments))) as Result;
}

/** The gradient of a scalar function of arrays by its first argument, reference-free. */
export function valueAndGradient(f: (...args: Array[]) => Array): (...args: Array[]) => [Array, Array] {
  const differentiated = jax.valueAndGrad(counted(f) as never) as (...args: unknown[]) => unknown;
  return (...args) => hold(differentiated(...args.map(release))) as [Array, Array];
}

/** As {@link valueAndGradient}, with further outputs that are not differentiated. */
export function valueAndGradientWithAux(f: (...args: Array[]) => [Array, Array[]]): (...args: Array[]) => [Array, Array[], Array] {
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
