/** Stored files with a flipped bit, cut, extended, emptied, removed, or replaced by another's. */
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Dice } from './dice.ts';

/** Whether damage to a file is looked for: a report is made from the others, and a lock is the process's. */
const counts = (name: string): boolean => !/(^|\/)(report\.html|\.lock.*)$/.test(name);

export const filesOf = (run: string): string[] =>
  readdirSync(run, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(run, name)).isFile() && counts(name))
    .sort();

/**
 * Damages one file of a run.
 * @param others runs to take files from @returns what was done, in words
 */
export function damage(run: string, others: readonly string[], dice: Dice): string {
  const name = dice.pick(filesOf(run));
  const file = join(run, name);
  const bytes = readFileSync(file);
  const kind = dice.pick([
    'flipped',
    'flipped',
    'flipped',
    'cut',
    'extended',
    'emptied',
    'removed',
    'replaced',
    'replaced',
  ] as const);
  switch (kind) {
    case 'flipped': {
      const bit = dice.below(8 * Math.max(1, bytes.length));
      if (bytes.length > 0) bytes[bit >> 3] ^= 1 << (bit & 7);
      writeFileSync(file, bytes);
      return `bit ${bit} of ${name} flipped`;
    }
    case 'cut': {
      const length = dice.below(Math.max(1, bytes.length));
      writeFileSync(file, bytes.subarray(0, length));
      return `${name} cut to ${length} of ${bytes.length} bytes`;
    }
    case 'extended': {
      const more = Buffer.from(Array.from({ length: 1 + dice.below(64) }, () => dice.below(256)));
      writeFileSync(file, Buffer.concat([bytes, more]));
      return `${name} extended by ${more.length} bytes`;
    }
    case 'emptied':
      writeFileSync(file, '');
      return `${name} emptied`;
    case 'removed':
      rmSync(file);
      return `${name} removed`;
    case 'replaced': {
      const own = filesOf(run)
        .filter((other) => other !== name)
        .map((other) => join(run, other));
      const same = others.map((other) => join(other, name)).filter((other) => existsSync(other));
      const other = dice.pick(same.length > 0 && dice.chance(0.7) ? same : own);
      copyFileSync(other, file);
      return `${name} replaced by ${other}`;
    }
  }
}
