/** When a phase reports, saves and looks whether it should stop: by the clock, so never in what it computes. */
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
