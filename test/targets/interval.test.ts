/** Interval coordinates: definition, base, clamping, walls, and a whole run between walls. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileOnnx } from '../../src/engine/onnx/executor.ts';
import { np } from '../../src/engine/numpy.ts';
import { keyFromSeed } from '../../src/engine/random.ts';
import { trace } from '../../src/engine/trace.ts';
import { effectiveSampleSize, memoryJournal, runSingleStep, settingsFor } from '../../src/index.ts';
import { baseEnergies, baseGradients, baseSamplers, traceOfCovariance, type Base } from '../../src/targets/base.ts';
import { batchBaseEnergy, checkEnergy, compileEnergy } from '../../src/targets/compile.ts';
import { isOutside, wallsOf, wrapCircles, wrapPoints, type Coordinate, type Domain } from '../../src/targets/domain.ts';
import { defineTarget, type TargetDefinition } from '../../src/targets/target.ts';
import { coordinateWindow } from '../../src/report/page/window.ts';

const interval = (low: number, high: number): Coordinate => ({ kind: 'interval', low, high });
const circle = (low: number, high: number): Coordinate => ({ kind: 'torus', low, high });
const line = (low: number, high: number): Coordinate => ({ kind: 'real', low, high });

describe('intervals of a target', () => {
  const good: TargetDefinition = { name: 'some', dimension: 2, energy: (x) => np.square(x).sum(), box: [-5, 5] };

  it('are named one by one, or all with the box as the interval', () => {
    assert.deepEqual(defineTarget({ ...good, interval: { 1: [0, 2] } }).domain, [line(-5, 5), interval(0, 2)]);
    assert.deepEqual(defineTarget({ ...good, interval: 'all', box: [[0, 1], [2, 3]] }).domain, [interval(0, 1), interval(2, 3)]);
    assert.deepEqual(defineTarget({ name: 'prior', dimension: 2, energy: good.energy, interval: { 0: [0, 1] }, torus: { 1: [0, 2] } }).domain, [interval(0, 1), circle(0, 2)], 'no box is needed then');
    // Distances to centres go straight, not round.
    const { modes } = defineTarget({ ...good, interval: { 0: [0, 1] }, modes: { centres: [[0.05, 0], [0.6, 0]] } });
    assert.equal(modes?.assign(Float64Array.of(0.98, 0)), 1);
  });

  const wrong: [string, Partial<TargetDefinition>, string][] = [
    ['both', { torus: { 0: [0, 1] }, interval: { 0: [0, 1] } }, 'coordinate 0 is named by torus and by interval; it can only be one of them'],
    ['both, all', { torus: { 1: [0, 1] }, interval: 'all' }, 'coordinate 1 is named by torus and by interval; it can only be one of them'],
    ['a stray coordinate', { interval: { 2: [0, 1] } }, 'interval names coordinate 2, but coordinates are 0 to 1'],
    ['a negative coordinate', { interval: { [-1]: [0, 1] } }, 'interval names coordinate -1, but coordinates are 0 to 1'],
    ['empty', { interval: { 1: [2, 2] } }, 'interval of coordinate 1 must be finite with low < high, got [2, 2]'],
    ['infinite', { interval: { 0: [0, Infinity] } }, 'interval of coordinate 0 must be finite with low < high, got [0, Infinity]'],
    ['no pair', { interval: [0, 1] as never }, 'interval of coordinate 0 must be [low, high], got 0'],
  ];
  for (const [what, change, message] of wrong) {
    it(`refused: ${what}`, () => assert.throws(() => defineTarget({ ...good, ...change }), { name: 'InputError', message: `target "some": ${message}` }));
  }

  it('energies are checked inside the walls only', () => {
    const target = defineTarget({ name: 'beta', dimension: 2, interval: 'all', box: [0, 1], energy: (x) => np.log(x).sum().neg().sub(np.log(x.mul(-1).add(1)).sum()) });
    checkEnergy(target, compileEnergy(target));
  });
});

describe('points between walls', () => {
  const domain = [interval(0, 1), circle(0, 2), line(0, 1)];

  it('are brought back over a rounding error; lines are left alone, and what is not finite stays so', () => {
    const x = Float64Array.of(1 + 1e-7, 2.5, 3, -1e-7, -0.5, -3, 0.5, 1, 1, Infinity, 1, NaN, NaN, 1, 0);
    wrapPoints(domain, x, 5);
    assert.deepEqual(Array.from(x), [1, 0.5, 3, 0, 1.5, -3, 0.5, 1, 1, Infinity, 1, NaN, NaN, 1, 0]);
    const proposal = Float64Array.of(1.5, 2.5, 3);
    wrapCircles(domain, proposal, 1);
    assert.deepEqual(Array.from(proposal), [1.5, 0.5, 3], 'only circles are wrapped');
  });

  it('are outside beyond a wall, not at one, and not where they are not numbers', () => {
    const walls = wallsOf(domain);
    const x = Float64Array.of(0, 9, 9, 1, 9, 9, 1.0001, 0, 0, -1e-9, 0, 0, NaN, 0, 0, Infinity, 0, 0);
    assert.deepEqual([0, 1, 2, 3, 4, 5].map((i) => isOutside(walls, x, i, 3)), [false, false, true, true, false, true]);
    assert.equal(wallsOf(domain.slice(1)), null);
    assert.equal(isOutside(null, x, 2, 3), false);
  });

  it('are shown from wall to wall', () => {
    assert.deepEqual(coordinateWindow(interval(0, 3), 0, [{ points: Float64Array.of(1, 1.1, 1.2), dimension: 1, weights: null }]), { low: 0, high: 3 });
  });
});

describe('the base between walls', () => {
  const of = (domain: Domain): Base => ({ domain, mean: Float64Array.from(domain, (_, j) => 0.3 + j), standardDeviation: Float64Array.from(domain, (_, j) => 0.5 + j) });
  const key = keyFromSeed(3);

  for (const [name, sample] of Object.entries(baseSamplers)) {
    it(`${name}: uniform, inside, of the right mean, variance and correlations`, () => {
      const base = of([interval(-1, 2), line(-3, 3), interval(10, 10.5), circle(0, 1)]);
      const [n, d] = [20000, 4];
      const x = new Float64Array(n * d);
      sample(base, key, 0, n, x);
      for (const j of [0, 2]) {
        const { low, high } = base.domain[j];
        const unit = Float64Array.from({ length: n }, (_, i) => (x[i * d + j] - low) / (high - low));
        assert.ok(unit.every((value) => value >= 0 && value <= 1));
        // Kolmogorov and Smirnov: above 2.5/√n once in 10^5.
        const gap = unit.sort().reduce((worst, value, i) => Math.max(worst, Math.abs(value - (i + 0.5) / n)), 0);
        assert.ok(gap < 2.5 / Math.sqrt(n), `${gap}`);
      }
      const correlation = Array.from({ length: n }, (_, i) => (x[i * d] - 0.5) * (x[i * d + 2] - 10.25) / (3 * 0.5 / 12)).reduce((a, b) => a + b) / n;
      assert.ok(Math.abs(correlation) < 5 / Math.sqrt(n), `${correlation}`);
    });

    it(`${name}: lines and circles keep their bits beside intervals, which draw what circles would`, () => {
      const draw = (domain: Domain): Float64Array => {
        const x = new Float64Array(300);
        sample(of(domain), key, 5, 100, x);
        return x;
      };
      assert.deepEqual(draw([line(-1, 1), circle(0, 2), interval(-3, 1)]), draw([line(-1, 1), circle(0, 2), circle(-3, 1)]));
      assert.deepEqual(draw([interval(0, 1), interval(0, 2), interval(-3, 1)]), draw([circle(0, 1), circle(0, 2), circle(-3, 1)]));
    });
  }

  it('energies are log-lengths, constant beyond a wall too; gradients are zero; variances are those of the uniform law', async () => {
    const base = of([interval(-1, 2), line(-3, 3), interval(0, 0.5)]);
    const x = Float64Array.of(0, 1.3, 0.2, 2.0001, 2.3, -1e-9);
    const [energies, gradients] = [new Float64Array(2), new Float64Array(6)];
    baseEnergies(base, x, 2, energies);
    baseGradients(base, x, 2, gradients);
    const constant = Math.log(3) + Math.log(0.5) + 0.5 * Math.log(2 * Math.PI) + Math.log(1.5);
    [constant, constant + 0.5 / 2.25].forEach((exact, i) => assert.ok(Math.abs(energies[i] - exact) < 1e-14));
    gradients.forEach((value, i) => assert.ok(Math.abs(value - [0, 0, 0, 0, 1 / 2.25, 0][i]) < 1e-14));
    assert.ok(Math.abs(traceOfCovariance(base) - (9 / 12 + 2.25 + 0.25 / 12)) < 1e-14);
    for (const each of [base, of([interval(-1, 2), interval(0, 0.5), circle(0, 1)])]) {
      const program = await compileOnnx(trace(batchBaseEnergy(each), [{ shape: [2, 3] }]), { precision: 'float64' });
      const [traced] = await program.run([x]);
      baseEnergies(each, x, 2, energies);
      energies.forEach((value, i) => assert.ok(Math.abs(value - traced[i]) < 1e-14));
      await program.dispose();
    }
  });
});

describe('a whole run between walls', () => {
  it('reaches a high ESS and the log Z of quadrature, with every sample inside', async () => {
    // A posterior with a uniform prior: a narrow ridge that ends at a wall, where the density is largest.
    const target = defineTarget({
      name: 'walled', dimension: 2, interval: 'all', box: [0, 1],
      energy: (point) => {
        const [x, y] = [point.slice(0), point.slice(1)];
        return x.mul(-3).add(np.square(y.sub(np.square(x))).mul(20)).add(y);
      },
    });
    const { result, ensemble } = await runSingleStep({
      target,
      settings: settingsFor(target, 'quick', { samples: 20_000 }),
      seed: 1,
      surroundings: { journal: memoryJournal(), emit: () => undefined, signal: new AbortController().signal, now: () => performance.now(), breathe: () => Promise.resolve() },
    });
    assert.ok(effectiveSampleSize(ensemble.logWeights).fraction > 0.8);
    assert.ok(ensemble.samples.every((value) => value >= 0 && value <= 1));
    const { logZ, nonFinite, outOfBox, observables } = result.generation;
    assert.ok(logZ.value !== null && logZ.standardError !== null && logZ.exact !== null);
    assert.ok(logZ.standardError < 0.01 && Math.abs(logZ.value - logZ.exact) < 5 * logZ.standardError, JSON.stringify(logZ));
    for (const { name, value, exact, standardError } of observables) assert.ok(Math.abs(Number(value) - Number(exact)) < 5 * Number(standardError), name);
    assert.deepEqual([nonFinite, outOfBox, result.warnings], [0, 0, []]);
  });
});
