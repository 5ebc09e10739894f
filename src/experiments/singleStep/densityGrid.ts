/** Targets × θ as a grid of small densities of unweighted flow samples: spread on the left, collapse on the right. */
import { coverageFlag, type ExperimentRow } from './row.ts';
import { formatPercent } from '../../report/page/format.ts';
import type { Cloud } from '../../report/page/cloud.ts';
import type { Projection } from '../../report/page/histogram.ts';
import { html, type Markup } from '../../report/page/markup.ts';
import { figure } from '../../report/page/page.ts';
import { coordinateWindow, type Interval } from '../../report/page/window.ts';
import { densityPanels } from '../../report/figures/density.ts';
import { frameOf, type Frame } from '../../report/page/raster.ts';

const CELLS = 96;

interface Shown { readonly row: ExperimentRow; readonly cloud: Cloud }

/** The window of a target: where the samples of every θ lie. */
function windowOf(shown: readonly Shown[], axis: 0 | 1): Interval {
  const unit = { kind: 'real' as const, low: -1, high: 1 };
  return coordinateWindow(unit, axis, shown.map(({ cloud }) => cloud));
}

function targetRow(target: string, thetas: readonly number[], shown: readonly Shown[]): Markup {
  const ranges = [windowOf(shown, 0), windowOf(shown, 1)] as const;
  const real = (range: Interval): { kind: 'real'; low: number; high: number } => ({ kind: 'real', ...range });
  const projection: Projection = { axes: [0, 1], ranges, coordinates: [real(ranges[0]), real(ranges[1])] };
  const frame: Frame = frameOf(Math.floor(1060 / Math.max(4, thetas.length)) - 30, ranges[0], ranges[1], ['x', 'y']);
  const cells = thetas.map((theta) => {
    const here = shown.find(({ row }) => row.theta === theta);
    if (here === undefined) return html`<div></div>`;
    const { row, cloud } = here;
    const [panel] = densityPanels(
      [{ title: '', label: `Unweighted flow samples of ${target} at θ = ${theta}, seed ${row.seed}`, cloud }],
      projection, frame, CELLS
    );
    const warning = coverageFlag(row);
    return html`<div>${panel}<p class="grid-head">ESS ${formatPercent(row.record.result?.generation.ess)}${warning === null ? null : html` <span class="flag">▲ ${warning}</span>`}</p></div>`;
  });
  return html`<h3>${target}</h3><div class="panels" style="grid-template-columns:repeat(${String(thetas.length)},minmax(0,1fr));gap:0 10px">${cells}</div>`;
}

/** The grid, with the first row given for each target and θ; null when no row has samples. */
export function densityGrid(rows: readonly ExperimentRow[]): Markup | null {
  const shown = rows.flatMap((row): Shown[] => (
    row.flowSamples === undefined || row.flowSamples.length === 0 ? []
      : [{ row, cloud: { points: row.flowSamples, dimension: 2, weights: null } }]
  ));
  if (shown.length === 0) return null;
  const thetas = [...new Set(shown.map(({ row }) => row.theta))].sort((a, b) => a - b);
  const targets = [...new Set(shown.map(({ row }) => row.target))];
  const heads =
    html`<div class="panels" style="grid-template-columns:repeat(${String(thetas.length)},minmax(0,1fr));gap:0 10px">${thetas.map((theta) => html`<p class="grid-head"><b>θ = ${String(theta)}</b>${theta === 0 ? ' forward KL' : theta === 1 ? ' reverse KL' : null}</p>`)}</div>`;
  return figure(html`${heads}${targets.map((target) => targetRow(target, thetas, shown.filter(({ row }) => row.target === target)))}`,
    'Densities of the flow before any weighting, the first seed of each cell. Colour grows with the square '
      + 'root of the density, scaled within each panel; axes are shared along a row. Left: the forward KL '
      + 'spreads between the modes. Right: the reverse KL may lose some of them.');
}
