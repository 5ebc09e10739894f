/** Child processes that speak in lines. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface Child {
  readonly pid: number;
  say(line: string): void;
  /** The next line it prints. @throws Error if it ends instead */
  hear(): Promise<string>;
  /** Ends it at once, as a power cut would. */
  kill(): Promise<void>;
}

export function startChild(fixture: string, ...args: string[]): Child {
  const path = fileURLToPath(new URL(`fixtures/${fixture}`, import.meta.url));
  const child: ChildProcessWithoutNullStreams = spawn(process.execPath, ['--import', 'tsx', path, ...args]);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let errors = '';
  child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
  const ended = once(child, 'exit');
  return {
    pid: child.pid ?? 0,
    say: (line) => void child.stdin.write(`${line}\n`),
    async hear() {
      const next = await lines.next();
      if (next.done === true) {
        await ended;
        throw new Error(`${fixture} ended: ${errors}`);
      }
      return next.value;
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
