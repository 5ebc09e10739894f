/**
 * The header of a NumPy .npy file, version 1.0: magic, version, length, and a Python dictionary padded to 64 bytes.
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
import { InputError } from '../errors.ts';
import { bytesPerElement, elementCount, type DType } from './array.ts';
import { oneLine } from './fileError.ts';
import { readBytes, type Source } from './source.ts';

/** What .npy files hold here. */
export type NpyDType = Exclude<DType, 'int64'>;

export interface NpyHeader {
  dtype: NpyDType;
  shape: number[];
  /** Where the numbers begin, in bytes. */
  offset: number;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // \x93NUMPY
const PREFIX = MAGIC.length + 4;
const ALIGNMENT = 64;
const descriptions: Readonly<Record<NpyDType, string>> = { float64: '<f8', float32: '<f4', int32: '<i4' };
const dtypes = new Map<string, NpyDType>([['<f8', 'float64'], ['<f4', 'float32'], ['<i4', 'int32']]);

/** The bytes before the numbers. */
export function encodeNpyHeader(dtype: NpyDType, shape: readonly number[]): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const dictionary = `{'descr': '${descriptions[dtype]}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const length = Math.ceil((PREFIX + dictionary.length + 1) / ALIGNMENT) * ALIGNMENT - PREFIX;
  if (length > 0xffff) throw new RangeError(`.npy version 1.0 holds no shape of ${shape.length} axes`);
  return Uint8Array.from(
    [...MAGIC, 1, 0, length & 0xff, length >> 8, ...Buffer.from(dictionary.padEnd(length - 1) + '\n', 'latin1')]
  );
}

/** Reads the header and checks it against the size of the file. @throws InputError if either is wrong */
export function readNpyHeader(source: Source): NpyHeader {
  const { name, size } = source;
  const prefix = readBytes(source, 0, Math.min(PREFIX, size));
  const magic = MAGIC.slice(0, prefix.length);
  if (magic.some((byte, index) => byte !== prefix[index])) {
    throw new InputError(
      `${name} is not a .npy file: it begins with ${hex(prefix.subarray(0, MAGIC.length))}, not ${hex(MAGIC)}`
    );
  }
  if (size < PREFIX)
    throw new InputError(`${name} is truncated: ${size} bytes, where a .npy file begins with ${PREFIX}`);
  if (prefix[6] !== 1 || prefix[7] !== 0) {
    throw new InputError(
      `${name} is .npy version ${prefix[6]}.${prefix[7]}; this program reads 1.0, which numpy.save writes`
    );
  }
  const length = prefix[8] + 256 * prefix[9];
  const offset = PREFIX + length;
  if (size < offset)
    throw new InputError(`${name} is truncated: ${size} bytes, where its header alone takes ${offset}`);
  const { dtype, shape } = parseDictionary(Buffer.from(readBytes(source, PREFIX, length)).toString('latin1'), name);
  const expected = offset + elementCount(shape) * bytesPerElement[dtype];
  const holds = `${dtype} [${shape.join(', ')}]`;
  if (size < expected) throw new InputError(`${name} is truncated: ${size} bytes, where ${holds} takes ${expected}`);
  if (size > expected)
    throw new InputError(`${name} has ${size - expected} bytes too many: ${size}, where ${holds} takes ${expected}`);
  return { dtype, shape, offset };
}

const ENTRY = /\s*'(\w+)'\s*:\s*('[^']*'|True|False|\([^()]*\)|\[.*\])\s*(?:,|(?=\}))/y;
const TUPLE = /^\(\s*(?:|\d+\s*,|\d+(?:\s*,\s*\d+)+\s*,?)\s*\)$/;

function parseDictionary(text: string, name: string): { dtype: NpyDType; shape: number[] } {
  const wrong = (): InputError => new InputError(
    `${name} has a damaged .npy header: found ${JSON.stringify(oneLine(text))}, where {'descr': '<f8', `
      + `'fortran_order': False, 'shape': (2, 3), } would be right`
  );
  const body = text.trim();
  if (!body.startsWith('{') || !body.endsWith('}')) throw wrong();
  const entries = new Map<string, string>();
  let position = 1;
  for (;;) {
    ENTRY.lastIndex = position;
    const match = ENTRY.exec(body);
    if (match === null) break;
    entries.set(match[1], match[2]);
    position = ENTRY.lastIndex;
  }
  const description = entries.get('descr');
  const order = entries.get('fortran_order');
  const tuple = entries.get('shape');
  if (body.slice(position).trim() !== '}' || entries.size !== 3 || description === undefined || tuple === undefined)
    throw wrong();
  const dtype = dtypes.get(description.slice(1, -1));
  if (dtype === undefined) {
    throw new InputError(
      `${name} holds dtype ${oneLine(description)}; this program reads '<f8', '<f4' and '<i4': save `
        + `x.astype('<f8')`
    );
  }
  if (order === 'True')
    throw new InputError(`${name} is in Fortran order; this program reads C order: save numpy.ascontiguousarray(x)`);
  if (order !== 'False' || !TUPLE.test(tuple)) throw wrong();
  const shape = (tuple.match(/\d+/g) ?? []).map(Number);
  if (!shape.every(Number.isSafeInteger) || !Number.isSafeInteger(elementCount(shape) * 8)) {
    throw new InputError(`${name} claims an impossible shape ${oneLine(tuple)}`);
  }
  return { dtype, shape };
}

function hex(bytes: Iterable<number>): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
