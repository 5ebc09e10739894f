/**
 * A program of one point as a loop over points in vector WebAssembly. Every lane holds a point of its own and lanes do
 * not know of each other, so a point's value is the same wherever in a batch it stands.
 */
import type { ScalarLoop } from '../scalar.ts';
import type { ScalarProgram } from '../scalarProgram.ts';
import { commonHeap, type SharedHeap } from '../wasm/heap.ts';
import type { FunctionBuilder } from '../wasm/functionBuilder.ts';
import { i32, v128, type I32, type V128 } from '../wasm/instructions.ts';
import { lanesOf } from '../wasm/lanes.ts';
import { ModuleBuilder } from '../wasm/moduleBuilder.ts';
import { compileModule, instantiate } from '../wasm/webAssembly.ts';
import { emitProgram } from './emitProgram.ts';
import { vectorMath } from './vectorMath.ts';

const BYTES = 8;
/** Doubles of scratch memory: a block of points stays in the second-level cache. */
const SCRATCH = 16384;

const bytes = (lane: number): number[] => Array.from({ length: BYTES }, (_, i) => lane * BYTES + i);
const lows = (a: V128, b: V128): V128 => v128.shuffle([...bytes(0), ...bytes(2)], a, b);
const highs = (a: V128, b: V128): V128 => v128.shuffle([...bytes(1), ...bytes(3)], a, b);

/** Two rows of `size` doubles, one after the other, as vectors of one entry each. */
function readRows(f: FunctionBuilder, row: I32, size: number): V128[] {
  if (size === 1) return [f.let(v128.load(row))];
  const entries: V128[] = [];
  for (let j = 0; j + 1 < size; j += 2) {
    const first = f.let(v128.load(row, j * BYTES));
    const second = f.let(v128.load(row, (size + j) * BYTES));
    entries.push(f.let(lows(first, second)), f.let(highs(first, second)));
  }
  const last = (size - 1) * BYTES;
  if (size % 2 === 1) entries.push(f.let(v128.load64Lane(1, row, v128.load64Zero(row, last), last + size * BYTES)));
  return entries;
}

function writeRows(f: FunctionBuilder, row: I32, values: readonly V128[]): void {
  const size = values.length;
  if (size === 1) {
    f.do(v128.store(row, values[0]));
    return;
  }
  const kept = values.map((value) => f.let(value));
  for (let j = 0; j + 1 < size; j += 2) {
    f.do(v128.store(row, lows(kept[j], kept[j + 1]), j * BYTES));
    f.do(v128.store(row, highs(kept[j], kept[j + 1]), (size + j) * BYTES));
  }
  if (size % 2 === 0) return;
  f.do(v128.store64Lane(0, row, kept[size - 1], (size - 1) * BYTES));
  f.do(v128.store64Lane(1, row, kept[size - 1], (2 * size - 1) * BYTES));
}

const sizesOf = ({ inputs, outputs }: ScalarProgram): number[] =>
  [...inputs.map(({ size }) => size), ...outputs.map((entries) => entries.length)];

/**
 * The binary of `map(n, in0, in1, …, out0, …)`, n ≥ 2: addresses of arrays of [n, size], row-major float64, that do not
 * overlap. The last two points of an odd batch are taken together, the first of them for the second time.
 * @throws CannotVectorise
 */
export function pointMapBinary(program: ScalarProgram): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  const math = vectorMath(module, 'float64');
  const sizes = sizesOf(program);
  module.function(['i32', ...sizes.map(() => 'i32' as const)], 'void', (f: FunctionBuilder) => {
    const n = f.parameter(0, 'i32').get;
    f.for(i32.constant(0), n, 2, (i) => {
      const point = f.let(i32.sub(i, i32.eq(i, i32.sub(n, i32.constant(1)))));
      const rows = sizes.map(
        (size, k) => f.let(i32.add(f.parameter(k + 1, 'i32').get, i32.mul(point, i32.constant(size * BYTES))))
      );
      const inputs = program.inputs.map(({ size }, k) => readRows(f, rows[k], size));
      const outputs = emitProgram(f, lanesOf.float64, math, program, inputs);
      outputs.forEach((entries, k) => writeRows(f, rows[program.inputs.length + k], entries));
    });
  }, 'map');
  return module.finish();
}

/** Where all point maps of a thread pass their blocks through: a call is over before the next begins. */
const block = { address: 0, length: 0 };

function scratch(length: number): { readonly heap: SharedHeap; readonly address: number } {
  const heap = commonHeap();
  if (block.length < length) Object.assign(block, { address: heap.allocate(length * BYTES), length });
  return { heap, address: block.address };
}

/** Below this many entries a loop is quicker than a view. */
const SHORT = 32;

function copy(from: Float64Array, fromAt: number, to: Float64Array, toAt: number, length: number): void {
  if (length > SHORT) to.set(from.subarray(fromAt, fromAt + length), toAt);
  else for (let i = 0; i < length; i++) to[toAt + i] = from[fromAt + i];
}

/**
 * Compile the operations of one point into a loop over points. Arrays are copied block by block, except those of
 * `heap`, if all are: they are used where they are, and must not overlap.
 * @throws CannotVectorise
 */
export function compilePointMap(program: ScalarProgram, heap?: SharedHeap): ScalarLoop {
  const sizes = sizesOf(program);
  const perPoint = sizes.reduce((sum, size) => sum + size, 0);
  const block = Math.max(2, Math.floor(SCRATCH / perPoint) & ~1);
  const place = heap === undefined ? scratch(block * perPoint)
    : { heap, address: heap.allocate(block * perPoint * BYTES) };
  const { map } = instantiate(compileModule(pointMapBinary(program)), place.heap.memory);
  const { buffer: memory } = place.heap.memory;
  const addresses: number[] = [];
  sizes.reduce((at, size) => { addresses.push(at); return at + size * block * BYTES; }, place.address);
  const views = sizes.map((size, k) => place.heap.float64(addresses[k], size * block));
  const first = program.inputs.length;
  return (n, inputs, outputs) => {
    if (heap !== undefined && n >= 2 && [...inputs, ...outputs].every(({ buffer }) => buffer === memory)) {
      map(n, ...[...inputs, ...outputs].map(({ byteOffset }) => byteOffset));
      return;
    }
    for (let start = 0; start < n; start += block) {
      const count = Math.min(block, n - start);
      for (let k = 0; k < inputs.length; k++) copy(inputs[k], start * sizes[k], views[k], 0, count * sizes[k]);
      map(Math.max(2, count), ...addresses);
      for (let k = 0; k < outputs.length; k++)
        copy(views[first + k], 0, outputs[k], start * sizes[first + k], count * sizes[first + k]);
    }
  };
}
