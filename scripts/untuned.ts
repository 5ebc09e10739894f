/**
 * Targets that nobody tuned for, run by the command line and held against what is exact of them.
 *
 *   npm run untuned -- --list
 *   npm run untuned -- gmm40 funnel10 --seeds 3           seeds 1, 2, 3; all targets where none is named
 *   npm run untuned -- --set hidden=64 --json wide.json   with a setting; everything as JSON too
 *   npm run untuned -- trap12 --seeds 20 --budget 2m      what is passed on: --preset --budget --until --threads --set
 *   npm run untuned -- dw4 --files hinted                 hinted/dw4.ts in place of the definition without hints
 *   npm run untuned -- dw4 --keep runs/untuned --timeout 600
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { untunedTargets } from '../src/benchmarks/untuned/catalogue.ts';
import { missesOf, runUntuned, type UntunedRun } from '../src/benchmarks/untuned/run.ts';
import { untunedTable } from '../src/benchmarks/untuned/table.ts';
import { storedExtended } from '../src/records/figure.ts';
import { jeffreys } from './untuned/process.ts';

const passedOn = ['preset', 'budget', 'until', 'threads'] as const;
const text = { type: 'string' } as const;
const { values, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    list: { type: 'boolean' }, set: { type: 'string', multiple: true, default: [] }, seeds: { ...text, default: '1' },
    first: { ...text, default: '1' }, json: text, files: text, keep: text, timeout: { ...text, default: '1800' },
    preset: text, budget: text, until: text, threads: text,
  },
});

function wholeNumber(option: 'seeds' | 'first' | 'timeout'): number {
  const value = Number(values[option]);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${option} must be a whole number, got ${values[option]}`);
  return value;
}

/** JSON has no infinity. */
const infiniteToo = (_: string, value: unknown): unknown => (typeof value === 'number' ? storedExtended(value) : value);

const extra = [
  ...values.set.flatMap((setting) => ['--set', setting]),
  ...passedOn.flatMap((option) => (values[option] === undefined ? [] : [`--${option}`, values[option]])),
];

function said({ target, seed, cost, judgement, ...run }: UntunedRun): string {
  const misses = missesOf({ target, seed, cost, judgement, ...run });
  return `${target} ${seed}: ${cost.seconds.toFixed(1)} s, ${misses.length === 0 ? 'passes' : `misses: ${misses.join('; ')}`}\n`;
}

async function main(): Promise<void> {
  const stranger = names.find((name) => !untunedTargets.some((entry) => entry.name === name));
  if (stranger !== undefined || values.list === true) {
    const known = untunedTargets.map(({ name }) => name).join(' ');
    if (stranger === undefined) console.log(known);
    else throw new Error(`no untuned target is called ${stranger}; there are ${known}`);
    return;
  }
  const folder = resolve(values.files ?? fileURLToPath(new URL('../src/benchmarks/untuned/targets', import.meta.url)));
  const scratch = mkdtempSync(join(tmpdir(), 'jeffreys-untuned-'));
  const [seeds, first, timeout] = [wholeNumber('seeds'), wholeNumber('first'), wholeNumber('timeout')];
  const entries = untunedTargets.filter(({ name }) => names.length === 0 || names.includes(name));
  const finished: UntunedRun[] = [];
  const execute: Parameters<typeof runUntuned>[1]['execute'] = async (name, seed) => {
    const out = join(resolve(values.keep ?? scratch), `${name}-${seed}`);
    const args = ['run', join(folder, `${name}.ts`), '--json', '--seed', String(seed), '--out', out, ...extra];
    try {
      return await jeffreys(args, join(scratch, `${name}-${seed}.json`), timeout);
    } finally {
      if (values.keep === undefined) rmSync(out, { recursive: true, force: true });
    }
  };
  const onRun = (run: UntunedRun): void => {
    process.stderr.write(said(run));
    finished.push(run);
    // After every run: what is stopped half-way keeps what it has.
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ arguments: extra, runs: finished }, infiniteToo, 1)}\n`);
  };
  try {
    const runs = await runUntuned(entries, { seeds: Array.from({ length: seeds }, (_, k) => first + k), execute, onRun });
    console.log(untunedTable(runs));
    process.exitCode = runs.every((run) => missesOf(run).length === 0) ? 0 : 1;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

try {
  await main();
} catch (error) {
  console.error(`untuned: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
