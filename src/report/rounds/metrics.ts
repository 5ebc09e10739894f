/** Metrics of a run in rounds. */
import { extendedValue } from '../../records/figure.ts';
import type { RoundsSummary, RunResult } from '../../records/record.ts';
import { group } from '../metric.ts';
import { formatCount, formatEvaluations, formatExtended, formatPercent, formatSeconds, UNKNOWN } from '../page/format.ts';

const rounds = (read: (summary: RoundsSummary) => string) =>
  (result: RunResult): string => (result.rounds === null ? UNKNOWN : read(result.rounds));

export const roundsSeconds = ({ rounds: all }: RoundsSummary): number =>
  all.reduce((sum, { seconds }) => sum + seconds, 0);

const lastRhat = ({ rounds: all }: RoundsSummary): RoundsSummary['rounds'][number]['splitRhat'] =>
  all.at(-1)?.splitRhat ?? null;

export const roundsMetrics = group('Rounds', [
  { name: 'rounds', meaning: 'Times that a flow was trained and chains were moved in its latent space.', text: rounds(
    (r) => formatCount(r.rounds.length)
  ) },
  { name: 'tempering runs', meaning: 'Before the rounds, each twice as long as the one before.', text: rounds(
    (r) => formatCount(r.temperings.length)
  ) },
  { name: 'ended since', meaning: 'Why there was no further round.', text: rounds(
    (r) => r.rounds.at(-1)?.reason ?? UNKNOWN
  ) },
  { name: 'round whose flow is used', meaning: 'The best by fresh and held-out samples.', text: rounds(
    (r) => (r.kept === null ? UNKNOWN : formatCount(r.kept))
  ) },
  { name: 'ESS that was asked for', meaning: 'Of fresh samples: what ends the rounds.', text: rounds(
    (r) => formatPercent(r.wanted.ess)
  ) },
  {
    name: 'nested R\u0302 of the refreshed chains', meaning: 'The largest over coordinates and energy, after the last round.',
    text: rounds((r) => formatExtended(lastRhat(r), 4)),
    ranked: { better: 'lower', figure: (r) => (r.rounds === null ? null : extendedValue(lastRhat(r.rounds))) }
  },
  {
    name: 'energy evaluations', meaning: 'Of everything before the final samples.',
    text: rounds((r) => formatEvaluations(r.evaluations)),
    ranked: { better: 'lower', figure: (r) => r.rounds?.evaluations }
  },
  {
    name: 'time of the rounds', meaning: 'Wall clock of training, refresh and their figures, over all rounds.',
    text: rounds((r) => formatSeconds(roundsSeconds(r))),
    ranked: { better: 'lower', figure: (r) => (r.rounds === null ? null : roundsSeconds(r.rounds)) }
  },
]);
