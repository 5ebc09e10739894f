import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { np, type Array as NpArray } from '../../src/engine/numpy.ts';
import { ScalarBuilder } from '../../src/engine/scalarBuilder.ts';
import { scalarLoop } from '../../src/engine/scalar.ts';
import type { ScalarProgram } from '../../src/engine/scalarProgram.ts';
import { trace } from '../../src/engine/trace.ts';
import { unroll } from '../../src/engine/unroll.ts';
import { power } from '../../src/numerics/power.ts';

const unrolled = (f: (x: NpArray) => NpArray, size = 1): ScalarProgram => unroll(trace(f, [{ shape: [size] }]));
/** What is computed, in order. */
const operations = ({ nodes }: ScalarProgram): string[] => nodes.flatMap(({ op }) => (op === 'input' || op === 'constant' ? [] : [op]));

function at(program: ScalarProgram, x: number): number {
  const out = new Float64Array(1);
  scalarLoop(program)(1, [Float64Array.of(x)], [out]);
  return out[0];
}

describe('unrolling', () => {
  it('moves entries about for nothing, and drops what no output needs', () => {
    const program = unrolled((x) => np.flip(x.reshape([2, 3]).transpose().reshape([6]), 0).slice([1, 3]), 6);
    assert.deepEqual(operations(program), [], 'no operations');
    assert.deepEqual(program.outputs[0].map((k) => program.nodes[k].entry), [2, 4], 'entries');
    assert.equal(program.nodes.length, 2, 'only the entries that are needed');
  });

  it('finds equal entries in different arrays', () => {
    assert.equal(operations(unrolled((x) => np.outer(x, x).sum(), 2)).filter((op) => op === 'mul').length, 3, 'xᵢxⱼ = xⱼxᵢ');
  });

  it('scales by powers of two without dividing, and folds signs into differences', () => {
    assert.deepEqual(operations(unrolled((x) => x.div(4).mul(2))), ['mul'], 'one factor');
    assert.deepEqual(operations(unrolled((x) => x.mul(-1).add(np.sin(x)))), ['sin', 'sub'], 'sin x − x');
    assert.deepEqual(operations(unrolled((x) => np.absolute(x))), ['abs'], '|x|');
    assert.deepEqual(operations(unrolled((x) => x.mul(np.where(x.less(0), -1, 1)))), ['abs'], 'x sgn x');
    assert.deepEqual(operations(unrolled((x) => np.absolute(np.square(x)))), ['mul'], '|x²|');
  });

  it('keeps factors apart whose product would round', () => {
    const times = (...factors: readonly number[]): number => {
      const builder = new ScalarBuilder();
      const product = factors.reduce((y, factor) => builder.apply('mul', [y, builder.constant(factor)], 'float'), builder.input(0, 0, 'float'));
      return operations(builder.finish([{ size: 1, kind: 'float' }], [[product]])).length;
    };
    assert.deepEqual([times(0.1, 3), times(0.1, 4), times(0.5, 3), times(-1, 3), times(3, -1)], [2, 1, 1, 1, 1]);
  });
});

describe('powers', () => {
  const values = [0, 1e-200, 0.3, 1, 2, 7.5, 1e150, Infinity];

  it('are a power again where the logarithm serves nothing else', () => {
    const program = unrolled((x) => np.exp(np.log(np.square(x)).mul(0.3)));
    assert.deepEqual(operations(program), ['mul', 'pow']);
    for (const x of [0, 0.1, 1, -3, Infinity]) assert.ok(Math.abs(at(program, x) - (x * x) ** 0.3) <= 1e-15 * (x * x) ** 0.3 || at(program, x) === (x * x) ** 0.3, `${x}`);
    assert.ok(operations(unrolled((x) => { const log = np.log(np.square(x)); return np.exp(log.mul(0.3)).add(log); })).includes('exp'), 'the logarithm is needed anyway');
  });

  it('have the same bits on every engine, folded and computed', () => {
    const program = unrolled((x) => np.exp(np.log(np.square(x)).mul(0.3)));
    for (let k = 1; k <= 2000; k++) {
      const [x, builder] = [k / 7, new ScalarBuilder()];
      assert.equal(at(program, x), power(x * x, 0.3), `computed at ${x}`);
      const folded = builder.apply('pow', [builder.constant(x * x), builder.constant(0.3)], 'float');
      assert.equal(builder.number(folded), power(x * x, 0.3), `folded at ${x}`);
    }
  });

  it('of a number that may be negative keep their logarithm, which is NaN there', () => {
    const program = unrolled((x) => np.exp(np.log(x).mul(3)));
    assert.deepEqual(operations(program), ['log', 'mul', 'exp']);
    assert.ok(Number.isNaN(at(program, -2)), 'not −8');
  });

  it('with small exponents are products, roots and reciprocals', () => {
    for (const y of [1, 2, 3, 5, 8, -1, -2, 0.5, 1.5, -0.5, 2.5]) {
      const program = unrolled((x) => np.exp(np.log(np.absolute(x)).mul(y)));
      assert.ok(!operations(program).some((op) => op === 'exp' || op === 'log' || op === 'pow'), `${y}: ${operations(program).join()}`);
      for (const x of values) {
        const expected = x ** y;
        const found = at(program, x);
        // Where x to the |y| leaves the range, so does its reciprocal.
        if (expected > 1e-300 || expected === 0) assert.ok(found === expected || Math.abs(found - expected) <= 1e-15 * expected, `${x} to the ${y}: ${found}, should be ${expected}`);
      }
    }
  });

  it('of the library take no logarithm either', () => {
    const program = unrolled((x) => np.power(x, 2));
    assert.ok(!operations(program).includes('log'), operations(program).join());
    assert.equal(at(program, -3), 9);
    assert.equal(at(unrolled((x) => np.power(x, 3)), -2), -8);
  });
});
