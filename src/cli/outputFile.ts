/** Files that a verb makes for the user: never over one that exists, unless told. */
import { existsSync } from 'node:fs';
import { InputError } from '../errors.ts';

/** @throws InputError when `path` exists and `force` is not given */
export function checkOutput(path: string, force: boolean): void {
  if (!force && existsSync(path)) throw new InputError(`${path} exists; name another file with --out, or replace it with --force`);
}
