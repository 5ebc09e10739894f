/** Forty far modes and tempering too short to find them all: where one flow fails and a ladder of flows does not. */
import { fortyModes } from '../../targets/fortyModes.ts';
import { textTable } from '../../report/text/table.ts';
import { named, type Experiment } from '../experiment.ts';
import { settingsFor } from '../presets.ts';
import { generatorTable, renderGeneratorTable } from './generatorTable.ts';

/** A fifth of a second of tempering: some dozens of independent samples for forty modes. */
const short = {
  path: 'interpolation', ladders: 16, rounds: 64, warmupRounds: 30, replicas: 12, hottest: 0.005, layers: 8,
  stageSteps: 600
} as const;

const TITLE = 'Forty modes and tempering too short to find them: one flow, and a ladder of flows';

export const shortTempering: Experiment = {
  title: TITLE,
  entries: (preset, given) => [['one-flow', 'flow'], ['ladder', 'ladder']].map(([id, generator]) => ({
    id,
    target: fortyModes,
    settings: settingsFor(fortyModes, preset, { ...short, ...given, generator }),
  })),
  page: (runs) => renderGeneratorTable({ title: TITLE, rows: named(runs) }),
  lines: (runs) => textTable(generatorTable({ title: TITLE, rows: named(runs) })),
};
