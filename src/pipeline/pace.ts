/** When a phase reports, saves and looks whether it should stop: by the clock, so never in what it computes. */
import type { Cuts, Pause } from '../pausing.ts';
import { Interrupted, type Surroundings } from './journal.ts';

/** Milliseconds between checkpoints unless the surroundings say otherwise, and between progress reports. */
export const SAVE_EVERY = 3000;
const REPORT_EVERY = 100;

export interface Pace {
  /** Seconds spent, earlier sessions included. */
  readonly seconds: () => number;
  /** Call often. Reports and saves when due. @throws Interrupted after saving, when asked to stop */
  readonly tick: (report: () => void, save: () => void) => Promise<void>;
}

/** Milliseconds that a portion of work is to take. */
const PORTION = 100;

/**
 * Cuts work into portions of about a tenth of a second, where its result does not depend on them.
 * @param most size of the first portion, and of all: they shrink where the work is slower than that, and grow again
 * @param pause what is done between portions
 */
export function portions({ now }: Pick<Surroundings, 'now'>, most: number, pause: Pause): Cuts {
  let size = most;
  let start = now();
  return {
    size: () => Math.max(1, Math.round(size)),
    pause: async () => {
      const spent = now() - start;
      // Not too far at once: a single portion may have been held up by something else.
      size = Math.min(most, Math.max(size / 8, Math.min(2 * size, (size * PORTION) / spent)));
      await pause();
      start = now();
    },
  };
}

/** @param before seconds spent in earlier sessions */
export function pace({ signal, now, breathe, saveEvery = SAVE_EVERY }: Surroundings, before: number): Pace {
  const start = now();
  let saved = start;
  let reported = -Infinity;
  return {
    seconds: () => before + (now() - start) / 1000,
    tick: async (report, save) => {
      const time = now();
      if (time - reported >= REPORT_EVERY) {
        report();
        reported = time;
        await breathe();
      }
      if (signal.aborted) {
        save();
        throw new Interrupted('stopped on request');
      }
      if (time - saved >= saveEvery) {
        save();
        saved = now();
      }
    },
  };
}

/**
 * Looks whether the run should stop, in work that is not saved: what is done of it is done again by the next session.
 */
export function stopping(surroundings: Surroundings): Pause {
  const { tick } = pace(surroundings, 0);
  return () => tick(() => undefined, () => undefined);
}
