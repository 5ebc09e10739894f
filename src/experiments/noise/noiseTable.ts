/** Runs on noisy energies side by side: the sampler, the flow and every kind of weights, with what each step cost. */
import type { RunRecord, RunResult, StageSummary } from '../../records/record.ts';
import { formatPercent, formatSeconds, isKnown, type Figure, formatEvaluations } from '../../report/page/format.ts';
import { html } from '../../report/page/markup.ts';
import {
  cessPerStage, evaluationsOf, formatError, KIND_NAMES, needed, sampleFigures, totalVariation, type Evaluations
} from '../../report/noise/noiseFigures.ts';
import { withoutUnknown } from '../../report/text/table.ts';
import { page, table } from '../../report/page/page.ts';

export interface NoiseTableInput {
  readonly title: string;
  /** A run without `noise` is one on the energy itself: a reference. */
  readonly rows: readonly { readonly name: string; readonly record: RunRecord }[];
  /** A further table, such as a comparison with the reference; header first. */
  readonly reference?: { readonly title: string; readonly rows: readonly (readonly string[])[] } | undefined;
}

interface Line {
  readonly name: string;
  readonly totalVariation: Figure;
  readonly bias: Figure;
  /** Of weights; undefined where there are none. */
  readonly ess?: Figure;
  readonly cess?: readonly StageSummary['cess'][];
  /** What was asked of the energy, and how long it took, up to here; undefined where that has no answer of its own. */
  readonly evaluations?: Evaluations;
  readonly seconds?: number;
}

/** What tempering with one evaluation per step asked of the energy; undefined for kernels that take several. */
function temperingEvaluations(
  { settings }: RunRecord,
  { kernel, ladders, inverseTemperatures, warmupRounds, rounds }: RunResult['parallelTempering']
): Evaluations | undefined {
  const { stepsPerRound } = settings;
  if (kernel === 'hmc' || typeof stepsPerRound !== 'number') return undefined;
  const full = ladders * inverseTemperatures.length * (warmupRounds + rounds) * stepsPerRound;
  return { noisy: 0, full, passes: full };
}

/** Of a run on the energy itself. */
function referenceLines(
  record: RunRecord,
  { generation: { modes, ess, bias, seconds: generating }, parallelTempering, training, ladder, seconds }: RunResult
): Line[] {
  const learning = ladder === null ? training.seconds : ladder.seconds - generating;
  const { seconds: sampling } = parallelTempering;
  const evaluations = temperingEvaluations(record, parallelTempering);
  return [
    {
      name: 'parallel tempering', totalVariation: totalVariation(modes, ({ pt }) => pt.value), bias: null,
      seconds: sampling, ...(evaluations === undefined ? {} : { evaluations })
    },
    {
      name: 'flow, unweighted', totalVariation: totalVariation(modes, ({ flow }) => flow.value), bias: null,
      seconds: sampling + learning
    },
    {
      name: KIND_NAMES.exact, totalVariation: totalVariation(modes, ({ weighted }) => weighted.value), bias, ess,
      ...(ladder === null ? {} : { cess: ladder.stages.map(({ cess }) => cess) }), seconds
    },
  ];
}

function noisyLines(result: RunResult, noise: NonNullable<RunResult['noise']>): Line[] {
  const sampling = result.parallelTempering.seconds;
  const training = noise.stages.reduce((sum, { trainingSeconds }) => sum + trainingSeconds, 0);
  const [input, flow, ...weighted] = sampleFigures(noise);
  // Along a ladder the flows cannot be had without the weights between them.
  const ofFlow = noise.stages.length === 1 ? {
    evaluations: evaluationsOf(noise, (phase) => needed(phase) && phase !== 'weights'), seconds: sampling + training
  } : {};
  return [
    {
      name: input.name, totalVariation: input.totalVariation, bias: input.bias,
      evaluations: evaluationsOf(noise, (phase) => phase === 'sampling'), seconds: sampling
    },
    { name: flow.name, totalVariation: flow.totalVariation, bias: flow.bias, ...ofFlow },
    ...weighted.map(({ final, weights, name, ess, bias, totalVariation: distance }): Line => ({
      name, ess, bias, totalVariation: distance, ...(weights === null ? {} : { cess: weights.cess }),
      ...(final ? { evaluations: evaluationsOf(noise, needed), seconds: result.seconds } : {}),
    })),
  ];
}

function cells(run: string, { name, totalVariation: distance, bias, ess, cess, evaluations, seconds }: Line): string[] {
  const counts = evaluations === undefined ? ['', '', '']
    : [evaluations.noisy, evaluations.full, evaluations.passes].map(formatEvaluations);
  return [
    run, name, formatError(distance), formatError(bias), ess === undefined ? '' : formatPercent(ess),
    cess === undefined ? '' : cessPerStage(cess), ...counts, isKnown(seconds) ? formatSeconds(seconds) : ''
  ];
}

/** Header and rows as plain cells: several rows a run, of which the first names it. */
export function noiseTable({ rows }: NoiseTableInput): string[][] {
  return withoutUnknown([
    ['run', 'samples', 'total variation', 'L2 bias', 'ESS', 'CESS per stage', 'noisy', 'full', 'passes', 'time'],
    ...rows.flatMap(({ name, record }) => {
      const { result } = record;
      if (result === null) return [[name, 'no result yet', ...Array.from({ length: 8 }, () => '')]];
      const lines = result.noise === null ? referenceLines(record, result) : noisyLines(result, result.noise);
      return lines.map((line, k) => cells(k === 0 ? name : '', line));
    }),
  ]);
}

const asTable = (
  [header, ...rows]: readonly (readonly string[])[], text: readonly string[], caption: string | null
): ReturnType<typeof table> =>
  table(header.map((name, i) => ({ name, kind: i === 0 || text.includes(name) ? 'text' : 'number' })), rows, caption);

/** The tables as a self-contained page. */
export function renderNoiseTable(input: NoiseTableInput): string {
  const { title, reference } = input;
  return page({
    title: `${title} · jeffreys-flow`,
    header: html`<h1>${title}</h1>`,
    notices: null,
    sections: [
      {
        id: 'noise',
        title: 'What the noise leaves, and what takes it away',
        body: html`<p class="lead">Replica-exchange SGLD sees the energy with noise: its samples are biased, and so is a flow that has learned them. Importance weights of the energy itself are right whatever the noise did. Learned weights need no energy at the samples and are as right as the networks φ and ψ behind them: networks that learned nothing give equal weights, whose ESS is 100 %. Each run has a report of its own in its folder.</p>
${asTable(noiseTable(input), ['samples'], 'Total variation: half the sum of the errors of the modes’ masses. Evaluations of noisy and full energies, with or without gradient, and their price in passes over the whole energy, are all that was needed up to the row; comparing weights of the kinds that were not used is left out of them, but not of the time.')}`,
      },
      ...(reference === undefined || reference.rows.length === 0 ? [] : [
        { id: 'reference', title: reference.title, body: asTable(reference.rows, ['of'], null) }
      ]),
    ],
  });
}
