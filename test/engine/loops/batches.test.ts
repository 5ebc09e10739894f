import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { np, valueAndGradient, type Array as NpArray } from '../../../src/engine/numpy.ts';
import { trace } from '../../../src/engine/trace.ts';
import { runLoops } from './harness.ts';

const SIZE = 60;
const weights = np.array(Float64Array.from({ length: SIZE * SIZE }, (_, i) => Math.sin(i))).reshape([SIZE, SIZE]);
const f = (x: NpArray): NpArray => np.exp(np.sin(np.matmul(weights, x)).mul(0.3)).sum();
const program = trace((x) => valueAndGradient(f)(x), [{ shape: [SIZE] }]);
const points = Array.from({ length: 2003 }, (_, i) => [Float64Array.from({ length: SIZE }, (__, j) => Math.cos(i + 9 * j))]);

describe('batches in loops', () => {
  const whole = runLoops(program, points);

  it('have the same bits on any number of threads', () => {
    // Again and again: what threads do to each other shows only where they are at work at once.
    for (const threads of [2, 3, 2, 3, 2, 3, 2, 3])
      assert.deepEqual(runLoops(program, points, { threads }), whole, `${threads} threads`);
  });

  it('have the same bits wherever a point stands', () => {
    for (const start of [1, 2, 3, 5]) {
      const some = runLoops(program, points.slice(start, start + 6));
      assert.deepEqual(some, whole.slice(start, start + 6), `from ${start}`);
    }
    assert.deepEqual(runLoops(program, points.slice(7, 8)), whole.slice(7, 8), 'alone');
  });
});
