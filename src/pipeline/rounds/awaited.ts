/** What a round is for, as it begins: the figure that is waited for, and how long the round may take. */
import type { RoundSummary } from '../../records/rounds.ts';
import type { RoundsSettings } from '../../settings/rounds.ts';
import type { PipelineEvent } from '../journal.ts';
import type { RoundPlan } from './decide.ts';

interface Beginning {
  readonly round: number;
  readonly plan: RoundPlan;
  readonly before: readonly RoundSummary[];
  /** Of the round before: seconds of its chains. */
  readonly stirSeconds: number;
  /** Seconds that the run has taken. */
  readonly spent: number;
}

type Awaiting = Extract<PipelineEvent, { readonly kind: 'awaiting' }>;

const percent = (value: number): string => `${Number((100 * value).toFixed(1))} %`;

export function awaited(
  { round, plan, before, stirSeconds, spent }: Beginning, { untilEss, budgetSeconds }: RoundsSettings,
): Awaiting {
  const last = before.at(-1);
  return {
    kind: 'awaiting', place: `round ${round}`, figure: last === undefined ? null : figureOf(last, untilEss),
    seconds: last === undefined ? null : expectedSeconds(last, stirSeconds, plan),
    budgetSeconds: budgetSeconds > 0 ? Math.max(0, budgetSeconds - spent) : null,
  };
}

/** The ESS until it is as wanted, then what still moves: the end of the reason for going on. */
function figureOf({ ess, reason }: RoundSummary, untilEss: number): string {
  if ((ess ?? 0) < untilEss) return `ESS ${percent(ess ?? 0)} of ${percent(untilEss)}`;
  return reason.slice(reason.indexOf(': ') + 2);
}

/** As long as the round before for every step, and twice as long for its chains; null where that did not train. */
function expectedSeconds({ seconds, steps }: RoundSummary, stirSeconds: number, plan: RoundPlan): number | null {
  return steps === 0 ? null : 2 * stirSeconds + (Math.max(0, seconds - stirSeconds) * plan.steps) / steps;
}
