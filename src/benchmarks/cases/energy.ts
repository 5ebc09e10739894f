/**
 * Energies with their gradients, at 320 points on one thread: microseconds per point once all is compiled, and
 * milliseconds of the first time, compilation included. Peers are given the same numbers, and what ours
 * makes of them, to compare before they are timed.
 */
import { compileEnergy } from '../../targets/compile.ts';
import { milliseconds, only, timed, type BenchCase, type Entrant, type Runner, type Unit } from '../benchCase.ts';
import type { ArrayEnergy } from '../energies/arrayEnergy.ts';
import { energyEntries, type EnergyEntry } from '../energies/catalogue.ts';
import type { Outside } from '../outside.ts';
import { environmentOf } from '../torchThreads.ts';

const POINTS = 320;
/** Points that NumPy takes at once: whether all of their intermediate values stay in a cache decides. */
const NUMPY_CHUNKS = [320, 80, 20, 5];

const perPoint: Unit = { name: 'µs/point', better: 'less', of: (raw) => (1000 * raw) / POINTS };

/** Numbers as a peer reads them: points, constants, and our results where there are any. */
function handOver(outside: Outside, { name }: EnergyEntry, { constants, points, target }: ArrayEnergy): string {
  outside.hand(`${name}-points.f64`, points(POINTS));
  const numbers = Object.fromEntries(Object.entries(constants)
    .map(([key, value]) => [key, typeof value === 'number' ? value : Array.from(value)]));
  return outside.hand(`${name}.json`, JSON.stringify({ points: POINTS, dimension: target.dimension, ...numbers }));
}

/** Evaluates all points, compiled at once; what it finds is handed to the peers. */
function warm(outside: Outside, entry: EnergyEntry): Promise<Runner> {
  const { target, points } = entry.make();
  const x = points(POINTS);
  const energies = new Float64Array(POINTS);
  const gradients = new Float64Array(POINTS * target.dimension);
  const notices: string[] = [];
  const evaluator = compileEnergy(target, { notice: (message) => notices.push(message) });
  evaluator.energiesAndGradients(x, POINTS, energies, gradients);
  outside.hand(`${entry.name}-energies.f64`, energies);
  outside.hand(`${entry.name}-gradients.f64`, gradients);
  return Promise.resolve({
    ...timed(() => outside.now(), () => {
      evaluator.energiesAndGradients(x, POINTS, energies, gradients);
      return Promise.resolve();
    }),
    ...(notices.length === 0 ? {} : { about: notices.join('; ') }),
  });
}

/** Compiles and evaluates, every time from the formula; the data of the formula are there before. */
function first(outside: Outside, entry: EnergyEntry): Promise<Runner> {
  return Promise.resolve({
    run: () => {
      const { target, points } = entry.make();
      const x = points(POINTS);
      const energies = new Float64Array(POINTS);
      const gradients = new Float64Array(POINTS * target.dimension);
      const start = outside.now();
      compileEnergy(target).energiesAndGradients(x, POINTS, energies, gradients);
      return Promise.resolve(outside.now() - start);
    },
    dispose: () => Promise.resolve(),
  });
}

function peersOf(outside: Outside, entry: EnergyEntry, further: readonly string[]): Entrant[] {
  let handed: string | null = null;
  const words = (): string[] =>
    ['--name', entry.name, '--data', handed ??= handOver(outside, entry, entry.make()), ...further];
  const environment = environmentOf(1);
  return [
    {
      name: 'NumPy',
      variants: NUMPY_CHUNKS.map((chunk) => ({
        name: `${chunk} points at once`,
        start: () => outside.peer({
          script: 'array_energies.py', environment,
          arguments: [...words(), '--formula', entry.formula, '--chunk', String(chunk)],
        }),
      })),
    },
    {
      name: 'jax-js',
      variants: [{ name: '', start: () => outside.peer({ script: 'arrayEnergies.ts', arguments: words() }) }],
    },
  ];
}

export function energies(outside: Outside): BenchCase[] {
  return energyEntries.flatMap((entry): BenchCase[] => [
    {
      name: `energy/${entry.name}`, unit: perPoint, ours: only('jeffreys', () => warm(outside, entry)),
      peers: peersOf(outside, entry, []), rounds: 9,
    },
    {
      name: `energy/${entry.name}-first`, unit: milliseconds, ours: only('jeffreys', () => first(outside, entry)),
      peers: peersOf(outside, entry, ['--first']), rounds: 3, single: true,
    },
  ]);
}
