/**
 * The published experiment on noisy energies in the plane: where samples are too many and too few, without and with
 * every correction.
 */
import { InputError } from '../../errors.ts';
import type { RunRecord } from '../../records/record.ts';
import type { Domain } from '../../targets/domain.ts';
import { densityErrors, type ErrorPanel } from './densityErrors.ts';
import type { Surface } from '../../report/figures/surface.ts';
import {
  formatNumber, formatPercent, formatSeconds, isKnown, type Figure, formatEvaluations
} from '../../report/page/format.ts';
import { html, type Markup } from '../../report/page/markup.ts';
import { evaluationsOf, formatError, needed, type WeightKind } from '../../report/noise/noiseFigures.ts';
import { figure, nothing, page, table } from '../../report/page/page.ts';
import { normaliseLogWeights } from '../../report/weights.ts';

export interface NoiseExperimentRow {
  readonly name: string;
  /** Swaps without a correction for the noise of their ratio. */
  readonly naive: boolean;
  /** Whether particles were moved by Langevin steps with variance-reduced gradients. */
  readonly svrg: boolean;
  readonly record: RunRecord;
  /** Samples of reSGLD. shape [n, 2] */
  readonly input: Float64Array;
  /** The run's samples and their log-weights; where there were moves, the moved particles. shapes [m, 2] and [m] */
  readonly samples: Float64Array;
  readonly logWeights: Float64Array;
}

export interface NoiseExperimentInput {
  readonly title: string;
  readonly domain: Domain;
  /** The energy without noise on a grid of the plane. */
  readonly surface?: Surface;
  readonly rows: readonly NoiseExperimentRow[];
}

interface Column {
  readonly title: string;
  /** L2 biases of arXiv 2604.05303. */
  readonly published: { readonly naive: number; readonly corrected: number };
  /** The run that is shown; null for the first one whose swaps are right, for its input. */
  readonly svrg: boolean | null;
}

const COLUMNS: readonly Column[] = [
  { title: 'reSGLD samples', published: { naive: 1.5e-1, corrected: 1.11e-1 }, svrg: null },
  { title: 'flow without SVRG', published: { naive: 1.48e-2, corrected: 1.43e-2 }, svrg: false },
  { title: 'flow with SVRG', published: { naive: 8.5e-3, corrected: 1.49e-2 }, svrg: true },
];

/** @throws InputError when the shapes do not fit together */
function validate({ domain, surface, rows }: NoiseExperimentInput): void {
  const requireLength = (what: string, actual: number, expected: number): void => {
    if (actual !== expected) throw new InputError(`report: ${what} must have length ${expected}, got ${actual}`);
  };
  requireLength('domain (the experiment is in the plane)', domain.length, 2);
  if (surface !== undefined)
    requireLength('surface.energy (ny · nx)', surface.energy.length, surface.x.length * surface.y.length);
  for (const { name, input, samples, logWeights } of rows) {
    if (input.length % 2 !== 0) throw new InputError(
      `report: input of ${JSON.stringify(name)} must have a multiple of 2 entries, got ${input.length}`
    );
    requireLength(`samples of ${JSON.stringify(name)} (2 per log-weight)`, samples.length, 2 * logWeights.length);
  }
}

interface Shown {
  readonly entry: ErrorPanel; /** Independent samples that the panel is worth. */ readonly worth: Figure
}

const scientific = (value: Figure): string => (isKnown(value) ? value.toExponential(2) : formatNumber(null));

function shown(rows: readonly NoiseExperimentRow[], naive: boolean, { title, published, svrg }: Column): Shown {
  const name = `${title}, ${naive ? 'naive' : 'corrected'} swaps`;
  const beside = `published ${scientific(naive ? published.naive : published.corrected)}`;
  const row = rows.find((one) => one.naive === naive && (svrg === null || one.svrg === svrg));
  if (row === undefined)
    return { entry: { title: name, figures: `This run is missing; ${beside}.`, cloud: null }, worth: null };
  const { result } = row.record;
  const sampler = svrg === null;
  const bias = sampler ? result?.noise?.input.bias : svrg ? result?.noise?.moved?.bias : result?.generation.bias;
  const points = sampler ? row.input : row.samples;
  const weights = sampler ? null : normaliseLogWeights(row.logWeights).weights;
  const size = points.length / 2;
  const ess = result?.generation.ess;
  return {
    entry: { title: name, figures: `L2 bias ${scientific(bias)}; ${beside}`, cloud: size === 0 ? null : {
      points, dimension: 2, weights
    } },
    worth: sampler ? result?.parallelTempering.effectiveSampleSize : isKnown(ess) ? ess * size : null,
  };
}

