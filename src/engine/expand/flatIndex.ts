/** Several indices, each of an axis of its own, as one into these axes laid out in a row. */
import { broadcastShapes, sizeOf } from '../program.ts';
import { position, type FixedIndex } from './fixed.ts';

/** @param sizes of the axes that the indices point into */
export function flatIndex(indices: readonly FixedIndex[], sizes: readonly number[]): FixedIndex {
  const shape = broadcastShapes(...indices.map((index) => index.shape));
  const data = Int32Array.from({ length: sizeOf(shape) }, (_, i) => indices.reduce(
    (sum, index, k) => sum * sizes[k] + position(index.data[broadcastPosition(i, shape, index.shape)], sizes[k]), 0
  ));
  return { shape, data };
}

/** Where the entry `i` of a broadcast result comes from. */
function broadcastPosition(i: number, result: readonly number[], shape: readonly number[]): number {
  const offset = result.length - shape.length;
  let at = 0;
  let stride = 1;
  for (let axis = result.length - 1; axis >= offset; axis--) {
    const length = shape[axis - offset];
    if (length !== 1) at += (i % result[axis]) * stride;
    stride *= length;
    i = Math.floor(i / result[axis]);
  }
  return at;
}
