/**
 * The stages of a sequential generator: what each step costs, what the ensemble is worth, and log Z beside tempering's.
 */
import * as Plot from '@observablehq/plot';
import type { Estimate, LadderSummary, StageSummary } from '../../records/record.ts';
import { chart } from '../page/chart.ts';
import { formatNumber, isKnown, type Figure } from '../page/format.ts';
import { temperingDistance } from './ladderFigures.ts';
import { html, type Markup } from '../page/markup.ts';
import { figure, nothing } from '../page/page.ts';
import { key, PT, type Series } from '../page/series.ts';
import { directLabels, type LineEnd } from '../page/directLabels.ts';

const WIDTH = 552;
const HEIGHT = 250;
const MARGINS = { marginLeft: 60, marginRight: 72, marginTop: 16, marginBottom: 36 };
const INNER_HEIGHT = HEIGHT - MARGINS.marginTop - MARGINS.marginBottom;

const FLOW_STEP: Series = { name: 'flow', colour: 'var(--flow)', dash: null };
const IDENTITY_STEP: Series = { name: 'identity', colour: 'var(--third)', dash: '6 3' };
const ENSEMBLE: Series = { name: 'ensemble', colour: 'var(--weighted)', dash: null };
const COVERAGE: Series = { name: 'coverage', colour: 'var(--third)', dash: '2 2' };
const GENERATOR: Series = { name: 'generator', colour: 'var(--weighted)', dash: null };

interface At { readonly stage: number; readonly value: number }

/** Percentages along the ladder; unknown ones are gaps. */
function along(stages: readonly StageSummary[], read: (stage: StageSummary) => Figure): At[] {
  return stages.map((stage) => ({ stage: stage.stage, value: 100 * (read(stage) ?? Number.NaN) }));
}

const finite = (points: readonly At[]): At[] => points.filter(({ value }) => isKnown(value));

function stageAxis(stages: readonly StageSummary[], first: number): Plot.ScaleOptions {
  const last = stages[stages.length - 1].stage;
  const step = Math.max(1, Math.ceil(last / 12));
  return {
    domain: [first, last + 0.3], label: 'stage', labelAnchor: 'center', labelArrow: 'none',
    tickFormat: (value: number) => String(value),
    ticks: Array.from({ length: last + 1 }, (_, k) => k).filter((k) => k >= first && (last - k) % step === 0),
  };
}

const percentAxis = (label: string): Plot.ScaleOptions =>
  ({ domain: [0, 100], label, labelAnchor: 'center', labelArrow: 'none', ticks: 5, grid: true });

/** A line with dots, cut at the frame. */
function curve(points: readonly At[], series: Series): Plot.Markish[] {
  return [
    Plot.lineY(points, {
      x: 'stage', y: 'value', stroke: series.colour, strokeDasharray: series.dash ?? 'none', strokeWidth: 1.6,
      clip: 'frame'
    }),
    Plot.dot(
      finite(points).filter(({ value }) => value <= 100), { x: 'stage', y: 'value', fill: series.colour, r: 2.6 }
    ),
  ];
}

function ends(curves: readonly { readonly points: readonly At[]; readonly series: Series }[], last: number): LineEnd[] {
  return curves.flatMap(({ points, series }) => {
    const end = finite(points).at(-1);
    return end === undefined ? [] : [{ x: last, y: end.value, name: series.name, colour: series.colour }];
  });
}

/** CESS of flow and identity; a ring around the one that was kept, a cross where the adaptive ladder expected it. */
function cessChart(stages: readonly StageSummary[]): Markup {
  const curves = [
    { points: along(stages, (stage) => stage.cessFlow), series: FLOW_STEP },
    { points: along(stages, (stage) => stage.cessIdentity), series: IDENTITY_STEP },
  ];
  const x = stageAxis(stages, 0.7);
  return chart({
    label: `Conditional effective sample size of ${stages.length} stages, with the flow and with the identity`,
    width: WIDTH, height: HEIGHT, ...MARGINS, x, y: percentAxis('CESS (%)'),
    marks: [
      ...curves.flatMap(({ points, series }) => curve(points, series)),
      Plot.dot(finite(along(stages, (stage) => stage.cessPredicted)), {
        x: 'stage', y: 'value', symbol: 'times', stroke: 'var(--muted)', r: 3.4, strokeWidth: 1.5
      }),
      Plot.dot(finite(along(stages, (stage) => stage.cess)), {
        x: 'stage', y: 'value', stroke: 'var(--ink)', r: 5.2, strokeWidth: 1.3
      }),
      ...directLabels(ends(curves, stages[stages.length - 1].stage + 0.3), [0, 100], INNER_HEIGHT),
    ],
  });
}

