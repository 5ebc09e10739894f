/** Targets for the command line: by name from the catalogue, or from a user's file. */
import { existsSync, statSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { userLine } from '../engine/userLine.ts';
import { InputError, reasonOf } from '../errors.ts';
import { nearestName } from '../nearestName.ts';
import { experimentCatalogue } from '../experiments/catalogue.ts';
import { catalogue } from '../targets/catalogue.ts';
import { defineTarget, type Target, type TargetDefinition } from '../targets/target.ts';
import { openDefinition, type LoadedDefinition, type Origin } from './definition.ts';
import { loadingForeign } from './foreignCode.ts';

export interface LoadedTarget {
  readonly target: Target;
  /** Where the definition was read, or null for a built-in target. */
  readonly file: string | null;
  /** The definition's files, kept in the run directory; null for a built-in target. */
  readonly definition: LoadedDefinition | null;
}

const EXTENSIONS = ['.ts', '.mts', '.js', '.mjs'];

export const looksLikeFile = (name: string): boolean =>
  EXTENSIONS.includes(extname(name)) || name.includes('/') || name.includes('\\');

/**
 * @param origin of a definition that is kept in a run
 * @throws InputError with the nearest name, or saying what is wrong with the file
 */
export async function loadTarget(name: string, origin: Origin | null = null): Promise<LoadedTarget> {
  if (looksLikeFile(name)) return loadFile(resolve(name), origin);
  const entry = catalogue.find((candidate) => candidate.name === name);
  if (entry !== undefined) return { target: await entry.load(), file: null, definition: null };
  const names = [...catalogue, ...experimentCatalogue].map((candidate) => candidate.name);
  const near = nearestName(name, names);
  const file = EXTENSIONS.map((extension) => `${name}${extension}`).find((candidate) => existsSync(candidate));
  const hint = file !== undefined ? `; for the file, write ./${file}`
    : near === null ? '' : `, did you mean "${near}"?`;
  throw new InputError(
    `unknown target "${name}"${hint} (known: ${names.join(', ')}; or a file such as ./my-target.ts)`
  );
}

async function loadFile(path: string, origin: Origin | null): Promise<LoadedTarget> {
  if (!existsSync(path)) throw new InputError(`no such target file: ${path}`);
  if (!statSync(path).isFile()) throw new InputError(`${path} is not a file; give the file that exports the target`);
  const { jiti, definition } = await openDefinition(path, origin);
  let loaded: unknown;
  try {
    loaded = await loadingForeign(path, () => jiti.import(path));
  } catch (error) {
    // A file may bring a copy of the library of its own.
    if (error instanceof Error && error.name === 'InputError') throw inFile(path, error);
    throw new InputError(`${path} cannot be loaded: ${loadingReason(error)}`, { cause: error });
  }
  const module = (loaded ?? {}) as Record<string, unknown>;
  const exported = module['default'] ?? module['target'];
  if (exported instanceof Promise) {
    throw new InputError(`${path} exports a promise, not a target: write \`export default await …\``);
  }
  if (typeof exported !== 'object' || exported === null || Array.isArray(exported)) {
    throw new InputError(
      `${path} exports no target: write \`export default defineTarget({ … })\` (see \`jeffreys init\`)`
    );
  }
  try {
    const target = isTarget(exported) ? exported : defineTarget(exported as TargetDefinition);
    return { target, file: path, definition: definition() };
  } catch (error) {
    if (error instanceof InputError) throw inFile(path, error);
    const line = error instanceof Error ? userLine(error.stack) : null;
    throw line === null ? error : new InputError(`${line}: ${reasonOf(error)}`, { cause: error });
  }
}

/** An error of a file, which may name it and a line of it already. */
const inFile = (path: string, error: Error): InputError =>
  new InputError(error.message.startsWith(`${path}:`) ? error.message : `${path}: ${error.message}`, { cause: error });

/** Why a file cannot be loaded: the first two lines of a syntax error or of what was not found say it. */
function loadingReason(error: unknown): string {
  if (!(error instanceof Error)) return reasonOf(error);
  const lines = error.message.split('\n').slice(0, 2).map((line) => line.trim());
  return lines.filter((line) => line !== 'Require stack:').join(' ');
}

const isTarget = (value: object): value is Target =>
  'domain' in value && 'observables' in value && 'base' in value && Array.isArray((value as Target).domain);
