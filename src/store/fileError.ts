/** What the operating system refused, told in one line: what failed, where, and what to do. */
import { dirname } from 'node:path';
import { InputError } from '../errors.ts';

export interface FileErrorContext {
  doing: 'reading' | 'writing';
  path: string;
  /** What to do once the cause is gone. */
  whatNext?: string;
}

/**
 * The InputError for a failed file operation (exit code 1 when writing, 2 when reading).
 * Anything that is not the operating system's error comes back as it is.
 */
export function fileError(error: unknown, { doing, path, whatNext = 'try again' }: FileErrorContext): unknown {
  const code = errorCode(error);
  if (code === null) return error;
  const [what, remedy] = explain(code, doing, path) ?? [oneLine(String(error)), 'check the disk'];
  return new InputError(`${what} while ${doing} ${shown(path)}: ${remedy}, then ${whatNext}`, {
    exitCode: doing === 'writing' ? 1 : 2,
    cause: error,
  });
}

/** The system's error code ("ENOENT"), or null if this is no system error. */
export function errorCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && 'syscall' in error && typeof error.code === 'string' ? error.code
    : null;
}

/** A path as messages show it: as it is, unless it holds characters that would break the line. */
export function shown(path: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  return /[\u0000-\u001f\u007f]/.test(path) ? JSON.stringify(path) : path;
}

/** Text from a file or another library as messages quote it: one line, at most 120 characters. */
export function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is replaced
  const flat = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();
  return flat.length > 120 ? `${flat.slice(0, 120)}…` : flat;
}

function explain(code: string, doing: 'reading' | 'writing', path: string): [what: string, remedy: string] | null {
  switch (code) {
    case 'ENOSPC':
      return ['disk full', 'free space'];
    case 'EDQUOT':
      return ['disk quota used up', 'free space'];
    case 'EACCES':
    case 'EPERM':
      return ['permission denied', doing === 'writing' ? `make ${shown(dirname(path))} writable` : 'make it readable'];
    case 'EROFS':
      return ['read-only file system', 'name a folder that can be written'];
    case 'ENOENT':
      return doing === 'writing' ? [`no folder ${shown(dirname(path))}`, 'create it']
        : ['no such file', 'correct the name'];
    case 'ENOTDIR':
      return ['a file where a folder should be', 'correct the name'];
    case 'EISDIR':
      return ['a folder where a file should be', 'correct the name'];
    case 'ENAMETOOLONG':
      return ['name too long', 'shorten it'];
    case 'EMFILE':
    case 'ENFILE':
      return ['too many open files', 'raise the limit (ulimit -n)'];
    case 'EFBIG':
      return ['file too large for this file system', 'name another disk'];
    case 'EIO':
      return ['disk error', 'check the disk'];
    default:
      return null;
  }
}
