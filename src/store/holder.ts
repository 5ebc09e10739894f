/** Who holds a lock, and whether that process still exists. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';
import { errorCode } from './fileError.ts';

const holderSchema = z.object({
  pid: z.number().int().positive(),
  hostname: z.string(),
  /**
   * Start of the process in clock ticks since boot, which tells it from a later one of the same number; null where the
   * system does not say.
   */
  startTicks: z.number().nullable(),
  /** Names this very lock. */
  token: z.string().regex(/^[0-9a-f]+$/),
});
export type Holder = z.infer<typeof holderSchema>;

/** This process, as the holder of the lock named `token`. */
export function thisProcess(token: string): Holder {
  return { pid: process.pid, hostname: hostname(), startTicks: processStatus(process.pid)?.startTicks ?? null, token };
}

/** @returns null if the text is no lock's */
export function parseHolder(text: string): Holder | null {
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Whether the holder may still be at work. A process on another machine cannot be asked, so it counts as alive. */
export function isAlive(holder: Holder): boolean {
  if (holder.hostname !== hostname()) return true;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // EPERM: it exists and belongs to somebody else.
    if (errorCode(error) !== 'EPERM') return false;
  }
  const status = processStatus(holder.pid);
  if (status === null) return true;
  return !status.ended && (holder.startTicks === null || holder.startTicks === status.startTicks);
}

/** From /proc/<pid>/stat; null where there is none. @see man 5 proc_pid_stat */
function processStatus(pid: number): { startTicks: number; ended: boolean } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field, the program's name, may itself hold spaces and parentheses. Then: 3 state, …, 22 start time.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { startTicks: Number(fields[22 - 3]), ended: fields[0] === 'Z' || fields[0] === 'X' };
  } catch {
    return null;
  }
}
