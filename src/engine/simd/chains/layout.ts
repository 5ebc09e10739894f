/**
 * Where things lie in shared memory. Ladders are worked on four at a time, one per lane: a *shard*. The arrays of all
 * ladders are row-major float64 and int32 (chain l·K + k is rung k of ladder l); while a shard runs, its state lies
 * lane by lane in scratch memory of its own, one block per rung.
 */
import { i32, type I32 } from '../../wasm/instructions.ts';
import type { FunctionBuilder } from '../../wasm/functionBuilder.ts';
import type { Lanes } from '../../wasm/lanes.ts';

/** Ladders per shard. */
export const LANES = 4;

/** Words of the table that tells compiled code where the arrays are. */
const WORDS = [
  'ladders', 'rungs', 'scratch', 'energyTables',
  'positions', 'energies', 'gradients', 'inverseTemperatures', 'stepSizes', 'key0', 'key1', 'accepted', 'proposed',
  'nonFinite',
  'replicas', 'directions', 'roundTrips', 'acceptance', 'swapKey0', 'swapKey1',
  'stride', 'tracePositions', 'traceEnergies', 'rungEnergies', 'hottest', 'hottestPositions',
] as const;

export type TableWord = (typeof WORDS)[number];
export const TABLE_BYTES = 4 * WORDS.length;

export const tableWord = (word: TableWord): number => WORDS.indexOf(word);

export const readTable = (table: I32, word: TableWord): I32 => i32.load(table, 4 * tableWord(word));

/** Bytes of a vector. */
export const VECTOR = 16;

/** Offsets in a rung's block. What has a vector per half takes `halves` vectors in a row. */
export interface RungLayout {
  readonly dimension: number;
  /** Vectors that four floats fill: 1 or 2. */
  readonly halves: number;
  readonly bytes: number;
  readonly position: (j: number, half: number) => number;
  readonly gradient: (j: number, half: number) => number;
  /** Replica on this rung and its direction, int32: one vector each. */
  readonly labels: readonly number[];
  readonly energy: (half: number) => number;
  readonly beta: (half: number) => number;
  readonly stepSize: (half: number) => number;
  /** Counts as integers as wide as the floats. */
  readonly accepted: (half: number) => number;
  readonly nonFinite: (half: number) => number;
  /** Sums of the swaps' acceptance probabilities with the next rung, as float64: always two vectors. */
  readonly acceptance: (pair: number) => number;
  readonly key0: number;
  readonly key1: number;
  /** The draws of one step: of row r (the normals, then two uniforms) and half h. */
  readonly noise: (row: number, half: number) => number;
  readonly noiseRows: number;
  readonly noiseStep: number;
}

/** The block of the shard itself, before its rungs. */
export const SHARD = { key0: 0, key1: VECTOR, roundTrips: 2 * VECTOR, bytes: 4 * VECTOR } as const;
/** The labels at the start of each rung's block: replica and direction. */
export const REPLICA = 0;
export const DIRECTION = VECTOR;

export function rungLayout(dimension: number, lanes: Lanes): RungLayout {
  const halves = LANES / lanes.width;
  const wide = halves * VECTOR;
  const positions = 2 * VECTOR;
  const gradients = positions + dimension * wide;
  const energy = gradients + dimension * wide;
  const moved = energy + wide;
  const [beta, stepSize, accepted, nonFinite] = [0, 1, 2, 3].map((k) => moved + k * wide);
  const acceptance = moved + 4 * wide;
  const key0 = acceptance + 2 * VECTOR;
  // Normals come in pairs.
  const noiseRows = 2 * Math.ceil(dimension / 2) + 2;
  const at = (start: number) => (half: number): number => start + half * VECTOR;
  return {
    dimension, halves, labels: [REPLICA, DIRECTION], key0, key1: key0 + VECTOR,
    bytes: 64 * Math.ceil((key0 + 2 * VECTOR) / 64),
    noise: (row, half) => row * wide + half * VECTOR, noiseRows, noiseStep: noiseRows * wide,
    position: (j, half) => positions + j * wide + half * VECTOR,
    gradient: (j, half) => gradients + j * wide + half * VECTOR,
    energy: at(energy), beta: at(beta), stepSize: at(stepSize), accepted: at(accepted), nonFinite: at(nonFinite),
    acceptance: at(acceptance),
  };
}

/** Steps whose draws are made ahead, in one go. */
export const NOISE_STEPS = 8;

/**
 * Bytes of scratch memory of one shard: its own block, its rungs', the draws of a few steps, and at the end the slots
 * of an energy in loops.
 */
export const scratchBytes = (layout: RungLayout, rungs: number, slotBytes: number): number =>
  SHARD.bytes + rungs * layout.bytes + NOISE_STEPS * layout.noiseStep + slotBytes;

/** Up to so many coordinates code is written out for each: beyond, it is a loop, or it would take long to compile. */
const MOST_WRITTEN_OUT = 8;

/**
 * For each coordinate j: `body(item, row)`, with item its offset in a row-major array of float64, 8j, and row that of
 * its vectors in a rung's block from those of the first.
 */
export function forEachCoordinate(f: FunctionBuilder, layout: RungLayout, body: (item: I32, row: I32) => void): void {
  const { dimension, halves } = layout;
  const rowPerItem = (halves * VECTOR) / 8;
  if (dimension <= MOST_WRITTEN_OUT) {
    for (let j = 0; j < dimension; j++) body(i32.constant(8 * j), i32.constant(8 * j * rowPerItem));
    return;
  }
  f.for(i32.constant(0), i32.constant(8 * dimension), 8, (item) => {
    body(item, f.let(i32.mul(item, i32.constant(rowPerItem))));
  });
}

/** For each rung's block, from the hottest: `body(k, block)`. @param shard address of the shard's scratch memory */
export function forEachRung(
  f: FunctionBuilder, layout: RungLayout, shard: I32, rungs: I32, body: (k: I32, block: I32) => void
): void {
  const block = f.variable(i32.add(shard, i32.constant(SHARD.bytes)));
  f.for(i32.constant(0), rungs, 1, (k) => {
    body(k, block.get);
    f.set(block, i32.add(block.get, i32.constant(layout.bytes)));
  });
}
