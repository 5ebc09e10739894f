/**
 * A program of arrays as a loop over points in vector WebAssembly, block by block and on several threads. A point's
 * values are the same wherever in a batch it stands, and on any number of threads.
 */
import type { ScalarLoop } from '../scalar.ts';
import { vectorMath } from '../simd/vectorMath.ts';
import { machineThreads } from '../threads.ts';
import type { FunctionBuilder } from '../wasm/functionBuilder.ts';
import { SharedHeap } from '../wasm/heap.ts';
import { i32, v128, type I32 } from '../wasm/instructions.ts';
import { lanesOf } from '../wasm/lanes.ts';
import { ModuleBuilder } from '../wasm/moduleBuilder.ts';
import { Team } from '../wasm/team.ts';
import { compileModule } from '../wasm/webAssembly.ts';
import { writeLoops, type LoopFunctions, type LoopProgram } from './module.ts';
import { operationCount } from './size.ts';
import { VECTOR } from './writer.ts';

const BYTES = 8;
/** Vectors of a slot: each number that is the same for all points is read once for so many of them. */
const VECTORS = 2;
const LANES = 2;
/** Points of a block. */
export const BLOCK = VECTORS * LANES;
/** Bytes of points and results that are in compiled code's memory at once. */
const MOST_BYTES = 2 ** 24;
/** Operations in a call, about half a millisecond, below which waking other threads does not pay. */
const LEAST_SHARED = 2 ** 21;
/** Parts of a call for each thread, so that none waits long for another. */
const SHARDS_PER_THREAD = 4;
/** Bytes of the slots of all parts together, beyond which there are fewer of them. */
const MOST_SLOT_BYTES = 2 ** 29;

/** Addresses of the rows of a block's points, of `size` doubles each; beyond the last point, the last again. */
function rowsOf(f: FunctionBuilder, array: I32, size: number, first: I32, n: I32): I32[] {
  const last = f.let(i32.sub(n, i32.constant(1)));
  return Array.from({ length: BLOCK }, (_, lane) => {
    const point = f.let(i32.add(first, i32.constant(lane)));
    const within = i32.sub(point, i32.mul(i32.gt(point, last), i32.sub(point, last)));
    return f.let(i32.add(array, i32.mul(within, i32.constant(size * BYTES))));
  });
}

/** For each entry: `body(row, slot)` with the offsets of its number in a row and of its slot. */
function eachEntry(f: FunctionBuilder, size: number, body: (row: I32, slot: I32) => void): void {
  f.for(i32.constant(0), i32.constant(size * BYTES), BYTES, (row) => {
    body(row, f.let(i32.mul(row, i32.constant((VECTORS * VECTOR) / BYTES))));
  });
}

function readRows(f: FunctionBuilder, rows: readonly I32[], size: number, slots: I32): void {
  eachEntry(f, size, (row, slot) => {
    const at = f.let(i32.add(slots, slot));
    for (let half = 0; half < VECTORS; half++) {
      const [low, high] = [rows[2 * half], rows[2 * half + 1]].map((start) => f.let(i32.add(start, row)));
      f.do(v128.store(at, v128.load64Lane(1, high, v128.load64Zero(low)), half * VECTOR));
    }
  });
}

function writeRows(f: FunctionBuilder, rows: readonly I32[], size: number, slots: I32): void {
  eachEntry(f, size, (row, slot) => {
    const at = f.let(i32.add(slots, slot));
    for (let half = 0; half < VECTORS; half++) {
      const value = f.let(v128.load(at, half * VECTOR));
      for (const lane of [0, 1]) f.do(v128.store64Lane(lane, f.let(i32.add(rows[2 * half + lane], row)), value));
    }
  });
}

const MAP = 'map';

