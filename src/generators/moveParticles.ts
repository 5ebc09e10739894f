/** Langevin moves of all particles of a ladder, with progress. */
import type { MoveReport, Moves } from '../samplers/rejuvenate.ts';
import type { LadderContext } from './ladderState.ts';
import { withPauses } from '../pausing.ts';
import { pace, portions } from './pace.ts';

/** Particles between two looks at the clock while they move. */
const PIECE = 16_384;

/** In place. Asked to stop in between, a stage begins its moves anew when it goes on. */
export async function moveAll(
  { target, rejuvenation, surroundings }: LadderContext, points: Float64Array, moves: Moves
): Promise<MoveReport> {
  const d = target.dimension;
  const n = points.length / d;
  const clock = pace(surroundings, 0);
  let [done, accepted, nonFinite] = [0, 0, 0];
  const tick = (): Promise<void> =>
    clock.tick(() => surroundings.emit({ kind: 'moves', done, total: n }), () => undefined);
  const { size, pause } = portions(surroundings, moves.steps, tick);
  for (let first = 0; first < n && moves.steps > 0; first += PIECE) {
    const count = Math.min(PIECE, n - first);
    done = first;
    await pause();
    const part = points.subarray(first * d, (first + count) * d);
    const report = await withPauses(rejuvenation.moving(part, { ...moves, first }, size), pause);
    accepted += count * report.acceptance;
    nonFinite += report.nonFinite;
  }
  return { acceptance: accepted / n, nonFinite };
}
