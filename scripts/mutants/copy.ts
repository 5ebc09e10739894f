/** A copy of what tests need of the project, in which code can be broken while the project stays whole. */
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mutated, type Mutant } from './mutant.ts';

/** Not dist/, so that tests of the built command line are of no use here. */
const COPIED = ['src', 'test', 'examples', 'package.json', 'tsconfig.json'];

export class Copy {
  constructor(
    root: string,
    readonly folder: string,
  ) {
    mkdirSync(folder, { recursive: true });
    for (const name of COPIED)
      if (existsSync(join(root, name))) cpSync(join(root, name), join(folder, name), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  }

  /** Do something while the fault is in the copy. @returns why not, where the mutant does not fit the code */
  async with<T>(mutant: Mutant, work: () => Promise<T>): Promise<T | { readonly stale: string }> {
    const path = join(this.folder, mutant.file);
    if (!existsSync(path)) return { stale: `there is no ${mutant.file}` };
    const source = readFileSync(path, 'utf8');
    const changed = mutated(mutant, source);
    if ('stale' in changed) return changed;
    writeFileSync(path, changed.text);
    try {
      return await work();
    } finally {
      writeFileSync(path, source);
    }
  }
}
