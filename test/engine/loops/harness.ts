/** Programs in loops, at many points, beside the plain interpreter at each of them. */
import assert from 'node:assert/strict';
import { BLOCK, compileArrayMap } from '../../../src/engine/loops/arrayMap.ts';
import { loopProgram, type LoopProgram } from '../../../src/engine/loops/module.ts';
import { sizeOf, type Program } from '../../../src/engine/program.ts';
import { distance } from '../executors.ts';
import { interpret } from '../interpreter.ts';

/** Not a multiple of a block's points. */
export const POINTS = BLOCK + 1;

/** Results at every point: [points][outputs], entry by entry. @param inputs of every point */
export function runLoops(
  program: Program, inputs: readonly (readonly ArrayLike<number>[])[], { loops = loopProgram(program), threads = 1 }: {
    readonly loops?: LoopProgram; readonly threads?: number
  } = {},
): number[][][] {
  const n = inputs.length;
  const { run } = compileArrayMap(loops, { threads });
  const arrays = program.inputs.map((_, k) => Float64Array.from(inputs.flatMap((point) => Array.from(point[k]))));
  const results = program.outputs.map(({ shape }) => new Float64Array(n * sizeOf(shape)));
  run(n, arrays, results);
  return inputs.map((_, i) => program.outputs.map(({ shape }, k) =>
    Array.from(results[k].subarray(i * sizeOf(shape), (i + 1) * sizeOf(shape)))));
}

/** Loops and interpreter agree to 1e-12 at points that are the given one, shifted. */
export function checkLoops(what: string, program: Program, point: readonly ArrayLike<number>[], shift = 0.25): void {
  const inputs = Array.from({ length: POINTS }, (_, i) =>
    point.map((array) => Array.from(array, (value) => value + shift * i)));
  runLoops(program, inputs).forEach((outputs, i) => {
    const expected = interpret(program, inputs[i]);
    outputs.forEach((output, k) => {
      const gap = distance(output, expected[k].data);
      assert.ok(gap <= 1e-12, `${what}, output ${k} at point ${i}: off by ${gap}`);
    });
  });
}
