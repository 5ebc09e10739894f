/**
 * Sums over the rows of a table, S(x) = Σ_r term(x, row_r), for many points x: over all rows, or over those of a list
 * of each point's own. In vector WebAssembly, two points at a time. Rows are added in their order and lanes do not know
 * of each other, so a point's sum is the same wherever in a batch it stands.
 */
import type { ScalarLoop } from '../scalar.ts';
import type { ScalarProgram } from '../scalarProgram.ts';
import type { FunctionBuilder } from '../wasm/functionBuilder.ts';
import { SharedHeap } from '../wasm/heap.ts';
import { f64x2, i32, v128, type I32, type V128 } from '../wasm/instructions.ts';
import { lanesOf } from '../wasm/lanes.ts';
import { ModuleBuilder } from '../wasm/moduleBuilder.ts';
import { compileModule, instantiate } from '../wasm/webAssembly.ts';
import { emitProgram } from './emitProgram.ts';
import { vectorMath, type VectorMath } from './vectorMath.ts';

export interface RowTable {
  readonly rows: number;
  readonly columns: number;
  /** [rows, columns], row-major. */
  readonly data: Float64Array;
}

/** The operations of one term, for a point [q] and a row [columns]. */
export interface RowSumPrograms {
  /** (x [q], row [columns]) → [] */
  readonly value: ScalarProgram;
  /** → value [], gradient by x [q] */
  readonly valueAndGradient: ScalarProgram;
}

export interface RowSum {
  /**
   * @param x points [n, q]
   * @param batch rows of every point: their indices [n, size], whole numbers in [0, rows), repeats allowed; null for
   * all rows
   * @param values receives the sums [n]
   * @param gradients receives their gradients by x [n, q]; null where not wanted
   * @throws RangeError of an index that is no row, before anything is computed
   */
  run(
    n: number, x: Float64Array, batch: { readonly indices: Float64Array; readonly size: number } | null,
    values: Float64Array, gradients: Float64Array | null
  ): void;
}

const BYTES = 8;
/** Doubles of scratch memory for points and their sums: they stay in the second-level cache. */
const SCRATCH = 16384;
/** Indices of rows of scratch memory, unless two points have more. */
const INDICES = 32768;
/** Terms that loops over pairs take together. */
const CHUNK = 256;

/** The exported loop over all rows, or over a list of each point's own, with or without gradients. */
const loopName = (listed: boolean, gradients: boolean): string =>
  `${listed ? 'listed' : 'all'}${gradients ? 'Gradients' : 'Values'}`;

const entriesOf = (size: number, read: (offset: number) => V128): V128[] =>
  Array.from({ length: size }, (_, j) => read(j * BYTES));

/** A double at each of two addresses. */
const loadBoth = ([first, second]: readonly I32[], offset: number): V128 =>
  v128.load64Lane(1, second, v128.load64Zero(first, offset), offset);

/** `name(n, b, table, x, indices, values, gradients)`: addresses, with b the number of rows of each point's sum. */
function sumFunction(
  module: ModuleBuilder, math: VectorMath, program: ScalarProgram, listed: boolean, name: string
): void {
  const [{ size: q }, { size: columns }] = program.inputs;
  module.function(Array.from({ length: 7 }, () => 'i32' as const), 'void', (f: FunctionBuilder) => {
    const [n, b, table, x, indices, ...results] = Array.from({ length: 7 }, (_, k) => f.parameter(k, 'i32').get);
    f.for(i32.constant(0), n, 2, (i) => {
      // The last point of an odd batch is in both lanes.
      const pair = [i, f.let(i32.add(i, i32.lt(i32.add(i, i32.constant(1)), n)))];
      const both = (start: I32, bytes: I32): I32[] => pair.map((point) => f.let(i32.add(start, i32.mul(point, bytes))));
      const points = both(x, i32.constant(q * BYTES));
      const point = entriesOf(q, (offset) => f.let(loadBoth(points, offset)));
      const sums = program.outputs.map((entries) => entries.map(() => f.variable(f64x2.constant(0))));
      const lists = listed ? both(indices, i32.shl(b, i32.constant(2))) : [];
      const rowAt = (index: I32): I32 => f.let(i32.add(table, i32.mul(index, i32.constant(columns * BYTES))));
      f.for(i32.constant(0), b, 1, (r) => {
        const rows = listed ? lists.map((list) => rowAt(i32.load(i32.add(list, i32.shl(r, i32.constant(2))))))
          : [rowAt(r)];
        // Read where they are used: a term may need few of many columns.
        const row =
          entriesOf(columns, (offset) => (listed ? loadBoth(rows, offset) : v128.load64Splat(rows[0], offset)));
        emitProgram(f, lanesOf.float64, math, program, [point, row]).forEach((entries, k) => {
          entries.forEach((entry, j) => f.set(sums[k][j], f64x2.add(sums[k][j].get, entry)));
        });
      });
      sums.forEach((entries, k) => {
        const places = both(results[k], i32.constant(entries.length * BYTES));
        entries.forEach(
          (sum, j) => places.forEach((place, lane) => f.do(v128.store64Lane(lane, place, sum.get, j * BYTES)))
        );
      });
    });
  }, name);
}

