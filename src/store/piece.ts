/**
 * Files that count together. Each is first put beside its name, under a name that holds its checksum; then a mark is
 * written that names all their checksums; and only then they take their names. Until the mark is on disk the old files
 * count, from then on the new ones, also where they have not taken their names yet: so no instant mixes files of two
 * attempts.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { InputError } from '../errors.ts';
import { syncDirectory, writeFileAtomic, type WriteOptions } from './atomic.ts';
import { checkContent, RESTORE, sha256, withRemedy } from './checksum.ts';
import { errorCode, shown } from './fileError.ts';
import { realFileSystem, type FileSystem } from './fileSystem.ts';
import { withFile, type Source } from './source.ts';

/** Name of the marks, one in every folder that holds such files. */
export const MARK_FILE = 'stage.json';

const STAGED = /^\.(.+)\.([0-9a-f]{64})\.new$/;

const stagedPath = (path: string, sum: string): string => join(dirname(path), `.${basename(path)}.${sum}.new`);

/**
 * Puts a file beside its name, on disk when this returns.
 * @returns its checksum, for the mark
 * @throws InputError (exit code 1) if the disk refuses
 */
export function stageFile(path: string, pieces: readonly Uint8Array[], options: WriteOptions = {}): string {
  const sum = sha256(...pieces);
  writeFileAtomic(stagedPath(path, sum), pieces, { ...options, called: path });
  return sum;
}

/** Gives a file its name, once the mark names its checksum. */
export function placeFile(path: string, sum: string, files: FileSystem = realFileSystem): void {
  files.rename(stagedPath(path, sum), path);
}

/**
 * What `read` makes of a file that a mark names, wherever the file is.
 * @param sum its checksum in the mark; null for one of before there were checksums
 * @throws InputError if it cannot be read, or its content is not what was written
 */
export function readMarked<T>(path: string, sum: string | null, read: (source: Source) => T): T {
  const checked = (file: string): T =>
    withFile(file, (source) => {
      const value = withRemedy(RESTORE, () => read(source));
      if (sum !== null) checkContent(source, sum);
      return value;
    });
  const staged = sum === null ? null : stagedPath(path, sum);
  if (staged !== null && existsSync(staged)) {
    try {
      return checked(staged);
    } catch (error) {
      // Its writer may have given it its name meanwhile.
      if (existsSync(staged)) throw error;
    }
  }
  if (!existsSync(path)) throw new InputError(`no such file while reading ${shown(path)}: ${RESTORE}`);
  return checked(path);
}

/**
 * After a kill: gives files that a mark names their names, and removes those that no mark came to name.
 * @param names of all files below `directory`
 */
export function settlePieces(directory: string, names: readonly string[], files: FileSystem = realFileSystem): void {
  for (const name of names) {
    const [, own, sum] = STAGED.exec(basename(name)) ?? [];
    if (sum === undefined) continue;
    const folder = join(directory, dirname(name));
    if (!markIn(folder).includes(sum)) files.unlink(join(directory, name));
    else {
      files.rename(join(directory, name), join(folder, own));
      syncDirectory(folder, files);
    }
  }
}

/** The text of a folder's mark, "" where there is none: a checksum is found in it as it stands. */
function markIn(folder: string): string {
  try {
    return readFileSync(join(folder, MARK_FILE), 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return '';
    throw error;
  }
}

/** Names of all files and folders below a folder, with slashes. */
export const namesBelow = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' }).map((name) => name.replaceAll(sep, '/'));