/** "±0.004" for the panel that is worth the fewest samples. */
function noiseText(panels: readonly Shown[], noise: (samples: number) => number): string {
  const worth = panels.map((one) => one.worth).filter(isKnown).filter((value) => value > 0);
  return worth.length === 0 ? 'unknown' : `±${formatNumber(2 * noise(Math.min(...worth)), 2)}`;
}

function sixPanels({ domain, surface, rows }: NoiseExperimentInput): Markup {
  const all = [true, false].flatMap((naive) => COLUMNS.map((column) => ({ column, ...shown(rows, naive, column) })));
  if (surface === undefined)
    return nothing('The energy without noise was not given, so there is no exact density to compare with.');
  const { panels, key, peak, noise } = densityErrors(all.map(({ entry }) => entry), surface, domain);
  const [sampler, flow] =
    [all.filter(({ column }) => column.svrg === null), all.filter(({ column }) => column.svrg !== null)];
  return figure(html`<div class="panels three">${panels.slice(0, 3)}</div><div class="panels three">${panels.slice(3)}</div>${key}`,
    'Density of the samples less the exact one, on one scale in all panels; colour grows with the square '
      + 'root of the difference, so that small ones show. Thin lines: half and a twentieth of the highest exact '
      + `density, ${formatNumber(peak, 2)}. The flow’s samples carry the run’s weights; those with SVRG were `
      + 'moved after that. Sampling noise alone, as two standard errors where the density is highest: '
      + `${noiseText(sampler, noise)} in panels of reSGLD, ${noiseText(flow, noise)} in those of flows. L2 bias: `
      + 'of the observables, as in the table. Published: arXiv 2604.05303.');
}

/** Header and rows as plain cells. */
function noiseExperimentTable({ rows }: Pick<NoiseExperimentInput, 'rows'>): string[][] {
  return [
    [
      'run', 'swaps', 'SVRG', 'bias, reSGLD', 'TV, reSGLD', 'bias, flow unweighted', 'bias, exact weights',
      'bias, learned-full', 'bias, learned-stochastic', 'bias of the samples', 'bias after SVRG moves', 'ESS', 'noisy',
      'full', 'time'
    ],
    ...rows.map(({ name, naive, svrg, record: { result } }) => {
      const noise = result?.noise ?? null;
      const bias = (kind: WeightKind): string => formatError(noise?.weightKinds.find((one) => one.kind === kind)?.bias);
      const counts = noise === null ? null : evaluationsOf(noise, needed);
      return [
        name, naive ? 'naive' : 'corrected', svrg ? 'yes' : 'no', formatError(noise?.input.bias),
        formatError(noise?.input.totalVariation), formatError(noise?.flow.bias),
        bias('exact'), bias('learned-full'), bias('learned-stochastic'), formatError(result?.generation.bias),
        svrg ? formatError(noise?.moved?.bias) : '', formatPercent(result?.generation.ess),
        formatEvaluations(counts?.noisy), formatEvaluations(counts?.full), formatSeconds(result?.seconds),
      ];
    }),
  ];
}

function runsTable(input: NoiseExperimentInput): Markup {
  if (input.rows.length === 0) return nothing('No run is finished yet.');
  const [header, ...rows] = noiseExperimentTable(input);
  const used = [...new Set(input.rows.flatMap(({ record }) => record.result?.noise?.weights ?? []))];
  return table(header.map((name, i) => ({ name, kind: i < 3 ? 'text' : 'number' })), rows,
    `L2 bias over the observables. The samples carry ${used.length === 0 ? 'no' : used.join(', ')} weights; `
      + 'they are fresh ones, which no move has biased. TV: total variation of the masses of the modes. '
      + 'Evaluations of noisy and of full energies without those that only compared kinds of weights.',
    true);
}

/**
 * One self-contained page. The same input gives the same bytes. @throws InputError when the shapes do not fit together
 */
export function renderNoiseExperiment(input: NoiseExperimentInput): string {
  validate(input);
  return page({
    title: `${input.title} · jeffreys-flow`,
    header: html`<h1>${input.title}</h1>`,
    notices: null,
    sections: [
      {
        id: 'panels', title: 'Where samples are too many and too few',
        body:
          html`<p class="lead">The sampler sees the energy shifted by waves of random sign. Naive swaps take the shifted difference for the true one; corrected ones subtract τ/2 of its variance (τ is the setting swapCorrection). The flow learns what the sampler left, and its weights are there to put that right: exact ones do, learned ones as far as they were learned. SVRG moves take the samples on from there with little noise, but without a Metropolis rule: what their steps are too long for gets wider.</p>${sixPanels(input)}`
      },
      { id: 'runs', title: 'Every run', body: runsTable(input) },
    ],
  });
}
