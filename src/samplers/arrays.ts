/** Where the arrays of a run come from: ordinary memory, or memory that compiled code on several threads can reach. */
import type { ArrayAllocator } from '../engine/simd/chains/ladders.ts';

export type { ArrayAllocator };

/** Memory of this thread. */
export const ordinaryArrays: ArrayAllocator = {
  float64: (length) => new Float64Array(length),
  int32: (length) => new Int32Array(length),
};
