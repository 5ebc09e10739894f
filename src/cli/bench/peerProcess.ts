/** A peer as a long-lived child: one line says "run", one line answers (bench/peers/serve.py has the protocol). */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { Absent, type Runner } from '../../benchmarks/benchCase.ts';

const lineSchema = z.union([
  z.object({ about: z.record(z.string(), z.union([z.string(), z.number()])) }),
  z.object({ absent: z.string() }),
  z.object({ milliseconds: z.number() }),
  z.object({ figures: z.record(z.string(), z.number()) }),
]);
type Line = z.infer<typeof lineSchema>;

export interface PeerProcessOptions {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly figure: string;
}

/** Start it and wait until it is ready. @throws Absent when it says that it is, or when there is no such program */
export async function startPeer(
  { program, arguments: words, directory, environment, figure }: PeerProcessOptions
): Promise<Runner> {
  const child = spawn(program, words, { cwd: directory, env: { ...process.env, ...environment } });
  const peer = new Conversation(child);
  const first = await peer.next();
  if ('absent' in first) throw new Absent(first.absent);
  if (!('about' in first)) throw new Error(`the peer began with ${JSON.stringify(first)}`);
  return {
    about: Object.entries(first.about).map(([name, value]) => `${name} ${value}`).join(', '),
    run: async () => {
      child.stdin.write('run\n');
      const answer = await peer.next();
      if ('milliseconds' in answer) return answer.milliseconds;
      const value = 'figures' in answer ? answer.figures[figure] : undefined;
      if (value === undefined) throw new Error(`the peer answered ${JSON.stringify(answer)}, without ${figure}`);
      return value;
    },
    dispose: () => peer.end(),
  };
}

/** The lines of a child, one at a time. */
class Conversation {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  readonly #closed: Promise<void>;
  #complaint = '';
  #failure: Error | null = null;

  constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    child.stderr.on('data', (data: Buffer) => { this.#complaint = (this.#complaint + data.toString()).slice(-2000); });
    // A child that is gone cannot be written to; what it said last explains why.
    child.stdin.on('error', () => undefined);
    this.#closed = new Promise((resolve) => {
      child.on('error', (error) => { this.#failure = error; resolve(); });
      child.on('close', () => resolve());
    });
  }

  async next(): Promise<Line> {
    const { value, done } = await this.#lines.next() as IteratorResult<string, undefined>;
    if (done === true) {
      await this.#closed;
      if (this.#failure !== null) throw new Absent(`${this.#child.spawnfile} cannot be started`);
      throw new Error(`the peer stopped: ${this.#complaint.trim().split('\n').at(-1) ?? ''}`);
    }
    const line = lineSchema.safeParse(JSON.parse(value));
    if (!line.success) throw new Error(`the peer said ${value}`);
    return line.data;
  }

  async end(): Promise<void> {
    this.#child.stdin.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 2000);
    await this.#closed;
    clearTimeout(timer);
  }
}
