/** The results of a bench run as one table, with notes on who ran with what. */
import type { Outcome, RaceResult } from '../../benchmarks/race.ts';
import type { Summary } from '../../benchmarks/summary.ts';
import { table } from '../summary.ts';

const number = (value: number): string => {
  if (Number.isNaN(value)) return 'not reached';
  if (Math.abs(value) >= 1e5) return value.toExponential(2);
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
};
const spread = ({ median, least, most }: Summary): string =>
  (least === most ? number(median) : `${number(median)} (${number(least)}–${number(most)})`);
const cell = ({ summary, failed }: Outcome): string =>
  (summary !== null ? spread(summary) : failed ? 'failed' : 'absent');
const ratio = (summary: Summary | null): string =>
  (summary === null || Number.isNaN(summary.median) ? '—' : spread(summary));

/** One row per case and peer; the case, ours and the floor stand in its first row. */
export function benchTable(results: readonly RaceResult[], machine: string): string {
  const rows = [['case', 'unit', 'ours', 'peer', '', 'ratio', 'floor', 'fraction of floor']];
  for (const { case: name, unit, ours, peers, floor, fractionOfFloor } of results) {
    const first = [name, unit, cell(ours)];
    const last = floor === null ? ['—', '—']
      : [cell(floor), fractionOfFloor === null ? '—' : fractionOfFloor.median.toFixed(2)];
    if (peers.length === 0) rows.push([...first, '—', '—', '—', ...last]);
    peers.forEach((peer, k) => rows.push(
      [...(k === 0 ? first : ['', '', '']), peer.name, cell(peer), ratio(peer.ratio), ...(k === 0 ? last : ['', ''])]
    ));
  }
  return `${[
    ...table(rows), '',
    machine,
    'median (least–most) of rounds in which all took turns; ratio: how many times faster, or smaller, ours '
      + 'is than the peer; fraction of floor: how much of what the floor allows ours reaches',
    '', ...results.flatMap(notes),
  ].join('\n')}\n`;
}

/** What ran, and why something did not. */
function notes({ case: name, ours, peers, floor }: RaceResult): string[] {
  const line = (role: string, { name: who, variant, about, absence, failed, trials, summary }: Outcome): string => {
    const ran = [variant, about].filter((word) => word !== null && word !== '').join('; ');
    const others = trials.filter((trial) => trial.variant !== variant)
      .map((trial) => `${trial.variant}: ${typeof trial.figure === 'number' ? number(trial.figure) : trial.figure}`);
    const what = summary === null ? `${failed ? 'FAILED' : 'absent'}: ${absence}` : ran;
    const beside = others.length === 0 ? '' : ` (in the trial, ${others.join('; ')})`;
    return `${name}  ${role} ${who}${what === '' ? '' : ` — ${what}`}${beside}`;
  };
  return [
    line('ours:', ours), ...peers.map((peer) => line('peer:', peer)), ...(floor === null ? [] : [line('floor:', floor)])
  ];
}
