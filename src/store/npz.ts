/** NumPy .npz files: a zip of .npy files, as numpy.savez (stored) and numpy.savez_compressed (deflated) write them. */
import { unzipSync, zipSync, type Zippable } from 'fflate';
import { InputError } from '../errors.ts';
import { writeFileAtomic, type WriteOptions } from './atomic.ts';
import { encodeNpy, readNpyFrom, type NpyArray } from './npy.ts';
import { oneLine } from './fileError.ts';
import { bytesSource, readBytes, withFile } from './source.ts';

/** Zip without its 64-bit extension ends at 4 GiB, its directory included. */
const LARGEST = 2 ** 32 - 2 ** 20;
/** Deflate cannot shrink more than this; a file that claims so is damaged, or made to exhaust memory. */
const LARGEST_RATIO = 1032;
/** Fixed, so that the same arrays give the same bytes. Zip dates are local time and begin in 1980. */
const DATE = new Date(1980, 0, 1);

/**
 * Writes named arrays in one step.
 * @param compress deflates; samples hardly shrink, so the default is to store
 * @throws InputError (exit code 1) if the disk refuses, or the arrays take 4 GiB
 */
export function writeNpz(
  path: string, arrays: Readonly<Record<string, NpyArray>>,
  { compress = false, ...options }: WriteOptions & { compress?: boolean } = {}
): void {
  const members: Zippable = {};
  let size = 0;
  for (const [name, array] of Object.entries(arrays)) {
    const bytes = Buffer.concat(encodeNpy(array));
    members[`${name}.npy`] = [bytes, { level: compress ? 6 : 0, mtime: DATE }];
    size += bytes.length;
  }
  if (size > LARGEST) throw new InputError(
    `${path} would hold ${(size / 2 ** 30).toFixed(1)} GiB, and a .npz made here at most 4: export single `
      + 'arrays as .npy',
    { exitCode: 1 }
  );
  writeFileAtomic(path, zipSync(members), options);
}

/** The arrays by name, without the ".npy" of the members. @throws InputError if the file or a member is damaged */
export function readNpz(path: string): Record<string, NpyArray> {
  return withFile(path, (source) => {
    const arrays = Object.entries(unzip(readBytes(source, 0, source.size), source.name))
      .map(([member, bytes]): [string, NpyArray] => [
      member.replace(/\.npy$/, ''),
      readNpyFrom(bytesSource(`${source.name}: member ${JSON.stringify(oneLine(member))}`, bytes)),
    ]);
    return Object.fromEntries(arrays);
  });
}

function unzip(bytes: Uint8Array, name: string): Record<string, Uint8Array> {
  try {
    return unzipSync(bytes, {
      filter({ name: member, size, originalSize }) {
        if (originalSize > size * LARGEST_RATIO + 64) throw new InputError(
          `${name} is damaged: member ${JSON.stringify(oneLine(member))} claims ${originalSize} bytes in ${size}`
        );
        return true;
      },
    });
  } catch (error) {
    // fflate meets damage with its own error class or with whatever indexing past the end gives.
    if (error instanceof InputError) throw error;
    throw new InputError(
      `${name} is not a whole .npz file: ${oneLine(error instanceof Error ? error.message : String(error))}`,
      { cause: error }
    );
  }
}
