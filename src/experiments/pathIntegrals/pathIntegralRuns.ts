/** Charts of several path integrals: one line or one row per run. */
import * as Plot from '@observablehq/plot';
import type { PathIntegralSummary } from '../../records/record.ts';
import { chart } from '../../report/page/chart.ts';
import { isKnown } from '../../report/page/format.ts';
import { html, type Markup } from '../../report/page/markup.ts';
import { figure, nothing } from '../../report/page/page.ts';
import { byBeads, largestRing, plainNumber, rivalled, type RingEstimate } from '../../report/ring/ringFigures.ts';
import { EXACT, key, lineStyle, WEIGHTED, type Series } from '../../report/page/series.ts';
import { directLabels } from '../../report/page/directLabels.ts';
import { beadsAxis, logAxis, logRange, tenTo } from '../../report/page/logAxis.ts';
import { densityPoints, shownInterval } from '../../report/ring/ringDensities.ts';
import { gainsChart } from '../../report/ring/ringGains.ts';

export interface PathIntegralRun {
  readonly name: string;
  readonly target: string;
  readonly pathIntegral: PathIntegralSummary;
}

const COLOURS = ['var(--weighted)', 'var(--flow)', 'var(--third)', 'var(--pt)', 'var(--note)', 'var(--muted)'];
const DASHES = [null, '6 3', '2 3', '8 3 2 3'];

/** One look per run, in the order of the page; dashes where colours run out. */
const look = (k: number): { readonly colour: string; readonly dash: string | null } =>
  ({ colour: COLOURS[k % COLOURS.length], dash: DASHES[Math.floor(k / COLOURS.length) % DASHES.length] });

const WIDTH = 900;
const MARGINS = { marginLeft: 62, marginRight: 220, marginTop: 14, marginBottom: 36 };

const POINTS: Series = { name: 'a run, all of its error', colour: 'var(--ink)', dash: null };
const TROTTER: Series = { name: 'its Trotter error, exact', colour: 'var(--ink)', dash: '1 3' };

export function runsBiasFigure(runs: readonly PathIntegralRun[]): Markup {
  const lines = runs.map(({ name, pathIntegral }, k) => {
    const rings = byBeads(pathIntegral.rings);
    const of = (part: 'total' | 'trotter'): { beads: number; value: number }[] => rings.flatMap(
      ({ beads, bias }) => { const value = bias[part]; return isKnown(value) && value > 0 ? [{ beads, value }] : []; }
    );
    return { name, ...look(k), total: of('total'), trotter: of('trotter') };
  });
  const points = lines.flatMap(({ total, trotter }) => [...total, ...trotter]);
  const range = logRange(points.map(({ value }) => value));
  if (range === null) return nothing('No bias is known: there are no quantum averages to compare with.');
  const height = Math.max(330, 60 + 15 * lines.length);
  const x = beadsAxis(points.map(({ beads }) => beads), WIDTH - MARGINS.marginLeft - MARGINS.marginRight);
  const ends = lines.flatMap(({ name, colour, total }) => total.slice(-1).map(
    ({ value }) => ({ x: x.domain[1], y: Math.log10(value), name, colour })
  ));
  const svg = chart({
    label: 'L2 bias over the functions of the position against the number of beads, of '
      + `${runs.map(({ name }) => name).join(', ')}`,
    width: WIDTH, height, ...MARGINS, x, y: logAxis('L2 bias (log)', range),
    marks: [
      ...lines.flatMap(({ colour, trotter }) => [
        Plot.lineY(trotter, { x: 'beads', y: 'value', stroke: colour, strokeDasharray: '1 3', strokeWidth: 1.4 })
      ]),
      ...lines.flatMap(({ colour, dash, total }) => [
        Plot.lineY(
          total, { x: 'beads', y: 'value', stroke: colour, strokeDasharray: dash ?? 'none', strokeWidth: 1.5 }
        ),
        Plot.dot(total, { x: 'beads', y: 'value', fill: colour, r: 3 }),
      ]),
      ...directLabels(
        ends, [Math.log10(range[0]), Math.log10(range[1])], height - MARGINS.marginTop - MARGINS.marginBottom,
        tenTo
      ),
    ],
  });
  return figure(
    html`${key([{ series: POINTS, kind: 'dot' }, { series: TROTTER, kind: 'line' }])}${svg}`,
    'Where a run leaves its dotted curve, the number of rings is what limits it, not that of their beads.'
  );
}

const ENERGY = 'energy (virial)';
const energyOf = ({ pathIntegral }: PathIntegralRun): RingEstimate | null =>
  largestRing(pathIntegral)?.estimates.find(({ name }) => name === ENERGY) ?? null;

