/** Every metric of a run, once: its name, what it means, how it is written, and which way is better. */
import { extendedValue, type ExtendedFigure } from '../records/figure.ts';
import type {
  GenerationSummary, LadderSummary, NoiseSummary, ParallelTemperingSummary, PathIntegralSummary, RingSummary, RunRecord,
  RunResult, TrainingSummary
} from '../records/record.ts';
import {
  errorInStandardErrors, formatBytes, formatCount, formatEstimate, formatExtended, formatNumber, formatPercent,
  formatSeconds, isKnown, UNKNOWN, type Figure
} from './page/format.ts';
import {
  leastCess, unresetEss, leastStage, leastText, mapsText, resampledStages, temperingDistance, totalOf
} from './ladder/ladderFigures.ts';
import { evaluationsOf, formatEvaluations, needed, totalVariation } from './noise/noiseFigures.ts';
import {
  comparedGain, formatMicroseconds, largestRing, paybackRings, paybackText, plainNumber, secondsPerRing, splitting
} from './ring/ringFigures.ts';
import { trainedStages } from './trainedStages.ts';

export interface Metric {
  readonly group: 'Weights and estimates' | 'Path integral' | 'Noise' | 'Ladder of stages' | 'Training'
    | 'Parallel tempering' | 'The whole run';
  readonly name: string;
  readonly meaning: string;
  readonly text: (result: RunResult) => string;
  /** For comparisons: the figure behind the text, and which way is better. */
  readonly ranked?: {
    readonly better: 'higher' | 'lower';
    readonly figure: (result: RunResult) => Figure;
    /** Figures of different kinds are not ranked against each other. */
    readonly kind?: (result: RunResult) => string;
  };
}

/** The smallest known value of a list; null when there is none. */
export function smallest(values: readonly Figure[]): number | null {
  const finite = values.filter(isKnown);
  return finite.length === 0 ? null : Math.min(...finite);
}

export function largest(values: readonly Figure[]): number | null {
  const finite = values.filter(isKnown);
  return finite.length === 0 ? null : Math.max(...finite);
}

const largestRhat = ({ splitRhat }: ParallelTemperingSummary): ExtendedFigure =>
  splitRhat.map(({ value }) => value)
    .reduce((a, b) => (extendedValue(b) > (extendedValue(a) || -Infinity) ? b : a), null);

const generation = (read: (g: GenerationSummary) => string) => (result: RunResult): string => read(result.generation);
const training = (read: (t: TrainingSummary) => string) => (result: RunResult): string => read(result.training);
const ladder = (read: (l: LadderSummary) => string) =>
  (result: RunResult): string => (result.ladder === null ? UNKNOWN : read(result.ladder));
const noise = (read: (n: NoiseSummary) => string) =>
  (result: RunResult): string => (result.noise === null ? UNKNOWN : read(result.noise));
const pathIntegral = (read: (p: PathIntegralSummary) => string) =>
  (result: RunResult): string => (result.pathIntegral === null ? UNKNOWN : read(result.pathIntegral));
const tempering = (read: (p: ParallelTemperingSummary) => string) =>
  (result: RunResult): string => read(result.parallelTempering);

