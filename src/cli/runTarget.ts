/** The target of an existing run: the built-in one, or the definition that it was begun with. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { InputError } from '../errors.ts';
import { ownTargetFor, presetNamed, targetFor } from '../experiments/presets.ts';
import { checkSettings } from '../settings/check.ts';
import type { Settings } from '../settings/settings.ts';
import type { Definition } from '../records/record.ts';
import { shown } from '../store/fileError.ts';
import type { Run } from '../store/run.ts';
import type { Target } from '../targets/target.ts';
import { dataHashOf } from './dataHash.ts';
import type { Origin } from './definition.ts';
import { changedIn, originOf } from './keptDefinition.ts';
import { loadTarget, type LoadedTarget } from './loadTarget.ts';
import type { Tell } from './notes.ts';

/** What a run of before imports were kept has kept of its definition. */
const KEPT_ALONE = 'target.ts';
const RESTORE = 'restore them, or start a new run';

/**
 * The definition's own files serve while they are unchanged (data and packages lie beside them); else the copies in the
 * run.
 * @param tell is told where the copies serve, and where packages differ
 * @throws InputError when neither can be loaded, what they import or read is not what was run, or the dimension differs
 */
export async function targetOfRun(run: Run, tell: Tell): Promise<Target> {
  const { target: name, targetFile, definition, dimension, dataHash, preset, settings } = run.record;
  if (targetFile === null) return targetFor((await loadTarget(name)).target, presetNamed(preset), settings);
  const kept = definition !== null;
  const defined = kept ? await loadDefinition(run, targetFile, definition, tell) : await loadAlone(run, targetFile);
  const target = ownTargetFor(defined, presetNamed(preset), settings);
  const own = shown(run.path);
  if (target.dimension !== dimension) {
    throw new InputError(`the definition of ${own} has dimension ${target.dimension}, the run has ${dimension}`);
  }
  if (dataHash !== null && dataHash !== dataHashOf(target)) {
    const now = `now ${target.sum?.data.rows ?? 'no'} rows`;
    throw new InputError(`the data of ${shown(targetFile)} are not those that ${own} began with (${now}); ${RESTORE}`);
  }
  return target;
}

async function loadDefinition(run: Run, targetFile: string, definition: Definition, tell: Tell): Promise<Target> {
  const origin = originOf(run, definition, targetFile);
  const own = shown(run.path);
  const [changed] = changedIn(origin.root, definition);
  const asItWas = changed === undefined;
  const loaded = asItWas ? await loadTarget(targetFile) : await loadKept(run, targetFile, definition, origin);
  checkLoaded(own, definition, loaded, { files: asItWas ? origin.root : origin.kept, data: origin.root });
  if (!asItWas) {
    const file = join(origin.root, changed);
    tell(`${shown(file)} is ${existsSync(file) ? 'changed' : 'gone'} since ${own} began; the copy in the run is used`);
  }
  const now = loaded.definition?.summary.packages ?? {};
  const others = Object.entries(definition.packages).filter(([name, version]) => now[name] !== version);
  const list = others.map(([name, version]) => `${name} ${version} (now ${now[name] ?? 'none'})`);
  if (list.length > 0) tell(`${own} began with ${list.join(', ')}: its bits may come out different`);
  return loaded.target;
}

/** @throws InputError naming the copy that is damaged or gone, or what it lacks */
async function loadKept(run: Run, targetFile: string, definition: Definition, origin: Origin): Promise<LoadedTarget> {
  const [damaged] = changedIn(origin.kept, definition);
  if (damaged === undefined) {
    const what = `${shown(targetFile)}, the definition of this run's target, is changed or gone`;
    return orElse(what, () => loadTarget(join(origin.kept, definition.files[0].path), origin));
  }
  const [copy, file] = [origin.kept, origin.root].map((folder) => join(folder, damaged));
  const edited = `${shown(copy)} is damaged or was edited`;
  const how = existsSync(copy) ? edited : `${shown(run.path)} has lost ${shown(copy)}`;
  const other = `${shown(file)} is not what was run either`;
  throw new InputError(`${how}, and ${other}; restore one of them, or start a new run`);
}

/** What a copy gives; it may miss what lay beside the file. @param what is the matter with the file */
async function orElse(what: string, load: () => Promise<LoadedTarget>): Promise<LoadedTarget> {
  try {
    return await load();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const told = `${what}, and the copy in the run cannot be loaded: ${error.message}`;
    throw new InputError(`${told}; restore the file, or start a new run`, { cause: error });
  }
}

const KINDS = [{ kind: 'files', does: 'imports' }, { kind: 'data', does: 'reads' }] as const;

/** @throws InputError where the definition has come to import or read anything else than what was run */
function checkLoaded(
  own: string, definition: Definition, { definition: loaded }: LoadedTarget,
  folders: Readonly<Record<'files' | 'data', string>>,
): void {
  for (const { kind, does } of KINDS) {
    const lists = [definition[kind], loaded?.summary[kind] ?? []];
    const [then, now] = lists.map((files) => new Map(files.map(({ path, sha256 }) => [path, sha256])));
    const other = [...then.keys(), ...now.keys()].find((path) => then.get(path) !== now.get(path));
    if (other === undefined) continue;
    const changed = now.has(other) ? 'whose content is not what it was then' : 'which it does no longer';
    const how = then.has(other) ? changed : 'which it did not when the run began';
    const what = `the definition of ${own} ${does} ${shown(resolve(folders[kind], other))}, ${how}`;
    throw new InputError(`${what}; restore what was there, or start a new run`);
  }
}

/** Of a run of before imports were kept. */
async function loadAlone(run: Run, targetFile: string): Promise<Target> {
  const kept = run.file(KEPT_ALONE);
  if (!run.has(KEPT_ALONE)) {
    throw new InputError(`${shown(run.path)} has lost ${KEPT_ALONE}, the definition of its target; start a new run`);
  }
  const there = existsSync(targetFile);
  const same = there && readFileSync(targetFile, 'utf8') === readFileSync(kept, 'utf8');
  if (same) return (await loadTarget(targetFile)).target;
  const what = `${shown(targetFile)}, the definition of this run's target, is ${there ? 'changed' : 'gone'}`;
  return (await orElse(what, () => loadTarget(kept))).target;
}

export const settingsOfRun = (run: Run): Settings => checkSettings(run.record.settings);
