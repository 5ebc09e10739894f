/** `jeffreys run` in a process of its own, with what it took: seconds, seconds of CPU on all threads, memory at its peak. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Ended } from '../../src/benchmarks/untuned/run.ts';

const BIN = fileURLToPath(new URL('../../bin/jeffreys.js', import.meta.url));
/** A process that was asked to stop is killed after so many milliseconds more. */
const PATIENCE = 20_000;

/** Written at the process's end. VmHWM begins with the program; what the system counts may be of the one that started it. */
const hook = (path: string): string => `data:text/javascript,${encodeURIComponent(`
import { readFileSync, writeFileSync } from 'node:fs';
process.on('exit', () => {
  let peak = process.resourceUsage().maxRSS;
  try { peak = Number(/VmHWM:\\s*(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]); } catch {}
  const { user, system } = process.cpuUsage();
  writeFileSync(${JSON.stringify(path)}, JSON.stringify({ peakMebibytes: peak / 1024, cpuSeconds: (user + system) / 1e6 }));
});`)}`;

interface Taken {
  readonly peakMebibytes: number | null;
  readonly cpuSeconds: number | null;
}

function takenIn(path: string): Taken {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) as Taken : { peakMebibytes: null, cpuSeconds: null };
}

/** @param figures a path of its own, for what it took @param timeout seconds */
export function jeffreys(args: readonly string[], figures: string, timeout: number): Promise<Ended> {
  const start = performance.now();
  const child = spawn(process.execPath, ['--import', hook(figures), BIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [output, complaint, late] = ['', '', false];
  child.stdout.on('data', (data: Buffer) => { output += data.toString(); });
  child.stderr.on('data', (data: Buffer) => { complaint = (complaint + data.toString()).slice(-2000); });
  const timers = [
    setTimeout(() => { late = child.kill('SIGINT'); }, 1000 * timeout),
    setTimeout(() => { child.kill('SIGKILL'); }, 1000 * timeout + PATIENCE),
  ];
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      timers.forEach(clearTimeout);
      const failure = late ? `not finished after ${timeout} s` : complaint.trim().split('\n').at(-1) || `exit code ${code}`;
      const seconds = (performance.now() - start) / 1000;
      resolve({ output, seconds, ...takenIn(figures), failure: code === 0 && output !== '' ? null : failure });
    });
  });
}
