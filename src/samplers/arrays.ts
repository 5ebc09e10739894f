/** Where the arrays of a run come from: ordinary memory, or memory that compiled code on several threads can reach. */
export interface ArrayAllocator {
  /** All zero. */
  float64(length: number): Float64Array;
  int32(length: number): Int32Array;
}

export const ordinaryArrays: ArrayAllocator = {
  float64: (length) => new Float64Array(length),
  int32: (length) => new Int32Array(length),
};
