/** Seconds that a run in rounds has taken, all its sessions: every phase and checkpoint says when it was stored. */
import { z } from 'zod';
import type { Journal, Piece, Surroundings } from '../journal.ts';

export interface Spending {
  /** Their journal knows the time: what it stores says it, and what it finds may be ahead of the clock. */
  readonly surroundings: Surroundings;
  readonly seconds: () => number;
}

const stampSchema = z.object({ spentSeconds: z.number() });

export function spending(surroundings: Surroundings): Spending {
  const { now } = surroundings;
  let before = 0;
  let since = now();
  const seconds = (): number => before + (now() - since) / 1000;
  const heard = (piece: Piece | null): Piece | null => {
    const { data } = stampSchema.safeParse(piece?.json);
    if (data !== undefined && data.spentSeconds > seconds()) [before, since] = [data.spentSeconds, now()];
    return piece;
  };
  const stamped = (piece: Piece): Piece => withJson(piece, { spentSeconds: seconds() });
  const timed = (journal: Journal): Journal => ({
    phase: (name) => heard(journal.phase(name)),
    finishPhase: (name, piece) => { journal.finishPhase(name, stamped(piece)); },
    checkpoint: (name) => heard(journal.checkpoint(name)),
    saveCheckpoint: (name, piece) => { journal.saveCheckpoint(name, stamped(piece)); },
    stage: (index) => timed(journal.stage(index)),
    part: (name) => timed(journal.part(name)),
  });
  return { surroundings: { ...surroundings, journal: timed(surroundings.journal) }, seconds };
}

const madeOfSchema = z.object({ madeOf: z.string() });

/** A journal in which phases count as finished only if they were made of the same: others are made anew instead. */
export const madeOf = (journal: Journal, what: string): Journal => ({
  ...journal,
  phase: (name) => {
    const piece = journal.phase(name);
    return madeOfSchema.safeParse(piece?.json).data?.madeOf === what ? piece : null;
  },
  finishPhase: (name, piece) => { journal.finishPhase(name, withJson(piece, { madeOf: what })); },
});

/** What phases in rounds store are objects. */
const withJson = ({ json, arrays }: Piece, more: object): Piece => ({ json: { ...(json as object), ...more }, arrays });
