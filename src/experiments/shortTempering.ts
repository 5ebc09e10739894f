/** Forty far modes and tempering too short to find them all: where one flow fails and a ladder of flows does not. */
import { fortyModes } from '../targets/fortyModes.ts';
import type { Experiment } from './experiment.ts';
import { settingsFor } from './presets.ts';

/** A fifth of a second of tempering: some dozens of independent samples for forty modes. */
const short = {
  path: 'interpolation', ladders: 16, rounds: 64, warmupRounds: 30, replicas: 12, hottest: 0.005, layers: 8,
  stageSteps: 600
} as const;

export const shortTempering: Experiment = {
  name: 'short-tempering',
  title: 'Forty modes and tempering too short to find them: one flow, and a ladder of flows',
  entries: (preset, given) => [['one-flow', 'flow'], ['ladder', 'ladder']].map(([id, generator]) => ({
    id,
    target: fortyModes,
    settings: settingsFor(fortyModes, preset, { ...short, ...given, generator }),
  })),
};
