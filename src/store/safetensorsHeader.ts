/** Reads and checks the header of a safetensors file: 8 bytes of length, then JSON. */
import { z } from 'zod';
import { InputError } from '../errors.ts';
import { bytesPerElement, elementCount, type DType } from './array.ts';
import { oneLine } from './fileError.ts';
import { readBytes, type Source } from './source.ts';

/** The dtypes' names in the format. */
export const formatNames: Readonly<Record<DType, string>> =
  { float64: 'F64', float32: 'F32', int32: 'I32', int64: 'I64' };
const dtypes = new Map<string, DType>([['F64', 'float64'], ['F32', 'float32'], ['I32', 'int32'], ['I64', 'int64']]);

export interface TensorEntry {
  name: string;
  dtype: DType;
  shape: number[];
  /** First byte and the byte after the last, counted from `dataOffset`. */
  begin: number;
  end: number;
}

/** The format's own limit. */
const LONGEST_HEADER = 100_000_000;

const index = z.number().int().nonnegative();
const entrySchema = z.object({ dtype: z.string(), shape: z.array(index), data_offsets: z.tuple([index, index]) });

/** @throws InputError if the header is damaged, or does not account for every byte of the file exactly once */
export function readHeader(
  source: Source
): { entries: TensorEntry[]; metadata: Record<string, string>; dataOffset: number } {
  const { name, size } = source;
  if (size < 8) throw new InputError(`${name} is truncated: ${size} bytes, where a safetensors file begins with 8`);
  const length = Number(Buffer.from(readBytes(source, 0, 8)).readBigUInt64LE());
  if (length > LONGEST_HEADER) throw new InputError(
    `${name} is not a safetensors file: its header would take ${length} bytes, more than ${LONGEST_HEADER}`
  );
  const dataOffset = 8 + length;
  if (size < dataOffset)
    throw new InputError(`${name} is truncated: ${size} bytes, where its header alone takes ${dataOffset}`);
  const members = parseObject(readBytes(source, 8, length), name);
  const entries: TensorEntry[] = [];
  let metadata: Record<string, string> = {};
  for (const [key, value] of members) {
    if (key === '__metadata__') metadata = readMetadata(value, name);
    else entries.push(readEntry(key, value, name));
  }
  checkLayout(entries, size - dataOffset, name);
  return { entries, metadata, dataOffset };
}

function parseObject(bytes: Uint8Array, name: string): [string, unknown][] {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (error) {
    throw new InputError(
      `${name} has a damaged safetensors header: `
        + `${oneLine(error instanceof Error ? error.message : String(error))}`,
      { cause: error }
    );
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new InputError(`${name} has a damaged safetensors header: not a JSON object`);
  return Object.entries(value);
}

function readMetadata(value: unknown, name: string): Record<string, string> {
  const isText = (entry: [string, unknown]): entry is [string, string] => typeof entry[1] === 'string';
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !entries.every(isText)) {
    throw new InputError(`${name} has a damaged safetensors header: __metadata__ must map names to text`);
  }
  return Object.fromEntries(entries);
}

function readEntry(key: string, value: unknown, name: string): TensorEntry {
  const which = `${name}: tensor ${JSON.stringify(oneLine(key))}`;
  const parsed = entrySchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new InputError(
      `${which} has a damaged header entry: `
        + `${[issue.path.join('.'), oneLine(issue.message)].filter(Boolean).join(': ')}`
    );
  }
  const { shape, data_offsets: [begin, end] } = parsed.data;
  const dtype = dtypes.get(parsed.data.dtype);
  if (dtype === undefined) throw new InputError(
    `${which} has dtype ${JSON.stringify(oneLine(parsed.data.dtype))}; this program reads `
      + `${[...dtypes.keys()].join(', ')}`
  );
  const expected = elementCount(shape) * bytesPerElement[dtype];
  if (end - begin !== expected) throw new InputError(
    `${which} has ${end - begin} bytes of data, where ${dtype} [${shape.join(', ')}] takes ${expected}`
  );
  return { name: key, dtype, shape, begin, end };
}

/** The format demands that the arrays fill the data without gap or overlap. */
function checkLayout(entries: readonly TensorEntry[], available: number, name: string): void {
  let position = 0;
  for (const entry of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (entry.begin !== position) {
      throw new InputError(
        `${name}: tensor ${JSON.stringify(oneLine(entry.name))} begins at byte ${entry.begin} of the data; `
          + `byte ${position} would be right`
      );
    }
    position = entry.end;
  }
  if (position > available)
    throw new InputError(`${name} is truncated: ${available} bytes of data, where its tensors take ${position}`);
  if (position < available) throw new InputError(
    `${name} has ${available - position} bytes too many: ${available} of data, where its tensors take ${position}`
  );
}
