/** Examples in processes of their own, and what they must print. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);

/** Examples that print their modes: how many. */
const modeCounts: Readonly<Record<string, number>> =
  { '03-twelve-modes.ts': 12, '04-torus-10d.ts': 4, '05-penguins.ts': 6 };

const MODE = /^(.+): exact ([\d.]+), flow ([\d.]+), weighted ([\d.]+) ± ([\d.]+)$/gm;

/** Every mode has more than half of its exact mass in the unweighted flow, and the weights are even. */
export function coversItsModes(stdout: string, count: number): void {
  const modes = [...stdout.matchAll(MODE)].map(([, mode, ...figures]) => ({ mode, figures: figures.map(Number) }));
  assert.equal(modes.length, count, `one line per mode: ${stdout}`);
  for (const { mode, figures: [exact, flow, weighted, error] } of modes) {
    assert.ok(exact > 0 && flow > 0.5 * exact, `the flow gives ${mode} a mass of ${flow} for ${exact}`);
    // Printed to four digits.
    assert.ok(Math.abs(weighted - exact) < 5 * error + 1e-4, `${mode} weighs ${weighted} ± ${error} for ${exact}`);
  }
  const ess = Number(/^ESS ([\d.]+) %$/m.exec(stdout)?.[1]);
  assert.ok(ess > 50, `ESS ${ess} %`);
}

/** What the `main` of an example says. */
export async function saidBy(main: (say: (line: string) => void) => Promise<void> | void): Promise<string> {
  const lines: string[] = [];
  await main((line) => { lines.push(line); });
  return lines.join('\n');
}

const EXACT = /(-?[\d.]+) ± ([\d.]+) \(exact (-?[\d.]+)\)/g;

/** Every figure that stands beside its exact value is within five of its errors. @returns how many there are */
export function assertAgrees(said: string): number {
  const figures = [...said.matchAll(EXACT)].map((match) => match.slice(1).map(Number));
  for (const [value, error, exact] of figures) {
    // Printed to four digits.
    assert.ok(error > 0 && Math.abs(value - exact) < 5 * error + 1e-4, `${value} ± ${error} for ${exact}: ${said}`);
  }
  return figures.length;
}

/** @param name of a file in examples/ */
export async function assertPrintsFigures(name: string): Promise<void> {
  const { stdout } = await run(process.execPath, ['--import', 'tsx', join('examples', name)], { cwd: root });
  assert.match(stdout, /log Z = -?\d/, `${name} printed no log Z: ${stdout}`);
  assert.doesNotMatch(stdout, /NaN|undefined/, `${name} printed a hole: ${stdout}`);
  if (name in modeCounts) coversItsModes(stdout, modeCounts[name]);
}
