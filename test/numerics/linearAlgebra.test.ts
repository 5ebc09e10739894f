import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InputError } from '../../src/errors.ts';
import { fillNormal, keyFromSeed } from '../../src/engine/random.ts';
import { fft } from '../../src/numerics/fft.ts';
import { cholesky, choleskySolve, multiply, sampleCovariance } from '../../src/numerics/linearAlgebra.ts';

const MATRIX = Float64Array.of(4, 1, -0.5, 1, 3, 0.7, -0.5, 0.7, 2);

describe('linear algebra', () => {
  it('cholesky factors and solves', () => {
    const l = cholesky(MATRIX, 3);
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) {
        let sum = 0;
        for (let k = 0; k < 3; k++) sum += l[i * 3 + k] * l[j * 3 + k];
        assert.ok(Math.abs(sum - MATRIX[i * 3 + j]) < 1e-14);
      }
    }
    const x = Float64Array.of(1, -2, 0.3);
    choleskySolve(l, multiply(MATRIX, x)).forEach((value, i) => assert.ok(Math.abs(value - x[i]) < 1e-14));
    assert.throws(() => cholesky(Float64Array.of(1, 2, 2, 1), 2), InputError);
  });

  it('sample covariance finds the covariance it was given', () => {
    const n = 20000;
    const l = cholesky(MATRIX, 3);
    const points = new Float64Array(n * 3);
    const z = new Float64Array(3);
    for (let i = 0; i < n; i++) {
      fillNormal(keyFromSeed(3), i, z);
      points.set(multiply(l, z).map((value, j) => value + 10 * j), i * 3);
    }
    const { mean, covariance } = sampleCovariance(points, 3);
    for (let i = 0; i < 3; i++) {
      assert.ok(Math.abs(mean[i] - 10 * i) < 5 * Math.sqrt(MATRIX[i * 4] / n));
      for (let j = 0; j < 3; j++) {
        // Variance of a Gaussian sample covariance: (cᵢᵢ cⱼⱼ + cᵢⱼ²) / n.
        const se = Math.sqrt((MATRIX[i * 4] * MATRIX[j * 4] + MATRIX[i * 3 + j] ** 2) / n);
        assert.ok(Math.abs(covariance[i * 3 + j] - MATRIX[i * 3 + j]) < 5 * se);
      }
    }
    const three = sampleCovariance(Float64Array.of(0, 1, 3, 4, 6, -2), 2);
    const exact = [3, 1, 9, -4.5, -4.5, 9];
    [...three.mean, ...three.covariance].forEach((value, k) => assert.ok(Math.abs(value - exact[k]) < 1e-12, `${value}`));
    assert.throws(() => sampleCovariance(new Float64Array(3), 3), InputError);
  });

  it('fft matches the defining sum', () => {
    const n = 16;
    const re = new Float64Array(n);
    const im = new Float64Array(n);
    fillNormal(keyFromSeed(1), 0, re);
    fillNormal(keyFromSeed(1), 1, im);
    const [r, i] = [re.slice(), im.slice()];
    fft(re, im);
    for (let k = 0; k < n; k++) {
      let [a, b] = [0, 0];
      for (let t = 0; t < n; t++) {
        const angle = (-2 * Math.PI * k * t) / n;
        a += r[t] * Math.cos(angle) - i[t] * Math.sin(angle);
        b += r[t] * Math.sin(angle) + i[t] * Math.cos(angle);
      }
      assert.ok(Math.hypot(a - re[k], b - im[k]) < 1e-13);
    }
    assert.throws(() => fft(new Float64Array(3), new Float64Array(3)), InputError);
  });
});
