/**
 * `np`, `lax` and `nn` in the NumPy/JAX style, without reference counting: every use of an array takes a reference
 * of its own, so energies and flows read like their formulas and a name may be used any number of times.
 *
 * The functions are those of `@jax-js/jax`; arrays handed in and out are thin proxies of its arrays. Everything is
 * float64 here (numbers included, which jax-js alone would round to float32); executors choose the precision they run
 * in.
 */
import { hold, release, type Array } from './arrayProxy.ts';
import * as jax from './jax.ts';
import { ARRAY_FUNCTIONS } from './numpy/arrays.ts';
import { EXACT } from './numpy/exact.ts';
import { convolve, interp, searchsorted } from './numpy/tables.ts';
import { einsum, matvec, vecmat } from './numpy/einsum.ts';
import { solveTriangular } from './numpy/solveTriangular.ts';
import { referenceFree } from './referenceFree.ts';

export type { Array } from './arrayProxy.ts';

/** NumPy's names in camel case, in float64; arrays may be used any number of times. `docs/numpy.md` maps them. */
export const np = referenceFree(jax.numpy, 'np', {
  ...EXACT, ...ARRAY_FUNCTIONS, einsum, matvec, vecmat, interp, searchsorted, convolve,
  linalg: referenceFree(jax.numpy.linalg, 'np.linalg', { solveTriangular }),
});
/** A few functions of `jax.lax`, such as `lax.erf`; as {@link np}. */
export const lax = referenceFree(jax.lax, 'lax', {});
/** Functions of networks, such as `nn.logsumexp` and `nn.softplus`; as {@link np}. */
export const nn = referenceFree(jax.nn, 'nn', {});

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
