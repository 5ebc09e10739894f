/**
 * Rows of independent normals or uniforms in WebAssembly: row i of a stream is a pure function of (key, i), so any
 * split of the rows gives the same numbers.
 */
import { byBlocks } from '../blocks.ts';
import type { Key } from '../random.ts';
import type { FunctionBuilder } from '../wasm/functionBuilder.ts';
import { commonHeap, type SharedHeap } from '../wasm/heap.ts';
import { f64x2, i32, i32x4, v128, type I32, type V128 } from '../wasm/instructions.ts';
import { lanesOf } from '../wasm/lanes.ts';
import { ModuleBuilder } from '../wasm/moduleBuilder.ts';
import { compileModule, instantiate, type WasmFunction } from '../wasm/webAssembly.ts';
import { laneKeys, normalPair, threefry } from './random.ts';

/** Rows per turn: the lanes of a vector of words. */
const LANES = 4;
/** Numbers that are drawn at once. */
const CAPACITY = 1 << 15;

/** Two vectors of two doubles each, for four rows. */
type FourRows = readonly V128[];

interface RowDraws {
  readonly heap: SharedHeap;
  readonly exports: Readonly<Record<string, WasmFunction>>;
  /** Address of the rows. */
  readonly out: number;
}

function build(): RowDraws {
  const module = new ModuleBuilder();
  const lanes = lanesOf.float64;
  type Draw = (
    f: FunctionBuilder, words: readonly [V128, V128]
  ) => { readonly first: FourRows; readonly second: FourRows };
  const rows = (name: string, draw: Draw): void => {
    // (k0, k1, row, rows, d, out): fills out [rows, d]; rows a multiple of four.
    module.function(['i32', 'i32', 'i32', 'i32', 'i32', 'i32'], 'void', (f) => {
      const [k0, k1, start, count, d, out] = [0, 1, 2, 3, 4, 5].map((k) => f.parameter(k, 'i32').get);
      const keys = laneKeys(f, i32x4.splat(k0), i32x4.splat(k1));
      const stride = f.let(i32.mul(d, i32.constant(8)));
      f.for(i32.constant(0), count, LANES, (i) => {
        const step = f.let(i32x4.add(i32x4.splat(i32.add(start, i)), i32x4.constants([0, 1, 2, 3])));
        const row = f.let(i32.add(out, i32.mul(i, stride)));
        f.for(i32.constant(0), d, 2, (j) => {
          const { first, second } = draw(f, threefry(f, keys, f.let(i32x4.splat(j)), step));
          const at = f.let(i32.add(row, i32.mul(j, i32.constant(8))));
          store(f, first, at, stride, 0);
          f.if(i32.lt(i32.add(j, i32.constant(1)), d), () => store(f, second, at, stride, 8));
        });
      });
    }, name);
  };
  rows('normals', (f, words) => normalPair(f, lanes, words));
  rows('uniforms', (f, [h, a]) => ({ first: uniforms(f, h, a), second: uniforms(f, a, h) }));
  const heap = commonHeap();
  const out = heap.allocate(CAPACITY * 8);
  return { heap, exports: instantiate(compileModule(module.finish()), heap.memory), out };
}

/** (m + ½)·2⁻⁵² with the 32 bits of one word on top and 20 of the other below. */
function uniforms(f: FunctionBuilder, high: V128, low: V128): FourRows {
  const top = f.let(v128.or(i32x4.shrU(high, i32.constant(12)), i32x4.constant(0x3ff00000)));
  const rest = f.let(v128.or(i32x4.shl(high, i32.constant(20)), i32x4.shrU(low, i32.constant(12))));
  return [0, 8].map(
    (from) => f.let(f64x2.sub(
      v128.shuffle([0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23].map((byte) => byte + from), rest, top),
      f64x2.constant(1 - 2 ** -53)
    ))
  );
}

/** Entry j of four consecutive rows. */
function store(f: FunctionBuilder, values: FourRows, at: I32, stride: I32, offset: number): void {
  let place = at;
  values.forEach((value) => {
    for (const lane of [0, 1]) {
      f.do(v128.store64Lane(lane, place, value, offset));
      place = f.let(i32.add(place, stride));
    }
  });
}

let built: ReturnType<typeof build> | undefined;

function fill(name: 'normals' | 'uniforms', key: Key, first: number, n: number, d: number, out: Float64Array): void {
  byBlocks(key, first, n, (own, from, count, before) => fillBlock(name, own, from, count, d, out.subarray(before * d)));
}

/** Rows of one block. */
function fillBlock(
  name: 'normals' | 'uniforms', { k0, k1 }: Key, first: number, n: number, d: number, out: Float64Array,
): void {
  built ??= build();
  const { heap, exports, out: address } = built;
  const most = Math.max(LANES, Math.floor(CAPACITY / d / LANES) * LANES);
  if (most * d > CAPACITY) throw new Error(`rows of more than ${CAPACITY / LANES} numbers`);
  for (let start = 0; start < n; start += most) {
    const count = Math.min(most, n - start);
    exports[name](k0, k1, (first + start) | 0, Math.ceil(count / LANES) * LANES, d, address);
    out.set(heap.float64(address, count * d), start * d);
  }
}

/**
 * Independent standard normals, right in the tails to 8.5 standard deviations. @param out receives rows first … first +
 * n − 1, [n, d]
 */
export function fillNormalRows(key: Key, first: number, n: number, d: number, out: Float64Array): void {
  fill('normals', key, first, n, d, out);
}

/**
 * Independent uniforms of the open interval (0, 1) with 52 random bits. @param out receives rows first … first + n − 1,
 * [n, d]
 */
export function fillUniformRows(key: Key, first: number, n: number, d: number, out: Float64Array): void {
  fill('uniforms', key, first, n, d, out);
}
