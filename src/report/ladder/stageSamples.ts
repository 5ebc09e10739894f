/** Where the particles are from stage to stage, beside parallel tempering's samples of the same energy. */
import * as Plot from '@observablehq/plot';
import type { StageSamples } from '../../pipeline/stageSamples.ts';
import { wrapCoordinate, type Coordinate, type Domain } from '../../targets/domain.ts';
import { chart } from '../page/chart.ts';
import { formatCount } from '../page/format.ts';
import { cloudSize, type Cloud } from '../page/cloud.ts';
import { binCount, densityCurve, peakOf, type Projection } from '../page/histogram.ts';
import { lambdaText } from './ladderFigures.ts';
import { html, type Markup } from '../page/markup.ts';
import { figure, nothing } from '../page/page.ts';
import { key, lineStyle, PT, WEIGHTED, type Series } from '../page/series.ts';
import { normaliseLogWeights } from '../weights.ts';
import { coordinateWindow, type Interval } from '../page/window.ts';
import { densityPanels } from '../figures/density.ts';
import { frameOf } from '../page/raster.ts';

const MOST_STAGES = 6;
const MOST_MARGINALS = 4;
/** Fewer stages leave room on the right rather than drift apart. */
const FEWEST_COLUMNS = 4;

const PARTICLES: Series = { ...WEIGHTED, name: 'weighted particles' };

interface Shown {
  readonly stage: number;
  readonly lambda: number;
  readonly pt: Cloud;
  readonly particles: Cloud;
}

/** First, last and evenly between, at most {@link MOST_STAGES}. */
export function stagesToShow<T>(stages: readonly T[]): T[] {
  if (stages.length <= MOST_STAGES) return [...stages];
  return Array.from(
    { length: MOST_STAGES }, (_, i) => stages[Math.round((i * (stages.length - 1)) / (MOST_STAGES - 1))]
  );
}

/** Weighted variance of a coordinate over its finite values; circles are cut open at their ends. */
function variance(cloud: Cloud, j: number, coordinate: Coordinate): number {
  let total = 0, sum = 0, squares = 0;
  const n = cloudSize(cloud);
  for (let i = 0; i < n; i++) {
    const raw = cloud.points[i * cloud.dimension + j];
    if (!Number.isFinite(raw)) continue;
    const x = coordinate.kind === 'torus' ? wrapCoordinate(raw, coordinate.low, coordinate.high) : raw;
    const w = cloud.weights?.[i] ?? 1;
    total += w; sum += w * x; squares += w * x * x;
  }
  return total > 0 ? squares / total - (sum / total) ** 2 : 0;
}

/** The `count` coordinates that vary most, in their own order; among equals the first. */
function widest(domain: Domain, cloud: Cloud, count: number): number[] {
  const spread = domain.map((coordinate, j) => variance(cloud, j, coordinate));
  return domain.map((_, j) => j).sort((a, b) => spread[b] - spread[a] || a - b).slice(0, count).sort((a, b) => a - b);
}

function columns(count: number, cells: readonly Markup[]): Markup {
  return html`<div class="panels stages" style="--columns:${String(Math.max(FEWEST_COLUMNS, count))}">${cells}</div>`;
}

/** A coordinate's window over all stages shown, so that a row can be read across. */
function windowOf(domain: Domain, j: number, shown: readonly Shown[]): Interval {
  return coordinateWindow(domain[j], j, shown.flatMap(({ pt, particles }) => [pt, particles]));
}

function panelWidth(count: number): number {
  return Math.floor(1060 / Math.max(FEWEST_COLUMNS, count)) - 30;
}

/** PT above, particles below, a column per stage. */
function scatterRows(
  domain: Domain, names: readonly string[], shown: readonly Shown[], axes: readonly [number, number]
): Markup {
  const [a, b] = axes;
  const ranges = [windowOf(domain, a, shown), windowOf(domain, b, shown)] as const;
  const projection: Projection = { axes, ranges, coordinates: [domain[a], domain[b]] };
  const frame = frameOf(panelWidth(shown.length), ...ranges, [names[a], names[b]], 1.2);
  const pairs = shown.map(({ stage, pt, particles }) => densityPanels([
    {
      title: '',
      label: `Density of ${cloudSize(pt)} parallel-tempering samples of stage ${stage} in ${names[a]} and ${names[b]}`,
      cloud: pt
    },
    {
      title: '',
      label: `Density of ${cloudSize(particles)} weighted particles of stage ${stage} in ${names[a]} and ${names[b]}`,
      cloud: particles
    },
  ], projection, frame, 64));
  return html`<h3>PT samples</h3>${columns(shown.length, pairs.map(([pt]) => pt))}<h3>Generator: weighted particles</h3>${columns(shown.length, pairs.map(([, particles]) => particles))}`;
}

