/**
 * Langevin moves with variance-reduced noisy gradients: without a Metropolis rule, so they bias in the order of the
 * step.
 */
import { foldIn } from '../../engine/random.ts';
import { svrgLangevin, type SvrgReport } from '../../samplers/svrg.ts';
import type { Base } from '../../targets/base.ts';
import type { NoisyEvaluator } from '../../targets/noisyEvaluator.ts';
import { PIECE } from './moveAll.ts';
import type { Moves } from './moves.ts';

/** @param refresh steps between two references @param draws behind a reference's gradient, where it is not to be had */
export function svrgMoves(
  noisy: NoisyEvaluator, base: Base, { refresh, draws }: { readonly refresh: number; readonly draws: number },
  spent: (report: SvrgReport) => void,
): Moves {
  return {
    exact: false,
    move: (points, { lambda, stepSize, steps, key, first }) => {
      const own = { lambda, stepSize, steps, refresh, draws, key: foldIn(key, first / PIECE) };
      const report = svrgLangevin(noisy, base, points, own);
      spent(report);
      return Promise.resolve({ acceptance: null, nonFinite: report.nonFinite });
    },
    dispose: () => undefined,
  };
}