interface Leg extends At { readonly leg: number }

/**
 * ESS of the ensemble as it falls from stage to stage and starts anew after a resample: near 100 %, since weights are
 * then equal within each group.
 */
function ensembleLegs(stages: readonly StageSummary[]): Leg[] {
  let leg = 0;
  const legs: Leg[] = [{ stage: stages[0].stage - 1, value: 100, leg }];
  for (const stage of stages) {
    legs.push({ stage: stage.stage, value: 100 * (stage.ess ?? Number.NaN), leg });
    if (!stage.resampled) continue;
    leg += 1;
    legs.push({ stage: stage.stage, value: 100, leg });
  }
  return legs;
}

function ensembleChart(stages: readonly StageSummary[]): Markup {
  const before = along(stages, (stage) => stage.ess);
  const coverage = along(stages, (stage) => stage.coverage.value);
  const resets = finite(along(stages.filter(({ resampled }) => resampled), (stage) => stage.ess));
  return chart({
    label: `Effective sample size of the ensemble before any reset, and coverage, over ${stages.length} stages`,
    width: WIDTH, height: HEIGHT, ...MARGINS, x: stageAxis(stages, stages[0].stage - 1),
    y: percentAxis('ESS, coverage (%)'),
    marks: [
      Plot.ruleX(resets, {
        x: 'stage', y1: 'value', y2: () => 100, stroke: ENSEMBLE.colour, strokeDasharray: '1 3', strokeWidth: 1.4
      }),
      ...curve(coverage, COVERAGE),
      Plot.lineY(ensembleLegs(stages), { x: 'stage', y: 'value', z: 'leg', stroke: ENSEMBLE.colour, strokeWidth: 1.6 }),
      Plot.dot(finite(before), { x: 'stage', y: 'value', fill: ENSEMBLE.colour, r: 2.8 }),
      Plot.dot(resets, { x: 'stage', y: 'value', stroke: ENSEMBLE.colour, r: 5.2, strokeWidth: 1.3 }),
      ...directLabels(
        ends(
          [{ points: before, series: ENSEMBLE }, { points: coverage, series: COVERAGE }],
          stages[stages.length - 1].stage + 0.3
        ),
        [0, 100], INNER_HEIGHT
      ),
    ],
  });
}

interface Bar { readonly stage: number; readonly value: number; readonly low: number; readonly high: number }

function bar(stage: number, { value, standardError }: Estimate): Bar[] {
  if (!isKnown(value)) return [];
  const error = 2 * (isKnown(standardError) ? standardError : 0);
  return [{ stage, value, low: value - error, high: value + error }];
}

/** An interval with a margin; no narrower than `least`. */
function padded(bars: readonly Bar[], least: number): [number, number] {
  const low = Math.min(...bars.map((one) => one.low));
  const high = Math.max(...bars.map((one) => one.high));
  const margin = Math.max(0.08 * (high - low), (least - (high - low)) / 2);
  return [low - margin, high + margin];
}

const quantityAxis = (label: string, domain: [number, number]): Plot.ScaleOptions =>
  ({ domain, label, labelAnchor: 'center', labelArrow: 'none', ticks: 5, grid: true });

function logZChart(stages: readonly StageSummary[]): Markup {
  const generator = stages.flatMap(({ stage, logZ }) => bar(stage, logZ));
  const tempering = stages.flatMap(({ stage, logZTempering }) => bar(stage, logZTempering));
  if (generator.length + tempering.length === 0) return nothing('No log Z was finite.');
  return chart({
    label: 'log Z along the ladder: generator with error bars, and parallel tempering',
    width: WIDTH, height: HEIGHT, ...MARGINS, x: stageAxis(stages, 0.7),
    y: quantityAxis('log Z (nats)', padded([...generator, ...tempering], 1e-3)),
    marks: [
      Plot.lineY(tempering, { x: 'stage', y: 'value', stroke: PT.colour, strokeWidth: 1.2 }),
      Plot.dot(tempering, { x: 'stage', y: 'value', symbol: 'diamond', stroke: PT.colour, r: 5, strokeWidth: 1.6 }),
      Plot.ruleX(generator, { x: 'stage', y1: 'low', y2: 'high', stroke: GENERATOR.colour, strokeWidth: 1.6 }),
      Plot.dot(generator, { x: 'stage', y: 'value', fill: GENERATOR.colour, r: 3 }),
    ],
  });
}

