/**
 * A chain of flows from the base to the target, one a stage: points through all of it, with their weights and with
 * moves between the stages (annealed importance sampling with flows), and points of the target back through it.
 * @see Neal 2001; Arbel, Matthews & Doucet 2021, "Annealed flow transport Monte Carlo"
 */
import { foldIn, type Key } from '../../engine/random.ts';
import type { Architecture } from '../../flows/architecture.ts';
import { noPause, uncut, type Cuts, type Pause } from '../../pausing.ts';
import { networkOf, type OutputSettings } from '../../settings/output.ts';
import { baseSamplers } from '../../targets/base.ts';
import { wrapPoints } from '../../targets/domain.ts';
import type { Target } from '../../targets/target.ts';
import { FlowMap, type ParameterArray } from '../../training/flowMap.ts';
import type { Moves } from '../moves/moves.ts';
import { accumulate, type Passage, type Weigher } from '../weigh/weigher.ts';

/** Points per call of the network, and per piece of a stream. */
export const CHUNK = 4096;
const PIECE = 16 * CHUNK;

/** One finished stage. */
export interface TransportStage {
  readonly lambda: number;
  /** null: the identity */
  readonly parameters: ParameterArray | null;
  /** Of Langevin moves at λ. */
  readonly stepSize: number;
}

/** The flows of a finished schedule, and what runs them. */
export interface Transport {
  readonly target: Pick<Target, 'base' | 'domain' | 'dimension'>;
  readonly architecture: Architecture;
  /** From the base to the target, at least one. */
  readonly stages: readonly TransportStage[];
  readonly output: Pick<OutputSettings, 'precision' | 'baseSampling' | 'device' | 'executor' | 'threads'>;
}

/** A piece of a stream of weighted samples. */
export interface WeightedPiece {
  /** Index of its first sample. */
  readonly first: number;
  readonly count: number;
  /** [count, d] */
  readonly samples: Float64Array;
  readonly logWeights: Float64Array;
}

/** The same with weights of several kinds. */
export interface PushedPiece extends Omit<WeightedPiece, 'logWeights'> {
  /** In the order of the weighers that were asked for. */
  readonly logWeights: readonly Float64Array[];
}

export interface PushOptions {
  /** Of the base's points, and of moves. */
  readonly key: Key;
  readonly movesKey?: Key;
  /** MALA steps between stages (none after the last); default: none. */
  readonly moves?: { readonly make: () => Moves; readonly steps: number };
  readonly total: number;
  /** Index of the first sample; default 0. */
  readonly from?: number;
  /** Points of a piece at most. */
  readonly most?: number;
  readonly cuts?: Cuts;
}

/**
 * `total` samples in pieces of bounded size. Sample i depends on the keys and i alone.
 * @param weighersOf those of a piece that begins at a sample
 */
export async function* push(
  transport: Transport, weighersOf: (first: number) => readonly Weigher[],
  { key, movesKey = key, moves, total, from = 0, most = PIECE, cuts = uncut }: PushOptions,
): AsyncGenerator<PushedPiece> {
  const { target: { base, dimension: d }, architecture, stages, output } = transport;
  const map = await FlowMap.compile(architecture, 'forward', CHUNK, networkOf(output));
  const mover = moves?.make() ?? null;
  try {
    if (mover?.exact === false) throw new Error('weights of moved samples need moves that are exact');
    const together = Math.min(most, map.together);
    for (let first = from; first < from + total; first += together) {
      const count = Math.min(together, from + total - first);
      const weighers = weighersOf(first);
      const logWeights = weighers.map(() => new Float64Array(count));
      let x: Float64Array = new Float64Array(count * d);
      baseSamplers[output.baseSampling](base, key, first, count, x);
      for (const [stage, { lambda, parameters, stepSize }] of stages.entries()) {
        const passage = await through(map, transport, { stage, parameters, x, n: count }, cuts.pause);
        for (const [k, weigher] of weighers.entries()) {
          accumulate(logWeights[k], await weigher.weigh(passage, cuts.pause));
        }
        x = passage.z;
        if (mover === null || moves === undefined || stage + 1 === stages.length) continue;
        x = x.slice();
        const move = { lambda, stepSize, steps: moves.steps, key: foldIn(foldIn(movesKey, 'moves'), stage), first };
        await mover.move(x, move, cuts);
      }
      yield { first, count, samples: x, logWeights };
    }
  } finally {
    mover?.dispose();
    await map.dispose();
  }
}

interface Journey extends Pick<Passage, 'stage' | 'x' | 'n'> {
  readonly parameters: ParameterArray | null;
}

/** One stage's map. */
async function through(
  map: FlowMap, { target }: Transport, { stage, parameters, x, n }: Journey, pause: Pause,
): Promise<Passage> {
  if (parameters === null) return { stage, x, z: x, logDet: null, n };
  const [z, logDet] = [new Float64Array(x.length), new Float64Array(n)];
  await map.map(parameters, x, n, z, logDet, pause);
  wrapPoints(target.domain, z, n);
  return { stage, x, z, logDet, n };
}

/** log w of points of the target, back through all stages, without moves. @param points [n, d] @returns [n] */
export async function pull(
  transport: Transport, weigher: Weigher, points: Float64Array, pause: Pause = noPause,
): Promise<Float64Array> {
  const { target, architecture, stages, output } = transport;
  const n = points.length / target.dimension;
  const inverse = await FlowMap.compile(architecture, 'inverse', CHUNK, networkOf(output));
  try {
    const logWeights = new Float64Array(n);
    let z = points;
    for (let stage = stages.length - 1; stage >= 0; stage--) {
      const { parameters } = stages[stage];
      const back = await through(inverse, transport, { stage, parameters, x: z, n }, pause);
      const passage = { stage, x: back.z, z, n, logDet: back.logDet?.map((gain) => -gain) ?? null };
      accumulate(logWeights, await weigher.weigh(passage, pause));
      z = back.z;
    }
    return logWeights;
  } finally {
    await inverse.dispose();
  }
}
