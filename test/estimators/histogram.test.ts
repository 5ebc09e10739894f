/** Weighted histograms: heights, their errors, and that neither the split of a stream nor the scale of weights matters. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillNormal, fillUniform, foldIn, keyFromSeed } from '../../src/engine/random.ts';
import { InputError } from '../../src/errors.ts';
import { weightedHistogram } from '../../src/estimators/histogram.ts';

const range = { low: -1.5, high: 2 };
const BINS = 14;
const WIDTH = (range.high - range.low) / BINS;

interface Sample {
  readonly points: Float64Array;
  readonly logWeights: Float64Array;
}
/** Normal points with log-weights x/2: of a normal round 1/2. @param shift of all log-weights */
function drawn(n: number, seed: number, shift = 0): Sample {
  const points = new Float64Array(n);
  fillNormal(keyFromSeed(seed), 0, points);
  return { points, logWeights: points.map((x) => 0.5 * x + shift) };
}
function densityOf(...samples: readonly Sample[]): { values: number[]; standardErrors: number[] } {
  const histogram = weightedHistogram(range, BINS);
  for (const { points, logWeights } of samples) histogram.add(points, 1, 0, logWeights, 1);
  return histogram.density();
}
const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** ∫ of the normal density round ½ over bin k, over its width, by Simpson's rule. */
function exactHeight(k: number): number {
  const [steps, low] = [20, range.low + k * WIDTH];
  let sum = 0;
  for (let i = 0; i <= steps; i++) sum += (i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2) * Math.exp(-0.5 * (low + (i / steps) * WIDTH - 0.5) ** 2);
  return sum / (3 * steps) / Math.sqrt(2 * Math.PI);
}

function assertSame(a: { values: number[]; standardErrors: number[] }, b: { values: number[]; standardErrors: number[] }, what: string): void {
  for (const name of ['values', 'standardErrors'] as const) {
    a[name].forEach((value, k) => assert.ok(Math.abs(value - b[name][k]) <= 1e-12 * Math.max(1, Math.abs(value)), `${what}, ${name} of bin ${k}: ${value} and ${b[name][k]}`));
  }
}

