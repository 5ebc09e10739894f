/** The programs that are timed, and where they are. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Absent } from '../../benchmarks/benchCase.ts';
import type { Command } from '../../benchmarks/outside.ts';
import { packageRoot } from '../packageRoot.ts';

/** Debian's own Python: the one that `apt-get install python3-torch` serves. */
const PYTHON = '/usr/bin/python3';
const peers = join(packageRoot, 'bench/peers');

/** Of every program: what is timed must not leave files behind. */
export const numpyStyle = { PYTHONDONTWRITEBYTECODE: '1' };

/**
 * Written at the exit of a Node that is asked for its memory: VmHWM where there is a /proc (it starts at zero with the
 * program), else what the system counts.
 */
const memoryHook = (path: string): string => `data:text/javascript,${encodeURIComponent(`
import { readFileSync, writeFileSync } from 'node:fs';
process.on('exit', () => {
  let peak = 1024 * process.resourceUsage().maxRSS;
  try { peak = 1024 * Number(/VmHWM:\\s*(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]); } catch {}
  writeFileSync(${JSON.stringify(path)}, String(peak));
});`)}`;

export interface Words {
  readonly file: string;
  readonly args: readonly string[];
}

/** @throws Absent where it is not there */
export function python(): string {
  if (existsSync(PYTHON)) return PYTHON;
  throw new Absent(`${PYTHON} is missing`);
}

/** @throws Absent in an installed package, which comes without the peers */
export function peerScript(name: string): string {
  const path = join(peers, name);
  if (existsSync(path)) return path;
  throw new Absent(`bench/peers/${name} is missing: run from a checkout`);
}

/** A file of the built package. @throws Absent where it is not built */
function built(name: string): string {
  const path = join(packageRoot, 'dist', name);
  if (existsSync(path)) return path;
  throw new Absent('dist/ is missing: npm run build');
}

/** Address of the built library. @throws Absent where it is not built */
export const libraryAddress = (): string => pathToFileURL(built('index.js')).href;

/** Program and arguments of a command. @param peakFile where it leaves its memory, if it does @throws Absent */
export function wordsOf({ program, arguments: rest }: Command, peakFile: string): Words {
  switch (program) {
    case 'python': return { file: python(), args: rest };
    case 'peer': return { file: python(), args: [peerScript(rest[0]), ...rest.slice(1)] };
    case 'node': return { file: process.execPath, args: rest };
    case 'jeffreys': {
      built('cli/main.js');
      // Measuring memory costs a start some milliseconds: not for cases that time one.
      const measured = rest[0] === 'run' || rest[0] === 'sample';
      const hook = measured ? ['--import', memoryHook(peakFile)] : [];
      return { file: process.execPath, args: [...hook, join(packageRoot, 'bin/jeffreys.js'), ...rest] };
    }
  }
}
