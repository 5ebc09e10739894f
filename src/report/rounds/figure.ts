/** How the ESS and log Z came to stand still, round by round. */
import * as Plot from '@observablehq/plot';
import type { RoundsSummary, RoundSummary } from '../../records/record.ts';
import { chart } from '../page/chart.ts';
import { directLabels, type LineEnd } from '../page/directLabels.ts';
import { formatPercent, isKnown, type Figure } from '../page/format.ts';
import { html, type Markup } from '../page/markup.ts';
import { figure, nothing } from '../page/page.ts';
import { lineStyle, WEIGHTED, type Series } from '../page/series.ts';

const WIDTH = 552;
const HEIGHT = 220;
const MARGINS = { marginLeft: 60, marginRight: 84, marginTop: 16, marginBottom: 36 };
const INNER_HEIGHT = HEIGHT - MARGINS.marginTop - MARGINS.marginBottom;

const FRESH: Series = { ...WEIGHTED, name: 'fresh' };
const HELD_OUT: Series = { name: 'held out', colour: 'var(--third)', dash: '6 3' };

interface At { readonly round: number; readonly value: number }

const along = (rounds: readonly RoundSummary[], read: (round: RoundSummary) => Figure): At[] =>
  rounds.flatMap((each) => {
    const value = read(each);
    return isKnown(value) ? [{ round: each.round, value }] : [];
  });

const inPercent = (figures: readonly At[]): At[] => figures.map(({ round, value }) => ({ round, value: 100 * value }));

function roundAxis(rounds: readonly RoundSummary[]): Plot.ScaleOptions {
  const last = rounds[rounds.length - 1].round;
  const step = Math.max(1, Math.ceil(last / 12));
  return {
    domain: [0.7, last + 0.3], label: 'round', labelAnchor: 'center', labelArrow: 'none',
    tickFormat: (value: number) => String(value),
    ticks: Array.from({ length: last }, (_, k) => k + 1).filter((k) => (last - k) % step === 0),
  };
}

function essChart(rounds: readonly RoundSummary[], wanted: number): Markup {
  const curves = [
    { points: inPercent(along(rounds, ({ ess }) => ess)), series: FRESH },
    { points: inPercent(along(rounds, ({ forwardEss }) => forwardEss)), series: HELD_OUT },
  ];
  const ends = curves.flatMap(({ points, series: { name, colour } }): LineEnd[] =>
    points.slice(-1).map(({ value }) => ({ x: rounds[rounds.length - 1].round + 0.3, y: value, name, colour })));
  return chart({
    label: `Effective sample size after ${rounds.length} rounds, of fresh samples and on held-out ones`,
    width: WIDTH, height: HEIGHT, ...MARGINS, x: roundAxis(rounds),
    y: { domain: [0, 100], label: 'ESS (%)', labelAnchor: 'center', labelArrow: 'none', ticks: 5, grid: true },
    marks: [
      Plot.ruleY([100 * wanted], { stroke: 'var(--ink)', strokeDasharray: '4 3' }),
      ...curves.flatMap(({ points, series }) => [
        Plot.lineY(points, { x: 'round', y: 'value', ...lineStyle(series), strokeWidth: 1.6 }),
        Plot.dot(points, { x: 'round', y: 'value', fill: series.colour, r: 2.8 }),
      ]),
      ...directLabels(ends, [0, 100], INNER_HEIGHT),
    ],
  });
}

interface Bar extends At { readonly low: number; readonly high: number }

function logZChart(rounds: readonly RoundSummary[]): Markup {
  const bars = along(rounds, ({ logZ }) => logZ.value).map(({ round, value }): Bar => {
    const error = 2 * (rounds.find((each) => each.round === round)?.logZ.standardError ?? 0);
    return { round, value, low: value - error, high: value + error };
  });
  if (bars.length === 0) return nothing('No log Z was finite.');
  const [low, high] = [Math.min(...bars.map((bar) => bar.low)), Math.max(...bars.map((bar) => bar.high))];
  const margin = Math.max(0.08 * (high - low), (1e-3 - (high - low)) / 2);
  return chart({
    label: `log Z after ${rounds.length} rounds, with error bars`,
    width: WIDTH, height: HEIGHT, ...MARGINS, x: roundAxis(rounds),
    y: {
      domain: [low - margin, high + margin], label: 'log Z (nats)', labelAnchor: 'center', labelArrow: 'none', ticks: 5,
      grid: true,
    },
    marks: [
      Plot.ruleX(bars, { x: 'round', y1: 'low', y2: 'high', stroke: FRESH.colour, strokeWidth: 1.6 }),
      Plot.dot(bars, { x: 'round', y: 'value', fill: FRESH.colour, r: 3 }),
    ],
  });
}

export function roundsFigure({ rounds, wanted }: RoundsSummary): Markup {
  return figure(
    html`<div class="panels two"><div><h3>ESS of <span style="color:var(--weighted)">fresh</span> samples and on <span style="color:var(--third)">held-out</span> ones</h3>${essChart(rounds, wanted.ess)}</div><div><h3>log Z</h3>${logZChart(rounds)}</div></div>`,
    `Dashed: the ESS that was asked for, ${formatPercent(wanted.ess)}. Held-out samples are of chains that the flow was `
      + 'not trained on: theirs falls where the flow misses something. Bars: two standard errors either way; rounds go '
      + 'on until two of them agree in log Z, and the refreshed chains with each other.',
  );
}
