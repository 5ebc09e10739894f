/** What runs of one experiment need not compute twice: runs of one target and seed may draw the same PT samples. */
import type { PhaseName } from '../pipeline/journal.ts';
import { flatSettings, settingNames, type FlatSettings } from '../settings/names.ts';
import type { Settings } from '../settings/settings.ts';
import type { ExperimentEntry } from './experiment.ts';

/** Settings that decide the PT samples: runs that agree in these (and target and seed) share them. */
const TEMPERING_SETTINGS = [
  'kernel', 'leapfrogSteps', 'stepSize', 'stepDecades', 'hottest', 'replicas', 'ladders', 'warmupRounds', 'rounds',
  'stepsPerRound', 'adaptLadder', 'mcmcPrecision', 'path', 'stageSamples', 'sampler', 'thinning', 'gradientDraws',
  'swapCorrection', 'trackSwapNoise', 'heating', 'controlVariates', 'trainingEnergies', 'energyDraws', 'beta', 'beads', 'modes'
] as const satisfies readonly (keyof FlatSettings)[];

/** What one flow on noisy energies leaves before its samples are moved. */
const FLOW_PHASES = ['flow', 'learned-full', 'learned-stochastic'] as const;

/** Settings of what is done with the samples of a flow once it is there. */
const AFTER_FLOW: ReadonlySet<string> = new Set(['svrg', 'svrgRefresh', 'rejuvenation', 'rejuvenationStepSize']);

function agree(a: Settings, b: Settings, names: readonly (keyof FlatSettings)[]): boolean {
  const [one, other] = [flatSettings(a), flatSettings(b)];
  return names.every((name) => JSON.stringify(one[name]) === JSON.stringify(other[name]));
}

/** The first of the entries before this one that draws the same PT samples; null where none does. */
export function twinOf(entry: ExperimentEntry, earlier: readonly ExperimentEntry[]): ExperimentEntry | null {
  // Rungs that are not adapted may be those of the ladder of flows, which the runs do not share.
  const { path, adaptLadder } = entry.settings.sampling;
  // Rounds have banks of their own.
  if (entry.settings.ladder.generator === 'rounds') return null;
  if (path === 'interpolation' && !adaptLadder) return null;
  return earlier.find(({ target, settings }) =>
    target.name === entry.target.name && agree(settings, entry.settings, TEMPERING_SETTINGS)) ?? null;
}

/** What a run can take from its twin, where the twin has it. */
export const sharedPhases = (twin: ExperimentEntry, entry: ExperimentEntry): readonly PhaseName[] =>
  ['path', 'pt', ...(sameFlow(twin.settings, entry.settings) ? FLOW_PHASES : [])];

/** Whether two runs on noisy energies train the same flow and the same networks. */
const sameFlow = (a: Settings, b: Settings): boolean =>
  a.sampling.sampler === 'resgld' && a.ladder.generator !== 'ladder'
    && agree(a, b, settingNames.filter((name) => !AFTER_FLOW.has(name)));
