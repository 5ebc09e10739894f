/** One particle in two equal wells from hot to cold: classical, then delocalised, then in its ground state. */
import { quantumTunnelling } from '../../targets/quantumTunnelling.ts';
import type { Experiment } from '../experiment.ts';
import { pathIntegralEntry, showPathIntegrals } from './entry.ts';

/** With as many modes as paths of that length need, and beads enough to be quantum at all. */
const TEMPERATURES = [
  { beta: 0.25, modes: 3, beads: 32 },
  { beta: 0.5, modes: 5, beads: 32 },
  { beta: 1, modes: 5, beads: 32 },
  // Classical samples lie at the bottoms of the wells, where the quantum particle hardly is any more: tempering of the
  // ring serves better.
  { beta: 2, modes: 7, beads: 32, distilledFrom: 'tempering' },
  { beta: 4, modes: 9, beads: 64, distilledFrom: 'tempering', rings: [16, 32, 64] },
  { beta: 8, modes: 13, beads: 64, distilledFrom: 'tempering', rings: [32, 64] },
];

const TITLE = 'Two equal wells from hot to cold: delocalisation, tunnelling splitting, and what a flow gains at each '
    + 'temperature';

export const pimcTemperatures: Experiment = {
  title: TITLE,
  ...showPathIntegrals(TITLE),
  entries: (preset, given) => TEMPERATURES.slice(0, preset === 'quick' ? 2 : undefined).map((own) =>
    pathIntegralEntry(
      `beta-${own.beta}`, quantumTunnelling, preset,
      { ...(preset === 'quick' ? { rings: [8] } : { rings: [8, 16, 32, 64], baselineRounds: 800 }), ...own }, given
    )),
};
