/** The command line that makes the same run again. */
import type { RunRecord } from '../../records/record.ts';
import { formatDate } from '../page/format.ts';
import { html, type Markup } from '../page/markup.ts';

/** A word for a POSIX shell, quoted when it needs to be. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replace(/'/g, "'\\''")}'`;
}

/** The run spelled out setting by setting, so that it does not depend on what a preset means in another version. */
export function commandLine(record: RunRecord): string {
  const { theta, ...rest } = record.settings;
  const head = [
    'jeffreys run', shellWord(record.targetFile ?? record.target), '--preset', shellWord(record.preset), '--seed',
    String(record.seed)
  ];
  if (theta !== undefined) head.push('--theta', shellWord(String(theta)));
  const settings = Object.entries(rest)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `--set ${shellWord(`${name}=${Array.isArray(value) ? value.join(',') : String(value)}`)}`);
  const lines = [head.join(' ')];
  for (let i = 0; i < settings.length; i += 4) lines.push(`  ${settings.slice(i, i + 4).join(' ')}`);
  return lines.join(' \\\n');
}

export function reproduce(record: RunRecord): Markup {
  return html`<p class="lead">Every setting is spelled out, so the line does not lean on what the preset means elsewhere. Results follow from the seed and the settings, not from the number of threads; the versions are those named at the top.</p>
<pre><code>${commandLine(record)}</code></pre>
<p class="muted">Started ${formatDate(record.startedAt)}, last written ${formatDate(record.updatedAt)}.</p>`;
}