const GENERATION: readonly Omit<Metric, 'group'>[] = [
  {
    name: 'standing',
    meaning: 'Sound: every check was passed. Doubtful: errors are widened to cover what is known. Unknown: no errors '
      + 'are shown.',
    text: ({ standing }) => standing ?? UNKNOWN
  },
  {
    name: 'ESS',
    meaning: 'Effective sample size, (Σw)² / (n Σw²): the share of independent exact samples that the weighted ones '
      + 'are worth. Blind to a mode the flow never visits.',
    text: generation((g) => formatPercent(g.ess)), ranked: { better: 'higher', figure: (r) => r.generation.ess }
  },
  {
    name: 'forward ESS',
    meaning: 'The same share, of the flow without moves, estimated on PT samples that neither training nor the choice '
      + 'of parameters saw; falls when the flow misses something that PT has seen.',
    text: generation((g) => formatPercent(g.forwardEss)),
    ranked: { better: 'higher', figure: (r) => r.generation.forwardEss }
  },
  {
    name: 'coverage',
    meaning: 'With named modes: the smallest ratio of flow mass to reference mass. Otherwise: the share of PT points '
      + 'with a generated neighbour.',
    text: generation(
      (g) => (isKnown(g.coverage.value) ? `${formatNumber(g.coverage.value, 3)} (${g.coverage.kind})` : UNKNOWN)
    ),
    ranked: { better: 'higher', figure: (r) => r.generation.coverage.value, kind: (r) => r.generation.coverage.kind }
  },
  {
    name: 'Pareto k\u0302',
    meaning: 'Tail index of the weights: below 0.7 the averages can be trusted, above 1 the weights have no mean.',
    text: generation((g) => formatExtended(g.paretoK)),
    ranked: { better: 'lower', figure: (r) => extendedValue(r.generation.paretoK) }
  },
  {
    name: 'log Z',
    meaning: 'Log of the normalising constant, relative to a normalised base: the log of the mean weight.',
    text: generation((g) => formatEstimate(g.logZ.value, g.logZ.standardError))
  },
  { name: 'log Z, exact', meaning: 'The same from quadrature or a closed form, where one is known.', text: generation(
    (g) => formatNumber(g.logZ.exact, 6)
  ) },
  {
    name: 'log Z, |error| / se',
    meaning: 'Distance from the exact value in standard errors; above 4 is a warning sign.',
    text: generation((g) => formatNumber(errorInStandardErrors(g.logZ), 2))
  },
  {
    name: 'bias',
    meaning: 'Euclidean norm of the errors of the observables with an exact value; sampling error included.',
    text: generation((g) => formatNumber(g.bias, 3)), ranked: { better: 'lower', figure: (r) => r.generation.bias }
  },
  {
    name: 'worst observable, |error| / se',
    meaning: 'The largest distance of an observable from its exact value, in standard errors.',
    text: generation((g) => formatNumber(largest(g.observables.map(errorInStandardErrors)), 2))
  },
  { name: 'samples generated', meaning: 'Base samples pushed through the flow and weighted.', text: generation(
    (g) => formatCount(g.samples)
  ) },
  {
    name: 'generated, not finite',
    meaning: 'Generated points or weights that were no finite numbers: counted here rather than hidden.',
    text: generation((g) => formatCount(g.nonFinite))
  },
  {
    name: 'outside the box',
    meaning: 'Share of generated points outside the box in which the flow bends space; it is the identity there.',
    text: generation((g) => formatPercent(g.outOfBox))
  },
  {
    name: 'generation time', meaning: 'Wall clock of pushing and weighting.',
    text: generation((g) => formatSeconds(g.seconds)), ranked: { better: 'lower', figure: (r) => r.generation.seconds }
  },
];

