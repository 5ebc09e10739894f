/** What a run of an untuned target has to reach, beside exact figures within so many standard errors. */
export interface Limits {
  /** Least ESS of fresh weighted samples, as a fraction. */
  readonly ess: number;
  /** Most seconds of wall clock, on two cores. */
  readonly seconds: number;
  /** Most memory, in MiB; 1024 where it is left out. */
  readonly mebibytes?: number;
  /** Largest error of log Z, whatever its standard error. */
  readonly logZ?: number;
  /** Largest errors of observables, by name. */
  readonly observables?: Readonly<Record<string, number>>;
  /** A planted failure: a run that is wrong passes if it says that it is not sound, and need reach nothing else. */
  readonly planted?: boolean;
}

/** Exact figures may be this many standard errors away. */
export const MOST_ERRORS = 4;
/** Of `mebibytes`. */
export const MOST_MEBIBYTES = 1024;
