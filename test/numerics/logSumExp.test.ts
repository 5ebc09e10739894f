import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { InputError } from '../../src/errors.ts';
import { logMeanExp, logSumExp } from '../../src/numerics/logSumExp.ts';

describe('logSumExp', () => {
  it('matches the direct sum and shifts with its terms', () => {
    fc.assert(fc.property(fc.array(fc.double({ min: -20, max: 20, noNaN: true }), { minLength: 1, maxLength: 30 }), fc.integer({ min: -5000, max: 5000 }), (terms, shift) => {
      const values = Float64Array.from(terms);
      const direct = Math.log(terms.reduce((a, b) => a + Math.exp(b), 0));
      assert.ok(Math.abs(logSumExp(values) - direct) < 1e-12 * (1 + Math.abs(direct)));
      assert.ok(Math.abs(logSumExp(values.map((v) => v + shift)) - shift - direct) < 1e-11);
      assert.ok(Math.abs(logMeanExp(values) - (direct - Math.log(terms.length))) < 1e-11);
    }));
  });

  it('keeps infinities and NaN', () => {
    assert.equal(logSumExp(Float64Array.of(-Infinity, -Infinity)), -Infinity);
    assert.equal(logSumExp(Float64Array.of(-Infinity, 3)), 3);
    assert.equal(logSumExp(Float64Array.of(1, Infinity)), Infinity);
    assert.ok(Number.isNaN(logSumExp(Float64Array.of(Infinity, NaN))));
    assert.throws(() => logSumExp(new Float64Array(0)), InputError);
  });
});
