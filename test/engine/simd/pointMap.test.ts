import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lax, np, valueAndGradient, type Array as NpArray } from '../../../src/engine/numpy.ts';
import { compileScalar } from '../../../src/engine/scalar.ts';
import { compilePointMap } from '../../../src/engine/simd/pointMap.ts';
import { CannotVectorise } from '../../../src/engine/simd/unsupported.ts';
import { trace } from '../../../src/engine/trace.ts';
import { unroll } from '../../../src/engine/unroll.ts';
import { SharedHeap } from '../../../src/engine/wasm/heap.ts';
import { distance } from '../executors.ts';

const DIMENSION = 3;
/** Every vector function, conditions, a remainder and a reduction, at arguments near and far. */
const everything = (x: NpArray): NpArray => {
  const [a, b, c] = [x.slice(0), x.slice(1), x.slice(2)];
  const near = np.sin(a.mul(b)).add(np.cos(c)).add(np.exp(b.neg())).add(np.log(np.square(c).add(1))).add(np.tanh(a)).add(lax.erf(b)).add(lax.erfc(c)).add(np.atan(a));
  const far = np.power(np.square(a).add(0.5), 0.7).add(np.where(b.less(c), np.sqrt(np.absolute(a)), np.fmod(c, 0.3))).add(np.asin(np.sin(b)));
  return near.add(far).add(x.max());
};
const program = unroll(trace((x) => valueAndGradient(everything)(x), [{ shape: [DIMENSION] }]));

const points = (n: number): Float64Array => {
  const x = Float64Array.from({ length: n * DIMENSION }, (_, i) => 3 * Math.sin(12.9898 * i + 4 * Math.sin(78.233 * i)));
  // Some that take the slow ways of the vector functions, beside some that do not.
  for (let i = 7; i < n; i += 11) x[i * DIMENSION + (i % DIMENSION)] = [1e7, -1e300, Infinity, NaN, 1e-310][i % 5];
  return x;
};
const bits = (values: Float64Array): string[] => Array.from(values, (value) => (Number.isNaN(value) ? 'NaN' : new BigUint64Array(Float64Array.of(value).buffer)[0].toString(16)));

function run(n: number, x: Float64Array, loop = compilePointMap(program)): [Float64Array, Float64Array] {
  const results: [Float64Array, Float64Array] = [new Float64Array(n), new Float64Array(n * DIMENSION)];
  loop(n, [x], results);
  return results;
}

describe('the simd executor', () => {
  const n = 9000;
  const x = points(n);
  const loop = compilePointMap(program);
  const whole = run(n, x, loop);

  it('agrees with the scalar executor', () => {
    const expected = run(n, x, compileScalar(trace((v) => valueAndGradient(everything)(v), [{ shape: [DIMENSION] }])));
    for (let i = 0; i < n; i++) {
      const where = `point ${i}: (${x.subarray(i * DIMENSION, (i + 1) * DIMENSION).join(', ')})`;
      const own = (values: Float64Array): Float64Array => values.subarray(i * DIMENSION, (i + 1) * DIMENSION);
      assert.ok(distance([whole[0][i]], [expected[0][i]]) < 1e-13, `${where}: ${whole[0][i]} for ${expected[0][i]}`);
      assert.ok(distance(own(whole[1]), own(expected[1])) < 1e-12, `${where}: ${own(whole[1]).join()} for ${own(expected[1]).join()}`);
    }
  });

  it('gives a point the same bits in any batch and lane', () => {
    const [u, g] = whole.map(bits);
    for (const size of [1, 2, 3, 5, 64, 1001]) {
      for (let start = 0; start + size <= 1200; start += size) {
        const [part, gradients] = run(size, x.subarray(start * DIMENSION, (start + size) * DIMENSION), loop);
        assert.deepEqual(bits(part), u.slice(start, start + size), `energies from ${start}, ${size} at a time`);
        assert.deepEqual(bits(gradients), g.slice(start * DIMENSION, (start + size) * DIMENSION), `gradients from ${start}, ${size} at a time`);
      }
    }
  });

  it('touches nothing beyond the batch', () => {
    for (const count of [0, 1, 2, 3]) {
      const results = [new Float64Array(6).fill(-1), new Float64Array(18).fill(-1)];
      loop(count, [x], results);
      assert.ok(results[0].subarray(count).every((value) => value === -1) && results[1].subarray(3 * count).every((value) => value === -1), `${count} points`);
    }
  });

  it('works in place on arrays of its heap', () => {
    const heap = new SharedHeap();
    const within = compilePointMap(program, heap);
    for (const count of [1, 2, 5, 400]) {
      const array = (length: number): Float64Array => heap.float64(heap.allocate(8 * length), length);
      const [input, energies, gradients] = [array(count * DIMENSION), array(count), array(count * DIMENSION)];
      input.set(x.subarray(0, count * DIMENSION));
      within(count, [input], [energies, gradients]);
      assert.deepEqual(bits(energies), bits(whole[0].subarray(0, count)), `${count} points`);
      assert.deepEqual(bits(gradients), bits(whole[1].subarray(0, count * DIMENSION)), `${count} points`);
      const [outside] = run(count, x, within);
      assert.deepEqual(bits(outside), bits(whole[0].subarray(0, count)), `${count} points from elsewhere`);
    }
  });

  it('takes several inputs, outputs of any size, and outputs that are inputs or numbers', () => {
    const several = compilePointMap(unroll(trace((v, s) => [v.mul(s), v.sum(), s, np.ones([3]), v.less(s), np.concatenate([v, v, v.mul(2)])], [{ shape: [2] }, { shape: [] }])));
    const results = [2, 1, 1, 3, 2, 6].map((size) => new Float64Array(3 * size));
    several(3, [Float64Array.of(1, 2, 3, 4, 5, 6), Float64Array.of(1, 10, 5.5)], results);
    assert.deepEqual(results.map((values) => Array.from(values)), [
      [1, 2, 30, 40, 27.5, 33], [3, 7, 11], [1, 10, 5.5], [1, 1, 1, 1, 1, 1, 1, 1, 1], [0, 0, 1, 1, 1, 0], [1, 2, 1, 2, 2, 4, 3, 4, 3, 4, 6, 8, 5, 6, 5, 6, 10, 12],
    ]);
  });

  it('runs thousands of operations, and refuses what one function cannot hold', () => {
    const long = (steps: number) => (v: NpArray): NpArray => Array.from({ length: steps }).reduce<NpArray>((y) => np.sin(y).mul(1.5).add(v), v).sum();
    const large = trace((v) => valueAndGradient(long(100))(v), [{ shape: [8] }]);
    const input = Float64Array.from({ length: 24 }, (_, i) => Math.sin(i));
    const [found, expected] = [compilePointMap(unroll(large)), compileScalar(large)].map((map) => {
      const results = [new Float64Array(3), new Float64Array(24)];
      map(3, [input], results);
      return results;
    });
    assert.ok(distance(found[0], expected[0]) < 1e-11, `${found[0].join()} for ${expected[0].join()}`);
    assert.throws(() => compilePointMap(unroll(trace(long(1000), [{ shape: [8] }]))), (error: unknown) => error instanceof CannotVectorise && /too many/.test(error.message), 'too large');
  });
});
