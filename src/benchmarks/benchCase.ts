/**
 * What a benchmark is: a case with ways of doing it, ours and the peers', and a floor that no way can go under.
 * Nothing here starts a process or reads a clock: that comes in as {@link Outside}.
 */

/** One way of doing a case, ready to go. */
export interface Runner {
  /**
   * Do the case once. @returns what was measured, in the raw measure of the case (milliseconds; bytes for memory); NaN
   * if it was not reached
   */
  run(): Promise<number>;
  /** What it runs on, found out at its start: versions, threads, BLAS, checks of its results. */
  readonly about?: string;
  dispose(): Promise<void>;
}

/** A way of doing the case, not started yet. */
export interface Contender {
  /** What sets it apart from its entrant's other variants: `2 threads`. Empty when there is one only. */
  readonly name: string;
  /** @throws Absent when this machine lacks what it needs */
  start(): Promise<Runner>;
}

/** Ours, a peer, or the floor: of several variants the fastest in a short trial runs the race. */
export interface Entrant {
  readonly name: string;
  readonly variants: readonly Contender[];
  /** Why there is no variant, when there is none. */
  readonly absence?: string;
}

/** How a case's raw measure is shown. */
export interface Unit {
  readonly name: string;
  readonly better: 'less' | 'more';
  readonly of: (raw: number) => number;
}

export interface BenchCase {
  /** group/case; a prefix selects. */
  readonly name: string;
  readonly unit: Unit;
  readonly ours: Entrant;
  readonly peers: readonly Entrant[];
  readonly floor?: Entrant;
  /** Rounds in which every entrant takes one turn. */
  readonly rounds: number;
  /** One run is a turn, with no warm-up: for cases that are a cold start or take minutes. */
  readonly single?: boolean;
  /** Not run unless named. */
  readonly onRequest?: boolean;
}

/** Thrown by a contender that this machine cannot run, with the reason in a few words. */
export class Absent extends Error {
  override readonly name = 'Absent';
}

/** An entrant with one variant. */
export const only = (name: string, start: () => Promise<Runner>): Entrant =>
  ({ name, variants: [{ name: '', start }] });

/** A runner timed by the given clock. */
export function timed(
  now: () => number, work: () => Promise<void>, dispose: () => Promise<void> = () => Promise.resolve()
): Runner {
  return {
    run: async () => {
      const start = now();
      await work();
      return now() - start;
    },
    dispose,
  };
}

export const milliseconds: Unit = { name: 'ms', better: 'less', of: (raw) => raw };
