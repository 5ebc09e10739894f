/** SHA-256 of what is stored: of pieces in memory, and of whole files in bounded memory. */
import { createHash } from 'node:crypto';
import { InputError } from '../errors.ts';
import type { Source } from './source.ts';

/** 64 hexadecimal digits. */
export const CHECKSUM = /^[0-9a-f]{64}$/;

/** Hashed at once: a call of the library takes less than 2 GiB. */
const BLOCK = 4 * 2 ** 20;

/** SHA-256 of pieces as if they were one, in hexadecimal. Text counts as UTF-8. */
export function sha256(...pieces: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const piece of pieces) {
    if (typeof piece === 'string') hash.update(piece);
    else for (let from = 0; from < piece.length; from += BLOCK) hash.update(piece.subarray(from, from + BLOCK));
  }
  return hash.digest('hex');
}

/** SHA-256 of all that `source` holds. @param before takes the place of as many bytes at its beginning */
export function sha256OfSource(source: Source, before: Uint8Array = new Uint8Array(0)): string {
  const hash = createHash('sha256').update(before);
  const block = new Uint8Array(Math.min(BLOCK, source.size));
  for (let from = before.length; from < source.size; from += BLOCK) {
    const part = block.subarray(0, Math.min(BLOCK, source.size - from));
    source.read(from, part);
    hash.update(part);
  }
  return hash.digest('hex');
}

/** What a person can do about a damaged file of a finished phase. */
export const RESTORE = 'restore it from a copy, or start a new run (the same settings and seed give the same bits)';

/** @throws InputError unless `source` holds what was written @param sum its checksum then */
export function checkContent(source: Source, sum: string): void {
  if (sha256OfSource(source) !== sum)
    throw new InputError(`${source.name} is damaged: its content is not what was written there; ${RESTORE}`);
}

/** What `read` gives; what it finds wrong is told with what to do about it. */
export function withRemedy<T>(remedy: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof InputError
      ? new InputError(`${error.message}; ${remedy}`, { exitCode: error.exitCode, cause: error })
      : error;
  }
}
