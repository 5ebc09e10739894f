import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'node:test';
import { loopProgram } from '../../../src/engine/loops/module.ts';
import { np, type Array as NpArray } from '../../../src/engine/numpy.ts';
import { trace } from '../../../src/engine/trace.ts';
import { checkLoops } from './harness.ts';

const numbers = (size: number, seed: number): Float64Array => Float64Array.from({ length: size }, (_, i) => Math.sin(5 * i + seed));
const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
const side = fc.integer({ min: 1, max: 21 });

describe('products of matrices in loops', () => {
  it('agree with the interpreter, known or of the point on either side, turned or not', () => {
    let products = 0;
    fc.assert(fc.property(
      fc.tuple(side, side, side), fc.constantFrom('left known', 'right known', 'both of the point', 'same'),
      fc.boolean(), fc.boolean(), ([m, k, n], which, turnLeft, turnRight) => {
        const shapes = [turnLeft ? [k, m] : [m, k], turnRight ? [n, k] : [k, n]] as const;
        const turned = (a: NpArray, turn: boolean): NpArray => (turn ? a.transpose() : a);
        const known = (shape: readonly number[], seed: number): NpArray => np.array(numbers(size(shape), seed)).reshape([...shape]);
        const f = (a: NpArray, b: NpArray): NpArray => np.matmul(
          turned(which === 'left known' ? known(shapes[0], 1) : a, turnLeft),
          turned(which === 'right known' ? known(shapes[1], 2) : b, turnRight),
        );
        const program = which === 'same'
          ? trace((a) => np.matmul(turned(a, turnLeft), turned(a, turnLeft).transpose()), [{ shape: [...shapes[0]] }])
          : trace(f, shapes.map((shape) => ({ shape: [...shape] })));
        products += loopProgram(program).list.operations.filter(({ kind }) => kind === 'product').length;
        checkLoops(`[${m}, ${k}] [${k}, ${n}], ${which}`, program, program.inputs.map(({ shape }, i) => numbers(size(shape), 3 + i)));
      },
    ), { numRuns: 80, seed: 5 });
    assert.ok(products > 50, `${products} products`);
  });
});
