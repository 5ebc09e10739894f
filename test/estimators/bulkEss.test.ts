/** What ranks of chains are worth, against chains whose correlation is known. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillNormal, foldIn, keyFromSeed } from '../../src/engine/random.ts';
import { bulkEss } from '../../src/estimators/bulkEss.ts';

const CHAINS = 32;
const DRAWS = 256;
/** Chains of x' = ρ x + √(1 − ρ²) ξ in the second of two coordinates, independent numbers in the first. [DRAWS, CHAINS, 2] */
function chains(rho: number, seed: number): Float64Array {
  const x = new Float64Array(DRAWS * CHAINS * 2);
  fillNormal(foldIn(keyFromSeed(seed), 'bulk'), 0, x);
  for (let t = 1; t < DRAWS; t++) for (let c = 0; c < CHAINS; c++) {
    const at = (t * CHAINS + c) * 2 + 1;
    x[at] = rho * x[at - 2 * CHAINS] + Math.sqrt(1 - rho * rho) * x[at];
  }
  return x;
}
const N = CHAINS * DRAWS;

describe('what ranks of chains are worth', () => {
  it('is their number where they are independent, and (1 − ρ)/(1 + ρ) of it where each keeps ρ of the one before', () => {
    for (const rho of [0, 0.5, 0.9]) {
      const exact = (N * (1 - rho)) / (1 + rho);
      const seen = Array.from({ length: 21 }, (_, k) => bulkEss(chains(rho, k), 2, CHAINS, 1)).sort((a, b) => a - b);
      // One autocorrelation time of 19 draws, of so many, is known to a fifth; five errors of the median of 21 are .27.
      assert.ok(Math.abs(Math.log(seen[10] / exact)) < 0.27, `ρ ${rho}: ${seen[10]}, exact ${exact}`);
    }
  });

  it('is the same of any rising function, also of one without a mean', () => {
    const x = chains(0.8, 1);
    const heavy = x.map((value) => Math.sinh(5 * value) ** 3);
    assert.equal(bulkEss(heavy, 2, CHAINS, 1), bulkEss(x, 2, CHAINS, 1));
  });

  it('is next to nothing of chains that stay apart, and nothing of too few draws', () => {
    const x = chains(0, 1);
    for (let i = 0; i < N; i++) x[2 * i + 1] += 10 * (i % CHAINS);
    assert.ok(bulkEss(x, 2, CHAINS, 1) < 100);
    assert.ok(bulkEss(x, 2, CHAINS, 0) > 0.7 * N, 'the other coordinate');
    assert.equal(bulkEss(x.subarray(0, 3 * CHAINS * 2), 2, CHAINS, 1), 0);
  });

  it('looks at some draws of long chains', () => {
    const few = bulkEss(chains(0.9, 2), 2, CHAINS, 1);
    const long = new Float64Array(8 * DRAWS * CHAINS * 2);
    for (let t = 0; t < 8; t++) long.set(chains(0.9, 2 + t), t * DRAWS * CHAINS * 2);
    const ess = bulkEss(long, 2, CHAINS, 1);
    assert.ok(ess > 4 * few && ess <= 2 ** 13 * 4, `${ess} of eight times as many, ${few} before`);
  });
});
