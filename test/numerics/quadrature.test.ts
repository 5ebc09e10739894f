import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InputError } from '../../src/errors.ts';
import { compositeGaussLegendre, gaussLegendre, integrateDensity, integrateTensor } from '../../src/numerics/quadrature.ts';
import { normalCdf } from '../../src/numerics/special.ts';
import type { Domain } from '../../src/targets/domain.ts';
import type { EnergyEvaluator } from '../../src/targets/energyEvaluator.ts';

function evaluatorOf(dimension: number, energy: (...x: number[]) => number): EnergyEvaluator {
  return {
    dimension,
    energies(x, n, energies) {
      for (let i = 0; i < n; i++) energies[i] = dimension === 1 ? energy(x[i]) : energy(x[2 * i], x[2 * i + 1]);
    },
    energiesAndGradients() {
      throw new Error('not used');
    },
  };
}

const real = (low: number, high: number): Domain[number] => ({ kind: 'real', low, high });
const interval = (low: number, high: number): Domain[number] => ({ kind: 'interval', low, high });
const circle: Domain[number] = { kind: 'torus', low: -Math.PI, high: Math.PI };

describe('rules', () => {
  it('Gauss–Legendre is exact to degree 2n − 1 and not beyond', () => {
    for (const n of [1, 2, 5, 16]) {
      const { nodes, weights } = gaussLegendre(n, -1, 2);
      const integral = (degree: number): number => nodes.reduce((sum, x, i) => sum + weights[i] * x ** degree, 0);
      const exact = (degree: number): number => (2 ** (degree + 1) - (-1) ** (degree + 1)) / (degree + 1);
      assert.ok(Math.abs(integral(2 * n - 1) / exact(2 * n - 1) - 1) < 1e-13);
      assert.ok(n > 5 || Math.abs(integral(2 * n) / exact(2 * n) - 1) > 1e-9);
    }
    assert.throws(() => gaussLegendre(0, 0, 1), InputError);
  });

  it('integrates a product over a box', () => {
    const rules = [compositeGaussLegendre(3, 8, 0, 1), compositeGaussLegendre(5, 8, -1, 1)];
    const value = integrateTensor(rules, (x, n, values) => {
      for (let i = 0; i < n; i++) values[i] = Math.exp(x[2 * i]) * Math.cos(x[2 * i + 1]);
    });
    assert.ok(Math.abs(value - (Math.E - 1) * 2 * Math.sin(1)) < 1e-13);
  });
});

