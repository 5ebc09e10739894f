/** Experiments by name, with their lines for `jeffreys list`. */
export const experimentNames = {
  'single-step-2d': 'four potentials × five θ beside the published figures (arXiv 2604.05303)',
  'planted-bias': 'Himmelblau with one well thinned to 40 % in the training samples: which losses correct it',
  'short-tempering': 'forty modes and tempering too short to find them: one flow fails, a ladder of flows does not',
  'resgld-gmm-2d': 'four Gaussians seen with noise: naive and corrected swaps, without and with SVRG, three kinds of weights',
  'resgld-poisson-8d': 'four sources from 81 sensors seen nine at a time: exact weights, learned ones, and their cost',
} as const;

export type ExperimentName = keyof typeof experimentNames;
