/** Where a path may name an experiment. */
export { findExperiment } from './experiments/directory.ts';
