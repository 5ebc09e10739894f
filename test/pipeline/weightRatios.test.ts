/** Ratios of true to learned weights from noisy energies: right on average to second order, whatever was learned. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillNormal, foldIn, keyFromSeed } from '../../src/engine/random.ts';
import { WeightRatios } from '../../src/estimators/weightRatios.ts';
import { endsWeigher } from '../../src/pipeline/weigh/exact.ts';
import { accumulate, type Passage } from '../../src/pipeline/weigh/weigher.ts';
import { noPause } from '../../src/pausing.ts';
import { baseEnergies, type Base } from '../../src/targets/base.ts';

const base: Base = { domain: [{ kind: 'real', low: -5, high: 5 }], mean: Float64Array.of(0), standardDeviation: Float64Array.of(1) };
const M = 40_000;
const NOISE = 2;
const normals = (name: string, draw = 0): Float64Array => {
  const out = new Float64Array(M);
  fillNormal(foldIn(foldIn(keyFromSeed(4), name), draw), 0, out);
  return out;
};

/** What the flows alone say of the weights of points on their way. */
async function transportedBy(passages: readonly Passage[]): Promise<Float64Array> {
  const weigher = endsWeigher(base, null, passages.length);
  const transported = new Float64Array(passages[0].n);
  for (const passage of passages) accumulate(transported, await weigher.weigh(passage, noPause));
  return transported;
}

/** Learned weights that are wrong by r = shift + slope · x: log ŵ = log w − r. */
async function ratios(draws: number, shift: number, slope: number): Promise<{ found: ReturnType<WeightRatios['result']>; truth: Float64Array; spent: number }> {
  const x = normals('x');
  const u0 = new Float64Array(M);
  baseEnergies(base, x, M, u0);
  const energy = x.map((value) => 0.5 * value * value + 0.2 * value);
  const r = x.map((value) => shift + slope * value);
  const logWeights = u0.map((value, i) => value - energy[i] - r[i]);
  const seen = new WeightRatios(M, draws, (_, n, draw, first, values) => {
    const noise = draws === 0 ? null : normals('noise', draw);
    for (let i = 0; i < n; i++) values[i] = energy[first + i] + (noise === null ? 0 : NOISE * noise[first + i]);
  });
  let paused = 0;
  for (const [first, count] of [[0, 25_000], [25_000, 25_000]]) {
    const [samples, own] = [x, logWeights].map((values) => values.subarray(first, first + count));
    const { length: n } = own;
    const transported = await transportedBy([{ stage: 0, x: samples, z: samples, logDet: null, n }]);
    await seen.add({ first, count: n, samples }, transported, own, () => {
      paused += 1;
      return Promise.resolve();
    });
  }
  assert.equal(paused, 2 * Math.max(1, draws));
  return { found: seen.result(logWeights), truth: r.map(Math.exp), spent: seen.spent };
}

const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('ratios of true to learned weights', () => {
  it('are the true ones where the energy itself is seen', async () => {
    const { found, truth, spent } = await ratios(0, 0.3, 0.2);
    assert.ok(found.values.every((value, i) => Math.abs(value / truth[i] - 1) < 1e-12));
    assert.equal(found.rest, 0);
    assert.equal(spent, M);
  });

  it('know of what every flow on the way does to volumes, and take the base where the way begins', async () => {
    const [from, between, to] = [Float64Array.of(0.1, 0.2), Float64Array.of(1, 2), Float64Array.of(5, 6)];
    const seen = new WeightRatios(2, 0, (x, n, _draw, _first, values) => {
      for (let i = 0; i < n; i++) values[i] = x[i];
    });
    const transported = await transportedBy([
      { stage: 0, x: from, z: between, logDet: Float64Array.of(0.7, -0.2), n: 2 },
      { stage: 1, x: between, z: to, logDet: Float64Array.of(0.4, 0.1), n: 2 },
    ]);
    await seen.add({ first: 0, count: 2, samples: to }, transported, Float64Array.of(-3, -4), noPause);
    const u0 = new Float64Array(2);
    baseEnergies(base, from, 2, u0);
    const exact = [u0[0] + 1.1 - 5 + 3, u0[1] - 0.1 - 6 + 4];
    seen.result(Float64Array.of(-3, -4)).values.forEach((value, i) => {
      assert.ok(Math.abs(Math.log(value) - exact[i]) < 1e-12, `${Math.log(value)}, not ${exact[i]}`);
    });
  });

  it('are right on average from noisy values, and know how far the weights are off', async () => {
    const draws = 16;
    const { found, truth, spent } = await ratios(draws, 0.3, 0.1);
    assert.equal(spent, M * draws);
    const relative = found.values.map((value, i) => value / truth[i] - 1);
    const error = Math.sqrt(mean(relative.map((value) => value * value)) / M);
    assert.ok(Math.abs(mean(relative)) < 5 * error + found.rest, `${mean(relative)} ± ${error}`);
    // The exponential of a mean of draws alone is too large by half of its variance.
    assert.ok((0.5 * NOISE * NOISE) / draws > 20 * error, 'which this test would see');
    // 0.1 x spreads by 0.1 where x has unit spread; its square has an error of √2 NOISE²/draws/√M.
    const square = found.residual * found.residual;
    assert.ok(Math.abs(square - 0.01) < 0.001 + 5 * ((Math.SQRT2 * NOISE * NOISE) / draws / Math.sqrt(M)), `${square}`);
    assert.ok(found.rest > 1e-4 && found.rest < 2e-3, `${found.rest}`);
  });

  it('are nothing where the true weight is next to nothing, however wrong what was learned there', async () => {
    // r = −40 on the right: a flow's strays. Such points must not swamp the others.
    const { found } = await ratios(16, -40, 0);
    assert.ok(found.values.every((value) => value < 1e-15));
  });

  it('count points without a finite energy, which have no density', async () => {
    const x = Float64Array.of(0.1, 0.2, 0.3);
    const seen = new WeightRatios(3, 3, (_x, n, _draw, _first, values) => {
      values.set([1, Infinity, Number.NaN].slice(0, n));
    });
    const transported = await transportedBy([{ stage: 0, x, z: x, logDet: null, n: 3 }]);
    await seen.add({ first: 0, count: 3, samples: x }, transported, new Float64Array(3), noPause);
    const { values, nonFinite } = seen.result(new Float64Array(3));
    assert.equal(nonFinite, 2);
    assert.deepEqual(Array.from(values.subarray(1)), [0, 0]);
  });
});