/** Generator minus tempering with their common error: what the chart of log Z itself is too coarse to show. */
function differenceChart(stages: readonly StageSummary[]): Markup {
  const bars = stages.flatMap(({ stage, logZ, logZTempering }) => {
    if (!isKnown(logZ.value) || !isKnown(logZTempering.value)) return [];
    return bar(stage, {
      value: logZ.value - logZTempering.value,
      standardError: Math.hypot(logZ.standardError ?? 0, logZTempering.standardError ?? 0)
    });
  });
  if (bars.length === 0) return nothing('No log Z of parallel tempering is known to compare with.');
  const zero: Bar = { stage: 0, value: 0, low: 0, high: 0 };
  return chart({
    label: 'log Z of the generator minus that of parallel tempering along the ladder, with error bars',
    width: WIDTH, height: HEIGHT, ...MARGINS, x: stageAxis(stages, 0.7),
    y: quantityAxis('difference (nats)', padded([...bars, zero], 1e-3)),
    marks: [
      Plot.ruleY([0], { stroke: PT.colour, strokeWidth: 1.6 }),
      Plot.ruleX(bars, { x: 'stage', y1: 'low', y2: 'high', stroke: GENERATOR.colour, strokeWidth: 1.6 }),
      Plot.dot(bars, { x: 'stage', y: 'value', fill: GENERATOR.colour, r: 3 }),
    ],
  });
}

/** Where generator and tempering differ most, in words. */
function distanceText(stages: readonly StageSummary[]): string {
  const known = stages.map((stage) => ({ stage: stage.stage, distance: temperingDistance(stage) }))
    .filter((one): one is { stage: number; distance: number } => one.distance !== null);
  if (known.length === 0) return '';
  const worst = known.reduce((a, b) => (b.distance > a.distance ? b : a));
  return ` They are farthest apart at stage ${worst.stage}: ${formatNumber(worst.distance, 2)} standard errors of `
    + 'their difference.';
}

/** Costs, ensemble, log Z and its difference from tempering: four charts over the stages. */
export function stagesFigure({ stages }: LadderSummary): Markup {
  if (stages.length === 0) return nothing('The ladder has no stage yet.');
  const predicted = stages.some(({ cessPredicted }) => isKnown(cessPredicted));
  const neighbours = stages.some(({ coverage }) => coverage.kind === 'neighbours');
  const costs =
    figure(html`<div class="panels two"><div><h3>Conditional ESS: <span style="color:var(--flow)">flow</span> and <span style="color:var(--third)">identity</span>, the kept one ringed</h3>${cessChart(stages)}</div><div><h3><span style="color:var(--weighted)">ESS of the ensemble</span> before resets (ringed) and <span style="color:var(--third)">coverage</span></h3>${ensembleChart(stages)}</div></div>`,
    html`Left: the share of the ensemble that one step alone leaves; where the flow is not above the identity, training it bought nothing.${predicted ? ' Crosses: what the adaptive ladder expected.' : null} Right: the weights of all steps since the last reset together; a dotted line upwards is a resample, which sets the weights back to equal. The jump to 100 % is bookkeeping, not quality. Coverage is ${neighbours ? 'the share of PT points of the stage with a particle near them' : 'the least covered mode’s mass beside its reference'}; where it falls, the ensemble has lost something that no ESS shows.`);
  const constants =
    figure(html`${key([{ series: GENERATOR, kind: 'dot' }, { series: { ...PT, name: 'parallel tempering' }, kind: 'diamond' }])}<div class="panels two"><div><h3>log Z along the ladder</h3>${logZChart(stages)}</div><div><h3>Generator minus tempering</h3>${differenceChart(stages)}</div></div>`,
    'Bars: two standard errors either way, on the right those of both together. Tempering knows nothing of '
      + `the generator, so the right panel should scatter about zero.${distanceText(stages)}`);
  return html`${costs}${constants}`;
}
