/** Which names inside a run directory are the run's own, there already or to come. */
import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { PHASE_FILES } from './journal.ts';
import { RECORD_FILE } from './runRecord.ts';

export const EXPERIMENT_FILE = 'experiment.json';

/** Folders of stages, of parts, and of the definition. */
const FOLDER = /^(?:stage-\d+|classical|beads-\d+|target)$/;
const FILES = ['run.json', 'experiment.json', 'stage.json', 'seconds.json', 'events.jsonl', 'report.html', 'target.ts'];
/** Those of stages are as good as taken one folder above, where they would be mistaken for them. */
const OWN: ReadonlySet<string> = new Set([...FILES, ...PHASE_FILES]);

const isOwnFile = (name: string): boolean =>
  OWN.has(name) || name.startsWith('.lock') || name.endsWith('.checkpoint.safetensors');

/** @returns the folder of the run or experiment to which a file or folder of this path would belong, or null */
export function ownerOf(path: string): string | null {
  const real = realPath(resolve(path));
  for (let folder = dirname(real); ; folder = dirname(folder)) {
    if ([RECORD_FILE, EXPERIMENT_FILE].some((file) => existsSync(join(folder, file)))) {
      // Some file systems take names of other cases for the same.
      const [first, ...rest] = relative(folder, real).toLowerCase().split(sep);
      if (FOLDER.test(first) || (rest.length === 0 && isOwnFile(first))) return folder;
    }
    if (dirname(folder) === folder) return null;
  }
}

/** Links followed, as far as the path exists. */
function realPath(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  return dirname(path) === path ? path : join(realPath(dirname(path)), basename(path));
}
