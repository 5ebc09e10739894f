/** The world of the benchmarks: clocks, child processes, temporary files. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Absent } from '../../benchmarks/benchCase.ts';
import type { Command, Finished, Outside, RunEvent } from '../../benchmarks/outside.ts';
import { readEvents } from '../../store/events.ts';
import { startPeer } from './peerProcess.ts';

/** Debian's own Python: the one that `apt-get install python3-torch` serves. */
const PYTHON = '/usr/bin/python3';
/** Milliseconds between looks at a running process. */
const WATCH_EVERY = 50;
/** The package: above both src/cli/bench and dist/cli/bench. */
const root = fileURLToPath(new URL('../../../', import.meta.url));
const peers = join(root, 'bench/peers');

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

const numpyStyle = { PYTHONDONTWRITEBYTECODE: '1' };

export interface DisposableOutside extends Outside {
  dispose(): void;
}

/** @param now milliseconds of a monotonic clock */
export function outsideOf(now: () => number): DisposableOutside {
  let directory: string | null = null;
  let counter = 0;
  const temporaryPath = (name: string): string =>
    join(directory ??= mkdtempSync(join(tmpdir(), 'jeffreys-bench-')), name);

  /** Program and arguments of a command. @throws Absent */
  function words({ program, arguments: rest }: Command, peakFile: string): { file: string; args: string[] } {
    if (program === 'python' || program === 'peer') {
      if (!existsSync(PYTHON)) throw new Absent(`${PYTHON} is missing`);
      return { file: PYTHON, args: program === 'python' ? [...rest] : [peerScript(rest[0]), ...rest.slice(1)] };
    }
    const jeffreys = join(root, 'bin/jeffreys.js');
    if (program === 'jeffreys' && !existsSync(join(root, 'dist/cli/main.js')))
      throw new Absent('dist/ is missing: npm run build');
    // Measuring memory costs a start some milliseconds: not for cases that time one.
    const measured = program === 'jeffreys' && (rest[0] === 'run' || rest[0] === 'sample');
    return { file: process.execPath, args: [
      ...(measured ? ['--import', memoryHook(peakFile)] : []), ...(program === 'jeffreys' ? [jeffreys] : []), ...rest
    ] };
  }

  function run(command: Command): Promise<Finished> {
    const peakFile = temporaryPath(`peak-${counter++}`);
    const { file, args } = words(command, peakFile);
    const start = now();
    return new Promise((resolve, reject) => {
      const child = spawn(file, args, {
        cwd: root, env: { ...process.env, ...numpyStyle, ...command.environment }, stdio: ['ignore', 'pipe', 'pipe']
      });
      let [output, complaint] = ['', ''];
      let stopped = false;
      const stop = (): void => {
        stopped = true;
        child.kill('SIGTERM');
      };
      const limit = command.timeLimit === undefined ? undefined : setTimeout(stop, 1000 * command.timeLimit);
      const watcher = command.watch === undefined ? undefined
        : setInterval(() => { if (!stopped && command.watch?.() === true) stop(); }, WATCH_EVERY);
      child.stdout.on('data', (data: Buffer) => { output += data.toString(); });
      child.stderr.on('data', (data: Buffer) => { complaint = (complaint + data.toString()).slice(-2000); });
      const settle = (): void => {
        clearTimeout(limit);
        clearInterval(watcher);
      };
      child.on('error', (error) => {
        settle();
        reject(error);
      });
      child.on('close', (code) => {
        settle();
        const milliseconds = now() - start;
        const lastWords = complaint.trim().split('\n').at(-1) ?? '';
        if (/ModuleNotFoundError/.test(lastWords)) reject(new Absent(`not installed (${lastWords})`));
        else if (code !== 0 && !stopped) reject(
          new Error(`${command.program} ${command.arguments.slice(0, 2).join(' ')} failed: ${lastWords}`)
        );
        else resolve({
          milliseconds, output, completed: code === 0,
          peakBytes: existsSync(peakFile) ? Number(readFileSync(peakFile, 'utf8')) : null
        });
      });
    });
  }

  return {
    now,
    epoch: () => Date.now(),
    pause: (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); }),
    peer: ({ script, arguments: rest, environment = {}, figure = 'milliseconds' }) => {
      const path = peerScript(script);
      const python = script.endsWith('.py');
      if (python && !existsSync(PYTHON)) throw new Absent(`${PYTHON} is missing`);
      return startPeer({
        program: python ? PYTHON : process.execPath, arguments: [...(python ? [] : ['--import', 'tsx']), path, ...rest],
        directory: root, environment: { ...numpyStyle, ...environment }, figure
      });
    },
    run,
    temporaryPath,
    library: () => {
      const path = join(root, 'dist/index.js');
      if (!existsSync(path)) throw new Absent('dist/ is missing: npm run build');
      return pathToFileURL(path).href;
    },
    events: (runDirectory) =>
      readEvents(join(runDirectory, 'events.jsonl')).map(({ time, kind, reverseEss }): RunEvent => ({
      at: Date.parse(String(time)), kind: String(kind), reverseEss: typeof reverseEss === 'number' ? reverseEss : null,
    })),
    dispose: () => { if (directory !== null) rmSync(directory, { recursive: true, force: true }); },
  };
}

/** @throws Absent in an installed package, which comes without the peers */
function peerScript(name: string): string {
  const path = join(peers, name);
  if (!existsSync(path)) throw new Absent(`bench/peers/${name} is missing: run from a checkout`);
  return path;
}
