/** The mass of every mode: exact, weighted estimate, flow before weighting, PT. */
import * as Plot from '@observablehq/plot';
import type { Estimate, ModeSummary } from '../../records/record.ts';
import { chart } from '../chart.ts';
import { errorInStandardErrors, formatEstimate, formatNumber, isKnown } from '../format.ts';
import { html, type Markup } from '../markup.ts';
import { figure, nothing, table } from '../page.ts';
import { EXACT, FLOW, key, PT, WEIGHTED } from '../series.ts';

interface Mark { readonly mode: string; readonly mass: number; readonly low: number; readonly high: number }

function marks(modes: readonly ModeSummary[], labels: readonly string[], read: (mode: ModeSummary) => Estimate): Mark[] {
  return modes.flatMap((mode, i) => {
    const { value, standardError } = read(mode);
    if (!isKnown(value)) return [];
    const error = 2 * (isKnown(standardError) ? standardError : 0);
    return [{ mode: labels[i], mass: 100 * value, low: 100 * (value - error), high: 100 * (value + error) }];
  });
}

/** Names as band-scale keys: equal names would share a row, so the second one gets its number. */
function uniqueLabels(modes: readonly ModeSummary[]): string[] {
  const names = modes.map((mode) => (mode.name.length > 28 ? `${mode.name.slice(0, 27)}…` : mode.name));
  return names.map((name, i) => (names.indexOf(name) === i ? name : `${name} (${i + 1})`));
}

function modeChart(modes: readonly ModeSummary[]): Markup {
  const labels = uniqueLabels(modes);
  const weighted = marks(modes, labels, (mode) => mode.weighted);
  const flow = marks(modes, labels, (mode) => mode.flow);
  const pt = marks(modes, labels, (mode) => mode.pt);
  const exact = marks(modes, labels, (mode) => ({ value: mode.exact, standardError: null }));
  const highest = [...weighted, ...flow, ...pt, ...exact].reduce((top, mark) => Math.max(top, mark.high), 1);
  const longest = Math.max(...labels.map((label) => label.length));
  return chart({
    label: `Mass of ${modes.length} modes: exact, weighted, flow and PT`,
    width: 450, height: 60 + Math.max(24, 44 - modes.length) * modes.length, marginLeft: Math.min(190, 22 + 6.3 * longest), marginBottom: 36, marginTop: 8, marginRight: 16,
    x: { domain: [0, 1.05 * highest], label: 'mass (%)', labelAnchor: 'center', labelArrow: 'none', ticks: 6, grid: true },
    y: { type: 'band', domain: labels, label: null, padding: 0.15, tickSize: 0 },
    marks: [
      Plot.tickX(exact, { x: 'mass', y: 'mode', stroke: EXACT.colour, strokeWidth: 2 }),
      Plot.dot(pt, { x: 'mass', y: 'mode', symbol: 'diamond', r: 5, stroke: PT.colour, strokeWidth: 1.6 }),
      Plot.dot(flow, { x: 'mass', y: 'mode', r: 4.5, stroke: FLOW.colour, strokeWidth: 1.6 }),
      Plot.ruleY(weighted, { x1: 'low', x2: 'high', y: 'mode', stroke: WEIGHTED.colour, strokeWidth: 1.6 }),
      Plot.dot(weighted, { x: 'mass', y: 'mode', r: 3.2, fill: WEIGHTED.colour }),
    ],
  });
}

const inPercent = (fraction: number | null): number | null => (fraction === null ? null : 100 * fraction);

/** Plot and table. */
export function modesFigure(modes: readonly ModeSummary[]): Markup {
  if (modes.length === 0) return nothing('The target names no modes; coverage is judged by neighbours of the PT samples instead.');
  const rows = modes.map((mode) => {
    const error = errorInStandardErrors({ ...mode.weighted, exact: mode.exact });
    const cell = ({ value, standardError }: Estimate): string => formatEstimate(inPercent(value), inPercent(standardError));
    return [mode.name, formatNumber(inPercent(mode.exact)), cell(mode.weighted), formatNumber(error, 2), cell(mode.flow), cell(mode.pt)];
  });
  const columns = table([
    { name: 'mode', kind: 'text' }, { name: 'exact', kind: 'number' }, { name: 'weighted', kind: 'number' },
    { name: '|error| / se', kind: 'number' }, { name: 'flow, unweighted', kind: 'number' }, { name: 'PT', kind: 'number' },
  ], rows, 'Mass in % ± one standard error');
  return figure(html`${key([{ series: { ...EXACT, dash: null }, kind: 'tick' }, { series: WEIGHTED, kind: 'dot' }, { series: FLOW, kind: 'ring' }, { series: PT, kind: 'diamond' }])}<div class="panels modes"><div>${modeChart(modes)}</div><div>${columns}</div></div>`,
    'The share of the probability in each mode. The bar through a weighted estimate is two standard errors either way. A mode whose flow mass is near zero is hardly visited: its weighted mass then rests on a few samples, and its standard error on even fewer.');
}
