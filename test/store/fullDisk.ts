/** File systems that fail: with room for so many bytes, at a named call, or because the process is killed after so many calls. */
import { realFileSystem, type FileSystem } from '../../src/store/fileSystem.ts';

function systemError(code: string, syscall: string): Error {
  return Object.assign(new Error(`${code}: simulated, ${syscall}`), { code, syscall });
}

export function diskWithRoomFor(bytes: number, piece = 7): FileSystem {
  let room = bytes;
  return {
    ...realFileSystem,
    write(file, data, offset, length) {
      const count = Math.min(length, piece, room);
      if (count === 0 && length > 0) throw systemError('ENOSPC', 'write');
      room -= count;
      return realFileSystem.write(file, data, offset, count);
    },
  };
}

export function failing(call: keyof FileSystem, code: string): FileSystem {
  return {
    ...realFileSystem,
    [call]: () => {
      throw systemError(code, call);
    },
  };
}

/** Without waiting for the disk: for tests in which processes end, and the machine does not. */
export const unsynced: FileSystem = { ...realFileSystem, sync: () => undefined };

/** Does the first `calls` calls and nothing after, not even cleaning up, as if the process had been killed there. */
export function killedAfter(calls: number, piece = 50, base: FileSystem = realFileSystem): FileSystem {
  let left = calls;
  const alive = (): void => {
    if (left-- <= 0) throw new Error('killed');
  };
  return {
    open: (...call) => (alive(), base.open(...call)),
    write: (file, bytes, offset, length) => (alive(), base.write(file, bytes, offset, Math.min(piece, length))),
    sync: (file) => (alive(), base.sync(file)),
    truncate: (...call) => (alive(), base.truncate(...call)),
    close: (file) => (alive(), base.close(file)),
    rename: (...call) => (alive(), base.rename(...call)),
    unlink: (path) => (alive(), base.unlink(path)),
  };
}
