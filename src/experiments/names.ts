/** Experiments by name, with their lines for `jeffreys list`. */
export const experimentNames = {
  'single-step-2d': 'four potentials × five θ beside the published figures (arXiv 2604.05303)',
  'planted-bias': 'Himmelblau with one well thinned to 40 % in the training samples: which losses correct it',
  'short-tempering': 'forty modes and tempering too short to find them: one flow fails, a ladder of flows does not',
  'resgld-gmm-2d':
    'four Gaussians seen with noise: naive and corrected swaps, without and with SVRG, three kinds of weights',
  'resgld-poisson-8d': 'four sources from 81 sensors seen nine at a time: exact weights, learned ones, and their cost',
  'pimc-double-well':
    'a quantum particle in two wells (arXiv 2604.05303): one flow and ladders, lifted to rings of 8 to 64 '
      + 'beads, beside tempering',
  'pimc-proton': 'a light quantum particle in a double well, coupled to a heavy one: path integrals of two coordinates',
  'pimc-temperatures':
    'two equal wells from hot to cold: delocalisation, tunnelling splitting, and the gain over tempering',
} as const;

export type ExperimentName = keyof typeof experimentNames;
