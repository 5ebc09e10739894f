/** Published settings that several targets share (arXiv 2604.05303). */
import type { TargetSettings } from './presets.ts';

/**
 * The published ladders of flows: tempering on the ladder's own λ, Langevin moves, θ = 0.75, 20 epochs of 50,000
 * samples. Not published, and ours: tempering's kernel and steps, the learning rate of these experiments.
 */
export const publishedLadder = {
  generator: 'ladder',
  path: 'interpolation',
  theta: 0.75,
  layers: 6,
  steps: 500,
  stageSteps: 500,
  stageSamples: 50_000,
  fixedBaseSamples: 50_000,
  rounds: 500,
  particles: 400_000,
  samples: 400_000,
  rejuvenationStepSize: 5e-3,
  rejuvenation: 400,
  freshRejuvenation: 0,
} as const satisfies TargetSettings;

/**
 * The published way with noise: a ladder on the sampler's own λ, one draw of ξ everywhere. Rates, and what follows the
 * samples in time, are ours.
 */
export const publishedNoise = {
  sampler: 'resgld', path: 'interpolation', generator: 'ladder', interpolation: 'explicit', fixedBaseSamples: 0
} as const satisfies TargetSettings;
