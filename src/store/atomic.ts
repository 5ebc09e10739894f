/**
 * Files that appear whole or not at all: bytes go to a temporary name in the same folder, are synced, and the
 * temporary takes the file's name in one step. A process killed at any instant leaves the old file or the new one,
 * and at worst a temporary.
 */
import { randomBytes } from 'node:crypto';
import { realpathSync, statSync, type Stats } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { InputError } from '../errors.ts';
import { atExit } from './atExit.ts';
import { errorCode, fileError, shown } from './fileError.ts';
import { realFileSystem, writeAll, type FileSystem } from './fileSystem.ts';

export interface WriteOptions {
  files?: FileSystem;
  /** What the message of a failure tells the user to do after freeing space: "`jeffreys resume runs/x`". */
  whatNext?: string;
  /** How messages call the file, where not by its path. */
  called?: string;
}

/** A file being written. Any failure removes the temporary, leaves the old file and throws InputError (exit code 1). */
export interface AtomicFile {
  write(bytes: Uint8Array): void;
  /** Gives the file its name, on disk once this returns. */
  commit(): void;
  /** Gives up: removes the temporary. Does nothing after `commit`. */
  abort(): void;
}

/**
 * Replaces or creates a file in one step.
 * @param data text is written as UTF-8; a list of pieces is joined
 * @throws InputError (exit code 1) saying what failed, where and what to do; the old file is untouched
 */
export function writeFileAtomic(
  path: string, data: string | Uint8Array | readonly Uint8Array[], options: WriteOptions = {}
): void {
  const pieces = typeof data === 'string' ? [Buffer.from(data)] : data instanceof Uint8Array ? [data] : data;
  const file = openAtomic(path, options);
  for (const piece of pieces) file.write(piece);
  file.commit();
}

/** Begins a file that `commit` will put in place; for what is too large to hold at once. */
export function openAtomic(path: string, options: WriteOptions = {}): AtomicFile {
  const { files = realFileSystem, whatNext, called = path } = options;
  const context = { doing: 'writing' as const, path: called, ...(whatNext === undefined ? {} : { whatNext }) };
  const { destination, mode } = destinationOf(path);
  const temporary = temporaryName(destination);
  let descriptor: number | null = null;
  let finished = false;

  const abort = (): void => {
    if (finished) return;
    finished = true;
    forget();
    if (descriptor !== null) ignoreErrors(closeNow);
    ignoreErrors(() => files.unlink(temporary));
  };
  const forget = atExit(abort);
  const attempt = (action: () => void): void => {
    try {
      action();
    } catch (error) {
      abort();
      throw fileError(error, context);
    }
  };
  const closeNow = (): void => {
    const file = openDescriptor();
    descriptor = null;
    files.close(file);
  };
  const openDescriptor = (): number => {
    if (descriptor === null) throw new Error(`${path} is no longer being written`);
    return descriptor;
  };

  attempt(() => void (descriptor = files.open(temporary, 'wx', mode)));
  return {
    write: (bytes) => attempt(() => writeAll(files, openDescriptor(), bytes)),
    commit: () =>
      attempt(() => {
        files.sync(openDescriptor());
        closeNow();
        files.rename(temporary, destination);
        finished = true;
        forget();
        syncDirectory(dirname(destination), files);
      }),
    abort,
  };
}

/** Puts a folder's entries on disk, where the file system has a notion of that. */
export function syncDirectory(path: string, files: FileSystem = realFileSystem): void {
  let directory: number | null = null;
  try {
    directory = files.open(path, 'r');
    files.sync(directory);
  } catch (error) {
    // Windows and some network file systems cannot open or sync a folder; the rename itself has succeeded.
    if (!['EINVAL', 'EPERM', 'EACCES', 'EISDIR', 'ENOTSUP', 'ENOSYS', 'EBADF'].includes(errorCode(error) ?? ''))
      throw error;
  } finally {
    if (directory !== null) files.close(directory);
  }
}

const TEMPORARY = /^\..+\.[0-9a-f]{12}\.tmp$/;

/** A fresh name beside `path`, hidden, that `isTemporary` recognises. */
export function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
}

/** Whether a file name (without folder) is one of ours for a file that was never finished. */
export function isTemporary(name: string): boolean {
  return TEMPORARY.test(name);
}

/** Follows a link to the file it names, so that the link survives; refuses what a rename would destroy. */
function destinationOf(path: string): { destination: string; mode: number } {
  let existing: Stats | undefined;
  try {
    existing = statSync(path, { throwIfNoEntry: false });
    if (existing === undefined) return { destination: path, mode: 0o666 };
    if (existing.isFile()) return { destination: realpathSync(path), mode: existing.mode & 0o777 };
  } catch (error) {
    throw fileError(error, { doing: 'writing', path });
  }
  throw new InputError(
    `cannot write ${shown(path)}: it is ${existing.isDirectory() ? 'a folder' : 'not a regular file'}; name `
      + 'a file',
    { exitCode: 1 }
  );
}

function ignoreErrors(action: () => void): void {
  try {
    action();
  } catch {
    // Cleaning up after a failure that is reported already.
  }
}