const ESTIMATE: Series = { ...WEIGHTED, name: 'energy (virial), largest ring' };
const QUANTUM: Series = { ...EXACT, name: 'quantum, exact' };
const GROUND: Series = { name: 'ground state E₀', colour: 'var(--third)', dash: '6 3' };

function energyPanel(target: string, runs: readonly PathIntegralRun[]): Markup {
  const sorted = [...runs].sort((a, b) => a.pathIntegral.beta - b.pathIntegral.beta);
  const bars = sorted.flatMap((run) => {
    const estimate = energyOf(run);
    if (estimate === null || !isKnown(estimate.value)) return [];
    const error = 2 * (isKnown(estimate.standardError) ? estimate.standardError : 0);
    return [{
      beta: run.pathIntegral.beta, value: estimate.value, low: estimate.value - error, high: estimate.value + error
    }];
  });
  const quantum = sorted.flatMap((run) => {
    const value = energyOf(run)?.quantum;
    return isKnown(value) ? [{ beta: run.pathIntegral.beta, value }] : [];
  });
  const ground = sorted.map(({ pathIntegral }) => pathIntegral.truth?.levels[0]).find(isKnown);
  const values = [...bars.flatMap(({ low, high }) => [low, high]), ...quantum.map(({ value }) => value), ...(
    ground === undefined ? [] : [ground]
  )];
  if (bars.length + quantum.length === 0) return html`<div><h3>${target}</h3>${nothing('No energy is known.')}</div>`;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = 0.08 * (high - low) || 0.5;
  const betas = sorted.map(({ pathIntegral }) => pathIntegral.beta);
  const svg = chart({
    label: `Energy of ${target} against the inverse temperature, with error bars and the exact quantum one`,
    width: 552, height: 270, marginLeft: 62, marginRight: 14, marginTop: 14, marginBottom: 36,
    x: {
      type: 'log', domain: logRange(betas, 1.15) ?? [0.5, 2], label: 'β (log)', labelAnchor: 'center',
      labelArrow: 'none', ticks: [...new Set(betas)], tickFormat: plainNumber
    },
    y: {
      domain: [low - margin, high + margin], label: 'energy', labelAnchor: 'center', labelArrow: 'none', ticks: 6,
      grid: true
    },
    marks: [
      ...(ground === undefined ? [] : [Plot.ruleY([ground], { ...lineStyle(GROUND), strokeWidth: 1.3 })]),
      Plot.lineY(quantum, { x: 'beta', y: 'value', ...lineStyle(QUANTUM), strokeWidth: 1.4 }),
      Plot.dot(quantum, { x: 'beta', y: 'value', stroke: QUANTUM.colour, strokeWidth: 1.3, r: 5 }),
      Plot.ruleX(bars, { x: 'beta', y1: 'low', y2: 'high', stroke: ESTIMATE.colour, strokeWidth: 1.8 }),
      Plot.dot(bars, { x: 'beta', y: 'value', fill: ESTIMATE.colour, r: 3 }),
    ],
  });
  return html`<div><h3>${target}</h3>${svg}</div>`;
}

/** Runs of the same target, in the order of the page. */
export function byTarget(runs: readonly PathIntegralRun[]): {
  readonly target: string; readonly runs: readonly PathIntegralRun[]
}[] {
  return [...new Set(runs.map(({ target }) => target))]
    .map((target) => ({ target, runs: runs.filter((run) => run.target === target) }));
}

/** A panel per target that was run at more than one temperature; null without one. */
export function energyFigure(runs: readonly PathIntegralRun[]): Markup | null {
  const panels =
    byTarget(runs).filter((group) => new Set(group.runs.map(({ pathIntegral }) => pathIntegral.beta)).size > 1);
  if (panels.length === 0) return null;
  return figure(html`${key([{ series: ESTIMATE, kind: 'dot' }, { series: QUANTUM, kind: 'ring' }, { series: GROUND, kind: 'line' }])}<div class="panels two">${panels.map((group) => energyPanel(group.target, group.runs))}</div>`,
    'Bars are two standard errors either way. The dashed curve only joins the quantum values of the runs. As '
      + 'β grows the particle settles in its ground state, and what is left of the energy is that of its zero '
      + 'point.');
}

const ROW = 58;
const LABELS = 190;

const POSITION: Series = { ...WEIGHTED, name: 'position, weighted rings' };
const CLASSICAL: Series = { name: 'classical particle', colour: 'var(--pt)', dash: null };

