/** Named functions of the point: density and free energy of PT and generator beside the exact curve. */
import type { Standing } from '../../records/record.ts';
import * as Plot from '@observablehq/plot';
import { chart } from '../page/chart.ts';
import { formatCount, formatNumber, formatPercent, typographic } from '../page/format.ts';
import {
  binMeans, deviation, freeEnergy, JUDGED_SHARE, sampledProfile, type Deviation, type Profile
} from '../../estimators/freeEnergy.ts';
import { binCount, peakOf, type Bin } from '../page/histogram.ts';
import { html, type Markup } from '../page/markup.ts';
import { figure, nothing } from '../page/page.ts';
import { EXACT, key, lineStyle, PT, WEIGHTED, type Series } from '../page/series.ts';
import { normaliseLogWeights } from '../weights.ts';
import type { Interval } from '../page/window.ts';

/** Values of a function of the point, for PT and for the generated samples. */
export interface ProjectionSamples {
  readonly name: string;
  /** The range to show, low < high. */
  readonly low: number;
  readonly high: number;
  /** Of the PT samples. shape [m]; empty when there are none */
  readonly pt: Float64Array;
  /** Of the generated samples, and their log-weights: of all of them, since barriers hold few. shape [n] each */
  readonly flow: Float64Array;
  readonly logWeights: Float64Array;
  /** ascending, shape [g]; with `exactDensity` */
  readonly grid?: readonly number[];
  /** Density on `grid`, normalised over the whole line (a circle: once round). shape [g] */
  readonly exactDensity?: Float64Array | readonly number[];
}

const GENERATOR: Series = { ...WEIGHTED, name: 'generator, weighted' };
const PT_BINS: Series = { ...PT, name: 'PT samples, free energy' };

/** Free energies above this are cut off: nothing is ever sampled there. In kT. */
const HIGHEST = 14;

const SIZE = { width: 552, height: 250, marginLeft: 46, marginRight: 10, marginTop: 14, marginBottom: 36 };

interface Exact { readonly points: readonly Bin[]; readonly means: Float64Array }

function exactOf({ grid, exactDensity }: ProjectionSamples, range: Interval, bins: number): Exact | null {
  if (grid === undefined || exactDensity === undefined) return null;
  const points =
    grid.map((at, k) => ({ at, density: exactDensity[k] })).filter(({ at }) => at >= range.low && at <= range.high);
  return points.length < 2 ? null : { points, means: binMeans(grid, exactDensity, range, bins) };
}

interface Panel {
  readonly name: string;
  readonly range: Interval;
  readonly pt: Profile | null;
  readonly generator: Profile | null;
  readonly exact: Exact | null;
}

const bins = (panel: Panel): number => (panel.generator ?? panel.pt)?.density.length ?? 0;

function middle(panel: Panel): (k: number) => number {
  return (k) => panel.range.low + ((k + 0.5) * (panel.range.high - panel.range.low)) / bins(panel);
}

function points(profile: Profile | null, at: (k: number) => number): Bin[] {
  return profile === null ? [] : Array.from(profile.density, (density, k) => ({ at: at(k), density }));
}

const xAxis = ({ name, range }: Panel): Plot.ScaleOptions =>
  ({ domain: [range.low, range.high], label: name, labelAnchor: 'center', labelArrow: 'none', ticks: 6 });

function densityChart(panel: Panel): Markup {
  const pt = points(panel.pt, middle(panel));
  const generator = points(panel.generator, middle(panel));
  const exact = panel.exact?.points ?? [];
  const top = Math.max(peakOf([pt, generator, exact]), 1e-9);
  return chart({
    ...SIZE,
    label: `Density of ${panel.name}: PT samples, weighted generator${panel.exact === null ? '' : ' and exact'}`,
    x: xAxis(panel),
    y: { domain: [0, 1.05 * top], label: 'density', labelAnchor: 'center', labelArrow: 'none', ticks: 4 },
    marks: [
      Plot.areaY(pt, { x: 'at', y: 'density', curve: 'step', fill: PT.colour, fillOpacity: 0.32, clip: 'frame' }),
      Plot.lineY(
        generator, { x: 'at', y: 'density', curve: 'step', ...lineStyle(GENERATOR), strokeWidth: 1.5, clip: 'frame' }
      ),
      Plot.lineY(exact, { x: 'at', y: 'density', ...lineStyle(EXACT), strokeWidth: 1.3, clip: 'frame' }),
      Plot.ruleY([0], { stroke: 'var(--muted)' }),
    ],
  });
}

/** −log of the largest density of the exact curve, or else of the generator's (or PT's). */
function shiftOf(panel: Panel): number {
  const reference = panel.exact?.points.map(({ density }) => density)
    ?? Array.from((panel.generator ?? panel.pt)?.density ?? []);
  const top = reference.reduce((a, b) => (b > a ? b : a), 0);
  return top > 0 ? -Math.log(top) : 0;
}

