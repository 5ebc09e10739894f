/**
 * The mixture of arXiv 2604.05303 whose energy is seen with noise: naive and corrected swaps, without and with SVRG.
 */
import { noisyGmm2d } from '../targets/noisyGmm2d.ts';
import type { Experiment, ExperimentEntry } from './experiment.ts';
import { settingsFor, type PresetName } from './presets.ts';

function noisyGmmEntries(preset: PresetName, given: Readonly<Record<string, unknown>>): ExperimentEntry[] {
  return [true, false].flatMap((naive) => [false, true].map((svrg) => ({
    id: `${naive ? 'naive' : 'corrected'}${svrg ? '-svrg' : ''}`,
    target: noisyGmm2d,
    // Weights as published; every run shows the exact ones beside them.
    settings: settingsFor(
      noisyGmm2d, preset, { weights: 'learned-stochastic', ...given, ...(naive ? { swapCorrection: 0 } : {}), svrg }
    ),
  })));
}

export const noisyGmm: Experiment = {
  name: 'resgld-gmm-2d',
  title: 'Four Gaussians seen with noise: replica-exchange SGLD, and the flow that corrects it',
  entries: noisyGmmEntries,
};
