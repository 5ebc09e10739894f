/**
 * One process per run directory. The lock is a file that appears whole (written under a temporary name, then linked,
 * which fails if the name is taken) and names its holder.
 *
 * A lock whose holder is gone is replaced under a second lock, whose name contains the stale lock's token: so of all
 * that found this stale lock, one at a time looks again and replaces it, and none can replace the winner's new lock
 * by mistake. That second lock may itself be left behind, and is then taken over by the same rule.
 */
import { randomBytes } from 'node:crypto';
import { linkSync, readdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../errors.ts';
import { atExit } from './atExit.ts';
import { temporaryName } from './atomic.ts';
import { errorCode, fileError, shown } from './fileError.ts';
import { isAlive, parseHolder, thisProcess, type Holder } from './holder.ts';

const NAME = '.lock';

/** Whether a file name (without folder) belongs to the lock. */
export function isLockFile(name: string): boolean {
  return name === NAME || name.startsWith(`${NAME}.`);
}

export interface Lock {
  /** Gives the directory free. Also happens when the process exits. */
  release(): void;
}

/** @throws InputError (exit code 1) if another living process, or this one already, holds the directory */
export function lockDirectory(directory: string): Lock {
  const path = join(directory, NAME);
  const token = acquire(path, directory);
  removeGuards(directory, token);
  const releaseNow = (): void => release(path, token);
  const forget = atExit(releaseNow);
  return {
    release() {
      forget();
      releaseNow();
    },
  };
}

/** Each turn is lost only to another process that moved meanwhile; losing this many means something else is wrong. */
const ATTEMPTS = 100;

/** @returns the token of the new lock */
function acquire(path: string, directory: string): string {
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const token = randomBytes(8).toString('hex');
      if (create(path, token)) return token;
      const holder = readHolder(path);
      if (holder === null) continue;
      if (isAlive(holder)) throw inUse(holder, directory);
      if (replaceStale(path, directory, holder, token)) return token;
    }
  } catch (error) {
    throw fileError(error, { doing: 'writing', path });
  }
  throw new InputError(
    `${shown(directory)} could not be locked: ${shown(path)} keeps changing; try again`, { exitCode: 1 }
  );
}

/** @returns false if the lock exists already */
function create(path: string, token: string): boolean {
  return withOwnFile(path, token, (own) => {
    try {
      linkSync(own, path);
    } catch (error) {
      if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EMLINK', 'EXDEV'].includes(errorCode(error) ?? '')) throw error;
      // No hard links on this file system: the name appears an instant before its content.
      writeFileSync(path, JSON.stringify(thisProcess(token)), { flag: 'wx' });
    }
  });
}

/** @returns false if another process was faster */
function replaceStale(path: string, directory: string, stale: Holder, token: string): boolean {
  const guard = `${path}.${stale.token}`;
  const guardToken = acquire(guard, directory);
  try {
    if (readHolder(path)?.token !== stale.token) return false;
    return withOwnFile(path, token, (own) => renameSync(own, path));
  } finally {
    release(guard, guardToken);
  }
}

/**
 * Writes our entry under a temporary name and lets `place` put it at `path`. @returns false if the place is taken, or
 * the temporary was swept away
 */
function withOwnFile(path: string, token: string, place: (own: string) => void): boolean {
  const own = temporaryName(path);
  writeFileSync(own, JSON.stringify(thisProcess(token)), { flag: 'wx' });
  try {
    place(own);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST' || errorCode(error) === 'ENOENT') return false;
    throw error;
  } finally {
    unlinkIfThere(own);
  }
}

/** @returns null if the lock is gone @throws InputError if it is not one of ours */
function readHolder(path: string): Holder | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
  const holder = parseHolder(text);
  if (holder === null)
    throw new InputError(`${shown(path)} is damaged: if no process uses the run, delete that file`, { exitCode: 1 });
  return holder;
}

function release(path: string, token: string): void {
  try {
    if (readHolder(path)?.token === token) unlinkSync(path);
  } catch {
    // A lock that cannot be removed becomes stale with this process.
  }
}

/** Guards left by killed processes. They protect locks that are gone, since `token` is the lock now. */
function removeGuards(directory: string, token: string): void {
  for (const name of readdirSync(directory)) {
    if (name.startsWith(`${NAME}.`) && name !== `${NAME}.${token}`) unlinkIfThere(join(directory, name));
  }
}

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Gone, or not ours to remove: harmless either way.
  }
}

function inUse({ pid, hostname, token }: Holder, directory: string): InputError {
  const here = thisProcess(token);
  const folder = shown(directory);
  if (hostname !== here.hostname) {
    return new InputError(
      `${folder} is in use by process ${pid} on ${shown(hostname)}: wait or stop it; if that machine is gone, `
        + `delete ${shown(join(directory, NAME))}`,
      { exitCode: 1 }
    );
  }
  if (pid === here.pid)
    return new InputError(`${folder} is in use by this process (${pid}): close it first`, { exitCode: 1 });
  return new InputError(`${folder} is in use by process ${pid}: wait for it to finish, or stop it`, { exitCode: 1 });
}
