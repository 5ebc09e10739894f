import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { InputError } from '../../src/errors.ts';
import { symmetricEigen } from '../../src/numerics/symmetricEigen.ts';

describe('symmetricEigen', () => {
  it('A v = λ v with orthonormal rows v and ascending λ, for any symmetric matrix', () => {
    const matrices = fc.integer({ min: 1, max: 12 }).chain((n) => fc.tuple(fc.constant(n), fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: n * n, maxLength: n * n })));
    fc.assert(
      fc.property(matrices, ([n, entries]) => {
        const a = Float64Array.from({ length: n * n }, (_, k) => entries[Math.min(k, (k % n) * n + Math.floor(k / n))]);
        const { values, vectors } = symmetricEigen(a, n);
        for (let j = 0; j < n; j++) {
          assert.ok(j === 0 || values[j] >= values[j - 1]);
          const v = vectors.subarray(j * n, (j + 1) * n);
          for (let i = 0; i < n; i++) assert.ok(Math.abs(v.reduce((sum, x, k) => sum + a[i * n + k] * x, 0) - values[j] * v[i]) < 1e-12 * 5 * n);
          for (let l = 0; l <= j; l++) assert.ok(Math.abs(v.reduce((sum, x, k) => sum + x * vectors[l * n + k], 0) - (l === j ? 1 : 0)) < 1e-12);
        }
      }),
      { numRuns: 50, seed: 1 },
    );
  });

  it('the second difference has eigenvalues 2 − 2 cos(jπ/(n + 1))', () => {
    const n = 100;
    const a = Float64Array.from({ length: n * n }, (_, k) => [2, -1][Math.abs(Math.floor(k / n) - (k % n))] ?? 0);
    symmetricEigen(a, n).values.forEach((value, j) => assert.ok(Math.abs(value - 2 + 2 * Math.cos(((j + 1) * Math.PI) / (n + 1))) < 1e-13));
  });

  it('refuses a wrong shape and what is not finite', () => {
    assert.throws(() => symmetricEigen(new Float64Array(3), 2), InputError);
    assert.throws(() => symmetricEigen(new Float64Array(0), 0), InputError);
    assert.throws(() => symmetricEigen(Float64Array.of(1, NaN, NaN, 1), 2), /not finite/);
  });
});
