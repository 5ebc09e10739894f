/** Standard units of one well, refined by weighted samples of the base. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { np } from '../../../src/engine/numpy.ts';
import { foldIn, keyFromSeed } from '../../../src/engine/random.ts';
import { fillNormalRows } from '../../../src/engine/simd/rows.ts';
import { choleskyWithInverse } from '../../../src/estimators/gaussianMixture.ts';
import { flowTarget } from '../../../src/pipeline/rounds/located.ts';
import { refinedUnits } from '../../../src/pipeline/rounds/refineUnits.ts';
import { inward, outward, retuned, type Frame, type Turn } from '../../../src/targets/frame.ts';
import { defineTarget } from '../../../src/targets/target.ts';

const D = 16;
const STEP = 0.95;
/** Evaluations before, of which a tenth may be spent. */
const MANY = 1e7;
const chain = defineTarget({
  name: 'chain',
  dimension: D,
  energy: (x) => np.square(x.slice(0)).mul(0.5)
    .add(np.square(x.slice([1, D]).sub(x.slice([0, D - 1]).mul(STEP))).sum().mul(0.5 / (1 - STEP * STEP))),
});

/** Exact samples. [n, D] */
function samples(n: number): Float64Array {
  const x = new Float64Array(n * D);
  fillNormalRows(keyFromSeed(1), 0, n, D, x);
  for (let i = 0; i < n; i++)
    for (let j = 1; j < D; j++) x[i * D + j] = STEP * x[i * D + j - 1] + Math.sqrt(1 - STEP * STEP) * x[i * D + j];
  return x;
}

/** Of the mean and covariance of so many samples. */
function unitsOf(n: number): Frame & { readonly turn: Turn } {
  const x = samples(n);
  const location = new Float64Array(D);
  x.forEach((value, at) => { location[at % D] += value / n; });
  const covariance = new Float64Array(D * D);
  for (let i = 0; i < n; i++)
    for (let a = 0; a < D; a++)
      for (let b = 0; b < D; b++)
        covariance[a * D + b] += ((x[i * D + a] - location[a]) * (x[i * D + b] - location[b])) / n;
  const { factor, inverse } = choleskyWithInverse(covariance, D);
  let logDet = 0;
  for (let j = 0; j < D; j++) logDet += Math.log(factor[j * D + j]);
  const turn = { matrix: factor, inverse, logDet };
  return { location, scale: new Float64Array(D).fill(1), turn, heavyTails: [], necks: [], valleys: [] };
}

/** ½ (tr Σ + |b|² − d − log|Σ|) of the target's samples in units: what a standard normal law is off by. */
function divergence(frame: Frame): number {
  const n = 20_000;
  const z = inward(frame, samples(n), n);
  const mean = new Float64Array(D);
  z.forEach((value, at) => { mean[at % D] += value / n; });
  const covariance = new Float64Array(D * D);
  for (let i = 0; i < n; i++)
    for (let a = 0; a < D; a++)
      for (let b = 0; b < D; b++) covariance[a * D + b] += ((z[i * D + a] - mean[a]) * (z[i * D + b] - mean[b])) / n;
  const { factor } = choleskyWithInverse(covariance, D);
  let sum = 0;
  for (let j = 0; j < D; j++)
    sum += 0.5 * (covariance[j * D + j] + mean[j] * mean[j] - 1) - Math.log(factor[j * D + j]);
  return sum;
}

const framed = (units: Frame): ReturnType<typeof flowTarget> => flowTarget(chain, units, null);

describe('refined units', () => {
  it('are nearer to the target than the few samples that they came from make them', () => {
    const few = unitsOf(120);
    const { frame, evaluations } = refinedUnits(few, framed, { effective: 120, evaluations: MANY }, keyFromSeed(2));
    // r (r + 3) / 4n: .63 nats of 120 samples; the 20,000 of the divergence itself leave .004.
    assert.ok(divergence(few) > 0.4, `${divergence(few)} before`);
    assert.ok(divergence(frame) < 0.05, `${divergence(frame)} after`);
    assert.ok(evaluations >= 65_536 && evaluations <= 4 * 65_536);
  });

  it('stay as they are where samples were many, or nothing is gained', () => {
    const given = unitsOf(120);
    assert.equal(refinedUnits(given, framed, { effective: 1e6, evaluations: MANY }, keyFromSeed(2)).frame, given);
    const many = unitsOf(20_000);
    assert.equal(refinedUnits(many, framed, { effective: 120, evaluations: MANY }, keyFromSeed(2)).frame, many);
  });

  it('take no evaluations where few were spent before, nor where no coordinate is real', () => {
    const given = unitsOf(120);
    const few = refinedUnits(given, framed, { effective: 120, evaluations: 600_000 }, keyFromSeed(2));
    assert.deepEqual([few.frame === given, few.evaluations], [true, 0]);
    const circle = defineTarget({ name: 'circle', dimension: 1, torus: { 0: [0, 1] }, energy: (x) => np.cos(x.slice(0)) });
    const one = (value: number): Float64Array => Float64Array.of(value);
    const plain = { location: one(0), scale: one(1), turn: null, heavyTails: [], necks: [], valleys: [] };
    const round = refinedUnits(
      plain, (units) => flowTarget(circle, units, null), { effective: 120, evaluations: MANY }, keyFromSeed(2),
    );
    assert.deepEqual([round.frame === plain, round.evaluations], [true, 0]);
  });

  for (const turned of [true, false]) it(`are a change of ${turned ? 'turned ' : ''}units: there and back, with its volume`, () => {
    const own = { ...unitsOf(120), scale: Float64Array.from({ length: D }, (_, j) => 1 + j / D) };
    const given: Frame = turned ? own : { ...own, turn: null };
    const shift = new Float64Array(D).fill(0.3);
    const { factor, inverse } = choleskyWithInverse(Float64Array.from({ length: D * D }, (_, at) =>
      (at % (D + 1) === 0 ? 2 : 0.5)), D);
    const changed = retuned(given, shift, factor, inverse);
    const z = new Float64Array(2 * D);
    fillNormalRows(foldIn(keyFromSeed(3), 'z'), 0, 2, D, z);
    const old = Float64Array.from(z, (_, at) => {
      const [i, j] = [Math.floor(at / D), at % D];
      let value = shift[j];
      for (let k = 0; k <= j; k++) value += factor[j * D + k] * z[i * D + k];
      return value;
    });
    const volumes = [0, 1].map(() => new Float64Array(2));
    const [x, same] = [outward(changed, z, 2, volumes[0]), outward(given, old, 2, volumes[1])];
    let logDet = 0;
    for (let j = 0; j < D; j++) logDet += Math.log(factor[j * D + j]);
    x.forEach((value, at) => { assert.ok(Math.abs(value - same[at]) < 1e-9); });
    volumes[0].forEach((value, i) => { assert.ok(Math.abs(value - volumes[1][i] - logDet) < 1e-9); });
    inward(changed, x, 2).forEach((value, at) => { assert.ok(Math.abs(value - z[at]) < 1e-9); });
  });
});
