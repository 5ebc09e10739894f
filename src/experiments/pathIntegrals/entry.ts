/** What the experiments of path integrals share: how an entry is made, and how runs are shown. */
import type { Target } from '../../targets/target.ts';
import { textTable } from '../../report/text/table.ts';
import { named, type ExperimentEntry, type Showing } from '../experiment.ts';
import { settingsFor, targetFor, type PresetName } from '../presets.ts';
import { renderPathIntegralExperiment } from './pathIntegralExperiment.ts';
import { pathIntegralTable } from './pathIntegralTable.ts';

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

export const showPathIntegrals = (title: string): Showing => ({
  page: (runs) => renderPathIntegralExperiment({ title, rows: named(runs) }),
  lines: (runs) => textTable(pathIntegralTable({ title, rows: named(runs) })),
});
