/** Mass that no sample has reached shows itself at the edge of the samples, and where there is none nothing does. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { np } from '../../src/engine/numpy.ts';
import { fillNormal, foldIn, keyFromSeed } from '../../src/engine/random.ts';
import { noPause } from '../../src/pausing.ts';
import { compileEnergy } from '../../src/targets/compile.ts';
import { defineTarget } from '../../src/targets/target.ts';
import { missingBeyond, missingDoubts, type Missing } from '../../src/verdict/beyondSamples.ts';

const d = 4;
/** v ~ N(0, 3²), the others N(0, e^v). */
const funnel = defineTarget({
  name: 'funnel', dimension: d, box: [-60, 60],
  energy: (x) => {
    const [v, others] = [x.slice(0), x.slice([1, d])];
    return np.square(v).div(18).add(np.square(others).sum().mul(np.exp(v.neg())).div(2)).add(v.mul((d - 1) / 2));
  },
});
const energy = compileEnergy(funnel);
const n = 40_000;

/** Exact samples, those with a row of their own. */
function exact(seed: number): Float64Array {
  const x = new Float64Array(n * d);
  fillNormal(foldIn(keyFromSeed(seed), 'funnel'), 0, x);
  for (let i = 0; i < n; i++) {
    x[i * d] *= 3;
    for (let j = 1; j < d; j++) x[i * d + j] *= Math.exp(x[i * d] / 2);
  }
  return x;
}
const only = (x: Float64Array, holds: (row: Float64Array) => boolean): Float64Array =>
  Float64Array.from(Array.from({ length: x.length / d }, (_, i) => x.subarray(i * d, (i + 1) * d)).filter(holds)
    .flatMap((row) => Array.from(row)));
const looked = (
  samples: Float64Array, seed: number, logWeights = new Float64Array(samples.length / d), evaluations = 1e7,
): Promise<Missing[]> => missingBeyond({
  energy, domain: funnel.domain, samples, logWeights, evaluations, key: keyFromSeed(seed), pause: noPause,
});

describe('mass beyond all samples', () => {
  it('is told of nowhere where samples are exact', async () => {
    for (let seed = 1; seed <= 16; seed++) assert.deepEqual(await looked(exact(seed), seed), [], `seed ${seed}`);
  });

  it('is told of where a neck or a tail is left out, and is no more than there is', async () => {
    // 1 % and .4 % below, 2.3 % above.
    for (const [below, above, what, mass] of [
      [-7, Infinity, /low (values of x1|energies)/, 0.0098], [-8, Infinity, /low (values of x1|energies)/, 0.0038],
      [-Infinity, 6, /high values of x1|values of x[234]/, 0.0228],
    ] as const) {
      for (let seed = 1; seed <= 4; seed++) {
        const missing = await looked(only(exact(seed), ([v]) => v > below && v < above), seed);
        assert.ok(missing.length > 0, `seed ${seed}, between ${below} and ${above}`);
        assert.ok(missing.some(({ what: named }) => what.test(named)), missing.map(({ what: named }) => named).join());
        // The error of a count of 20 is a quarter, that of the mass of 200 samples a fourteenth.
        for (const { least } of missing) assert.ok(least < 1.6 * mass && least > 1 / n, `${least} of ${mass}`);
      }
    }
  });

  it('is as much as the weights of its neighbours say', async () => {
    const x = only(exact(3), ([v]) => v > -7);
    const lighter = Float64Array.from({ length: x.length / d }, (_, i) => (x[i * d] < -5 ? -3 : 0));
    const [plain, weighed] = [await looked(x, 1), await looked(x, 1, lighter)]
      .map((missing) => missing.find(({ what }) => what === 'low values of x1'));
    assert.ok(plain !== undefined && weighed === undefined || plain !== undefined && weighed !== undefined);
    // With nothing beyond them lighter neighbours tell of less: the limit is that of a sample of the usual weight.
    if (weighed !== undefined) assert.ok(Math.abs(plain.least / weighed.least / Math.exp(3) - 1) < 0.2);
  });

  it('is not looked for where that would take too many evaluations, and says what it has found in one line', async () => {
    const short = only(exact(1), ([v]) => v > -7);
    assert.deepEqual(await looked(short, 1, undefined, 30_000), []);
    const [told, ...none] = missingDoubts(await looked(short, 1));
    assert.deepEqual([told.code, told.standing, none.length], ['beyond-samples', 'doubtful', 0]);
    assert.match(told.message, /^There is mass beyond all samples, at low .*: \d+ % of exact chains/);
    assert.deepEqual(missingDoubts([]), []);
    const circle = { kind: 'torus', low: -60, high: 60 } as const;
    assert.deepEqual(await missingBeyond({
      energy, domain: [circle, circle, circle, circle], samples: short, logWeights: new Float64Array(short.length / d),
      evaluations: 1e7, key: keyFromSeed(1), pause: noPause,
    }), [], 'circles have no ends');
  });
});
