/** Runs of untuned targets as a table: a line to every seed, and one of the worst figures to every target. */
import { textTable } from '../../report/text/table.ts';
import type { Deviation, Judgement } from './judge.ts';
import { missesOf, type UntunedRun } from './run.ts';

/** Characters of a verdict. */
const LONGEST = 160;
const header = [
  'target', 'seed', 'standing', 'ESS %', 'Δ log Z', 'z', 'worst |z|', 'of', 'seconds', 'CPU s', 'MiB', 'verdict',
];
const shown = (value: number | null | undefined, digits: number): string =>
  (value === null || value === undefined || Number.isNaN(value) ? '—' : value.toFixed(digits));
/** An error to two digits. */
const precise = (value: number): string => (Number.isNaN(value) ? '—' : value.toPrecision(2));
const size = (deviation: Deviation | null | undefined): number | null =>
  (deviation === null || deviation === undefined ? null : Math.abs(deviation.errors));

/** Of a failure's message, what a table has room for. */
const shortened = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);

/** A planted failure that says what it is. */
const told = (judgement: Judgement | null): string => `passes: it is told (${judgement?.reasons.join(', ')})`;

function line(run: UntunedRun): string[] {
  const { target, seed, cost, judgement } = run;
  const [logZ, worst, misses] = [judgement?.logZ, judgement?.worst, missesOf(run)];
  return [
    target, String(seed), judgement?.standing ?? '—', shown(100 * (judgement?.ess ?? NaN), 1),
    logZ === null || logZ === undefined ? '—' : precise(logZ.error), shown(logZ?.errors, 1), shown(size(worst), 1),
    worst?.name ?? '—', shown(cost.seconds, 1), shown(cost.cpuSeconds, 1), shown(cost.peakMebibytes, 0),
    misses.length > 0 ? shortened(`misses: ${misses.join('; ')}`)
      : judgement?.standing === 'sound' ? 'passes' : told(judgement),
  ];
}

const most = (values: readonly (number | null | undefined)[]): number =>
  values.reduce<number>((a, b) => (b === null || b === undefined || Number.isNaN(b) ? a : Math.max(a, b)), -Infinity);
const finiteOr = (value: number): number => (value === -Infinity ? NaN : value);

/** The worst of every column, and of how many runs the limits were reached. */
function worstLine(runs: readonly UntunedRun[]): string[] {
  const passed = runs.filter((run) => missesOf(run).length === 0).length;
  const judged = runs.flatMap(({ judgement }) => (judgement === null ? [] : [judgement]));
  const sound = judged.filter(({ standing }) => standing === 'sound').length;
  const right = judged.filter((judgement) => judgement.right).length;
  const largest = (pick: (run: UntunedRun) => number | null | undefined): number => finiteOr(most(runs.map(pick)));
  const logZ = largest(({ judgement }) => judgement?.logZ && Math.abs(judgement.logZ.error));
  return [
    '', 'worst', `${sound}/${runs.length} sound`, shown(100 * -largest(({ judgement }) => -(judgement?.ess ?? 0)), 1),
    precise(logZ), shown(largest(({ judgement }) => size(judgement?.logZ)), 1),
    shown(largest(({ judgement }) => size(judgement?.worst)), 1), `${right}/${runs.length} right`,
    shown(largest(({ cost }) => cost.seconds), 1), shown(largest(({ cost }) => cost.cpuSeconds), 1),
    shown(largest(({ cost }) => cost.peakMebibytes), 0), `${passed}/${runs.length} pass`,
  ];
}

export function untunedTable(runs: readonly UntunedRun[]): string {
  const targets = [...new Set(runs.map(({ target }) => target))];
  const rows = targets.flatMap((target) => {
    const own = runs.filter((run) => run.target === target);
    return [...own.map(line), ...(own.length > 1 ? [worstLine(own)] : [])];
  });
  return `${textTable([header, ...rows]).join('\n')}\n`;
}
