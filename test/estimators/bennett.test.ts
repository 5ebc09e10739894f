import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillNormal, foldIn, keyFromSeed } from '../../src/engine/random.ts';
import { InputError } from '../../src/errors.ts';
import { bennett, bennettFromGroups, jackknifeStandardError } from '../../src/estimators/bennett.ts';

// q0 = exp(−x²/2), q1 = exp(7 − (x − 1)²/(2·.6²)): log(Z1/Z0) = 7 + log .6.
const S = 0.6;
const EXACT = 7 + Math.log(S);
const work = (x: number): number => 7 - (x - 1) ** 2 / (2 * S * S) + 0.5 * x * x;

function normals(seed: number, name: string, n: number): Float64Array {
  const out = new Float64Array(n);
  fillNormal(foldIn(keyFromSeed(seed), name), 0, out);
  return out;
}
const of0 = (seed: number, n: number): Float64Array => normals(seed, '0', n).map(work);
const of1 = (seed: number, n: number): Float64Array => normals(seed, '1', n).map((z) => work(1 + S * z));

describe('bennett', () => {
  for (const [n0, n1] of [[20_000, 20_000], [3000, 30_000], [30_000, 1000]]) {
    it(`is within five standard errors of the closed form, n = ${n0} and ${n1}`, () => {
      const { value, standardError } = bennett(of0(1, n0), of1(1, n1));
      assert.ok(standardError > 0 && standardError < 0.05);
      assert.ok(Math.abs(value - EXACT) < 5 * standardError);
      // Mutant: the offset log(n0/n1) forgotten.
      assert.ok(n0 === n1 || Math.abs(value + Math.log(n0 / n1) - EXACT) > 5 * standardError);
    });
  }

  it('solves Bennett’s equation, changes sign with the ensembles, and shifts with the works', () => {
    const [a, b] = [of0(2, 500), of1(2, 300)];
    const { value, standardError } = bennett(a, b);
    const sigma = (t: number): number => 1 / (1 + Math.exp(-t));
    const c = value + Math.log(500 / 300);
    const left = a.reduce((sum, f) => sum + sigma(f - c), 0);
    const right = b.reduce((sum, f) => sum + sigma(c - f), 0);
    assert.ok(Math.abs(left / right - 1) < 1e-10);
    const swapped = bennett(b.map((f) => -f), a.map((f) => -f));
    assert.ok(Math.abs(swapped.value + value) < 1e-10);
    assert.ok(Math.abs(swapped.standardError - standardError) < 1e-10);
    for (const shift of [-3000, 3000]) {
      assert.ok(Math.abs(bennett(a.map((f) => f + shift), b.map((f) => f + shift)).value - shift - value) < 1e-9);
    }
  });

  it('standard errors are calibrated: independent samples, and a jackknife over correlated groups', () => {
    let independent = 0;
    let grouped = 0;
    let naive = 0;
    const repeats = 300;
    for (let seed = 0; seed < repeats; seed++) {
      const plain = bennett(of0(100 + seed, 400), of1(100 + seed, 200));
      independent += ((plain.value - EXACT) / plain.standardError) ** 2 / repeats;
      // Every sample repeated three times within its group.
      const triple = (f: Float64Array): Float64Array[] => Array.from({ length: 20 }, (_, g) => {
        const part = f.subarray((g * f.length) / 20, ((g + 1) * f.length) / 20);
        return Float64Array.of(...part, ...part, ...part);
      });
      const [a, b] = [triple(of0(500 + seed, 400)), triple(of1(500 + seed, 200))];
      const groups = bennettFromGroups(a, b);
      grouped += ((groups.value - EXACT) / groups.standardError) ** 2 / repeats;
      const flat = (parts: Float64Array[]): Float64Array => Float64Array.from(parts.flatMap((part) => Array.from(part)));
      if (seed < 100) naive += ((groups.value - EXACT) / bennett(flat(a), flat(b)).standardError) ** 2 / 100;
    }
    const spread = Math.sqrt(2 / repeats);
    assert.ok(Math.abs(independent - 1) < 5 * spread);
    // A t statistic of 19 degrees has variance 19/17.
    assert.ok(Math.abs(grouped - 19 / 17) < 5 * spread * 1.3);
    assert.ok(naive > 1 + 5 * Math.sqrt(2 / 100));
  });

  it('leaves each group out as if it had never been there, groups alike or not', () => {
    const cut = (f: Float64Array, edges: readonly number[]): Float64Array[] => edges.slice(1).map((edge, g) => f.subarray(edges[g], edge));
    const uneven = [0, 10, 500, 520, 1100, 2000];
    const [a, b] = [cut(of0(3, 2000), [0, 400, 800, 1200, 1600, 2000]), cut(of1(3, 2000), uneven)];
    const { leaveOneOut, value } = bennettFromGroups(a, b);
    leaveOneOut.forEach((without, g) => {
      const rest = (groups: Float64Array[]): Float64Array => Float64Array.of(...groups.flatMap((group, k) => (k === g ? [] : Array.from(group))));
      assert.ok(Math.abs(without - bennett(rest(a), rest(b)).value) < 1e-8, `group ${g}`);
      assert.ok(Math.abs(without - value) > 1e-6, `group ${g} matters`);
    });
  });

  it('holds where the ensembles hardly meet', () => {
    // Works 2000 nats apart: no sample of either is likely in the other.
    const { value, standardError } = bennett(Float64Array.of(-1000, -1001), Float64Array.of(1000, 1001));
    assert.ok(value > -1001 && value < 1001);
    assert.ok(Number.isFinite(standardError));
  });

  it('zeros of a density are legitimate; impossible infinities and NaN are counted', () => {
    const [a, b] = [of0(3, 2000), of1(3, 2000)];
    const plain = bennett(a, b);
    const spoiled = bennett(Float64Array.of(...a, NaN, Infinity), Float64Array.of(...b, -Infinity));
    assert.equal(spoiled.value, plain.value);
    assert.equal(spoiled.nonFinite, 3);
    // q0 = 1 on [0, 1], q1 = 1 on [0, ½]: half the samples of 0 have no weight; log(Z1/Z0) = −log 2.
    const half = bennett(Float64Array.from({ length: 1000 }, (_, i) => (i % 2 === 0 ? 0 : -Infinity)), new Float64Array(1000));
    assert.ok(Math.abs(half.value + Math.log(2)) < 1e-12);
    assert.ok(Number.isNaN(bennett(Float64Array.of(-Infinity), Float64Array.of(Infinity)).value));
    assert.equal(bennett(Float64Array.of(-Infinity), Float64Array.of(0)).value, -Infinity);
    assert.throws(() => bennett(new Float64Array(0), Float64Array.of(0)), InputError);
    assert.throws(() => bennettFromGroups([a], [b]), InputError);
    assert.throws(() => bennettFromGroups([a, new Float64Array(0)], [b, new Float64Array(0)]), InputError);
  });

  it('the jackknife of a mean is s/√n', () => {
    const x = normals(4, 'j', 50);
    const mean = x.reduce((a, b) => a + b, 0) / 50;
    const s2 = x.reduce((a, b) => a + (b - mean) ** 2, 0) / 49;
    assert.ok(Math.abs(jackknifeStandardError(x.map((v) => (50 * mean - v) / 49)) - Math.sqrt(s2 / 50)) < 1e-12);
    assert.throws(() => jackknifeStandardError(Float64Array.of(1)), InputError);
  });
});
