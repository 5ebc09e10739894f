/** A user's definition: the file that was named, all that it imports from beside it, and the data that it reads. */
import { existsSync, statSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, extname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createJiti, type Jiti } from 'jiti';
import type { Definition } from '../records/record.ts';
import { sha256, sha256OfSource } from '../store/checksum.ts';
import { parseJsonFile } from '../store/json.ts';
import { readBytes, withFile } from '../store/source.ts';
import { readTable, tablePath } from '../store/table.ts';

/**
 * Where the files of a kept definition were when it was run: data and packages are not kept, and are looked for there.
 */
export interface Origin {
  /** Folder of the copies. */
  readonly kept: string;
  /** Folder of the files as they were run. */
  readonly root: string;
}

export interface DefinitionFile {
  /** Below the folder that holds all of them, with slashes. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

export interface LoadedDefinition {
  /** The file that was named first. */
  readonly files: readonly DefinitionFile[];
  /** Paths and checksums, for the record. */
  readonly summary: Definition;
}

const LIBRARY = 'jeffreys-flow';
/** What imports become in translated code. */
const IMPORT = /\b(?:jitiImport|jitiESMResolve|require)\((["'`])([^"'`\n]+)\1/g;

const isLocal = (name: string): boolean => /^\.{1,2}(?:\/|$)/.test(name);

/**
 * Makes ready to import a definition under this very instance of the library, wherever the file lies.
 * @param origin of a kept definition @returns the importer, and what it will have read once it has imported the file
 */
export async function openDefinition(
  path: string,
  origin: Origin | null,
): Promise<{ jiti: Jiti; definition: () => LoadedDefinition }> {
  const read = new Map<string, string>();
  const trackedTable: typeof readTable = (file, options) => {
    const asked = resolve(tablePath(file));
    const found = movedTo(asked, origin);
    const table = readTable(found === asked ? file : found, options);
    read.set(found, withFile(found, sha256OfSource));
    return table;
  };
  const library = { ...(await import('../index.ts')), readTable: trackedTable };
  const options = { virtualModules: { [LIBRARY]: library }, fsCache: false, moduleCache: false, interopDefault: false };
  const { files, packages, alias } = importsFrom(path, origin, createJiti(import.meta.url, options));
  const jiti = createJiti(import.meta.url, { ...options, alias });
  const root = commonFolder(
    path,
    files.map(({ file }) => file),
  );
  const place = (file: string, folder: string): string =>
    file.startsWith(join(folder, sep)) ? relative(folder, file).replaceAll(sep, '/') : file;
  return {
    jiti,
    definition: () => {
      const kept = files.map(({ file, bytes }) => ({ path: place(file, root), bytes }));
      const data = Array.from(read, ([file, sum]) => ({ path: place(file, origin?.root ?? root), sha256: sum }));
      return {
        files: kept,
        summary: {
          files: kept.map(({ path: name, bytes }) => ({ path: name, sha256: sha256(bytes) })),
          data: data.sort((a, b) => (a.path < b.path ? -1 : 1)),
          packages,
        },
      };
    },
  };
}

/** Data that lay beside a file are not beside its copy. */
const movedTo = (file: string, origin: Origin | null): string =>
  origin === null || existsSync(file) ? file : originalOf(file, origin);

/** Where a file was, if it is a copy. */
function originalOf(file: string, { kept, root }: Origin): string {
  const below = relative(resolve(kept), file);
  return below.startsWith('..') || isAbsolute(below) ? file : join(root, below);
}

interface Imports {
  /** A file with all that it imports by relative names, directly or not, each once. */
  readonly files: { readonly file: string; readonly bytes: Uint8Array }[];
  /** Versions of the packages that these import. */
  readonly packages: Record<string, string>;
  /** Of a kept definition: what its names of packages meant where it was run. */
  readonly alias: Record<string, string>;
}

function importsFrom(entry: string, origin: Origin | null, jiti: Jiti): Imports {
  const files: Imports['files'] = [];
  const packages = new Map<string, string>();
  const alias: Record<string, string> = {};
  const found = new Set([entry]);
  // The set grows while it is gone through.
  for (const file of found) {
    const bytes = withFile(file, (source) => readBytes(source, 0, source.size));
    files.push({ file, bytes });
    for (const name of importNames(file, bytes, jiti)) {
      if (isLocal(name)) {
        const target = jiti.esmResolve(name, { parentURL: pathToFileURL(file), try: true });
        if (target !== undefined && statSync(fileURLToPath(target)).isFile()) found.add(fileURLToPath(target));
      } else if (isPackage(name)) {
        const [, packageName] = /^((?:@[^/]+\/)?[^/]+)/.exec(name) ?? ['', name];
        const from = origin === null ? file : originalOf(file, origin);
        packages.set(packageName, versionOf(packageName, dirname(from)));
        const target =
          origin === null ? undefined : jiti.esmResolve(name, { parentURL: pathToFileURL(from), try: true });
        if (target !== undefined) alias[name] = fileURLToPath(target);
      }
    }
  }
  return { files, alias, packages: Object.fromEntries([...packages].sort(([a], [b]) => (a < b ? -1 : 1))) };
}

function importNames(file: string, bytes: Uint8Array, jiti: Jiti): string[] {
  if (!/^\.[cm]?[jt]s$/.test(extname(file))) return [];
  const code = jiti.transform({
    source: Buffer.from(bytes).toString(),
    filename: file,
    ts: /ts$/.test(file),
    async: true,
  });
  return Array.from(code.matchAll(IMPORT), ([, , name]) => name);
}

const isPackage = (name: string): boolean =>
  !isBuiltin(name) && name !== LIBRARY && /^(?:@[\w.-]+\/)?[\w.-]+(?:\/|$)/.test(name);

/** As its package.json says, looked for as Node does. */
function versionOf(name: string, from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const file = join(folder, 'node_modules', name, 'package.json');
    if (existsSync(file)) return String((parseJsonFile(file) as { version?: unknown }).version);
    if (dirname(folder) === folder) return 'unknown';
  }
}

/** The deepest folder that holds all of the files. */
function commonFolder(entry: string, files: readonly string[]): string {
  let folder = dirname(entry);
  while (!files.every((file) => file.startsWith(join(folder, sep)))) folder = dirname(folder);
  return folder;
}
