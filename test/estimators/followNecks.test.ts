/** Necks that are followed down: located by the energy where no sample has been. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { np } from '../../src/engine/numpy.ts';
import { fillNormal, foldIn, keyFromSeed } from '../../src/engine/random.ts';
import { findNecks } from '../../src/estimators/findNecks.ts';
import { followNecks } from '../../src/estimators/followNecks.ts';
import { compileEnergy } from '../../src/targets/compile.ts';
import type { EnergyEvaluator } from '../../src/targets/energyEvaluator.ts';
import { inward } from '../../src/targets/frame.ts';
import type { Neck } from '../../src/targets/necks.ts';
import { defineTarget } from '../../src/targets/target.ts';

const N = 8000;
const D = 6;
/** Of the data, which hold effects where log τ is large. */
const PRECISION = 0.01;
const DATA = [-7, 0, 7, 14];

const { domain, ...target } = defineTarget({
  name: 'group', dimension: D,
  energy: (x) => {
    const [mean, logTau, effects] = [x.slice(0), x.slice(1), x.slice([2, D])];
    const own = np.square(effects.sub(mean)).sum().mul(np.exp(logTau.mul(-2))).div(2).add(logTau.mul(4));
    return own.add(np.square(effects.sub(np.array(DATA))).sum().mul(PRECISION / 2)).add(np.square(mean).div(50))
      .add(np.square(logTau).div(4));
  },
});
const energy = compileEnergy({ domain, ...target }, { threads: 1 });

/** Where effects are located, given their mean and log τ, and how wide they are there. */
function lawAt(mean: number, logTau: number): { readonly effects: number[]; readonly width: number } {
  const own = Math.exp(-2 * logTau);
  const variance = 1 / (own + PRECISION);
  return { effects: DATA.map((y) => variance * (own * mean + PRECISION * y)), width: Math.sqrt(variance) };
}

/** Samples none of which has a log τ below −3. */
function samples(seed: number): Float64Array {
  const x = new Float64Array(N * D);
  fillNormal(foldIn(keyFromSeed(seed), 'group'), 0, x);
  for (let i = 0; i < N; i++) {
    const row = x.subarray(i * D, (i + 1) * D);
    row[0] *= 5;
    const logTau = 0.5 + 1.6 * row[1];
    row[1] = Math.max(logTau, -6 - logTau);
    const { effects, width } = lawAt(row[0], row[1]);
    effects.forEach((effect, k) => { row[2 + k] = effect + width * row[2 + k]; });
  }
  return x;
}

const plain = { location: new Float64Array(D), scale: new Float64Array(D).fill(1), turn: null, heavyTails: [], valleys: [] };

/** By how many widths, at most, necks lie off at a place: the width is theirs there. */
function offAt(necks: readonly Neck[], logTau: number): number {
  return [-6, 0, 9].reduce((most, mean) => {
    const x = Float64Array.of(mean, logTau, ...lawAt(mean, logTau).effects);
    const y = inward({ ...plain, necks: [...necks] }, x, 1);
    return y.subarray(2).reduce((worst, value) => Math.max(worst, Math.abs(value)), most);
  }, 0);
}

describe('necks that are followed', () => {
  it('lie right where no sample has been, and where samples are', () => {
    for (const seed of [2, 4, 6]) {
      const x = samples(seed);
      const necks = findNecks(x, domain, () => N);
      assert.deepEqual(necks.map(({ roots, told }) => [roots, told]), [[[1], [2, 3, 4, 5]]]);
      const followed = followNecks(necks, x, D, energy);
      // Two and a half e-folds below the deepest samples necks are a twelfth as wide as there.
      assert.ok(offAt(necks, -5.5) > 0.5, `samples alone locate them to ${offAt(necks, -5.5)} widths`);
      // Places of least energy are taken that are within a twentieth of a width: off by that, and a fit by as much again.
      for (const logTau of [-5.5, -4, -3]) {
        const off = offAt(followed.necks, logTau);
        assert.ok(off < 0.1, `seed ${seed}, log τ ${logTau}: ${off} widths`);
      }
      for (const logTau of [-2, -1, 0, 1, 2])
        assert.ok(offAt(followed.necks, logTau) < offAt(necks, logTau) + 0.1, `seed ${seed}, log τ ${logTau}`);
      assert.deepEqual(followed.necks.map(({ logScale }) => logScale), necks.map(({ logScale }) => logScale));
    }
  });

  it('tell how many energies that took', () => {
    let count = 0;
    const counted: EnergyEvaluator = {
      ...energy,
      energiesAndGradients: (x, n, values, gradients) => {
        count += n;
        energy.energiesAndGradients(x, n, values, gradients);
      },
    };
    const x = samples(2);
    const { evaluations } = followNecks(findNecks(x, domain, () => N), x, D, counted);
    assert.ok(count > 0);
    assert.equal(evaluations, count);
    assert.deepEqual(followNecks([], x, D, counted), { necks: [], evaluations: 0 });
  });

  it('are followed where a sample lies so far out that no number tells how wide the neck is there', () => {
    const x = samples(2);
    const necks = findNecks(x, domain, () => N);
    // Row 0 is looked at: a root at −1e4 has a width of e^−1e4, at 1e4 one of e^1e4.
    for (const root of [-1e4, 1e4]) {
      const far = x.slice();
      far[1] = root;
      const { necks: [neck] } = followNecks(necks, far, D, energy);
      assert.ok(offAt([neck], -4) < 0.1, `${root}: ${offAt([neck], -4)} widths`);
    }
  });

  it('stay as they are where the energy is not finite, or has no least value', () => {
    const x = samples(2);
    const necks = findNecks(x, domain, () => N);
    for (const slope of [NaN, Infinity, 1e3]) {
      const other: EnergyEvaluator = {
        ...energy,
        energiesAndGradients: (_, n, values, gradients) => {
          values.fill(slope, 0, n);
          gradients.fill(slope, 0, n * D);
        },
      };
      assert.deepEqual(followNecks(necks, x, D, other).necks, necks, `${slope}`);
    }
  });
});