const LADDER: readonly Omit<Metric, 'group'>[] = [
  {
    name: 'stages',
    meaning: 'Steps in λ from base to target, and what was kept in each: the trained flow, or no map at all.',
    text: ladder((l) => `${formatCount(l.stages.length)} (${mapsText(l)})`)
  },
  { name: 'interpolation', meaning: 'How the steps in λ were chosen.', text: ladder((l) => l.interpolation) },
  {
    name: 'particles',
    meaning: 'Points that went through the stages, and the independent groups that give standard errors.',
    text: ladder((l) => `${formatCount(l.particles)} in ${formatCount(l.groups)} groups`)
  },
  {
    name: 'least CESS of a stage',
    meaning: 'Conditional ESS of the map that was kept: the share of the ensemble that the worst single step leaves.',
    text: ladder((l) => leastText(leastCess(l))),
    ranked: { better: 'higher', figure: (r) => (r.ladder === null ? null : leastCess(r.ladder)?.value) }
  },
  {
    name: 'ensemble ESS before any reset',
    meaning: 'The weights of all steps together, at the first resample or (without one) at the end. After a resample '
      + 'the figure starts anew and says nothing.',
    text: ladder((l) => leastText(unresetEss(l))),
    ranked: { better: 'higher', figure: (r) => (r.ladder === null ? null : unresetEss(r.ladder)?.value) }
  },
  {
    name: 'ESS of fresh samples, no moves',
    meaning: 'New base points through all stages, weights never reset: what the maps alone are worth.',
    text: ladder((l) => formatPercent(l.fresh.ess)), ranked: { better: 'higher', figure: (r) => r.ladder?.fresh.ess }
  },
  {
    name: 'ESS of fresh samples, with moves',
    meaning: 'The same with Langevin moves between the stages, whose number is in brackets.',
    text: ladder((l) => (
      isKnown(l.fresh.essRejuvenated)
        ? `${formatPercent(l.fresh.essRejuvenated)} (${formatCount(l.fresh.rejuvenationSteps)} steps)`
        : UNKNOWN
    )),
    ranked: { better: 'higher', figure: (r) => r.ladder?.fresh.essRejuvenated }
  },
  { name: 'resampled after', meaning: 'Stages after which the weights were made equal within each group.', text: ladder(
    (l) => (resampledStages(l).length === 0 ? 'no stage' : `stage ${resampledStages(l).join(', ')}`)
  ) },
  {
    name: 'least coverage of a stage', meaning: 'Of the weighted ensemble beside PT samples of the stage.',
    text: ladder((l) => {
      const least = leastStage(l.stages, (stage) => stage.coverage.value);
      return least === null ? UNKNOWN : `${formatNumber(least.value, 3)} (stage ${least.stage.stage})`;
    })
  },
  {
    name: 'log Z, from the particles',
    meaning: 'The normalising constant accumulated along the stages, resampling included; its error is from '
      + 'independent groups.',
    text: ladder((l) => formatEstimate(l.logZ.value, l.logZ.standardError))
  },
  {
    name: 'log Z, worst |stages − PT| / se',
    meaning: 'The largest distance of a stage’s log Z from parallel tempering’s, in standard errors of the difference.',
    text: ladder((l) => formatNumber(largest(l.stages.map(temperingDistance)), 2))
  },
  { name: 'retries', meaning: 'Steps in λ that were tried, found too long and shrunk.', text: ladder(
    (l) => formatCount(totalOf(l, (stage) => stage.retries))
  ) },
  { name: 'training steps, all stages', meaning: 'Summed over the stages.', text: ladder(
    (l) => formatCount(totalOf(l, (stage) => stage.trainingSteps))
  ) },
  {
    name: 'particles, not finite',
    meaning: 'Particles or weights that were no finite numbers, over all stages: counted here rather than hidden.',
    text: ladder((l) => formatCount(totalOf(l, (stage) => stage.nonFinite)))
  },
  {
    name: 'ladder time', meaning: 'Wall clock of all stages, their training included.',
    text: ladder((l) => formatSeconds(l.seconds)), ranked: { better: 'lower', figure: (r) => r.ladder?.seconds }
  },
];

const ringOf = ({ pathIntegral: of }: RunResult): RingSummary | null => (of === null ? null : largestRing(of));
const ring = (read: (r: RingSummary) => string) => (
  result: RunResult
): string => { const largestOne = ringOf(result); return largestOne === null ? UNKNOWN : read(largestOne); };
const ringEss = ({ pathIntegral: of }: RunResult): number | null => smallest(of?.rings.map(({ ess }) => ess) ?? []);
const gainOf = ({ pathIntegral: of }: RunResult): ReturnType<typeof comparedGain> =>
  (of === null ? null : comparedGain(of));

