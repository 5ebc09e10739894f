/** The check of gradients: what is right passes, however wild; what is wrong by 1e-4 is found and named. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { held, withChange } from '../../src/engine/derivative.ts';
import { np, type Array as NpArray } from '../../src/engine/numpy.ts';
import { InputError } from '../../src/errors.ts';
import { loadTargets } from '../../src/targets/catalogue.ts';
import { checkGradient, QUICK_GRADIENT_CHECK, THOROUGH_GRADIENT_CHECK, type GradientCheck } from '../../src/targets/checkGradient.ts';
import { compileEnergy } from '../../src/targets/compile.ts';
import type { EnergyEvaluator } from '../../src/targets/energyEvaluator.ts';
import { defineTarget, type TargetDefinition } from '../../src/targets/target.ts';

type Function_ = (x: Float64Array) => { readonly value: number; readonly gradient: readonly number[] };

/** An evaluator of plain numbers. */
const evaluatorOf = (dimension: number, f: Function_): EnergyEvaluator => {
  const each = (x: Float64Array, n: number, use: (i: number, result: ReturnType<Function_>) => void): void => {
    for (let i = 0; i < n; i++) use(i, f(x.slice(i * dimension, (i + 1) * dimension)));
  };
  return {
    dimension,
    energies: (x, n, energies) => each(x, n, (i, { value }) => { energies[i] = value; }),
    energiesAndGradients: (x, n, energies, gradients) => each(x, n, (i, { value, gradient }) => {
      energies[i] = value;
      gradients.set(gradient, i * dimension);
    }),
  };
};

const targetOf = (dimension: number, rest: Partial<TargetDefinition> = {}): ReturnType<typeof defineTarget> =>
  defineTarget({ name: 'mine', dimension, box: [-6, 6], energy: (x) => np.square(x).sum(), ...rest });

const checked = (dimension: number, f: Function_, rest: Partial<TargetDefinition> = {}): GradientCheck =>
  checkGradient(targetOf(dimension, rest), evaluatorOf(dimension, f), THOROUGH_GRADIENT_CHECK);

const alone = (value: (x: number) => number, slope: (x: number) => number): Function_ => ([x]) =>
  ({ value: value(x), gradient: [slope(x)] });

/** Everything was compared and agrees. */
function assertAgrees(found: GradientCheck, what: string): void {
  assert.deepEqual({ kinks: found.kinks, undecided: found.undecided }, { kinks: 0, undecided: 0 }, what);
  assert.ok(found.largestDeviation < 1e-6, `${what}: deviates by ${found.largestDeviation}`);
}

