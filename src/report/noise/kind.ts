/** A run whose energy was seen with noise, in reports. */
import type { NoiseSummary } from '../../records/record.ts';
import { defineKind, type TrainedStages } from '../kind.ts';
import { noiseLines } from './lines.ts';
import { noiseMetrics } from './metrics.ts';
import { KIND_NAMES } from './noiseFigures.ts';
import { noiseSection } from './section.ts';

function trained({ stages }: NoiseSummary): TrainedStages | null {
  if (stages.length < 2) return null;
  const seconds = stages.reduce((sum, { trainingSeconds }) => sum + trainingSeconds, 0);
  return { count: stages.length, each: 'stage', name: 'training', seconds };
}

export const noiseKind = defineKind(({ noise }) => noise, {
  metrics: noiseMetrics,
  lines: noiseLines,
  wording: (noise) => ({
    sampler: 'reSGLD', samplerCaveat: ', which the noise biases', samplesNote: `, ${KIND_NAMES[noise.weights]}`,
    weights: noise.weights, trained: trained(noise),
    temperingLead: 'Of reSGLD. Its moves have no Metropolis rule, so nothing is refused and acceptance says nothing; '
      + 'with noise there is no log Z of tempering either.',
  }),
  sections: (noise, { record: { result } }) => (noise === null || result === null ? []
    : [{ after: 'figures', id: 'noise', title: 'Noise', body: noiseSection(noise, result) }]),
});
