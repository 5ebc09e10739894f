/**
 * The ladder of temperatures, or of λ along the path from the base: how well each rung moves, how often neighbours
 * swap, and where the barrier sits.
 */
import * as Plot from '@observablehq/plot';
import type { ParallelTemperingSummary } from '../../records/record.ts';
import { chart } from '../page/chart.ts';
import { formatCount, formatNumber, formatPercent, isKnown, known } from '../page/format.ts';
import { html, type Markup } from '../page/markup.ts';
import { figure, nothing } from '../page/page.ts';

interface Rung {
  readonly at: number;
  readonly acceptance: number;
}

interface Gap {
  readonly from: number;
  readonly to: number;
  readonly swap: number;
}

/** Positions on a log axis; rungs at or below 0 (the base of an interpolation) stand one step left of the smallest. */
function positions(inverseTemperatures: readonly number[]): { at: number[]; zero: number | null } {
  const positive = inverseTemperatures.filter((value) => value > 0);
  if (positive.length === inverseTemperatures.length || positive.length === 0)
    return { at: [...inverseTemperatures], zero: null };
  const smallest = Math.min(...positive);
  const zero = smallest / Math.max(1.5, Math.min(4, (1 / smallest) ** (1 / positive.length)));
  return { at: inverseTemperatures.map((value) => (value > 0 ? value : zero)), zero };
}

/** 1, 2 and 5 times the powers of ten in an interval (powers of ten alone over more than three decades). */
function roundTicks(low: number, high: number): number[] {
  const ticks: number[] = [];
  const steps = high / low > 1000 ? [1] : [1, 2, 5];
  for (let exponent = Math.floor(Math.log10(low)); exponent <= Math.log10(high); exponent++) {
    for (const step of steps) ticks.push(Number(`${step}e${exponent}`));
  }
  return ticks.filter((tick) => tick >= low * 0.999 && tick <= high);
}

const SIZE = { width: 552, height: 250, marginLeft: 42, marginBottom: 36, marginTop: 12, marginRight: 14 };

/** What both charts share: rungs along λ or β, with ticks below and a rug. */
interface Rungs {
  readonly rungs: readonly Rung[];
  readonly gaps: readonly Gap[];
  /** Where λ = 0 is drawn; null on a ladder of temperatures. */
  readonly zero: number | null;
  readonly x: Plot.ScaleOptions;
  readonly marks: { readonly rug: Plot.Markish; readonly zero: readonly Plot.Markish[] };
}

function rungsOf({ inverseTemperatures, acceptanceRates, swapRates }: ParallelTemperingSummary): Rungs | null {
  const { at, zero } = positions(inverseTemperatures);
  if (at.length < 2) return null;
  const rungs: Rung[] = at.map((x, k) => ({ at: x, acceptance: acceptanceRates[k] ?? Number.NaN }));
  const gaps: Gap[] = at.slice(1).map((x, k) => ({ from: at[k], to: x, swap: swapRates[k] ?? Number.NaN }));
  const domain = [Math.min(...at) / 1.06, Math.max(...at) * 1.06];
  const x: Plot.ScaleOptions = {
    type: 'log', domain, label: zero === null ? 'inverse temperature β (log)' : 'λ, from the base to the target (log)',
    labelAnchor: 'center', labelArrow: 'none',
    ticks: roundTicks(Math.min(...at.filter((value) => value !== zero)), domain[1]),
    tickFormat: (value: number) => String(value),
  };
  const zeroMark = zero === null ? []
    : [Plot.text([zero], { x: (value: number) => value, text: () => '0', frameAnchor: 'bottom', dy: 15 })];
  const rug = Plot.ruleX(rungs, { x: 'at', stroke: 'var(--rule)' });
  return { rungs, gaps, zero, x, marks: { rug, zero: zeroMark } };
}

const movesOf = ({ rungs }: Rungs): Rung[] => rungs.filter((rung) => isKnown(rung.acceptance));

