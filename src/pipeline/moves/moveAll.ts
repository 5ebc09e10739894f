/** Moves of all particles of a stage, with progress. */
import type { Key } from '../../engine/random.ts';
import type { Surroundings } from '../journal.ts';
import { pace, portions } from '../pace.ts';
import type { StageMoves } from '../transport/context.ts';
import type { Moved } from './moves.ts';

/** Particles between two looks at the clock while they move. */
export const PIECE = 16_384;

/**
 * In place. Asked to stop in between, a stage begins its moves anew when it goes on.
 * @param points [n, d] @param stepSize default: the moves' own at λ
 */
export async function moveAll(
  { moves, steps, stepSize }: StageMoves, points: Float64Array, d: number, lambda: number, key: Key,
  surroundings: Surroundings,
): Promise<Moved> {
  const n = points.length / d;
  const clock = pace(surroundings, 0);
  let [done, accepted, nonFinite] = [0, 0, 0];
  let refuses = true;
  const tick = (): Promise<void> =>
    clock.tick(() => surroundings.emit({ kind: 'moves', done, total: n }), () => undefined);
  const cuts = portions(surroundings, steps, tick);
  const own = { lambda, stepSize: stepSize(lambda), steps, key };
  for (let first = 0; first < n && steps > 0; first += PIECE) {
    const count = Math.min(PIECE, n - first);
    done = first;
    await cuts.pause();
    const report = await moves.move(points.subarray(first * d, (first + count) * d), { ...own, first }, cuts);
    if (report.acceptance === null) refuses = false;
    else accepted += count * report.acceptance;
    nonFinite += report.nonFinite;
  }
  return { acceptance: refuses ? accepted / n : null, nonFinite };
}
