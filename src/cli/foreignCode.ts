/**
 * What the code of a user's target may do to this process: end it, throw where nobody can catch it, print. Each is told
 * in one line, with the user's file and line, and standard output stays ours.
 */
import { Console } from 'node:console';
import { userLine } from '../engine/userLine.ts';
import { reasonOf } from '../errors.ts';

const BAD_INPUT = 2;
const FAILED = 1;

/** The user's file that was loaded last. */
let loaded: string | null = null;

/**
 * Watch over the process while a command runs. @param debug print stack traces too
 * @returns to be called when the command is done
 */
export function watchProcess(debug: boolean): () => void {
  const say = (line: string): void => void process.stderr.write(`jeffreys: ${line}\n`);
  const ended = (): void => {
    const line = userLine(new Error('who ends the process').stack);
    if (line === null) return;
    say(`${line}: the target ends the process here; leave out process.exit()`);
    process.exitCode = BAD_INPUT;
  };
  /** There is nothing left to do, and the command is not done. */
  const idle = (): void => {
    done();
    if (loaded === null) say('unexpected error: nothing is left to do, and the command is not done');
    else say(`${loaded} waits for a promise that nothing will ever settle; look at its await`);
    process.exit(loaded === null ? FAILED : BAD_INPUT);
  };
  const thrown = (error: unknown): void => {
    done();
    const stack = error instanceof Error ? error.stack : undefined;
    const line = userLine(stack) ?? (stack === undefined ? loaded : null);
    if (line === null) say(`unexpected error: ${reasonOf(error)}; run again with --debug for the details`);
    else say(`${line}: ${reasonOf(error)} (thrown where nothing can catch it: in a timer, or a promise without await)`);
    if (debug && stack !== undefined) process.stderr.write(`${stack}\n`);
    process.exit(line === null ? FAILED : BAD_INPUT);
  };
  const done = (): void => {
    process.off('exit', ended);
    process.off('beforeExit', idle);
    process.off('uncaughtException', thrown);
  };
  process.on('exit', ended);
  process.on('beforeExit', idle);
  process.on('uncaughtException', thrown);
  return done;
}

/**
 * Load a user's file with what it prints on standard error: standard output is for results. What its functions print
 * later, with console, goes there too. @param file its path @param load imports it
 */
export async function loadingForeign<Module>(file: string, load: () => Promise<Module>): Promise<Module> {
  loaded = file;
  globalThis.console = new Console(process.stderr, process.stderr);
  const { stdout, stderr } = process;
  const own = stdout.write.bind(stdout);
  stdout.write = stderr.write.bind(stderr);
  try {
    return await load();
  } finally {
    stdout.write = own;
  }
}
