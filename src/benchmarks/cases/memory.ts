/** The most memory that a process holds at once: a default run of three-well, and ten million samples from it. */
import { only, type BenchCase, type Entrant, type Runner, type Unit } from '../benchCase.ts';
import type { Outside } from '../outside.ts';
import { oneCore } from '../torchThreads.ts';

const SAMPLES = 10_000_000;
const mebibytes: Unit = { name: 'MiB', better: 'less', of: (raw) => raw / 2 ** 20 };

export function memory(outside: Outside): BenchCase[] {
  let runs = 0;
  let finished: string | null = null;
  async function peakOf(...words: string[]): Promise<number> {
    const { peakBytes } = await outside.run({ program: 'jeffreys', arguments: words });
    return peakBytes ?? NaN;
  }
  async function defaultRun(): Promise<number> {
    const directory = outside.temporaryPath(`memory-${runs++}`);
    const peak = await peakOf('run', 'three-well', '--json', '--out', directory);
    finished = directory;
    return peak;
  }
  async function sample(): Promise<number> {
    if (finished === null) await defaultRun();
    return peakOf(
      'sample', finished ?? '', '-n', String(SAMPLES), '--out', outside.temporaryPath('samples.npy'), '--force',
      '--json'
    );
  }
  const runner = (run: () => Promise<number>) =>
    (): Promise<Runner> => Promise.resolve({ run, dispose: () => Promise.resolve() });
  const peer = (name: string, task: string): Entrant =>
    oneCore(outside, name, { script: 'memory.py', arguments: [task], figure: 'peakBytes' });
  return [
    {
      name: 'memory/run', unit: mebibytes, ours: only('jeffreys run three-well', runner(defaultRun)),
      peers: [peer('PyTorch, the training', 'train')], rounds: 1, single: true
    },
    {
      name: 'memory/sample', unit: mebibytes, ours: only('jeffreys sample -n 1e7', runner(sample)),
      peers: [peer('PyTorch, samples in chunks', 'sample')], rounds: 1, single: true
    },
  ];
}
