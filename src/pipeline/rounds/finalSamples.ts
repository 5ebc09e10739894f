/** How many samples a run in rounds draws at its end: as many as the wanted errors need. */
import { expectations } from '../../estimators/expectation.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Target } from '../../targets/target.ts';
import { wholeError } from '../../verdict/trust.ts';
import { weightFigures } from '../../verdict/weights.ts';

/** Numbers that the samples may hold, where more than `output.samples` are needed. */
const MOST_NUMBERS = 3e7;
/** Errors that are aimed at, over those that are wanted: they are estimates themselves. */
const AIM = 0.95;

/** Standard errors that some samples leave: of log Z, and the largest of an observable. */
export interface SampleErrors {
  readonly samples: number;
  readonly logZ: number;
  readonly observable: number;
}

export const errorsOf = (
  { dimension: d, observables }: Target, samples: Float64Array, logWeights: Float64Array,
): SampleErrors => ({
  samples: logWeights.length, logZ: wholeError(weightFigures(logWeights, Infinity).logZ),
  observable: expectations(samples, d, observables.map(({ value }) => value), logWeights, Infinity)
    .reduce((most, estimate) => Math.max(most, wholeError(estimate)), 0),
});

/** At least `output.samples`. @param errors of some samples, from which those of others follow */
export function finalSamples(
  { samples: n, logZ, observable }: SampleErrors, { rounds, output }: Pick<Settings, 'rounds' | 'output'>, d: number,
): number {
  // Errors fall with the root of the number of samples; those that are not known tell of no number.
  const needed = (asked: number, got: number): number =>
    (asked > 0 && got > asked && got < Infinity ? n * (got / (AIM * asked)) ** 2 : 0);
  const samples = Math.max(needed(rounds.untilLogZ, logZ), needed(rounds.untilError, observable), output.samples);
  return Math.min(Math.ceil(samples), Math.max(output.samples, Math.floor(MOST_NUMBERS / d)));
}
