/**
 * Which entry of an array every entry of a moved array is: all arrays are flat, in row-major order, so what only moves
 * entries about is a list of positions, and moves after moves are lists of lists.
 */
import { sizeOf, type Equation } from '../program.ts';

type Shape = readonly number[];

/** Strides of a row-major array. */
export function stridesOf(shape: Shape): number[] {
  const strides: number[] = [];
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
}

/** a_i + b_j in row-major order: [a.length · b.length] */
export function outerSum(a: Int32Array, b: Int32Array): Int32Array {
  if (b.length === 1 && b[0] === 0) return a;
  const sums = new Int32Array(a.length * b.length);
  let at = 0;
  for (const first of a) for (const second of b) sums[at++] = first + second;
  return sums;
}

/** offset + Σ i_axis · stride_axis for all indices of `shape` in row-major order. */
export function strided(shape: Shape, strides: Shape, offset = 0): Int32Array {
  let positions = Int32Array.of(offset);
  shape.forEach((n, axis) => {
    positions = outerSum(positions, Int32Array.from({ length: n }, (_, i) => i * strides[axis])) as typeof positions;
  });
  return positions;
}

/** Positions of an array of `shape` that is broadcast to `result`. */
export function broadcastMap(shape: Shape, result: Shape): Int32Array | null {
  if (sizeOf(shape) === sizeOf(result)) return null;
  const own = stridesOf(shape);
  const offset = result.length - shape.length;
  return strided(result, result.map((_, axis) => (axis < offset || shape[axis - offset] === 1 ? 0
    : own[axis - offset])));
}

/** Positions in an array of `shape` of what is gathered from one axis, which then has the place `outDim`. */
export function gatherMap(shape: Shape, axis: number, outDim: number, indices: Float64Array): Int32Array {
  const strides = stridesOf(shape);
  const kept = shape.map((_, k) => k).filter((k) => k !== axis);
  const part = (of: readonly number[]): Int32Array => strided(of.map((k) => shape[k]), of.map((k) => strides[k]));
  const chosen = Int32Array.from(indices, (index) => index * strides[axis]);
  return outerSum(outerSum(part(kept.slice(0, outDim)), chosen), part(kept.slice(outDim)));
}

/** Positions of the entries that a primitive moves; null where they stay in order; undefined of other primitives. */
export function moveMap({ primitive, inputs, parameters, outputs }: Equation): Int32Array | null | undefined {
  const { shape } = inputs[0];
  const strides = stridesOf(shape);
  const result = outputs[0].shape;
  switch (primitive) {
    case 'reshape': return null;
    case 'transpose': return strided(result, (parameters.perm ?? []).map((axis) => strides[axis]));
    case 'broadcast': {
      // Axes are added, and unit axes may grow.
      const own = result.map((_, axis) => axis).filter((axis) => !(parameters.axis ?? []).includes(axis));
      return strided(result, result.map((_, axis) => {
        const k = own.indexOf(axis);
        return k === -1 || shape[k] === 1 ? 0 : strides[k];
      }));
    }
    case 'flip': {
      const flipped = parameters.axis ?? [];
      return strided(
        shape, strides.map((stride, axis) => (flipped.includes(axis) ? -stride : stride)),
        flipped.reduce((sum, axis) => sum + (shape[axis] - 1) * strides[axis], 0)
      );
    }
    case 'shrink': {
      const slice = parameters.slice ?? [];
      return strided(result, strides, slice.reduce((sum, [low], axis) => sum + low * strides[axis], 0));
    }
    default: return undefined;
  }
}

/** Positions after positions: entry i is inner[outer[i]]. null: in order */
export function compose(inner: Int32Array | null, outer: Int32Array | null): Int32Array | null {
  if (inner === null) return outer;
  return outer === null ? inner : outer.map((i) => inner[i]);
}

/** null for positions in order that cover an array of `size`. */
export function inOrder(index: Int32Array | null, size: number): Int32Array | null {
  if (index === null || index.length !== size) return index;
  for (let i = 0; i < size; i++) if (index[i] !== i) return index;
  return null;
}

/** First position and step of positions at equal distances; null for others. */
export function affine(index: Int32Array): { readonly start: number; readonly step: number } | null {
  const start = index[0];
  const step = index.length > 1 ? index[1] - start : 0;
  for (let i = 2; i < index.length; i++) if (index[i] - index[i - 1] !== step) return null;
  return { start, step };
}
