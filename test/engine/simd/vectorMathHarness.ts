/** Arrays through the functions of {@link vectorMath}, compiled into a module of their own. */
import type { Precision } from '../../../src/engine/executor.ts';
import { vectorMath, type VectorMath } from '../../../src/engine/simd/vectorMath.ts';
import type { FunctionBuilder } from '../../../src/engine/wasm/functionBuilder.ts';
import { SharedHeap } from '../../../src/engine/wasm/heap.ts';
import { i32, type V128 } from '../../../src/engine/wasm/instructions.ts';
import { lanesOf } from '../../../src/engine/wasm/lanes.ts';
import { ModuleBuilder } from '../../../src/engine/wasm/moduleBuilder.ts';
import { compileModule, instantiate } from '../../../src/engine/wasm/webAssembly.ts';

export type Floats = Float32Array | Float64Array;

/** A function under test: of one argument, or of two. */
export type Emitter = (math: VectorMath, f: FunctionBuilder, x: V128, y: V128) => V128;

/** Points per call: little, so that calls are many and the engine optimises early. */
const SLICE = 1024;

/** A constant of all lanes, and what a mutant has in its place. */
export interface Mutation {
  readonly from: number;
  readonly to: number;
  /** Of the constant, where it is not that of the function. */
  readonly precision?: Precision;
}

const splat = (precision: Precision, value: number): Uint8Array =>
  new Uint8Array((precision === 'float32' ? new Float32Array(4).fill(value) : new Float64Array(2).fill(value)).buffer);

/** The binary with every occurrence of a vector constant replaced. @throws if there is none */
function mutate(binary: Uint8Array<ArrayBuffer>, ofFunction: Precision, { from, to, precision = ofFunction }: Mutation): Uint8Array<ArrayBuffer> {
  const mutant = Buffer.from(binary);
  const pattern = splat(precision, from);
  let at = mutant.indexOf(pattern);
  if (at === -1) throw new Error(`no constant ${from} to mutate`);
  for (; at !== -1; at = mutant.indexOf(pattern, at + pattern.length)) mutant.set(splat(precision, to), at);
  return new Uint8Array(mutant);
}

/** What the emitted code makes of arrays of arguments, entry by entry. */
export function compile(precision: Precision, emit: Emitter, mutation?: Mutation): (x: Floats, y?: Floats) => Floats {
  const module = new ModuleBuilder();
  const math = vectorMath(module, precision);
  const lanes = lanesOf[precision];
  module.function(['i32', 'i32', 'i32', 'i32'], 'void', (f) => {
    const [x, y, out, bytes] = [0, 1, 2, 3].map((k) => f.parameter(k, 'i32').get);
    f.for(i32.constant(0), bytes, 16, (at) => {
      f.do(lanes.store(i32.add(out, at), emit(math, f, lanes.load(i32.add(x, at)), lanes.load(i32.add(y, at)))));
    });
  }, 'map');
  const heap = new SharedHeap();
  const binary = module.finish();
  const { map } = instantiate(compileModule(mutation === undefined ? binary : mutate(binary, precision, mutation)), heap.memory);
  const bytes = SLICE * lanes.bytes;
  const [x, y, out] = [0, 1, 2].map(() => heap.allocate(bytes));
  const view = (address: number): Floats => (precision === 'float32' ? heap.float32(address, SLICE) : heap.float64(address, SLICE));
  const [viewX, viewY, viewOut] = [x, y, out].map(view);
  return (first, second = first) => {
    const result = precision === 'float32' ? new Float32Array(first.length) : new Float64Array(first.length);
    for (let start = 0; start < first.length; start += SLICE) {
      viewX.set(first.subarray(start, start + SLICE));
      viewY.set(second.subarray(start, start + SLICE));
      map(x, y, out, bytes);
      result.set(viewOut.subarray(0, Math.min(SLICE, first.length - start)), start);
    }
    return result;
  };
}
