/** Errors of rings against their number of beads: of averages over positions, and of log Z. */
import * as Plot from '@observablehq/plot';
import type { RingSummary } from '../../records/record.ts';
import { chart } from '../page/chart.ts';
import { isKnown, type Figure } from '../page/format.ts';
import { html, type Markup } from '../page/markup.ts';
import { figure, nothing } from '../page/page.ts';
import { byBeads, difference } from './ringFigures.ts';
import { EXACT, key, lineStyle, type Series, type Swatch } from '../page/series.ts';
import { beadsAxis, logAxis, logRange } from '../page/logAxis.ts';

const WIDTH = 552;
const HEIGHT = 270;
const MARGINS = { marginLeft: 62, marginRight: 14, marginTop: 14, marginBottom: 36 };
const INNER_WIDTH = WIDTH - MARGINS.marginLeft - MARGINS.marginRight;

const TOTAL: Series = { name: 'estimate − quantum', colour: 'var(--weighted)', dash: null };
const SAMPLING: Series = { name: 'estimate − exact at N', colour: 'var(--flow)', dash: null };
const EXPECTED: Series = { name: 'expected of the sampling', colour: 'var(--flow)', dash: '2 3' };
const TROTTER: Series = { ...EXACT, name: 'Trotter error, exact' };
const GUIDE: Series = { name: 'N⁻²', colour: 'var(--muted)', dash: '1 4' };
const ESTIMATE: Series = { name: 'estimate', colour: 'var(--weighted)', dash: null };

interface At { readonly beads: number; readonly value: number }

function against(rings: readonly RingSummary[], read: (ring: RingSummary) => Figure): At[] {
  return rings.flatMap((ring) => {
    const value = read(ring);
    return isKnown(value) && value > 0 ? [{ beads: ring.beads, value }] : [];
  });
}

interface Shown { readonly body: Markup; readonly keys: readonly { series: Series; kind: Swatch }[] }

/** null where there is nothing exact to compare with. */
function biasChart(rings: readonly RingSummary[]): Shown | null {
  const total = against(rings, ({ bias }) => bias.total);
  const sampling = against(rings, ({ bias }) => bias.sampling);
  const expected = against(rings, ({ bias }) => bias.expected);
  const trotter = against(rings, ({ bias }) => bias.trotter);
  const range = logRange([total, sampling, expected, trotter].flatMap((list) => list.map(({ value }) => value)));
  if (range === null || total.length + sampling.length + trotter.length === 0) return null;
  const last = trotter.at(-1);
  const guide = last === undefined || trotter.length < 2 ? []
    : trotter.map(({ beads }) => ({ beads, value: last.value * (last.beads / beads) ** 2 }));
  const line = (points: readonly At[], series: Series, width = 1.5): Plot.Markish =>
    Plot.lineY(points, { x: 'beads', y: 'value', ...lineStyle(series), strokeWidth: width, clip: 'frame' });
  const body = chart({
    label: 'L2 bias over the functions of the position against the number of beads, '
      + `${rings.map(({ beads }) => beads).join(', ')}, on logarithmic axes`,
    width: WIDTH, height: HEIGHT, ...MARGINS, x: beadsAxis(rings.map(({ beads }) => beads), INNER_WIDTH),
    y: logAxis('L2 bias (log)', range),
    marks: [
      line(guide, GUIDE), line(trotter, TROTTER), line(expected, EXPECTED), line(total, TOTAL, 1.2),
      Plot.dot(trotter, { x: 'beads', y: 'value', fill: TROTTER.colour, r: 1.8 }),
      Plot.dot(sampling, { x: 'beads', y: 'value', stroke: SAMPLING.colour, strokeWidth: 1.5, r: 3.2 }),
      Plot.dot(total, { x: 'beads', y: 'value', fill: TOTAL.colour, r: 3.2 }),
    ],
  });
  const keys = (
    [[TOTAL, 'dot', total], [SAMPLING, 'ring', sampling], [EXPECTED, 'line', expected], [TROTTER, 'line', trotter], [
      GUIDE, 'line', guide
    ]] as const
  );
  return { body, keys: keys.filter(([, , points]) => points.length > 0).map(([series, kind]) => ({ series, kind })) };
}

