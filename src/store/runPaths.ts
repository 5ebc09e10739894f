/** Where runs live and how they are found: `runs/<target>-<YYYYMMDD-HHMMSS>[-n]/` and the link `runs/latest`. */
import {
  existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, renameSync, statSync, symlinkSync, unlinkSync
} from 'node:fs';
import { basename, dirname, isAbsolute, join, normalize } from 'node:path';
import { InputError } from '../errors.ts';
import { nearestName } from '../nearestName.ts';
import { isTemporary, temporaryName } from './atomic.ts';
import { errorCode, fileError, shown } from './fileError.ts';
import { isLockFile } from './lock.ts';
import { RECORD_FILE } from './runRecord.ts';

export const LATEST = 'latest';

/** `three-well-20260102-030405`, in local time; what a file name cannot hold becomes "-". */
export function runName(target: string, time: Date): string {
  const two = (x: number): string => String(x).padStart(2, '0');
  const day = `${time.getFullYear()}${two(time.getMonth() + 1)}${two(time.getDate())}`;
  const clock = `${two(time.getHours())}${two(time.getMinutes())}${two(time.getSeconds())}`;
  const safe = target.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[.-]+/, '') || 'run';
  return `${safe.slice(0, 100)}-${day}-${clock}`;
}

/**
 * Makes a folder that did not exist: `root/name`, or with `-2`, `-3`, … where taken. @throws InputError if the disk
 * refuses
 */
export function makeFreshDirectory(root: string, name: string): string {
  try {
    mkdirSync(root, { recursive: true });
    for (let n = 1; ; n++) {
      const path = join(root, n === 1 ? name : `${name}-${n}`);
      try {
        mkdirSync(path);
        return path;
      } catch (error) {
        if (errorCode(error) !== 'EEXIST') throw error;
      }
    }
  } catch (error) {
    throw fileError(error, { doing: 'writing', path: join(root, name) });
  }
}

/**
 * Makes the folder the user named, or takes it if it is empty. @throws InputError if it holds anything, or is a file
 */
export function makeNamedDirectory(path: string): string {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    if (errorCode(error) === 'EEXIST' || errorCode(error) === 'ENOTDIR')
      throw new InputError(`--out ${shown(path)} is a file, not a folder: name a new folder`, { cause: error });
    throw fileError(error, { doing: 'writing', path });
  }
  checkVacant(path);
  return path;
}

/**
 * @throws InputError if the folder holds a run or anything else than what a process killed while making a run leaves
 */
export function checkVacant(path: string): void {
  const inside = readdirSync(path).filter((name) => !isTemporary(name) && !isLockFile(name));
  if (inside.includes(RECORD_FILE)) throw new InputError(
    `--out ${shown(path)} already holds a run: name a new folder, or continue it with \`jeffreys resume `
      + `${shown(path)}\``
  );
  if (inside.length > 0) throw new InputError(
    `--out ${shown(path)} is not empty (it holds ${shown(inside[0])}): name a new or empty folder`
  );
}

/**
 * Points `latest`, beside the run, to it. A file system without links, or a real file of that name, leaves things as
 * they are.
 */
export function pointLatestTo(run: string): void {
  const link = join(dirname(run), LATEST);
  const temporary = temporaryName(link);
  try {
    if (!(lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() ?? true)) return;
    symlinkSync(basename(run), temporary);
    renameSync(temporary, link);
  } catch {
    try {
      unlinkSync(temporary);
    } catch {
      // Never made.
    }
  }
}

/**
 * The folder of a run that the user named: its path, its name alone within `root`, or `latest`.
 * @throws InputError in one line: no such run (with the nearest name), or not a run
 */
export function findRun(path: string, root: string): string {
  try {
    const direct = normalize(path).replace(/(?<=.)[/\\]+$/, '');
    const found = basename(direct) === direct && !existsSync(direct) ? join(root, direct) : direct;
    if (basename(found) === LATEST && lstatSync(found, { throwIfNoEntry: false })?.isSymbolicLink() === true)
      return findLatest(found);
    if (!existsSync(found)) throw missing(path, found);
    if (!statSync(found).isDirectory())
      throw new InputError(`${shown(found)} is a file, not the folder of a run${suggestion(found)}`);
    if (!isRun(found)) throw new InputError(
      `${shown(found)} is not the folder of a run: it has no `
        + `${RECORD_FILE}${suggestion(found, listRuns(found).length > 0 ? found : dirname(found))}`
    );
    return found;
  } catch (error) {
    throw fileError(error, { doing: 'reading', path });
  }
}

/** The run's own name instead of `latest`, so that messages stay true when the link moves on. */
function findLatest(link: string): string {
  const target = readlinkSync(link);
  const directory = isAbsolute(target) ? target : join(dirname(link), target);
  if (isRun(directory)) return directory;
  throw new InputError(
    `${shown(link)} points to ${shown(directory)}, which is gone or not a `
      + `run${suggestion(directory, dirname(link))}`
  );
}

function missing(path: string, found: string): InputError {
  if (basename(found) === LATEST && listRuns(dirname(found)).length === 0) {
    return new InputError(`no run yet in ${shown(dirname(found))}: make one with \`jeffreys run <name>\``);
  }
  // A bare name is looked for in the root; the one that was meant may as well lie here.
  const here = nearestName(path, listRuns('.'));
  return new InputError(`no run ${shown(path)}${here === null ? suggestion(found) : `; did you mean ${shown(here)}?`}`);
}

/** What to name instead of `path`: the nearest run in `folder`, or else the newest. */
function suggestion(path: string, folder = dirname(path)): string {
  const runs = listRuns(folder);
  const near = nearestName(basename(path), runs);
  if (near !== null) return `; did you mean ${shown(join(folder, near))}?`;
  return runs.length > 0 ? `; the newest in ${shown(folder)} is ${shown(runs[0])}` : `; ${shown(folder)} holds no run`;
}

/** Names of the runs in `root`, newest first by the last change of their record; [] where there is no such folder. */
export function listRuns(root: string): string[] {
  try {
    return readdirSync(root)
      .filter((name) => name !== LATEST && isRun(join(root, name)))
      .map((name) => ({ name, time: statSync(join(root, name, RECORD_FILE)).mtimeMs }))
      .sort((a, b) => b.time - a.time || (a.name < b.name ? 1 : -1))
      .map(({ name }) => name);
  } catch {
    // No such folder, or one that vanished meanwhile: nothing to list.
    return [];
  }
}

function isRun(directory: string): boolean {
  return existsSync(join(directory, RECORD_FILE));
}
