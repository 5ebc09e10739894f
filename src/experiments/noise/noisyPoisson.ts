/**
 * Four sources from sensors that are seen nine at a time: weights of three kinds, and tempering on all sensors as the
 * reference.
 */
import { weightKinds } from '../../settings/weights.ts';
import { poisson8d } from '../../targets/poisson8d.ts';
import type { Experiment, ExperimentEntry } from '../experiment.ts';
import { settingsFor, type PresetName } from '../presets.ts';
import { noiseRows, noiseRunLines } from './noiseRuns.ts';
import { renderNoiseTable } from './noiseTable.ts';

/** Tempering on the energy itself: what the others are compared with. */
export const REFERENCE = 'reference';

/**
 * One flow is weighed in all three ways at once; a ladder goes on with one of them, so the published settings take
 * three runs.
 */
function noisyRuns(preset: PresetName, given: Readonly<Record<string, unknown>>): ExperimentEntry[] {
  const run = (id: string, own: Readonly<Record<string, unknown>>): ExperimentEntry =>
    ({ id, target: poisson8d, settings: settingsFor(poisson8d, preset, { ...given, ...own }) });
  if (preset === 'paper') return weightKinds.map((weights) => run(weights, { weights }));
  return [run('mini-batches', {}), run('control-variates', { controlVariates: true, stepSize: 4e-4 })];
}

const TITLE =
  'Four sources from 81 sensors, nine at a time: exact weights and learned ones, beside tempering on all sensors';

export const noisyPoisson: Experiment = {
  title: TITLE,
  entries: (preset, given) => [
    ...noisyRuns(preset, given),
    { id: REFERENCE, target: poisson8d, settings: settingsFor(
      poisson8d, preset === 'paper' ? 'default' : preset, { ...given, sampler: 'tempering', generator: 'flow' }
    ) },
  ],
  page: (runs) => renderNoiseTable(noiseRows(TITLE, runs)),
  lines: (runs) => noiseRunLines(TITLE, runs),
};
