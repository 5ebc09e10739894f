/** The proposal of one flow or of a chain of them. */
import type { Key } from '../../engine/random.ts';
import { noPause, uncut } from '../../pausing.ts';
import type { Moves } from '../moves/moves.ts';
import { pull, push, type Transport } from '../transport/transport.ts';
import type { Weigher } from '../weigh/weigher.ts';
import type { Proposal } from './proposal.ts';

export interface ChainOptions {
  readonly transport: Transport;
  /** @param points with known energies [n], where they are given */
  readonly weigher: (points?: { readonly samples: Float64Array; readonly energies: Float64Array }) => Weigher;
  readonly weights?: Proposal['weights'];
  /** Of the base's points, from the key of a stream. */
  readonly baseKey: (key: Key) => Key;
  /** Moves between stages, where the weighing allows for any. */
  readonly moves?: { readonly make: () => Moves; readonly steps: number };
}

export function chainProposal(options: ChainOptions): Proposal {
  const { transport, weigher, weights = 'exact', baseKey, moves } = options;
  const used = moves === undefined || moves.steps === 0 || transport.stages.length < 2 ? {} : { moves };
  return {
    shape: [transport.target.dimension],
    transport,
    weights,
    stream: async function* (key, total, from = 0, cuts = uncut) {
      const weighers = [weigher()];
      const own = { key: baseKey(key), movesKey: key, total, from, cuts, ...used };
      for await (const { logWeights, ...piece } of push(transport, () => weighers, own)) {
        yield { ...piece, logWeights: logWeights[0] };
      }
    },
    pullBack: (points, pause = noPause) => pull(transport, weigher(points), points.samples, pause),
    ...(moves === undefined ? {} : {
      moving: (steps: number) => chainProposal({ ...options, moves: { ...moves, steps } }),
    }),
  };
}