describe('integrateDensity', () => {
  // An asymmetric correlated Gaussian: mean (1, −2), covariance [2 .6; .6 .5], energy offset 3.
  const det = 2 * 0.5 - 0.36;
  const gaussian = evaluatorOf(2, (x, y) => 3 + (0.5 * (x - 1) ** 2 - 1.2 * (x - 1) * (y + 2) + 2 * (y + 2) ** 2) / (2 * det));

  it('finds log Z, moments and a half-plane mass of a Gaussian, from a box that is too small', () => {
    const result = integrateDensity(gaussian, [real(0, 1), real(-1, 1)], [(x): number => x[0], (x): number => x[0] * x[1]], {
      modes: { count: 2, assign: (x) => (x[0] + 2 * x[1] < -2 ? 0 : 1) },
    });
    assert.ok(Math.abs(result.logZ - (-3 + Math.log(2 * Math.PI) + 0.5 * Math.log(det))) < 1e-10);
    assert.ok(result.logZError < 1e-9);
    assert.ok(Math.abs(result.expectations[0] - 1) < 1e-10);
    assert.ok(Math.abs(result.expectations[1] - (-2 + 0.6)) < 1e-10);
    assert.ok(Math.abs(result.minimumEnergy - 3) < 1e-2);
    // x + 2y ~ N(−3, 2 + 2.4 + 2)
    const exact = normalCdf(1 / Math.sqrt(6.4));
    assert.ok(result.modeMassErrors[0] < 1e-4);
    assert.ok(Math.abs(result.modeMasses[0] - exact) < result.modeMassErrors[0]);
    assert.ok(Math.abs(result.modeMasses[0] + result.modeMasses[1] - 1) < 1e-12);
    // What nodes alone would give, without splitting the crossed cells, is farther off than the error claimed.
    const indicator = integrateDensity(gaussian, [real(0, 1), real(-1, 1)], [(x): number => (x[0] + 2 * x[1] < -2 ? 1 : 0)], { panels: 4 });
    assert.ok(Math.abs(indicator.expectations[0] - exact) > 10 * result.modeMassErrors[0]);
  });

  it('von Mises on a circle against the Bessel series; mixed with a real coordinate', () => {
    // I0(3) = Σ (9/4)^k / k!², I1(3) = Σ (3/2)^(2k+1) / (k! (k+1)!)
    let [i0, i1, term] = [0, 0, 1];
    for (let k = 0; k < 40; k++) {
      i0 += term;
      i1 += (term * 1.5) / (k + 1);
      term *= 2.25 / (k + 1) ** 2;
    }
    const target = evaluatorOf(2, (angle, y) => -3 * Math.cos(angle - 0.4) + 0.5 * y * y);
    const result = integrateDensity(target, [circle, real(-1, 1)], [(x): number => Math.cos(x[0] - 0.4)]);
    assert.ok(Math.abs(result.logZ - Math.log(2 * Math.PI * i0) - 0.5 * Math.log(2 * Math.PI)) < 1e-10);
    assert.ok(Math.abs(result.expectations[0] - i1 / i0) < 1e-10);
    assert.deepEqual([result.low[0], result.high[0]], [-Math.PI, Math.PI]);
  });

  it('one dimension: masses and log Z of two Gaussians, one mode away from the given interval', () => {
    const target = evaluatorOf(1, (x) => -Math.log(0.3 * Math.exp(-0.5 * (x + 3) ** 2) + 0.7 * Math.exp(-0.5 * (x - 4) ** 2)));
    const result = integrateDensity(target, [real(-4, -2)], [(x): number => x[0]], { modes: { count: 2, assign: (x) => (x[0] < 0.5 ? 0 : 1) } });
    assert.ok(Math.abs(result.logZ - 0.5 * Math.log(2 * Math.PI)) < 1e-10);
    assert.ok(Math.abs(result.expectations[0] - (0.3 * -3 + 0.7 * 4)) < 1e-10);
    assert.ok(Math.abs(result.modeMasses[0] - (0.3 * normalCdf(3.5) + 0.7 * normalCdf(-3.5))) < 1e-7);
  });

  it('takes zero densities, and refuses what has no integral', () => {
    const half = integrateDensity(evaluatorOf(1, (x) => (x < 0 ? Infinity : x)), [real(-1, 1)], [], { panels: 80 });
    assert.ok(Math.abs(half.logZ) < 0.05);
    assert.throws(() => integrateDensity(evaluatorOf(1, () => 0), [real(-1, 1)], []), /does not fall off/);
    // So far down that a margin added to the energy is lost in its rounding.
    assert.throws(() => integrateDensity(evaluatorOf(1, (x) => -x * x), [real(-1, 1)], []), /does not fall off/);
    const dome = evaluatorOf(2, (x, y) => -x * x - y * y);
    assert.throws(() => integrateDensity(dome, [real(-1, 1), real(-1, 1)], []), /does not fall off/);
    const needle = evaluatorOf(1, (x) => 1e12 * x * x);
    assert.throws(() => integrateDensity(needle, [real(-1e3, 1e3)], []), /no node lies where the density is/);
    assert.throws(() => integrateDensity(evaluatorOf(1, () => NaN), [real(-1, 1)], []), InputError);
    assert.throws(() => integrateDensity(evaluatorOf(1, () => Infinity), [real(-1, 1)], []), /zero everywhere/);
    assert.throws(() => integrateDensity(gaussian, [real(-1, 1)], []), InputError);
    assert.throws(() => integrateDensity(gaussian, [real(-1, 1), real(-1, 1)], [(): number => NaN]), InputError);
    assert.throws(() => integrateDensity(gaussian, [real(-9, 9), real(-9, 9)], [], { modes: { count: 1, assign: () => 1 } }), InputError);
  });

  it('himmelblau: the masses of the quadrants, to the three digits of the method page', () => {
    const target = evaluatorOf(2, (x, y) => 0.2 * ((x * x + y - 11) ** 2 + (x + y * y - 7) ** 2));
    const { modeMasses } = integrateDensity(target, [real(-6, 6), real(-6, 6)], [], {
      modes: { count: 4, assign: (x) => (x[0] < 0 ? 0 : 2) + (x[1] < 0 ? 0 : 1) },
    });
    [0.152, 0.206, 0.293, 0.35].forEach((mass, m) => assert.ok(Math.abs(modeMasses[m] - mass) < 6e-4));
  });
});

