import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { loadTarget } from '../src/cli/loadTarget.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);

describe('examples', () => {
  for (const name of readdirSync(join(root, 'examples')).filter((file) => file.endsWith('.ts'))) {
    it(`${name} runs and prints figures`, async () => {
      const { stdout } = await run(process.execPath, ['--import', 'tsx', join('examples', name)], { cwd: root });
      assert.match(stdout, /log Z = -?\d/, `${name} printed no log Z: ${stdout}`);
      assert.doesNotMatch(stdout, /NaN|undefined/, `${name} printed a hole: ${stdout}`);
    });
  }
});

describe('documentation', () => {
  it('names modules that exist', () => {
    const theory = readFileSync(join(root, 'docs/theory.md'), 'utf8');
    const modules = [...theory.matchAll(/`([a-z]+\/[A-Za-z/]+\.ts)`/g)].map((match) => match[1]);
    assert.ok(modules.length > 10, `docs/theory.md names only ${modules.length} modules`);
    for (const module of modules) assert.ok(existsSync(join(root, 'src', module)), `docs/theory.md names src/${module}, which does not exist`);
  });

  it("the README's target loads", async () => {
    const code = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, 'README.md'), 'utf8'))?.[1];
    assert.ok(code !== undefined, 'README.md shows no target');
    const folder = mkdtempSync(join(tmpdir(), 'jeffreys-readme-'));
    try {
      writeFileSync(join(folder, 'target.ts'), code);
      const { target } = await loadTarget(join(folder, 'target.ts'));
      assert.equal(target.name, 'tilted-double-well', 'the README shows another target');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('every dependency earns its place in docs/design.md', () => {
    const design = readFileSync(join(root, 'docs/design.md'), 'utf8');
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<'dependencies' | 'devDependencies', Record<string, string>>;
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
      assert.ok(design.includes(`\`${name}\``), `docs/design.md does not say what ${name} is for`);
      assert.match(version, /^\d/, `${name} is not pinned: ${version}`);
    }
  });
});
