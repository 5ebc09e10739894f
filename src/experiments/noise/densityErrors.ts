/** Densities of samples in the plane less the exact one, side by side on one diverging scale. */
import * as Plot from '@observablehq/plot';
import type { Domain } from '../../targets/domain.ts';
import { chart } from '../../report/page/chart.ts';
import { DARK_DIVERGING, LIGHT_DIVERGING } from '../../report/page/colourMap.ts';
import { formatNumber, typographic } from '../../report/page/format.ts';
import { cloudSize, type Cloud } from '../../report/page/cloud.ts';
import { density2d, type Grid, type Projection } from '../../report/page/histogram.ts';
import { html, type Markup } from '../../report/page/markup.ts';
import { coordinateNames, type Interval } from '../../report/page/window.ts';
import { frameOf, frameOptions, rasterMarks, type Frame } from '../../report/page/raster.ts';
import type { Surface } from '../../report/figures/surface.ts';

const CELLS = 60;
/** Points along each side of a cell that stand for the exact density in it. */
const INSIDE = 4;
/** Part of the plane that is shown, where the domain reaches so far. */
const REACH = 2.5;

/** Cubic Lagrange interpolation on ascending nodes: the first of the nearest four, and their weights; null outside. */
function cubic(nodes: readonly number[], at: number): { first: number; weights: number[] } | null {
  const n = nodes.length;
  if (n < 4 || at < nodes[0] || at > nodes[n - 1]) return null;
  const above = nodes.findIndex((node) => node > at);
  const k = Math.min(n - 4, Math.max(0, (above < 0 ? n : above) - 2));
  const four = nodes.slice(k, k + 4);
  return { first: k, weights: four.map(
    (node, i) => four.reduce((product, other, j) => (j === i ? product : (product * (at - other)) / (node - other)), 1)
  ) };
}

/** Widths of the cells around ascending nodes. */
function widths(nodes: readonly number[]): number[] {
  return nodes.map((_, k) => (nodes[Math.min(nodes.length - 1, k + 1)] - nodes[Math.max(0, k - 1)]) / (
    k === 0 || k === nodes.length - 1 ? 1 : 2
  ));
}

/** log ∫ exp(−U) over the surface, by the sum over its nodes. */
function logTotal({ x, y, energy }: Surface): number {
  const [wx, wy] = [widths(x), widths(y)];
  const least = energy.reduce((a, b) => Math.min(a, b), Infinity);
  let total = 0;
  energy.forEach((u, i) => {
    total += (Number.isFinite(u) ? Math.exp(least - u) : 0) * wx[i % x.length] * wy[Math.floor(i / x.length)];
  });
  return Math.log(total) - least;
}

/** The exact density as a cloud of points on a fine grid, so that it is binned and blurred as samples are. */
function exactCloud(surface: Surface, [rx, ry]: readonly [Interval, Interval]): Cloud {
  const n = CELLS * INSIDE;
  const axis = ({ low, high }: Interval): number[] =>
    Array.from({ length: n }, (_, i) => low + ((i + 0.5) / n) * (high - low));
  const [xs, ys] = [axis(rx), axis(ry)];
  const [us, vs] = [xs.map((at) => cubic(surface.x, at)), ys.map((at) => cubic(surface.y, at))];
  const area = ((rx.high - rx.low) / n) * ((ry.high - ry.low) / n);
  const log = logTotal(surface);
  const points = new Float64Array(2 * n * n);
  const weights = new Float64Array(n * n);
  vs.forEach((v, j) => us.forEach((u, i) => {
    points.set([xs[i], ys[j]], 2 * (j * n + i));
    if (u === null || v === null) return;
    let energy = 0;
    v.weights.forEach((wv, b) => u.weights.forEach(
      (wu, a) => { energy += wv * wu * surface.energy[(v.first + b) * surface.x.length + u.first + a]; }
    ));
    weights[j * n + i] = Number.isFinite(energy) ? area * Math.exp(-energy - log) : 0;
  }));
  return { points, dimension: 2, weights };
}

export interface ErrorPanel {
  readonly title: string;
  /** Beneath the title. */
  readonly figures: string;
  /** null where there are no samples: `figures` then says why. */
  readonly cloud: Cloud | null;
}

export interface DensityErrors {
  readonly panels: readonly Markup[];
  /** The colours and what they stand for. */
  readonly key: Markup;
  /** Largest difference in any panel: where colours end. */
  readonly top: number;
  /** Highest exact density of a cell. */
  readonly peak: number;
  /** Standard error of a cell at that peak from `samples` independent samples. */
  readonly noise: (samples: number) => number;
}

/** Sum of squares of the blur's weights: (1 4 6 4 1)/16 along both axes. */
const BLUR = (70 / 256) ** 2;

