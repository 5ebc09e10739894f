/** A run in rounds with other limits: whether they change anything, and how a finished run is made one that goes on. */
import { finalSamples } from '../pipeline/rounds/finalSamples.ts';
import { retaken } from '../pipeline/rounds/retake.ts';
import { checkSettings } from '../settings/check.ts';
import { flatSettings } from '../settings/names.ts';
import type { RunResult } from '../records/record.ts';
import type { Settings } from '../settings/settings.ts';
import type { WritableRun } from '../store/writableRun.ts';
import type { Limits } from './commands/limits.ts';
import { readDecisions, requireComplete } from './readRun.ts';
import { keepSeconds } from './execute.ts';

/** The settings of a run with other limits. @throws InputError for a value that cannot be */
export const settingsWith = ({ record }: Pick<WritableRun, 'record'>, limits: Limits): Settings =>
  checkSettings({ ...record.settings, ...limits });

/** @returns why there is nothing to do for a finished run; null where there is */
export function nothingFurther(run: WritableRun, settings: Settings): string | null {
  const result = requireComplete(run);
  const decisions = readDecisions(run);
  const before = decisions.slice(0, -1).map(({ summary }) => summary);
  const { next, summary } = retaken(before, decisions[decisions.length - 1], settings.rounds);
  return next !== null || needsSamples(result, settings, run.record.dimension) ? null : summary.reason;
}

/** Whether there are to be more of the same samples: only for smaller errors than the run was to reach before. */
function needsSamples({ generation, rounds }: RunResult, settings: Settings, d: number): boolean {
  const { samples, logZ, observables } = generation;
  const { untilLogZ, untilError } = settings.rounds;
  const isSmaller = (asked: number, earlier = 0): boolean => asked > 0 && (earlier === 0 || asked < earlier);
  if (!isSmaller(untilLogZ, rounds?.wanted.logZ) && !isSmaller(untilError, rounds?.wanted.error)) return false;
  const observable = observables.reduce((most, { standardError }) => Math.max(most, standardError ?? NaN), 0);
  const errors = { samples, logZ: logZ.standardError ?? NaN, observable };
  return finalSamples(errors, settings, d) > samples;
}

/**
 * Gives a run other limits, a finished one to go on with. From then on it is one that is not finished: what it is made
 * of is there, and counts as long as nothing else takes its place.
 */
export function changeLimits(run: WritableRun, settings: Settings): void {
  const { result } = run.record;
  if (result !== null) keepSeconds(run, result.seconds);
  run.updateRecord({
    settings: flatSettings(settings), result: null, ...(result === null ? {} : { state: 'interrupted', message: null }),
  }, new Date());
}
