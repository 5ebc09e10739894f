/**
 * A safetensors file that carries its own checksum among its metadata, and whose it is. The checksum is that of the
 * file with zeros in the place of the checksum.
 */
import { InputError } from '../errors.ts';
import type { StoredArray } from './array.ts';
import { writeFileAtomic, type WriteOptions } from './atomic.ts';
import { CHECKSUM, sha256, sha256OfSource, withRemedy } from './checksum.ts';
import { encodeSafetensors, readSafetensorsFrom, type Tensors } from './safetensors.ts';
import { checkOwner, type Owner, type SealCheck } from './seal.ts';
import { readBytes, withFile, type Source } from './source.ts';

const FIELD = '"sha256":"';
const DIGITS = 64;
const BLANK = '0'.repeat(DIGITS);

/**
 * Replaces or creates the file in one step.
 * @throws InputError (exit code 1) if the disk refuses; the old file stays
 */
export function writeSealedTensors(
  path: string,
  tensors: Readonly<Record<string, StoredArray>>,
  metadata: Readonly<Record<string, string>>,
  { run, file }: Owner,
  options: WriteOptions = {},
): void {
  const pieces = encodeSafetensors(tensors, { ...metadata, ...(run === null ? {} : { run }), file, sha256: BLANK });
  const header = Buffer.from(pieces[0]);
  header.write(sha256(...pieces), placeIn(header, BLANK), 'latin1');
  writeFileAtomic(path, [header, ...pieces.slice(1)], options);
}

/**
 * Tensors and metadata, without those of the seal.
 * @param remedy what the message of a damaged file tells the user to do
 * @throws InputError as `readSafetensors`; and if the content does not fit its checksum, is of another run or file, or
 * has no seal where one is required
 */
export function readSealedTensors(path: string, { required, ...expected }: SealCheck, remedy: string): Tensors {
  return withFile(path, (source) => {
    const { tensors, metadata } = withRemedy(remedy, () => readSafetensorsFrom(source));
    const { sha256: sum, run = null, file, ...rest } = metadata;
    if (sum === undefined && !required) return { tensors, metadata };
    if (sum === undefined || file === undefined)
      throw new InputError(`${source.name} has lost its checksum: it is damaged; ${remedy}`);
    if (!CHECKSUM.test(sum) || sum !== blankedSum(source, sum))
      throw new InputError(`${source.name} is damaged: its content does not fit its checksum; ${remedy}`);
    checkOwner({ run, file }, expected, source.name, remedy);
    return { tensors, metadata: rest };
  });
}

/**
 * Where the digits of the checksum begin. Text inside other metadata has its quotes escaped, so only the field itself
 * is found.
 */
const placeIn = (header: Buffer, digits: string): number => header.indexOf(`${FIELD}${digits}"`) + FIELD.length;

function blankedSum(source: Source, sum: string): string {
  const length = 8 + Number(Buffer.from(readBytes(source, 0, 8)).readBigUInt64LE());
  const header = Buffer.from(readBytes(source, 0, length));
  header.write(BLANK, placeIn(header, sum), 'latin1');
  return sha256OfSource(source, header);
}