function freeEnergyChart(panel: Panel): Markup {
  const shift = shiftOf(panel);
  const profile = (estimate: Profile | null): Bin[] =>
    (estimate === null ? [] : freeEnergy(estimate.density, middle(panel), shift));
  const [pt, generator] = [profile(panel.pt), profile(panel.generator)];
  const exactPoints = panel.exact?.points ?? [];
  const exact = freeEnergy(exactPoints.map(({ density }) => density), (k) => exactPoints[k].at, shift);
  const values = [...pt, ...generator, ...exact].map(({ density }) => density).filter(Number.isFinite);
  const judged = -Math.log(JUDGED_SHARE);
  const [low, high] = [Math.min(0, ...values), Math.min(HIGHEST, Math.max(1, ...values))];
  const margin = 0.05 * (high - low);
  const line = (data: readonly Bin[], series: Series, width: number): Plot.Markish =>
    Plot.lineY(data, { x: 'at', y: 'density', ...lineStyle(series), strokeWidth: width, clip: 'frame' });
  return chart({
    ...SIZE,
    label: `Free energy of ${panel.name}: PT samples, weighted generator${panel.exact === null ? '' : ' and exact'}`,
    x: xAxis(panel),
    y: {
      domain: [low - margin, high + margin], label: 'F = −log p (kT)', labelAnchor: 'center', labelArrow: 'none',
      ticks: 6, grid: true
    },
    marks: [
      ...(judged < high ? [Plot.ruleY([judged], { stroke: 'var(--muted)', strokeDasharray: '1 3' })] : []),
      Plot.dot(pt.filter(({ density }) => density <= high), {
        x: 'at', y: 'density', stroke: PT.colour, strokeWidth: 1.5, r: 3
      }),
      line(generator, GENERATOR, 1.5),
      Plot.dot(
        generator.filter(({ density }) => density <= high), { x: 'at', y: 'density', fill: GENERATOR.colour, r: 1.6 }
      ),
      line(exact, EXACT, 1.3),
    ],
  });
}

/** @param sound whether errors are known */
function deviationText(name: string, { largest, at, error, judged, empty }: Deviation, sound: boolean): string {
  const missing = empty === 0 ? ''
    : `${largest === null ? '' : ', and '}no sample in ${empty} of ${judged} judged bins`;
  return `${name} ${largest === null ? '' : `${formatNumber(largest, 2)}${sound ? ` ± ${formatNumber(error, 2)}` : ''} kT at ${formatNumber(at, 3)}`}${missing}`;
}

/** What the profiles are judged by, and how they fare. */
function verdict(panel: Panel, sound: boolean): string {
  const { exact, generator, pt, range } = panel;
  const judge = (profile: Profile, reference: Float64Array): Deviation =>
    deviation(profile, { density: reference }, range);
  if (exact !== null) {
    const parts = [
      ...(generator === null ? [] : [deviationText('generator', judge(generator, exact.means), sound)]),
      ...(pt === null ? [] : [deviationText('PT', judge(pt, exact.means), sound)])
    ];
    return `Largest deviation of F from the exact one: ${parts.join('; ')}.`;
  }
  if (generator === null || pt === null) return 'No exact curve is known.';
  return 'No exact curve is known. Largest deviation of F from the generator’s: '
    + `${deviationText('PT', judge(pt, generator.density), sound)}.`;
}

/** Weight that is not in the panel, and values that are no numbers. */
function leftOut(name: string, values: Float64Array, weights: Float64Array | null, { low, high }: Interval): string {
  let outside = 0;
  let unusable = 0;
  values.forEach((value, i) => {
    if (!Number.isFinite(value)) unusable += 1;
    if (!(value >= low && value < high)) outside += weights?.[i] ?? 1 / values.length;
  });
  return `${outside > 1e-6 ? ` ${formatPercent(outside)} of ${name} lies outside the range shown.` : ''}${unusable > 0 ? ` ${formatCount(unusable)} values of ${name} were not finite.` : ''}`;
}

function projection(input: ProjectionSamples, sound: boolean): Markup {
  const { weights } = normaliseLogWeights(input.logWeights);
  const range: Interval = { low: input.low, high: input.high };
  const sizes = [input.pt.length, input.flow.length].filter((n) => n > 0);
  const count = binCount(Math.min(...sizes));
  const usable = weights.some((w) => w > 0);
  const panel: Panel = {
    name: input.name, range,
    pt: input.pt.length === 0 ? null : sampledProfile(input.pt, null, range, count),
    generator: input.flow.length === 0 || !usable ? null : sampledProfile(input.flow, weights, range, count),
    exact: exactOf(input, range, count),
  };
  if (panel.pt === null && panel.generator === null)
    return html`<h3>${input.name}</h3>${nothing('No samples were given.')}`;
  return figure(html`<div class="panels two"><div><h3>Density of ${input.name}</h3>${densityChart(panel)}</div><div><h3>Free energy of ${input.name}</h3>${freeEnergyChart(panel)}</div></div>`,
    typographic(
      `${verdict(panel, sound)}${leftOut('PT', input.pt, null, range)}${panel.generator === null ? '' : leftOut('the generator’s weight', input.flow, weights, range)}`
    ));
}

/**
 * Density and free energy of every projection. @param standing of the run: errors of bins are shown where it is sound,
 * or was never judged
 */
export function projectionsFigure(projections: readonly ProjectionSamples[], standing: Standing | null): Markup {
  const sound = standing === 'sound' || standing === null;
  const exact = projections.some(({ exactDensity }) => exactDensity !== undefined);
  const reference = projections.every(({ exactDensity }) => exactDensity !== undefined) ? 'exact'
    : exact ? 'exact (where unknown, the generator’s)' : 'generator’s';
  return html`<p class="lead">The free energy F(v) = −log p(v) shows wells and barriers where the density is too thin to see; it is shifted so that the ${reference} minimum is 0, all curves by the same amount. Deviations are the largest over the bins in which the ${reference} density, averaged over the bin, is above ${String(JUDGED_SHARE)} of its maximum (F below the dotted line)${sound ? ', ± the standard error of that bin, for which samples count as independent: PT’s are not, so its own is larger' : ''}. The largest of many bins is some two to three standard errors off by chance alone.</p>
${key([{ series: PT, kind: 'area' }, { series: PT_BINS, kind: 'ring' }, { series: GENERATOR, kind: 'line' }, ...(exact ? [{ series: EXACT, kind: 'line' as const }] : [])])}${projections.map((one) => projection(one, sound))}`;
}
