/** The account of a ladder: its stages, and what its particles and its fresh samples say. */
import { storedEstimate, storedFigure } from '../../records/figure.ts';
import type { LadderSummary, ParallelTemperingSummary, StageSummary } from '../../records/record.ts';
import type { Settings } from '../../settings/settings.ts';
import { modeLabels } from '../../targets/pointValues.ts';
import type { Target } from '../../targets/target.ts';
import type { Ensemble } from '../../verdict/ensemble.ts';
import type { Climb } from './climb.ts';
import { essOf, logZOfGroups, massesOfGroups } from '../../samplers/particles.ts';

/** @param tempering along the bridge, where it was a run of its own */
export function ladderSummary(
  target: Target, { ladder, output }: Settings, { summaries, particles }: Climb<StageSummary>, fresh: Ensemble,
  tempering: ParallelTemperingSummary | null,
): LadderSummary {
  if (particles === null) throw new Error('a ladder without particles');
  const { points, logWeights } = particles;
  const { modes } = target;
  const masses = modes === undefined ? []
    : massesOfGroups(modeLabels(target, points, modes.assign), modes.names.length, logWeights, ladder.groups);
  return {
    seconds: summaries.reduce((sum, { seconds }) => sum + seconds, fresh.seconds),
    interpolation: ladder.interpolation,
    particles: ladder.particles,
    groups: ladder.groups,
    stages: [...summaries],
    tempering,
    logZ: storedEstimate(logZOfGroups(logWeights, ladder.groups)),
    modes: masses.map((mass, k) => ({ name: modes?.names[k] ?? '', ...storedEstimate(mass) })),
    fresh: {
      samples: output.samples, ess: storedFigure(fresh.plain?.ess ?? NaN),
      essRejuvenated: ladder.freshRejuvenation === 0 ? null : storedFigure(essOf(fresh.logWeights)),
      rejuvenationSteps: ladder.freshRejuvenation,
    },
  };
}
