/** The tables of a report: observables, every metric, settings. */
import type { Compared, RunRecord } from '../../records/record.ts';
import { errorInStandardErrors, formatBeside, formatNumber, formatSetting, isKnown } from '../page/format.ts';
import { html, type Markup } from '../page/markup.ts';
import { metricsOf, metricText } from '../metrics.ts';
import { folded, nothing, table, type Cell } from '../page/page.ts';
import { descending } from '../ranking.ts';

/** An error above this many standard errors is flagged. */
const FLAG = 4;

function verdict(known: number, compared: number, flagged: number): string {
  if (known === 0) return 'No exact values are known to compare with.';
  if (compared === 0) return 'No errors are known in which the differences from the exact values could be measured.';
  if (flagged === 0) return `No estimate is more than ${FLAG} standard errors from its exact value.`;
  return `▲ marks ${flagged} of ${compared} estimates more than ${FLAG} standard errors from the exact value: `
    + 'more than chance explains.';
}

/** Up to this many observables are all shown. */
const MOST_OBSERVABLES = 32;

function observableRows(observables: readonly Compared[]): Markup {
  const rows: Cell[][] = observables.map((observable) => {
    const error = errorInStandardErrors(observable);
    const flagged = error !== null && error > FLAG;
    return [
      observable.name,
      formatBeside(observable.value, observable.standardError),
      formatNumber(observable.standardError, 2),
      formatBeside(observable.exact, observable.standardError),
      flagged ? html`<span class="flag">▲ ${formatNumber(error, 2)}</span>` : formatNumber(error, 2),
    ];
  });
  return table([
    { name: 'observable', kind: 'text' }, { name: 'weighted estimate', kind: 'number' },
    { name: 'standard error', kind: 'number' },
    { name: 'exact', kind: 'number' }, { name: '|error| / se', kind: 'number' },
  ], rows);
}

/** In standard errors; infinite where no error is known and the values differ, −1 where there is nothing to compare. */
function distance(observable: Compared): number {
  const { value, exact } = observable;
  return errorInStandardErrors(observable) ?? (isKnown(value) && isKnown(exact) && value !== exact ? Infinity : -1);
}

/** Farthest from the exact value first; those that cannot be compared keep their order behind. */
function farthest(observables: readonly Compared[]): Compared[] {
  return [...observables].sort((a, b) => descending(distance(a), distance(b))).slice(0, MOST_OBSERVABLES);
}

export function observablesTable(observables: readonly Compared[]): Markup {
  if (observables.length === 0) return nothing('The target names no observables.');
  const errors = observables.map(errorInStandardErrors).filter(isKnown);
  const flagged = errors.filter((error) => error > FLAG).length;
  const summary =
    html`<p class="muted">${verdict(observables.filter(({ exact }) => isKnown(exact)).length, errors.length, flagged)}</p>`;
  if (observables.length <= MOST_OBSERVABLES) return html`${observableRows(observables)}${summary}`;
  return html`<p class="lead">${errors.length === 0 ? `The first ${MOST_OBSERVABLES}` : `The ${MOST_OBSERVABLES} farthest from their exact value`} of ${String(observables.length)} observables; the other ${String(observables.length - MOST_OBSERVABLES)} are in the list below.</p>${observableRows(farthest(observables))}${summary}${folded(`All ${observables.length} observables in their own order`, observableRows(observables))}`;
}

export function metricsTable(record: RunRecord): Markup {
  const rows: Cell[][] = [];
  const metrics = metricsOf([record]);
  metrics.forEach((metric, i) => {
    if (i === 0 || metrics[i - 1].group !== metric.group) rows.push([metric.group]);
    rows.push([metric.name, metricText(metric, record), metric.meaning]);
  });
  return table(
    [{ name: 'metric', kind: 'text' }, { name: 'value', kind: 'number' }, { name: 'meaning', kind: 'wide' }], rows
  );
}

export function settingsTable(record: RunRecord): Markup {
  const rows = Object.entries(record.settings)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => [name, formatSetting(value)]);
  if (rows.length === 0) return nothing('No settings were recorded.');
  return html`<dl class="settings">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}
