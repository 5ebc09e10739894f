/** Densities of a pair of coordinates, drawn side by side on one scale of colour. */
import * as Plot from '@observablehq/plot';
import { chart } from '../page/chart.ts';
import { cloudSize, type Cloud } from '../page/cloud.ts';
import { density2d, type Projection } from '../page/histogram.ts';
import { html, type Markup } from '../page/markup.ts';
import { frameOptions, rasterMarks, type Frame } from '../page/raster.ts';

export interface DensityPanel {
  readonly title: string;
  /** What the panel shows, for readers who do not see it. */
  readonly label: string;
  readonly cloud: Cloud;
}

/** Cells across an image: fine enough to look smooth, coarse enough that few samples do not dissolve into dots. */
function cellsAcross(smallest: number): number {
  if (smallest >= 16000) return 160;
  return smallest >= 4000 ? 120 : 80;
}

/** One panel per cloud; colour ∝ √density with one maximum for all, so that thin regions show. */
export function densityPanels(
  panels: readonly DensityPanel[], projection: Projection, frame: Frame, finest = 160
): Markup[] {
  const across = Math.min(finest, cellsAcross(Math.min(...panels.map(({ cloud }) => cloudSize(cloud)))));
  const shape = [across, Math.max(16, Math.round((across * frame.height) / frame.width))] as const;
  const grids = panels.map(({ cloud }) => density2d(cloud, projection, shape));
  // The first panel with samples sets the scale unless another is up to twice as peaked; a collapsed flow must not fade
  // the rest.
  const peaks = grids.map(({ values }) => values.reduce((a, b) => Math.max(a, b), 0));
  const reference = peaks.find((peak) => peak > 0) ?? 1;
  const top = Math.min(2 * reference, Math.max(reference, ...peaks));
  return panels.map(({ title, label }, i) => {
    const svg = chart({
      ...frameOptions(frame),
      label,
      marks:
        [...rasterMarks(grids[i], frame, (value) => Math.sqrt(value / top)), Plot.frame({ stroke: 'var(--rule)' })],
    });
    return html`<div>${title === '' ? null : html`<h3>${title}</h3>`}${svg}</div>`;
  });
}
