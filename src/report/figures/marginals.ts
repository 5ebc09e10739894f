/** The marginal of every coordinate: PT, flow, weighted flow, and the exact line where it is known. */
import * as Plot from '@observablehq/plot';
import type { Coordinate, Domain } from '../../targets/domain.ts';
import { chart } from '../page/chart.ts';
import { cloudSize } from '../page/cloud.ts';
import { binCount, densityCurve, peakOf } from '../page/histogram.ts';
import { html, type Markup } from '../page/markup.ts';
import { figure, nothing } from '../page/page.ts';
import { EXACT, FLOW, key, lineStyle, PT, WEIGHTED } from '../page/series.ts';
import { coordinateWindow } from '../page/window.ts';
import type { SampleClouds } from './samples.ts';

/** A marginal density known exactly. `name` is a coordinate's; a list of one per coordinate may use other names. */
export interface ExactMarginal {
  readonly name: string;
  /** ascending, shape [g] */
  readonly grid: readonly number[];
  /** normalised density, shape [g] */
  readonly exact: readonly number[];
}

/** Bins that the smallest cloud can fill. */
function binsFor(clouds: SampleClouds): number {
  const sizes =
    [clouds.pt, clouds.flow].flatMap((cloud) => (cloud === null || cloudSize(cloud) === 0 ? [] : [cloudSize(cloud)]));
  return binCount(Math.min(...sizes));
}

/** A grid of four by four fits on one screen. */
const MOST_COORDINATES = 16;

function exactFor(marginals: readonly ExactMarginal[], names: readonly string[], j: number): ExactMarginal | null {
  const plain = [names[j], `x${j + 1}`];
  return marginals.find((marginal) => plain.includes(marginal.name))
    ?? (marginals.length === names.length ? marginals[j] : null);
}

function marginalChart(
  coordinate: Coordinate, j: number, name: string, clouds: SampleClouds, exact: ExactMarginal | null, wide: boolean
): Markup {
  const shown = clouds.pt === null ? [clouds.flow] : [clouds.pt, clouds.flow];
  const range = coordinateWindow(coordinate, j, shown);
  const curve = exact === null ? [] : exact.grid.map((at, k) => ({ at, density: exact.exact[k] ?? Number.NaN }))
    .filter(({ at }) => at >= range.low && at <= range.high);
  const count = binsFor(clouds);
  const pt = densityCurve(clouds.pt, j, range, count, coordinate);
  const flow = densityCurve(clouds.flow, j, range, count, coordinate);
  const weighted = densityCurve(clouds.weighted, j, range, count, coordinate);
  const peak = peakOf([pt, weighted, curve]);
  const flowPeak = peakOf([flow]);
  const top = peak === 0 ? Math.max(flowPeak, 1e-9) : Math.min(Math.max(peak, flowPeak), 2 * peak);
  return chart({
    label: `Marginal density of ${name}: PT samples, flow, weighted flow${exact === null ? '' : ' and exact'}`,
    width: wide ? 552 : 270, height: wide ? 250 : 170, marginLeft: wide ? 46 : 34, marginRight: 8, marginTop: 12,
    marginBottom: 34,
    x: { domain: [range.low, range.high], label: name, labelAnchor: 'center', labelArrow: 'none', ticks: 5 },
    y: { domain: [0, 1.05 * top], label: wide ? 'density' : null, labelAnchor: 'center', labelArrow: 'none', ticks: 4 },
    marks: [
      Plot.areaY(pt, { x: 'at', y: 'density', curve: 'step', fill: PT.colour, fillOpacity: 0.32, clip: 'frame' }),
      Plot.lineY(flow, { x: 'at', y: 'density', curve: 'step', ...lineStyle(FLOW), strokeWidth: 1.1, clip: 'frame' }),
      Plot.lineY(
        weighted, { x: 'at', y: 'density', curve: 'step', ...lineStyle(WEIGHTED), strokeWidth: 1.5, clip: 'frame' }
      ),
      Plot.lineY(curve, { x: 'at', y: 'density', ...lineStyle(EXACT), strokeWidth: 1.3, clip: 'frame' }),
      Plot.ruleY([0], { stroke: 'var(--muted)' }),
    ],
  });
}

/** Small multiples with one key above. */
export function marginalsFigure(
  domain: Domain, names: readonly string[], clouds: SampleClouds, marginals: readonly ExactMarginal[]
): Markup {
  const withPt = clouds.pt !== null && cloudSize(clouds.pt) > 0;
  const withFlow = cloudSize(clouds.flow) > 0;
  if (!withPt && !withFlow && marginals.length === 0) return nothing('No samples were given.');
  const wide = domain.length <= 2;
  const count = Math.min(domain.length, MOST_COORDINATES);
  const charts = Array.from(
    { length: count },
    (_, j) => html`<div>${marginalChart(domain[j], j, names[j], clouds, exactFor(marginals, names, j), wide)}</div>`
  );
  return figure(html`${key([
    ...(withPt ? [{ series: PT, kind: 'area' as const }] : []),
    ...(withFlow ? [{ series: FLOW, kind: 'line' as const }, { series: WEIGHTED, kind: 'line' as const }] : []),
    ...(marginals.length > 0 ? [{ series: EXACT, kind: 'line' as const }] : []),
  ])}<div class="panels ${wide ? 'two' : 'small'}">${charts}</div>`,
  html`Density against the coordinate, ${String(binsFor(clouds))} bins. The weighted line should lie on the exact one where it is known; the unweighted flow need not.${count < domain.length ? ` The first ${count} of ${domain.length} coordinates are drawn.` : null}`);
}
