/** One command line in a process of its own, which is asked to stop and at last killed if it does not end. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Outcome } from './verdict.ts';

const BIN = fileURLToPath(new URL('../../bin/jeffreys.js', import.meta.url));
/** Nothing may hang for longer, in milliseconds; what is right and only long ends when it is asked to. */
const LONGEST = 20_000;
const ASKED_AFTER = 9_000;

/** @param patient whether it may be something right that takes long, which a user would stop */
export function jeffreys(args: readonly string[], cwd: string, patient: boolean): Promise<Outcome> {
  const child = spawn(process.execPath, [BIN, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr, asked, hung] = ['', '', false, false];
  child.stdout.on('data', (data: Buffer) => {
    stdout += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => {
    stderr += data.toString();
  });
  const timers = [
    setTimeout(() => {
      if (patient) asked = child.kill('SIGINT');
    }, ASKED_AFTER),
    setTimeout(() => {
      hung = child.kill('SIGKILL');
    }, LONGEST),
  ];
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      timers.forEach(clearTimeout);
      resolve({ code, signal, stdout, stderr, asked, hung });
    });
  });
}
