/** What a run is about to take, said before it starts: a surprise of days or of gigabytes is no good one. */
import { freemem, totalmem } from 'node:os';
import { InputError } from '../errors.ts';
import { estimateCost } from './cost.ts';
import type { Settings } from '../settings/settings.ts';
import type { Target } from '../targets/target.ts';

const GIB = 2 ** 30;
const gib = (bytes: number): string => `${(bytes / GIB).toFixed(bytes < GIB ? 2 : 1)} GiB`;

/** In the unit that a person would use. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 36 * 3600) return `${(seconds / 3600).toFixed(1)} hours`;
  return `${(seconds / 86_400).toFixed(1)} days`;
}

/** Of the machine, or of the container that the process is in. */
const machineMemory = (): number => Math.min(totalmem(), process.constrainedMemory() || Infinity);

/** Long enough that nobody should find out by waiting. */
const LONG = 1200;

/**
 * One line to a terminal, and more to standard error in any case where memory is short or the work is long.
 * @param runs one after the other
 * @throws InputError when the machine does not have the memory at all
 */
export function announce(
  runs: readonly { readonly target: Target; readonly settings: Settings }[], quiet: boolean
): void {
  const costs = runs.map(({ target, settings }) => ({ target, ...estimateCost(target, settings) }));
  const largest = costs.reduce((a, b) => (b.bytes > a.bytes ? b : a));
  const present = machineMemory();
  if (largest.bytes > present) {
    throw new InputError(
      `${largest.target.name} with these settings needs about ${gib(largest.bytes)} of memory, and this `
        + `machine has ${gib(present)}; lower rounds, samples, particles or batch, or take a smaller network`
    );
  }
  if (quiet) return;
  const seconds = costs.reduce((sum, cost) => sum + cost.seconds, 0);
  if (process.stderr.isTTY || seconds > LONG) process.stderr.write(
    `about ${gib(largest.bytes)} of memory, and ${duration(seconds)} of training and moves (estimates)\n`
  );
  if (largest.bytes > freemem()) process.stderr.write(`warning: only ${gib(freemem())} of memory are free\n`);
  if (seconds > LONG)
    process.stderr.write('this is long: stop with Ctrl-C whenever you like, and go on with `jeffreys resume`\n');
}
