/** An experiment: a list of runs, and how their results are shown together. */
import type { FlatSettings } from '../settings/names.ts';
import type { Settings } from '../settings/settings.ts';
import type { PipelineOptions } from '../pipeline/run.ts';
import type { Target } from '../targets/target.ts';
import type { ExperimentName } from './names.ts';
import { settingsFor, targetFor, type PresetName } from './presets.ts';

/** One run of an experiment. */
export interface ExperimentEntry {
  /** Name of its directory within the experiment's. */
  readonly id: string;
  readonly target: Target;
  readonly settings: Settings;
  readonly prepareData?: PipelineOptions['prepareData'];
}

export interface Experiment {
  readonly name: ExperimentName;
  readonly title: string;
  /** @param given settings from the command line; they win over the experiment's own */
  readonly entries: (preset: PresetName, given: Readonly<Record<string, unknown>>) => ExperimentEntry[];
}

/**
 * A run of a path integral that the experiment shapes. @param own settings of the experiment, under those from the
 * command line
 */
export function pathIntegralEntry(
  id: string, target: Target, preset: PresetName, own: Readonly<Record<string, unknown>>,
  given: Readonly<Record<string, unknown>>
): ExperimentEntry {
  const all = { ...own, ...given };
  const shaped = targetFor(target, preset, all);
  return { id, target: shaped, settings: settingsFor(shaped, preset, all) };
}

/** Settings that decide the PT samples: runs that agree in these (and target and seed) share them. */
export const TEMPERING_SETTINGS = [
  'kernel', 'stepSize', 'hottest', 'replicas', 'ladders', 'warmupRounds', 'rounds', 'stepsPerRound', 'adaptLadder',
  'mcmcPrecision', 'path', 'stageSamples', 'sampler', 'thinning', 'gradientDraws', 'swapCorrection', 'trackSwapNoise',
  'heating', 'controlVariates', 'trainingEnergies', 'energyDraws', 'beta', 'beads', 'modes'
] as const satisfies readonly (keyof FlatSettings)[];
