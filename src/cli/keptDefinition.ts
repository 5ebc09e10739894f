/** The definition of a run's target as the run keeps it: its files in `target/`, laid out as they were. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Definition } from '../records/record.ts';
import { sha256OfSource } from '../store/checksum.ts';
import type { Run } from '../store/run.ts';
import type { WritableRun } from '../store/writableRun.ts';
import { withFile } from '../store/source.ts';
import type { DefinitionFile, Origin } from './definition.ts';

const FOLDER = 'target';

/** Keeps files in the run. */
export function keepDefinition(run: WritableRun, files: readonly DefinitionFile[]): void {
  for (const { path, bytes } of files) run.writeFile(`${FOLDER}/${path}`, bytes);
}

/** Where the kept files are, and where they were when they were run. @param targetFile the first of them */
export function originOf(run: Run, { files }: Definition, targetFile: string): Origin {
  // The file's own path ends with its path below the root.
  const up = files[0].path.split('/').map(() => '..');
  return { kept: run.file(FOLDER), root: join(targetFile, ...up) };
}

/** Paths of the files that a folder does not hold as they were run. */
export const changedIn = (folder: string, { files }: Definition): string[] =>
  files.filter(({ path, sha256 }) => !holds(join(folder, path), sha256)).map(({ path }) => path);

const holds = (file: string, sum: string): boolean =>
  statSync(file, { throwIfNoEntry: false })?.isFile() === true && withFile(file, sha256OfSource) === sum;

/**
 * A run that was killed before it had kept all of its definition makes up for that, from the files that are as they
 * were.
 */
export function completeDefinition(run: WritableRun): void {
  const { definition, targetFile } = run.record;
  if (definition === null || targetFile === null) return;
  const { kept, root } = originOf(run, definition, targetFile);
  const changed = new Set(changedIn(root, definition));
  const missing = changedIn(kept, definition).filter((path) => !changed.has(path));
  keepDefinition(
    run,
    missing.map((path) => ({ path, bytes: readFileSync(join(root, path)) })),
  );
}
