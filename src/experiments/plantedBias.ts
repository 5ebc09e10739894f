/**
 * Himmelblau with one well thinned in the training samples, as if parallel tempering had mixed badly: which losses
 * correct it.
 */
import { foldIn, keyFromSeed, uniform } from '../engine/random.ts';
import { himmelblau } from '../targets/himmelblau.ts';
import type { TrainingData } from '../training/trainer.ts';
import type { Experiment } from './experiment.ts';
import { settingsFor, type PresetName } from './presets.ts';

/** Share of the samples of the well in the first quadrant that are kept. */
export const KEPT_SHARE = 0.4;

/** Drop samples with x, y ≥ 0 at random until {@link KEPT_SHARE} of them are left. */
export function thinFirstQuadrant({ samples, energies }: TrainingData, seed: number): TrainingData {
  const key = foldIn(keyFromSeed(seed), 'planted bias');
  const kept: number[] = [];
  energies.forEach((_, i) => {
    const inside = samples[2 * i] >= 0 && samples[2 * i + 1] >= 0;
    if (!inside || uniform(key, i) < KEPT_SHARE) kept.push(i);
  });
  return {
    samples: Float64Array.from(kept.flatMap((i) => [samples[2 * i], samples[2 * i + 1]])),
    energies: Float64Array.from(kept, (i) => energies[i]),
  };
}

/** Losses in the order of the table; undefined takes the preset's own. */
const losses: readonly { readonly id: string; readonly theta?: number; readonly kappa?: number }[] = [
  { id: 'default' },
  { id: 'forward-kl', theta: 0, kappa: 0 },
  { id: 'jeffreys', theta: 0.5, kappa: 0 },
  { id: 'theta-0-kappa-0.5', theta: 0, kappa: 0.5 },
  { id: 'theta-0-kappa-2', theta: 0, kappa: 2 },
  { id: 'theta-0.25-kappa-0.5', theta: 0.25, kappa: 0.5 },
  { id: 'theta-0.25-kappa-2', theta: 0.25, kappa: 2 },
];

export const plantedBias: Experiment = {
  name: 'planted-bias',
  title: 'Training samples with a planted bias: one well of Himmelblau thinned to 40 %',
  entries: (preset: PresetName, given) => losses.map(({ id, theta, kappa }) => ({
    id,
    target: himmelblau,
    settings: settingsFor(himmelblau, preset, {
      ...given, generator: 'flow', ...(theta === undefined ? {} : { theta }), ...(kappa === undefined ? {} : { kappa })
    }),
    prepareData: thinFirstQuadrant,
  })),
};
