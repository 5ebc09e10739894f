/** What the terminal says of every run: the worth of its samples, and their estimates. */
import type { GenerationSummary, ModeSummary, RunResult } from '../../records/record.ts';
import { wordingOf } from '../kinds.ts';
import { errors, extended, number, percent, plusMinus } from '../text/figures.ts';
import { textTable } from '../text/table.ts';

export function flowLines(result: RunResult): string[] {
  const { generation } = result;
  return [
    ...worthLines(result), ...modeLines(generation), '', ...observableLines(generation), ...projectionLines(generation)
  ];
}

function worthLines(result: RunResult): string[] {
  const { generation: g, parallelTempering: { logZ } } = result;
  const { moves, logZName } = wordingOf(result);
  return textTable([
    [
      'ESS', percent(g.ess),
      `of ${g.samples} samples${moves === 0 ? '' : `, ${moves} moves between stages`}`
    ],
    ['ESS on PT samples', percent(g.forwardEss), moves === 0 ? '' : 'without moves'],
    [g.coverage.kind === 'modes' ? 'coverage (least mode)' : 'coverage (neighbours)', percent(g.coverage.value), ''],
    ['Pareto k-hat', extended(g.paretoK), ''],
    [
      `log Z (${logZName})`, plusMinus(g.logZ),
      g.logZ.exact === null ? '' : `exact ${number(g.logZ.exact)}  ${errors(g.logZ)}`
    ],
    [
      'log Z (tempering)', logZ === null ? 'n/a' : plusMinus(logZ),
      g.logZ.exact === null || logZ === null ? '' : errors({ ...logZ, exact: g.logZ.exact })
    ],
    ['L2 bias', number(g.bias), ''],
  ]);
}

function modeLines({ modes }: GenerationSummary): string[] {
  if (modes.length === 0) return [];
  const shown = notableModes(modes);
  const skimmed = shown.length < modes.length
    ? ['', `${modes.length} modes; those farthest from what is known of them:`] : [];
  const rows = shown.map(({ name, weighted, exact, flow, pt }) => [
    name, plusMinus(weighted), number(exact), errors({ ...weighted, exact }), number(flow.value), number(pt.value)
  ]);
  return [...skimmed, '', ...textTable([['mode', 'weighted', 'exact', '', 'flow', 'PT'], ...rows])];
}

const observableLines = ({ observables }: GenerationSummary): string[] => textTable([
  ['observable', 'estimate', 'exact', ''],
  ...observables.map((o) => [o.name, plusMinus(o), number(o.exact), errors(o)]),
]);

function projectionLines({ projections }: GenerationSummary): string[] {
  if (projections.length === 0) return [];
  return ['', ...textTable([
    ['density of', 'against', 'largest error', 'of F, in kT', 'at'],
    ...projections.map((p) => [
      p.name, p.reference, p.errors === null ? '' : `${number(p.errors, 1)} s.e.`,
      plusMinus({ value: p.deviation, standardError: p.standardError }),
      `${number(p.at, 2)}${p.empty > 0 ? ` (${p.empty} of ${p.judged} bins empty)` : ''}`
    ]),
  ])];
}

/** More modes than this are not read but skimmed. */
const MOST_MODES = 24;

/** All modes, or of many the farthest from their exact mass (else from tempering's), in standard errors. */
function notableModes(modes: readonly ModeSummary[]): readonly ModeSummary[] {
  if (modes.length <= MOST_MODES) return modes;
  const distance = ({ weighted, pt, exact }: ModeSummary): number => {
    const error = exact === null ? Math.hypot(weighted.standardError ?? 0, pt.standardError ?? 0)
      : (weighted.standardError ?? 0);
    return Math.abs((weighted.value ?? 0) - (exact ?? pt.value ?? 0)) / (error || Infinity);
  };
  return [...modes].sort((a, b) => distance(b) - distance(a)).slice(0, MOST_MODES / 2);
}
