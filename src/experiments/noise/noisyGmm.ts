/**
 * The mixture of arXiv 2604.05303 whose energy is seen with noise: naive and corrected swaps, without and with SVRG.
 */
import { noisyGmm2d } from '../../targets/noisyGmm2d.ts';
import { surfaceOf } from '../../report/energySurface.ts';
import type { Experiment, ExperimentEntry, FinishedRun } from '../experiment.ts';
import { settingsFor, type PresetName } from '../presets.ts';
import { renderNoiseExperiment, type NoiseExperimentInput } from './noiseExperiment.ts';
import { noiseRunLines } from './noiseRuns.ts';

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

const TITLE = 'Four Gaussians seen with noise: replica-exchange SGLD, and the flow that corrects it';

function panels(runs: readonly FinishedRun[]): NoiseExperimentInput {
  return {
    title: TITLE, domain: noisyGmm2d.domain, surface: surfaceOf(noisyGmm2d),
    rows: runs.map(({ entry: { id, settings }, record, samples, moved }) => {
      const { tempered, weighted } = samples();
      return {
        name: id, naive: settings.noise.swapCorrection === 0, svrg: settings.noise.svrg, record, input: tempered,
        ...(moved() ?? weighted)
      };
    }),
  };
}

export const noisyGmm: Experiment = {
  title: TITLE,
  entries: noisyGmmEntries,
  page: (runs) => renderNoiseExperiment(panels(runs)),
  lines: (runs) => noiseRunLines(TITLE, runs),
};
