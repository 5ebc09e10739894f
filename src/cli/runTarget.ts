/** The target of an existing run: the built-in one, or the definition that it was begun with. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { InputError } from '../errors.ts';
import { presetNamed, shapeOf, targetFor } from '../experiments/presets.ts';
import { checkSettings, type Settings } from '../generators/settings.ts';
import type { Definition } from '../records/record.ts';
import { shown } from '../store/fileError.ts';
import type { Run } from '../store/run.ts';
import { shapedTarget } from '../targets/pathIntegral.ts';
import type { Target } from '../targets/target.ts';
import { dataHashOf } from './dataHash.ts';
import { changedIn, originOf } from './keptDefinition.ts';
import { loadTarget, type LoadedTarget } from './loadTarget.ts';
import type { Tell } from './notes.ts';

/** What a run of before imports were kept has kept of its definition. */
const KEPT_ALONE = 'target.ts';

/**
 * The definition's own files serve while they are unchanged (data and packages lie beside them); else the copies in the run.
 * @param tell is told where the copies serve, and where packages differ
 * @throws InputError when neither can be loaded, what they import or read is not what was run, or the dimension differs
 */
export async function targetOfRun(run: Run, tell: Tell): Promise<Target> {
  const { target: name, targetFile, definition, dimension, settings } = run.record;
  if (targetFile === null) return targetFor((await loadTarget(name)).target, presetNamed(run.record.preset), settings);
  const defined = definition === null ? await loadAlone(run, targetFile) : await loadDefinition(run, targetFile, definition, tell);
  const target = shapedTarget(defined, shapeOf(settings));
  if (target.dimension !== dimension) throw new InputError(`the definition of ${shown(run.path)} has dimension ${target.dimension}, the run has ${dimension}`);
  if (run.record.dataHash !== null && run.record.dataHash !== dataHashOf(target)) {
    throw new InputError(`the data of ${shown(targetFile)} are not those that ${shown(run.path)} began with (now ${target.sum?.data.rows ?? 'no'} rows); restore them, or start a new run`);
  }
  return target;
}

async function loadDefinition(run: Run, targetFile: string, definition: Definition, tell: Tell): Promise<Target> {
  const origin = originOf(run, definition, targetFile);
  const changed = changedIn(origin.root, definition);
  const loaded = changed.length === 0 ? await loadTarget(targetFile) : await loadKept(run, targetFile, definition);
  checkLoaded(run, definition, loaded, { files: changed.length === 0 ? origin.root : origin.kept, data: origin.root });
  if (changed.length > 0) tell(`${shown(join(origin.root, changed[0]))} is ${existsSync(join(origin.root, changed[0])) ? 'changed' : 'gone'} since ${shown(run.path)} began; the copy in the run is used`);
  const packages = Object.entries(definition.packages).filter(([name, version]) => loaded.definition?.summary.packages[name] !== version);
  if (packages.length > 0) tell(`${shown(run.path)} began with ${packages.map(([name, version]) => `${name} ${version} (now ${loaded.definition?.summary.packages[name] ?? 'none'})`).join(', ')}: its bits may come out different`);
  return loaded.target;
}

/** @throws InputError naming the copy that is damaged or gone, or what it lacks */
async function loadKept(run: Run, targetFile: string, definition: Definition): Promise<LoadedTarget> {
  const origin = originOf(run, definition, targetFile);
  const [damaged] = changedIn(origin.kept, definition);
  const file = damaged === undefined ? '' : join(origin.kept, damaged);
  if (damaged !== undefined) {
    const lost = existsSync(file) ? `${shown(file)} is damaged or was edited` : `${shown(run.path)} has lost ${shown(file)}`;
    throw new InputError(`${lost}, and ${shown(join(origin.root, damaged))} is not what was run either; restore one of them, or start a new run`);
  }
  try {
    return await loadTarget(join(origin.kept, definition.files[0].path), origin);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    // Packages and data are not copied.
    throw new InputError(`${shown(targetFile)}, the definition of this run's target, is changed or gone, and the copy in the run cannot be loaded: ${error.message}; restore the file, or start a new run`, { cause: error });
  }
}

/** @throws InputError where the definition has come to import or read anything else than what was run */
function checkLoaded(run: Run, definition: Definition, { definition: loaded }: LoadedTarget, folders: { readonly files: string; readonly data: string }): void {
  for (const [kind, what] of [['files', 'imports'], ['data', 'reads']] as const) {
    const [then, now] = [definition[kind], loaded?.summary[kind] ?? []].map((files) => new Map(files.map(({ path, sha256 }) => [path, sha256])));
    const other = [...then.keys(), ...now.keys()].find((path) => then.get(path) !== now.get(path));
    if (other === undefined) continue;
    const how = !then.has(other) ? 'which it did not when the run began' : now.has(other) ? 'whose content is not what it was then' : 'which it does no longer';
    throw new InputError(`the definition of ${shown(run.path)} ${what} ${shown(resolve(folders[kind], other))}, ${how}; restore what was there, or start a new run`);
  }
}

/** Of a run of before imports were kept. */
async function loadAlone(run: Run, targetFile: string): Promise<Target> {
  const kept = run.file(KEPT_ALONE);
  if (!run.has(KEPT_ALONE)) throw new InputError(`${run.path} has lost ${KEPT_ALONE}, the definition of its target; start a new run`);
  const unchanged = existsSync(targetFile) && readFileSync(targetFile, 'utf8') === readFileSync(kept, 'utf8');
  try {
    return (await loadTarget(unchanged ? targetFile : kept)).target;
  } catch (error) {
    if (unchanged || !(error instanceof InputError)) throw error;
    // The copy may miss what lay beside the file.
    throw new InputError(`${targetFile}, the definition of this run's target, is ${existsSync(targetFile) ? 'changed' : 'gone'}, and the copy in the run cannot be loaded: ${error.message}; restore the file, or start a new run`, { cause: error });
  }
}

export const settingsOfRun = (run: Run): Settings => checkSettings(run.record.settings);
