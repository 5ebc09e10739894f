/** The experiments by name; each is loaded only when asked for, since their targets take time to set up. */
import type { Experiment } from './experiment.ts';

export interface ExperimentCatalogueEntry {
  readonly name: string;
  /** One line for `jeffreys list`. */
  readonly description: string;
  readonly load: () => Promise<Experiment>;
}

export const experimentCatalogue: readonly ExperimentCatalogueEntry[] = [
  {
    name: 'single-step-2d',
    description: 'four potentials × five θ beside the published figures (arXiv 2604.05303)',
    load: async () => (await import('./singleStep/singleStep2d.ts')).singleStep2d,
  },
  {
    name: 'planted-bias',
    description: 'Himmelblau with one well thinned to 40 % in the training samples: which losses correct it',
    load: async () => (await import('./plantedBias/plantedBias.ts')).plantedBias,
  },
  {
    name: 'short-tempering',
    description: 'forty modes and tempering too short to find them: one flow fails, a ladder of flows does not',
    load: async () => (await import('./shortTempering/shortTempering.ts')).shortTempering,
  },
  {
    name: 'resgld-gmm-2d',
    description: 'four Gaussians seen with noise: naive and corrected swaps, without and with SVRG, three '
      + 'kinds of weights',
    load: async () => (await import('./noise/noisyGmm.ts')).noisyGmm,
  },
  {
    name: 'resgld-poisson-8d',
    description: 'four sources from 81 sensors seen nine at a time: exact weights, learned ones, and their cost',
    load: async () => (await import('./noise/noisyPoisson.ts')).noisyPoisson,
  },
  {
    name: 'pimc-double-well',
    description: 'a quantum particle in two wells (arXiv 2604.05303): one flow and ladders, lifted to '
      + 'rings of 8 to 64 beads, beside tempering',
    load: async () => (await import('./pathIntegrals/pimcDoubleWell.ts')).pimcDoubleWell,
  },
  {
    name: 'pimc-proton',
    description: 'a light quantum particle in a double well, coupled to a heavy one: path integrals of two coordinates',
    load: async () => (await import('./pathIntegrals/pimcProton.ts')).pimcProton,
  },
  {
    name: 'pimc-temperatures',
    description: 'two equal wells from hot to cold: delocalisation, tunnelling splitting, and the gain over tempering',
    load: async () => (await import('./pathIntegrals/pimcTemperatures.ts')).pimcTemperatures,
  },
];
