/** Wells that samples of their own mixture, weighed by the target, tell better than a bank that is off. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillNormal, foldIn, keyFromSeed, uniform } from '../../../src/engine/random.ts';
import { nn, np } from '../../../src/engine/numpy.ts';
import { refined, refinedWells } from '../../../src/pipeline/rounds/refineWells.ts';
import { defended, findWells, mixtureFrom, plainValue, studentWell, tailed, valueOfUnits } from '../../../src/pipeline/rounds/wells.ts';
import { standardUnits, withTails } from '../../../src/pipeline/rounds/units.ts';
import { flatEnergy } from './flatEnergy.ts';
import { baseEnergies } from '../../../src/targets/base.ts';
import { compileEnergy } from '../../../src/targets/compile.ts';
import { inward } from '../../../src/targets/frame.ts';
import type { Mixture } from '../../../src/targets/mixture.ts';
import { defineTarget, type Target } from '../../../src/targets/target.ts';

const centres = [[-2, 0], [1.5, 1.5], [1, -2]];
const shares = [0.5, 0.3, 0.2];
const width = 0.25;
const target = defineTarget({
  name: 'three', dimension: 2,
  energy: (x) => nn.logsumexp(
    np.square(x.sub(np.array(centres))).sum(1).div(-2 * width * width)
      .add(np.array(shares.map((share) => Math.log(share / (2 * Math.PI * width * width))))),
  ).neg(),
});
/** Samples whose shares are those of a bank that is off. */
function bank(off: readonly number[], n = 4000): Float64Array {
  const x = new Float64Array(2 * n);
  const key = keyFromSeed(5);
  fillNormal(foldIn(key, 'bank'), 0, x);
  for (let i = 0; i < n; i++) {
    const u = uniform(key, i);
    const k = u < off[0] ? 0 : u < off[0] + off[1] ? 1 : 2;
    for (let j = 0; j < 2; j++) x[2 * i + j] = centres[k][j] + width * x[2 * i + j];
  }
  return x;
}
const found = (x: Float64Array): Mixture => {
  const mixture = findWells(x, target.domain, 4000, keyFromSeed(1))?.mixture;
  assert.ok(mixture !== undefined && mixture.logShares.length === 4, 'three wells, and a wide law');
  return mixture;
};
const framed = (mixture: Mixture, seen: Target = target): Target => ({
  ...seen, base: { domain: seen.domain, mean: new Float64Array(2), standardDeviation: new Float64Array(2).fill(1), mixture },
});
/** Share of the well about a centre, among wells. */
const shareAt = ({ logShares, means }: Mixture, [a, b]: readonly number[]): number => {
  const k = [0, 1, 2].find((well) => Math.hypot(means[2 * well] - a, means[2 * well + 1] - b) < 0.3) ?? -1;
  return Math.exp(logShares[k]) / (1 - Math.exp(logShares[3]));
};

/** One well about the origin, and the wide law. */
const one = (d: number, deviation: number): Mixture => defended(mixtureFrom(Array.from({ length: d }, (_, j) => j), {
  shares: Float64Array.of(1), means: new Float64Array(d),
  covariances: Float64Array.from({ length: d * d }, (_, i) => (i % (d + 1) === 0 ? deviation ** 2 : 0)),
}));

