/** What the terminal says of a run in rounds: how many there were, why they ended, and what was asked for. */
import type { RoundsSummary, RunResult } from '../../records/record.ts';
import { number, percent } from '../text/figures.ts';

const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

/** Standard errors that were asked for, each with what there is. */
export function wantedErrors(
  { wanted }: RoundsSummary, { logZ, observables }: Pick<RunResult['generation'], 'logZ' | 'observables'>,
): { readonly name: string; readonly asked: number; readonly reached: number | null }[] {
  const worst = observables.reduce<number | null>(
    (most, { standardError }) => (most === null || standardError === null ? null : Math.max(most, standardError)), 0,
  );
  return [
    { name: 'log Z', asked: wanted.logZ, reached: logZ.standardError },
    { name: 'observables', asked: wanted.error, reached: worst },
  ].filter(({ asked }) => asked > 0);
}

export function roundsLines(summary: RoundsSummary, { generation }: RunResult): string[] {
  const { rounds, temperings, search, wanted, kept } = summary;
  const last = rounds.at(-1);
  const best = kept === null || kept === last?.round ? '' : `; the flow of round ${kept} was the best, and is used`;
  const errors = wantedErrors(summary, generation)
    .map(({ name, asked, reached }) => `, ${name} ± ${number(asked)} (reached ${number(reached)})`).join('');
  const searched = search === null ? ''
    : ` and a search (${search.wells.length === 0 ? 'no well' : counted(search.wells.length, 'well')} found)`;
  return [
    `${counted(rounds.length, 'round')} after ${counted(temperings.length, 'tempering run')}${searched}; `
      + `${last?.reason ?? 'none is over'}${best}. Asked for: ESS ≥ ${percent(wanted.ess)}${errors}`,
  ];
}