const PATH_INTEGRAL: readonly Omit<Metric, 'group'>[] = [
  {
    name: 'inverse temperature', meaning: 'β of the quantum particle.', text: pathIntegral((p) => plainNumber(p.beta))
  },
  {
    name: 'modes × beads', meaning: 'Modes that the flow moves, and the beads of the ring that it was trained for.',
    text: pathIntegral((p) => `${formatCount(p.modes)} of ${formatCount(p.beads)}`)
  },
  {
    name: 'largest ring',
    meaning: 'Beads N of the largest ring that the flow was lifted to; the metrics below that name no N are of it.',
    text: ring((r) => formatCount(r.beads))
  },
  {
    name: 'ESS of rings', meaning: 'Share of independent exact rings that the weighted ones are worth.',
    text: ring((r) => formatPercent(r.ess)), ranked: { better: 'higher', figure: (r) => ringOf(r)?.ess }
  },
  { name: 'least ESS of rings', meaning: 'The smallest over all N.', text: (r) => formatPercent(ringEss(r)), ranked: {
    better: 'higher', figure: ringEss
  } },
  { name: 'log Z of rings', meaning: 'The log of the canonical partition function of that ring.', text: ring(
    (r) => formatEstimate(r.logZ.value, r.logZ.standardError)
  ) },
  { name: 'log Z, quantum', meaning: 'The same as N → ∞, by diagonalisation.', text: ring(
    (r) => formatNumber(r.logZ.quantum, 6)
  ) },
  {
    name: 'largest gap, |error| / se',
    meaning: 'Over all N, all estimates and log Z: the largest distance from the exact average of the same ring.',
    text: pathIntegral((p) => formatNumber(largest(p.rings.map(({ largestGap }) => largestGap)), 2))
  },
  {
    name: 'bias of rings', meaning: 'L2 norm over the functions of the position, from the quantum averages.',
    text: ring((r) => formatNumber(r.bias.total, 3)), ranked: { better: 'lower', figure: (r) => ringOf(r)?.bias.total }
  },
  { name: 'Trotter error', meaning: 'The part of it that the number of beads leaves, exactly.', text: ring(
    (r) => formatNumber(r.bias.trotter, 3)
  ) },
  { name: 'level splitting', meaning: 'E1 − E0 of the exact levels.', text: pathIntegral(
    (p) => formatNumber(splitting(p))
  ) },
  {
    name: 'time per ring', meaning: 'Generation and weight of one ring.',
    text: ring((r) => { const text = formatMicroseconds(r); return text === UNKNOWN ? UNKNOWN : `${text} µs`; }),
    ranked: {
      better: 'lower',
      figure: (r) => { const largestOne = ringOf(r); return largestOne === null ? null : secondsPerRing(largestOne); }
    }
  },
  {
    name: 'preparation', meaning: 'Before the first ring: classical tempering, tempering of the low modes, training.',
    text: pathIntegral((p) => formatSeconds(p.preparationSeconds)),
    ranked: { better: 'lower', figure: (r) => r.pathIntegral?.preparationSeconds }
  },
  {
    name: 'gain over tempering',
    meaning: 'Time of tempering in normal modes over that of the flow for the same error of the first function of the '
      + 'position, preparation and warm-up left out.',
    text: (r) => {
      const found = gainOf(r);
      return found === null || found.gain === null ? UNKNOWN
        : `${formatNumber(found.gain, 3)} (N = ${String(found.ring.beads)})`;
    },
    ranked: { better: 'higher', figure: (r) => gainOf(r)?.gain, kind: (r) => String(gainOf(r)?.ring.beads) }
  },
  {
    name: 'paid back after', meaning: 'Rings after which that gain has made up for the preparation.',
    text: (r) => {
      const found = gainOf(r);
      return found === null || r.pathIntegral === null ? UNKNOWN : paybackText(r.pathIntegral, found.ring, found.gain);
    },
    ranked: { better: 'lower', figure: (r) => {
      const found = gainOf(r);
      return found === null || r.pathIntegral === null ? null : paybackRings(r.pathIntegral, found.ring, found.gain);
    } }
  },
];

const NOISE: readonly Omit<Metric, 'group'>[] = [
  {
    name: 'weights',
    meaning: 'Whether the samples’ weights come from the energy itself, or from networks that learned them.',
    text: noise((n) => n.weights)
  },
  {
    name: 'bias of reSGLD', meaning: 'Of the samples of the sampler, which the noise biases.',
    text: noise((n) => formatNumber(n.input.bias, 3)), ranked: { better: 'lower', figure: (r) => r.noise?.input.bias }
  },
  {
    name: 'total variation of reSGLD', meaning: 'Half the sum of the errors of the modes’ masses, in the same samples.',
    text: noise((n) => formatNumber(n.input.totalVariation, 3)),
    ranked: { better: 'lower', figure: (r) => r.noise?.input.totalVariation }
  },
  {
    name: 'bias of the flow, unweighted', meaning: 'Of the flow’s samples before any weights.',
    text: noise((n) => formatNumber(n.flow.bias, 3)), ranked: { better: 'lower', figure: (r) => r.noise?.flow.bias }
  },
  {
    name: 'total variation of the flow, unweighted',
    meaning: 'Half the sum of the errors of the modes’ masses, in the same samples.',
    text: noise((n) => formatNumber(n.flow.totalVariation, 3)),
    ranked: { better: 'lower', figure: (r) => r.noise?.flow.totalVariation }
  },
  {
    name: 'total variation, weighted', meaning: 'The same with the run’s weights.',
    text: (r) => (
      r.noise === null ? UNKNOWN : formatNumber(totalVariation(r.generation.modes, ({ weighted }) => weighted.value), 3)
    ),
    ranked: { better: 'lower', figure: (r) => (
      r.noise === null ? null : totalVariation(r.generation.modes, ({ weighted }) => weighted.value)
    ) }
  },
  {
    name: 'evaluations, noisy',
    meaning: 'Noisy values of the energy, with gradient or without, that the samples needed.',
    text: noise((n) => formatEvaluations(evaluationsOf(n, needed).noisy)),
    ranked: { better: 'lower', figure: (r) => (r.noise === null ? null : evaluationsOf(r.noise, needed).noisy) }
  },
  {
    name: 'evaluations, full', meaning: 'Evaluations of the energy itself that the samples needed.',
    text: noise((n) => formatEvaluations(evaluationsOf(n, needed).full)),
    ranked: { better: 'lower', figure: (r) => (r.noise === null ? null : evaluationsOf(r.noise, needed).full) }
  },
  {
    name: 'passes over the whole energy', meaning: 'The price of both, in evaluations of the energy itself.',
    text: noise((n) => formatEvaluations(evaluationsOf(n, needed).passes)),
    ranked: { better: 'lower', figure: (r) => (r.noise === null ? null : evaluationsOf(r.noise, needed).passes) }
  },
];

