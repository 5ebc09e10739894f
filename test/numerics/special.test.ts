import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InputError } from '../../src/errors.ts';
import { fillUniform, keyFromSeed } from '../../src/engine/random.ts';
import {
  chiSquareSurvival, erf, erfc, inverseNormalCdf, kolmogorovSmirnovPValue, kolmogorovSmirnovStatistic, logGamma, normalCdf,
} from '../../src/numerics/special.ts';

/** Relative closeness. */
function near(actual: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(actual - expected) <= tolerance * Math.abs(expected), `${actual} is not ${expected}`);
}

describe('special functions', () => {
  it('logGamma: factorials, Γ(½) = √π, and the recurrence', () => {
    for (let n = 3, factorial = 2; n < 20; factorial *= n, n++) near(logGamma(n), Math.log(factorial), 1e-14);
    near(logGamma(0.5), 0.5 * Math.log(Math.PI), 1e-14);
    for (const x of [0.1, 0.7, 3.3, 40.2]) near(logGamma(x + 1), logGamma(x) + Math.log(x), 1e-12);
    assert.throws(() => logGamma(0), InputError);
  });

  it('erf and erfc: tabulated values (Abramowitz & Stegun, table 7.1) and symmetry', () => {
    near(erf(0.5), 0.5204998778130465, 1e-14);
    near(erf(1), 0.8427007929497149, 1e-14);
    near(erf(2), 0.9953222650189527, 1e-14);
    near(erfc(2), 0.004677734981047266, 1e-13);
    near(erfc(5), 1.537459794428035e-12, 1e-13);
    near(erfc(10), 2.088487583762545e-45, 1e-13);
    assert.equal(erf(0), 0);
    assert.equal(erf(-1), -erf(1));
    near(erfc(-1), 2 - erfc(1), 1e-14);
    assert.equal(erfc(Infinity), 0);
  });

  it('the inverse normal distribution inverts the normal distribution', () => {
    near(inverseNormalCdf(0.975), 1.959963984540054, 1e-15);
    for (const z of [-20, -9, -5.5, -4, -1.3, -0.2, 0.4, 1.7, 5]) near(inverseNormalCdf(normalCdf(z)), z, z > 3 ? 1e-9 : 1e-13);
    assert.equal(inverseNormalCdf(0.5), 0);
    assert.equal(inverseNormalCdf(0), -Infinity);
    assert.equal(inverseNormalCdf(1), Infinity);
    assert.throws(() => inverseNormalCdf(1.1), InputError);
  });

  it('chi-square survival: closed forms for 1, 2 and 4 degrees', () => {
    for (const x of [0.3, 2, 9, 40]) {
      near(chiSquareSurvival(x, 1), erfc(Math.sqrt(x / 2)), 1e-13);
      near(chiSquareSurvival(x, 2), Math.exp(-x / 2), 1e-13);
      near(chiSquareSurvival(x, 4), Math.exp(-x / 2) * (1 + x / 2), 1e-13);
    }
    assert.equal(chiSquareSurvival(0, 3), 1);
  });

  it('Kolmogorov–Smirnov accepts uniforms and rejects a bent copy', () => {
    const u = new Float64Array(2000);
    fillUniform(keyFromSeed(5), 0, u);
    const p = (samples: Float64Array): number => kolmogorovSmirnovPValue(kolmogorovSmirnovStatistic(samples, (x) => x), samples.length);
    assert.ok(p(u) > 1e-3);
    assert.ok(p(u.map((x) => x ** 1.2)) < 1e-3);
    // The 5 % and 1 % points of the limit law.
    near(kolmogorovSmirnovPValue(1.3581 / 1e4, 1e8), 0.05, 2e-3);
    near(kolmogorovSmirnovPValue(1.6276 / 1e4, 1e8), 0.01, 2e-3);
    near(kolmogorovSmirnovStatistic(Float64Array.of(0.5), (x) => x), 0.5, 1e-15);
  });
});
