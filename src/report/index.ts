/** Records in, HTML strings out: no disk, no clock, no console. */
export { renderReport } from './report.ts';
export type { PublishedFigures, ReportInput } from './input.ts';
export { paybackRings } from './ring/ringFigures.ts';
export { comparisonTable, renderComparison, type NamedRecord } from './comparison.ts';
export type { SampleEnergies } from './figures/energies.ts';
export type { ExactMarginal } from './figures/marginals.ts';
export type { ProjectionSamples } from './figures/projections.ts';
export type { StageSamples } from '../pipeline/stageSamples.ts';
export type { Surface } from './figures/surface.ts';
