/** Where readers take bytes from: a file, or bytes already in memory. */
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { InputError } from '../errors.ts';
import { fileError, shown } from './fileError.ts';

export interface Source {
  /** How messages call it. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** Fills `target` with the bytes from `position` on. @throws InputError if they are not there */
  read(position: number, target: Uint8Array): void;
}

export function bytesSource(name: string, bytes: Uint8Array): Source {
  return {
    name,
    size: bytes.length,
    read(position, target) {
      if (position + target.length > bytes.length)
        throw new InputError(`${name} is truncated: it ends at byte ${bytes.length}`);
      target.set(bytes.subarray(position, position + target.length));
    },
  };
}

/** One system call reads at most this much: Linux stops at 2 GiB. */
const LARGEST_READ = 64 * 2 ** 20;

/** Opens a file, hands it to `use`, and closes it. @throws InputError if it cannot be opened or read */
export function withFile<T>(path: string, use: (source: Source) => T): T {
  const name = shown(path);
  const attempt = <R>(action: () => R): R => {
    try {
      return action();
    } catch (error) {
      throw fileError(error, { doing: 'reading', path });
    }
  };
  // Asked first, because opening a pipe waits for its other end.
  if (!attempt(() => statSync(path)).isFile())
    throw new InputError(`cannot read ${name}: it is not a regular file; name a file`);
  const descriptor = attempt(() => openSync(path, 'r'));
  try {
    return use({
      name,
      size: attempt(() => fstatSync(descriptor).size),
      read(position, target) {
        for (let done = 0; done < target.length; ) {
          const count = attempt(
            () => readSync(descriptor, target, done, Math.min(LARGEST_READ, target.length - done), position + done)
          );
          if (count === 0) throw new InputError(`${name} is truncated: it ends at byte ${position + done}`);
          done += count;
        }
      },
    });
  } finally {
    closeSync(descriptor);
  }
}

/** A copy of `length` bytes from `position` on. */
export function readBytes(source: Source, position: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  source.read(position, bytes);
  return bytes;
}
