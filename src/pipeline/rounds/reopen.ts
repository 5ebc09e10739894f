/** A run whose final samples turn out doubtful, in a way that another round may mend, goes on with one. */
import type { RoundSummary } from '../../records/rounds.ts';
import type { Warning } from '../../records/record.ts';
import type { RoundsSettings } from '../../settings/rounds.ts';
import { checkStored, type Journal } from '../journal.ts';
import { decided, decisionSchema } from './retake.ts';

/**
 * Doubts about a flow's weights and what it covers. Exact values have no say in what is done, and so none that is held
 * against them: not how modes are shared out; nor tails of observables, which no flow makes lighter.
 */
const MENDABLE: ReadonlySet<string> = new Set([
  'heavy-weights', 'beyond-weights', 'under-covered', 'low-coverage', 'overfit', 'rounds-disagree',
]);

/** The first of them, as the verdict words it; null for none. */
const mendable = (warnings: readonly Warning[]): string | null =>
  warnings.find(({ code, standing }) => standing !== undefined && MENDABLE.has(code))?.message ?? null;

/**
 * Decides anew whether the last round was enough, with what is wrong with the final samples.
 * @param warnings of the verdict on them @returns why the run goes on; null where it does not
 */
export function reopened(
  journal: Journal, rounds: readonly RoundSummary[], warnings: readonly Warning[], settings: RoundsSettings,
): string | null {
  const doubt = mendable(warnings);
  const last = rounds[rounds.length - 1];
  const stage = journal.stage(last.round);
  const piece = stage.phase('attempts');
  if (doubt === null || piece === null) return null;
  const stored = checkStored(decisionSchema, piece.json, 'figures of a round');
  const decision = decided(
    rounds.slice(0, -1), { ...stored, summary: { ...stored.summary, doubt } }, settings,
  );
  if (decision.next === null) return null;
  stage.finishPhase('attempts', { json: decision, arrays: {} });
  return decision.summary.reason;
}
