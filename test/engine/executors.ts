/** One function of arrays through every executor, and comparisons that say where they differ. */
import assert from 'node:assert/strict';
import type { ArrayData } from '../../src/engine/executor.ts';
import type { Array as NpArray } from '../../src/engine/numpy.ts';
import { compileOnnx } from '../../src/engine/onnx/executor.ts';
import { sizeOf, type Program } from '../../src/engine/program.ts';
import { compileReference } from '../../src/engine/reference.ts';
import { compileScalar, type ScalarLoop } from '../../src/engine/scalar.ts';
import { compilePointMap } from '../../src/engine/simd/pointMap.ts';
import { trace, type ArgumentSpec } from '../../src/engine/trace.ts';
import { unroll } from '../../src/engine/unroll.ts';

export type Numbers = readonly number[] | Float64Array;
export type Traceable = (...args: NpArray[]) => NpArray | NpArray[];

/** An argument: its shape and entries. */
export interface Argument {
  readonly shape: readonly number[];
  readonly data: Numbers;
  readonly dtype?: 'float' | 'int32';
}

export const executors = ['onnx float32', 'onnx float64', 'scalar', 'simd', 'reference'] as const;
export type ExecutorName = (typeof executors)[number];

const specOf = ({ shape, dtype }: Argument): ArgumentSpec => ({ shape, ...(dtype === undefined ? {} : { dtype }) });
const dataOf = ({ data, dtype }: Argument): ArrayData => (dtype === 'int32' ? Int32Array.from(data) : Float64Array.from(data));
const plain = (results: readonly ArrayData[]): number[][] => results.map((result) => Array.from(result));

export async function runProgram(program: Program, inputs: readonly Numbers[], precision: 'float32' | 'float64'): Promise<number[][]> {
  const executable = await compileOnnx(program, { precision });
  try {
    return plain(await executable.run(inputs.map((data, i) => (program.inputs[i].dtype === 'int32' ? Int32Array.from(data) : Float64Array.from(data)))));
  } finally {
    await executable.dispose();
  }
}

function runLoop(loop: ScalarLoop, program: Program, inputs: readonly Numbers[]): number[][] {
  const outputs = program.outputs.map(({ shape }) => new Float64Array(sizeOf(shape)));
  loop(1, inputs.map((data) => Float64Array.from(data)), outputs);
  return plain(outputs);
}

export const runScalar = (program: Program, inputs: readonly Numbers[]): number[][] => runLoop(compileScalar(program), program, inputs);
export const runSimd = (program: Program, inputs: readonly Numbers[]): number[][] => runLoop(compilePointMap(unroll(program)), program, inputs);

/** Every output, entry by entry, of the executors named. */
export async function runEverywhere(f: Traceable, args: readonly Argument[], names: readonly ExecutorName[] = executors): Promise<Map<ExecutorName, number[][]>> {
  const specs = args.map(specOf);
  const inputs = args.map(({ data }) => data);
  const program = trace(f, specs);
  const results = new Map<ExecutorName, number[][]>();
  for (const name of names) {
    if (name === 'scalar') results.set(name, runScalar(program, inputs));
    else if (name === 'simd') results.set(name, runSimd(program, inputs));
    else if (name === 'reference') {
      const executable = compileReference(f, specs);
      results.set(name, plain(await executable.run(args.map(dataOf))));
      await executable.dispose();
    } else results.set(name, await runProgram(program, inputs, name === 'onnx float32' ? 'float32' : 'float64'));
  }
  return results;
}

/** max |a − b| / (1 + max |b|); Infinity where one is not finite and the other is not the same. */
export function distance(actual: Numbers, expected: Numbers): number {
  if (actual.length !== expected.length) return Infinity;
  const scale = 1 + Array.from(expected).reduce((top, value) => (Number.isFinite(value) ? Math.max(top, Math.abs(value)) : top), 0);
  return Array.from(actual).reduce((worst, value, i) => {
    if (Object.is(value, expected[i]) || value === expected[i]) return worst;
    const gap = Math.abs(value - expected[i]) / scale;
    return Number.isNaN(gap) ? Infinity : Math.max(worst, gap);
  }, 0);
}

/** jax-js's own log and exp are good to about 1e-6 in float64. */
export const TOLERANCE: Readonly<Record<ExecutorName, number>> = { 'onnx float32': 3e-6, 'onnx float64': 1e-13, scalar: 1e-13, simd: 1e-13, reference: 3e-6 };

/** Every executor gives `expected`, to its own precision. */
export async function checkEverywhere(
  what: string, f: Traceable, args: readonly Argument[], expected: readonly Numbers[],
  { names = executors, slack = 1 }: { names?: readonly ExecutorName[]; slack?: number } = {},
): Promise<void> {
  const results = await runEverywhere(f, args, names);
  for (const [name, outputs] of results) {
    assert.equal(outputs.length, expected.length, `${what}, ${name}: number of outputs`);
    outputs.forEach((output, k) => {
      const gap = distance(output, expected[k]);
      const show = (values: Numbers): string => `[${Array.from(values).slice(0, 12).join(', ')}]`;
      assert.ok(gap <= slack * TOLERANCE[name], `${what}, ${name}, output ${k}: off by ${gap}; got ${show(output)}, expected ${show(expected[k])}`);
    });
  }
}
