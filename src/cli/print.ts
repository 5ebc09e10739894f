/** Standard output. What cannot be written there is an error like that of any other file. */
import { fstatSync } from 'node:fs';
import { isatty } from 'node:tty';
import { fileError } from '../store/fileError.ts';
import { realFileSystem, writeAll } from '../store/fileSystem.ts';

const STDOUT = 1;
const CALLED = 'standard output';

/**
 * Prints results. To a file they are written here and now, whole: Node's own stream takes a disk that fills up within a
 * piece for success.
 * @throws InputError (exit code 1) when a file or device refuses; a pipe's errors come later, see `watchOutput`
 */
export function print(text: string): void {
  if (isStream()) {
    process.stdout.write(text);
    return;
  }
  try {
    writeAll(realFileSystem, STDOUT, Buffer.from(text));
  } catch (error) {
    throw outputError(error);
  }
}

/** Terminals, pipes and sockets, whose other end may be slow; and whatever cannot be told. */
function isStream(): boolean {
  if (isatty(STDOUT)) return true;
  try {
    const status = fstatSync(STDOUT);
    return !status.isFile() && !status.isCharacterDevice();
  } catch {
    return true;
  }
}

let watched = false;

/**
 * The first call counts, for all of the process.
 * @param failed is told what went wrong with standard output; null where its reader has seen enough
 */
export function watchOutput(failed: (message: string | null) => void): void {
  if (watched) return;
  watched = true;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    const told = outputError(error);
    failed(error.code === 'EPIPE' ? null : told instanceof Error ? told.message : error.message);
  });
  // A note or a progress line that nobody can read is no reason to lose the work.
  process.stderr.on('error', () => undefined);
}

const outputError = (error: unknown): unknown => fileError(error, { doing: 'writing', path: CALLED });
