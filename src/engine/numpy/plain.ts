/** `np` as jax-js has it, but without reference counting: what functions of our own are written with. */
import { operand, hold, release, type Array } from '../arrayProxy.ts';
import * as jax from '../jax.ts';
import { referenceFree } from '../referenceFree.ts';

export const plain = referenceFree(jax.numpy, 'np', {});

/** What functions of every entry take: arrays, numbers and conditions. */
export type Operand = Parameters<typeof jax.numpy.multiply>[0];
/** An axis, several, or all of them (null). */
export type Axis = number | number[] | null;

/** A number as an array; arrays as they are. @param where the function that takes it, `np.interp` */
export const lifted = (value: Operand, where: string): Array => {
  const array = hold(operand(release(value), where)) as Operand;
  return typeof array === 'boolean' ? plain.array(array) : array as Array;
};

/** As {@link lifted}, and lists of numbers too. */
export const table = (value: Operand | readonly number[], where: string): Array =>
  (globalThis.Array.isArray(value) ? plain.array([...value as number[]]) : lifted(value as Operand, where));
