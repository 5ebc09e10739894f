/** What the noise of the energy did, and what the weights make of it: in words, and as tables. */
import type { NoiseSummary, NoisyStageSummary, RunResult } from '../../records/record.ts';
import { kindMassesFigure } from './kindMasses.ts';
import { sampleErrorsFigure } from './sampleErrors.ts';
import {
  formatCount, formatEstimate, formatNumber, formatPercent, formatSeconds, isKnown, typographic
} from '../page/format.ts';
import { lambdaText } from '../ladder/ladderFigures.ts';
import { html, type Markup } from '../page/markup.ts';
import { cessPerStage, evaluationsTable, formatError, movesOf, sampleFigures, weightsText } from './noiseFigures.ts';
import { withoutUnknown } from '../text/table.ts';
import { table, type Cell, type Column } from '../page/page.ts';

/** The explanation stands before a table, whose caption would be as narrow as itself. */
const explained = ([header, ...rows]: readonly (readonly string[])[], explanation: string): Markup =>
  html`<p class="lead">${explanation}</p>${table(header.map((name, i) => ({ name, kind: i === 0 ? 'text' : 'number' })), rows)}`;

/** How the energy was seen. */
function sourceText({ kind, rows, batch, fullEnergy }: NoiseSummary): string {
  const seen = kind === 'rows'
    ? `The energy is a sum over ${formatCount(rows)} rows of data, of which every noisy value sees a random `
      + `mini-batch of ${formatCount(batch)}.`
    : 'The energy was seen through random draws of its noise.';
  return `${seen} ${fullEnergy ? 'The energy itself can be had too, at a price.' : 'The energy itself cannot be had: there are no exact weights to compare with.'}`;
}

function kindsTable(noise: NoiseSummary, result: RunResult): Markup {
  const { exact } = result.generation.logZ;
  // Quadrature of a normalised density leaves its rounding behind.
  const known = isKnown(exact) ? typographic(`; exact: ${formatNumber(Number(exact.toFixed(8)), 5)}`) : '';
  const rows = sampleFigures(noise).map(({ name, weights, final, ess, bias, totalVariation }) => {
    const learned = weights !== null && weights.kind !== 'exact';
    return [
      final ? `${name} (the run’s)` : name,
      final || weights !== null ? formatPercent(ess) : '',
      weights === null ? '' : cessPerStage(weights.cess),
      formatError(bias), formatError(totalVariation),
      ...(
        learned ? [
          formatNumber(weights.residual, 3), formatNumber(weights.correlation, 3), formatNumber(weights.deviation, 3)
        ] : ['', '', '']
      ),
      weights === null ? '' : formatEstimate(weights.logZ?.value, weights.logZ?.standardError),
      ...(learned ? [formatNumber(weights.heldOutError, 3), formatNumber(weights.constantError, 3)] : ['', '']),
    ];
  });
  const [header, ...body] = withoutUnknown([
    [
      'samples', 'ESS', 'CESS per stage', 'L2 bias', 'total variation', 'error of log w', 'correlation with exact',
      'deviation from exact', 'log Z', 'held-out error', 'of a constant'
    ],
    ...rows
  ]);
  return table(header.map((name, i) => ({ name, kind: i === 0 ? 'text' : 'number' })), body,
    'Of the samples of reSGLD, of the flow’s without weights, and of the same with every kind of weights. '
      + 'Total variation: half the sum of the errors of the modes’ masses. Error of log w: the standard '
      + 'deviation of what was learned from the true logarithm, free of noise, found with values of the energy '
      + 'that nothing was learned from; the figures of learned weights are corrected by them. Correlation and '
      + 'deviation (standard deviation of the difference, every sample counting by its exact weight) are against '
      + 'the exact log-weights. Held-out error: mean loss of φ, ψ on pairs that they were not trained on, beside '
      + 'that of a constant: noise keeps both high, and where they are alike nothing was learned and a high ESS '
      + `says nothing. log Z ± one standard error, from these weights alone${known}.`,
    true);
}

function evaluationsOfPhases(noise: NoiseSummary): Markup {
  const priced = noise.evaluations.some(({ passes }) => isKnown(passes));
  return explained(
    evaluationsTable(noise),
    'Evaluations of points, with gradient or without, of noisy values and of the energy '
      + `itself.${priced ? ' Passes: their price in evaluations of the whole energy.' : ''}`
  );
}

