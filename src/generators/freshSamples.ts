/** The weighted samples of a ladder: fresh base samples through all its stages, a phase of the last stage's folder. */
import { z } from 'zod';
import { foldIn } from '../engine/random.ts';
import type { Ensemble } from './ensemble.ts';
import { checkStored } from './journal.ts';
import { pullBackLadder, streamLadder, type LadderSource } from './ladderChain.ts';
import { pace, portions } from './pace.ts';
import { essOf } from './particles.ts';
import { float64 } from './samplingPhase.ts';
import type { SequentialOptions } from './sequential.ts';

/** Fresh samples for the figure without moves, at most. */
const WITHOUT_MOVES = 50_000;

const freshSchema = z.object({ seconds: z.number(), ess: z.number() });

/**
 * `samples` of them with freshRejuvenation moves between stages, and the ESS of at most {@link WITHOUT_MOVES} without any.
 * @returns the ensemble, samples [n, d] and log-weights [n]; `ess` as a fraction @throws Interrupted when asked to stop
 */
export async function generateFresh({ target, settings, key, surroundings, heldOut }: SequentialOptions, source: LadderSource): Promise<{ ensemble: Ensemble; ess: number | null }> {
  const { emit } = surroundings;
  const journal = surroundings.journal.stage(source.stages.length);
  const finished = journal.phase('fresh');
  emit({ kind: 'phase', phase: 'fresh', resumed: finished !== null });
  if (finished !== null) {
    const { samples, logWeights, heldOutLogWeights } = finished.arrays;
    const { seconds, ess } = checkStored(freshSchema, finished.json, 'fresh samples');
    return { ensemble: { samples: float64(samples), logWeights: float64(logWeights), heldOutLogWeights: float64(heldOutLogWeights), seconds }, ess };
  }
  const clock = pace(surroundings, 0);
  const n = settings.samples;
  const d = target.dimension;
  const withMoves = settings.freshRejuvenation > 0;
  const plain = withMoves ? Math.min(n, WITHOUT_MOVES) : 0;
  const freshKey = foldIn(key, 'fresh');
  let generated = 0;
  const tick = (): Promise<void> => clock.tick(() => emit({ kind: 'generation', done: generated, total: n + plain }), () => undefined);
  const cuts = portions(surroundings, Math.max(1, settings.freshRejuvenation), tick);
  const collect = async (moves: number, count: number, done: number): Promise<{ samples: Float64Array; logWeights: Float64Array }> => {
    const samples = new Float64Array(count * d);
    const logWeights = new Float64Array(count);
    for await (const piece of streamLadder(source, freshKey, moves, count, 0, cuts)) {
      samples.set(piece.samples, piece.first * d);
      logWeights.set(piece.logWeights, piece.first);
      generated = done + piece.first + piece.count;
      await tick();
    }
    return { samples, logWeights };
  };
  const { samples, logWeights } = await collect(settings.freshRejuvenation, n, 0);
  const ess = essOf(plain === 0 ? logWeights : (await collect(0, plain, n)).logWeights);
  const seconds = clock.seconds();
  const heldOutLogWeights = await pullBackLadder(source, heldOut, tick);
  journal.finishPhase('fresh', {
    json: { seconds, ess },
    arrays: {
      samples: { dtype: 'float64', shape: [n, d], data: samples },
      logWeights: { dtype: 'float64', shape: [n], data: logWeights },
      heldOutLogWeights: { dtype: 'float64', shape: [heldOutLogWeights.length], data: heldOutLogWeights },
    },
  });
  return { ensemble: { samples, logWeights, heldOutLogWeights, seconds }, ess };
}
