import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadTarget } from '../src/cli/loadTarget.ts';
import { assertPrintsFigures, coversItsModes } from './examples.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

// The others take longer: test-slow/examples.test.ts.
describe('examples', () => {
  for (const name of ['01-own-target.ts', '02-tempering-only.ts']) it(`${name} runs and prints figures`, () => assertPrintsFigures(name));
});

it('the check of modes refuses a flow that has lost one', () => {
  const line = (mode: string, flow: number): string => `${mode}: exact 0.5000, flow ${flow.toFixed(4)}, weighted 0.5000 ± 0.0050\n`;
  const said = (flows: readonly number[], ess: number): string => `${flows.map((flow, k) => line(`mode ${k}`, flow)).join('')}ESS ${ess} %\n`;
  coversItsModes(said([0.6, 0.4], 90), 2);
  assert.throws(() => coversItsModes(said([0.8, 0.2], 90), 2), /mode 1 a mass of 0\.2/, 'a lost mode');
  assert.throws(() => coversItsModes(said([1], 90), 2), /one line per mode/, 'a mode unseen');
  assert.throws(() => coversItsModes(said([0.5, 0.5], 20), 2), /ESS 20/, 'a low ESS');
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
