/** The λ of a ladder: the published lists to the digit, and steps of an adaptive one on a path whose CESS is known. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { settingsFor } from '../../src/experiments/presets.ts';
import { expectedCess, FIRST_STEP, learned, nextLambda } from '../../src/pipeline/transport/schedule.ts';
import { checkSettings, parseSetting } from '../../src/settings/check.ts';
import { fixedLambdas, type InterpolationSettings } from '../../src/settings/lambdas.ts';
import { flatSettings } from '../../src/settings/names.ts';
import { gmm3d } from '../../src/targets/gmm3d.ts';
import { rosenbrock4d } from '../../src/targets/rosenbrock4d.ts';
import { solvated16d } from '../../src/targets/solvated16d.ts';
import { threeWell } from '../../src/targets/threeWell.ts';
import { inputError } from '../store/folder.ts';

const given: InterpolationSettings = { interpolation: 'adaptive', smallestLambda: 0.01, lambdaRate: 2, largestLambdaStep: 0.05, linearStages: 10, lambdas: [] };
const listed = (settings: Partial<InterpolationSettings>): number[] => {
  const lambdas = fixedLambdas({ ...given, ...settings });
  assert.ok(lambdas !== null);
  return lambdas;
};
const ratios = (lambdas: readonly number[]): number[] => lambdas.slice(1).map((lambda, k) => lambda / lambdas[k]);
const steps = (lambdas: readonly number[]): number[] => lambdas.slice(1).map((lambda, k) => lambda - lambdas[k]);
/** Increasing from above 0 to exactly 1. */
const isLadder = (lambdas: readonly number[]): boolean => lambdas[0] > 0 && steps(lambdas).every((step) => step > 0) && lambdas.at(-1) === 1;
const SLACK = 1 + 1e-9;

