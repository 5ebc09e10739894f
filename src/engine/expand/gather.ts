/**
 * `gather` in the one form that executors know: along one axis, at indices that are numbers. Several axes become one;
 * indices that depend on an argument become comparisons with every index there is.
 */
import type { Atom, Parameters } from '../program.ts';
import { range, splat, type Emitter } from './emitter.ts';
import { fixedIndex, type FixedIndex } from './fixed.ts';
import { flatIndex } from './flatIndex.ts';
import { padded, pointing, sizesOf, type Computed } from './oneHot.ts';

/** What `gather` takes, its indices sorted into those that are known and those that are not. */
export interface Indexing {
  readonly fixed: readonly FixedIndex[];
  readonly fixedAxes: readonly number[];
  readonly computed: readonly Computed[];
  /** Axes without an index, in order. */
  readonly rest: readonly number[];
  /** Axes that the indices have. */
  readonly rank: number;
  readonly outDim: number;
}

/** @param shape of the array that is pointed into */
export function indexing(
  emitter: Emitter, shape: readonly number[], indices: readonly Atom[], { axis = [0], outDim = 0 }: Parameters
): Indexing {
  const rank = Math.max(...indices.map((index) => index.shape.length));
  const numbers = indices.map((index) => fixedIndex(emitter, index));
  const known = numbers.flatMap((index, k) => (index === null ? [] : [{ index, axis: axis[k] }]));
  return {
    fixed: known.map(({ index: { shape: own, data } }) => ({ shape: padded(own, rank), data })),
    fixedAxes: known.map((each) => each.axis),
    computed: indices.flatMap((index, k) => (numbers[k] === null ? [{ index, axis: axis[k], size: shape[axis[k]] }]
      : [])),
    rest: range(shape.length).filter((each) => !axis.includes(each)), rank, outDim,
  };
}

/** Along `axes`, laid out in a row: the result has the axes of the indices at `outDim` and the others around them. */
function gatherFixed(
  emitter: Emitter, x: Atom, indices: readonly FixedIndex[], axes: readonly number[], outDim: number
): Atom {
  const sizes = sizesOf(x.shape, axes);
  const { shape, data } = flatIndex(indices, sizes);
  const others = range(x.shape.length).filter((axis) => !axes.includes(axis));
  const rest = sizesOf(x.shape, others);
  const source = axes.length === 1 ? x
    : emitter.reshape(emitter.transpose(x, [...others, ...axes]), [...rest, sizes.reduce((a, b) => a * b, 1)]);
  const axis = axes.length === 1 ? axes[0] : rest.length;
  const index = emitter.constant(Int32Array.from(data), shape, 'int32');
  const result = [...rest.slice(0, outDim), ...shape, ...rest.slice(outDim)];
  return emitter.one('gather', [source, index], { axis: [axis], outDim }, result, x.dtype);
}

/** @param certain whether the indices are known to lie within their axes */
export function expandGather(
  emitter: Emitter, [given, ...indices]: readonly Atom[], parameters: Parameters, certain: boolean
): Atom {
  const { fixed, fixedAxes, computed, rest, rank, outDim } = indexing(emitter, given.shape, indices, parameters);
  if (computed.length === 0) return gatherFixed(emitter, given, fixed, fixedAxes, outDim);
  const x = given.dtype === 'bool' ? emitter.cast(given, 'int32') : given;
  const remaining = range(x.shape.length).filter((axis) => !fixedAxes.includes(axis));
  const others = sizesOf(x.shape, remaining);
  const front = fixed.length === 0 ? emitter.reshape(x, [...padded([], rank), ...others])
    : gatherFixed(emitter, x, fixed, fixedAxes, 0);
  const place = (axis: number): number => rank + remaining.indexOf(axis);
  const before = rest.slice(0, outDim);
  const after = rest.slice(outDim);
  const ordered = emitter.transpose(front, [
    ...before.map(place), ...range(rank), ...after.map(place), ...computed.map(({ axis }) => place(axis)),
  ]);
  const kept = before.length + rank + after.length;
  const count = computed.reduce((product, { size }) => product * size, 1);
  const rows = emitter.reshape(ordered, [...ordered.shape.slice(0, kept), count]);
  const { mask, valid } = pointing(emitter, computed, { rank, before: before.length, after: after.length, certain });
  const sum = emitter.reduce('Add', emitter.map('where', mask, rows, splat(0, x.dtype)), [kept]);
  if (valid === null || x.dtype !== 'float') return emitter.cast(sum, given.dtype);
  return emitter.map('where', valid, sum, splat(NaN));
}
