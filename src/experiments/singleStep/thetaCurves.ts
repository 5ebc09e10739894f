/** ESS and bias against θ, one small panel per target: ours solid, published dashed. */
import * as Plot from '@observablehq/plot';
import { chart } from '../../report/page/chart.ts';
import type { ExperimentRow } from './row.ts';
import { isKnown, type Figure } from '../../report/page/format.ts';
import { html, type Markup } from '../../report/page/markup.ts';
import { figure } from '../../report/page/page.ts';
import { directLabels, type LineEnd } from '../../report/page/directLabels.ts';
import { decades, powerOfTen, tenTo } from '../../report/page/logAxis.ts';

interface Point { readonly theta: number; readonly value: number }

interface Reader {
  readonly ours: (row: ExperimentRow) => Figure;
  readonly published: (row: ExperimentRow) => Figure;
}

function points(rows: readonly ExperimentRow[], read: (row: ExperimentRow) => Figure): Point[] {
  return rows.flatMap((row) => {
    const value = read(row);
    return isKnown(value) ? [{ theta: row.theta, value }] : [];
  }).sort((a, b) => a.theta - b.theta);
}

/** The mean over the seeds at each θ; geometric where the axis is logarithmic. */
function means(all: readonly Point[], logarithmic: boolean): Point[] {
  return [...new Set(all.map(({ theta }) => theta))].map((theta) => {
    const values =
      all.filter((point) => point.theta === theta).map(({ value }) => (logarithmic ? Math.log(value) : value));
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    return { theta, value: logarithmic ? Math.exp(mean) : mean };
  });
}

const SIZE = { width: 276, height: 220, marginLeft: 46, marginRight: 62, marginTop: 12, marginBottom: 36 };

interface Axis {
  readonly label: string;
  readonly domain: readonly [number, number];
  readonly logarithmic: boolean;
}

function panel(
  target: string, rows: readonly ExperimentRow[], reader: Reader, axis: Axis, scale: number, what: string
): Markup {
  const positive = (list: readonly Point[]): Point[] => list.filter(({ value }) => !axis.logarithmic || value > 0)
    .map(({ theta, value }) => ({ theta, value: scale * value }));
  const ours = positive(points(rows, reader.ours));
  const line = means(ours, axis.logarithmic);
  const published = means(positive(points(rows, reader.published)), axis.logarithmic);
  const place = (value: number): number => (axis.logarithmic ? Math.log10(value) : value);
  const ends: LineEnd[] = [];
  const add = (list: readonly Point[], name: string, colour: string): void => {
    const last = list.at(-1);
    if (last !== undefined) ends.push({ x: last.theta, y: place(last.value), name, colour });
  };
  add(line, 'ours', 'var(--weighted)');
  add(published, 'published', 'var(--muted)');
  const range = [place(axis.domain[0]), place(axis.domain[1])] as const;
  const labels = directLabels(
    ends, range, SIZE.height - SIZE.marginTop - SIZE.marginBottom, axis.logarithmic ? tenTo : undefined
  );
  const svg = chart({
    ...SIZE,
    label: `${what} against θ for ${target}, ours and published`,
    x: {
      domain: [0, 1], label: 'θ', labelAnchor: 'center', labelArrow: 'none', ticks: [0, 0.25, 0.5, 0.75, 1],
      tickFormat: (value: number) => String(value)
    },
    y: {
      domain: axis.domain, label: axis.label, labelAnchor: 'center', labelArrow: 'none', grid: true,
      ...(axis.logarithmic
        ? { type: 'log' as const, ticks: decades(axis.domain), tickFormat: (value: number) => powerOfTen(value) }
        : { ticks: 5 }),
    },
    marks: [
      Plot.lineY(
        published, { x: 'theta', y: 'value', stroke: 'var(--muted)', strokeDasharray: '4 3', strokeWidth: 1.5 }
      ),
      Plot.dot(published, { x: 'theta', y: 'value', stroke: 'var(--muted)', r: 2.6 }),
      Plot.lineY(line, { x: 'theta', y: 'value', stroke: 'var(--weighted)', strokeWidth: 1.9 }),
      Plot.dot(ours, { x: 'theta', y: 'value', fill: 'var(--weighted)', r: 2.8 }),
      ...labels,
    ],
  });
  return html`<div><h3>${target}</h3>${svg}</div>`;
}

function panels(rows: readonly ExperimentRow[], reader: Reader, axis: Axis, scale: number, what: string): Markup {
  const targets = [...new Set(rows.map(({ target }) => target))];
  return html`<div class="panels small">${targets.map((target) => panel(target, rows.filter((row) => row.target === target), reader, axis, scale, what))}</div>`;
}

export function essFigure(rows: readonly ExperimentRow[]): Markup {
  const reader: Reader = { ours: (row) => row.record.result?.generation.ess, published: (row) => row.paper?.ess };
  return figure(panels(rows, reader, { label: 'ESS (%)', domain: [0, 100], logarithmic: false }, 100, 'Effective sample size'),
    'A dot per run; the line joins the means over seeds. Published figures dashed. Read a high ESS at θ = 1 '
      + 'only together with its coverage.');
}

export function biasFigure(rows: readonly ExperimentRow[]): Markup {
  const reader: Reader = { ours: (row) => row.record.result?.generation.bias, published: (row) => row.paper?.bias };
  const all =
    rows.flatMap((row) => [reader.ours(row), reader.published(row)]).filter(isKnown).filter((value) => value > 0);
  const domain = all.length === 0 ? [1e-4, 1] as const
    : [tenTo(Math.floor(Math.log10(Math.min(...all)))), tenTo(Math.ceil(Math.log10(Math.max(...all)) + 1e-9))] as const;
  return figure(panels(rows, reader, { label: 'L2 bias (log)', domain, logarithmic: true }, 1, 'Bias'),
    'Euclidean norm of the errors over the observables, on a logarithmic axis shared by all panels. With a '
      + 'finite number of samples it cannot fall below their sampling error, whatever the flow.');
}
