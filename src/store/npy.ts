/** NumPy .npy files: float64, float32 and int32, little-endian, C order, any shape. */
import { bytesOf, bytesPerElement, checkArray, elementCount, zeros, type ArrayOf, type ArrayTypes } from './array.ts';
import { openAtomic, writeFileAtomic, type WriteOptions } from './atomic.ts';
import { encodeNpyHeader, readNpyHeader, type NpyDType } from './npyHeader.ts';
import { withFile, type Source } from './source.ts';

export type NpyArray = { [D in NpyDType]: ArrayOf<D> }[NpyDType];

/** @throws InputError if the file cannot be read, is damaged, or holds another kind of array */
export function readNpy(path: string): NpyArray {
  return withFile(path, readNpyFrom);
}

/** Reads the array that `source` holds, nothing before it and nothing after. @throws InputError as `readNpy` */
export function readNpyFrom(source: Source): NpyArray {
  const { dtype, shape, offset } = readNpyHeader(source);
  const array = zeros<NpyDType>(dtype, shape) as NpyArray;
  source.read(offset, bytesOf(array.data));
  return array;
}

/**
 * Some rows of an array as float64, [indices.length, …]; the rest is not held.
 * @param pick their indices, of so many
 * @throws InputError as `readNpy`
 */
export function readNpyRowsFrom(source: Source, pick: (rows: number) => readonly number[]): Float64Array {
  const { dtype, shape, offset } = readNpyHeader(source);
  const width = elementCount(shape.slice(1));
  const picked = pick(shape[0] ?? 1);
  const rows = new Float64Array(picked.length * width);
  const row = zeros<NpyDType>(dtype, [width]) as NpyArray;
  for (const [k, index] of picked.entries()) {
    source.read(offset + index * width * bytesPerElement[dtype], bytesOf(row.data));
    rows.set(row.data, k * width);
  }
  return rows;
}

/** Writes a whole array. @throws InputError (exit code 1) if the disk refuses; the old file stays */
export function writeNpy(path: string, array: NpyArray, options: WriteOptions = {}): void {
  writeFileAtomic(path, encodeNpy(array), options);
}

/** The file's bytes in two pieces, the second a view of the data. */
export function encodeNpy(array: NpyArray): [header: Uint8Array, body: Uint8Array] {
  checkArray(array);
  return [encodeNpyHeader(array.dtype, array.shape), bytesOf(array.data)];
}

/** An array being written in pieces; memory stays at one piece. */
export interface NpyWriter<D extends NpyDType> {
  /**
   * Appends elements in C order, usually whole rows.
   * @throws RangeError beyond the shape; InputError if the disk refuses
   */
  append(chunk: ArrayTypes[D]): void;
  /** Puts the file in place. @throws RangeError if elements are missing; InputError if the disk refuses */
  close(): void;
  /** Gives up; the old file, if any, stays. Does nothing after `close`. */
  abort(): void;
}

/** Begins an array of known final shape: [n, d] or [n]. The file appears, whole, at `close`. */
export function createNpyWriter<D extends NpyDType>(
  path: string, { dtype, shape }: { dtype: D; shape: readonly number[] }, options: WriteOptions = {}
): NpyWriter<D> {
  const header = encodeNpyHeader(dtype, shape);
  const total = elementCount(shape);
  const file = openAtomic(path, options);
  let count = 0;
  const mistake = (message: string): RangeError => {
    file.abort();
    return new RangeError(`${path}: ${message}`);
  };
  file.write(header);
  return {
    append(chunk) {
      checkChunk(dtype, chunk, mistake);
      if (count + chunk.length > total)
        throw mistake(`${count + chunk.length} elements do not fit shape [${shape.join(', ')}]`);
      file.write(bytesOf(chunk));
      count += chunk.length;
    },
    close() {
      if (count !== total) throw mistake(`${count} elements written, shape [${shape.join(', ')}] takes ${total}`);
      file.commit();
    },
    abort: () => file.abort(),
  };
}

function checkChunk(dtype: NpyDType, chunk: ArrayTypes[NpyDType], mistake: (message: string) => RangeError): void {
  const found = chunk instanceof Float64Array ? 'float64' : chunk instanceof Float32Array ? 'float32' : 'int32';
  if (found !== dtype) throw mistake(`a piece of ${found} in an array of ${dtype}`);
}
