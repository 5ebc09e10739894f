/** One test file in a process of its own, and what is to be made of how it ends. */
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const REPORTER = fileURLToPath(new URL('reporter.mjs', import.meta.url));
const QUICK_ASSERT = new URL('quickAssert.mjs', import.meta.url).href;

/** What the reporter tells of a test or a suite. */
export interface Reported {
  readonly test: string;
  readonly suite: boolean;
  readonly failure: { readonly type: string; readonly name: string; readonly message: string } | null;
}

/** `broken`: something failed, but no test's own check. */
export type Outcome =
  | { readonly kind: 'passed' }
  | { readonly kind: 'hung' }
  | { readonly kind: 'failed'; readonly by: string }
  | { readonly kind: 'broken'; readonly why: string };

/** Errors of code that does not run, rather than runs wrongly. */
const UNRUNNABLE = ['SyntaxError', 'ReferenceError', 'TypeError'];

/**
 * A test fails by its own check when an assertion or an error of the code itself ends it, and not when a file or a
 * suite cannot be loaded, or when what it calls is not there.
 * @param file as it was named to the runner, which names a file that cannot be loaded so
 */
export function outcomeOf(reported: readonly Reported[], file: string, code: number | null): Outcome {
  const failures = reported.flatMap(({ test, suite, failure }) =>
    failure === null || failure.type === 'subtestsFailed' || failure.type === 'cancelledByParent'
      ? []
      : [{ test, suite, failure }],
  );
  const checks = failures.filter(
    ({ test, suite, failure }) => !suite && !test.endsWith(file) && !UNRUNNABLE.includes(failure.name),
  );
  if (checks.length > 0) return { kind: 'failed', by: checks[0].test };
  if (failures.length > 0) {
    const { test, failure } = failures[0];
    return { kind: 'broken', why: `${test}: ${failure.name} ${failure.message.split('\n')[0]}`.trim() };
  }
  if (code !== 0) return { kind: 'broken', why: `no test failed, but the runner ended with ${code}` };
  if (!reported.some(({ suite, test }) => !suite && !test.endsWith(file)))
    return { kind: 'broken', why: 'no test ran' };
  return { kind: 'passed' };
}

/** Those that run now, to be ended with the script. */
const running = new Set<ChildProcess>();

/** The runner and the process of the file, which it would leave behind. */
function end(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  process.kill(-child.pid, 'SIGKILL');
}

export function endAll(): void {
  for (const child of running) end(child);
}

/** @param cwd the project, or a copy of it @param limit longest that it may take, in milliseconds */
export function runTest(file: string, cwd: string, limit: number): Promise<Outcome> {
  const args = [
    '--import',
    'tsx',
    '--import',
    QUICK_ASSERT,
    '--test',
    `--test-reporter=${REPORTER}`,
    '--test-reporter-destination=stdout',
    file,
  ];
  // A runner within a test tells no one but the outer one.
  const env = { ...process.env };
  delete env['NODE_TEST_CONTEXT'];
  // A group of its own, so that both processes can be ended.
  const child = spawn(process.execPath, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  running.add(child);
  let [stdout, hung] = ['', false];
  child.stdout.on('data', (data: Buffer) => {
    stdout += data.toString();
  });
  const timer = setTimeout(() => {
    hung = true;
    end(child);
  }, limit);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      running.delete(child);
      const lines = stdout.split('\n').filter((line) => line.startsWith('{"test":'));
      resolve(
        hung
          ? { kind: 'hung' }
          : outcomeOf(
              lines.map((line) => JSON.parse(line) as Reported),
              file,
              code,
            ),
      );
    });
  });
}
