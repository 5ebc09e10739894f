/** From the arrays of all ladders to the lanes of a shard's scratch memory, and back. */
import { f32x4, f64, f64x2, i32, i32x4, v128, type I32, type V128 } from '../../wasm/instructions.ts';
import type { FunctionBuilder } from '../../wasm/functionBuilder.ts';
import { lanesOf, type Lanes } from '../../wasm/lanes.ts';
import {
  DIRECTION, forEachCoordinate, forEachRung, LANES, readTable, REPLICA, SHARD, VECTOR, type RungLayout, type TableWord,
} from './layout.ts';

const UPPER_HALF = [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15];
const LOWER_HALVES = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];

/** Entries of one array, one per lane. Lanes beyond the last ladder read the last one's, and write nothing. */
export interface LaneIndices {
  /** Index of each lane's entry. */
  readonly at: readonly I32[];
  /** How many lanes have a ladder. */
  readonly used: I32;
}

const address = (base: I32, index: I32, bytes: number): I32 => i32.add(base, i32.mul(index, i32.constant(bytes)));

/** Where each lane's double is. */
const placesOf = (f: FunctionBuilder, base: I32, { at }: LaneIndices): I32[] =>
  at.map((index) => f.let(address(base, index, 8)));

const shifted = (places: readonly I32[], by: I32): I32[] => places.map((place) => i32.add(place, by));

/** Four doubles as vectors of the lanes' precision. */
function gatherFloats(lanes: Lanes, places: readonly I32[]): V128[] {
  const pair = (lane: number): V128 => v128.load64Lane(1, places[lane + 1], v128.load64Zero(places[lane]));
  const pairs = [pair(0), pair(2)];
  return lanes.precision === 'float64' ? pairs
    : [v128.shuffle(LOWER_HALVES, f32x4.demoteF64x2(pairs[0]), f32x4.demoteF64x2(pairs[1]))];
}

/** @param values four numbers, one or two vectors */
export function doubles(f: FunctionBuilder, lanes: Lanes, values: readonly V128[]): V128[] {
  if (lanes.precision === 'float64') return values.map((value) => f.let(value));
  const value = f.let(values[0]);
  return [f.let(f64x2.promoteLowF32x4(value)), f.let(f64x2.promoteLowF32x4(v128.shuffle(UPPER_HALF, value, value)))];
}

/** Write what `write(lane)` says for every lane that has a ladder. */
function forUsedLanes(f: FunctionBuilder, { used }: LaneIndices, write: (lane: number) => void): void {
  for (let lane = 0; lane < LANES; lane++) f.if(i32.lt(i32.constant(lane), used), () => write(lane));
}

export function scatterFloats(
  f: FunctionBuilder, lanes: Lanes, base: I32, indices: LaneIndices, values: readonly V128[]
): void {
  const wide = doubles(f, lanes, values);
  forUsedLanes(
    f, indices, (lane) => f.do(v128.store64Lane(lane % 2, address(base, indices.at[lane], 8), wide[lane >> 1]))
  );
}

/**
 * Points of the lanes' ladders, from a rung's block to an array [n, d].
 * @param rows index of each lane's row @param vectors address of the first coordinate's vectors in the block
 */
export function scatterPoints(
  f: FunctionBuilder, lanes: Lanes, layout: RungLayout, base: I32, rows: LaneIndices, vectors: I32,
): void {
  const places = placesOf(f, base, affine(f, rows, i32.constant(layout.dimension), i32.constant(0)));
  forEachCoordinate(f, layout, (item, row) => {
    const from = f.let(i32.add(vectors, row));
    const wide = doubles(f, lanes, halvesOf(layout).map((half) => v128.load(from, half * VECTOR)));
    const to = shifted(places, item);
    forUsedLanes(f, rows, (lane) => f.do(v128.store64Lane(lane % 2, to[lane], wide[lane >> 1])));
  });
}

