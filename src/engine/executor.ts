/** What every executor makes of a {@link Program}: a function from arrays to arrays. */
import type { Pause } from '../pausing.ts';

/** Entries in row-major order; the shape is that of the program's input or output. */
export type ArrayData = Float64Array | Float32Array | Int32Array | Uint32Array | Uint8Array;

export type Precision = 'float32' | 'float64';

/** A compiled program: arrays in, arrays out. */
export interface Executable {
  /**
   * One entry per input of the program. @returns one entry per output, in the executor's precision
   * @param pause called between parts of the work, where it has some
   */
  run(inputs: readonly ArrayData[], pause?: Pause): Promise<ArrayData[]>;
  /** Free what lies outside the garbage collector's reach. */
  dispose(): Promise<void>;
}
