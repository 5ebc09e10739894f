/** How training went: the parts of the loss, and the effective sample size on held-out points. */
import * as Plot from '@observablehq/plot';
import type { TrainingPoint, TrainingSummary } from '../../records/record.ts';
import { chart } from '../page/chart.ts';
import { formatCount, isKnown } from '../page/format.ts';
import { html, type Markup } from '../page/markup.ts';
import { figure, nothing } from '../page/page.ts';
import { quantile, sortedFinite } from '../page/window.ts';
import { directLabels, type LineEnd } from '../page/directLabels.ts';

interface Curve {
  readonly name: string;
  readonly colour: string;
  readonly dash: string;
  readonly read: (point: TrainingPoint) => number | null | undefined;
}

const LOSSES: readonly Curve[] = [
  { name: 'total', colour: 'var(--ink)', dash: 'none', read: (point) => point.loss },
  { name: 'reverse', colour: 'var(--weighted)', dash: 'none', read: (point) => point.reverse },
  { name: 'forward', colour: 'var(--flow)', dash: '6 3', read: (point) => point.forward },
  { name: 'variation', colour: 'var(--third)', dash: '2 2', read: (point) => point.variation },
];

const HELD_OUT: readonly Curve[] = [
  { name: 'reverse', colour: 'var(--weighted)', dash: 'none', read: (point) => point.reverseEss },
  { name: 'forward', colour: 'var(--flow)', dash: '6 3', read: (point) => point.forwardEss },
];

const WIDTH = 552;
const HEIGHT = 270;
const MARGINS = { marginLeft: 46, marginRight: 68, marginTop: 16, marginBottom: 36 };
const INNER_HEIGHT = HEIGHT - MARGINS.marginTop - MARGINS.marginBottom;

interface Sample { readonly step: number; readonly value: number }

/** Points of a curve; unknown values are gaps, except that curves measured now and then skip the steps between. */
function samples(points: readonly TrainingPoint[], curve: Curve): Sample[] {
  return points.flatMap((point) => {
    const value = curve.read(point);
    return value === undefined ? [] : [{ step: point.step, value: value ?? Number.NaN }];
  });
}

function lines(points: readonly TrainingPoint[], curves: readonly Curve[], clip: boolean): Plot.Markish[] {
  return curves.map((curve) => Plot.lineY(samples(points, curve), {
    x: 'step', y: 'value', stroke: curve.colour, strokeDasharray: curve.dash, strokeWidth: 1.6,
    ...(clip ? { clip: 'frame' as const } : {}),
  }));
}

function lineEnds(points: readonly TrainingPoint[], curves: readonly Curve[], scale: number): LineEnd[] {
  return curves.flatMap((curve) => {
    const finite = samples(points, curve).filter((sample) => isKnown(sample.value));
    const last = finite.at(-1);
    return last === undefined ? []
      : [{ x: points.at(-1)?.step ?? last.step, y: scale * last.value, name: curve.name, colour: curve.colour }];
  });
}

/** A y range that shows the course of the loss rather than its first spikes; null when no loss is finite. */
function lossRange(points: readonly TrainingPoint[]): [number, number] | null {
  const all = LOSSES.map((curve) => sortedFinite(points.map((point) => curve.read(point) ?? Number.NaN)));
  let low = Math.min(...all.map((sorted) => quantile(sorted, 0.005) ?? Infinity));
  let high = Math.max(...all.map((sorted) => quantile(sorted, 0.97) ?? -Infinity));
  if (!(low < Infinity) || !(high > -Infinity)) return null;
  if (high - low < 1e-9) { low -= 0.5; high += 0.5; }
  const margin = 0.06 * (high - low);
  return [low - margin, high + margin];
}

const stepAxis: Plot.ScaleOptions = { label: 'training step', labelAnchor: 'center', labelArrow: 'none', ticks: 6 };

/** "best" at the step whose parameters were kept. */
function bestMark(training: TrainingSummary): Plot.Markish[] {
  const last = training.curve.at(-1)?.step ?? 0;
  const rightHalf = training.bestStep > 0.5 * last;
  return [
    Plot.ruleX([training.bestStep], { stroke: 'var(--muted)', strokeDasharray: '1 3' }),
    Plot.text([training.bestStep], {
      x: (step: number) => step, frameAnchor: 'bottom', dy: -7, dx: rightHalf ? -5 : 5,
      textAnchor: rightHalf ? 'end' : 'start',
      text: (step: number) => `best: step ${formatCount(step)}`, fill: 'var(--muted)', stroke: 'var(--paper)',
      strokeWidth: 3,
    }),
  ];
}

/** Loss and held-out ESS side by side. */
export function trainingFigure(training: TrainingSummary): Markup {
  const points = training.curve;
  if (points.length === 0) return nothing('No training curve was recorded.');
  const range = lossRange(points);
  const losses = range === null ? nothing('No loss was finite.') : chart({
    label: 'Loss curves over training steps: total, reverse, forward and variation',
    width: WIDTH, height: HEIGHT, ...MARGINS, x: stepAxis,
    y: { domain: range, label: 'loss (nats)', labelAnchor: 'center', labelArrow: 'none', ticks: 6, grid: true },
    marks: [...lines(points, LOSSES, true), ...directLabels(lineEnds(points, LOSSES, 1), range, INNER_HEIGHT)],
  });
  const evaluated = points.filter((point) => isKnown(point.reverseEss) || isKnown(point.forwardEss));
  const heldOut = evaluated.length === 0 ? nothing('No held-out figures were recorded.') : chart({
    label: 'Held-out effective sample size over training steps, reverse and forward',
    width: WIDTH, height: HEIGHT, ...MARGINS, x: stepAxis,
    y: { domain: [0, 100], label: 'held-out ESS (%)', labelAnchor: 'center', labelArrow: 'none', ticks: 5, grid: true },
    marks: [
      ...bestMark(training),
      ...HELD_OUT.map(
        (curve) => Plot.lineY(samples(evaluated, curve), {
          x: 'step', y: (sample: Sample) => 100 * sample.value, stroke: curve.colour, strokeDasharray: curve.dash,
          strokeWidth: 1.6
        })
      ),
      ...HELD_OUT.map((curve) => Plot.dot(
        samples(evaluated, curve).filter((sample) => isKnown(sample.value)),
        { x: 'step', y: (sample: Sample) => 100 * sample.value, fill: curve.colour, r: 2.4 }
      )),
      ...directLabels(lineEnds(evaluated, HELD_OUT, 100), [0, 100], INNER_HEIGHT),
    ],
  });
  return figure(html`<div class="panels two"><div><h3>Loss</h3>${losses}</div><div><h3>Held-out effective sample size</h3>${heldOut}</div></div>`,
    'The reverse and forward terms are Kullback–Leibler divergences known only up to log Z (with opposite '
      + 'signs), so they may be negative and their level means nothing; their descent does. The first spikes may '
      + 'be cut off. Reverse ESS comes from fresh base samples and does not notice a missing mode; forward ESS '
      + 'is estimated on PT samples and falls when one is missed.');
}
