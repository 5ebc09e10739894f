/** The energy of the samples: PT, the generator before weighting, and after. */
import * as Plot from '@observablehq/plot';
import { chart } from '../page/chart.ts';
import { formatCount, formatNumber, formatPercent, typographic } from '../page/format.ts';
import type { Cloud } from '../page/cloud.ts';
import { binCount, densityCurve, peakOf } from '../page/histogram.ts';
import { html, type Markup } from '../page/markup.ts';
import { figure, nothing } from '../page/page.ts';
import { FLOW, key, lineStyle, PT, WEIGHTED, type Series } from '../page/series.ts';
import { quantile, sortedFinite, type Interval } from '../page/window.ts';

/** Energies U of the target at the samples. */
export interface SampleEnergies {
  /** shape [m] */
  readonly pt: Float64Array;
  /** Of the generated samples, weighted by the run's log-weights. shape [n] */
  readonly flow: Float64Array;
}

const UNWEIGHTED: Series = { ...FLOW, name: 'generator, unweighted' };
const REWEIGHTED: Series = { ...WEIGHTED, name: 'generator, weighted' };

/**
 * All but the ends of PT, and of the generator all but the 2 % of highest energies: points thrown off may lie anywhere
 * above.
 */
function energyWindow(pt: Float64Array, flow: Float64Array): Interval | null {
  const [a, b] = [sortedFinite(pt), sortedFinite(flow)];
  const low = Math.min(quantile(a, 0) ?? Infinity, quantile(b, 0.0005) ?? Infinity);
  const high = Math.max(quantile(a, 0.9995) ?? -Infinity, quantile(b, 0.98) ?? -Infinity);
  if (!(high >= low)) return null;
  const margin = Math.max(0.04 * (high - low), 1e-6 * Math.max(1, Math.abs(low)));
  return { low: low - margin, high: high + margin };
}

/** Mean over the finite energies; null when none carries weight. */
function mean(energies: Float64Array, weights: Float64Array | null): number | null {
  let [total, sum] = [0, 0];
  energies.forEach((value, i) => {
    if (!Number.isFinite(value)) return;
    const w = weights?.[i] ?? 1;
    total += w;
    sum += w * value;
  });
  return total > 0 ? sum / total : null;
}

function shareAbove(energies: Float64Array, high: number): number {
  return energies.length === 0 ? 0
    : energies.reduce((count, value) => count + (value >= high ? 1 : 0), 0) / energies.length;
}

/** @param weights of the generated samples, summing to 1 (all 0 when none is usable). shape [n] */
export function energiesFigure({ pt, flow }: SampleEnergies, weights: Float64Array): Markup {
  const range = energyWindow(pt, flow);
  if (range === null) return nothing('No energy was finite.');
  const coordinate = { kind: 'real' as const, ...range };
  const bins = binCount(Math.min(...[pt.length, flow.length].filter((n) => n > 0)));
  const curve = (points: Float64Array, w: Float64Array | null): ReturnType<typeof densityCurve> => {
    const cloud: Cloud = { points, dimension: 1, weights: w };
    return densityCurve(cloud, 0, range, bins, coordinate);
  };
  const tempered = curve(pt, null);
  const unweighted = curve(flow, null);
  const weighted = curve(flow, weights);
  const peak = peakOf([tempered, weighted]);
  const top = peak === 0 ? Math.max(peakOf([unweighted]), 1e-9)
    : Math.min(Math.max(peak, peakOf([unweighted])), 2 * peak);
  const svg = chart({
    label: 'Density of the energy under PT samples, unweighted and weighted generated samples',
    width: 760, height: 270, marginLeft: 50, marginBottom: 36, marginTop: 14, marginRight: 14,
    x: { domain: [range.low, range.high], label: 'energy U (kT)', labelAnchor: 'center', labelArrow: 'none' },
    y: { domain: [0, 1.05 * top], label: 'density', labelAnchor: 'center', labelArrow: 'none', ticks: 5, grid: true },
    marks: [
      Plot.areaY(tempered, { x: 'at', y: 'density', curve: 'step', fill: PT.colour, fillOpacity: 0.32, clip: 'frame' }),
      Plot.lineY(
        unweighted, { x: 'at', y: 'density', curve: 'step', ...lineStyle(UNWEIGHTED), strokeWidth: 1.2, clip: 'frame' }
      ),
      Plot.lineY(
        weighted, { x: 'at', y: 'density', curve: 'step', ...lineStyle(REWEIGHTED), strokeWidth: 1.6, clip: 'frame' }
      ),
      Plot.ruleY([0], { stroke: 'var(--muted)' }),
    ],
  });
  const unusable = [pt, flow]
    .reduce((count, values) => count + values.reduce((sum, value) => sum + (Number.isFinite(value) ? 0 : 1), 0), 0);
  const above = shareAbove(flow, range.high);
  return figure(html`${key([{ series: PT, kind: 'area' }, { series: UNWEIGHTED, kind: 'line' }, { series: REWEIGHTED, kind: 'line' }])}${svg}`,
    html`${typographic(`Mean energy: PT ${formatNumber(mean(pt, null))}, generator ${formatNumber(mean(flow, null))} unweighted and ${formatNumber(mean(flow, weights))} weighted, in kT.`)} The weighted line should lie on PT’s area; an unweighted line to the right of it means points pushed up walls, which the weights then discard.${above > 1e-6 ? ` ${formatPercent(above)} of the generated points lie at higher energies than shown.` : null}${unusable > 0 ? html` <span class="flag">Energies that were not finite: ${formatCount(unusable)}.</span>` : null}`);
}