const PALETTES = { light: LIGHT_DIVERGING, dark: DARK_DIVERGING };

/** Signed square root of the share of `top`, from 0 to 1; never quite 0, which would be transparent. */
function shadeOf(top: number): (value: number) => number {
  return (value) => Math.min(1, Math.max(1 / 255, 0.5 + 0.5 * Math.sign(value) * Math.sqrt(Math.abs(value) / top)));
}

/** A panel per entry on one scale: blue where samples are too few, orange where they are too many. */
export function densityErrors(entries: readonly ErrorPanel[], surface: Surface, domain: Domain): DensityErrors {
  const [horizontal, vertical] = domain;
  const within = ({ low, high }: Interval): Interval => ({ low: Math.max(low, -REACH), high: Math.min(high, REACH) });
  const ranges = [within(horizontal), within(vertical)] as const;
  const projection: Projection = { axes: [0, 1], ranges, coordinates: [horizontal, vertical] };
  const shape = [CELLS, CELLS] as const;
  const exact = density2d(exactCloud(surface, ranges), projection, shape);
  const errors = entries.map(({ cloud }): Grid | null => {
    if (cloud === null || cloudSize(cloud) === 0) return null;
    const grid = density2d(cloud, projection, shape);
    return { ...grid, values: grid.values.map((value, i) => value - exact.values[i]) };
  });
  const top = errors.reduce(
    (largest, grid) => (grid === null ? largest : grid.values.reduce((a, b) => Math.max(a, Math.abs(b)), largest)), 0
  ) || 1;
  const peak = exact.values.reduce((a, b) => Math.max(a, b), 0);
  const [a, b] = coordinateNames(domain);
  const frame = frameOf(320, ...ranges, [a, b]);
  const cell = ranges.reduce((area, { low, high }) => (area * (high - low)) / CELLS, 1);
  return {
    panels: entries.map(({ title, figures }, k) => panel(title, figures, errors[k], exact, frame, top)),
    key: colourKey(top),
    top, peak,
    noise: (samples) => Math.sqrt((peak * BLUR) / (samples * cell)),
  };
}

function panel(title: string, figures: string, errors: Grid | null, exact: Grid, frame: Frame, top: number): Markup {
  const head = html`<h3>${title}</h3><p class="muted">${typographic(figures)}</p>`;
  if (errors === null) return html`<div>${head}</div>`;
  const peak = exact.values.reduce((a, b) => Math.max(a, b), 0);
  const svg = chart({
    ...frameOptions(frame),
    label: `Density of ${title} less the exact density in the plane, from ${formatNumber(-top, 2)} to `
      + `${formatNumber(top, 2)}. ${figures}`,
    marks: [
      ...rasterMarks(errors, frame, shadeOf(top), PALETTES),
      Plot.contour(Array.from(exact.values), {
        width: exact.width, height: exact.height, x: null, y: null, x1: frame.x.low, x2: frame.x.high, y1: frame.y.low,
        y2: frame.y.high,
        thresholds: [peak / 20, peak / 2], clip: 'frame', stroke: 'var(--ink)', strokeOpacity: 0.45, strokeWidth: 0.7,
        fill: 'none',
      }),
      Plot.frame({ stroke: 'var(--rule)' }),
    ],
  });
  return html`<div>${head}${svg}</div>`;
}

function colourKey(top: number): Markup {
  const cells = 256;
  const frame: Frame = { width: 420, height: 14, x: { low: -top, high: top }, y: { low: 0, high: 1 }, names: ['', ''] };
  const values = Float64Array.from({ length: cells }, (_, i) => (2 * (i + 0.5)) / cells - 1);
  return chart({
    label: `Colours from ${formatNumber(-top, 2)}, too few samples, over 0 to ${formatNumber(top, 2)}, too many`,
    width: frame.width + 60, height: 52, marginLeft: 30, marginRight: 30, marginTop: 4, marginBottom: 34,
    x: {
      type: 'sqrt', domain: [-top, top],
      label: 'density less the exact one: too few samples on the left, too many on the right', labelAnchor: 'center',
      labelArrow: 'none', ticks: [-1, -0.5, -0.1, 0, 0.1, 0.5, 1].map((share) => share * top),
      tickFormat: (value: number) => typographic(formatNumber(value, 2))
    },
    y: { axis: null, domain: [0, 1] },
    marks: [
      ...rasterMarks(
        { width: cells, height: 1, values }, { ...frame, x: { low: 0, high: 0 } },
        (value) => Math.min(1, Math.max(1 / 255, 0.5 + 0.5 * value)), PALETTES
      ),
      Plot.frame({ stroke: 'var(--rule)' }),
    ],
  });
}