interface Bar extends At { readonly low: number; readonly high: number }

/** An interval with a margin, that holds zero where values are differences. */
function padded(values: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = Math.max(0.08 * (high - low), 1e-6 * Math.max(1, Math.abs(high)));
  return [low - margin, high + margin];
}

/** Of log Z less the quantum one, where that is known; log Z itself otherwise. */
function logZChart(rings: readonly RingSummary[]): Shown & { readonly relative: boolean } {
  const relative = rings.some(({ logZ }) => isKnown(logZ.quantum));
  const shown = (value: Figure, { logZ }: RingSummary): Figure => (relative ? difference(value, logZ.quantum) : value);
  const bars = rings.flatMap((ring): Bar[] => {
    const value = shown(ring.logZ.value, ring);
    if (!isKnown(value)) return [];
    const error = 2 * (isKnown(ring.logZ.standardError) ? ring.logZ.standardError : 0);
    return [{ beads: ring.beads, value, low: value - error, high: value + error }];
  });
  const exact = rings.flatMap((ring): At[] => {
    const value = shown(ring.logZ.exact, ring);
    return isKnown(value) ? [{ beads: ring.beads, value }] : [];
  });
  const values = [...bars.flatMap(({ low, high }) => [low, high]), ...exact.map(({ value }) => value)];
  if (values.length === 0) return { body: nothing('No log Z was finite.'), keys: [], relative };
  const body = chart({
    label: `log Z${relative ? ' less the quantum one' : ''} against the number of beads, with error bars, and the `
      + 'exact one of every ring',
    width: WIDTH, height: HEIGHT, ...MARGINS, x: beadsAxis(rings.map(({ beads }) => beads), INNER_WIDTH),
    y: {
      domain: padded(relative ? [...values, 0] : values), label: relative ? 'log Z − quantum log Z' : 'log Z',
      labelAnchor: 'center', labelArrow: 'none', ticks: 6, grid: true
    },
    marks: [
      ...(relative ? [Plot.ruleY([0], { stroke: 'var(--muted)' })] : []),
      Plot.lineY(exact, { x: 'beads', y: 'value', ...lineStyle(EXACT), strokeWidth: 1.5 }),
      Plot.ruleX(bars, { x: 'beads', y1: 'low', y2: 'high', stroke: ESTIMATE.colour, strokeWidth: 1.8 }),
      Plot.dot(bars, { x: 'beads', y: 'value', fill: ESTIMATE.colour, r: 3 }),
    ],
  });
  return {
    body,
    keys: [{ series: ESTIMATE, kind: 'dot' }, ...(
      exact.length > 0 ? [{ series: { ...EXACT, name: 'exact at N' }, kind: 'line' as const }] : []
    )],
    relative
  };
}

/** What N beads and a finite number of rings each leave. */
export function ringErrorsFigure(all: readonly RingSummary[]): Markup {
  const rings = byBeads(all);
  const bias = biasChart(rings);
  const logZ = logZChart(rings);
  const panel = (name: string, { body, keys }: Shown): Markup =>
    html`<div><h3>${name}</h3>${keys.length === 0 ? null : key(keys)}${body}</div>`;
  const ofBias = 'The Trotter error of a ring of N beads falls as N⁻² (the guide goes through the last of them) and is '
    + 'all that more samples cannot take away; the error of sampling does not know of N. The total follows '
    + 'whichever is larger. ';
  const ofLogZ = 'log Z: bars are two standard errors either '
    + `way${logZ.relative ? ', and should reach the dashed line, which is the transfer matrix’s' : '; the quantum one is not known'}.`;
  return figure(
    html`<div class="panels two">${bias === null ? null : panel('L2 bias over the functions of the position', bias)}${panel(logZ.relative ? 'log Z less the quantum one' : 'log Z', logZ)}</div>`,
    `${bias === null ? '' : ofBias}${ofLogZ}`
  );
}
