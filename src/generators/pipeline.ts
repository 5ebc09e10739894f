/**
 * The whole pipeline: parallel tempering, one flow straight to the target, and a ladder of flows where one falls short
 * or the settings ask for it.
 */
import { foldIn, keyFromSeed } from '../engine/random.ts';
import { truncatedForwardEss } from '../estimators/ess.ts';
import { storedFigure } from '../records/figure.ts';
import type { Choice, RunResult, Warning } from '../records/record.ts';
import { compileEnergy } from '../targets/compile.ts';
import type { Target } from '../targets/target.ts';
import { architectureOf } from './architectureOf.ts';
import { checkTarget } from './checkTarget.ts';
import type { Ensemble } from './ensemble.ts';
import { judge } from './judge.ts';
import { LadderFailure } from './ladderFailure.ts';
import { checkedNoisyEnergy, runNoisyPipeline } from './noisyPipeline.ts';
import { runParallelTempering, type TemperedSamples } from './samplingPhase.ts';
import type { Settings } from './settings.ts';
import { runSequential } from './sequential.ts';
import { runSingleStep, type SingleStepOptions } from './singleStep.ts';
import type { StageSamples } from './stageSamples.ts';
import { splitData } from './trainingPhase.ts';

export interface PipelineResult {
  readonly result: Omit<RunResult, 'seconds' | 'peakMemoryBytes'>;
  readonly tempered: TemperedSamples;
  readonly ensemble: Ensemble;
  /** Of a ladder; empty where one flow made the samples. */
  readonly stages: readonly StageSamples[];
}

const percent = (value: number | null): string => (value === null ? 'n/a' : `${(100 * value).toFixed(1)} %`);

/**
 * Run, or take up where the journal left off. The same target, settings and seed give the same samples and weights.
 * @throws InputError for a target that cannot be evaluated, or a ladder that collapses; Interrupted when asked to stop
 */
export async function runPipeline(options: SingleStepOptions): Promise<PipelineResult> {
  const { settings } = options;
  if (settings.sampler === 'resgld') return runNoisyPipeline(options);
  if (settings.generator === 'ladder') return runLadder(options, { generator: 'ladder', by: 'setting', reason: 'The setting generator=ladder asks for it.', oneFlow: null });
  const single = await runSingleStep(options);
  const { generation } = single.result;
  // Truncated: a single held-out point in the tail is no reason for a ladder.
  const forwardEss = storedFigure(truncatedForwardEss(single.ensemble.heldOutLogWeights).fraction);
  const oneFlow = { ess: generation.ess, forwardEss, coverage: generation.coverage.value };
  const figures = `it has an ESS of ${percent(oneFlow.ess)}, ${percent(oneFlow.forwardEss)} on PT samples, and a coverage of ${percent(oneFlow.coverage)}`;
  const chosen = (choice: Choice): PipelineResult => ({ result: { ...single.result, choice }, tempered: single.tempered, ensemble: single.ensemble, stages: [] });
  if (settings.generator === 'flow') return chosen({ generator: 'flow', by: 'setting', reason: 'The setting generator=flow asks for it.', oneFlow });
  const short = shortcomings(oneFlow, settings);
  if (short.length === 0) return chosen({ generator: 'flow', by: 'automatic', reason: `One flow suffices: ${figures}.`, oneFlow });
  options.surroundings.emit({ kind: 'note', message: `one flow falls short: ${figures}; ${short.join(' and ')}. Going on with a ladder of flows` });
  let ladder: PipelineResult;
  try {
    ladder = await runLadder(options, { generator: 'ladder', by: 'automatic', reason: `One flow falls short: ${figures}; ${short.join(' and ')}.`, oneFlow });
  } catch (error) {
    // A flow that falls short is worth more than a ladder that cannot be finished.
    if (!(error instanceof LadderFailure)) throw error;
    const kept = chosen({ generator: 'flow', by: 'automatic', oneFlow, reason: `One flow falls short: ${figures}; and the ladder that was tried in its place failed.` });
    const failed: Warning = { code: 'ladder-failed', severity: 'warning', message: `The ladder of flows failed: ${error.message}.` };
    return { ...kept, result: { ...kept.result, warnings: [...kept.result.warnings, failed] } };
  }
  const better = score(ladder.result.generation) >= score(generation);
  return better ? ladder : chosen({ generator: 'flow', by: 'automatic', oneFlow, reason: `One flow falls short, but the ladder that was tried in its place does no better: ${figures}, the ladder ${percent(ladder.result.generation.ess)}, ${percent(storedFigure(truncatedForwardEss(ladder.ensemble.heldOutLogWeights).fraction))} and ${percent(ladder.result.generation.coverage.value)}.` });
}

/** Everything that can be found wrong with a target before any work is spent on it. @throws InputError */
export function checkRunnable(target: Target, settings: Settings): void {
  if (settings.sampler === 'resgld') checkedNoisyEnergy(target, settings);
  else checkTarget(target, compileEnergy(target));
}

type Figures = NonNullable<Choice['oneFlow']>;

function shortcomings({ ess, forwardEss, coverage }: Figures, { sufficientEss, sufficientCoverage }: SingleStepOptions['settings']): string[] {
  return [
    ...((ess ?? 0) < sufficientEss ? [`the ESS is below ${percent(sufficientEss)} (sufficientEss)`] : []),
    ...((forwardEss ?? 0) < sufficientEss / 2 ? [`the ESS on PT samples is below half of that`] : []),
    ...((coverage ?? 0) < sufficientCoverage ? [`the coverage is below ${percent(sufficientCoverage)} (sufficientCoverage)`] : []),
  ];
}

/** Samples that miss a part of the target are worth what they cover of it. */
const score = ({ ess, coverage }: RunResult['generation']): number => (ess ?? 0) * Math.min(1, coverage.value ?? 0);

async function runLadder({ target, settings, seed, surroundings }: SingleStepOptions, choice: Choice): Promise<PipelineResult> {
  const key = keyFromSeed(seed);
  const energyNotices: string[] = [];
  const energy = compileEnergy(target, { notice: (message) => energyNotices.push(message) });
  checkTarget(target, energy);
  const architecture = architectureOf(target, settings);
  const tempered = await runParallelTempering({ target, energy, settings, key: foldIn(key, 'parallel tempering'), surroundings });
  const { heldOut } = splitData({ samples: tempered.positions, energies: tempered.energies }, settings.heldOut, target.dimension);
  const sequential = await runSequential({ target, energy, architecture, settings, key: foldIn(key, 'ladder'), surroundings, heldOut });
  const { ensemble, training, ladder, warnings } = sequential;
  const result = judge({ target, energy, tempered, training, ensemble, energyNotices });
  return { result: { ...result, choice, ladder, warnings: [...result.warnings, ...warnings] }, tempered, ensemble, stages: sequential.samples };
}
