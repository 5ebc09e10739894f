/** The figures to read first, each with what it is compared with. */
import type { RunRecord, RunResult } from '../../records/record.ts';
import type { PublishedFigures } from '../input.ts';
import type { Card, CardBlock } from '../kind.ts';
import { kinds, wordingOf } from '../kinds.ts';
import {
  errorInStandardErrors, formatCount, formatEstimate, formatExtended, formatNumber, formatPercent, formatSeconds,
  isKnown, typographic, UNKNOWN
} from '../page/format.ts';
import { html, type Markup } from '../page/markup.ts';
import { nothing } from '../page/page.ts';

function card({ name, value, context }: Card): Markup {
  const [number, unit] = value.endsWith(' %') ? [value.slice(0, -2), ' %'] : [value, ''];
  const [centre, spread] = number.includes(' ± ') ? number.split(' ± ') : [number, null];
  return html`<div><dt>${name}</dt><dd><div class="value">${typographic(centre)}<small>${spread === null ? unit : ` ± ${spread}`}</small></div>${context.map((line) => html`<div class="context">${typographic(line)}</div>`)}</dd></div>`;
}

/** What made the samples, who chose it and why. */
function choiceText(result: RunResult): Markup | null {
  const { choice } = result;
  const { trained: stages } = wordingOf(result);
  if (choice === null) return null;
  const { oneFlow } = choice;
  const what = stages !== null ? `A ladder of ${stages.count} ${stages.count === 1 ? 'stage' : 'stages'}`
    : choice.generator === 'flow' ? 'One flow from base to target' : 'A ladder of stages';
  return html`<p><b>${what}</b> made the samples, ${choice.by === 'automatic' ? 'chosen automatically' : 'chosen by setting'}. ${choice.reason}${oneFlow === null ? null : typographic(` The one flow that was tried: ESS ${formatPercent(oneFlow.ess)}, forward ESS ${formatPercent(oneFlow.forwardEss)}, coverage ${formatNumber(oneFlow.coverage, 3)}.`)}</p>`;
}

function publishedContext(paper: PublishedFigures | null, text: (paper: PublishedFigures) => string | null): string[] {
  const found = paper === null ? null : text(paper);
  return found === null ? [] : [`${paper?.source ?? 'published'}: ${found}`];
}

/** How good the weighted samples are. */
function sampleCards(result: RunResult, paper: PublishedFigures | null): Card[] {
  const { generation: { ess, samples, forwardEss, coverage, paretoK, logZ, bias, observables } } = result;
  const { sampler, samplerCaveat, samplesNote } = wordingOf(result);
  const logZError = errorInStandardErrors(logZ);
  const away = logZError === null ? '' : `, ${formatNumber(logZError, 2)} se away`;
  return [
    { name: 'ESS', value: formatPercent(ess), context: [
      `of ${formatCount(samples)} samples${samplesNote}`,
      ...publishedContext(paper, (of) => (isKnown(of.ess) ? formatPercent(of.ess) : null))
    ] },
    { name: 'Forward ESS', value: formatPercent(forwardEss), context: [
      `estimated on ${sampler} samples${samplerCaveat}`
    ] },
    { name: 'Coverage', value: formatNumber(coverage.value, 3), context: [
      coverage.kind === 'modes' ? 'flow mass / reference mass of the least covered mode'
        : `share of ${sampler} points with a generated neighbour`
    ] },
    { name: 'Pareto k̂', value: formatExtended(paretoK), context: ['averages can be trusted below 0.7'] },
    { name: 'log Z', value: formatEstimate(logZ.value, logZ.standardError), context: [
      isKnown(logZ.exact) ? `exact ${formatNumber(logZ.exact, 5)}${away}` : 'exact value unknown'
    ] },
    { name: 'Bias', value: formatNumber(bias, 3), context: [
      isKnown(bias) ? `L2 norm over ${observables.filter(({ exact }) => isKnown(exact)).length} observables`
        : 'no exact observables',
      ...publishedContext(paper, (of) => (isKnown(of.bias) ? formatNumber(of.bias, 2) : null))
    ] },
  ];
}

/** What they took. */
function costCards(result: RunResult): Card[] {
  const { generation, training, parallelTempering, seconds } = result;
  const { sampler, trained, timeNotes } = wordingOf(result);
  const learning = trained ?? { name: 'training', seconds: training.seconds };
  return [
    { name: 'Time', value: formatSeconds(seconds), context: [
      `${sampler} ${formatSeconds(parallelTempering.seconds)}, `
        + `${learning.name} ${formatSeconds(learning.seconds)}, generation ${formatSeconds(generation.seconds)}`,
      ...timeNotes
    ] },
    { name: trained === null ? 'Training' : `Training, last ${trained.each}`, value: formatCount(training.steps), context: [
      `steps, ${formatNumber(training.millisecondsPerStep, 3)} ms each`,
      `${formatCount(training.parameters)} parameters`
    ] },
  ];
}

function blockMarkup({ style, cards, note }: CardBlock): Markup {
  return html`<dl class="${style}">${cards.map(card)}</dl>${note ?? null}`;
}

export function headline(record: RunRecord, paper: PublishedFigures | null): Markup {
  const { result } = record;
  if (result === null) return nothing('There are no figures yet.');
  const own = kinds.map(({ cards }) => cards(result)).filter((block) => block !== null)
    .filter(({ cards }) => cards.length > 0);
  const blocks: CardBlock[] = [
    ...own.filter(({ place }) => place === 'before'),
    { place: 'before', style: 'headline', cards: [...sampleCards(result, paper), ...costCards(result)] },
    ...own.filter(({ place }) => place === 'after'),
  ];
  const isUnknown = blocks.some(({ cards }) => cards.some(({ value }) => value === UNKNOWN));
  const unknown = isUnknown ? html`<p class="muted">n/a: not known for this target, or not finite.</p>` : null;
  return html`${choiceText(result)}${blocks.map(blockMarkup)}${unknown}`;
}
