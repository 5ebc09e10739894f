/**
 * The published path integral (arXiv 2604.05303): one flow from classical samples, and the ladders S1 and S2, lifted to
 * rings of 8 to 64 beads.
 */
import { quantumDoubleWell } from '../../targets/quantumDoubleWell.ts';
import type { Experiment, ExperimentEntry } from '../experiment.ts';
import type { PresetName } from '../presets.ts';
import { pathIntegralEntry, showPathIntegrals } from './entry.ts';

const RINGS = [8, 12, 16, 20, 24, 28, 32, 64];

function doubleWellEntries(preset: PresetName, given: Readonly<Record<string, unknown>>): ExperimentEntry[] {
  const run = (id: string, own: Readonly<Record<string, unknown>>): ExperimentEntry =>
    pathIntegralEntry(id, quantumDoubleWell, preset, own, given);
  if (preset === 'paper') return [run('ladder', { generator: 'ladder' })];
  const quick = preset === 'quick';
  return [
    run('flow', {
      generator: 'flow', rings: quick ? [8, 32] : RINGS, ...(quick ? {} : { ringSamples: 500_000 }),
      baselineRounds: quick ? 64 : 1600
    }),
    run('ladder', { generator: 'ladder', rings: quick ? [8] : [8, 32, 64] }),
  ];
}

const TITLE =
  'A quantum double well: one flow from classical samples, and ladders of flows, lifted to rings of any length';

export const pimcDoubleWell: Experiment = {
  title: TITLE,
  ...showPathIntegrals(TITLE),
  entries: doubleWellEntries,
};
