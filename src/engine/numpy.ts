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

const exact = (value: unknown): unknown =>
  typeof value === 'number' ? jax.numpy.array(value, { dtype: jax.numpy.float64 }) : value;

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

/** Methods and functions whose plain numbers are array operands, not axes or counts. */
const ELEMENTWISE = new Set([
  'add', 'sub', 'subtract', 'mul', 'multiply', 'div', 'divide', 'trueDivide', 'mod', 'remainder', 'fmod', 'power', 'pow',
  'floatPower', 'maximum', 'minimum', 'fmax', 'fmin', 'where', 'clip', 'atan2', 'arctan2', 'hypot', 'logaddexp', 'heaviside',
  'copysign', 'greater', 'greaterEqual', 'less', 'lessEqual', 'equal', 'notEqual',
]);

/** Functions that make arrays and take `{ dtype }` last. */
const CREATION = new Map<string, number>([
  ['array', 1], ['zeros', 1], ['ones', 1], ['full', 2], ['eye', 2], ['identity', 1], ['linspace', 4], ['tri', 3],
]);

function method(owner: jax.Array, name: string, member: (...args: never[]) => unknown): (...args: unknown[]) => unknown {
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
      if (typeof member !== 'function') return member;
      const name = String(property);
      if (name === 'mean') return (x: Array, axis?: never): unknown => x.mean(axis);
      const optionsAt = CREATION.get(name);
      if (optionsAt !== undefined) {
        return (...args: unknown[]): unknown => {
          const given = args.map(release);
          const last = given.at(-1);
          const options = typeof last === 'object' && last !== null && 'dtype' in last && !isTracer(last) ? (given.pop() as object) : {};
          while (given.length < optionsAt) given.push(undefined);
          return hold(Reflect.apply(member, undefined, [...given, { dtype: jax.numpy.float64, ...options }]));
        };
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

/**
 * `value` (a function of `x`) with the derivative given by hand: `tangent` must be linear and of the shape of `value`.
 * After differentiation the added term is `tangent(0) = 0`, which the engine's simplifier removes.
 */
export function withDerivative(value: Array, x: Array, tangent: (dx: Array) => Array): Array {
  return lax.stopGradient(value).add(tangent(x.sub(lax.stopGradient(x))));
}