describe('fixedLambdas', () => {
  it('gives the published ladders', () => {
    const gmm = listed({ interpolation: 'geometric', smallestLambda: 0.08, lambdaRate: 4 });
    assert.deepEqual(gmm.map((lambda) => Number(lambda.toFixed(3))), [0.08, 0.283, 1]);
    const rosenbrock = listed({ interpolation: 'geometric', smallestLambda: 1e-3, lambdaRate: 2 });
    assert.equal(rosenbrock.length, 11);
    assert.ok(rosenbrock[0] === 1e-3 && isLadder(rosenbrock) && Math.max(...ratios(rosenbrock)) <= 2 * SLACK);
    const solvated = listed({ interpolation: 'hybrid', smallestLambda: 1e-3, lambdaRate: 1.5, largestLambdaStep: 0.05 });
    assert.equal(solvated.length, 31);
    assert.ok(isLadder(solvated) && Math.max(...ratios(solvated)) <= 1.5 * SLACK && Math.max(...steps(solvated)) <= 0.05 * SLACK);
    // Geometric up to where the two meet, at Δ / (rate − 1) = 0.1, and even beyond.
    const turn = solvated.findIndex((lambda) => Math.abs(lambda - 0.1) < 1e-12);
    assert.equal(turn, 12);
    assert.ok(ratios(solvated.slice(0, turn + 1)).every((ratio) => Math.abs(ratio - 100 ** (1 / 12)) < 1e-9), 'geometric');
    assert.ok(steps(solvated.slice(turn)).every((step) => Math.abs(step - 0.05) < 1e-12), 'even');
  });

  it('the presets hold them', () => {
    for (const [target, count] of [[gmm3d, 3], [rosenbrock4d, 11], [solvated16d, 31]] as const) assert.equal(fixedLambdas(settingsFor(target, 'paper').ladder)?.length, count, target.name);
    assert.equal(fixedLambdas(settingsFor(threeWell, 'default').ladder), null, 'adaptive');
  });

  it('linear and explicit ones are what they say', () => {
    assert.deepEqual(listed({ interpolation: 'linear', linearStages: 4 }), [0.25, 0.5, 0.75, 1]);
    assert.deepEqual(listed({ interpolation: 'linear', linearStages: 1 }), [1]);
    assert.deepEqual(listed({ interpolation: 'explicit', lambdas: [0.1, 0.4, 1] }), [0.1, 0.4, 1]);
  });

  it('rounding adds no stage where the rate divides the way exactly', () => {
    assert.equal(listed({ interpolation: 'geometric', smallestLambda: 1 / 8, lambdaRate: 2 }).length, 4);
    assert.equal(listed({ interpolation: 'geometric', smallestLambda: 1e-3, lambdaRate: 10 }).length, 4);
    assert.equal(listed({ interpolation: 'geometric', smallestLambda: 0.9, lambdaRate: 5 }).length, 2);
    assert.equal(listed({ interpolation: 'hybrid', smallestLambda: 0.5, lambdaRate: 2, largestLambdaStep: 0.1 }).length, 6);
  });

  it('every linear and geometric ladder goes up to 1 with ratios below the rate, and with no stage to spare', () => {
    fc.assert(fc.property(fc.double({ min: 1e-6, max: 0.999, noNaN: true }), fc.double({ min: 1.05, max: 20, noNaN: true }), (smallestLambda, lambdaRate) => {
      const lambdas = listed({ interpolation: 'geometric', smallestLambda, lambdaRate });
      assert.ok(isLadder(lambdas) && lambdas[0] === smallestLambda);
      assert.ok(ratios(lambdas).every((ratio) => ratio <= lambdaRate * SLACK));
      assert.ok(lambdas.length === 2 || (1 / smallestLambda) ** (1 / (lambdas.length - 2)) > lambdaRate / SLACK, 'one fewer would not do');
    }));
    fc.assert(fc.property(fc.integer({ min: 1, max: 500 }), (linearStages) => {
      const lambdas = listed({ interpolation: 'linear', linearStages });
      assert.ok(isLadder(lambdas) && lambdas.length === linearStages);
    }));
  });

  it('every hybrid ladder goes up to 1 with ratios below the rate, and beyond the first λ with steps below the largest', () => {
    fc.assert(fc.property(fc.double({ min: 1e-6, max: 0.95, noNaN: true }), fc.double({ min: 1.05, max: 20, noNaN: true }), fc.double({ min: 0.01, max: 1, noNaN: true }), (smallestLambda, lambdaRate, largestLambdaStep) => {
      // Where the halves meet at 1 but for rounding: below.
      fc.pre(Math.abs(largestLambdaStep / (lambdaRate - 1) - 1) > 1e-6);
      const lambdas = listed({ interpolation: 'hybrid', smallestLambda, lambdaRate, largestLambdaStep });
      assert.ok(isLadder(lambdas) && lambdas[0] === smallestLambda, `ends in ${lambdas.at(-1)}`);
      assert.ok(ratios(lambdas).every((ratio) => ratio <= lambdaRate * SLACK) && steps(lambdas).every((step) => step <= largestLambdaStep * SLACK));
    }));
  });

  it('a hybrid ladder ends in 1 also where its halves would meet at 1', () => {
    for (const [lambdaRate, largestLambdaStep] of [[1.1, 0.1], [1.3, 0.3], [1.6, 0.6], [2, 1], [1.5, 0.5]]) {
      assert.ok(isLadder(listed({ interpolation: 'hybrid', lambdaRate, largestLambdaStep })), `rate ${lambdaRate}, step ${largestLambdaStep}`);
    }
  });
});

/** U0 standard normal, D = a x²/2, so Z_λ = (1 + λa)^(−1/2); the CESS of exact samples of λ for λ' is Z_λ'² / (Z_λ Z_{2λ' − λ}). */
const a = 40;
const z = (lambda: number): number => (1 + lambda * a) ** -0.5;
const gaussianCess = (from: number) => (to: number): number => z(to) ** 2 / (z(from) * z(2 * to - from));

