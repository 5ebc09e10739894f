/** Metropolis-adjusted Langevin moves along the bridge, compiled. */
import { uncut, withPauses } from '../../pausing.ts';
import { Rejuvenation } from '../../samplers/rejuvenate.ts';
import type { Base } from '../../targets/base.ts';
import type { EnergyEvaluator } from '../../targets/energyEvaluator.ts';
import type { Moves } from './moves.ts';

/** Points per call of the moves. */
export const MOVED_TOGETHER = 4096;

/**
 * @param difference D = U1 − U0 @param together points per call at most @param threads 0: as many as the machine has
 */
export function malaMoves(
  difference: EnergyEvaluator, base: Base, threads: number, together = MOVED_TOGETHER,
): Moves {
  const rejuvenation = new Rejuvenation(difference, base, together, threads === 0 ? undefined : threads);
  return {
    exact: true,
    move: (points, move, { size, pause } = uncut) => withPauses(rejuvenation.moving(points, move, size), pause),
    dispose: () => rejuvenation.dispose(),
  };
}
