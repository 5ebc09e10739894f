/** Arbitrary arrays for property tests: any shape of 0 to 3 axes, empty ones included, any bit pattern. */
import fc from 'fast-check';
import { bytesOf, elementCount, zeros, type ArrayOf, type DType, type StoredArray } from '../../src/store/array.ts';
import { type NpyArray } from '../../src/store/npy.ts';

const shapes = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 3 });

export function arraysOf<D extends DType>(dtype: D): fc.Arbitrary<ArrayOf<D>> {
  return shapes.chain((shape) => {
    const array = zeros(dtype, shape);
    const size = bytesOf(array.data).length;
    return fc.uint8Array({ minLength: size, maxLength: size }).map((bytes) => {
      const filled = zeros(dtype, shape);
      bytesOf(filled.data).set(bytes);
      return filled;
    });
  });
}

export const npyArrays: fc.Arbitrary<NpyArray> = fc.oneof(arraysOf('float64'), arraysOf('float32'), arraysOf('int32'));
export const storedArrays: fc.Arbitrary<StoredArray> = fc.oneof(npyArrays, arraysOf('int64'));

/** For deepEqual: NaN payloads and the sign of 0 count. */
export function bits(array: StoredArray): unknown {
  return { dtype: array.dtype, shape: [...array.shape], count: elementCount(array.shape), bytes: Buffer.from(bytesOf(array.data)).toString('hex') };
}
