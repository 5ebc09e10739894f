/** The file operations that writing rests on, passed in so that a test can fill the disk. */
import { closeSync, fsyncSync, ftruncateSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs';

export interface FileSystem {
  /** @returns a file descriptor */
  open(path: string, flags: string, mode?: number): number;
  /** Writes up to `length` bytes from `offset`. @returns how many it wrote, which may be fewer */
  write(file: number, bytes: Uint8Array, offset: number, length: number): number;
  sync(file: number): void;
  truncate(file: number, length: number): void;
  close(file: number): void;
  rename(from: string, to: string): void;
  unlink(path: string): void;
}

export const realFileSystem: FileSystem = {
  open: (path, flags, mode) => openSync(path, flags, mode),
  write: (file, bytes, offset, length) => writeSync(file, bytes, offset, length),
  sync: fsyncSync,
  truncate: ftruncateSync,
  close: closeSync,
  rename: renameSync,
  unlink: unlinkSync,
};

/** One system call writes at most this much: Linux stops at 2 GiB. */
const LARGEST_WRITE = 64 * 2 ** 20;

/** Writes every byte, however many calls that takes. @throws whatever `write` throws; Error if it makes no progress */
export function writeAll(files: FileSystem, file: number, bytes: Uint8Array): void {
  for (let offset = 0; offset < bytes.length; ) {
    const written = files.write(file, bytes, offset, Math.min(LARGEST_WRITE, bytes.length - offset));
    if (written <= 0) throw Object.assign(new Error('nothing could be written'), { code: 'ENOSPC', syscall: 'write' });
    offset += written;
  }
}
