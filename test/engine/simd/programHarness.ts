/** Scalar programs built by hand, run through `emitProgram` on lanes and functions of the test's choosing. */
import type { Precision } from '../../../src/engine/executor.ts';
import type { Dtype } from '../../../src/engine/program.ts';
import { ScalarBuilder } from '../../../src/engine/scalarBuilder.ts';
import type { ScalarOp, ScalarProgram } from '../../../src/engine/scalarProgram.ts';
import { emitProgram } from '../../../src/engine/simd/emitProgram.ts';
import { vectorMath, type VectorMath } from '../../../src/engine/simd/vectorMath.ts';
import { SharedHeap } from '../../../src/engine/wasm/heap.ts';
import { i32 } from '../../../src/engine/wasm/instructions.ts';
import { lanesOf, type Lanes } from '../../../src/engine/wasm/lanes.ts';
import { ModuleBuilder } from '../../../src/engine/wasm/moduleBuilder.ts';
import { compileModule, instantiate } from '../../../src/engine/wasm/webAssembly.ts';

/** One operation on inputs of one entry each. */
export function oneOperation(op: ScalarOp, kind: Dtype, inputKinds: readonly Dtype[]): ScalarProgram {
  const builder = new ScalarBuilder();
  const operands = inputKinds.map((inputKind, k) => builder.input(k, 0, inputKind));
  return builder.finish(inputKinds.map((inputKind) => ({ size: 1, kind: inputKind })), [[builder.apply(op, operands, kind)]]);
}

export interface Wrong {
  readonly lanes?: Partial<Lanes>;
  readonly math?: Partial<VectorMath>;
}

/**
 * Rows of arguments through a program whose inputs and single output have one entry.
 * @param wrong replaces parts of the arithmetic: the mutants
 */
export function runRows(program: ScalarProgram, rows: readonly (readonly number[])[], precision: Precision = 'float64', wrong: Wrong = {}): number[] {
  const lanes: Lanes = { ...lanesOf[precision], ...wrong.lanes };
  const { width, bytes } = lanes;
  const vectors = Math.ceil(rows.length / width);
  const heap = new SharedHeap();
  const module = new ModuleBuilder();
  const math: VectorMath = { ...vectorMath(module, precision), ...wrong.math };
  const addresses = [...program.inputs, null].map(() => heap.allocate(vectors * width * bytes));
  const view = (address: number): Float64Array | Float32Array => precision === 'float64' ? heap.float64(address, vectors * width) : heap.float32(address, vectors * width);
  module.function(['i32'], 'void', (f) => {
    f.for(i32.constant(0), f.parameter(0, 'i32').get, width * bytes, (at) => {
      const inputs = program.inputs.map((_, k) => [f.let(lanes.load(at, addresses[k]))]);
      const [[result]] = emitProgram(f, lanes, math, program, inputs);
      f.do(lanes.store(at, result, addresses.at(-1)));
    });
  }, 'run');
  const { run } = instantiate(compileModule(module.finish()), heap.memory);
  program.inputs.forEach((_, k) => view(addresses[k]).set(rows.map((row) => row[k])));
  run(vectors * width * bytes);
  return Array.from(view(addresses[addresses.length - 1])).slice(0, rows.length);
}
