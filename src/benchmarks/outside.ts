/** What the benchmarks ask of the world: a clock, long-lived peers, and processes run to their end. */
import type { Runner } from './benchCase.ts';

export interface PeerOptions {
  /** File in bench/peers/; the ending says whether Python or Node runs it. */
  readonly script: string;
  readonly arguments: readonly string[];
  /** Added to the environment: how many threads the BLAS may use. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Which of the figures that the peer answers is the measure; milliseconds unless given. */
  readonly figure?: string;
}

export interface Command {
  /**
   * `node` is the Node that runs this; `jeffreys` its command line as it is built; `python` Debian's; `peer` Debian's
   * Python on a file of bench/peers/, named first.
   */
  readonly program: 'node' | 'jeffreys' | 'python' | 'peer';
  readonly arguments: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Seconds after which it is stopped. */
  readonly timeLimit?: number;
  /** Called now and then while it runs; true stops it. */
  readonly watch?: () => boolean;
}

export interface Finished {
  readonly milliseconds: number;
  /** Most memory it held at once; null for programs other than Node. */
  readonly peakBytes: number | null;
  readonly output: string;
  /** It ended by itself, with success. */
  readonly completed: boolean;
}

/** An event of a run, with its time. */
export interface RunEvent {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly kind: string;
  readonly reverseEss: number | null;
}

export interface Outside {
  /** Milliseconds of a monotonic clock. */
  now(): number;
  /** Milliseconds since the epoch: the clock of a run's events. */
  epoch(): number;
  pause(milliseconds: number): Promise<void>;
  /** A peer as a process that runs its case once per call. @throws Absent */
  peer(options: PeerOptions): Promise<Runner>;
  /** Run a program and wait for its end. @throws Absent; Error when it fails */
  run(command: Command): Promise<Finished>;
  /** A fresh path below a directory that goes when the benchmarks end. */
  temporaryPath(name: string): string;
  /** Write a file there for a peer to read; its path. */
  hand(name: string, data: string | Float64Array): string;
  /** Address of the built library, to be imported by another Node. @throws Absent when it is not built */
  library(): string;
  /** Events so far of the run in a directory; none while there is no such run. */
  events(runDirectory: string): RunEvent[];
}