function ratesChart(all: Rungs): Markup {
  const { rungs, gaps, zero, x, marks } = all;
  const moves = movesOf(all);
  const swapLabels = gaps.length <= 9 ? [Plot.text(gaps.filter((gap) => isKnown(gap.swap)), {
    x: (gap: Gap) => Math.sqrt(gap.from * gap.to), frameAnchor: 'bottom',
    text: (gap: Gap) => `${Math.round(100 * gap.swap)} %`, dy: -7, fill: 'var(--flow)', fontWeight: 600,
  })] : [];
  return chart({
    label: `Swap rates between neighbours${moves.length === 0 ? '' : ' and acceptance per rung'} of a ladder of `
      + `${rungs.length} ${zero === null ? 'inverse temperatures' : 'λ'}`,
    ...SIZE,
    x, y: {
      domain: [0, 100], label: 'rate (%)', labelAnchor: 'center', labelArrow: 'none', ticks: 5, grid: true,
      transform: (value: number) => 100 * value
    },
    marks: [
      marks.rug,
      Plot.rect(gaps.filter((gap) => isKnown(gap.swap)), {
        x1: 'from', x2: 'to', y1: () => 0, y2: 'swap', fill: 'var(--flow)', fillOpacity: 0.22, stroke: 'var(--flow)',
        strokeWidth: 1, insetLeft: 1, insetRight: 1
      }),
      Plot.lineY(rungs, { x: 'at', y: 'acceptance', stroke: 'var(--weighted)', strokeWidth: 1.5 }),
      Plot.dot(moves, { x: 'at', y: 'acceptance', fill: 'var(--weighted)', r: 3.5 }),
      ...swapLabels,
      ...marks.zero,
    ],
  });
}

function barrierChart({ rungs, gaps, x, marks }: Rungs, barrier: ParallelTemperingSummary['barrier']): Markup {
  let total = 0;
  const sums = [{ at: rungs[0].at, total: 0 }, ...gaps.map((gap) => ({ at: gap.to, total: (total += 1 - gap.swap) }))];
  return chart({
    label: `Cumulative communication barrier along the ladder, reaching ${formatNumber(barrier)}`,
    ...SIZE,
    x, y: { label: 'cumulative barrier Λ', labelAnchor: 'center', labelArrow: 'none', ticks: 5, grid: true, domain: [
      0, Math.max(0.5, 1.1 * (known(total) ?? 0))
    ] },
    marks: [
      marks.rug,
      Plot.lineY(sums, { x: 'at', y: 'total', stroke: 'var(--third)', strokeWidth: 1.8 }),
      Plot.dot(sums.filter((point) => isKnown(point.total)), { x: 'at', y: 'total', fill: 'var(--third)', r: 3.5 }),
      ...marks.zero,
    ],
  });
}

/** The figure, or a sentence where there is no ladder to draw. */
export function ladderFigure(pt: ParallelTemperingSummary): Markup {
  const all = rungsOf(pt);
  if (all === null) return nothing('The ladder has a single rung: there are no swaps to show.');
  const { zero } = all;
  const rates = ratesChart(all);
  const cumulative = barrierChart(all, pt.barrier);
  const slowest = pt.swapRates.filter(isKnown);
  return figure(html`<div class="panels two"><div><h3><span style="color:var(--flow)">Swap rate between neighbours</span> (bars)${movesOf(all).length === 0 ? null : html` and <span style="color:var(--weighted)">acceptance per rung</span> (dots)`}</h3>${rates}</div><div><h3 style="color:var(--third)">Cumulative barrier</h3>${cumulative}</div></div>`,
    html`${formatCount(pt.inverseTemperatures.length)} rungs, ${zero === null ? 'hot on the left, target (β = 1) on the right' : 'the base (λ = 0) on the left, the target (λ = 1) on the right'}. The least frequent swap is accepted ${slowest.length === 0 ? 'n/a' : formatPercent(Math.min(...slowest))} of the time. The barrier adds up the pairs’ rejection rates: Λ = ${formatNumber(pt.barrier)}; a steep stretch is where a further rung would help. ${formatCount(pt.roundTrips)} round trips from ${zero === null ? 'hot to cold' : 'base to target'} and back.`);
}
