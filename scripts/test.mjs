// Run every *.test.ts under a folder (or the files named) with Node's own runner.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { dirname, join } from 'node:path';

const root = fileURLToPath(new URL('..', import.meta.url));
const [folder = 'test', ...named] = process.argv.slice(2);
const files = named.length > 0
  ? named
  : readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts'))
      .sort()
      .map((name) => join(folder, name));
/** Test files that share a process: loading the sources anew takes a second, and a file's own tests often less. */
const together = folder.startsWith('test-slow') ? 1 : 12;
if (files.length === 0) {
  console.error(`no *.test.ts under ${folder}/`);
  process.exit(1);
}
// The command line is tested as it is built.
const testsCli = files.some((name) => /(^|[\\/])(cli|scripts)[\\/]/.test(name));
if (testsCli && newest('src') > newest('dist')) {
  const built = spawnSync(process.execPath, ['scripts/build.mjs', '--fast'], { cwd: root, stdio: 'inherit' });
  if (built.status !== 0) process.exit(built.status ?? 1);
}

/** Time of the last change below a folder, 0 if there is none. */
function newest(folder) {
  try {
    return Math.max(...readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => statSync(join(root, folder, name)).mtimeMs));
  } catch {
    return 0;
  }
}

/** Hooks outside every describe() are of the whole process, which such a file needs for itself. */
const isAlone = (file) => /^(before|beforeEach|afterEach)\(/m.test(readFileSync(join(root, file), 'utf8'));

/** Neighbours in a folder, some at a time. */
function groupsOf(names) {
  const groups = [];
  for (const name of names) {
    const last = groups.at(-1);
    if (last !== undefined && last.length < together && dirname(last[0]) === dirname(name)) last.push(name);
    else groups.push([name]);
  }
  return groups;
}

/**
 * A script that loads the files of a group one after another; one that cannot be loaded fails as a test of its name.
 * The runner takes scripts in the order of their names.
 */
function scriptOf(group, k, scratch) {
  const path = join(scratch, `${String(k).padStart(3, '0')}-${group[0].replaceAll(/[\\/]/g, '-')}.mjs`);
  const loads = group.map((name) => [name, pathToFileURL(join(root, name)).href]);
  writeFileSync(path, `import { test } from 'node:test';
for (const [name, url] of ${JSON.stringify(loads)}) {
  try {
    await import(url);
  } catch (error) {
    test(name, () => { throw error; });
  }
}
`);
  return path;
}

function runTests(names) {
  const runner = ['--import', 'tsx', '--test', '--test-concurrency=2', '--test-reporter=spec'];
  return spawnSync(process.execPath, [...runner, ...names], { cwd: root, stdio: 'inherit' }).status ?? 1;
}

/** Those that need a process each come first: they take longest, and what comes last should be over at the same time. */
function runGroups() {
  const scratch = mkdtempSync(join(tmpdir(), 'jeffreys-tests-'));
  try {
    const groups = [...files.filter(isAlone).map((name) => [name]), ...groupsOf(files.filter((name) => !isAlone(name)))];
    return runTests(groups.map((group, k) => scriptOf(group, k, scratch)));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

process.exitCode = named.length > 0 ? runTests(files) : runGroups();