/** One row per rung of reSGLD; the swap is with the next one. */
function samplerTable(
  { sampler }: NoiseSummary, { parallelTempering: { inverseTemperatures, stepSizes } }: RunResult
): Markup {
  const rows = inverseTemperatures.map((lambda, k) => [
    lambdaText(lambda), formatNumber(stepSizes[k], 3), formatNumber(sampler.gradientDeviations[k], 3),
    formatPercent(sampler.heating[k]),
    k === inverseTemperatures.length - 1 ? '' : formatNumber(sampler.swapDeviations[k], 3),
  ]);
  return explained([['λ', 'step size', 'σ of the gradient', 'heating', 'σ of the swap with the next'], ...rows],
    `Draws averaged in every gradient and swap: ${formatCount(sampler.draws)}. Swaps: ${swapText(sampler)}. `
      + 'σ of the gradient is in its noisiest coordinate; heating is the share by which that widens the rung’s '
      + 'samples there, to which steps are shortened.');
}

function swapText({ swapCorrection, swapDeviations, tracked }: NoiseSummary['sampler']): string {
  if (swapDeviations.length > 0 && swapDeviations.every((sigma) => sigma === 0))
    return 'with the energy itself, so that their log ratio has no noise (σ is 0)';
  if (swapCorrection === 0) return 'naive, as if their log ratio had no noise';
  return `log ratio lowered by ${String(swapCorrection)} · σ²/2 (1 is exact for Gaussian noise), σ measured `
    + `${tracked ? 'all along' : 'in the warm-up'}`;
}

const STAGE_COLUMNS: readonly (Column & { readonly cell: (stage: NoisyStageSummary) => Cell })[] = [
  { name: 'stage', kind: 'number', cell: ({ stage }) => String(stage) },
  { name: 'λ', kind: 'number', cell: ({ lambda }) => lambdaText(lambda) },
  { name: 'ESS before resampling', kind: 'number', cell: ({ ess }) => formatPercent(ess) },
  { name: 'resampled', kind: 'text', cell: ({ resampled }) => (resampled ? 'yes' : 'no') },
  { name: 'SVRG moves', kind: 'number', cell: ({ moves }) => (
    moves === null ? 'none' : `${formatCount(moves.steps)} of step ${formatNumber(moves.stepSize, 2)}`
  ) },
  { name: 'training steps', kind: 'number', cell: ({ trainingSteps }) => formatCount(trainingSteps) },
  { name: 'training', kind: 'number', cell: ({ trainingSeconds }) => formatSeconds(trainingSeconds) },
  { name: 'not finite', kind: 'number', cell: ({ nonFinite, moves }) => {
    const count = nonFinite + (moves?.nonFinite ?? 0);
    return count > 0 ? html`<span class="flag">▲ ${formatCount(count)}</span>` : '0';
  } },
  { name: 'time', kind: 'number', cell: ({ seconds }) => formatSeconds(seconds) },
];

/** Of a ladder, or where the samples were moved; one flow without moves says it all elsewhere. */
function stagesTable(noise: NoiseSummary): Markup | null {
  if (noise.stages.length < 2 && movesOf(noise) === 0) return null;
  return html`<h3>Stages</h3>${table(STAGE_COLUMNS, noise.stages.map((stage) => STAGE_COLUMNS.map(({ cell }) => cell(stage))),
    'ESS of the samples’ weights after the stage: a resample sets it back, so that what stands after one says nothing of the stages before. SVRG moves: Langevin steps with variance-reduced gradients and no Metropolis rule, biased in the order of the step size.')}`;
}

export function noiseSection(noise: NoiseSummary, result: RunResult): Markup {
  const figure = sampleErrorsFigure(sampleFigures(noise));
  return html`<p class="lead">${sourceText(noise)} reSGLD (replica-exchange Langevin dynamics on noisy gradients) sampled it; where this page says PT, its samples are meant, which the noise biases.</p>
<p><b>${weightsText(noise)}</b></p>
<h3>Weights of every kind</h3>${kindsTable(noise, result)}${figure}${kindMassesFigure(noise, result.generation)}
<h3>What was asked of the energy</h3>${evaluationsOfPhases(noise)}
<h3>The sampler’s noise</h3>${samplerTable(noise, result)}${stagesTable(noise)}`;
}
