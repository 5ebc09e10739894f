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

/** Examples that print their modes: how many. */
const modeCounts: Readonly<Record<string, number>> = { '03-twelve-modes.ts': 12, '04-torus-10d.ts': 4, '05-penguins.ts': 6 };

/** Every mode has more than half of its exact mass in the unweighted flow, and the weights are even. */
function coversItsModes(stdout: string, count: number): void {
  const modes = [...stdout.matchAll(/^(.+): exact ([\d.]+), flow ([\d.]+), weighted ([\d.]+) ± ([\d.]+)$/gm)].map(([, mode, ...figures]) => ({ mode, figures: figures.map(Number) }));
  assert.equal(modes.length, count, `one line per mode: ${stdout}`);
  for (const { mode, figures: [exact, flow, weighted, error] } of modes) {
    assert.ok(exact > 0 && flow > 0.5 * exact, `the flow gives ${mode} a mass of ${flow} for ${exact}`);
    // Printed to four digits.
    assert.ok(Math.abs(weighted - exact) < 5 * error + 1e-4, `${mode} weighs ${weighted} ± ${error} for ${exact}`);
  }
  const ess = Number(/^ESS ([\d.]+) %$/m.exec(stdout)?.[1]);
  assert.ok(ess > 50, `ESS ${ess} %`);
}

describe('examples', () => {
  for (const name of readdirSync(join(root, 'examples')).filter((file) => file.endsWith('.ts'))) {
    it(`${name} runs and prints figures`, async () => {
      const { stdout } = await run(process.execPath, ['--import', 'tsx', join('examples', name)], { cwd: root });
      assert.match(stdout, /log Z = -?\d/, `${name} printed no log Z: ${stdout}`);
      assert.doesNotMatch(stdout, /NaN|undefined/, `${name} printed a hole: ${stdout}`);
      if (name in modeCounts) coversItsModes(stdout, modeCounts[name]);
    });
  }
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
