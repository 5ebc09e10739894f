/** A path integral in reports. */
import type { PathIntegralSummary } from '../../records/record.ts';
import { defineKind, type CardBlock } from '../kind.ts';
import {
  formatBeside, formatCount, formatEstimate, formatExtended, formatNumber, formatPercent, formatSeconds, isKnown
} from '../page/format.ts';
import { html } from '../page/markup.ts';
import { ringLines } from './lines.ts';
import { ringMetrics } from './metrics.ts';
import { largestRing, secondsPerRing } from './ringFigures.ts';
import { pathIntegralSection } from './section.ts';

const BELOW = ({ modes, beads }: PathIntegralSummary): NonNullable<CardBlock['note']> =>
  html`<p class="muted">Below: of the flow on its own ${String(modes)} modes of ${String(beads)} beads, the other modes averaged over.</p>`;

/** Of the largest ring: what a path integral is run for. */
function ringCards(pathIntegral: PathIntegralSummary): CardBlock {
  const ring = largestRing(pathIntegral);
  const block = { place: 'before', style: 'headline', note: BELOW(pathIntegral) } as const;
  if (ring === null) return { ...block, cards: [] };
  const { beads, samples, ess, paretoK, logZ, largestGap, bias } = ring;
  const seconds = secondsPerRing(ring);
  const at = `N = ${String(beads)}`;
  const reference = (name: string, value: typeof logZ.exact): string[] =>
    (isKnown(value) ? [`${name} ${formatBeside(value, logZ.standardError)}`] : []);
  const references = [...reference(`exact at ${at}:`, logZ.exact), ...reference('quantum:', logZ.quantum)];
  return { ...block, cards: [
    { name: `ESS of rings, ${at}`, value: formatPercent(ess), context: [
      `of ${formatCount(samples)} rings, `
        + `${seconds === null ? 'time unknown' : `${formatSeconds(1000 * seconds)} per 1000`}`,
      `Pareto k̂ ${formatExtended(paretoK)}`
    ] },
    {
      name: `log Z of rings, ${at}`, value: formatEstimate(logZ.value, logZ.standardError),
      context: references.length === 0 ? ['exact value unknown'] : references
    },
    { name: `Largest gap, ${at}`, value: formatNumber(largestGap, 2), context: [
      'standard errors from the exact average at N, over all estimates and log Z'
    ] },
    { name: `Bias of rings, ${at}`, value: formatNumber(bias.total, 3), context: [
      `over functions of the position; Trotter error ${formatNumber(bias.trotter, 2)}, expected of the `
        + `sampling ${formatNumber(bias.expected, 2)}`
    ] },
  ] };
}

export const ringKind = defineKind(({ pathIntegral }) => pathIntegral, {
  metrics: ringMetrics,
  lines: ringLines,
  cards: ringCards,
  wording: ({ preparationSeconds }) => ({ timeNotes: [`before the first ring ${formatSeconds(preparationSeconds)}`] }),
  sections: (pathIntegral, { record: { result } }) => (pathIntegral === null || result === null ? [] : [
    { after: 'figures', id: 'path-integral', title: 'Path integral', body: pathIntegralSection(pathIntegral, result) }
  ]),
});