describe('a weighted histogram', () => {
  it('integrates to the share of the weight inside', () => {
    const sample = drawn(5000, 1);
    const weights = sample.logWeights.map(Math.exp);
    const inside = weights.reduce((sum, weight, i) => sum + (sample.points[i] >= range.low && sample.points[i] < range.high ? weight : 0), 0) / total(Array.from(weights));
    assert.ok(inside > 0.5 && inside < 0.999, 'some of it is outside');
    assert.ok(Math.abs(total(densityOf(sample).values) * WIDTH - inside) < 1e-12);
  });

  it('has every height within its standard error: z-scores of 400 samples', () => {
    const [repeats, n] = [400, 800];
    const scores: number[] = [];
    const unscaled: number[] = [];
    for (let r = 0; r < repeats; r++) {
      const sample = drawn(n, 1000 + r);
      const { values, standardErrors } = densityOf(sample);
      const plain = densityOf({ ...sample, logWeights: new Float64Array(n) });
      for (const k of [3, 7, 10]) {
        scores.push((values[k] - exactHeight(k)) / standardErrors[k]);
        unscaled.push((plain.values[k] - exactHeight(k)) / plain.standardErrors[k]);
      }
    }
    const mean = (values: readonly number[]): number => total(values) / values.length;
    const square = (values: readonly number[]): number => mean(values.map((z) => z * z));
    // Student's t at 15 degrees: mean square 15/13. Three bins of one sample are nearly independent of each other.
    assert.ok(Math.abs(mean(scores)) < 5 * Math.sqrt(15 / 13 / repeats), `mean z ${mean(scores)}`);
    assert.ok(Math.abs(square(scores) - 15 / 13) < 5 * Math.sqrt(3 / repeats), `mean z² ${square(scores)}`);
    assert.ok(square(unscaled) > 3, `the same check sees samples without their weights (${square(unscaled)})`);
  });

  it('does not depend on the split of a stream, nor on the scale of weights', () => {
    const whole = drawn(1000, 3);
    const part = (from: number, to: number): Sample => ({ points: whole.points.slice(from, to), logWeights: whole.logWeights.slice(from, to) });
    const expected = densityOf(whole);
    assertSame(densityOf(part(0, 7), part(7, 8), part(8, 8), part(8, 600), part(600, 1000)), expected, 'split');
    // Heaviest last and first: what was summed is scaled down, and what comes is.
    const sorted = Array.from(whole.points.keys()).sort((a, b) => whole.points[a] - whole.points[b]);
    const ordered = (order: readonly number[]): Sample => ({ points: Float64Array.from(order, (i) => whole.points[i]), logWeights: Float64Array.from(order, (i) => 40 * whole.logWeights[i]) });
    for (const order of [sorted, sorted.slice().reverse()]) {
      const all = ordered(order);
      const parts = Array.from({ length: 10 }, (_, k): Sample => ({ points: all.points.slice(100 * k, 100 * k + 100), logWeights: all.logWeights.slice(100 * k, 100 * k + 100) }));
      assertSame(densityOf(...parts), densityOf(all), 'in order of weight');
    }
    for (const shift of [-2000, 2000]) assertSame(densityOf({ ...whole, logWeights: whole.logWeights.map((w) => w + shift) }), expected, `shift ${shift}`);
    assert.notDeepEqual(densityOf(part(0, 999)).values, expected.values, 'the last sample counts');
  });

  it('takes weights that are not finite as none, alone in a call too', () => {
    const whole = drawn(640, 4);
    const lost = [5, 17, 300, 639];
    const bad = [Infinity, NaN, -Infinity, Infinity];
    const spoilt = whole.logWeights.slice();
    lost.forEach((i, k) => { spoilt[i] = bad[k]; });
    const zero = whole.logWeights.slice();
    lost.forEach((i) => { zero[i] = -Infinity; });
    assert.deepEqual(densityOf({ ...whole, logWeights: spoilt }), densityOf({ ...whole, logWeights: zero }));
    assert.notDeepEqual(densityOf({ ...whole, logWeights: spoilt }), densityOf(whole));
    // A call of nothing else counts as that many samples: others keep their blocks.
    const blank: Sample = { points: new Float64Array(5), logWeights: Float64Array.of(-Infinity, Infinity, NaN, -Infinity, Infinity) };
    const joined: Sample = { points: Float64Array.of(...blank.points, ...whole.points), logWeights: Float64Array.of(...blank.logWeights, ...whole.logWeights) };
    assertSame(densityOf(blank, whole), densityOf(joined), 'first call without weight');
    const after: Sample = { points: Float64Array.of(...whole.points, ...blank.points, ...whole.points), logWeights: Float64Array.of(...whole.logWeights, ...blank.logWeights, ...whole.logWeights) };
    assertSame(densityOf(whole, blank, whole), densityOf(after), 'call without weight between others');
  });

  it('is zero without any weight', () => {
    const zeros = new Array<number>(BINS).fill(0);
    assert.deepEqual(densityOf(), { values: zeros, standardErrors: zeros });
    assert.deepEqual(densityOf({ points: Float64Array.of(0, 1), logWeights: Float64Array.of(-Infinity, NaN) }), { values: zeros, standardErrors: zeros });
  });

  it('reads one column of rows, several rows to a sample', () => {
    const [n, repeats, width] = [200, 3, 2];
    const points = new Float64Array(n * repeats * width);
    fillUniform(foldIn(keyFromSeed(5), 'rows'), 0, points);
    const scaled = points.map((u) => range.low - 0.5 + u * (range.high - range.low + 1));
    const logWeights = drawn(n, 6).logWeights;
    for (const column of [0, 1]) {
      const rows = weightedHistogram(range, BINS);
      rows.add(scaled, width, column, logWeights, repeats);
      const weights = logWeights.map(Math.exp);
      const sums = new Array<number>(BINS).fill(0);
      for (let i = 0; i < n; i++) {
        for (let r = 0; r < repeats; r++) {
          const bin = Math.floor((scaled[(i * repeats + r) * width + column] - range.low) / WIDTH);
          if (bin >= 0 && bin < BINS) sums[bin] += weights[i] / repeats;
        }
      }
      const all = total(Array.from(weights));
      rows.density().values.forEach((value, k) => assert.ok(Math.abs(value - sums[k] / all / WIDTH) < 1e-12, `column ${column}, bin ${k}`));
    }
  });

  it('refuses what is no range or no number of bins', () => {
    for (const [low, high, bins] of [[1, 1, 3], [2, 1, 3], [NaN, 1, 3], [0, 1, 0], [0, 1, 2.5]]) {
      assert.throws(() => weightedHistogram({ low, high }, bins), (error) => error instanceof InputError && /^weightedHistogram: needs low < high and at least one bin, got /.test(error.message), `${low}, ${high}, ${bins}`);
    }
  });
});
