/** The schema of `run.json`, a file for every part of it. */
export * from './generation.ts';
export * from './ladder.ts';
export * from './noise.ts';
export * from './ring.ts';
export * from './rounds.ts';
export * from './run.ts';
export * from './tempering.ts';
export * from './training.ts';
export {
  comparedSchema, estimateSchema, standingSchema, type Compared, type Estimate, type Standing
} from './values.ts';
