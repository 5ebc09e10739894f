/** Files that a verb makes for the user: never over one that exists, unless told, and never over one of a run's own. */
import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { InputError } from '../errors.ts';
import { shown } from '../store/fileError.ts';
import { ownerOf } from '../store/ownFiles.ts';

/** @throws InputError when a file or folder of this path would be one of a run's own */
export function checkNotOwn(path: string): void {
  const owner = ownerOf(path);
  if (owner === null) return;
  const what = `${shown(path)} is a name of the run in ${shown(owner)} itself`;
  throw new InputError(`${what}; choose another name, or another folder`);
}

/** @throws InputError when `path` exists and `force` is not given, is a run's own, or no file can be made there */
export function checkOutput(path: string, force: boolean): void {
  checkNotOwn(path);
  const existing = statSync(path, { throwIfNoEntry: false });
  if (existing?.isDirectory() === true) throw new InputError(`${shown(path)} is a folder; name a file`);
  if (!force && existing !== undefined)
    throw new InputError(`${shown(path)} exists; name another file with --out, or replace it with --force`);
  if (!existsSync(dirname(path)))
    throw new InputError(`no folder ${shown(dirname(path))} for ${shown(path)}; create it, or name another file`);
}