describe('the check of gradients', () => {
  const smooth: readonly (readonly [string, Function_])[] = [
    ['a fast sine', alone((x) => Math.sin(100 * x), (x) => 100 * Math.cos(100 * x))],
    ['a very fast sine', alone((x) => Math.sin(3000 * x), (x) => 3000 * Math.cos(3000 * x))],
    ['a large offset', alone((x) => 1e6 + x * x, (x) => 2 * x)],
    ['a steep wall', alone((x) => 1e9 * x * x * x * x, (x) => 4e9 * x * x * x)],
    ['a constant', alone(() => 3, () => 0)],
    ['an exponential', alone((x) => Math.exp(8 * x), (x) => 8 * Math.exp(8 * x))],
  ];
  for (const [what, f] of smooth) {
    it(`${what} passes`, () => assertAgrees(checked(1, f), what));
    // A constant has none, and large steps along a very fast sine cast doubt on small ones.
    if (what === 'a constant' || what === 'a very fast sine') continue;
    it(`${what} with a gradient off by 1e-4 fails`, () => {
      const off: Function_ = (x) => ({ ...f(x), gradient: f(x).gradient.map((slope) => slope * (1 + 1e-4)) });
      assert.throws(() => checked(1, off), InputError, what);
    });
  }

  it('names coordinate, point, gradient and difference', () => {
    const f: Function_ = ([x, y]) => ({ value: x * x + y * y, gradient: [2 * x, 2.5 * y] });
    assert.throws(() => checked(2, f), (error: Error) => {
      const found = /^target "mine": the gradient of its energy is wrong in coordinate 1 at the point \((\S+), (\S+)\) of its base: it is (\S+), and (\S+) by central differences; mend/.exec(error.message);
      assert.ok(found !== null, error.message);
      const [y, gradient, difference] = [found[2], found[3], found[4]].map(Number);
      assert.ok(Math.abs(gradient - 2.5 * y) < 1e-4 && Math.abs(difference - 2 * y) < 1e-4, error.message);
      return true;
    });
  });

  it('finds one wrong coordinate of very many by a few directions', () => {
    const d = 700;
    const f: Function_ = (x) => ({
      value: x.reduce((sum, entry) => sum + entry * entry, 0), gradient: Array.from(x, (entry, j) => 2 * entry * (j === 437 ? 1.05 : 1)),
    });
    const quick = (g: Function_): GradientCheck => checkGradient(targetOf(d), evaluatorOf(d, g), QUICK_GRADIENT_CHECK);
    assert.throws(() => quick(f), /wrong in coordinate 437 /);
    const right: Function_ = (x) => ({ ...f(x), gradient: Array.from(x, (entry) => 2 * entry) });
    assertAgrees(quick(right), 'the right gradient');
  });

  it('tolerates kinks, and counts those at a point', () => {
    assertAgrees(checked(1, alone((x) => Math.max(0, x), (x) => (x > 0 ? 1 : 0))), 'a kink elsewhere');
    for (const claimed of [-1, 0, 1]) {
      // The points whose gradients are asked for are where the kinks are.
      const kinks: number[] = [];
      const f = alone((x) => Math.min(...kinks.map((kink) => Math.abs(x - kink))), () => claimed);
      const evaluator = evaluatorOf(1, f);
      const found = checkGradient(targetOf(1, { box: [-3e3, 3e3] }), {
        ...evaluator,
        energiesAndGradients: (x, ...rest) => {
          kinks.push(...x);
          evaluator.energiesAndGradients(x, ...rest);
        },
      }, THOROUGH_GRADIENT_CHECK);
      assert.equal(found.kinks, found.compared, `claimed ${claimed}: ${JSON.stringify(found)}`);
    }
  });

  it('takes coarse and rough energies for undecided, not for wrong', () => {
    const coarse = checked(1, alone((x) => Number((3 * x).toPrecision(6)), () => 3));
    assert.equal(coarse.compared, 16);
    const rough = checked(1, alone((x) => x + Math.sin(1e9 * x), () => 1));
    assert.equal(rough.undecided, 16, 'an energy of noise');
  });

  it('stays within walls', () => {
    let outside = 0;
    const logarithm = (factor: number): Function_ => ([x]) => {
      outside += Number(x <= 0 || x >= 1);
      return { value: Math.log(x), gradient: [factor / x] };
    };
    const target = targetOf(1, { box: [0, 1], interval: 'all' });
    // Many points, so that some are very near.
    const check = (factor: number): GradientCheck => checkGradient(target, evaluatorOf(1, logarithm(factor)), { points: 400, directions: 1 });
    assertAgrees(check(1), 'a logarithm');
    assert.throws(() => check(1.001), /wrong in coordinate 0/);
    assert.equal(outside, 0, 'points beyond the walls');
  });

  it('finds a derivative that is given by hand and is wrong', () => {
    const square = (factor: number) => (x: NpArray): NpArray =>
      withChange(np.square(held(x)), [x], (change) => held(x).mul(change).mul(factor));
    const target = (factor: number): ReturnType<typeof defineTarget> => targetOf(2, { energy: (x) => square(factor)(x).sum() });
    const check = (factor: number): GradientCheck => checkGradient(target(factor), compileEnergy(target(factor)), QUICK_GRADIENT_CHECK);
    assertAgrees(check(2), 'the right one');
    assert.throws(() => check(2.0002), /the gradient of its energy is wrong in coordinate 0 /);
  });

  it('passes every built-in target', async () => {
    for (const target of await loadTargets()) {
      if (!target.hasEnergy) continue;
      const found = checkGradient(target, compileEnergy(target), THOROUGH_GRADIENT_CHECK);
      assert.ok(found.undecided + found.kinks < 0.05 * found.compared, `${target.name}: ${JSON.stringify(found)}`);
      assert.ok(found.largestDeviation < 1e-6, `${target.name}: ${JSON.stringify(found)}`);
    }
  });
});