/** Densities of one coordinate above one another, all to one scale. */
function ridges(target: string, runs: readonly PathIntegralRun[], coordinate: number): Markup | null {
  const rows = runs.flatMap(({ name, pathIntegral }) => {
    const position = largestRing(pathIntegral)?.positions[coordinate];
    const centroid = pathIntegral.centroids.at(coordinate);
    if (position === undefined) return [];
    return [{
      name: `${name} (β = ${plainNumber(pathIntegral.beta)})`, axis: position.coordinate,
      estimate: densityPoints(position.points, position.values),
      truth: densityPoints(position.points, position.quantum),
      classical: centroid === undefined ? [] : densityPoints(centroid.points, centroid.classical),
    }];
  });
  const interval = shownInterval(rows.flatMap(({ estimate, truth, classical }) => [estimate, truth, classical]));
  if (interval === null) return null;
  const top =
    rows.flatMap(({ estimate, truth }) => [...estimate, ...truth]).reduce((a, { value }) => Math.max(a, value), 1e-9);
  // Row 0 is at the top; a density of `top` is as high as a row and a bit.
  const height = (k: number, value: number): number => rows.length - 1 - k + (1.15 * value) / top;
  const line = (k: number, points: readonly { at: number; value: number }[]): {
    at: number; y: number; base: number
  }[] => points.map(({ at, value }) => ({ at, y: height(k, value), base: height(k, 0) }));
  // The classical density of the topmost row is often the highest of all: room for it, but not for ever.
  const ceiling = Math.min(
    rows.length + 2, Math.max(rows.length + 0.2, ...rows[0].classical.map(({ value }) => height(0, value) + 0.1))
  );
  const svg = chart({
    label: `Densities of ${rows[0].axis} of ${target}, above one another: ${rows.map(({ name }) => name).join(', ')}`,
    width: 800, height: 48 + ROW * ceiling, marginLeft: LABELS, marginRight: 12, marginTop: 12, marginBottom: 36,
    x: { domain: interval, label: rows[0].axis, labelAnchor: 'center', labelArrow: 'none', ticks: 8 },
    y: { domain: [-0.05, ceiling], axis: null },
    marks: rows.flatMap(({ name, estimate, truth, classical }, k) => [
      Plot.ruleY([height(k, 0)], { stroke: 'var(--rule)' }),
      Plot.areaY(line(k, estimate), {
        x: 'at', y1: 'base', y2: 'y', curve: 'step', fill: POSITION.colour, fillOpacity: 0.25, clip: 'frame'
      }),
      Plot.lineY(line(k, classical), { x: 'at', y: 'y', stroke: CLASSICAL.colour, strokeWidth: 1.1, clip: 'frame' }),
      Plot.lineY(
        line(k, estimate), { x: 'at', y: 'y', curve: 'step', ...lineStyle(POSITION), strokeWidth: 1.3, clip: 'frame' }
      ),
      Plot.lineY(line(k, truth), { x: 'at', y: 'y', ...lineStyle(QUANTUM), strokeWidth: 1.3, clip: 'frame' }),
      Plot.text([name], {
        x: () => interval[0], y: () => height(k, 0), dx: -8, dy: -8, textAnchor: 'end', lineWidth: 16,
        textOverflow: 'ellipsis', fill: 'var(--ink)', text: (text: string) => text
      }),
    ]),
  });
  return html`<h3>${target}: density of ${rows[0].axis}</h3>${svg}`;
}

/** Position densities of all runs of a target, hottest first; null without any. */
export function stackedDensitiesFigure(runs: readonly PathIntegralRun[]): Markup | null {
  const charts = byTarget(runs).flatMap((group) => {
    const sorted = [...group.runs].sort((a, b) => a.pathIntegral.beta - b.pathIntegral.beta);
    const coordinates = Math.max(...sorted.map(({ pathIntegral }) => largestRing(pathIntegral)?.positions.length ?? 0));
    return Array.from({ length: coordinates }, (_, a) => ridges(group.target, sorted, a)).filter((one) => one !== null);
  });
  if (charts.length === 0) return null;
  return figure(html`${key([{ series: POSITION, kind: 'area' }, { series: QUANTUM, kind: 'line' }, { series: CLASSICAL, kind: 'line' }])}${charts}`,
    'Of the largest ring of every run; one scale per chart. Densities wider than the classical one are '
      + 'zero-point motion; what stands between wells where the classical particle is not is tunnelling.');
}

/** The first function of the position; null where no run has a baseline. */
export function runsGainsFigure(runs: readonly PathIntegralRun[]): Markup | null {
  const lines = runs.map(({ name, pathIntegral }, k) => (
    { name, ...look(k), strong: false, points: rivalled(pathIntegral.rings).map(
      ({ ring, baseline }) => ({ beads: ring.beads, gain: baseline.gains[0] ?? null })
    ) }
  ));
  const svg = gainsChart(
    lines,
    'Gain of the flow over tempering in normal modes against the number of beads, of '
      + `${runs.map(({ name }) => name).join(', ')}`
  );
  return svg === null ? null : figure(
    svg,
    'The time that tempering takes for an error of the first function of the position, over the time that '
      + 'weighted rings take for the same; training, classical tempering and warm-up are left out of it. Above '
      + 'the dashed line the flow is faster.'
  );
}
