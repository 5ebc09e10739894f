/** The figures to read first, each with what it is compared with. */
import type { LadderSummary, PathIntegralSummary, RunRecord, RunResult } from '../../records/record.ts';
import {
  errorInStandardErrors, formatBeside, formatCount, formatEstimate, formatExtended, formatNumber, formatPercent,
  formatSeconds, isKnown, typographic, UNKNOWN
} from '../page/format.ts';
import { lambdaText, leastCess, unresetEss, movesText, resampledStages } from '../ladder/ladderFigures.ts';
import { html, type Markup } from '../page/markup.ts';
import { KIND_NAMES } from '../noise/noiseFigures.ts';
import { nothing } from '../page/page.ts';
import { largestRing, secondsPerRing } from '../ring/ringFigures.ts';
import { trainedStages } from '../trainedStages.ts';

/** Figures published for the same target and θ. */
export interface PublishedFigures {
  /** as a fraction */
  readonly ess: number | null;
  /** L2 norm over the observables */
  readonly bias: number | null;
  /** Where they come from, in a few words. */
  readonly source?: string;
}

interface Card { readonly name: string; readonly value: string; readonly context: readonly string[] }

function card({ name, value, context }: Card): Markup {
  const [number, unit] = value.endsWith(' %') ? [value.slice(0, -2), ' %'] : [value, ''];
  const [centre, spread] = number.includes(' ± ') ? number.split(' ± ') : [number, null];
  return html`<div><dt>${name}</dt><dd><div class="value">${typographic(centre)}<small>${spread === null ? unit : ` ± ${spread}`}</small></div>${context.map((line) => html`<div class="context">${typographic(line)}</div>`)}</dd></div>`;
}

/** What made the samples, who chose it and why. */
function choiceText(result: RunResult): Markup | null {
  const { choice } = result;
  const stages = trainedStages(result);
  if (choice === null) return null;
  const { oneFlow } = choice;
  const what = stages !== null ? `A ladder of ${stages.count} ${stages.count === 1 ? 'stage' : 'stages'}`
    : choice.generator === 'flow' ? 'One flow from base to target' : 'A ladder of stages';
  return html`<p><b>${what}</b> made the samples, ${choice.by === 'automatic' ? 'chosen automatically' : 'chosen by setting'}. ${choice.reason}${oneFlow === null ? null : typographic(` The one flow that was tried: ESS ${formatPercent(oneFlow.ess)}, forward ESS ` + `${formatPercent(oneFlow.forwardEss)}, coverage ${formatNumber(oneFlow.coverage, 3)}.`)}</p>`;
}

/** The three figures of a ladder that a resample does not flatter. */
function ladderCards(ladder: LadderSummary): Card[] {
  const [cess, ess] = [leastCess(ladder), unresetEss(ladder)];
  const resets = resampledStages(ladder).length;
  const { fresh } = ladder;
  return [
    { name: 'Least CESS of a stage', value: formatPercent(cess?.value), context: [
      cess === null ? 'the worst single step'
        : `stage ${cess.stage.stage}, λ = ${lambdaText(cess.stage.lambda)}: the worst single step`
    ] },
    { name: 'ESS of the ensemble before any reset', value: formatPercent(ess?.value), context: [
      `${ess === null ? '' : `stage ${ess.stage.stage}; `}resampled after ${resets} of ${ladder.stages.length} `
        + 'stages, which resets this figure'
    ] },
    { name: 'ESS of fresh samples, no moves', value: formatPercent(fresh.ess), context: [
      `${formatPercent(fresh.essRejuvenated)} ${movesText(ladder)}`, 'weights never reset'
    ] },
  ];
}

/** Of the largest ring: what a path integral is run for. */
function ringCards(pathIntegral: PathIntegralSummary): Card[] {
  const ring = largestRing(pathIntegral);
  if (ring === null) return [];
  const { beads, samples, ess, paretoK, logZ, largestGap, bias } = ring;
  const seconds = secondsPerRing(ring);
  const at = `N = ${String(beads)}`;
  const reference = (name: string, value: typeof logZ.exact): string[] =>
    (isKnown(value) ? [`${name} ${formatBeside(value, logZ.standardError)}`] : []);
  const references = [...reference(`exact at ${at}:`, logZ.exact), ...reference('quantum:', logZ.quantum)];
  return [
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
  ];
}