/** The way back of {@link scatterPoints}. */
function gatherPoints(
  f: FunctionBuilder, lanes: Lanes, layout: RungLayout, base: I32, rows: LaneIndices, vectors: I32,
): void {
  const places = placesOf(f, base, affine(f, rows, i32.constant(layout.dimension), i32.constant(0)));
  forEachCoordinate(f, layout, (item, row) => {
    const to = f.let(i32.add(vectors, row));
    gatherFloats(lanes, shifted(places, item)).forEach((value, half) => f.do(v128.store(to, value, half * VECTOR)));
  });
}

function gatherIntegers(base: I32, { at }: LaneIndices): V128 {
  return at.slice(1).reduce(
    (vector, index, k) => v128.load32Lane(k + 1, address(base, index, 4), vector),
    v128.load32Zero(address(base, at[0], 4))
  );
}

function scatterIntegers(f: FunctionBuilder, base: I32, indices: LaneIndices, values: V128): void {
  const kept = f.let(values);
  forUsedLanes(f, indices, (lane) => f.do(v128.store32Lane(lane, address(base, indices.at[lane], 4), kept)));
}

/** The ladder of each lane of a shard. */
export function laneLadders(f: FunctionBuilder, shard: I32, ladders: I32): LaneIndices {
  const first = f.let(i32.mul(shard, i32.constant(LANES)));
  const left = f.let(i32.sub(ladders, first));
  const used = f.variable(i32.constant(LANES));
  f.if(i32.lt(left, i32.constant(LANES)), () => f.set(used, left));
  const at = Array.from({ length: LANES }, (_, lane) => {
    const ladder = f.variable(i32.add(first, i32.constant(lane)));
    f.if(i32.ge(i32.constant(lane), used.get), () => f.set(ladder, i32.sub(ladders, i32.constant(1))));
    return ladder.get;
  });
  return { at, used: used.get };
}

/** index · scale + offset, lane by lane. @param offset one for all lanes, or one each */
export function affine(
  f: FunctionBuilder, { at, used }: LaneIndices, scale: I32, offset: I32 | readonly I32[]
): LaneIndices {
  return {
    used, at: at.map((index, lane) => f.let(i32.add(i32.mul(index, scale), 'code' in offset ? offset : offset[lane])))
  };
}

/** What a rung's block holds of arrays with an entry per chain. */
const chainFields = (layout: RungLayout): { readonly word: TableWord; readonly offset: (half: number) => number }[] => [
  { word: 'energies', offset: layout.energy },
  { word: 'inverseTemperatures', offset: layout.beta },
  { word: 'stepSizes', offset: layout.stepSize },
];

/** What it holds of arrays of points. */
const pointFields = (layout: RungLayout): { readonly word: TableWord; readonly offset: number }[] => [
  { word: 'positions', offset: layout.position(0, 0) },
  { word: 'gradients', offset: layout.gradient(0, 0) },
];

const halvesOf = ({ halves }: RungLayout): number[] => Array.from({ length: halves }, (_, half) => half);

