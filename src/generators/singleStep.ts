/** The pipeline: parallel tempering on the target, one flow trained on its samples, weighted samples from the flow. */
import { foldIn, keyFromSeed } from '../engine/random.ts';
import type { ArchitectureSettings } from './architectureOf.ts';
import { architectureOf } from './architectureOf.ts';
import { checkTarget } from './checkTarget.ts';
import { generateEnsemble, pullBackFlow, type Ensemble } from './ensemble.ts';
import type { Surroundings } from './journal.ts';
import { judge } from './judge.ts';
import { stopping } from './pace.ts';
import { runParallelTempering, type TemperedSamples } from './samplingPhase.ts';
import type { Settings } from './settings.ts';
import { runTraining, type TrainedFlow } from './trainingPhase.ts';
import type { RunResult } from '../records/record.ts';
import { compileEnergy } from '../targets/compile.ts';
import type { Target } from '../targets/target.ts';
import type { TrainingData } from '../training/trainer.ts';

export interface SingleStepOptions {
  readonly target: Target;
  readonly settings: Settings & ArchitectureSettings;
  readonly seed: number;
  readonly surroundings: Surroundings;
  /** Changes the training samples before the flow sees them: experiments plant a bias with it. */
  readonly prepareData?: (data: TrainingData, seed: number) => TrainingData;
}

export interface SingleStepResult {
  readonly result: Omit<RunResult, 'seconds' | 'peakMemoryBytes'>;
  readonly tempered: TemperedSamples;
  readonly flow: TrainedFlow;
  readonly ensemble: Ensemble;
}

/**
 * Run, or take up where the journal left off. The same target, settings and seed give the same samples and weights.
 * @throws InputError for a target that cannot be evaluated; Interrupted when asked to stop
 */
export async function runSingleStep(
  { target, settings, seed, surroundings, prepareData }: SingleStepOptions
): Promise<SingleStepResult> {
  const key = keyFromSeed(seed);
  const energyNotices: string[] = [];
  const energy = compileEnergy(target, { notice: (message) => energyNotices.push(message) });
  checkTarget(target, energy);
  const architecture = architectureOf(target, settings);
  const tempered =
    await runParallelTempering({ target, energy, settings, key: foldIn(key, 'parallel tempering'), surroundings });
  const samples = { samples: tempered.positions, energies: tempered.energies };
  const flow = await runTraining({
    target, energy, architecture, settings, key: foldIn(key, 'training'), surroundings,
    data: prepareData === undefined ? samples : prepareData(samples, seed),
  });
  const ensemble =
    await generateEnsemble({ target, energy, flow, settings, key: foldIn(key, 'ensemble'), surroundings });
  const pause = stopping(surroundings);
  const { result } = await judge({
    target, energy, tempered, training: flow.summary, ensemble, energyNotices, key: foldIn(key, 'verdict'), pause,
    pullBack: (samples, energies) => pullBackFlow({ target, flow, settings }, { samples, energies }, pause),
  });
  return { result, tempered, flow, ensemble };
}
