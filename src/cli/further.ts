/** A run in rounds with other limits: whether they change anything, and how a finished run is made one that goes on. */
import { finalSamples } from '../pipeline/rounds/finalSamples.ts';
import { retaken, type StoredDecision } from '../pipeline/rounds/retake.ts';
import { checkSettings } from '../settings/check.ts';
import { flatSettings } from '../settings/names.ts';
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
  const { generation } = requireComplete(run);
  const decisions = readDecisions(run);
  const last: StoredDecision = decisions[decisions.length - 1];
  const { next, summary, error } = retaken(decisions.slice(0, -1).map(({ summary: s }) => s), last, settings.rounds);
  if (next !== null) return null;
  return finalSamples(summary, error, settings, run.record.dimension) > generation.samples ? null : summary.reason;
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
