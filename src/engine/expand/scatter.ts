/**
 * `scatter`, the gradient of `gather`, as gathers and sums: every entry of the result is the sum of the updates that
 * point to it, and who they are is known where indices are.
 */
import { InputError } from '../../errors.ts';
import { sizeOf, type Atom, type Parameters } from '../program.ts';
import { range, splat, type Emitter } from './emitter.ts';
import { flatIndex } from './flatIndex.ts';
import { indexing } from './gather.ts';
import { pointing, sizesOf } from './oneHot.ts';

/** Row by row the sums of the rows that are listed. @param x of shape [M, …] @returns [lists.length, …] */
function sumsOfRows(emitter: Emitter, x: Atom, lists: readonly (readonly number[])[]): Atom {
  const [count, ...tail] = x.shape;
  const longest = Math.max(1, ...lists.map((list) => list.length));
  const isFull = lists.every((list) => list.length === longest);
  const rows = isFull ? x : emitter.concatenate([x, splat(0, x.dtype, [1, ...tail])], 0);
  const chosen = lists.flatMap((list) => range(longest).map((k) => list[k] ?? count));
  const index = emitter.constant(Int32Array.from(chosen), [lists.length, longest], 'int32');
  const shape = [lists.length, longest, ...tail];
  return emitter.reduce('Add', emitter.one('gather', [rows, index], { axis: [0], outDim: 0 }, shape, x.dtype), [1]);
}

/** Sums of rows of `x` by where they point to. Where few have most of the rows, their sums are made in several goes. */
function sumByTarget(emitter: Emitter, x: Atom, targets: ArrayLike<number>, count: number): Atom {
  const lists: number[][] = Array.from({ length: count }, () => []);
  Array.from(targets).forEach((target, row) => lists[target].push(row));
  const part = Math.max(4, Math.ceil((4 * targets.length) / count));
  if (lists.every(({ length }) => length <= part)) return sumsOfRows(emitter, x, lists);
  const parts = lists.flatMap((list, target) => range(Math.ceil(list.length / part))
    .map((k) => ({ target, rows: list.slice(k * part, (k + 1) * part) })));
  const sums = sumsOfRows(emitter, x, parts.map(({ rows }) => rows));
  return sumByTarget(emitter, sums, parts.map(({ target }) => target), count);
}

/** Sums over the axes at the front, and unit axes in their place. */
function summed(emitter: Emitter, x: Atom, axes: readonly number[]): Atom {
  return emitter.reshape(emitter.reduce('Add', x, axes), x.shape.map((n, axis) => (axes.includes(axis) ? 1 : n)));
}

/** @param certain whether the indices are known to lie within their axes */
export function expandScatter(
  emitter: Emitter, [updates, ...indices]: readonly Atom[], parameters: Parameters, certain: boolean
): Atom {
  const { shape = [], op } = parameters;
  if (op !== 'add') throw new InputError(`the engine can add where indices point to, and not "${op}"`);
  const { fixed, fixedAxes, computed, rest, rank, outDim } = indexing(emitter, shape, indices, parameters);
  // The axes of the indices first, then those without an index, then those with a computed one.
  const before = range(outDim);
  const after = range(rest.length - outDim).map((k) => outDim + rank + k);
  const own = range(rank).map((k) => outDim + k);
  let x: Atom = emitter.transpose(updates, [...own, ...before, ...after]);
  if (computed.length > 0) {
    const { mask } = pointing(emitter, computed, { rank, before: 0, after: rest.length, certain });
    const spread = emitter.reshape(x, [...x.shape, 1]);
    x = emitter.map('where', mask, spread, splat(0, updates.dtype));
  }
  const known = fixed.length === 0 ? null : flatIndex(fixed, sizesOf(shape, fixedAxes));
  x = summed(emitter, x, range(rank).filter((axis) => (known?.shape[axis] ?? 1) === 1));
  const tail = sizesOf(shape, [...rest, ...computed.map(({ axis }) => axis)]);
  const rows = emitter.reshape(x, [sizeOf(x.shape.slice(0, rank)), ...tail]);
  const sums = known === null ? rows : sumByTarget(emitter, rows, known.data, sizeOf(sizesOf(shape, fixedAxes)));
  const order = [...fixedAxes, ...rest, ...computed.map(({ axis }) => axis)];
  return emitter.transpose(
    emitter.reshape(sums, sizesOf(shape, order)), range(shape.length).map((axis) => order.indexOf(axis))
  );
}
