/** Functions of NumPy that jax-js lacks, or that take what NumPy does not. */
import type { Array } from '../arrayProxy.ts';
import * as jax from '../jax.ts';
import { userError } from '../userLine.ts';
import { lifted, plain, type Operand } from './plain.ts';

/** Integers, alone or in lists of any depth, or an array of them. */
export type Indices = Array | number | readonly Indices[];

/** One index, from the start. @param length of the axis */
function position(index: number, length: number): number {
  if (!Number.isInteger(index)) throw userError(`np.take takes integers for indices, got ${index}`);
  if (index < length && index >= -length) return index < 0 ? index + length : index;
  throw userError(
    `np.take: the index ${index} is outside of an axis of ${length} entries: indices go from ${-length} to ` +
      `${length - 1}`
  );
}

const positions = (indices: number | readonly Indices[], length: number): unknown =>
  (typeof indices === 'number' ? position(indices, length)
    : indices.map((each) => positions(each as number | readonly Indices[], length)));

function indexArray(indices: Indices, length: number): Array {
  if (typeof indices === 'number' || globalThis.Array.isArray(indices)) {
    const list = positions(indices as number | readonly Indices[], length);
    return plain.array(list, { dtype: jax.numpy.int32 });
  }
  const array = indices as Array;
  if (array.dtype === jax.numpy.int32 || array.dtype === jax.numpy.uint32) return array;
  throw userError(
    `np.take takes integers for indices, got an array of ${array.dtype}; write .astype(np.int32), ` +
      'or np.where for a choice by conditions'
  );
}

/** Entries `indices` of an axis, or of all entries in a row; negative ones count from the end. */
function take(x: Array, indices: Indices, axis: number | null = null): Array {
  const length = axis === null ? x.size : x.shape.at(axis);
  if (length === undefined) throw userError(`np.take: an array of shape [${x.shape.join(', ')}] has no axis ${axis}`);
  return plain.take(x, indexArray(indices, length), axis);
}

/** As in NumPy, but of kind float64 where one of the numbers is no integer. */
function arange(start: number, stop?: number, step = 1): Array {
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  if ([from, to, step].every((each) => Number.isInteger(each))) return plain.arange(from, to, step);
  const count = Math.max(0, Math.ceil((to - from) / step));
  return plain.array(globalThis.Array.from({ length: count }, (_, i) => from + i * step));
}

/** The size of `x` with the sign of `y`, which has no gradient. */
const copysign = (x: Operand, y: Operand): Array =>
  plain.absolute(x).mul(plain.where(plain.less(lifted(y, 'np.copysign'), 0), -1, 1));

export const ARRAY_FUNCTIONS = { take, arange, copysign, mod: plain.remainder };
