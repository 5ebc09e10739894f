/** jeffreys-flow as a library: targets, the pipeline, its parts, and what judges them. */
export { InputError } from './errors.ts';
export { np, lax, nn, type Array } from './engine/numpy.ts';
export { held, withChange, withChanges } from './engine/derivative.ts';
export { trace, type ArgumentSpec } from './engine/trace.ts';
export { compileOnnx, type OnnxOptions } from './engine/onnx/executor.ts';
export type { Executable } from './engine/executor.ts';
export { keyFromSeed, foldIn, uniform, fillUniform, fillNormal, type Key } from './engine/random.ts';
export {
  defineTarget, defaultObservables, type Modes, type Observable, type Projection, type Target, type TargetDefinition
} from './targets/target.ts';
export type { TargetPreset, TargetPresets, TargetSettings } from './targets/presets.ts';
export {
  definePathIntegral, ringTarget, type PathIntegral, type PathIntegralDefinition
} from './targets/pathIntegral.ts';
export { quantumAverages } from './numerics/sincDvr.ts';
export { ringPolymerAverages } from './numerics/transferMatrix.ts';
export type { QuantumSystem, ThermalAverages } from './numerics/quantumSystem.ts';
export { pathValues, ENERGY_ESTIMATORS } from './estimators/ringPolymer.ts';
export { catalogue, loadTargets } from './targets/catalogue.ts';
export type { NoiseDefinition, SumDefinition, Table } from './targets/noise.ts';
export { compileNoisyEnergy } from './targets/noisyEnergy.ts';
export type { NoisyEvaluator } from './targets/noisyEvaluator.ts';
export { compileEnergy, checkEnergy } from './targets/compile.ts';
export { evaluatedTarget, type EvaluatedDefinition } from './targets/evaluated.ts';
export { tabulatedTarget, type Axis, type TableDefinition } from './targets/tabulated.ts';
export { differenceTarget, pathEnergy, pathEvaluator } from './targets/path.ts';
export { targetTruth, type Truth } from './targets/truth.ts';
export { baseEnergies, sampleBase, type Base } from './targets/base.ts';
export { isOutside, wallsOf, wrapCircles, type Coordinate, type Domain } from './targets/domain.ts';
export type { Particles, ParticleSymmetry } from './targets/symmetry/particles.ts';
export { checkSymmetry, detectSymmetry } from './targets/symmetry/detect.ts';
export { symmetryGroup, type SymmetryGroup } from './targets/symmetry/group.ts';
export type { Chart } from './targets/charts/chart.ts';
export { bodyChart } from './targets/charts/bodyChart.ts';
export { walledEnergy } from './targets/charts/walled.ts';
export type { EnergyEvaluator } from './targets/energyEvaluator.ts';
export type { Estimate } from './estimators/estimate.ts';
export { effectiveSampleSize, conditionalEss, forwardEss } from './estimators/ess.ts';
export { estimateLogZ } from './estimators/logZ.ts';
export { expectations, weightedMean, sampleMean, l2Bias } from './estimators/expectation.ts';
export { modeMasses } from './estimators/modeMass.ts';
export { modeCoverage, neighbourCoverage } from './estimators/coverage.ts';
export { paretoK } from './estimators/paretoK.ts';
export { autocorrelationTime, chainMean } from './estimators/autocorrelation.ts';
export { splitRhat } from './estimators/splitRhat.ts';
export { bennett } from './estimators/bennett.ts';
export { poolStates } from './estimators/mbar.ts';
export { createParallelTempering, type ParallelTempering } from './samplers/parallelTempering.ts';
export { kernels, createKernel } from './samplers/kernels.ts';
export { checkAdvance, type Kernel } from './samplers/kernel.ts';
export { createChains, type ChainOptions, type ChainState } from './samplers/chainState.ts';
export { fillNoise } from './samplers/noise.ts';
export { referenceDrop, slopeFactors, slopesAt, slopeScratch, termsOf } from './samplers/reference.ts';
export { Resgld, type ResgldOptions } from './samplers/resgld.ts';
export { svrgLangevin } from './samplers/svrg.ts';
export { resample } from './samplers/resample.ts';
export { Rejuvenation } from './samplers/rejuvenate.ts';
export { alternatingMasks, type Architecture } from './flows/architecture.ts';
export { masksOf, type MaskScheme } from './flows/masks.ts';
export { rationalQuadraticSpline, type Direction } from './flows/bijections/rationalQuadratic.ts';
export { CouplingFlow } from './flows/couplingFlow.ts';
export { initialParameters } from './flows/initialise.ts';
export { Trainer, type TrainingSettings } from './training/trainer.ts';
export { baseSource, particleSource, type Source } from './training/source.ts';
export { FlowMap } from './training/flowMap.ts';
export { pushForward, pullBack } from './training/evaluation.ts';
export { quietSurroundings, runPipeline, sample, type RunOptions, type Sampled } from './library.ts';
export { proposalOf, type PipelineOptions, type PipelineResult } from './pipeline/run.ts';
export { phasesIn, type FinishedRun } from './pipeline/kinds/kind.ts';
export type { Proposal } from './pipeline/proposal/proposal.ts';
export { charted } from './pipeline/proposal/charted.ts';
export { symmetrised } from './pipeline/proposal/symmetrised.ts';
export { sampleKey } from './pipeline/proposal/draw.ts';
export type { Transport, TransportStage, WeightedPiece } from './pipeline/transport/transport.ts';
export {
  memoryJournal, Interrupted, type Journal, type PipelineEvent, type Surroundings
} from './pipeline/journal.ts';
export { settingsSchema, type Settings } from './settings/settings.ts';
export { checkSettings, type GivenSettings } from './settings/check.ts';
export { flatSettings, type FlatSettings } from './settings/names.ts';
export { settingsFor, targetFor, presetNames, type PresetName } from './experiments/presets.ts';
export { renderReport, renderComparison, comparisonTable } from './report/index.ts';
export { renderExperiment } from './experiments/singleStep/page.ts';
export { readNpy, writeNpy } from './store/npy.ts';
export { readTable } from './store/table.ts';
export { openRun } from './store/runDirectory.ts';
export type { LadderSummary, RunRecord, RunResult, StageSummary, Warning } from './records/record.ts';
export {
  runSingleStep, streamBeads, streamLadder, streamRings, streamSamples, type LadderSource, type LadderStage,
  type LiftedFlow, type SingleStepOptions, type SingleStepResult, type StreamSource,
} from './deprecated.ts';