describe('nextLambda', () => {
  const lossShare = 0.7;

  it('takes the step whose expected CESS is the target, with its caution', () => {
    for (const from of [0, 0.01, 0.2]) {
      for (const gain of [1, 0.5, 0.1]) {
        for (const target of [0.8, 0.95, 0.99]) {
          const lambda = nextLambda(from, target, { gain }, gaussianCess(from), 0);
          if (lambda === 1) assert.ok(expectedCess({ gain }, gaussianCess(from)(1)) >= target ** lossShare - 1e-12, 'there at once');
          else assert.ok(Math.abs(expectedCess({ gain }, gaussianCess(from)(lambda)) - target ** lossShare) < 1e-9, `from ${from}, gain ${gain}, target ${target}`);
        }
      }
    }
  });

  it('steps are longer for a lower target and for a flow of which more is expected', () => {
    const at = (target: number, gain: number): number => nextLambda(0, target, { gain }, gaussianCess(0), 0);
    assert.ok(at(0.99, 0.5) < at(0.95, 0.5) && at(0.95, 0.5) < at(0.8, 0.5));
    assert.ok(at(0.95, 1) < at(0.95, 0.5) && at(0.95, 0.5) < at(0.95, 0.1));
  });

  it('goes from 0 to exactly 1, and every step meets the target', () => {
    for (const [target, gain] of [[0.95, 1], [0.95, 0.3], [0.6, 1]] as const) {
      const lambdas = [0];
      while (lambdas[lambdas.length - 1] < 1 && lambdas.length < 1000) {
        const from = lambdas[lambdas.length - 1];
        lambdas.push(nextLambda(from, target, { gain }, gaussianCess(from), 0));
        assert.ok(expectedCess({ gain }, gaussianCess(from)(lambdas[lambdas.length - 1])) >= target, 'meets the target');
      }
      assert.ok(isLadder(lambdas.slice(1)) && lambdas.length > 2 && lambdas.length < 200, `${lambdas.length}`);
    }
  });

  it('goes at least the least step, though the CESS be hopeless, and never beyond 1', () => {
    assert.equal(nextLambda(0.5, 0.95, FIRST_STEP, () => 0, 0.01), 0.51);
    assert.equal(nextLambda(0.995, 0.95, FIRST_STEP, () => 0, 0.01), 1);
    assert.equal(nextLambda(0.5, 0.95, FIRST_STEP, () => NaN, 0.01), 0.51, 'NaN is no CESS');
    assert.ok(nextLambda(0, 0.95, FIRST_STEP, () => 0, Number.EPSILON) > 0);
    assert.equal(nextLambda(0, 0.95, FIRST_STEP, () => 1, 0.01), 1);
  });

  it('what was learned from a step is what is expected of the same step', () => {
    for (const [kept, identity] of [[0.97, 0.9], [0.5, 0.1], [0.9, 0.9]]) assert.ok(Math.abs(expectedCess(learned(kept, identity), identity) - kept) < 1e-12, `${kept} of ${identity}`);
  });

  it('what was learned stays within bounds', () => {
    assert.equal(learned(0.5, 0.9).gain, 1, 'no flow does worse than none, which is always there');
    assert.ok(learned(1, 0.5).gain > 0, 'a perfect flow is not expected to be so for ever');
    assert.equal(learned(1, 1).gain, FIRST_STEP.gain, 'nothing is learned from a step that changes nothing');
    for (const [kept, identity] of [[0, 0], [1, 0], [0, 1], [1e-300, 0.5]]) {
      const { gain } = learned(kept, identity);
      assert.ok(gain > 0 && gain <= 1, `${kept}, ${identity}: ${gain}`);
    }
  });
});