describe('integrateDensity between walls', () => {
  const near = (value: number, exact: number, tolerance = 1e-8): void => assert.ok(Math.abs(value - exact) < tolerance, `${value}, exact ${exact}`);

  it('one dimension: a density piled up at a wall, with its mean and the mass of a half', () => {
    for (const slope of [3, -3, 200]) {
      const result = integrateDensity(evaluatorOf(1, (x) => -slope * x), [interval(0, 1)], [(x): number => x[0]], { modes: { count: 2, assign: (x) => (x[0] < 0.3 ? 0 : 1) } });
      near(result.logZ, Math.log(Math.expm1(slope) / slope));
      near(result.expectations[0], 1 / -Math.expm1(-slope) - 1 / slope);
      near(result.modeMasses[0], Math.expm1(0.3 * slope) / Math.expm1(slope));
      assert.deepEqual([result.low[0], result.high[0], result.logZError < 1e-8], [0, 1, true]);
    }
  });

  it('one dimension: an energy that is infinite at a wall and none beyond it', () => {
    const result = integrateDensity(evaluatorOf(1, (x) => (x < 0 || x > 1 ? NaN : -2 * Math.log(x) - Math.log1p(-x))), [interval(0, 1)], [(x): number => x[0]]);
    near(result.logZ, Math.log(1 / 12));
    near(result.expectations[0], 0.6);
  });

  it('two dimensions: an interval with a circle, a line and another interval', () => {
    const flat = integrateDensity(evaluatorOf(2, (x, y) => -3 * x - 2 * Math.cos(y - x)), [interval(0, 1), circle], [(x): number => x[0]]);
    near(flat.logZ, Math.log(Math.expm1(3) / 3) + Math.log(2 * Math.PI * 2.279585302336067));
    near(flat.expectations[0], 1 / -Math.expm1(-3) - 1 / 3);
    const half = integrateDensity(evaluatorOf(2, (x, y) => x * x / 2 + y), [real(-2, 2), interval(0.5, 4)], [(x): number => x[1]], { modes: { count: 2, assign: (x) => (x[1] > 1 ? 1 : 0) } });
    near(half.logZ, 0.5 * Math.log(2 * Math.PI) + Math.log(Math.exp(-0.5) - Math.exp(-4)));
    near(half.modeMasses[1], (Math.exp(-1) - Math.exp(-4)) / (Math.exp(-0.5) - Math.exp(-4)), half.modeMassErrors[1]);
    assert.ok(half.modeMassErrors[1] < 1e-4);
    assert.deepEqual([half.low[1], half.high[1]], [0.5, 4]);
    assert.ok(half.low[0] < -2 && half.high[0] > 2, 'lines are still widened');
    const product = integrateDensity(evaluatorOf(2, (x, y) => -Math.log(1 + x * y)), [interval(0, 1), interval(0, 2)], []);
    near(product.logZ, Math.log(3));
  });

  it('the same interval as a line is not taken for one: the density does not fall off there', () => {
    assert.throws(() => integrateDensity(evaluatorOf(1, (x) => -3 * x), [real(0, 1)], []), InputError);
  });
});
