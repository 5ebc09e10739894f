/**
 * What noise did to a run, in words and plain cells: shared by its report, the terminal and the tables of experiments.
 */
import type { GenerationSummary, NoiseSummary, WeightKindSummary } from '../../records/record.ts';
import { formatEvaluations, formatNumber, formatPercent, isKnown, UNKNOWN, type Figure } from '../page/format.ts';
import { withoutUnknown } from '../text/table.ts';

export type WeightKind = WeightKindSummary['kind'];

export const KIND_NAMES: Readonly<Record<WeightKind, string>> = {
  'exact': 'exact weights',
  'learned-full': 'weights learned from full energies',
  'learned-stochastic': 'weights learned from noisy energies',
};

const OF_LEARNED =
  'the figures are corrected by values of the energy that nothing was learned from, and their errors know '
    + 'of those; weighted means of the stored samples are as right as the networks φ and ψ. A high ESS may '
    + 'only mean that little was learned.';

const IMPLICATIONS: Readonly<Record<WeightKind, string>> = {
  'exact': 'Exact weights: importance weights of the energy itself, right whatever the noise did to the sampler and '
    + 'the flow.',
  'learned-full': `Weights learned from the energy itself: ${OF_LEARNED}`,
  'learned-stochastic':
    `Weights learned from noisy energies alone, for which the energy itself was never asked: ${OF_LEARNED}`,
};

/** Langevin steps of the particles without a Metropolis rule, summed over the stages. */
export function movesOf({ stages }: NoiseSummary): number {
  return stages.reduce((sum, { moves }) => sum + (moves?.steps ?? 0), 0);
}

/** Which weights the samples carry and what that implies, in a sentence or two. */
export function weightsText(noise: NoiseSummary): string {
  const moves = movesOf(noise);
  if (moves === 0) return IMPLICATIONS[noise.weights];
  return `${IMPLICATIONS[noise.weights]} ${moves} SVRG ${moves === 1 ? 'move' : 'moves'} without a Metropolis `
    + 'rule, which bias in the order of the step size, were made by particles alone: the samples are fresh ' + 'ones.';
}

/** The CESS of one stage, or the least of several and where. */
export function cessText(cess: WeightKindSummary['cess']): string {
  if (cess.length < 2) return formatPercent(cess[0]);
  const finite = cess.filter(isKnown);
  const least = Math.min(...finite);
  return finite.length === 0 ? UNKNOWN : `${formatPercent(least)} (stage ${cess.indexOf(least) + 1} of ${cess.length})`;
}

/** The CESS of every stage in order, the unit once. */
export function cessPerStage(cess: readonly Figure[]): string {
  if (!cess.some(isKnown)) return UNKNOWN;
  return `${cess.map((value) => formatPercent(value).replace(' %', '')).join(', ')} %`;
}

/** ½ Σ |mass − exact mass|; null where a mass or an exact one is unknown, or there are no modes. */
export function totalVariation(
  modes: GenerationSummary['modes'], read: (mode: GenerationSummary['modes'][number]) => Figure
): number | null {
  if (modes.length === 0) return null;
  let sum = 0;
  for (const mode of modes) {
    const mass = read(mode);
    if (!isKnown(mass) || !isKnown(mode.exact)) return null;
    sum += 0.5 * Math.abs(mass - mode.exact);
  }
  return sum;
}

/** Biases and distances: three digits, and no power of ten before they need one. */
export const formatError = (value: Figure): string =>
  (isKnown(value) && Math.abs(value) >= 1e-5 && value < 1 ? value.toPrecision(3) : formatNumber(value, 3));

export interface Evaluations {
  readonly noisy: number;
  readonly full: number;
  /** In evaluations of the whole energy; null where a phase's are unknown. */
  readonly passes: number | null;
}

/** What the phases that `counted` accepts have asked of the energy, together. */
export function evaluationsOf({ evaluations }: NoiseSummary, counted: (phase: string) => boolean): Evaluations {
  const phases = evaluations.filter(({ phase }) => counted(phase));
  return {
    noisy: phases.reduce((sum, { noisy }) => sum + noisy, 0),
    full: phases.reduce((sum, { full }) => sum + full, 0),
    passes: phases.every(({ passes }) => isKnown(passes)) ? phases.reduce((sum, { passes }) => sum + (passes ?? 0), 0)
      : null,
  };
}

/** Everything that the samples needed: comparing them with weights of other kinds is not part of their price. */
export const needed = (phase: string): boolean => phase !== 'comparison';

/** In words; a phase that is not among them is called what it is. */
const PHASES: Readonly<Record<string, string>> = {
  sampling: 'sampling by reSGLD',
  labels: 'energies of its samples',
  training: 'training of flows',
  weights: 'weights',
  moves: 'moves of the samples',
  comparison: 'comparison with weights of other kinds',
};

/** Header, a row per phase, and totals: what only compared comes after what the samples needed. */
export function evaluationsTable(noise: NoiseSummary): string[][] {
  const cells = (name: string, { noisy, full, passes }: Evaluations): string[] =>
    [name, formatEvaluations(noisy), formatEvaluations(full), formatEvaluations(passes)];
  const row = ({ phase, ...counts }: NoiseSummary['evaluations'][number]): string[] =>
    cells(Object.hasOwn(PHASES, phase) ? PHASES[phase] : phase, counts);
  const compared = noise.evaluations.filter(({ phase }) => !needed(phase));
  return withoutUnknown([
    ['evaluations', 'noisy', 'full', 'passes over the whole energy'],
    ...noise.evaluations.filter(({ phase }) => needed(phase)).map(row),
    ...(compared.length === 0 ? [] : [
      cells('all that the samples needed', evaluationsOf(noise, needed)), ...compared.map(row)
    ]),
    cells('total', evaluationsOf(noise, () => true)),
  ]);
}

/** A set of samples and how far it is from the truth. */
export interface SampleFigures {
  readonly name: string;
  /** The weights that were applied; null where there are none, or none of their own. */
  readonly weights: WeightKindSummary | null;
  /** Whether these are the run's samples with the run's weights. */
  readonly final: boolean;
  readonly ess: Figure;
  readonly bias: Figure;
  readonly totalVariation: Figure;
}

/** The same figures of reSGLD's samples, the flow's, and those with every kind of weights. */
export function sampleFigures(noise: NoiseSummary): SampleFigures[] {
  const plain = (name: string, figures: NoiseSummary['input']): SampleFigures =>
    ({ name, weights: null, final: false, ess: null, ...figures });
  return [
    plain('reSGLD', noise.input),
    plain('flow, unweighted', noise.flow),
    ...noise.weightKinds.map(
      (weights) => ({
        name: KIND_NAMES[weights.kind], weights, final: weights.kind === noise.weights, ess: weights.ess,
        bias: weights.bias, totalVariation: weights.totalVariation
      })
    ),
    ...(noise.moved === null ? [] : [plain('particles after SVRG moves', noise.moved)]),
  ];
}