function marginal(
  coordinate: Coordinate, j: number, name: string, range: Interval, stage: Shown, width: number
): Markup {
  const bins = binCount(Math.min(...[stage.pt, stage.particles].map(cloudSize).filter((n) => n > 0)), 48);
  const pt = densityCurve(stage.pt, j, range, bins, coordinate);
  const particles = densityCurve(stage.particles, j, range, bins, coordinate);
  const top = Math.max(peakOf([pt, particles]), 1e-9);
  return html`<div>${chart({
    label: `Marginal density of ${name} at stage ${stage.stage}: PT samples and weighted particles`,
    width, height: 118, marginLeft: 10, marginRight: 8, marginTop: 8, marginBottom: 32,
    x: { domain: [range.low, range.high], label: name, labelAnchor: 'center', labelArrow: 'none', ticks: 4 },
    y: { domain: [0, 1.05 * top], axis: null },
    marks: [
      Plot.areaY(pt, { x: 'at', y: 'density', curve: 'step', fill: PT.colour, fillOpacity: 0.32, clip: 'frame' }),
      Plot.lineY(particles, { x: 'at', y: 'density', curve: 'step', ...lineStyle(PARTICLES), strokeWidth: 1.4, clip: 'frame' }),
      Plot.ruleY([0], { stroke: 'var(--muted)' }),
    ],
  })}</div>`;
}

function cloudsOf(stage: StageSamples, dimension: number): Shown {
  return {
    stage: stage.stage, lambda: stage.lambda,
    pt: { points: stage.pt, dimension, weights: null },
    particles: { points: stage.particles, dimension, weights: normaliseLogWeights(stage.logWeights).weights },
  };
}

/** A column per stage shown: the plane of the two widest coordinates, and marginals below. */
export function stageSamplesFigure(domain: Domain, names: readonly string[], stages: readonly StageSamples[]): Markup {
  const shown = stagesToShow(stages).map((stage) => cloudsOf(stage, domain.length))
    .filter(({ pt, particles }) => cloudSize(pt) + cloudSize(particles) > 0);
  const last = shown.at(-1);
  if (last === undefined) return nothing('No samples of the stages were given.');
  const reference = cloudSize(last.pt) > 0 ? last.pt : last.particles;
  const pair = domain.length < 2 ? null : widest(domain, reference, 2);
  const coordinates = widest(domain, reference, MOST_MARGINALS);
  const heads = columns(shown.length, shown.map(
    ({ stage, lambda }) =>
      html`<p class="grid-head"><b>${stage === 0 ? 'base' : `stage ${stage}`}</b>, λ = ${lambdaText(lambda)}</p>`
  ));
  const rows = coordinates.map((j) => {
    const range = windowOf(domain, j, shown);
    return columns(
      shown.length, shown.map((stage) => marginal(domain[j], j, names[j], range, stage, panelWidth(shown.length) + 38))
    );
  });
  const hidden = stages.length - shown.length;
  const unusable = stages.reduce((sum, { logWeights }) => sum + normaliseLogWeights(logWeights).unusable, 0);
  return figure(html`${heads}${pair === null ? null : scatterRows(domain, names, shown, [pair[0], pair[1]])}<h3>Marginals</h3>${key([{ series: PT, kind: 'area' }, { series: PARTICLES, kind: 'line' }])}${rows}`,
    html`${shown.length === 1 ? 'One stage' : `${shown.length} stages`}${hidden > 0 ? ` of ${stages.length}` : null}, each beside PT samples of its own energy; a row keeps its axes. ${domain.length > 2 ? `The plane and the marginals are of the coordinates that vary most at the last stage. ` : null}Densities: colour grows with the square root, on one scale per stage. The particles are those after the stage: resampled where they were, and moved. In every column the two densities should look alike: a patch that is missing below is a part of the target that the stage lost.${unusable > 0 ? html` <span class="flag">Particles left out because their weight was not finite: ${formatCount(unusable)}.</span>` : null}`);
}
