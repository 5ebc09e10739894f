/**
 * Energies with their gradients, at 320 points on one thread: microseconds per point once all is compiled, and
 * milliseconds of the first time, compilation included. Peers are given the same numbers, and what ours
 * makes of them, to compare before they are timed.
 */
import { compileEnergy } from '../../targets/compile.ts';
import { milliseconds, only, timed, type BenchCase, type Entrant, type Runner, type Unit } from '../benchCase.ts';
import type { ArrayEnergy } from '../energies/arrayEnergy.ts';
import { energyEntries, type EnergyEntry } from '../energies/catalogue.ts';
import type { Outside, PeerOptions } from '../outside.ts';
import { environmentOf } from '../torchThreads.ts';

export const POINTS = 320;
/** Points that NumPy takes at once: whether all of their intermediate values stay in a cache decides. */
const NUMPY_CHUNKS = [320, 80, 40, 20];

const perPoint: Unit = { name: 'µs/point', better: 'less', of: (raw) => (1000 * raw) / POINTS };

/** Numbers as a peer reads them, under a name: points and constants. @returns the file that a peer is told of */
export function handOver(outside: Outside, name: string, { constants, points, target }: ArrayEnergy): string {
  outside.hand(`${name}-points.f64`, points(POINTS));
  const numbers = Object.fromEntries(Object.entries(constants)
    .map(([key, value]) => [key, typeof value === 'number' ? value : Array.from(value)]));
  return outside.hand(`${name}.json`, JSON.stringify({ points: POINTS, dimension: target.dimension, ...numbers }));
}

/** What a peer's results are compared with. */
export function handResults(outside: Outside, name: string, energies: Float64Array, gradients: Float64Array): void {
  outside.hand(`${name}-energies.f64`, energies);
  outside.hand(`${name}-gradients.f64`, gradients);
}

/** Evaluates all points, compiled at once; what it finds is handed to the peers. */
function warm(outside: Outside, entry: EnergyEntry): Promise<Runner> {
  const { target, points } = entry.make();
  const x = points(POINTS);
  const energies = new Float64Array(POINTS);
  const gradients = new Float64Array(POINTS * target.dimension);
  const notices: string[] = [];
  const evaluator = compileEnergy(target, { threads: 1, notice: (message) => notices.push(message) });
  evaluator.energiesAndGradients(x, POINTS, energies, gradients);
  handResults(outside, entry.name, energies, gradients);
  return Promise.resolve({
    ...timed(() => outside.now(), () => {
      evaluator.energiesAndGradients(x, POINTS, energies, gradients);
      return Promise.resolve();
    }),
    ...(notices.length === 0 ? {} : { about: notices.join('; ') }),
  });
}

/** A runner whose every run is the first of a process: nothing is compiled yet, and no code is warm. */
async function firstOf(outside: Outside, options: PeerOptions): Promise<Runner> {
  // One waits already, so that what is not installed is found at the start.
  let waiting: Runner | null = await outside.peer(options);
  return {
    ...(waiting.about === undefined ? {} : { about: waiting.about }),
    run: async () => {
      const peer = waiting ?? await outside.peer(options);
      waiting = null;
      try {
        return await peer.run();
      } finally {
        await peer.dispose();
      }
    },
    dispose: async () => { await waiting?.dispose(); },
  };
}

/** Ways of our formula in jax-js: where rows are picked by index, its jit fails at their gradient. */
const jaxWays = ({ formula }: EnergyEntry): readonly string[] =>
  (formula === 'alanine' ? ['jit', 'eager', 'products'] : ['jit']);

function peersOf(outside: Outside, entry: EnergyEntry, cold: boolean): Entrant[] {
  let handed: string | null = null;
  const start = (script: string, ...words: readonly string[]) => (): Promise<Runner> => {
    handed ??= handOver(outside, entry.name, entry.make());
    const options = {
      script, environment: environmentOf(1),
      arguments: ['--name', entry.name, '--data', handed, ...words, ...(cold ? ['--first'] : [])],
    };
    return cold ? firstOf(outside, options) : outside.peer(options);
  };
  const numpy = (chunk: number, ...words: readonly string[]): ReturnType<typeof start> =>
    start('array_energies.py', '--formula', entry.formula, '--chunk', String(chunk), ...words);
  const tuned: Entrant = {
    name: 'NumPy, tuned',
    variants: NUMPY_CHUNKS.map((chunk) => ({ name: `${chunk} points at once`, start: numpy(chunk) })),
  };
  const ways = cold ? jaxWays(entry).slice(-1) : jaxWays(entry);
  return [
    { name: 'NumPy', variants: [{ name: '', start: numpy(POINTS, '--plain') }] },
    ...(cold ? [] : [tuned]),
    {
      name: 'jax-js',
      variants: ways.map((way) => ({ name: way, start: start('arrayEnergies.ts', '--way', way) })),
    },
  ];
}

function first(outside: Outside, entry: EnergyEntry): Promise<Runner> {
  return firstOf(outside, { script: 'firstEnergy.ts', arguments: ['--name', entry.name] });
}

export function energies(outside: Outside): BenchCase[] {
  return energyEntries.flatMap((entry): BenchCase[] => [
    {
      name: `energy/${entry.name}`, unit: perPoint, ours: only('jeffreys', () => warm(outside, entry)),
      peers: peersOf(outside, entry, false), rounds: 5,
    },
    {
      name: `energy/${entry.name}-first`, unit: milliseconds, ours: only('jeffreys', () => first(outside, entry)),
      peers: peersOf(outside, entry, true), rounds: 3, single: true,
    },
  ]);
}
