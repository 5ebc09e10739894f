/** The energy surface of a target in the plane: colour and contours above its lowest point. */
import * as Plot from '@observablehq/plot';
import { chart } from '../page/chart.ts';
import { formatNumber } from '../page/format.ts';
import type { Grid } from '../page/histogram.ts';
import { html, type Markup } from '../page/markup.ts';
import { quantile, sortedFinite, type Interval } from '../page/window.ts';
import { frameOptions, rasterMarks, type Frame } from '../page/raster.ts';

/** Energies on a grid of the plane. */
export interface Surface {
  /** ascending, shape [nx] */
  readonly x: readonly number[];
  /** ascending, shape [ny] */
  readonly y: readonly number[];
  /** shape [ny, nx] */
  readonly energy: Float64Array;
}

const CELLS = 120;

/** Index k and fraction of `value` between ascending `nodes[k]` and `nodes[k + 1]`; null outside. */
function locate(nodes: readonly number[], value: number): { k: number; fraction: number } | null {
  const last = nodes.length - 1;
  if (last < 1 || value < nodes[0] || value > nodes[last]) return null;
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (nodes[middle] <= value) low = middle;
    else high = middle;
  }
  return { k: low, fraction: (value - nodes[low]) / (nodes[high] - nodes[low]) };
}

/** Rows and columns added around a grid of contours, so that the lines that close them fall outside the frame. */
const BORDER = 2;

/** The surface on cells of `frame`, bilinear; NaN outside the grid. */
function resample(surface: Surface, frame: Frame): Grid {
  const width = CELLS;
  const height = Math.round((CELLS * frame.height) / frame.width);
  const values = new Float64Array(width * height).fill(Number.NaN);
  const nx = surface.x.length;
  for (let row = 0; row < height; row++) {
    const v = locate(surface.y, frame.y.low + ((row + 0.5) / height) * (frame.y.high - frame.y.low));
    for (let i = 0; i < width && v !== null; i++) {
      const u = locate(surface.x, frame.x.low + ((i + 0.5) / width) * (frame.x.high - frame.x.low));
      if (u === null) continue;
      const at = (dy: number, dx: number): number => surface.energy[(v.k + dy) * nx + u.k + dx];
      values[row * width + i] = (1 - v.fraction) * ((1 - u.fraction) * at(0, 0) + u.fraction * at(0, 1))
        + v.fraction * ((1 - u.fraction) * at(1, 0) + u.fraction * at(1, 1));
    }
  }
  return { width, height, values };
}

/** A grid with its edge values repeated BORDER times outwards. */
function padded(grid: Grid): Grid {
  const width = grid.width + 2 * BORDER;
  const height = grid.height + 2 * BORDER;
  const inside = (k: number, count: number): number => Math.min(count - 1, Math.max(0, k - BORDER));
  return { width, height, values: Float64Array.from(
    { length: width * height },
    (_, i) => grid.values[inside(Math.floor(i / width), grid.height) * grid.width + inside(i % width, grid.width)]
  ) };
}

/** A round contour step that gives about eight levels up to `top`. */
function contourStep(top: number): number {
  return [0.5, 1, 2, 5, 10, 20].find((step) => top / step <= 9) ?? top / 8;
}

export interface SurfacePanel {
  readonly panel: Markup;
  /** Words for the caption: where the colour ends and how far apart contours are. */
  readonly legend: string;
}

/** Panel of the surface in the frame of its neighbours; null when no grid point falls inside. */
export function surfacePanel(surface: Surface, frame: Frame, target: string): SurfacePanel | null {
  const grid = resample(surface, frame);
  const sorted = sortedFinite(grid.values);
  const lowest = quantile(sorted, 0);
  if (lowest === null) return null;
  const top = Math.min(40, Math.max(6, (quantile(sorted, 0.5) ?? lowest) - lowest));
  const step = contourStep(top);
  const thresholds: number[] = [];
  for (let level = step; level <= top + 1e-9; level += step) thresholds.push(level);
  const above: Grid = { ...grid, values: grid.values.map((value) => value - lowest) };
  const lines = padded(above);
  const beyond = (interval: Interval, cells: number): readonly [number, number] => {
    const margin = (BORDER * (interval.high - interval.low)) / cells;
    return [interval.low - margin, interval.high + margin];
  };
  const [x1, x2] = beyond(frame.x, grid.width);
  const [y1, y2] = beyond(frame.y, grid.height);
  const svg = chart({
    ...frameOptions(frame),
    label: `Energy surface of ${target} with contours every ${step} kT`,
    marks: [
      ...rasterMarks(above, frame, (value) => (Number.isFinite(value) ? 0.8 * (1 - value / top) : 0)),
      Plot.contour(Array.from(lines.values), {
        // Without x and y the values are taken as the grid they are, not interpolated once more.
        width: lines.width, height: lines.height, x: null, y: null, x1, x2, y1, y2,
        thresholds, clip: 'frame', stroke: 'var(--ink)', strokeOpacity: 0.55, strokeWidth: 0.7, fill: 'none',
      }),
      Plot.frame({ stroke: 'var(--rule)' }),
    ],
  });
  return {
    panel: html`<div><h3>Energy U</h3>${svg}</div>`,
    legend: `Energy: darkest (on a dark page, brightest) at the minimum, fading out ${formatNumber(top, 2)} kT above `
      + `it; contours every ${step} kT.`,
  };
}