/** `map(shard, blocks, n, slots, tables, in0, …, out0, …)`: `blocks` blocks of each shard, with slots of its own. */
function mapFunction(module: ModuleBuilder, functions: LoopFunctions, sizes: readonly number[]): void {
  const first = functions.inputs.length;
  module.function(['i32', 'i32', 'i32', 'i32', 'i32', ...sizes.map(() => 'i32' as const)], 'void', (f) => {
    const [shard, blocks, n, allSlots, tables, ...arrays] =
      Array.from({ length: 5 + sizes.length }, (_, k) => f.parameter(k, 'i32').get);
    const slots = f.let(i32.add(allSlots, i32.mul(shard, i32.constant(functions.slotBytes))));
    const start = f.let(i32.mul(i32.mul(shard, blocks), i32.constant(BLOCK)));
    const past = f.let(i32.add(start, i32.mul(blocks, i32.constant(BLOCK))));
    const end = f.let(i32.sub(past, i32.mul(i32.gt(past, n), i32.sub(past, n))));
    f.for(start, end, BLOCK, (point) => {
      const at = (k: number): I32[] => rowsOf(f, arrays[k], sizes[k], point, n);
      functions.inputs.forEach((bytes, k) => readRows(f, at(k), sizes[k], f.let(i32.add(slots, i32.constant(bytes)))));
      f.do(f.call(functions.run, 'void', slots, tables));
      functions.outputs.forEach((bytes, k) => writeRows(
        f, at(first + k), sizes[first + k], f.let(i32.add(slots, i32.constant(bytes)))
      ));
    });
  }, MAP);
}

export interface ArrayMap {
  readonly run: ScalarLoop;
  /** Of tables, and of the slots of one block. */
  readonly bytes: number;
}

export interface ArrayMapOptions {
  /** Default: as many as the machine has. Results do not depend on it. */
  readonly threads?: number | undefined;
  /** Default: one of its own. */
  readonly heap?: SharedHeap | undefined;
}

/** @throws CannotVectorise what has no vector form */
export function compileArrayMap(
  program: LoopProgram, { threads = machineThreads(), heap = new SharedHeap() }: ArrayMapOptions = {}
): ArrayMap {
  const builder = new ModuleBuilder();
  const functions = writeLoops(builder, lanesOf.float64, vectorMath(builder, 'float64'), program, VECTORS);
  const { list: { tensors, inputs, outputs } } = program;
  const sizes = [...inputs, ...outputs].map((tensor) => tensors[tensor].size);
  mapFunction(builder, functions, sizes);
  const team = new Team(compileModule(builder.finish()), heap, threads);
  finished.register(functions, team);
  const tables = heap.allocate(functions.tables.bytes);
  functions.tables.write(heap.memory.buffer, tables);
  const most = Math.max(1, Math.min(
    threads > 1 ? SHARDS_PER_THREAD * threads : 1, Math.floor(MOST_SLOT_BYTES / functions.slotBytes)
  ));
  const perPoint = sizes.reduce((sum, size) => sum + size, 0) * BYTES;
  const chunk = Math.max(BLOCK, Math.min(4096, Math.floor(MOST_BYTES / perPoint) & ~(BLOCK - 1)));
  const views = sizes.map((size) => heap.float64(heap.allocate(size * chunk * BYTES), size * chunk));
  const addresses = views.map(({ byteOffset }) => byteOffset);
  const work = operationCount(program);
  let slots: { readonly address: number; readonly shards: number } | null = null;
  const slotsOf = (shards: number): number => {
    if (slots === null || slots.shards < shards)
      slots = { address: heap.allocate(shards * functions.slotBytes), shards };
    return slots.address;
  };
  const run: ScalarLoop = (n, given, results) => {
    for (let start = 0; start < n; start += chunk) {
      const count = Math.min(chunk, n - start);
      given.forEach((array, k) => views[k].set(array.subarray(start * sizes[k], (start + count) * sizes[k])));
      const blocks = Math.ceil(count / BLOCK);
      const shards = work * count >= LEAST_SHARED ? Math.min(most, blocks) : 1;
      const perShard = Math.ceil(blocks / shards);
      team.run(MAP, Math.ceil(blocks / perShard), perShard, count, slotsOf(shards), tables, ...addresses);
      results.forEach((array, k) => {
        const [view, size] = [views[given.length + k], sizes[given.length + k]];
        array.set(view.subarray(0, count * size), start * size);
      });
    }
  };
  return { run, bytes: functions.tables.bytes + functions.slotBytes };
}

/** Workers keep the memory of a team until they are told that it is gone. */
const finished = new FinalizationRegistry((team: Team) => team.dispose());
