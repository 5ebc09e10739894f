/** The arrays that files hold: a typed array in C order with its shape. */
import { endianness } from 'node:os';
import { InputError } from '../errors.ts';

export interface ArrayTypes {
  float64: Float64Array;
  float32: Float32Array;
  int32: Int32Array;
  int64: BigInt64Array;
}
export type DType = keyof ArrayTypes;

/** `data` holds the product of `shape` elements, last axis fastest; a shape of [] is one number. */
export interface ArrayOf<D extends DType> {
  readonly dtype: D;
  readonly shape: readonly number[];
  readonly data: ArrayTypes[D];
}
export type StoredArray = { [D in DType]: ArrayOf<D> }[DType];

export const bytesPerElement: Readonly<Record<DType, number>> = { float64: 8, float32: 4, int32: 4, int64: 8 };

const constructors: { [D in DType]: new (length: number) => ArrayTypes[D] } = {
  float64: Float64Array,
  float32: Float32Array,
  int32: Int32Array,
  int64: BigInt64Array,
};

/** Number of elements: the product of the shape; 1 for []. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** An array of zeros. */
export function zeros<D extends DType>(dtype: D, shape: readonly number[]): ArrayOf<D> {
  return { dtype, shape, data: new constructors[dtype](elementCount(shape)) };
}

/** The array's bytes, little-endian, without a copy. */
export function bytesOf(data: ArrayTypes[DType]): Uint8Array {
  if (endianness() !== 'LE')
    throw new InputError('arrays are stored little-endian, and this machine is big-endian', { exitCode: 1 });
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/**
 * @throws RangeError if the data are not of the dtype, or not as many as the shape says: a mistake of the caller, not
 * of the user
 */
export function checkArray(array: StoredArray): void {
  const { dtype, shape, data } = array;
  if (!(data instanceof constructors[dtype]))
    throw new RangeError(`dtype says ${dtype}, data are ${Object.prototype.toString.call(data)}`);
  if (!shape.every((length) => Number.isSafeInteger(length) && length >= 0))
    throw new RangeError(`[${shape.join(', ')}] is no shape`);
  if (elementCount(shape) !== data.length)
    throw new RangeError(`shape [${shape.join(', ')}] does not hold ${data.length} elements`);
}

/** "float64 [3, 2]" */
export function describeArray(array: StoredArray): string {
  return `${array.dtype} [${array.shape.join(', ')}]`;
}

/**
 * The array, once it is known to have the dtype and shape that its reader needs.
 * @param array undefined where the file lacks it
 * @param shape null stands for any length
 * @param what names array and file in the message: "position in runs/x/training.checkpoint"
 * @throws InputError if it is missing or differs
 */
export function expectArray<D extends DType>(
  array: StoredArray | undefined, dtype: D, shape: readonly (number | null)[], what: string
): ArrayOf<D> {
  const wanted = `${dtype} [${shape.map((length) => length ?? 'any').join(', ')}]`;
  if (array === undefined) throw new InputError(`${what} is missing; expected ${wanted}`);
  const fits = array.shape.length === shape.length
    && shape.every((length, axis) => length === null || length === array.shape[axis]);
  if (!hasDType(array, dtype) || !fits) throw new InputError(`${what} is ${describeArray(array)}; expected ${wanted}`);
  return array;
}

function hasDType<D extends DType>(array: StoredArray | ArrayOf<D>, dtype: D): array is ArrayOf<D> {
  return array.dtype === dtype;
}
