/**
 * Seals: JSON that says whose it is, what file it is, and its own checksum, so that damage, an edit by hand and a file
 * of another run are found. The checksum is of the content and not of its spaces: the file stays one for people to
 * read.
 */
import { z } from 'zod';
import { InputError } from '../errors.ts';
import { CHECKSUM, RESTORE, sha256 } from './checksum.ts';
import type { WriteOptions } from './atomic.ts';
import { shown } from './fileError.ts';
import { checkJson, parseJsonFile, toJson, writeJson } from './json.ts';

/** Whose a sealed file is. */
export interface Owner {
  /** The run's identity (see runRecord.ts); null for what belongs to none. */
  readonly run: string | null;
  /** The file's name within the run. */
  readonly file: string;
}

export interface SealCheck extends Owner {
  /** Whether a file without a seal is refused, and not one of before there were seals. */
  readonly required: boolean;
}

const sealSchema = z.strictObject({ run: z.string().nullable(), file: z.string(), sha256: z.string().regex(CHECKSUM) });

/** @returns the object with its seal, for `writeJson` @throws RangeError naming a number that is not finite */
export function seal(value: object, { run, file }: Owner): object {
  const sum = sha256(toJson({ ...value, seal: { run, file } }));
  return { ...value, seal: { run, file, sha256: sum } };
}

/**
 * What was sealed, without its seal.
 * @param value as parsed from the file @param name how messages call the file
 * @throws InputError in one line: damaged or edited, of another run, another file, or without a seal where one is
 * required
 */
export function unseal(value: unknown, { run, file, required }: SealCheck, name: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new InputError(`${name} is damaged: it is no JSON object; ${RESTORE}`);
  if (!('seal' in value)) {
    if (required)
      throw new InputError(
        `${name} has lost its seal, which holds its checksum: it is damaged or was edited; ${RESTORE}`,
      );
    return value;
  }
  const { seal: found, ...content } = value;
  const parsed = sealSchema.safeParse(found);
  const whose = parsed.success ? { run: parsed.data.run, file: parsed.data.file } : null;
  if (!parsed.success || parsed.data.sha256 !== sha256(JSON.stringify({ ...content, seal: whose }))) {
    throw new InputError(`${name} is damaged, or was edited: its content does not fit its checksum; ${RESTORE}`);
  }
  checkOwner(parsed.data, { run, file }, name, RESTORE);
  return content;
}

/** Whose a file says that it is, whole or not; null where it says nothing, or cannot be read. */
export function ownerIn(path: string): Owner | null {
  try {
    const { data } = z.object({ seal: sealSchema }).safeParse(parseJsonFile(path));
    return data?.seal ?? null;
  } catch (error) {
    if (error instanceof InputError) return null;
    throw error;
  }
}

/**
 * Replaces or creates a sealed file in one step.
 * @throws RangeError if a number is not finite; InputError (exit code 1) if the disk refuses
 */
export function writeSealed(path: string, value: object, owner: Owner, options: WriteOptions = {}): void {
  writeJson(path, seal(value, owner), options);
}

/** @throws InputError as `unseal`, or if the file cannot be read, is no JSON, or does not follow the schema */
export function readSealed<T>(path: string, schema: z.ZodType<T>, check: SealCheck): T {
  const name = shown(path);
  return checkJson(unseal(parseJsonFile(path), check, name), schema, name);
}

/** @throws InputError if a file that is whole is not the one that belongs here */
export function checkOwner(found: Owner, expected: Owner, name: string, remedy: string): void {
  if (found.file !== expected.file)
    throw new InputError(`${name} was written as ${found.file}, and does not belong here; ${remedy}`);
  if (found.run !== expected.run)
    throw new InputError(`${name} belongs to another run, or to this one with other settings; ${remedy}`);
}
