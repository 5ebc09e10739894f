/**
 * Decisions of rounds as they are kept, with what they were made on: those that were made by the clock are the same
 * when a run is gone on with, and the last one can be taken anew when what is wanted has changed.
 */
import { z } from 'zod';
import { roundSchema, type RoundSummary } from '../../records/rounds.ts';
import type { RoundsSettings } from '../../settings/rounds.ts';
import { decide, type Progress } from './decide.ts';

/** All that {@link decide} looks at but the rounds themselves. */
export type Basis = Omit<Progress, 'rounds'>;

const planSchema = z.object({ growth: z.number(), steps: z.number(), moves: z.number(), reverse: z.boolean() });
const basisSchema: z.ZodType<Basis> = z.object({
  plan: planSchema, bankMixed: z.boolean(),
  spent: z.object({ seconds: z.number(), evaluations: z.number(), work: z.number() }), stepWork: z.number(),
});

export const decisionSchema = z.object({
  summary: roundSchema,
  /** null: no further round. */
  next: planSchema.nullable(),
  basis: basisSchema,
});
export type StoredDecision = z.infer<typeof decisionSchema>;

/** A round that is to be decided on. */
interface Undecided extends Omit<StoredDecision, 'next' | 'summary'> {
  readonly summary: Omit<RoundSummary, 'reason'>;
}

/** @param before the rounds before it */
export function decided(
  before: readonly RoundSummary[], last: Undecided, settings: RoundsSettings,
): StoredDecision {
  const { summary, basis } = last;
  const { reason, next } = decide({ ...basis, rounds: [...before, summary] }, settings);
  return { ...last, summary: { ...summary, reason }, next };
}

/** The decision as the settings have it now: one to go on stays, as what came of it may be there. */
export const retaken = (
  before: readonly RoundSummary[], stored: StoredDecision, settings: RoundsSettings,
): StoredDecision => (stored.next === null ? decided(before, stored, settings) : stored);
