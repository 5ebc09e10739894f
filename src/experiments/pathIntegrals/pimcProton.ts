/** Two coordinates of different mass: a light particle in a double well that drags a heavy one. */
import { quantumProton } from '../../targets/quantumProton.ts';
import type { Experiment } from '../experiment.ts';
import { pathIntegralEntry, showPathIntegrals } from './entry.ts';

const TITLE = 'A light quantum particle in a double well, coupled to a heavy one';

export const pimcProton: Experiment = {
  title: TITLE,
  ...showPathIntegrals(TITLE),
  entries: (preset, given) => [
    pathIntegralEntry(
      'flow', quantumProton, preset,
      preset === 'quick' ? { rings: [8] } : { rings: [8, 16, 32, 64], baselineRounds: 800 }, given
    ),
  ],
};