describe('wells', () => {
  it('have the shares of the target after they are refined, whatever those of the bank', () => {
    const off = found(bank([0.35, 0.45, 0.2]));
    assert.ok(Math.abs(shareAt(off, centres[0]) - 0.35) < 0.04);
    const target3 = framed(off);
    const better = refined(off, target3, compileEnergy(target3), keyFromSeed(2)).mixture;
    // 65,536 samples of an ESS above a half: five errors of a share are .014.
    shares.forEach((share, k) => {
      assert.ok(Math.abs(shareAt(better, centres[k]) - share) < 0.014, `${k}: ${shareAt(better, centres[k])}`);
    });
    assert.equal(better.logShares[3], off.logShares[3]);
    for (let k = 0; k < 3; k++) assert.ok(Math.abs(better.factors[4 * k] / width - 1) < 0.03, `deviation ${better.factors[4 * k]}`);
  });

  it('keep their width in many dimensions', () => {
    const [d, n] = [12, 6000];
    const places = [{ at: 0, deviation: 1.4 }, { at: 8, deviation: 0.3 }];
    const centresThere = places.map(({ at }) => Array.from({ length: d }, (_, j) => (j < 2 ? at : 0)));
    const two = defineTarget({
      name: 'two', dimension: d,
      energy: (x) => nn.logsumexp(np.square(x.sub(np.array(centresThere))).sum(1)
        .mul(np.array(places.map(({ deviation }) => -0.5 / (deviation * deviation))))
        .add(np.array(places.map(({ deviation }) => -d * Math.log(deviation))))).neg(),
    });
    const x = new Float64Array(n * d);
    fillNormal(foldIn(keyFromSeed(6), 'two'), 0, x);
    for (let at = 0; at < n * d; at++) {
      const k = Math.floor(at / d) % 2;
      x[at] = centresThere[k][at % d] + places[k].deviation * x[at];
    }
    const mixture = findWells(x, two.domain, n, keyFromSeed(1))?.mixture;
    assert.ok(mixture !== undefined && mixture.logShares.length === 3);
    const base = { domain: two.domain, mean: new Float64Array(d), standardDeviation: new Float64Array(d).fill(1), mixture };
    const { mixture: better } = refined(mixture, { ...two, base }, compileEnergy({ ...two, base }), keyFromSeed(2));
    const wide = [0, 1].find((k) => Math.abs(better.means[k * d]) < 2) ?? -1;
    // Of some 30,000 points: .004 of each deviation.
    const deviations = Array.from({ length: d }, (_, a) => Math.sqrt(Array.from({ length: a + 1 }, (__, b) =>
      better.factors[(wide * d + a) * d + b] ** 2).reduce((sum, value) => sum + value, 0)));
    for (const deviation of deviations) assert.ok(Math.abs(deviation / 1.4 - 1) < 0.02, `deviation ${deviation}`);
  });

  it('give way to one Student t where that is likelier than tails drawn in, and not where coordinates are independent', () => {
    const [d, n] = [4, 6000];
    const domain = Array.from({ length: d }, () => ({ kind: 'real' as const, low: -1, high: 1 }));
    const [numbers, widths] = [new Float64Array(n * d), new Float64Array(n * d * 3)];
    fillNormal(foldIn(keyFromSeed(7), 'points'), 0, numbers);
    fillNormal(foldIn(keyFromSeed(7), 'widths'), 0, widths);
    // Of three degrees of freedom: the same width for all coordinates of a point, or one for each.
    const isStudent = (shared: boolean): boolean => {
      const x = numbers.map((value, at) => {
        const from = 3 * (shared ? Math.floor(at / d) * d : at);
        return value / Math.sqrt((widths[from] ** 2 + widths[from + 1] ** 2 + widths[from + 2] ** 2) / 3);
      });
      const { frame } = standardUnits({ domain, energy: flatEnergy(d), x, effective: n, ladders: null });
      assert.equal(frame.heavyTails.length, 2 * d);
      const [ofDrawn, ofPlain] = [new Float64Array(n), new Float64Array(n)];
      const drawn = inward(frame, x, n, ofDrawn);
      const plain = inward(withTails(x, domain, frame), x, n, ofPlain);
      const student = studentWell(plain, domain, n);
      assert.ok(student !== null && student.mixture.freedom[0] < 10);
      const change = ofPlain.map((volume, i) => volume - ofDrawn[i]);
      return student.value > plainValue(drawn, domain, n) + valueOfUnits(change, n);
    };
    assert.ok(isStudent(true));
    assert.ok(!isStudent(false));
  });

  it('have one law each to train on where their shapes ask for several, in few coordinates', () => {
    const n = 6000;
    const numbers = new Float64Array(2 * n);
    fillNormal(foldIn(keyFromSeed(8), 'points'), 0, numbers);
    const plane = [0, 1].map(() => ({ kind: 'real' as const, low: -1, high: 1 }));
    // A bent well and a round one, far apart.
    const shaped = (bent: number): Float64Array => Float64Array.from(numbers, (value, at) => {
      const [first, isRound] = [numbers[at - (at % 2)], (at >> 1) % 3 === 0];
      if (isRound) return (at % 2 === 0 ? 9 : 0) + 0.5 * value;
      return at % 2 === 0 ? value : 0.2 * value + bent * (first * first - 1);
    });
    const ofBent = findWells(shaped(1.5), plane, n, keyFromSeed(1));
    assert.ok(ofBent !== null && ofBent.mixture.logShares.length > 4, 'several to a well, and the wide one');
    const simple = ofBent.simple;
    assert.ok(simple !== null && simple.logShares.length === 3, 'one for each, and the wide one');
    const round = [0, 1].find((k) => Math.abs(simple.means[2 * k] - 9) < 0.1) ?? -1;
    // Every third point is there, and one in a hundred is of the wide law.
    assert.ok(Math.abs(Math.exp(simple.logShares[round]) / (0.99 / 3) - 1) < 0.001);
    // Of 2,000 points: five errors of a deviation are .08 of it.
    assert.ok(Math.abs(simple.factors[4 * round] / 0.5 - 1) < 0.08);
    assert.equal(findWells(shaped(0), plane, n, keyFromSeed(1))?.simple, null, 'normal wells need no others');
  });

  it('are trained on as one law each only where all of their laws are not good enough by themselves', () => {
    const good = found(bank([...shares]));
    // All laws are in one well: what is in the others no refinement brings back.
    const poor = { ...good, means: Float64Array.of(...[0, 1, 2].flatMap(() => [...good.means.subarray(0, 2)]), ...good.means.subarray(6)) };
    const chosen = (mixture: Mixture, simple: Mixture | null): ReturnType<typeof refinedWells> =>
      refinedWells({ mixture, simple }, framed, keyFromSeed(4));
    const [alone, either, other] = [chosen(good, null), chosen(good, poor), chosen(poor, good)];
    assert.ok(alone.ess > 0.95);
    assert.deepEqual([either.mixture, either.evaluations], [alone.mixture, alone.evaluations]);
    assert.deepEqual(other.mixture, alone.mixture);
    const worse = chosen(poor, null);
    assert.equal(other.evaluations, alone.evaluations + worse.evaluations, 'both have been tried');
    assert.ok(worse.ess < 0.95, 'there is no other');
  });

  it('are given heavier tails: a part of each law is of as many times its volume', () => {
    const law = found(bank([...shares]));
    const heavier = tailed(law);
    const masses = heavier.logShares.map(Math.exp);
    assert.ok(Math.abs(masses.reduce((sum, mass) => sum + mass, 0) - 1) < 1e-12);
    assert.equal(masses.length, 7);
    assert.ok(Math.abs(masses[6] - Math.exp(law.logShares[3])) < 1e-15, 'the law over all wells stays');
    const energyAt = (mixture: Mixture, x: Float64Array): number => {
      const energies = new Float64Array(1);
      baseEnergies(framed(mixture).base, x, 1, energies);
      return energies[0];
    };
    for (let k = 0; k < 3; k++) {
      assert.ok(Math.abs(masses[k] + masses[3 + k] - Math.exp(law.logShares[k])) < 1e-15);
      assert.ok(Math.abs(masses[3 + k] / masses[k] - 0.03 / 0.97) < 1e-12);
      // Five deviations off along the first coordinate: exp(−25/2) of a law, exp(−25/6)/3 of its copy.
      const off = Float64Array.from(law.means.subarray(2 * k, 2 * k + 2));
      off[0] += 5 * law.factors[4 * k];
      off[1] += 5 * law.factors[4 * k + 2];
      const wide = Math.exp(-energyAt({ ...law, logShares: law.logShares.map((value, j) => (j === 3 ? value : -1e9)) }, off));
      const peak = Math.exp(law.logShares[k]) / (2 * Math.PI * law.factors[4 * k] * law.factors[4 * k + 3]);
      const expected = peak * (0.97 * Math.exp(-25 / 2) + (0.03 / 3) * Math.exp(-25 / 6));
      const got = Math.exp(-energyAt(heavier, off));
      assert.ok(Math.abs(got / (expected + wide) - 1) < 1e-6, `${got} of ${expected} and ${wide} of the law over all`);
    }
  });

  it('come nearer turn by turn where the weights of their samples are uneven', () => {
    // One law in 20 coordinates of less than half the width: an ESS of .5 %.
    const d = 20;
    const narrow = tailed(one(d, 0.45));
    const normal = defineTarget({ name: 'one', dimension: d, energy: (x) => np.square(x).sum().div(2) });
    const seen = { ...normal, base: { domain: normal.domain, mean: new Float64Array(d), standardDeviation: new Float64Array(d).fill(1), mixture: narrow } };
    const { ess, evaluations } = refined(narrow, seen, compileEnergy(seen), keyFromSeed(6));
    // 230 parameters from 32,768 effective samples or more cost .0035 nats, .7 % of the ESS, and the wide law its 1 %.
    assert.ok(ess > 0.97, `ESS ${ess}`);
    assert.ok(evaluations > 3 * 65_536 && evaluations <= 12 * 65_536);
  });

  it('are found apart from each other along a direction of many coordinates, and in empty space', () => {
    const d = 24;
    const n = 8000;
    const x = new Float64Array(n * d);
    fillNormal(foldIn(keyFromSeed(8), 'oblique'), 0, x);
    for (let i = 0; i < n; i++) for (let j = 0; j < d; j++)
      x[i * d + j] += (uniform(keyFromSeed(8), i) < 0.3 ? 6 : -2) / Math.sqrt(d);
    const lines = Array.from({ length: d }, () => ({ kind: 'real' as const, low: -4, high: 4 }));
    const mixture = findWells(x, lines, n, keyFromSeed(1))?.mixture;
    assert.equal(mixture?.logShares.length, 3, 'two wells, and a wide law');
    const of = [0, 1].map((k) => Math.exp(mixture?.logShares[k] ?? NaN)).sort();
    assert.ok(Math.abs(of[0] / (of[0] + of[1]) - 0.3) < 0.03, `${of.join(' ')}`);
  });

  it('stay as they are where the weights of their samples tell nothing', () => {
    const mixture = found(bank([0.5, 0.3, 0.2]));
    const elsewhere = framed(mixture, { ...target, energy: (x) => np.square(x.sub(4)).sum().mul(20) });
    assert.equal(refined(mixture, elsewhere, compileEnergy(elsewhere), keyFromSeed(3)).mixture, mixture);
  });
});
