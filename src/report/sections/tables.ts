/** The tables of a report: observables, every metric, settings. */
import type { Compared, RunRecord } from '../../records/record.ts';
import { errorInStandardErrors, formatNumber, formatSetting, isKnown } from '../format.ts';
import { html, type Markup } from '../markup.ts';
import { METRICS, metricText } from '../metrics.ts';
import { nothing, table, type Cell } from '../page.ts';

/** An error above this many standard errors is flagged. */
const FLAG = 4;

function rounded(value: Compared['value'], standardError: Compared['standardError']): string {
  if (!isKnown(value) || !isKnown(standardError) || standardError <= 0) return formatNumber(value, 5);
  const decimals = 1 - Math.floor(Math.log10(standardError));
  return decimals >= 0 && decimals <= 12 ? value.toFixed(decimals) : formatNumber(value, 5);
}

function verdict(compared: number, flagged: number): string {
  if (compared === 0) return 'No exact values are known to compare with.';
  if (flagged === 0) return `No estimate is more than ${FLAG} standard errors from its exact value.`;
  return `▲ marks ${flagged} of ${compared} estimates more than ${FLAG} standard errors from the exact value: more than chance explains.`;
}

export function observablesTable(observables: readonly Compared[]): Markup {
  if (observables.length === 0) return nothing('The target names no observables.');
  const rows: Cell[][] = observables.map((observable) => {
    const error = errorInStandardErrors(observable);
    const flagged = error !== null && error > FLAG;
    return [
      observable.name,
      rounded(observable.value, observable.standardError),
      formatNumber(observable.standardError, 2),
      rounded(observable.exact, observable.standardError),
      flagged ? html`<span class="flag">▲ ${formatNumber(error, 2)}</span>` : formatNumber(error, 2),
    ];
  });
  const errors = observables.map(errorInStandardErrors).filter(isKnown);
  const flagged = errors.filter((error) => error > FLAG).length;
  return html`${table([
    { name: 'observable', kind: 'text' }, { name: 'weighted estimate', kind: 'number' }, { name: 'standard error', kind: 'number' },
    { name: 'exact', kind: 'number' }, { name: '|error| / se', kind: 'number' },
  ], rows)}<p class="muted">${verdict(errors.length, flagged)}</p>`;
}

export function metricsTable(record: RunRecord): Markup {
  const rows: Cell[][] = [];
  METRICS.forEach((metric, i) => {
    if (i === 0 || METRICS[i - 1].group !== metric.group) rows.push([metric.group]);
    rows.push([metric.name, metricText(metric, record), metric.meaning]);
  });
  return table([{ name: 'metric', kind: 'text' }, { name: 'value', kind: 'number' }, { name: 'meaning', kind: 'wide' }], rows);
}

export function settingsTable(record: RunRecord): Markup {
  const rows = Object.entries(record.settings)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => [name, formatSetting(value)]);
  if (rows.length === 0) return nothing('No settings were recorded.');
  return html`<dl class="settings">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}
