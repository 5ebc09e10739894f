/** The mass of every mode: exact, weighted estimate, flow before weighting, PT. */
import * as Plot from '@observablehq/plot';
import type { Estimate, ModeSummary } from '../../records/record.ts';
import { chart } from '../page/chart.ts';
import { errorInStandardErrors, formatCount, formatEstimate, formatNumber, isKnown, UNKNOWN } from '../page/format.ts';
import { html, type Markup } from '../page/markup.ts';
import { MOST_MODES, selectModes } from '../modeSelection.ts';
import { figure, folded, nothing, table, type Cell } from '../page/page.ts';
import { EXACT, FLOW, key, PT, WEIGHTED } from '../page/series.ts';
import { modeScatter } from './modeScatter.ts';

interface Mark { readonly mode: string; readonly mass: number; readonly low: number; readonly high: number }

function marks(
  modes: readonly ModeSummary[], labels: readonly string[], read: (mode: ModeSummary) => Estimate
): Mark[] {
  return modes.flatMap((mode, i) => {
    const { value, standardError } = read(mode);
    if (!isKnown(value)) return [];
    const error = 2 * (isKnown(standardError) ? standardError : 0);
    return [{ mode: labels[i], mass: 100 * value, low: 100 * (value - error), high: 100 * (value + error) }];
  });
}

/** Names as band-scale keys: equal names would share a row, so the second one gets its number. */
export function uniqueLabels(modes: readonly ModeSummary[]): string[] {
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
    width: 450, height: 60 + Math.max(24, 44 - modes.length) * modes.length,
    marginLeft: Math.min(190, 22 + 6.3 * longest), marginBottom: 36, marginTop: 8, marginRight: 16,
    x: {
      domain: [0, 1.05 * highest], label: 'mass (%)', labelAnchor: 'center', labelArrow: 'none', ticks: 6, grid: true
    },
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

/** Weighted masses of the particles of a sequential generator, by the modes' names. */
export type ParticleMasses = readonly (Estimate & { readonly name: string })[];

const cell = ({ value, standardError }: Estimate): string => formatEstimate(inPercent(value), inPercent(standardError));

function row(mode: ModeSummary, particles: ParticleMasses): Cell[] {
  const error = errorInStandardErrors({ ...mode.weighted, exact: mode.exact });
  const own = particles.find(({ name }) => name === mode.name);
  return [
    mode.name, formatNumber(inPercent(mode.exact)), cell(mode.weighted), formatNumber(error, 2), cell(mode.flow),
    cell(mode.pt),
    ...(particles.length === 0 ? [] : [own === undefined ? UNKNOWN : cell(own)]),
  ];
}

function modeTable(rows: readonly (readonly Cell[])[], particles: ParticleMasses): Markup {
  return table([
    { name: 'mode', kind: 'text' }, { name: 'exact', kind: 'number' }, { name: 'weighted', kind: 'number' },
    { name: '|error| / se', kind: 'number' }, { name: 'flow, unweighted', kind: 'number' },
    { name: 'PT', kind: 'number' },
    ...(particles.length === 0 ? [] : [{ name: 'particles', kind: 'number' as const }]),
  ], rows, 'Mass in % ± one standard error', particles.length > 0);
}

const KEY = key([
  { series: { ...EXACT, dash: null }, kind: 'tick' }, { series: WEIGHTED, kind: 'dot' }, { series: FLOW, kind: 'ring' },
  { series: PT, kind: 'diamond' }
]);

const CAPTION = 'The share of the probability in each mode. The bar through a weighted estimate is two standard errors '
  + 'either way. A mode whose flow mass is near zero is hardly visited: its weighted mass then rests on a '
  + 'few samples, and its standard error on even fewer.';

function everyMode(modes: readonly ModeSummary[], particles: ParticleMasses): Markup {
  return figure(
    html`${KEY}<div class="panels modes"><div>${modeChart(modes)}</div><div>${modeTable(modes.map((mode) => row(mode, particles)), particles)}</div></div>`,
    CAPTION
  );
}

/** Too many to draw: the heaviest, the most doubtful, and all of them as points. */
function selectedModes(modes: readonly ModeSummary[], particles: ParticleMasses): Markup {
  const { heaviest, farthest, hidden } = selectModes(modes);
  const shown = [...heaviest, ...farthest];
  const scatter = modeScatter(modes);
  const of = scatter.reference === 'exact or PT' ? 'exact (or, where that is unknown, PT)' : scatter.reference;
  const rows: Cell[][] = [
    [`The ${heaviest.length} heaviest`], ...heaviest.map((mode) => row(mode, particles)),
    [`Of the others, the ${farthest.length} farthest from their ${of} mass, in standard errors`],
    ...farthest.map((mode) => row(mode, particles)),
  ];
  const overview =
    figure(html`<h3>All ${formatCount(modes.length)} modes: weighted mass against ${scatter.reference} mass</h3>${scatter.chart}`,
    'A dot per mode, two standard errors either way; on the diagonal the masses '
      + `agree.${scatter.onEdge > 0 ? ` ${formatCount(scatter.onEdge)} ${scatter.onEdge === 1 ? 'mode stands' : 'modes stand'} on an edge of the chart (ringed): one of the two masses is 0 or too small for the axes.` : ''}`);
  const chosen =
    figure(html`${KEY}<div class="panels modes"><div>${modeChart(shown)}</div><div>${modeTable(rows, particles)}</div></div>`,
    `${formatCount(shown.length)} of ${formatCount(modes.length)} modes; ${formatCount(hidden)} are hidden `
      + `here and listed below. ${CAPTION}`);
  return html`${overview}${chosen}${folded(`All ${formatCount(modes.length)} modes as a table`, modeTable(modes.map((mode) => row(mode, particles)), particles))}`;
}

/** Plot and table. @param particles where a sequential generator made the samples */
export function modesFigure(modes: readonly ModeSummary[], particles: ParticleMasses = []): Markup {
  if (modes.length === 0)
    return nothing('The target names no modes; coverage is judged by neighbours of the PT samples instead.');
  return modes.length <= MOST_MODES ? everyMode(modes, particles) : selectedModes(modes, particles);
}
