/** The first lines: what was run, with which θ and κ, which seed, when, and with which versions. */
import type { RunRecord } from '../../records/record.ts';
import { formatDate, formatSetting } from '../page/format.ts';
import { html, type Markup } from '../page/markup.ts';

export function title(record: RunRecord): Markup {
  const facts: [string, string][] = [
    ['θ', formatSetting(record.settings.theta)],
    ['κ', formatSetting(record.settings.kappa)],
    ['preset', record.preset],
    ['seed', String(record.seed)],
    ['dimension', String(record.dimension)],
    ['started', formatDate(record.startedAt)],
    ['state', record.state],
  ];
  const versions = Object.entries(record.versions).map(([name, version]) => `${name} ${version}`).join(' · ');
  return html`<h1>${record.target}</h1>
<ul class="facts">${facts.map(([name, value]) => html`<li>${name} <b>${value}</b></li>`)}</ul>
<ul class="facts">${record.targetFile === null ? null : html`<li>defined in ${record.targetFile}</li>`}<li>${versions}</li></ul>`;
}
