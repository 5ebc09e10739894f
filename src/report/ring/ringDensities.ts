/** Densities of centroids and of positions, coordinate by coordinate. */
import * as Plot from '@observablehq/plot';
import type { PathIntegralSummary, RingSummary } from '../../records/record.ts';
import { chart } from '../page/chart.ts';
import { isKnown, type Figure } from '../page/format.ts';
import { html, type Markup } from '../page/markup.ts';
import { figure, nothing } from '../page/page.ts';
import { largestRing } from './ringFigures.ts';
import { EXACT, key, lineStyle, PT, WEIGHTED, type Series } from '../page/series.ts';

const SIZE = { width: 552, height: 240, marginLeft: 46, marginRight: 10, marginTop: 14, marginBottom: 36 };

const CLASSICAL: Series = { ...PT, name: 'classical centroid (is the particle)' };
const QUANTUM: Series = { ...WEIGHTED, name: 'quantum centroid' };
const POSITION: Series = { ...WEIGHTED, name: 'position, weighted rings' };
const TRUTH: Series = { ...EXACT, name: 'quantum, exact' };

export interface DensityPoint { readonly at: number; readonly value: number }

/** Known values at their points. */
export function densityPoints(points: readonly number[], values: readonly Figure[] | null): DensityPoint[] {
  return (values ?? []).flatMap((value, k) => (isKnown(value) && isKnown(points[k]) ? [{ at: points[k], value }] : []));
}

/** Densities below this share of the highest are not worth the width that they take. */
const NEGLIGIBLE = 5e-4;

/** Where any of the curves is more than negligible; null without curves. */
export function shownInterval(curves: readonly (readonly DensityPoint[])[]): [number, number] | null {
  const points = curves.flatMap((curve) => {
    const top = NEGLIGIBLE * curve.reduce((a, { value }) => Math.max(a, value), 0);
    return curve.filter(({ value }) => value > top).map(({ at }) => at);
  });
  if (points.length === 0) return null;
  const [low, high] = [Math.min(...points), Math.max(...points)];
  const margin = 0.05 * (high - low) || 0.5;
  return [low - margin, high + margin];
}

const topOf = (curves: readonly (readonly DensityPoint[])[]): number =>
  curves.flat().reduce((a, { value }) => Math.max(a, value), 1e-9);

const axes =
  (coordinate: string, interval: readonly [number, number], top: number): Pick<Plot.PlotOptions, 'x' | 'y'> => ({
  x: { domain: interval, label: coordinate, labelAnchor: 'center', labelArrow: 'none', ticks: 6 },
  y: { domain: [0, 1.06 * top], label: 'density', labelAnchor: 'center', labelArrow: 'none', ticks: 4 },
});

function centroidChart({ coordinate, points, classical, quantum }: PathIntegralSummary['centroids'][number]): Markup {
  const [before, after] = [densityPoints(points, classical), densityPoints(points, quantum)];
  const interval = shownInterval([before, after]);
  if (interval === null) return nothing('No centroid density is known.');
  return chart({
    ...SIZE, label: `Density of the centroid of ${coordinate}, classical and quantum`,
    ...axes(coordinate, interval, topOf([before, after])),
    marks: [
      Plot.areaY(
        before, { x: 'at', y: 'value', curve: 'step', fill: CLASSICAL.colour, fillOpacity: 0.32, clip: 'frame' }
      ),
      Plot.lineY(after, { x: 'at', y: 'value', curve: 'step', ...lineStyle(QUANTUM), strokeWidth: 1.6, clip: 'frame' }),
      Plot.ruleY([0], { stroke: 'var(--muted)' }),
    ],
  });
}

function positionChart(
  { coordinate, points, values, standardErrors, quantum }: RingSummary['positions'][number]
): Markup {
  const estimates = densityPoints(points, values);
  const truth = densityPoints(points, quantum);
  const interval = shownInterval([estimates, truth]);
  if (interval === null) return nothing('No density of the position is known.');
  const bars = points.flatMap((at, k) => {
    const [value, error] = [values[k], standardErrors[k]];
    return isKnown(value) && isKnown(error) ? [{ at, low: Math.max(0, value - 2 * error), high: value + 2 * error }]
      : [];
  }).filter(({ at }) => at >= interval[0] && at <= interval[1]);
  const inside = estimates.filter(({ at }) => at >= interval[0] && at <= interval[1]);
  return chart({
    ...SIZE,
    label: `Density of the position ${coordinate} with error `
      + `bars${truth.length > 0 ? ' beside the exact quantum one' : ''}`,
    ...axes(coordinate, interval, Math.max(topOf([estimates, truth]), ...bars.map(({ high }) => high))),
    marks: [
      Plot.lineY(truth, { x: 'at', y: 'value', ...lineStyle(TRUTH), strokeWidth: 1.3, clip: 'frame' }),
      Plot.ruleX(bars, { x: 'at', y1: 'low', y2: 'high', stroke: POSITION.colour, strokeWidth: 1.4 }),
      Plot.dot(inside, { x: 'at', y: 'value', fill: POSITION.colour, r: 2.2 }),
      Plot.ruleY([0], { stroke: 'var(--muted)' }),
    ],
  });
}

/** Classical beside quantum, and the quantum one beside what is exact; null without densities. */
export function ringDensitiesFigure(pathIntegral: PathIntegralSummary): Markup | null {
  const ring = largestRing(pathIntegral);
  const positions = ring?.positions ?? [];
  const count = Math.max(pathIntegral.centroids.length, positions.length);
  if (count === 0 || ring === null) return null;
  const rows = Array.from({ length: count }, (_, a) => {
    const [centroid, position] = [pathIntegral.centroids.at(a), positions.at(a)];
    return html`<div class="panels two"><div>${centroid === undefined ? null : html`<h3>Centroid of ${centroid.coordinate}</h3>${centroidChart(centroid)}`}</div><div>${position === undefined ? null : html`<h3>Position ${position.coordinate}</h3>${positionChart(position)}`}</div></div>`;
  });
  const exact = positions.some(({ quantum }) => quantum !== null);
  return figure(html`${key([{ series: CLASSICAL, kind: 'area' }, { series: QUANTUM, kind: 'line' }, { series: POSITION, kind: 'dot' }, ...(exact ? [{ series: TRUTH, kind: 'line' as const }] : [])])}${rows}`,
    `Of rings of ${ring.beads} beads. Left: where the ring as a whole is, which quantum mechanics moves, `
      + 'beside the classical particle whose samples the flow has learned from. Right: where its beads are, that '
      + 'is the particle; bars are two standard errors either way.');
}
