/** A program that is run to its end, timed, and stopped where it takes too long or has shown enough. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { Absent } from '../../benchmarks/benchCase.ts';
import type { Command, Finished } from '../../benchmarks/outside.ts';
import { packageRoot } from '../packageRoot.ts';
import { numpyStyle, wordsOf } from './programs.ts';

/** Milliseconds between looks at a running process. */
const WATCH_EVERY = 50;

type Child = ChildProcessByStdio<null, Readable, Readable>;

/**
 * @param now milliseconds of a monotonic clock @param peakFile a path of its own, for the memory that it took
 * @throws Absent where the program or what it needs is not installed; Error when it fails
 */
export function runTimed(command: Command, now: () => number, peakFile: string): Promise<Finished> {
  const { file, args } = wordsOf(command, peakFile);
  const start = now();
  const environment = { ...process.env, ...numpyStyle, ...command.environment };
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd: packageRoot, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    let [output, complaint] = ['', ''];
    const stopping = stopsFor(child, command);
    child.stdout.on('data', (data: Buffer) => { output += data.toString(); });
    child.stderr.on('data', (data: Buffer) => { complaint = (complaint + data.toString()).slice(-2000); });
    child.on('error', (error) => {
      stopping.end();
      reject(error);
    });
    child.on('close', (code) => {
      stopping.end();
      const milliseconds = now() - start;
      const failure = code === 0 || stopping.stopped() ? missingPackage(complaint) : failureOf(command, complaint);
      if (failure === null) resolve({ milliseconds, output, completed: code === 0, peakBytes: peakIn(peakFile) });
      else reject(failure);
    });
  });
}

/** Stops a child at its time limit, or when whoever watches it has seen enough. */
function stopsFor(child: Child, { timeLimit, watch }: Command): { stopped: () => boolean; end: () => void } {
  let stopped = false;
  const stop = (): void => {
    stopped = true;
    child.kill('SIGTERM');
  };
  const limit = timeLimit === undefined ? undefined : setTimeout(stop, 1000 * timeLimit);
  const watcher = watch === undefined ? undefined
    : setInterval(() => { if (!stopped && watch()) stop(); }, WATCH_EVERY);
  return {
    stopped: () => stopped,
    end: () => {
      clearTimeout(limit);
      clearInterval(watcher);
    },
  };
}

const lastLine = (complaint: string): string => complaint.trim().split('\n').at(-1) ?? '';

function missingPackage(complaint: string): Absent | null {
  const words = lastLine(complaint);
  return /ModuleNotFoundError/.test(words) ? new Absent(`not installed (${words})`) : null;
}

const failureOf = ({ program, arguments: rest }: Command, complaint: string): Error => missingPackage(complaint)
  ?? new Error(`${program} ${rest.slice(0, 2).join(' ')} failed: ${lastLine(complaint)}`);

const peakIn = (file: string): number | null => (existsSync(file) ? Number(readFileSync(file, 'utf8')) : null);