describe('settings of a ladder', () => {
  const settings = (more: Readonly<Record<string, unknown>>): unknown => checkSettings({ ...flatSettings(settingsFor(threeWell, 'quick')), ...more });

  it('--set lambdas=0.1,0.4,1 is a list of numbers', () => {
    assert.deepEqual(parseSetting('lambdas=0.1,0.4,1'), { lambdas: [0.1, 0.4, 1] });
    assert.deepEqual(parseSetting('lambdas=1e-3, .5 ,1'), { lambdas: [0.001, 0.5, 1] });
    assert.deepEqual(parseSetting('lambdas='), { lambdas: [] });
    assert.throws(() => parseSetting('lambdas=0.1,b,1'), inputError(/^--set lambdas: must be numbers separated by commas, got "0\.1,b,1"$/));
    assert.throws(() => parseSetting('lambdas=true'), inputError(/^--set lambdas: must be numbers separated by commas, got "true"$/));
  });

  it('an explicit ladder goes up from above 0 to 1, in two steps or more', () => {
    settings({ interpolation: 'explicit', lambdas: [0.1, 0.4, 1] });
    for (const [lambdas, pattern] of [
      [[], /^setting lambdas: a ladder needs at least two λ, such as 0\.1,0\.4,1, got none/],
      [[1], /^setting lambdas: a ladder needs at least two λ.*, got 1; for a single step take generator=flow$/],
      [[0, 0.5, 1], /^setting lambdas: must begin above 0 .*, got 0, 0\.5, 1$/],
      [[-0.1, 1], /^setting lambdas: must begin above 0/],
      [[0.5, 0.4, 1], /^setting lambdas: must increase, got 0\.5, 0\.4, 1$/],
      [[0.5, 0.5, 1], /^setting lambdas: must increase/],
      [[0.1, 2, 1], /^setting lambdas: must increase/],
      [[0.1, 0.9], /^setting lambdas: must end in 1, the target, got 0\.1, 0\.9$/],
      [[0.1, 1.5], /^setting lambdas: must end in 1/],
    ] as const) assert.throws(() => settings({ interpolation: 'explicit', lambdas }), inputError(pattern, 2), lambdas.join(','));
    settings({ interpolation: 'linear', lambdas: [] });
  });

  it('a ladder of more stages than anyone has use for is refused before it is made', () => {
    for (const wild of [{ interpolation: 'hybrid', largestLambdaStep: 1e-12 }, { interpolation: 'geometric', lambdaRate: 1 + 1e-14 }, { interpolation: 'geometric', smallestLambda: 1e-12, lambdaRate: 1.01 }] as const) {
      assert.throws(() => settings(wild), inputError(/^setting interpolation: this ladder would have \S+ stages or more, and at most 500 are allowed/, 2), JSON.stringify(wild));
    }
  });

  it('a λ that is no number is shown', () => {
    assert.throws(() => settings({ interpolation: 'explicit', lambdas: [0.1, NaN, 1] }), inputError(/^setting lambdas: must be numbers separated by commas, got .*NaN/));
  });

  it('the numbers of a ladder have ranges', () => {
    for (const [name, value, pattern] of [
      ['targetCess', 1, /must be below 1/], ['targetCess', 0, /must be above 0/],
      ['smallestLambda', 1, /must be below 1/], ['smallestLambda', 0, /must be at least 1e-12/],
      ['lambdaRate', 1, /must be above 1/], ['largestLambdaStep', 1.5, /must be at most 1/], ['linearStages', 1, /must be at least 2/], ['linearStages', 501, /must be at most 500/],
      ['groups', 1, /must be at least 2/], ['particles', 10, /must be at least 64/], ['resampling', 'residual', /must be systematic or multinomial/],
      ['interpolation', 'cubic', /must be adaptive or geometric/], ['generator', 'gan', /must be auto or flow or ladder/],
    ] as const) assert.throws(() => settings({ [name]: value }), inputError(new RegExp(`^setting ${name}: ${pattern.source}.*, got`), 2), `${name}=${value}`);
    assert.throws(() => settings({ particles: 64, groups: 20 }), inputError(/^setting groups: needs at least 4 particles in each/));
    assert.throws(() => settings({ path: 'interpolation', replicas: 1 }), inputError(/^setting replicas: must be at least 2 with path=interpolation/));
  });
});
