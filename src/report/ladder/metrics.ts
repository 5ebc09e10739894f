/** Metrics of a ladder of flows. */
import type { LadderSummary, RunResult } from '../../records/record.ts';
import { group, largest } from '../metric.ts';
import {
  formatCount, formatEstimate, formatNumber, formatPercent, formatSeconds, isKnown, UNKNOWN
} from '../page/format.ts';
import {
  leastCess, unresetEss, leastStage, leastText, mapsText, resampledStages, temperingDistance, totalOf
} from './ladderFigures.ts';

const ladder = (read: (l: LadderSummary) => string) =>
  (result: RunResult): string => (result.ladder === null ? UNKNOWN : read(result.ladder));

export const ladderMetrics = group('Ladder of stages', [
  {
    name: 'stages',
    meaning: 'Steps in λ from base to target, and what was kept in each: the trained flow, or no map at all.',
    text: ladder((l) => `${formatCount(l.stages.length)} (${mapsText(l)})`)
  },
  { name: 'interpolation', meaning: 'How the steps in λ were chosen.', text: ladder((l) => l.interpolation) },
  {
    name: 'particles',
    meaning: 'Points that went through the stages, and the independent groups that give standard errors.',
    text: ladder((l) => `${formatCount(l.particles)} in ${formatCount(l.groups)} groups`)
  },
  {
    name: 'least CESS of a stage',
    meaning: 'Conditional ESS of the map that was kept: the share of the ensemble that the worst single step leaves.',
    text: ladder((l) => leastText(leastCess(l))),
    ranked: { better: 'higher', figure: (r) => (r.ladder === null ? null : leastCess(r.ladder)?.value) }
  },
  {
    name: 'ensemble ESS before any reset',
    meaning: 'The weights of all steps together, at the first resample or (without one) at the end. After a resample '
      + 'the figure starts anew and says nothing.',
    text: ladder((l) => leastText(unresetEss(l))),
    ranked: { better: 'higher', figure: (r) => (r.ladder === null ? null : unresetEss(r.ladder)?.value) }
  },
  {
    name: 'ESS of fresh samples, no moves',
    meaning: 'New base points through all stages, weights never reset: what the maps alone are worth.',
    text: ladder((l) => formatPercent(l.fresh.ess)), ranked: { better: 'higher', figure: (r) => r.ladder?.fresh.ess }
  },
  {
    name: 'ESS of fresh samples, with moves',
    meaning: 'The same with Langevin moves between the stages, whose number is in brackets.',
    text: ladder((l) => (
      isKnown(l.fresh.essRejuvenated)
        ? `${formatPercent(l.fresh.essRejuvenated)} (${formatCount(l.fresh.rejuvenationSteps)} steps)`
        : UNKNOWN
    )),
    ranked: { better: 'higher', figure: (r) => r.ladder?.fresh.essRejuvenated }
  },
  { name: 'resampled after', meaning: 'Stages after which the weights were made equal within each group.', text: ladder(
    (l) => (resampledStages(l).length === 0 ? 'no stage' : `stage ${resampledStages(l).join(', ')}`)
  ) },
  {
    name: 'least coverage of a stage', meaning: 'Of the weighted ensemble beside PT samples of the stage.',
    text: ladder((l) => {
      const least = leastStage(l.stages, (stage) => stage.coverage.value);
      return least === null ? UNKNOWN : `${formatNumber(least.value, 3)} (stage ${least.stage.stage})`;
    })
  },
  {
    name: 'log Z, from the particles',
    meaning: 'The normalising constant accumulated along the stages, resampling included; its error is from '
      + 'independent groups.',
    text: ladder((l) => formatEstimate(l.logZ.value, l.logZ.standardError))
  },
  {
    name: 'log Z, worst |stages − PT| / se',
    meaning: 'The largest distance of a stage’s log Z from parallel tempering’s, in standard errors of the difference.',
    text: ladder((l) => formatNumber(largest(l.stages.map(temperingDistance)), 2))
  },
  { name: 'retries', meaning: 'Steps in λ that were tried, found too long and shrunk.', text: ladder(
    (l) => formatCount(totalOf(l, (stage) => stage.retries))
  ) },
  { name: 'training steps, all stages', meaning: 'Summed over the stages.', text: ladder(
    (l) => formatCount(totalOf(l, (stage) => stage.trainingSteps))
  ) },
  {
    name: 'particles, not finite',
    meaning: 'Particles or weights that were no finite numbers, over all stages: counted here rather than hidden.',
    text: ladder((l) => formatCount(totalOf(l, (stage) => stage.nonFinite)))
  },
  {
    name: 'ladder time', meaning: 'Wall clock of all stages, their training included.',
    text: ladder((l) => formatSeconds(l.seconds)), ranked: { better: 'lower', figure: (r) => r.ladder?.seconds }
  },
]);
