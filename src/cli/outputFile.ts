/** Files that a verb makes for the user: never over one that exists, unless told. */
import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { InputError } from '../errors.ts';
import { shown } from '../store/fileError.ts';

/** @throws InputError when `path` exists and `force` is not given, or no file can be made there */
export function checkOutput(path: string, force: boolean): void {
  const existing = statSync(path, { throwIfNoEntry: false });
  if (existing?.isDirectory() === true) throw new InputError(`${shown(path)} is a folder; name a file`);
  if (!force && existing !== undefined) throw new InputError(`${shown(path)} exists; name another file with --out, or replace it with --force`);
  if (!existsSync(dirname(path))) throw new InputError(`no folder ${shown(dirname(path))} for ${shown(path)}; create it, or name another file`);
}
