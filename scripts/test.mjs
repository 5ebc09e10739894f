// Run every *.test.ts under a folder (or the files named) with Node's own runner.
import { readdirSync, statSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

const root = fileURLToPath(new URL('..', import.meta.url));
const [folder = 'test', ...named] = process.argv.slice(2);
const files = named.length > 0
  ? named
  : readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts'))
      .sort()
      .map((name) => join(folder, name));
if (files.length === 0) {
  console.error(`no *.test.ts under ${folder}/`);
  process.exit(1);
}
// The command line is tested as it is built. Types are checked elsewhere, so this build only strips them.
const testsCli = files.some((name) => /(^|[\\/])(cli|scripts)[\\/]/.test(name));
if (testsCli && newest('src') > newest('dist')) {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const built = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--noCheck', '--declaration', 'false'], { cwd: root, stdio: 'inherit' });
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

const { status } = spawnSync(process.execPath, ['--import', 'tsx', '--test', '--test-concurrency=2', '--test-reporter=spec', ...files], { cwd: root, stdio: 'inherit' });
process.exit(status ?? 1);
