/**
 * The safetensors format: named arrays and text metadata in one file. The same arrays always give the same bytes:
 * names are sorted, and data are laid out by element size, then name, so that every array is aligned.
 * @see https://github.com/huggingface/safetensors#format
 */
import { bytesOf, bytesPerElement, checkArray, zeros, type StoredArray } from './array.ts';
import { writeFileAtomic, type WriteOptions } from './atomic.ts';
import { formatNames, readHeader } from './safetensorsHeader.ts';
import { withFile, type Source } from './source.ts';

export interface Tensors {
  tensors: Record<string, StoredArray>;
  metadata: Record<string, string>;
}

/** @throws InputError if the file cannot be read, is truncated, or its header is damaged or inconsistent */
export function readSafetensors(path: string): Tensors {
  return withFile(path, readSafetensorsFrom);
}

/** @throws InputError as `readSafetensors` */
export function readSafetensorsFrom(source: Source): Tensors {
  const { entries, metadata, dataOffset } = readHeader(source);
  const tensors = entries.map(({ name, dtype, shape, begin }): [string, StoredArray] => {
    const array = zeros(dtype, shape) as StoredArray;
    source.read(dataOffset + begin, bytesOf(array.data));
    return [name, array];
  });
  return { tensors: Object.fromEntries(tensors), metadata };
}

/** Writes in one step. @throws InputError (exit code 1) if the disk refuses; the old file stays */
export function writeSafetensors(
  path: string, tensors: Readonly<Record<string, StoredArray>>, metadata: Readonly<Record<string, string>> = {},
  options: WriteOptions = {}
): void {
  writeFileAtomic(path, encodeSafetensors(tensors, metadata), options);
}

/** The file's bytes in pieces: the header, then views of the data. */
export function encodeSafetensors(
  tensors: Readonly<Record<string, StoredArray>>, metadata: Readonly<Record<string, string>> = {}
): Uint8Array[] {
  const named = sorted(Object.entries(tensors));
  const offsets = new Map<string, [begin: number, end: number]>();
  const pieces: Uint8Array[] = [];
  let end = 0;
  for (const [name, array] of [...named].sort(([, a], [, b]) => bytesPerElement[b.dtype] - bytesPerElement[a.dtype])) {
    checkArray(array);
    if (name === '__metadata__') throw new RangeError('a tensor cannot be called __metadata__');
    const bytes = bytesOf(array.data);
    offsets.set(name, [end, end + bytes.length]);
    end += bytes.length;
    pieces.push(bytes);
  }
  const members = named.map(([name, { dtype, shape }]) => member(
    name, JSON.stringify({ dtype: formatNames[dtype], shape, data_offsets: offsets.get(name) })
  ));
  const notes = sorted(Object.entries(metadata)).map(([key, value]) => member(key, JSON.stringify(value)));
  if (notes.length > 0) members.unshift(member('__metadata__', `{${notes.join(',')}}`));
  const text = Buffer.from(`{${members.join(',')}}`);
  // Spaces up to a multiple of 8, so that float64 data are aligned in a memory-mapped file.
  const header = Buffer.alloc(8 + Math.ceil(text.length / 8) * 8, ' ');
  header.writeBigUInt64LE(BigInt(header.length - 8));
  text.copy(header, 8);
  return [header, ...pieces];
}

function sorted<T>(entries: [string, T][]): [string, T][] {
  return entries.sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Written by hand because a JavaScript object would move names like "0" to the front. */
function member(name: string, json: string): string {
  return `${JSON.stringify(name)}:${json}`;
}
