/**
 * The two ladders of a distilled path integral, stage by stage: S1 learned from classical samples, S2 from those of S1.
 */
import * as Plot from '@observablehq/plot';
import type { LadderSummary, StageSummary } from '../../records/record.ts';
import { chart } from '../page/chart.ts';
import { isKnown, type Figure } from '../page/format.ts';
import { leastCess, leastText, unresetEss } from '../ladder/ladderFigures.ts';
import { html, type Markup } from '../page/markup.ts';
import { figure, nothing } from '../page/page.ts';
import type { Series } from '../page/series.ts';
import { directLabels } from '../page/directLabels.ts';

const SIZE = { width: 552, height: 240, marginLeft: 52, marginRight: 40, marginTop: 14, marginBottom: 36 };
const INNER_HEIGHT = SIZE.height - SIZE.marginTop - SIZE.marginBottom;

const S1: Series = { name: 'S1', colour: 'var(--pt)', dash: '6 3' };
const S2: Series = { name: 'S2', colour: 'var(--weighted)', dash: null };

/** Percentages are shown from here on where they fit. */
const LOWEST = 80;

interface At { readonly stage: number; readonly value: number; readonly resampled: boolean }

function along({ stages }: LadderSummary, read: (stage: StageSummary) => Figure): At[] {
  return stages.map(
    (stage) => ({ stage: stage.stage, value: 100 * (read(stage) ?? Number.NaN), resampled: stage.resampled })
  );
}

function percentChart(
  ladders: readonly { readonly ladder: LadderSummary; readonly series: Series }[],
  read: (stage: StageSummary) => Figure, what: string, ringed: boolean
): Markup {
  const curves = ladders.map(({ ladder, series }) => ({ series, points: along(ladder, read) }));
  const known = curves.flatMap(({ points }) => points).filter(({ value }) => isKnown(value));
  if (known.length === 0) return nothing(`No ${what} is known.`);
  const last = Math.max(...known.map(({ stage }) => stage));
  const range = [known.every(({ value }) => value >= LOWEST) ? LOWEST : 0, 100] as const;
  const ends = curves.flatMap(({ series, points }) => {
    const end = points.filter(({ value }) => isKnown(value)).at(-1);
    return end === undefined ? [] : [{ x: last + 0.3, y: end.value, name: series.name, colour: series.colour }];
  });
  const step = Math.max(1, Math.ceil(last / 12));
  return chart({
    ...SIZE, label: `${what} of S1 and S2 per stage, from ${range[0]} to 100 %`,
    x: {
      domain: [0.7, last + 0.3], label: 'stage', labelAnchor: 'center', labelArrow: 'none',
      ticks: Array.from({ length: last }, (_, k) => k + 1).filter((k) => (last - k) % step === 0),
      tickFormat: (k: number) => String(k)
    },
    y: { domain: range, label: `${what} (%)`, labelAnchor: 'center', labelArrow: 'none', ticks: 5, grid: true },
    marks: [
      ...curves.flatMap(({ series, points }) => [
        Plot.lineY(points, {
          x: 'stage', y: 'value', stroke: series.colour, strokeDasharray: series.dash ?? 'none', strokeWidth: 1.6
        }),
        Plot.dot(points.filter(({ value }) => isKnown(value)), { x: 'stage', y: 'value', fill: series.colour, r: 2.8 }),
        ...(
          ringed ? [Plot.dot(
            points.filter(({ value, resampled }) => resampled && isKnown(value)),
            { x: 'stage', y: 'value', stroke: series.colour, r: 5.4, strokeWidth: 1.3 }
          )] : []
        ),
      ]),
      ...directLabels(ends, range, INNER_HEIGHT),
    ],
  });
}

const both = (classical: LadderSummary, quantum: LadderSummary): {
  readonly ladder: LadderSummary; readonly series: Series
}[] => [{ ladder: classical, series: S1 }, { ladder: quantum, series: S2 }];

/** What every single step of either ladder leaves. */
export const distillationCess = (classical: LadderSummary, quantum: LadderSummary): Markup =>
  percentChart(both(classical, quantum), ({ cess }) => cess, 'CESS', false);

export function distillationFigure(classical: LadderSummary, quantum: LadderSummary): Markup {
  const ladders = both(classical, quantum);
  const words = ladders.map(
    ({ ladder, series }) => `${series.name}: least CESS ${leastText(leastCess(ladder))}, ensemble before any reset `
      + `${leastText(unresetEss(ladder))}.`
  ).join(' ');
  return figure(html`<div class="panels two"><div><h3>Conditional ESS of every stage</h3>${distillationCess(classical, quantum)}</div><div><h3>ESS of the ensemble before resets</h3>${percentChart(ladders, ({ ess }) => ess, 'ESS', true)}</div></div>`,
    'S1 is a ladder of flows trained on rings made of classical samples; its weighted particles train S2, '
      + 'the ladder whose flows are lifted to rings. Right: ringed where the ensemble was resampled after the '
      + `stage, which sets its weights back to equal. ${words}`);
}
