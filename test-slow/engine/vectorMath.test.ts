/** Vector functions over float32 from end to end, and in float64 at many more points than the quick tests take. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cases, names, ulps32, unary } from '../../test/engine/simd/vectorMathCases.ts';
import { compile } from '../../test/engine/simd/vectorMathHarness.ts';
import { points } from '../../test/engine/simd/vectorMathPoints.ts';
import { references, ulps } from '../../test/engine/simd/vectorMathReference.ts';

/** Every so many floats, of all 2³² bit patterns; coprime to powers of two. */
const STRIDE = 127;
const CHUNK = 2 ** 20;

describe('vector functions over all exponents of float32', () => {
  for (const name of names) {
    it(name, (context) => {
      const { double, bounds: { float32: bound } } = cases[name];
      const run = compile('float32', unary(name));
      const bits = new Uint32Array(CHUNK);
      const x = new Float32Array(bits.buffer);
      let [error, at, count] = [0, NaN, 0];
      for (let next = 0; next < 2 ** 32;) {
        let filled = 0;
        for (; filled < CHUNK && next < 2 ** 32; next += STRIDE) bits[filled++] = next;
        const got = run(x.subarray(0, filled));
        for (let k = 0; k < filled; k++) {
          const want = double(x[k]);
          const off = Number.isNaN(want) ? (Number.isNaN(got[k]) ? 0 : Infinity) : ulps32(got[k], want);
          if (off > error) [error, at] = [off, x[k]];
        }
        count += filled;
      }
      context.diagnostic(`largest error ${error.toFixed(3)} at ${at}, ${count} points`);
      assert.ok(error <= bound, `${error} ulp at ${at}`);
    });
  }
});

describe('vector functions in float64', () => {
  for (const name of names) {
    it(name, (context) => {
      const { where, domain = () => true, bounds: { float64: bound } } = cases[name];
      const x = points(where, 100000, 'float64').filter(domain);
      const got = compile('float64', unary(name))(x);
      let [error, at] = [0, NaN];
      x.forEach((argument, k) => {
        const off = ulps(got[k], references[name](argument));
        if (off > error) [error, at] = [off, argument];
      });
      context.diagnostic(`largest error ${error.toFixed(3)} at ${at}, ${x.length} points`);
      assert.ok(error <= bound, `${error} ulp at ${at}`);
    });
  }

  it('sin and cos beside every multiple of π/2 that is reduced in floats', (context) => {
    const x = Float64Array.from({ length: 3 * 65537 }, (_, k) => {
      const multiple = (Math.floor(k / 3) * Math.PI) / 2;
      return multiple + ((k % 3) - 1) * 2 ** (Math.floor(Math.log2(multiple || 1)) - 52);
    });
    for (const name of ['sin', 'cos'] as const) {
      const got = compile('float64', unary(name))(x);
      const error = x.reduce((most, argument, k) => Math.max(most, ulps(got[k], references[name](argument))), 0);
      context.diagnostic(`${name}: largest error ${error.toFixed(3)}`);
      assert.ok(error <= cases[name].bounds.float64, `${error} ulp`);
    }
  });
});
