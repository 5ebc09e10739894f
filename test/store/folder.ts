/** A folder of its own for every test, removed afterwards. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'node:test';
import { InputError } from '../../src/errors.ts';

const made: string[] = [];

afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'jeffreys-store-'));
  made.push(folder);
  return folder;
}

/** For assert.throws: an InputError of one line that matches. */
export function inputError(pattern: RegExp, exitCode?: 1 | 2): (error: unknown) => boolean {
  return (error) => {
    if (!(error instanceof InputError)) throw new Error('not an InputError', { cause: error });
    if (/[\r\n]/.test(error.message)) throw new Error(`more than one line: ${error.message}`);
    if (!pattern.test(error.message)) throw new Error(`unexpected message: ${error.message}`);
    if (exitCode !== undefined && error.exitCode !== exitCode) throw new Error(`exit code ${error.exitCode}`);
    return true;
  };
}
