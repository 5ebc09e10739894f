/** The samples seen in the plane: for two coordinates the plane itself, for more a couple of projections. */
import type { Domain } from '../../targets/domain.ts';
import { cloudSize, type Cloud } from '../page/cloud.ts';
import type { Projection } from '../page/histogram.ts';
import { html, type Markup } from '../page/markup.ts';
import { figure } from '../page/page.ts';
import { coordinateWindow } from '../page/window.ts';
import { densityPanels, type DensityPanel } from './density.ts';
import { frameOf } from '../page/raster.ts';
import { surfacePanel, type Surface } from './surface.ts';

export interface SampleClouds {
  readonly pt: Cloud | null;
  readonly flow: Cloud;
  readonly weighted: Cloud;
}

/** The clouds that hold points, in drawing order. */
function panelsOf(clouds: SampleClouds, where: string): DensityPanel[] {
  const panels: DensityPanel[] = [];
  const count = (cloud: Cloud): string => cloudSize(cloud).toString();
  if (clouds.pt !== null && cloudSize(clouds.pt) > 0) panels.push({
    title: 'PT samples', label: `Density of ${count(clouds.pt)} parallel-tempering samples in ${where}`,
    cloud: clouds.pt
  });
  if (cloudSize(clouds.flow) > 0) {
    panels.push({
      title: 'Flow, unweighted', label: `Density of ${count(clouds.flow)} unweighted flow samples in ${where}`,
      cloud: clouds.flow
    });
    panels.push({
      title: 'Flow, importance-weighted',
      label: `Density of the flow samples with their importance weights in ${where}`, cloud: clouds.weighted
    });
  }
  return panels;
}

function projectionOf(domain: Domain, clouds: SampleClouds, axes: readonly [number, number]): Projection {
  const shown = clouds.pt === null ? [clouds.flow] : [clouds.pt, clouds.flow];
  const [a, b] = axes;
  return {
    axes,
    ranges: [coordinateWindow(domain[a], a, shown), coordinateWindow(domain[b], b, shown)],
    coordinates: [domain[a], domain[b]],
  };
}

/** Two coordinates: energy, PT, flow and weighted flow in one row at one scale; null without samples and surface. */
export function planeFigure(
  domain: Domain, names: readonly string[], clouds: SampleClouds, surface: Surface | null, target: string
): Markup | null {
  const projection = projectionOf(domain, clouds, [0, 1]);
  const frame = frameOf(244, ...projection.ranges, [names[0], names[1]]);
  const energy = surface === null ? null : surfacePanel(surface, frame, target);
  const panels = panelsOf(clouds, 'the plane');
  if (energy === null && panels.length === 0) return null;
  const densities = panels.length === 0 ? [] : densityPanels(panels, projection, frame);
  return figure(html`<div class="panels four">${energy === null ? null : energy.panel}${densities}</div>`,
    html`${energy === null ? null : `${energy.legend} `}Densities: colour grows with the square root of the density, on one scale for all panels; cells are smoothed by one neighbour. The weighted panel is the estimate of the target; the flow before it shows what the weights had to repair.`);
}

/** Points read for choosing a pair to show. */
const ENOUGH_POINTS = 4000;

/** Pearson correlation of two coordinates of a cloud. */
function correlation(cloud: Cloud, a: number, b: number): number {
  const stride = Math.max(1, Math.ceil(cloudSize(cloud) / ENOUGH_POINTS));
  let n = 0;
  let sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;
  for (let i = 0; i < cloudSize(cloud); i += stride) {
    n += 1;
    const x = cloud.points[i * cloud.dimension + a];
    const y = cloud.points[i * cloud.dimension + b];
    sa += x; sb += y; saa += x * x; sbb += y * y; sab += x * y;
  }
  const value = (sab - (sa * sb) / n) / Math.sqrt((saa - (sa * sa) / n) * (sbb - (sb * sb) / n));
  return Number.isFinite(value) ? value : 0;
}

const MOST_COORDINATES = 32;

/** The first two coordinates, and the most correlated other pair. */
export function pairsToShow(cloud: Cloud): [number, number][] {
  let best: [number, number] | null = null;
  let largest = -1;
  const last = Math.min(cloud.dimension, MOST_COORDINATES);
  for (let a = 0; a < last; a++) {
    for (let b = a + 1; b < last; b++) {
      if (a === 0 && b === 1) continue;
      const size = Math.abs(correlation(cloud, a, b));
      if (size > largest) { largest = size; best = [a, b]; }
    }
  }
  return best === null ? [[0, 1]] : [[0, 1], best];
}

/** More than two coordinates: pair projections, a row each; null without samples. */
export function projectionFigure(domain: Domain, names: readonly string[], clouds: SampleClouds): Markup | null {
  const reference = clouds.pt !== null && cloudSize(clouds.pt) > 0 ? clouds.pt : clouds.flow;
  if (cloudSize(reference) === 0) return null;
  const rows = pairsToShow(reference).map((axes) => {
    const projection = projectionOf(domain, clouds, axes);
    const pair: [string, string] = [names[axes[0]], names[axes[1]]];
    const frame = frameOf(320, ...projection.ranges, pair, 0.9);
    return html`<div class="panels three">${densityPanels(panelsOf(clouds, `${pair[0]} and ${pair[1]}`), projection, frame)}</div>`;
  });
  return figure(
    rows,
    'Projections on the first two coordinates and on the most correlated other pair. Colour grows with the '
      + 'square root of the density, on one scale per row; cells are smoothed by one neighbour. Marginals of '
      + 'every coordinate are below.'
  );
}
