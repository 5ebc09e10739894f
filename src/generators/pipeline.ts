/**
 * The whole pipeline: parallel tempering, one flow straight to the target, and a ladder of flows where one falls short
 * or the settings ask for it.
 */
import { foldIn, keyFromSeed } from '../engine/random.ts';
import type { Choice } from '../records/record.ts';
import { compileEnergy } from '../targets/compile.ts';
import type { Target } from '../targets/target.ts';
import { architectureOf } from './architectureOf.ts';
import { checkTarget } from './checkTarget.ts';
import { chooseGenerator, type PipelineResult } from './choice.ts';
import { judge } from './judge.ts';
import { pullBackLadder } from './ladderChain.ts';
import { stopping } from './pace.ts';
import { checkedNoisyEnergy, runNoisyPipeline } from './noisyPipeline.ts';
import { runPathIntegral } from './pathIntegral.ts';
import { runParallelTempering } from './samplingPhase.ts';
import type { Settings } from './settings.ts';
import { runSequential } from './sequential.ts';
import { runSingleStep, type SingleStepOptions } from './singleStep.ts';
import { splitData } from './trainingPhase.ts';

export type { PipelineResult } from './choice.ts';

/**
 * Run, or take up where the journal left off. The same target, settings and seed give the same samples and weights.
 * @throws InputError for a target that cannot be evaluated, or a ladder that collapses; Interrupted when asked to stop
 */
export async function runPipeline(options: SingleStepOptions): Promise<PipelineResult> {
  const { settings, surroundings, target } = options;
  if (settings.sampler === 'resgld') return runNoisyPipeline(options);
  if (target.pathIntegral !== undefined) return runPathIntegral(options, target.pathIntegral);
  return chooseGenerator(
    settings, surroundings, { flow: () => runSingleStep(options), ladder: (choice) => runLadder(options, choice) }
  );
}

/** Everything that can be found wrong with a target before any work is spent on it. @throws InputError */
export function checkRunnable(target: Target, settings: Settings): void {
  if (settings.sampler === 'resgld') checkedNoisyEnergy(target, settings);
  else checkTarget(target, compileEnergy(target));
}

async function runLadder(
  { target, settings, seed, surroundings }: SingleStepOptions, choice: Choice
): Promise<PipelineResult> {
  const key = keyFromSeed(seed);
  const energyNotices: string[] = [];
  const energy = compileEnergy(target, { notice: (message) => energyNotices.push(message) });
  checkTarget(target, energy);
  const architecture = architectureOf(target, settings);
  const tempered =
    await runParallelTempering({ target, energy, settings, key: foldIn(key, 'parallel tempering'), surroundings });
  const { test: heldOut } =
    splitData({ samples: tempered.positions, energies: tempered.energies }, settings.heldOut, target.dimension);
  const sequential =
    await runSequential({ target, energy, architecture, settings, key: foldIn(key, 'ladder'), surroundings, heldOut });
  const { ensemble, training, ladder, warnings, bank, source } = sequential;
  const pause = stopping(surroundings);
  const { result } = await judge({
    target, energy, tempered, training, ensemble, energyNotices, banks: bank === null ? [] : [bank],
    ladder: { summary: ladder, warnings },
    pullBack: (samples, energies) => pullBackLadder(source, { samples, energies }, pause), key: foldIn(key, 'verdict'),
    pause,
  });
  return { result: { ...result, choice }, tempered, ensemble, stages: sequential.samples };
}
