/** All mutants, some at a time in copies of the project: what became of each, a line apiece, and a table of all. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { table } from '../../src/cli/summary.ts';
import { Copy } from './copy.ts';
import { areas, testsOf, type PlacedMutant } from './mutant.ts';
import { endAll, runTest } from './testRun.ts';

export interface RunOptions {
  readonly mutants: readonly PlacedMutant[];
  /** Of the project. */
  readonly root: string;
  readonly write: (text: string) => void;
  /** Longest that one test file may take, in seconds; default 120. */
  readonly limit?: number;
}

/**
 * `killed`: a test failed, or hung. `survived`: its tests passed. `stale`: it no longer fits the code. `broken`: the
 * code does not run with it, so no test judged it; or its tests fail without it.
 */
export const fates = ['killed', 'survived', 'stale', 'broken'] as const;
export type Fate = (typeof fates)[number];

interface Verdict {
  readonly fate: Fate;
  /** What killed it, or why it was not. */
  readonly said: string;
}

interface Result extends Verdict {
  readonly mutant: PlacedMutant;
}

/** As many as small machines have cores. */
const AT_A_TIME = 2;

/** @returns how many were not killed */
export async function runMutants({ mutants, root, write, limit = 120 }: RunOptions): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'jeffreys-mutants-'));
  const stop = (): void => {
    endAll();
    rmSync(folder, { recursive: true, force: true });
    process.exit(130);
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  const started = Date.now();
  try {
    const copies = Array.from({ length: AT_A_TIME }, (_, k) => new Copy(root, join(folder, String(k))));
    const tests = [...new Set(mutants.flatMap(testsOf))];
    const failing = new Map<string, string>();
    write(`${tests.length} test files without any fault\n`);
    await inTurns(copies, tests, async (copy, test) => {
      const why = await complaintOf(copy, test, 1000 * limit);
      if (why === null) return;
      failing.set(test, why);
      write(`${test} ${why}\n`);
    });
    const results: Result[] = [];
    await inTurns(copies, mutants, async (copy, mutant) => {
      const before = Date.now();
      const result = { mutant, ...(await verdictOf(copy, mutant, failing, 1000 * limit)) };
      results.push(result);
      const seconds = ((Date.now() - before) / 1000).toFixed(1).padStart(6);
      write(`${result.fate.padEnd(8)} ${seconds} s  ${mutant.area}  ${mutant.name}  (${result.said})\n`);
    });
    write(`\n${summary(results)}\n${((Date.now() - started) / 60_000).toFixed(1)} minutes\n`);
    return results.filter(({ fate }) => fate !== 'killed').length;
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Every item by whichever copy is free. */
async function inTurns<T>(
  copies: readonly Copy[],
  items: readonly T[],
  work: (copy: Copy, item: T) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  await Promise.all(
    copies.map(async (copy) => {
      for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(copy, item);
    }),
  );
}

/** What is wrong with a test file when nothing is wrong with the code. */
async function complaintOf(copy: Copy, test: string, limit: number): Promise<string | null> {
  if (!existsSync(join(copy.folder, test))) return 'is not there';
  const outcome = await runTest(test, copy.folder, limit);
  switch (outcome.kind) {
    case 'passed':
      return null;
    case 'hung':
      return 'does not end';
    case 'failed':
      return `fails: ${outcome.by}`;
    case 'broken':
      return `does not run: ${outcome.why}`;
  }
}

async function verdictOf(
  copy: Copy,
  mutant: PlacedMutant,
  failing: ReadonlyMap<string, string>,
  limit: number,
): Promise<Verdict> {
  const unusable = testsOf(mutant).find((test) => failing.has(test));
  if (unusable !== undefined) return { fate: 'broken', said: `without it ${unusable} ${failing.get(unusable)}` };
  const verdict = await copy.with(mutant, async (): Promise<Verdict> => {
    let broken: string | null = null;
    for (const test of testsOf(mutant)) {
      const outcome = await runTest(test, copy.folder, limit);
      if (outcome.kind === 'failed') return { fate: 'killed', said: `${test}: ${outcome.by}` };
      if (outcome.kind === 'hung') return { fate: 'killed', said: `${test} hangs` };
      if (outcome.kind === 'broken') broken ??= outcome.why;
    }
    return broken === null ? { fate: 'survived', said: testsOf(mutant).join(', ') } : { fate: 'broken', said: broken };
  });
  return 'stale' in verdict ? { fate: 'stale', said: verdict.stale } : verdict;
}

function summary(results: readonly Result[]): string {
  const row = (name: string, of: readonly Result[]): string[] => [
    name,
    String(of.length),
    ...fates.map((fate) => String(of.filter((result) => result.fate === fate).length)),
  ];
  const shown = areas.filter((area) => results.some(({ mutant }) => mutant.area === area));
  return table([
    ['mutants', 'all', ...fates],
    ...shown.map((area) =>
      row(
        area,
        results.filter(({ mutant }) => mutant.area === area),
      ),
    ),
    row('together', results),
  ]).join('\n');
}
