/** Records in, HTML strings out: no disk, no clock, no console. */
export { renderReport, type ReportInput } from './report.ts';
export { renderExperiment, type ExperimentInput } from './experiment.ts';
export type { ExperimentRow } from './experimentRow.ts';
export { biasTable, renderBiasTable, type BiasTableInput } from './biasTable.ts';
export { generatorTable, renderGeneratorTable, type GeneratorTableInput } from './generatorTable.ts';
export { noiseTable, renderNoiseTable, type NoiseTableInput } from './noiseTable.ts';
export { renderNoiseExperiment, type NoiseExperimentInput } from './noiseExperiment.ts';
export { pathIntegralTable, type PathIntegralTableInput } from './pathIntegralTable.ts';
export { renderPathIntegralExperiment } from './pathIntegralExperiment.ts';
export { paybackRings } from './pathIntegralFigures.ts';
export { comparisonTable, renderComparison, type NamedRecord } from './comparison.ts';
export type { SampleEnergies } from './figures/energies.ts';
export type { ExactMarginal } from './figures/marginals.ts';
export type { ProjectionSamples } from './figures/projections.ts';
export type { StageSamples } from './figures/stageSamples.ts';
export type { Surface } from './figures/surface.ts';
export type { PublishedFigures } from './sections/headline.ts';
