/** log Z from exact draws on every rung, where the answer and the spread of its error are known. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { foldIn, keyFromSeed } from '../../src/engine/random.ts';
import { fitReference, temperedLogZ, type TemperedEnergies } from '../../src/samplers/logZ.ts';
import { baseEnergies, sampleBase, type Base } from '../../src/targets/base.ts';
import { pointwise, real, skewed } from './targets.ts';

const betas = [0.5, 1];

/** Independent draws of every rung; `repeat` rows in a row are the same draw. */
function exactRows(seed: number, ladders: number, rows: number, repeat = 1): TemperedEnergies {
  const rungEnergies = new Float64Array(rows * ladders * betas.length);
  const hottestPositions = new Float64Array(rows * ladders * 2);
  betas.forEach((beta, k) => {
    const x = skewed.sample(foldIn(keyFromSeed(seed), k), rows * ladders, beta);
    for (let i = 0; i < rows * ladders; i++) {
      const [row, ladder] = [Math.floor(i / ladders), i % ladders];
      const source = (row - (row % repeat)) * ladders + ladder;
      const point = x.subarray(2 * source, 2 * source + 2);
      skewed.energy.energies(point, 1, rungEnergies.subarray(i * betas.length + k, i * betas.length + k + 1));
      if (k === 0) hottestPositions.set(point, 2 * i);
    }
  });
  return { inverseTemperatures: Float64Array.from(betas), ladders, rungEnergies, hottestPositions };
}

function zOf(seed: number, ladders: number, rows: number, repeat = 1): number {
  const estimate = temperedLogZ(exactRows(seed, ladders, rows, repeat), skewed.energy, skewed.domain, keyFromSeed(1000 + seed));
  assert.ok(estimate !== null && estimate.standardError > 0 && estimate.stones.length === betas.length);
  return (estimate.value - skewed.logZ(1)) / estimate.standardError;
}

describe('tempered log Z', () => {
  for (const [what, ladders, rows, repeat] of [['many ladders', 12, 60, 1], ['few ladders, cut into blocks of time', 2, 320, 1], ['rows that repeat', 12, 64, 8]] as const) {
    it(`is right within its standard error, and the error is neither small nor large: ${what}`, () => {
      const scores = Array.from({ length: 40 }, (_, seed) => zOf(seed, ladders, rows, repeat));
      const rms = Math.sqrt(scores.reduce((sum, z) => sum + z * z, 0) / scores.length);
      assert.ok(rms > 0.65 && rms < 1.45, `${rms}`); // 3 standard deviations of an RMS of 40, with room for the jackknife's own noise
      assert.ok(Math.abs(scores.reduce((sum, z) => sum + z, 0) / Math.sqrt(scores.length)) < 4);
    });
  }

  it('is right within its standard error from base to target, where the base itself is the first rung', () => {
    const base: Base = { domain: skewed.domain, mean: Float64Array.of(0, 1), standardDeviation: Float64Array.of(1.2, 0.9) };
    const [ladders, rows] = [12, 60];
    const n = ladders * rows;
    const scores = Array.from({ length: 40 }, (_, seed) => {
      const rungEnergies = new Float64Array(2 * n);
      [new Float64Array(2 * n), skewed.sample(foldIn(keyFromSeed(seed), 1), n)].forEach((x, k) => {
        if (k === 0) sampleBase(base, foldIn(keyFromSeed(seed), 0), 0, n, x);
        const [u0, u1] = [new Float64Array(n), new Float64Array(n)];
        baseEnergies(base, x, n, u0);
        skewed.energy.energies(x, n, u1);
        for (let i = 0; i < n; i++) rungEnergies[2 * i + k] = u1[i] - u0[i];
      });
      const estimate = temperedLogZ({ inverseTemperatures: Float64Array.of(0, 1), ladders, rungEnergies, hottestPositions: new Float64Array(0), base }, skewed.energy, skewed.domain, keyFromSeed(seed));
      assert.ok(estimate !== null && estimate.stones.length === 1 && estimate.nonFinite === 0);
      return (estimate.value - skewed.logZ(1)) / estimate.standardError;
    });
    const rms = Math.sqrt(scores.reduce((sum, z) => sum + z * z, 0) / scores.length);
    assert.ok(rms > 0.65 && rms < 1.45, `${rms}`);
    assert.ok(Math.abs(scores.reduce((sum, z) => sum + z, 0) / Math.sqrt(scores.length)) < 4);
  });

  it('needs 32 rows, and takes energies that are not finite as no density, and counts them', () => {
    assert.equal(temperedLogZ(exactRows(1, 8, 31), skewed.energy, skewed.domain, keyFromSeed(1)), null);
    const torn = pointwise(2, (x, gradient) => {
      gradient.fill(0);
      return x[0] < -100 ? 0 : NaN;
    });
    const estimate = temperedLogZ(exactRows(1, 8, 40), torn, skewed.domain, keyFromSeed(1));
    assert.ok(estimate !== null && estimate.nonFinite === 8 * 30 && estimate.value === -Infinity && Number.isNaN(estimate.standardError), JSON.stringify(estimate));
  });

  it('fits a reference a little wider than its points, of width one where they do not differ', () => {
    const { mean, standardDeviation } = fitReference(real(2), Float64Array.of(1, 5, 3, 5));
    assert.deepEqual(Array.from(mean), [2, 5]);
    assert.ok(Math.abs(standardDeviation[0] - 1.1) < 1e-12 && standardDeviation[1] === 1);
  });
});
