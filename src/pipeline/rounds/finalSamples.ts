/** How many samples a run in rounds draws at its end: as many as the wanted errors need. */
import type { RoundSummary } from '../../records/rounds.ts';
import type { Settings } from '../../settings/settings.ts';
import { FRESH } from './roundFigures.ts';

/** Numbers that the samples may hold, where more than `output.samples` are needed. */
const MOST_NUMBERS = 2e8;
/** Errors that are aimed at over those that are wanted: they are estimates themselves. */
const AIM = 0.95;

/** @param error largest standard error of an observable in the last round's fresh samples */
export function finalSamples(
  { logZ }: Pick<RoundSummary, 'logZ'>, error: number, { rounds: wanted, output }: Pick<Settings, 'rounds' | 'output'>,
  d: number,
): number {
  // Errors fall with the root of the number of samples.
  const needed = (asked: number, got: number): number => (asked > 0 ? FRESH * (got / (AIM * asked)) ** 2 : 0);
  const samples = Math.max(
    needed(wanted.untilLogZ, logZ.standardError ?? 0), needed(wanted.untilError, error), output.samples,
  );
  return Math.min(Math.ceil(samples), Math.max(output.samples, Math.floor(MOST_NUMBERS / d)));
}
