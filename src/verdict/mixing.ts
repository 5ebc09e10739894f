/**
 * What a tempering run says of whether its samples can be trusted: its ladders' agreement, round trips, effective
 * samples.
 */
import { extendedValue } from '../records/figure.ts';
import type { ParallelTemperingSummary, Warning } from '../records/record.ts';
import { doubt, standingOf, type Doubt } from './standing.ts';
import { FEW_ROUND_TRIPS, FEW_SAMPLES, MIXED_RHAT, UNMIXED_RHAT } from './trust.ts';

/** Figures of a tempering run that its standing depends on. */
export type MixingSummary =
  Pick<ParallelTemperingSummary, 'splitRhat' | 'roundTrips' | 'effectiveSampleSize' | 'inverseTemperatures' | 'rounds'>;

/** @param name how the run is called in the messages: "tempering", "reSGLD" */
function mixingDoubts(
  { splitRhat, roundTrips, effectiveSampleSize, inverseTemperatures, rounds }: MixingSummary, name: string
): Doubt[] {
  const doubts: Doubt[] = [];
  const known = splitRhat.map((entry) => ({ name: entry.name, rhat: extendedValue(entry.value) }))
    .filter(({ rhat }) => !Number.isNaN(rhat));
  if (known.length === 0) {
    doubts.push(doubt(
      'doubtful', 'mixing-unknown',
      `Nothing is known of whether the ladders of ${name} agree (no R-hat): run more rounds.`
    ));
  } else {
    const worst = known.reduce((a, b) => (b.rhat > a.rhat ? b : a));
    if (worst.rhat > MIXED_RHAT) {
      const standing = worst.rhat > UNMIXED_RHAT ? 'unknown' : 'doubtful';
      doubts.push(doubt(
        standing, 'ladders-disagree',
        `Independent ladders of ${name} disagree about ${worst.name} (R-hat ${worst.rhat.toFixed(2)}, should `
          + `be below ${MIXED_RHAT}): run more rounds, add replicas or start hotter.`
      ));
    }
  }
  if (inverseTemperatures.length < 2) {
    doubts.push(doubt(
      'doubtful', 'one-rung',
      `${capital(name)} has one rung, which crosses no barrier: nothing shows that every mode was found. Take `
        + 'several replicas.'
    ));
  } else if (roundTrips === 0) {
    doubts.push(doubt(
      'unknown', 'no-round-trips',
      `No replica of ${name} travelled from cold to hot and back in ${rounds} rounds, so modes may be missing `
        + 'or misweighted: run more rounds, or add replicas.'
    ));
  } else if (roundTrips < FEW_ROUND_TRIPS) {
    doubts.push(doubt(
      'doubtful', 'few-round-trips',
      `Only ${roundTrips} replicas of ${name} went from cold to hot and back (${FEW_ROUND_TRIPS} are few): run `
        + 'more rounds, or add replicas.'
    ));
  }
  if (!((effectiveSampleSize ?? 0) >= FEW_SAMPLES)) {
    doubts.push(doubt(
      'doubtful', 'few-samples',
      `The samples of ${name} are worth only ${Math.round(effectiveSampleSize ?? 0)} independent ones: run `
        + 'more rounds, or more kernel steps per round.'
    ));
  }
  return doubts;
}

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/** The warnings of a tempering run with the standing that each leaves, and those that it did not raise itself. */
export function mixingWarnings(summary: MixingSummary, own: readonly Warning[], name: string): Warning[] {
  const doubts = new Map(mixingDoubts(summary, name).map((found) => [found.code, found]));
  const judged = own.map((warning): Warning => {
    const found = doubts.get(warning.code);
    doubts.delete(warning.code);
    return found === undefined ? warning : { ...warning, severity: 'warning', standing: found.standing };
  });
  return [...judged, ...doubts.values()];
}

/** Whether a tempering run has mixed, as far as can be seen: its own errors can be trusted then. */
export const hasMixed = (summary: MixingSummary): boolean => standingOf(mixingDoubts(summary, 'tempering')) === 'sound';
