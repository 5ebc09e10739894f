/** Surroundings in which nothing happens. */
import { memoryJournal, type Surroundings } from '../../src/pipeline/journal.ts';

/** Nobody listens or asks to stop, time stands still, and what is stored is kept in memory. */
export const quiet = (): Surroundings => ({
  journal: memoryJournal(),
  emit: () => undefined,
  signal: new AbortController().signal,
  now: () => 0,
  breathe: () => Promise.resolve(),
  saveEvery: 1e9,
});