/** The binary of the four loops. @throws CannotVectorise */
export function rowSumBinary({ value, valueAndGradient }: RowSumPrograms): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  const math = vectorMath(module, 'float64');
  for (const listed of [false, true]) {
    sumFunction(module, math, value, listed, loopName(listed, false));
    sumFunction(module, math, valueAndGradient, listed, loopName(listed, true));
  }
  return module.finish();
}

/** @throws RangeError of the first that is not the index of a row, NaN included */
function checkIndices(indices: Float64Array, length: number, rows: number): void {
  for (let k = 0; k < length; k++) {
    const index = indices[k];
    if (!(index >= 0 && index < rows && (index | 0) === index))
      throw new RangeError(`row sum: index ${k} of the batch is ${index}; it must be a whole number in [0, ${rows})`);
  }
}

/** Compile a term into loops over points and rows. The table is copied. @throws CannotVectorise */
export function compileRowSum(programs: RowSumPrograms, { rows, columns, data }: RowTable): RowSum {
  const heap = new SharedHeap();
  const loops = instantiate(compileModule(rowSumBinary(programs)), heap.memory);
  const q = programs.value.inputs[0].size;
  const block = Math.max(2, Math.floor(SCRATCH / (2 * q + 1)) & ~1);
  const table = heap.allocate(rows * columns * BYTES);
  heap.float64(table, rows * columns).set(data);
  const array = (length: number): { readonly address: number; readonly view: Float64Array } => {
    const address = heap.allocate(length * BYTES);
    return { address, view: heap.float64(address, length) };
  };
  const [points, sums, slopes] = [array(block * q), array(block), array(block * q)];
  let lists: { readonly address: number; readonly view: Int32Array } | undefined;
  /** Memory for `length` indices at least. */
  const reserve = (length: number): { readonly address: number; readonly view: Int32Array } => {
    if (lists === undefined || lists.view.length < length) {
      const room = Math.max(INDICES, length);
      const address = heap.allocate(room * Int32Array.BYTES_PER_ELEMENT);
      lists = { address, view: heap.int32(address, room) };
    }
    return lists;
  };
  return {
    run: (n, x, batch, values, gradients) => {
      if (batch !== null) checkIndices(batch.indices, n * batch.size, rows);
      const b = batch?.size ?? rows;
      const list = batch === null ? null : reserve(2 * b);
      const most = list === null ? block : Math.min(block, Math.floor(list.view.length / Math.max(1, b)) & ~1);
      const loop = loops[loopName(batch !== null, gradients !== null)];
      for (let start = 0; start < n; start += most) {
        const end = Math.min(n, start + most);
        points.view.set(x.subarray(start * q, end * q));
        if (batch !== null) list?.view.set(batch.indices.subarray(start * b, end * b));
        loop(end - start, b, table, points.address, list?.address ?? 0, sums.address, slopes.address);
        values.set(sums.view.subarray(0, end - start), start);
        gradients?.set(slopes.view.subarray(0, (end - start) * q), start * q);
      }
    },
  };
}

/** One term, for many points [q] and their rows [columns]: values, and gradients by the point. */
export interface RowTermLoops {
  readonly value: ScalarLoop;
  readonly valueAndGradient: ScalarLoop;
}

/** The same by loops over pairs of a point and a row, for terms that are too large for one loop, or no vector code. */
export function loopedRowSum(
  { value, valueAndGradient: both }: RowTermLoops, q: number, { rows, columns, data }: RowTable
): RowSum {
  const [points, chunk, terms, slopes] = [q, columns, 1, q].map((size) => new Float64Array(CHUNK * size));
  return {
    run: (n, x, batch, values, gradients) => {
      if (batch !== null) checkIndices(batch.indices, n * batch.size, rows);
      const b = batch?.size ?? rows;
      values.fill(0, 0, n);
      gradients?.fill(0, 0, n * q);
      for (let i = 0; i < n; i++) {
        const point = x.subarray(i * q, (i + 1) * q);
        for (let k = 0; k < Math.min(b, CHUNK); k++) points.set(point, k * q);
        for (let start = 0; start < b; start += CHUNK) {
          const count = Math.min(CHUNK, b - start);
          for (let k = 0; k < count; k++) {
            const r = batch === null ? start + k : batch.indices[i * b + start + k];
            for (let j = 0; j < columns; j++) chunk[k * columns + j] = data[r * columns + j];
          }
          if (gradients === null) value(count, [points, chunk], [terms]);
          else both(count, [points, chunk], [terms, slopes]);
          for (let k = 0; k < count; k++) {
            values[i] += terms[k];
            if (gradients !== null) for (let j = 0; j < q; j++) gradients[i * q + j] += slopes[k * q + j];
          }
        }
      }
    },
  };
}