export function headline(record: RunRecord, paper: PublishedFigures | null): Markup {
  const { result } = record;
  if (result === null) return nothing('There are no figures yet.');
  const { generation, training, parallelTempering, ladder, noise, pathIntegral } = result;
  const stages = trainedStages(result);
  const sampler = noise === null ? 'PT' : 'reSGLD';
  const published = paper?.source ?? 'published';
  const logZError = errorInStandardErrors(generation.logZ);
  const cards: Card[] = [
    { name: 'ESS', value: formatPercent(generation.ess), context: [
      `of ${formatCount(generation.samples)} samples${noise === null ? '' : `, ${KIND_NAMES[noise.weights]}`}`,
      ...(paper !== null && isKnown(paper.ess) ? [`${published}: ${formatPercent(paper.ess)}`] : [])
    ] },
    { name: 'Forward ESS', value: formatPercent(generation.forwardEss), context: [
      `estimated on ${sampler} samples${noise === null ? '' : ', which the noise biases'}`
    ] },
    { name: 'Coverage', value: formatNumber(generation.coverage.value, 3), context: [
      generation.coverage.kind === 'modes' ? 'flow mass / reference mass of the least covered mode'
        : `share of ${sampler} points with a generated neighbour`
    ] },
    { name: 'Pareto k̂', value: formatExtended(generation.paretoK), context: ['averages can be trusted below 0.7'] },
    { name: 'log Z', value: formatEstimate(generation.logZ.value, generation.logZ.standardError), context: [
      isKnown(generation.logZ.exact)
        ? `exact ${formatNumber(generation.logZ.exact, 5)}${logZError === null ? '' : `, ${formatNumber(logZError, 2)} se away`}`
        : 'exact value unknown'
    ] },
    { name: 'Bias', value: formatNumber(generation.bias, 3), context: [
      isKnown(generation.bias)
        ? `L2 norm over ${generation.observables.filter(({ exact }) => isKnown(exact)).length} observables`
        : 'no exact observables',
      ...(paper !== null && isKnown(paper.bias) ? [`${published}: ${formatNumber(paper.bias, 2)}`] : [])
    ] },
    { name: 'Time', value: formatSeconds(result.seconds), context: [
      `${sampler} ${formatSeconds(parallelTempering.seconds)}, `
        + `${stages === null ? `training ${formatSeconds(training.seconds)}` : `${ladder === null ? 'training' : 'stages'} ${formatSeconds(stages.seconds)}`}, `
        + `generation ${formatSeconds(generation.seconds)}`,
      ...(pathIntegral === null ? [] : [`before the first ring ${formatSeconds(pathIntegral.preparationSeconds)}`])
    ] },
    { name: stages === null ? 'Training' : 'Training, last stage', value: formatCount(training.steps), context: [
      `steps, ${formatNumber(training.millisecondsPerStep, 3)} ms each`,
      `${formatCount(training.parameters)} parameters`
    ] },
  ];
  const ofLadder = ladder === null ? [] : ladderCards(ladder);
  const ofRings = pathIntegral === null ? [] : ringCards(pathIntegral);
  const rings = pathIntegral === null || ofRings.length === 0 ? null
    : html`<dl class="headline">${ofRings.map(card)}</dl><p class="muted">Below: of the flow on its own ${String(pathIntegral.modes)} modes of ${String(pathIntegral.beads)} beads, the other modes averaged over.</p>`;
  return html`${choiceText(result)}${rings}<dl class="headline">${cards.map(card)}</dl>${ofLadder.length === 0 ? null : html`<dl class="headline three">${ofLadder.map(card)}</dl>`}${[...ofRings, ...cards, ...ofLadder].some(({ value }) => value === UNKNOWN) ? html`<p class="muted">n/a: not known for this target, or not finite.</p>` : null}`;
}
