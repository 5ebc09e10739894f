/** Phases of a run: what is finished is read, what is not is computed, and work under way is saved and taken up. */
import type { z } from 'zod';
import {
  checkStored, type Journal, type JournalArray, type PhaseName, type Piece, type Surroundings
} from './journal.ts';
import { pace, type Pace } from './pace.ts';

/** What a phase gives to those after it, and what it leaves in the journal. */
export interface Finished<T> {
  readonly value: T;
  readonly piece: Piece;
}

export interface PhaseWork<T> {
  readonly read: (piece: Piece) => T;
  readonly compute: () => Promise<Finished<T>>;
  /**
   * Whether the beginning of the work is told too: work that is taken up tells of it itself, with {@link underWay}.
   * Default: false.
   */
  readonly tell?: boolean;
}

/** The result of a phase. @throws Interrupted when asked to stop */
export async function phase<T>(
  { journal, emit }: Pick<Surroundings, 'journal' | 'emit'>, name: PhaseName,
  { read, compute, tell = false }: PhaseWork<T>,
): Promise<T> {
  const finished = journal.phase(name);
  if (finished !== null || tell) emit({ kind: 'phase', phase: name, resumed: finished !== null });
  if (finished !== null) return read(finished);
  const { value, piece } = await compute();
  journal.finishPhase(name, piece);
  return value;
}

export type Arrays = Readonly<Record<string, JournalArray['data']>>;

/** Work that can be saved and taken up. */
export interface UnderWay<J> {
  readonly phase: PhaseName;
  /** Of the JSON that is saved, and what messages call it. */
  readonly schema: z.ZodType<J>;
  readonly what: string;
  /** @param seconds spent so far */
  readonly save: (seconds: number) => { readonly json: J; readonly arrays: Arrays };
  /** @returns seconds spent before; null where what was saved is of no use */
  readonly restore: (json: J, arrays: Arrays) => number | null;
  /** Whether the beginning is told; default true. */
  readonly tell?: boolean;
}

/** Takes up what was saved of the work, and saves it from now on. */
export function underWay<J>(
  surroundings: Surroundings, { phase: name, schema, what, save, restore, tell = true }: UnderWay<J>,
): { readonly clock: Pace; readonly save: () => void } {
  const { journal, emit } = surroundings;
  const found = journal.checkpoint(name);
  const before = found === null ? null : restore(checkStored(schema, found.json, what), dataOf(found.arrays));
  if (tell) emit({ kind: 'phase', phase: name, resumed: before !== null });
  const clock = pace(surroundings, before ?? 0);
  return {
    clock,
    save: () => {
      const { json, arrays } = save(clock.seconds());
      const stored = Object.fromEntries(Object.entries(arrays).map(([key, data]) => [key, arrayOf(data)]));
      journal.saveCheckpoint(name, { json, arrays: stored });
    },
  };
}

const dataOf = (arrays: Piece['arrays']): Arrays =>
  Object.fromEntries(Object.entries(arrays).map(([name, { data }]) => [name, data]));

/** @param shape default [data.length] */
export function arrayOf(data: JournalArray['data'], shape: readonly number[] = [data.length]): JournalArray {
  if (data instanceof Float64Array) return { dtype: 'float64', shape, data };
  return data instanceof Float32Array ? { dtype: 'float32', shape, data } : { dtype: 'int32', shape, data };
}

/** The data of an array that the journal keeps as float64. */
export const float64 = (array: JournalArray): Float64Array =>
  (array.dtype === 'float64' ? array.data : Float64Array.from(array.data));

/** Points [n, d] and one number for each [n]. */
export const pointArrays = (
  points: Float64Array, d: number, values: Readonly<Record<string, Float64Array>>, name = 'samples',
): Piece['arrays'] => ({
  [name]: arrayOf(points, [points.length / d, d]),
  ...Object.fromEntries(Object.entries(values).map(([key, data]) => [key, arrayOf(data)])),
});

/** Surroundings with another journal. */
export const within = (surroundings: Surroundings, journal: Journal): Surroundings => ({ ...surroundings, journal });
