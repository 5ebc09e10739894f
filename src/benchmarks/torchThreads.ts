/**
 * The ways of giving PyTorch threads: its own and its BLAS's are separate pools, and which is faster depends on the
 * case.
 */
import type { Contender, Entrant } from './benchCase.ts';
import type { Outside, PeerOptions } from './outside.ts';

/** Threads of the BLAS, threads of PyTorch: the first variants of {@link torchBest}, in this order. */
export const COMBINATIONS = [[1, 1], [2, 1], [1, 2], [2, 2]] as const;

export const environmentOf = (blas: number): Record<string, string> =>
  ({ OPENBLAS_NUM_THREADS: String(blas), OMP_NUM_THREADS: '1' });

/**
 * PyTorch on a script that takes `--threads`, in every combination. @param further variants beside those, by name and
 * arguments
 */
export function torchBest(
  outside: Outside, peer: Pick<PeerOptions, 'script' | 'arguments'>,
  further: Readonly<Record<string, readonly string[]>> = {}
): Entrant {
  const start = (blas: number, threads: number, more: readonly string[] = []): Contender['start'] => () =>
    outside.peer({
      script: peer.script, arguments: [...peer.arguments, ...more, '--threads', String(threads)],
      environment: environmentOf(blas)
    });
  return {
    name: 'PyTorch',
    variants: [
      ...COMBINATIONS.map(
        ([blas, threads]) => ({ name: `BLAS threads ${blas}, torch threads ${threads}`, start: start(blas, threads) })
      ),
      ...Object.entries(further).map(([name, more]) => ({ name, start: start(1, 1, more) })),
    ],
  };
}

/** A Python peer on one core. */
export function oneCore(
  outside: Outside, name: string, peer: Pick<PeerOptions, 'script' | 'arguments' | 'figure'>
): Entrant {
  return { name, variants: [{ name: '', start: () => outside.peer({ ...peer, environment: environmentOf(1) }) }] };
}
