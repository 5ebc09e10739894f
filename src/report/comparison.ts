/** Runs side by side: metrics in rows, runs in columns; as plain cells for a terminal and as a page. */
import { InputError } from '../errors.ts';
import type { RunRecord } from '../records/record.ts';
import { formatDate, formatSetting, isKnown, typographic } from './page/format.ts';
import { html, type Markup } from './page/markup.ts';
import { metricsOf, metricText } from './metrics.ts';
import type { Metric } from './metric.ts';
import { cellText, page } from './page/page.ts';
import { notices } from './sections/notices.ts';

export interface NamedRecord {
  readonly name: string;
  readonly record: RunRecord;
}

interface Row {
  readonly name: string;
  readonly cells: readonly string[];
  /** Columns that are best, where one direction is better and the runs differ. */
  readonly best: readonly number[];
}

/**
 * The columns holding the best figure; none when fewer than two runs know it, all agree, or they measure different
 * things.
 */
function bestColumns(metric: Metric, runs: readonly NamedRecord[]): number[] {
  const { ranked } = metric;
  if (ranked === undefined) return [];
  const figures = runs.map(({ record }) => (record.result === null ? null : ranked.figure(record.result)));
  const finite = figures.filter(isKnown);
  const kinds = new Set(runs.flatMap(
    ({ record }) => (record.result === null || ranked.kind === undefined ? [] : [ranked.kind(record.result)])
  ));
  const best = ranked.better === 'higher' ? Math.max(...finite) : Math.min(...finite);
  if (finite.length < 2 || kinds.size > 1 || finite.every((value) => value === best)) return [];
  return figures.flatMap((value, i) => (value === best ? [i] : []));
}

function identityRows(runs: readonly NamedRecord[]): Row[] {
  const row = (name: string, read: (record: RunRecord) => string): Row =>
    ({ name, cells: runs.map(({ record }) => read(record)), best: [] });
  return [
    row('target', (record) => record.target),
    row('preset', (record) => record.preset),
    row('seed', (record) => String(record.seed)),
    row('θ', (record) => formatSetting(record.settings.theta)),
    row('κ', (record) => formatSetting(record.settings.kappa)),
    row('state', (record) => record.state),
    row('started', (record) => formatDate(record.startedAt)),
  ];
}

function metricsFor(runs: readonly NamedRecord[]): readonly Metric[] {
  return metricsOf(runs.map(({ record }) => record));
}

function metricRows(runs: readonly NamedRecord[], group: Metric['group']): Row[] {
  return metricsFor(runs).filter((metric) => metric.group === group).map((metric) => ({
    name: metric.name,
    cells: runs.map(({ record }) => metricText(metric, record)),
    best: bestColumns(metric, runs),
  }));
}

/** Settings that the runs do not share. */
function differingSettings(runs: readonly NamedRecord[]): Row[] {
  const names = [...new Set(runs.flatMap(({ record }) => Object.keys(record.settings)))].sort();
  return names
    .filter((name) => name !== 'theta' && name !== 'kappa')
    .map((name) => ({ name, cells: runs.map(({ record }) => formatSetting(record.settings[name])), best: [] }))
    .filter(({ cells }) => cells.some((cell) => cell !== cells[0]));
}

function groups(runs: readonly NamedRecord[]): { title: string; rows: Row[] }[] {
  const metricGroups = [...new Set(metricsFor(runs).map(({ group }) => group))];
  return [
    { title: 'Runs', rows: identityRows(runs) },
    ...metricGroups.map((group) => ({ title: group, rows: metricRows(runs, group) })),
    { title: 'Settings that differ', rows: differingSettings(runs) },
  ].filter(({ rows }) => rows.length > 0);
}

/** Text for a fixed-width terminal: no thin spaces, no combining accents. */
function plain(text: string): string {
  return text.replace(/\u2009/g, '').replace(/\u0302/g, '-hat');
}

/** Cells for a terminal: one row per metric, then the settings that differ. @throws InputError without records */
export function comparisonTable(records: readonly NamedRecord[]): { header: string[]; rows: string[][] } {
  if (records.length === 0) throw new InputError('compare: at least one run is needed, got none');
  return {
    header: ['metric', ...records.map(({ name }) => name)],
    rows: groups(records).flatMap(({ rows }) => rows.map(({ name, cells }) => [name, ...cells].map(plain))),
  };
}

function rowMarkup({ name, cells, best }: Row): Markup {
  return html`<tr><th scope="row">${name}</th>${cells.map((cell, i) => html`<td class="number${best.includes(i) ? ' best' : ''}">${cellText(typographic(cell))}</td>`)}</tr>
`;
}

/**
 * A self-contained page with the runs side by side; the best figure of a row is bold. @throws InputError without
 * records
 */
export function renderComparison(records: readonly NamedRecord[]): string {
  const { header } = comparisonTable(records);
  const span = String(header.length);
  const body = html`<p class="lead">Bold: the best of a row, where one direction is better. Times compare only on the same machine.</p>
<div class="scroll"><table><thead><tr>${header.map((name, i) => html`<th scope="col" class="${i === 0 ? '' : 'number'}">${name}</th>`)}</tr></thead>
<tbody>${groups(records).map(({ title, rows }) => html`<tr class="group"><th scope="rowgroup" colspan="${span}">${title}</th></tr>
${rows.map(rowMarkup)}`)}</tbody></table></div>`;
  const warnings = records.map(({ name, record }) => html`<h3>${name}</h3>${notices(record)}`);
  return page({
    title: `${records.map(({ name }) => name).join(' · ')} · jeffreys-flow`,
    header: html`<h1>${String(records.length)} runs side by side</h1>`,
    notices: warnings,
    sections: [{ id: 'comparison', title: 'Comparison', body }],
  });
}