/** Body of the function (shard, table, scratch) that fills the shard's scratch memory. */
export function writeGather(f: FunctionBuilder, lanes: Lanes, layout: RungLayout): void {
  const [shard, table, scratch] = [0, 1, 2].map((k) => f.parameter(k, 'i32').get);
  const read = (word: TableWord): I32 => readTable(table, word);
  const rungs = f.let(read('rungs'));
  const ladders = laneLadders(f, shard, f.let(read('ladders')));
  const store = (base: I32, offset: number, value: V128): void => f.do(v128.store(base, value, offset));
  store(scratch, SHARD.key0, gatherIntegers(read('swapKey0'), ladders));
  store(scratch, SHARD.key1, gatherIntegers(read('swapKey1'), ladders));
  store(scratch, SHARD.roundTrips, i32x4.constant(0));
  const gather = (of: Lanes, word: TableWord, indices: LaneIndices): V128[] =>
    gatherFloats(of, placesOf(f, f.let(read(word)), indices));
  forEachRung(f, layout, scratch, rungs, (k, block) => {
    const chains = affine(f, ladders, rungs, k);
    for (const { word, offset } of pointFields(layout)) {
      gatherPoints(f, lanes, layout, f.let(read(word)), chains, f.let(i32.add(block, i32.constant(offset))));
    }
    for (const { word, offset } of chainFields(layout)) {
      gather(lanes, word, chains).forEach((value, half) => store(block, offset(half), value));
    }
    for (const half of halvesOf(layout))
      for (const offset of [layout.accepted(half), layout.nonFinite(half)]) store(block, offset, i32x4.constant(0));
    gather(lanesOf.float64, 'acceptance', chains).forEach((value, pair) => {
      store(block, layout.acceptance(pair), value);
    });
    store(block, layout.key0, gatherIntegers(read('key0'), chains));
    store(block, layout.key1, gatherIntegers(read('key1'), chains));
    const replica = f.let(gatherIntegers(read('replicas'), chains));
    store(block, REPLICA, replica);
    store(block, DIRECTION, gatherIntegers(read('directions'), ofReplicas(f, ladders, rungs, replica)));
  });
}

/** Index of each lane's replica among all replicas. */
function ofReplicas(f: FunctionBuilder, ladders: LaneIndices, rungs: I32, replica: V128): LaneIndices {
  return affine(f, ladders, rungs, ladders.at.map((_, lane) => i32x4.extract(lane, replica)));
}

/**
 * Body of the function (shard, table, scratch, steps) that writes the shard's state and its counts back. @param steps
 * taken by every chain
 */
export function writeScatter(f: FunctionBuilder, lanes: Lanes, layout: RungLayout): void {
  const [shard, table, scratch, steps] = [0, 1, 2, 3].map((k) => f.parameter(k, 'i32').get);
  const read = (word: TableWord): I32 => readTable(table, word);
  const rungs = f.let(read('rungs'));
  const ladders = laneLadders(f, shard, f.let(read('ladders')));
  const increase = (word: TableWord, indices: LaneIndices, by: (lane: number) => I32): void => {
    const base = f.let(read(word));
    forUsedLanes(f, indices, (lane) => {
      const entry = f.let(address(base, indices.at[lane], 8));
      f.do(f64.store(entry, f64.add(f64.load(entry), f64.fromI32(by(lane)))));
    });
  };
  /** Count of a lane: its low 32 bits are enough for one call. */
  const counted = (block: I32, offset: (half: number) => number) => (lane: number): I32 =>
    i32.load(block, offset(Math.floor(lane / lanes.width)) + (lane % lanes.width) * lanes.bytes);
  increase('roundTrips', ladders, (lane) => i32.load(scratch, SHARD.roundTrips + 4 * lane));
  forEachRung(f, layout, scratch, rungs, (k, block) => {
    const chains = affine(f, ladders, rungs, k);
    for (const { word, offset } of pointFields(layout)) {
      scatterPoints(f, lanes, layout, f.let(read(word)), chains, f.let(i32.add(block, i32.constant(offset))));
    }
    const energies = halvesOf(layout).map((half) => v128.load(block, layout.energy(half)));
    scatterFloats(f, lanes, f.let(read('energies')), chains, energies);
    scatterFloats(f, lanesOf.float64, f.let(read('acceptance')), chains, [0, 1].map(
      (pair) => v128.load(block, layout.acceptance(pair))
    ));
    increase('accepted', chains, counted(block, layout.accepted));
    increase('nonFinite', chains, counted(block, layout.nonFinite));
    increase('proposed', chains, () => steps);
    const replica = f.let(v128.load(block, REPLICA));
    scatterIntegers(f, f.let(read('replicas')), chains, replica);
    scatterIntegers(f, f.let(read('directions')), ofReplicas(f, ladders, rungs, replica), v128.load(block, DIRECTION));
  });
}
