/** Metrics of a run whose energy was seen with noise. */
import type { NoiseSummary, RunResult } from '../../records/record.ts';
import { group } from '../metric.ts';
import { formatEvaluations, formatNumber, UNKNOWN } from '../page/format.ts';
import { evaluationsOf, needed, totalVariation } from './noiseFigures.ts';

const noise = (read: (n: NoiseSummary) => string) =>
  (result: RunResult): string => (result.noise === null ? UNKNOWN : read(result.noise));

export const noiseMetrics = group('Noise', [
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
]);
