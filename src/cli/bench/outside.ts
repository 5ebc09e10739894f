/** The world of the benchmarks: clocks, child processes, temporary files. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Runner } from '../../benchmarks/benchCase.ts';
import type { Outside, PeerOptions, RunEvent } from '../../benchmarks/outside.ts';
import { readEvents } from '../../store/events.ts';
import { startPeer } from './peerProcess.ts';
import { packageRoot } from '../packageRoot.ts';
import { libraryAddress, numpyStyle, peerScript, python } from './programs.ts';
import { runTimed } from './timedProcess.ts';

export interface DisposableOutside extends Outside {
  dispose(): void;
}

/** @param now milliseconds of a monotonic clock */
export function outsideOf(now: () => number): DisposableOutside {
  let directory: string | null = null;
  let counter = 0;
  const temporaryPath = (name: string): string =>
    join(directory ??= mkdtempSync(join(tmpdir(), 'jeffreys-bench-')), name);
  return {
    now,
    epoch: () => Date.now(),
    pause: (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); }),
    peer: peerOf,
    run: (command) => runTimed(command, now, temporaryPath(`peak-${counter++}`)),
    temporaryPath,
    hand: (name, data) => {
      const path = temporaryPath(name);
      writeFileSync(path, data);
      return path;
    },
    library: libraryAddress,
    events: eventsOf,
    dispose: () => { if (directory !== null) rmSync(directory, { recursive: true, force: true }); },
  };
}

/** @throws Absent */
function peerOf({ script, arguments: rest, environment = {}, figure = 'milliseconds' }: PeerOptions): Promise<Runner> {
  const path = peerScript(script);
  const ofPython = script.endsWith('.py');
  return startPeer({
    program: ofPython ? python() : process.execPath,
    arguments: [...(ofPython ? [] : ['--import', 'tsx']), path, ...rest],
    directory: packageRoot, environment: { ...numpyStyle, ...environment }, figure
  });
}

const eventsOf = (runDirectory: string): RunEvent[] =>
  readEvents(join(runDirectory, 'events.jsonl')).map(({ time, kind, reverseEss }): RunEvent => ({
    at: Date.parse(String(time)), kind: String(kind), reverseEss: typeof reverseEss === 'number' ? reverseEss : null,
  }));
