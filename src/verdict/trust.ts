/**
 * The one place that decides how far a figure can be trusted. Checks elsewhere in this folder turn what is known of a
 * run into doubts; here their thresholds stand, and here every estimate gets its standing and its error:
 * sound: its standard error and what its sample cannot have seen; doubtful: widened to cover what is known; unknown:
 * none.
 */
import type { Estimate, TailedEstimate } from '../estimators/estimate.ts';
import type { Tail } from '../estimators/tail.ts';
import { inverseNormalCdf } from '../numerics/special.ts';
import { storedFigure } from '../records/figure.ts';
import type { Estimate as StoredEstimate, Standing } from '../records/record.ts';
import { worst } from './standing.ts';

/** R̂ of tempering's ladders: mixed up to here, and of no use beyond (Vehtari et al. 2021; Gelman & Rubin 1992). */
export const MIXED_RHAT = 1.05;
export const UNMIXED_RHAT = 1.1;
/** Fewer round trips than this tell little of whether hot replicas feed cold ones. */
export const FEW_ROUND_TRIPS = 20;
/** Fewer effective samples than this, of tempering or of weights, are few. */
export const FEW_SAMPLES = 100;

/**
 * A mode counts when it holds at least this much mass; it is missing below this share of it, and lost below the next.
 */
export const MODE_MATTERS = 1e-3;
export const MISSING_SHARE = 0.25;
export const LOST_SHARE = 0.01;
/** Share of tempering's samples that have a generated one near them, of what it should be. */
export const LOW_COVERAGE = 0.8;
/** A held-out figure below this share of what it should be like. */
export const HELD_OUT_SHARE = 0.5;

/** Estimates farther than this from their exact values, in standard errors, are wrong. */
export const EXACT_GAP = 4;
/** Chance that two right routes to any of a run's figures are called disagreeing. */
const FALSE_ALARM = 1e-4;
/** Flows compute log densities to no more, in nats: figures nearer to each other than this agree. */
const ROUNDING = 1e-6;
/** How far apart two routes to a figure are, beyond rounding. */
export const routesApart = (value: number, other: number): number => Math.max(0, Math.abs(value - other) - ROUNDING);
/** Standard errors that the farthest of m pairs of routes may lie apart by chance. */
export const routesGap = (m: number): number => inverseNormalCdf(1 - FALSE_ALARM / 2 / Math.max(1, m));

/** k̂ up to which means of n weights can be trusted (Vehtari et al. 2024, eq. 13). */
export const tailThreshold = (n: number): number => Math.min(0.7, 1 - 1 / Math.log10(n));
/**
 * What a tail leaves unseen, in standard errors: below the first it does not matter, beyond the second nothing is known
 * from it.
 */
const NEGLIGIBLE_TAIL = 0.5;
const OVERWHELMING_TAIL = 2;

/** Of a mean of n values with this tail. @param standardError of the mean, in the units of `unseen` */
export function standingOfTail(
  { k, kError, unseen, bounded = false }: Tail, n: number, standardError: number
): Standing {
  if (Number.isNaN(k) || !(unseen < Infinity)) return 'unknown';
  if (!(k + kError > tailThreshold(n)) || unseen <= NEGLIGIBLE_TAIL * standardError) return 'sound';
  return unseen > OVERWHELMING_TAIL * standardError && !bounded ? 'unknown' : 'doubtful';
}

/** The standard error with what was not seen: what a sound estimate shows. */
export const wholeError = ({ standardError, tail }: TailedEstimate): number => Math.hypot(standardError, tail.unseen);

/** What is known about one estimate besides itself. */
export interface Circumstances {
  /** Of everything that it rests on. */
  readonly standing: Standing;
  /** Why, where that is not sound. */
  readonly reason: string | null;
  /** The same quantity by another route, where there is one. */
  readonly route?: Estimate | null;
  /** Whether that route's own error is part of what is not known: where tempering has not mixed. */
  readonly routeUnmixed?: boolean;
  /** Anything else that the error must cover, in the estimate's units. */
  readonly least?: number;
  readonly exact?: number | null;
}

const NOT_FINITE = 'the function, or every weight, is not finite where the target has mass';
const TOO_HEAVY = 'the values behind it have so heavy a tail that their spread tells nothing';
const CONSTANT = 'it is the same at every sample, so nothing tells its error';
/** Exact values are known to this much, relative to them or to one. */
const EXACT_TO = 1e-6;

/** An estimate as it goes into the record: with its standing, and with an error only where one is known. */
export function stand(estimate: TailedEstimate | Estimate, n: number, circumstances: Circumstances): StoredEstimate {
  const { standing, reason, route = null, routeUnmixed = false, least = 0, exact = null } = circumstances;
  const { value, standardError } = estimate;
  const unknown = (why: string): StoredEstimate =>
    ({ value: storedFigure(value), standardError: null, standing: 'unknown', reason: why });
  if (!Number.isFinite(value)) return unknown(NOT_FINITE);
  if (standing === 'unknown') return unknown(reason ?? TOO_HEAVY);
  if (standardError === 0 && 'tail' in estimate) return unknown(CONSTANT);
  const ofTail = 'tail' in estimate ? standingOfTail(estimate.tail, n, standardError) : 'sound';
  if (ofTail === 'unknown') return unknown(TOO_HEAVY);
  let error = 'tail' in estimate ? wholeError(estimate) : standardError;
  const own = worst([standing, ofTail]);
  if (own === 'doubtful') error = Math.hypot(error, least, ...routeErrors(value, route, routeUnmixed));
  if (!Number.isFinite(error)) return unknown('its spread is not finite');
  if (isOff(value, error, exact)) return unknown('it is far from the exact value');
  return { value, standardError: error, standing: own, ...(own === 'sound' ? {} : { reason: reason ?? TOO_HEAVY }) };
}

/** Whether a figure is too far from its exact value for its error. */
export const isOff = (value: number, error: number, exact: number | null): boolean =>
  exact !== null && Math.abs(value - exact) > EXACT_GAP * error + EXACT_TO * Math.max(1, Math.abs(exact));

/** Half the gap between two routes to the same figure, and the other's own error where it is in doubt. */
function routeErrors(value: number, route: Estimate | null, unmixed: boolean): number[] {
  if (route === null || !Number.isFinite(route.value)) return [];
  return [
    Math.abs(value - route.value) / 2, ...(unmixed && Number.isFinite(route.standardError) ? [route.standardError] : [])
  ];
}
