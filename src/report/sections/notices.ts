/** What a reader must know before any figure: warnings first, then notes; one calm line when there are none. */
import type { RunRecord, Standing, Warning } from '../../records/record.ts';
import { formatCount, formatExtended, formatNumber, formatPercent, isKnown } from '../page/format.ts';
import { html, type Markup } from '../page/markup.ts';

const STATE_SENTENCES: Record<RunRecord['state'], string> = {
  running: 'This run has not finished; what follows is what it had when the report was made.',
  interrupted: 'This run was interrupted. It can be resumed; what follows is what it had.',
  failed: 'This run failed.',
  complete: 'This run is marked complete but holds no result.',
};

/** Those that lower the standing come first. */
const lowering = ({ standing }: Warning): number => (standing === 'unknown' ? 2 : standing === 'doubtful' ? 1 : 0);

function item(severity: 'warning' | 'note', word: string, message: string): Markup {
  return html`<li class="${severity}"><b>${word}</b> ${message}</li>`;
}

function warningItem(warning: Warning): Markup {
  return item(
    warning.severity, `${warning.severity === 'warning' ? 'Warning' : 'Note'} (${warning.code}):`, warning.message
  );
}

const STANDINGS: Record<Standing, readonly [css: string, word: string, meaning: string]> = {
  sound: ['good', 'Sound.', 'Every check was passed; errors include what the samples cannot have seen.'],
  doubtful: ['warning', 'Doubtful.', 'Errors are widened to cover what is known; the warnings below say why.'],
  unknown: [
    'warning', 'Unknown.',
    'No errors are shown, since nothing is known of how large they are; the warnings below say why.'
  ],
};

/** How far the figures can be trusted; nothing for runs of before that was judged. */
function standingItem(standing: Standing | null): Markup[] {
  if (standing === null) return [];
  const [css, word, meaning] = STANDINGS[standing];
  return [html`<li class="${css}"><b>${word}</b> ${meaning}</li>`];
}

/** The list of notices of a run. */
export function notices(record: RunRecord): Markup {
  const items: Markup[] = [];
  if (record.state !== 'complete' || record.result === null) {
    items.push(item(
      'warning', 'Incomplete:',
      [STATE_SENTENCES[record.state], record.message].filter((text) => text !== null && text !== '').join(' ')
    ));
  }
  const warnings = [...(record.result?.warnings ?? [])].sort((a, b) => lowering(b) - lowering(a));
  for (const severity of ['warning', 'note'] as const)
    items.push(...warnings.filter((warning) => warning.severity === severity).map(warningItem));
  if (items.length === 0 && record.result !== null) {
    const { ess, coverage, paretoK } = record.result.generation;
    const unknown = [
      isKnown(ess) ? null : 'ESS', isKnown(coverage.value) ? null : 'coverage', paretoK !== null ? null : 'Pareto k̂'
    ].filter((name) => name !== null);
    if (unknown.length > 0)
      items.push(item('note', 'No warnings were raised,', `but these figures are unknown: ${unknown.join(', ')}.`));
    else items.push(
      html`<li class="good"><b>No warnings.</b> ESS ${formatPercent(ess)}, coverage ${formatNumber(coverage.value, 3)} (${coverage.kind}), Pareto k̂ ${formatExtended(paretoK)}, ${formatCount(record.result.generation.nonFinite)} values that were not finite.</li>`
    );
  }
  return html`<ul class="notices" aria-label="Warnings">${standingItem(record.result?.standing ?? null)}${items}</ul>`;
}