const TRAINING: readonly Omit<Metric, 'group'>[] = [
  { name: 'steps', meaning: 'Training steps taken, of those planned.', text: training(
    (t) => `${formatCount(t.steps)} of ${formatCount(t.stepsPlanned)}`
  ) },
  {
    name: 'stopped by',
    meaning: 'The end of the schedule, or an early stop when the held-out figures no longer improved.',
    text: training((t) => (t.stopReason === 'earlyStop' ? 'early stop' : 'schedule'))
  },
  { name: 'best step', meaning: 'The step whose parameters were kept, by held-out ESS.', text: training(
    (t) => formatCount(t.bestStep)
  ) },
  { name: 'parameters', meaning: 'Trainable numbers of the flow.', text: training((t) => formatCount(t.parameters)) },
  { name: 'clipped steps', meaning: 'Steps whose gradient was longer than the limit and was shortened.', text: training(
    (t) => formatCount(t.clippedSteps)
  ) },
  { name: 'skipped steps', meaning: 'Steps dropped because the loss or its gradient was not finite.', text: training(
    (t) => formatCount(t.skippedSteps)
  ) },
  {
    name: 'time per step', meaning: 'Wall clock of one training step.',
    text: training((t) => `${formatNumber(t.millisecondsPerStep, 3)} ms`),
    ranked: { better: 'lower', figure: (r) => r.training.millisecondsPerStep }
  },
  {
    name: 'training time', meaning: 'Wall clock of training, held-out evaluations included.',
    text: training((t) => formatSeconds(t.seconds)), ranked: { better: 'lower', figure: (r) => r.training.seconds }
  },
];

const TEMPERING: readonly Omit<Metric, 'group'>[] = [
  { name: 'kernel', meaning: 'The Markov kernel that moves each replica.', text: tempering((p) => p.kernel) },
  { name: 'ladders × rungs', meaning: 'Independent ladders, and inverse temperatures in each.', text: tempering(
    (p) => `${formatCount(p.ladders)} × ${formatCount(p.inverseTemperatures.length)}`
  ) },
  {
    name: 'rounds',
    meaning: 'Rounds of moves and swaps that were kept, and the warm-up rounds before them that were not.',
    text: tempering((p) => `${formatCount(p.rounds)} + ${formatCount(p.warmupRounds)} warm-up`)
  },
  { name: 'PT samples', meaning: 'Samples at the target temperature kept for training.', text: tempering(
    (p) => formatCount(p.samples)
  ) },
  {
    name: 'PT ESS', meaning: 'Independent samples that the PT chain is worth: the smallest over the functions watched.',
    text: tempering((p) => formatNumber(p.effectiveSampleSize)),
    ranked: { better: 'higher', figure: (r) => r.parallelTempering.effectiveSampleSize }
  },
  {
    name: 'slowest autocorrelation',
    meaning: 'Longest integrated autocorrelation time over the functions watched, in rounds.',
    text: tempering((p) => slowestText(p))
  },
  {
    name: 'largest split R\u0302',
    meaning: 'Disagreement between halves of the chains; 1 is none, above 1.01 the chains have not mixed.',
    text: tempering((p) => formatExtended(largestRhat(p), 4)),
    ranked: { better: 'lower', figure: (r) => extendedValue(largestRhat(r.parallelTempering)) }
  },
  {
    name: 'lowest swap rate',
    meaning: 'Acceptance of the least frequent swap between neighbours; a ladder breaks where it nears zero.',
    text: tempering((p) => formatPercent(smallest(p.swapRates))),
    ranked: { better: 'higher', figure: (r) => smallest(r.parallelTempering.swapRates) }
  },
  {
    name: 'lowest acceptance',
    meaning: 'Acceptance of the rung whose own moves are refused most; n/a for kernels that accept everything.',
    text: tempering((p) => formatPercent(smallest(p.acceptanceRates)))
  },
  {
    name: 'round trips', meaning: 'Journeys of a replica from the hottest rung to the target and back.',
    text: tempering((p) => formatCount(p.roundTrips)),
    ranked: { better: 'higher', figure: (r) => r.parallelTempering.roundTrips }
  },
  {
    name: 'barrier Λ',
    meaning: 'Sum of the pairs’ rejection rates (Syed et al. 2022): about 1 + 2Λ rungs are worth having.',
    text: tempering((p) => formatNumber(p.barrier))
  },
  {
    name: 'log Z, from PT',
    meaning: 'The normalising constant from the ladder alone: an independent check of the flow’s.',
    text: tempering((p) => formatEstimate(p.logZ?.value, p.logZ?.standardError))
  },
  {
    name: 'PT moves, not finite',
    meaning: 'Proposals whose energy was no finite number: counted here rather than hidden.',
    text: tempering((p) => formatCount(p.nonFinite))
  },
  {
    name: 'PT time', meaning: 'Wall clock of parallel tempering.', text: tempering((p) => formatSeconds(p.seconds)),
    ranked: { better: 'lower', figure: (r) => r.parallelTempering.seconds }
  },
];

