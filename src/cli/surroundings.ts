/** The command line's side of a pipeline: clock, events to the run directory and the terminal, Ctrl-C. */
import type { Journal, Surroundings } from '../pipeline/journal.ts';
import type { WritableRun } from '../store/writableRun.ts';
import type { ProgressLine } from './terminal.ts';

/** Options of the verbs that compute. */
export interface PaceOptions {
  /** Seconds between checkpoints. */
  readonly saveEvery?: number | undefined;
}

/** Of the command under way; null before there is anything to save. */
let stopping: AbortController | null = null;

function stop(): void {
  if (stopping?.signal.aborted === true) process.exit(130);
  stopping?.abort();
}

/**
 * A signal that the first Ctrl-C (or SIGTERM) aborts; the second one ends the process at once. Asked for before
 * anything is written or locked: until then the system's own way of ending the process loses nothing.
 */
export function stopSignal(): AbortSignal {
  if (stopping === null) {
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  }
  stopping = new AbortController();
  return stopping.signal;
}

export function surroundingsOf(
  run: WritableRun, journal: Journal, signal: AbortSignal, progress: ProgressLine, { saveEvery }: PaceOptions = {}
): Surroundings {
  return {
    journal,
    signal,
    now: () => performance.now(),
    breathe: () => new Promise((resolve) => { setImmediate(resolve); }),
    ...(saveEvery === undefined ? {} : { saveEvery: 1000 * saveEvery }),
    emit: (event) => {
      progress.update(event);
      run.appendEvent({ time: new Date().toISOString(), ...event });
    },
  };
}
