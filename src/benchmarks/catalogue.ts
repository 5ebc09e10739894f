/** The benchmarks by group; each is loaded only when asked for. */
import { InputError } from '../errors.ts';
import { nearestName } from '../nearestName.ts';
import type { BenchCase } from './benchCase.ts';
import type { Outside } from './outside.ts';

export interface BenchOptions {
  /** Peers that take minutes, on every target. */
  readonly allPeers: boolean;
}

interface Group {
  readonly name: string;
  readonly load: (outside: Outside, options: BenchOptions) => Promise<BenchCase[]>;
}

const groups: readonly Group[] = [
  { name: 'train-step', load: async (outside) => (await import('./cases/trainStep.ts')).trainStep(outside) },
  { name: 'mala', load: async (outside) => (await import('./cases/chains.ts')).malaCases(outside) },
  { name: 'pt', load: async (outside) => (await import('./cases/chains.ts')).temperingCases(outside) },
  { name: 'energy', load: async (outside) => (await import('./cases/energy.ts')).energies(outside) },
  { name: 'generation', load: async (outside) => (await import('./cases/generation.ts')).generation(outside) },
  { name: 'time-to-ess', load: async (outside, { allPeers }) => (await import('./cases/timeToEss.ts')).timeToEss(
    outside, allPeers
  ) },
  { name: 'start-up', load: async (outside) => (await import('./cases/startUp.ts')).startUp(outside) },
  { name: 'memory', load: async (outside) => (await import('./cases/memory.ts')).memory(outside) },
];

/**
 * The cases that names select: a group (`mala`), a case (`mala/three-well`) or the beginning of one followed by `*`;
 * without names, all that are quick enough.
 * @throws InputError for a name that selects nothing
 */
export async function selectCases(
  names: readonly string[], outside: Outside, options: BenchOptions
): Promise<BenchCase[]> {
  const groupOf = (name: string): string => name.split('/')[0];
  for (const name of names)
    if (!groups.some((group) => group.name === groupOf(name))) throw unknown(name, groups.map((group) => group.name));
  const wanted = groups.filter((group) => names.length === 0 || names.some((name) => groupOf(name) === group.name));
  const all = (await Promise.all(wanted.map(({ load }) => load(outside, options)))).flat();
  if (names.length === 0) return all.filter(({ onRequest = false }) => !onRequest);
  const selects = (name: string, { name: full }: BenchCase): boolean =>
    full === name || groupOf(full) === name || (name.endsWith('*') && full.startsWith(name.slice(0, -1)));
  for (const name of names)
    if (!all.some((benchCase) => selects(name, benchCase)))
      throw unknown(name, all.map((benchCase) => benchCase.name).filter((full) => groupOf(full) === groupOf(name)));
  return all.filter((benchCase) => names.some((name) => selects(name, benchCase)));
}

function unknown(name: string, known: readonly string[]): InputError {
  const near = nearestName(name, known);
  return new InputError(
    `unknown benchmark "${name}"${near === null ? '' : `, did you mean "${near}"?`}; the benchmarks are `
      + `${known.join(', ')}`
  );
}
