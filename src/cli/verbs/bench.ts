import { arch, cpus, type } from 'node:os';
import { race, type RaceResult } from '../../benchmarks/race.ts';
import { selectCases } from '../../benchmarks/catalogue.ts';
import { outsideOf } from '../bench/outside.ts';
import { benchTable } from '../bench/table.ts';
import { print } from '../print.ts';

export interface BenchArguments {
  readonly json?: boolean;
  /** Instead of each case's own number of rounds. */
  readonly rounds?: number;
  /** Print the names of the selected cases and run none. */
  readonly list?: boolean;
  /** Peers that take minutes, on every target. */
  readonly allPeers?: boolean;
}

/** `jeffreys bench [case…]`: one row per case and peer; a case that breaks leaves its reason and the exit code 1. */
export async function bench(
  names: string | readonly string[] | undefined,
  { json = false, rounds, list = false, allPeers = false }: BenchArguments = {}
): Promise<void> {
  const outside = outsideOf(() => performance.now());
  try {
    const cases = await selectCases(typeof names === 'string' ? [names] : (names ?? []), outside, { allPeers });
    if (list) {
      print(cases.map(({ name }) => `${name}\n`).join(''));
      return;
    }
    const results: RaceResult[] = [];
    for (const benchCase of cases) {
      if (process.stderr.isTTY) process.stderr.write(`${benchCase.name} …\n`);
      results.push(await race(
        benchCase, { now: () => outside.now(), pause: (milliseconds) => outside.pause(milliseconds), rounds }
      ));
    }
    print(json ? `${JSON.stringify(results)}\n` : benchTable(
      results, `${type()} ${arch()}, ${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.version}`
    ));
    if (results.some(({ ours, peers, floor }) => [ours, ...peers, floor].some((outcome) => outcome?.failed === true)))
      process.exitCode = 1;
  } finally {
    outside.dispose();
  }
}
