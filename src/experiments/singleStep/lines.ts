/** The published single-step experiment for a terminal: a row per run, and the modes that runs have missed. */
import { textTable } from '../../report/text/table.ts';
import { warningLines } from '../../report/text/warnings.ts';
import type { Warning } from '../../records/record.ts';
import type { FinishedRun } from '../experiment.ts';
import { publishedFigures } from '../published.ts';

const percent = (value: number | null | undefined): string =>
  (value === null || value === undefined ? '–' : `${(100 * value).toFixed(1)} %`);
const small = (value: number | null | undefined): string =>
  (value === null || value === undefined ? '–' : value.toExponential(1));

const HEADER = ['target', 'θ', 'ESS', 'published', 'L2 bias', 'published', 'coverage', 'warnings'];

const warningsOf = ({ record: { result } }: FinishedRun): readonly Warning[] => result?.warnings ?? [];

function cells(run: FinishedRun): string[] {
  const { entry: { target: { name }, settings: { training: { theta } } }, record } = run;
  const generation = record.result?.generation;
  const published = publishedFigures(name, theta);
  const grave = warningsOf(run).filter(({ severity }) => severity === 'warning');
  const codes = [...new Set(grave.map(({ code }) => code))];
  return [
    name, String(theta), percent(generation?.ess), percent(published?.ess),
    small(generation?.bias), small(published?.bias), percent(generation?.coverage.value), codes.join(' ')
  ];
}

/** The first warning of a run that misses a mode. */
function missingMode(run: FinishedRun): string[] {
  const [warning] = warningLines(warningsOf(run).filter(({ code }) => code === 'missing-mode'));
  return warning === undefined ? [] : [`${run.entry.id}: ${warning}`];
}

export function singleStepLines(runs: readonly FinishedRun[]): string[] {
  const missing = runs.flatMap(missingMode);
  return [...textTable([HEADER, ...runs.map(cells)]), ...(missing.length === 0 ? [] : ['', ...missing])];
}
