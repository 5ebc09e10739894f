/** Makes and opens run directories. */
import { rmdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isTemporary, syncDirectory } from './atomic.ts';
import { fileError } from './fileError.ts';
import { realFileSystem, type FileSystem } from './fileSystem.ts';
import { lockDirectory, type Lock } from './lock.ts';
import { namesBelow, settlePieces } from './piece.ts';
import type { RunRecord } from '../records/record.ts';
import { Run } from './run.ts';
import { WritableRun, writeOptions } from './writableRun.ts';
import { checkVacant, findRun, makeFreshDirectory, makeNamedDirectory, pointLatestTo, runName } from './runPaths.ts';
import { writeRecord } from './runRecord.ts';

export const DEFAULT_ROOT = 'runs';

export interface RunOptions {
  /** Folder of all runs; `runs` unless told. */
  root?: string;
  files?: FileSystem;
}

/**
 * Makes a run directory, locked for this process, with its first record.
 * @param out the directory itself, which must not exist or be empty; without it, a fresh `root/<target>-<time>`,
 *   to which `root/latest` then points
 * @throws InputError if `out` is taken (exit code 2) or the disk refuses (exit code 1)
 */
export function createRun({ out, target, time, record, root = DEFAULT_ROOT, files = realFileSystem }: RunOptions & {
  out?: string; target: string; time: Date; record: RunRecord
}): WritableRun {
  const path = out === undefined ? makeFreshDirectory(root, runName(target, time)) : makeNamedDirectory(out);
  const run = whileLocked(path, (lock) => {
    // Again, now that no other process can be filling it.
    if (out !== undefined) checkVacant(path);
    const removedTemporaries = removeTemporaries(path, namesBelow(path));
    try {
      writeRecord(path, record, true, writeOptions(path, files));
    } catch (error) {
      lock.release();
      if (out === undefined) removeIfEmpty(path);
      throw error;
    }
    syncDirectory(dirname(path));
    return new WritableRun(path, { lock, files, removedTemporaries });
  });
  if (out === undefined) pointLatestTo(path);
  return run;
}

/**
 * Opens a run for reading; another process may be writing it.
 * @param path a run's folder, its name within `root`, or `latest`
 * @throws InputError in one line: missing, not a run, damaged, or of another version
 */
export function openRun(path: string, { root = DEFAULT_ROOT }: RunOptions = {}): Run {
  return new Run(findRun(path, root));
}

/**
 * Opens a run for writing, locked for this process, and finishes or removes what an earlier one was killed in.
 * @throws InputError as `openRun`, or if a process uses it
 */
export function openRunForWriting(
  path: string, { root = DEFAULT_ROOT, files = realFileSystem }: RunOptions = {}
): WritableRun {
  const found = findRun(path, root);
  return whileLocked(found, (lock) => {
    const names = namesBelow(found);
    settlePieces(found, names, files);
    return new WritableRun(found, { lock, files, removedTemporaries: removeTemporaries(found, names) });
  });
}

/** Locks the directory, and frees it if `begin` fails. */
function whileLocked(path: string, begin: (lock: Lock) => WritableRun): WritableRun {
  const lock = lockDirectory(path);
  try {
    return begin(lock);
  } catch (error) {
    lock.release();
    throw fileError(error, { doing: 'writing', path });
  }
}

/** Files that a killed process never finished, in the run and its folders. @returns their names within the run */
function removeTemporaries(directory: string, names: readonly string[]): string[] {
  const temporaries = names.filter((name) => isTemporary(basename(name)));
  for (const name of temporaries) rmSync(join(directory, name), { force: true });
  return temporaries;
}

function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // It holds something: not ours to remove.
  }
}
