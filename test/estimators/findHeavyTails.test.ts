/** Heavy tails in samples: laws whose tails are known, of independent samples. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillNormal, fillUniform, foldIn, keyFromSeed } from '../../src/engine/random.ts';
import { findHeavyTails } from '../../src/estimators/findHeavyTails.ts';
import { beforeTail } from '../../src/targets/heavyTails.ts';

const N = 20_000;
const uniforms = (seed: number): Float64Array => {
  const u = new Float64Array(N);
  fillUniform(foldIn(keyFromSeed(seed), 'heavy tails'), 0, u);
  return u;
};
const normals = (seed: number, n = N): Float64Array => {
  const z = new Float64Array(n);
  fillNormal(foldIn(keyFromSeed(seed), 'heavy tails'), 0, z);
  return z;
};
const tailsOf = (x: Float64Array, effective = N): ReturnType<typeof findHeavyTails> =>
  findHeavyTails(x, [{ kind: 'real', low: -1, high: 1 }], () => effective);

describe('heavy tails in samples', () => {
  it('are none of normal laws, whatever their place and width, nor of shorter tails', () => {
    for (let seed = 1; seed <= 30; seed++) {
      assert.deepEqual(tailsOf(normals(seed).map((z) => 1e3 + 1e-4 * z)), [], `seed ${seed}`);
    }
    assert.deepEqual(tailsOf(uniforms(1)), []);
  });

  it('have the shape and scale of generalised Pareto laws', () => {
    // Beyond a share of 0.1587 of a law: a Cauchy law has shape 1, an exponential one 0.
    const [cauchy] = tailsOf(uniforms(1).map((u) => Math.tan(Math.PI * (u - 0.5))));
    assert.ok(Math.abs(cauchy.shape - 1) <= 0.25, `shape ${cauchy.shape} of a Cauchy law`);
    const both = tailsOf(uniforms(3).map((u) => (u < 0.5 ? 1 : -1) * Math.log(2 * Math.min(u, 1 - u))));
    assert.deepEqual(both.map(({ side }) => side), [1, -1]);
    for (const { shape, scale } of both) {
      assert.ok(shape <= 0.1, `shape ${shape} of an exponential tail`);
      assert.ok(Math.abs(scale - 1) < 0.1, `scale ${scale}`);
    }
    const [one, ...others] = tailsOf(normals(4).map((z) => (z > 0 ? Math.exp(z) - 1 : z)));
    assert.equal(others.length, 0, 'to one side alone');
    assert.equal(one.side, 1);
  });

  it('are normal ones once drawn in', () => {
    const [n, freedom] = [N, 3];
    const numbers = normals(5, n * (freedom + 1));
    const x = Float64Array.from({ length: n }, (_, i) => {
      const own = numbers.subarray(i * (freedom + 1), (i + 1) * (freedom + 1));
      const square = own.subarray(1).reduce((sum, z) => sum + z * z, 0);
      return own[0] / Math.sqrt(square / freedom);
    });
    const found = tailsOf(x);
    assert.deepEqual(found.map(({ side }) => side), [1, -1]);
    for (const { shape } of found) assert.ok(shape >= 0.1 && shape <= 0.5, `shape ${shape} of three degrees of freedom`);
    for (const tail of found) beforeTail(tail, x, 1, new Float64Array(n));
    assert.deepEqual(tailsOf(x), []);
    assert.ok(x.every((value) => Math.abs(value) < 12), 'nothing far out');
  });

  it('need more effective samples than a few', () => {
    const x = uniforms(6).map((u) => -Math.log(u));
    assert.equal(tailsOf(x).length, 1);
    assert.equal(tailsOf(x, 60).length, 0);
  });
});
