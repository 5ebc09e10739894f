/** What the weights are worth, and how far the estimates are off. */
import { extendedValue } from '../../records/figure.ts';
import type { GenerationSummary, RunResult } from '../../records/record.ts';
import { group, largest } from '../metric.ts';
import {
  errorInStandardErrors, formatCount, formatEstimate, formatExtended, formatNumber, formatPercent, formatSeconds,
  isKnown, UNKNOWN
} from '../page/format.ts';

const generation = (read: (g: GenerationSummary) => string) => (result: RunResult): string => read(result.generation);

export const generationMetrics = group('Weights and estimates', [
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
]);
