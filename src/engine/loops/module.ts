/**
 * The functions of a program of arrays in a WebAssembly module: one for each loop, small enough to be compiled quickly
 * and well, and one that calls them in turn for a block of points.
 */
import type { Program } from '../program.ts';
import { calledMath } from '../simd/calledMath.ts';
import type { VectorMath } from '../simd/vectorMath.ts';
import type { Callable, FunctionBuilder } from '../wasm/functionBuilder.ts';
import type { Lanes } from '../wasm/lanes.ts';
import type { ModuleBuilder } from '../wasm/moduleBuilder.ts';
import { writeLoop } from './elementwise.ts';
import { lowerToOperations } from './lower.ts';
import type { OperationList } from './operations.ts';
import { writeProduct } from './productCode.ts';
import { schedule, type Schedule } from './schedule.ts';
import { arrangeStorage, type Storage } from './storage.ts';
import { Tables } from './tables.ts';
import { VECTOR } from './writer.ts';

/** A program of arrays, arranged: what is left is to write its code. */
export interface LoopProgram {
  readonly list: OperationList;
  readonly schedule: Schedule;
  readonly storage: Storage;
}

/** @throws InputError for what loops cannot do */
export function loopProgram(program: Program): LoopProgram {
  const scheduled = schedule(lowerToOperations(program));
  return { list: scheduled.list, schedule: scheduled, storage: arrangeStorage(scheduled) };
}

/** A program's code within a module. */
export interface LoopFunctions {
  /** (slots, tables): addresses of a block's slots and of the tables; from the inputs' slots to the outputs'. */
  readonly run: FunctionBuilder;
  readonly tables: Tables;
  /** Bytes of the slots of one block. */
  readonly slotBytes: number;
  /** Byte of the first entry of every input and output; a slot has {@link vectors} vectors. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly vectors: number;
}

/** @param vectors of a slot: points of a block by lanes of a vector @throws CannotVectorise what has no vector form */
export function writeLoops(
  module: ModuleBuilder, lanes: Lanes, math: VectorMath, { list, schedule: { groups, stored }, storage }: LoopProgram,
  vectors: number
): LoopFunctions {
  const tables = new Tables(lanes.precision);
  const called = calledMath(module, math);
  const loops = groups.map((group): Callable => module.function(['i32', 'i32'], 'void', (f) => {
    const [scratch, table] = [f.parameter(0, 'i32').get, f.parameter(1, 'i32').get];
    const writer = { f, lanes, math, calledMath: called, list, stored, storage, tables, vectors, scratch, table };
    const [first] = group.operations;
    if (first.kind === 'product') writeProduct(writer, first);
    else writeLoop(writer, group);
  }));
  const run = module.function(['i32', 'i32'], 'void', (f) => {
    const [scratch, table] = [f.parameter(0, 'i32').get, f.parameter(1, 'i32').get];
    for (const loop of loops) f.do(f.call(loop, 'void', scratch, table));
  });
  const bytes = (tensor: number): number => storage.first[tensor] * vectors * VECTOR;
  return {
    run, tables, vectors, slotBytes: storage.slots * vectors * VECTOR,
    inputs: list.inputs.map(bytes), outputs: list.outputs.map(bytes),
  };
}
