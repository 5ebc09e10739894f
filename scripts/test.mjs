// Run every *.test.ts under a folder (or the files named) with Node's own runner.
import { readdirSync } from 'node:fs';
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
const { status } = spawnSync(process.execPath, ['--import', 'tsx', '--test', '--test-concurrency=2', '--test-reporter=spec', ...files], { cwd: root, stdio: 'inherit' });
process.exit(status ?? 1);
