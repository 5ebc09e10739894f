/** The weighted samples of a ladder: fresh base samples through all its stages, a phase of the last stage's folder. */
import { z } from 'zod';
import { foldIn } from '../engine/random.ts';
import { scanLogWeights } from '../estimators/scaledWeights.ts';
import { storedFigure } from '../records/figure.ts';
import type { Ensemble } from './ensemble.ts';
import { checkStored } from './journal.ts';
import { pullBackLadder, streamLadder, type LadderSource } from './ladderChain.ts';
import { pace, portions } from './pace.ts';
import { essOf } from './particles.ts';
import { float64 } from './samplingPhase.ts';
import type { SequentialOptions } from './sequential.ts';

/** Fresh samples for the figure without moves, at most. */
const WITHOUT_MOVES = 50_000;

/** Runs of before the largest weight was kept have none. */
const freshSchema = z.object({ seconds: z.number(), ess: z.number(), largest: z.number().nullable().default(null) });

/**
 * `samples` of them with freshRejuvenation moves between stages, and the ESS of at most {@link WITHOUT_MOVES} without
 * any.
 * @throws Interrupted when asked to stop
 */
export async function generateFresh(
  { target, settings, key, surroundings, heldOut }: SequentialOptions, source: LadderSource
): Promise<Ensemble & { readonly plain: NonNullable<Ensemble['plain']> }> {
  const { emit } = surroundings;
  const journal = surroundings.journal.stage(source.stages.length);
  const finished = journal.phase('fresh');
  emit({ kind: 'phase', phase: 'fresh', resumed: finished !== null });
  if (finished !== null) {
    const { samples, logWeights, heldOutLogWeights } = finished.arrays;
    const { seconds, ess, largest } = checkStored(freshSchema, finished.json, 'fresh samples');
    const plain = { ess, largest: largest ?? Infinity };
    return {
      samples: float64(samples), logWeights: float64(logWeights), heldOutLogWeights: float64(heldOutLogWeights),
      trainedEss: null, plain, seconds
    };
  }
  const clock = pace(surroundings, 0);
  const n = settings.samples;
  const d = target.dimension;
  const withMoves = settings.freshRejuvenation > 0;
  const plain = withMoves ? Math.min(n, WITHOUT_MOVES) : 0;
  const freshKey = foldIn(key, 'fresh');
  let generated = 0;
  const tick = (): Promise<void> =>
    clock.tick(() => emit({ kind: 'generation', done: generated, total: n + plain }), () => undefined);
  const cuts = portions(surroundings, Math.max(1, settings.freshRejuvenation), tick);
  const collect = async (
    moves: number, count: number, done: number
  ): Promise<{ samples: Float64Array; logWeights: Float64Array }> => {
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
  const without = plain === 0 ? logWeights : (await collect(0, plain, n)).logWeights;
  const ess = essOf(without);
  const largest = scanLogWeights(without).logScale;
  const seconds = clock.seconds();
  const heldOutLogWeights = await pullBackLadder(source, heldOut, tick);
  journal.finishPhase('fresh', {
    json: { seconds, ess, largest: storedFigure(largest) },
    arrays: {
      samples: { dtype: 'float64', shape: [n, d], data: samples },
      logWeights: { dtype: 'float64', shape: [n], data: logWeights },
      heldOutLogWeights: { dtype: 'float64', shape: [heldOutLogWeights.length], data: heldOutLogWeights },
    },
  });
  return { samples, logWeights, heldOutLogWeights, trainedEss: null, plain: { ess, largest }, seconds };
}