const RUN: readonly Omit<Metric, 'group'>[] = [
  { name: 'generator', meaning: 'What made the weighted samples, and who chose it.', text: (r) => (
    r.choice === null ? UNKNOWN
      : `${r.choice.generator === 'flow' && trainedStages(r) === null ? 'one flow' : 'ladder'} `
        + `(${r.choice.by === 'automatic' ? 'automatic' : 'by setting'})`
  ) },
  {
    name: 'total time', meaning: 'Wall clock of the whole run, summed over resumes.',
    text: (r) => formatSeconds(r.seconds), ranked: { better: 'lower', figure: (r) => r.seconds }
  },
  {
    name: 'peak memory', meaning: 'Largest resident memory of the process.', text: (r) => formatBytes(r.peakMemoryBytes)
  },
  { name: 'warnings', meaning: 'Warnings the run raised, notes not counted.', text: (r) => formatCount(
    r.warnings.filter(({ severity }) => severity === 'warning').length
  ) },
];

function slowestText({ autocorrelationTimes }: ParallelTemperingSummary): string {
  const rounds = largest(autocorrelationTimes.map((time) => time.rounds));
  const slowest = autocorrelationTimes.find((time) => time.rounds === rounds);
  return rounds === null || slowest === undefined ? UNKNOWN : `${formatNumber(rounds, 3)} rounds (${slowest.name})`;
}

const METRICS: readonly Metric[] = [
  ...GENERATION.map((metric) => ({ ...metric, group: 'Weights and estimates' as const })),
  ...PATH_INTEGRAL.map((metric) => ({ ...metric, group: 'Path integral' as const })),
  ...NOISE.map((metric) => ({ ...metric, group: 'Noise' as const })),
  ...LADDER.map((metric) => ({ ...metric, group: 'Ladder of stages' as const })),
  ...TRAINING.map((metric) => ({ ...metric, group: 'Training' as const })),
  ...TEMPERING.map((metric) => ({ ...metric, group: 'Parallel tempering' as const })),
  ...RUN.map((metric) => ({ ...metric, group: 'The whole run' as const })),
];

/** Parts of a result that not every run has, and the metrics of each. */
const OPTIONAL = { ladder: 'Ladder of stages', noise: 'Noise', pathIntegral: 'Path integral' } as const;

/**
 * The metrics that say something of these runs: those of a ladder, of noise or of a path integral only where one of
 * them has it.
 */
export function metricsOf(records: readonly RunRecord[]): readonly Metric[] {
  const absent: string[] = (['ladder', 'noise', 'pathIntegral'] as const).filter(
    (part) => !records.some(({ result }) => result !== null && result[part] !== null)
  ).map((part) => OPTIONAL[part]);
  return METRICS.filter(({ group }) => !absent.includes(group));
}

/** The text of a metric; "n/a" for a run without a result. */
export function metricText(metric: Metric, record: RunRecord): string {
  return record.result === null ? UNKNOWN : metric.text(record.result);
}
