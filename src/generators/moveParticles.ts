/** Langevin moves of all particles of a ladder, with progress. */
import type { MoveReport, Moves } from '../samplers/rejuvenate.ts';
import type { LadderContext } from './ladderState.ts';
import { pace } from './pace.ts';

/** Particles between two looks at the clock while they move. */
const PIECE = 16_384;

/** In place. Asked to stop in between, a stage begins its moves anew when it goes on. */
export async function moveAll({ target, rejuvenation, surroundings }: LadderContext, points: Float64Array, moves: Moves): Promise<MoveReport> {
  const d = target.dimension;
  const n = points.length / d;
  const clock = pace(surroundings, 0);
  let [accepted, nonFinite] = [0, 0];
  for (let first = 0; first < n && moves.steps > 0; first += PIECE) {
    const count = Math.min(PIECE, n - first);
    await clock.tick(() => surroundings.emit({ kind: 'moves', done: first, total: n }), () => undefined);
    const report = rejuvenation.move(points.subarray(first * d, (first + count) * d), { ...moves, first });
    accepted += count * report.acceptance;
    nonFinite += report.nonFinite;
  }
  return { acceptance: accepted / n, nonFinite };
}
