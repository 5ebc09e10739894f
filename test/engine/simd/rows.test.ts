/** Rows of random numbers: their laws, and that a row depends on the key and its number alone. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keyFromSeed } from '../../../src/engine/random.ts';
import { fillNormalRows, fillUniformRows } from '../../../src/engine/simd/rows.ts';
import { kolmogorovSmirnovPValue, kolmogorovSmirnovStatistic, normalCdf } from '../../../src/numerics/special.ts';

const N = 200_000;
const rows = (fill: typeof fillNormalRows, seed: number, first: number, n: number, d: number): Float64Array => {
  const out = new Float64Array(n * d);
  fill(keyFromSeed(seed), first, n, d, out);
  return out;
};

const correlation = (a: Float64Array, b: Float64Array): number => {
  const mean = (x: Float64Array): number => x.reduce((sum, value) => sum + value, 0) / x.length;
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  a.forEach((value, i) => { ab += (value - ma) * (b[i] - mb); aa += (value - ma) ** 2; bb += (b[i] - mb) ** 2; });
  return ab / Math.sqrt(aa * bb);
};

describe('rows of random numbers', () => {
  for (const [name, fill, cdf] of [['normals', fillNormalRows, normalCdf], ['uniforms', fillUniformRows, (u: number) => u]] as const) {
    it(`${name} have their law in every column, and columns, squares and neighbours are uncorrelated`, () => {
      const d = 3;
      const values = rows(fill, 1, 0, N, d);
      const column = (j: number, shift = 0): Float64Array => Float64Array.from({ length: N - 1 }, (_, i) => values[(i + shift) * d + j]);
      const columns = [0, 1, 2].map((j) => column(j));
      const pValue = (c: Float64Array): number => kolmogorovSmirnovPValue(kolmogorovSmirnovStatistic(c, cdf), c.length);
      for (const c of columns) assert.ok(pValue(c) > 1e-3, `Kolmogorov–Smirnov p = ${pValue(c)}`);
      assert.ok(pValue(columns[0].map((x) => x * 1.03)) < 1e-3, 'three percent of scale are told');
      const pairs: [Float64Array, Float64Array][] = [[columns[0], columns[1]], [columns[0], columns[2]], [columns[0], column(0, 1)], [columns[1], column(0, 1)]];
      for (const [a, b] of pairs) {
        assert.ok(Math.abs(correlation(a, b)) < 5 / Math.sqrt(N));
        assert.ok(Math.abs(correlation(a.map((x) => x * x), b.map((x) => x * x))) < 5 / Math.sqrt(N), 'squares');
      }
      const other = rows(fill, 2, 0, N, d);
      assert.ok(Math.abs(correlation(values, other)) < 5 / Math.sqrt(N * d), 'another key');
    });

    it(`${name}: a row is a function of key and number, however the rows are cut`, () => {
      for (const d of [1, 2, 5]) {
        const whole = rows(fill, 3, 0, 50_000, d);
        for (const [first, n] of [[0, 1], [1, 7], [32_767, 3], [49_990, 10]]) {
          assert.deepEqual(rows(fill, 3, first, n, d), whole.slice(first * d, (first + n) * d), `rows ${first} to ${first + n} of ${d}`);
        }
      }
    });
  }
});
