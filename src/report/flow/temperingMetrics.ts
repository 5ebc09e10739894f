/** How well the chains of tempering mixed. */
import { extendedValue, type ExtendedFigure } from '../../records/figure.ts';
import type { ParallelTemperingSummary, RunResult } from '../../records/record.ts';
import { group, largest, smallest } from '../metric.ts';
import {
  formatCount, formatEstimate, formatExtended, formatNumber, formatPercent, formatSeconds, UNKNOWN
} from '../page/format.ts';

const largestRhat = ({ splitRhat }: ParallelTemperingSummary): ExtendedFigure =>
  splitRhat.map(({ value }) => value)
    .reduce((a, b) => (extendedValue(b) > (extendedValue(a) || -Infinity) ? b : a), null);

const tempering = (read: (p: ParallelTemperingSummary) => string) =>
  (result: RunResult): string => read(result.parallelTempering);

function slowestText({ autocorrelationTimes }: ParallelTemperingSummary): string {
  const rounds = largest(autocorrelationTimes.map((time) => time.rounds));
  const slowest = autocorrelationTimes.find((time) => time.rounds === rounds);
  return rounds === null || slowest === undefined ? UNKNOWN : `${formatNumber(rounds, 3)} rounds (${slowest.name})`;
}

export const temperingMetrics = group('Parallel tempering', [
  { name: 'kernel', meaning: 'The Markov kernel that moves each replica.', text: tempering((p) => p.kernel) },
  { name: 'ladders × rungs', meaning: 'Independent ladders, and inverse temperatures in each.', text: tempering(
    (p) => `${formatCount(p.ladders)} × ${formatCount(p.inverseTemperatures.length)}`
  ) },
  {
    name: 'rounds',
    meaning: 'Rounds of moves and swaps that were kept, and the warm-up rounds before them that were not.',
    text: tempering((p) => `${formatCount(p.rounds)} + ${formatCount(p.warmupRounds)} warm-up`)
  },
  { name: 'PT samples', meaning: 'Samples at the target temperature kept for training.', text: tempering(
    (p) => formatCount(p.samples)
  ) },
  {
    name: 'PT ESS', meaning: 'Independent samples that the PT chain is worth: the smallest over the functions watched.',
    text: tempering((p) => formatNumber(p.effectiveSampleSize)),
    ranked: { better: 'higher', figure: (r) => r.parallelTempering.effectiveSampleSize }
  },
  {
    name: 'slowest autocorrelation',
    meaning: 'Longest integrated autocorrelation time over the functions watched, in rounds.',
    text: tempering((p) => slowestText(p))
  },
  {
    name: 'largest split R\u0302',
    meaning: 'Disagreement between halves of the chains; 1 is none, above 1.01 the chains have not mixed.',
    text: tempering((p) => formatExtended(largestRhat(p), 4)),
    ranked: { better: 'lower', figure: (r) => extendedValue(largestRhat(r.parallelTempering)) }
  },
  {
    name: 'lowest swap rate',
    meaning: 'Acceptance of the least frequent swap between neighbours; a ladder breaks where it nears zero.',
    text: tempering((p) => formatPercent(smallest(p.swapRates))),
    ranked: { better: 'higher', figure: (r) => smallest(r.parallelTempering.swapRates) }
  },
  {
    name: 'lowest acceptance',
    meaning: 'Acceptance of the rung whose own moves are refused most; n/a for kernels that accept everything.',
    text: tempering((p) => formatPercent(smallest(p.acceptanceRates)))
  },
  {
    name: 'round trips', meaning: 'Journeys of a replica from the hottest rung to the target and back.',
    text: tempering((p) => formatCount(p.roundTrips)),
    ranked: { better: 'higher', figure: (r) => r.parallelTempering.roundTrips }
  },
  {
    name: 'barrier Λ',
    meaning: 'Sum of the pairs’ rejection rates (Syed et al. 2022): about 1 + 2Λ rungs are worth having.',
    text: tempering((p) => formatNumber(p.barrier))
  },
  {
    name: 'log Z, from PT',
    meaning: 'The normalising constant from the ladder alone: an independent check of the flow’s.',
    text: tempering((p) => formatEstimate(p.logZ?.value, p.logZ?.standardError))
  },
  {
    name: 'PT moves, not finite',
    meaning: 'Proposals whose energy was no finite number: counted here rather than hidden.',
    text: tempering((p) => formatCount(p.nonFinite))
  },
  {
    name: 'PT time', meaning: 'Wall clock of parallel tempering.', text: tempering((p) => formatSeconds(p.seconds)),
    ranked: { better: 'lower', figure: (r) => r.parallelTempering.seconds }
  },
]);
