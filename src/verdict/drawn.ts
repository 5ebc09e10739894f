/** The standing of samples that are drawn from a finished run: its own, and what their weights say. */
import type { Estimate, TailedEstimate } from '../estimators/estimate.ts';
import type { Estimate as StoredEstimate, RunResult, Standing, Warning } from '../records/record.ts';
import { reasonOf, standingOf, worst } from './standing.ts';
import { stand, standingOfTail } from './trust.ts';

export interface DrawnStanding {
  readonly standing: Standing;
  /** Why it is not sound, the gravest first. */
  readonly reasons: readonly string[];
  readonly logZ: StoredEstimate;
}

/** Runs of before there were standings have not been judged, so nothing is known of what is drawn from them. */
const NOT_JUDGED = 'the run is of before its figures were judged; run it again';
const LEARNED = 'the weights are learned, and these lack the corrections that the run made to its own figures';

/**
 * @param run of the flows that the samples came through @param logZ of the samples, with the tail of their weights
 * @param n how many they are @param own log Z of the run's own samples of the same, if it has any @param learned
 * whether the weights are learned ones
 */
export function standingOfDrawn(
  { standing: ofRun, warnings }: Pick<RunResult, 'standing' | 'warnings'>, logZ: TailedEstimate, n: number,
  own: StoredEstimate | null, learned: boolean,
): DrawnStanding {
  const lowering = warnings.filter(({ standing }): boolean => standing !== undefined);
  const ofTail = standingOfTail(logZ.tail, n, logZ.standardError);
  const standing = worst([ofRun ?? 'unknown', ofTail, learned ? 'doubtful' : 'sound']);
  const reasons = [
    ...(ofRun === null ? [NOT_JUDGED] : []), ...byGravity(lowering),
    ...(ofTail === 'sound' ? [] : [`the weights have a heavy tail (Pareto k-hat ${logZ.tail.k.toFixed(2)})`]),
    ...(learned ? [LEARNED] : []),
  ];
  const route: Estimate | null = own === null || own.value === null || own.standardError === null ? null
    : { value: own.value, standardError: own.standardError };
  return { standing, reasons, logZ: stand(
    logZ, n, { standing, reason: reasonOf(lowering) ?? reasons[0] ?? null, route, routeUnmixed: true }
  ) };
}

const byGravity = (warnings: readonly Warning[]): string[] =>
  (['unknown', 'doubtful'] as const)
    .flatMap((level) => warnings.filter((warning) => standingOf([warning]) === level).map(({ message }) => message));
