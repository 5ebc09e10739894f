/**
 * Chains and ladders on the path from a base to a target: exp(−U0 − λD) is invariant, and whole runs are right.
 * Kernels and runs stand together because they share their targets with exact values, which are most of the file.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { np } from '../../src/engine/numpy.ts';
import { foldIn, keyFromSeed, uniform } from '../../src/engine/random.ts';
import { mala } from '../../src/engine/simd/chains/mala.ts';
import { compileChains } from '../../src/engine/simd/chains/module.ts';
import { integrateDensity } from '../../src/numerics/quadrature.ts';
import { createChains } from '../../src/samplers/chainState.ts';
import { kernels, type KernelName } from '../../src/samplers/kernels.ts';
import { createParallelTempering } from '../../src/samplers/parallelTempering.ts';
import type { ParallelTemperingOptions } from '../../src/samplers/parallelTemperingOptions.ts';
import type { ParallelTemperingResult, PathSamples } from '../../src/samplers/parallelTemperingResult.ts';
import { referenceTerms } from '../../src/samplers/reference.ts';
import { plainRunner, runnerOf, type RoundRunner } from '../../src/samplers/roundRunner.ts';
import { createStepSizeAdaptation, moveToLadder } from '../../src/samplers/stepSize.ts';
import { sampleBase } from '../../src/targets/base.ts';
import { compileEnergy } from '../../src/targets/compile.ts';
import type { EnergyEvaluator } from '../../src/targets/energyEvaluator.ts';
import { differenceTarget, pathEvaluator } from '../../src/targets/path.ts';
import { defineTarget, type Target } from '../../src/targets/target.ts';
import { advanced, paths } from './paths.ts';
import { pointwise, real, zScore } from './targets.ts';

const key = keyFromSeed(51);
const names = Object.keys(kernels) as KernelName[];

interface Case {
  readonly target: Target;
  /** U1 */
  readonly energy: EnergyEvaluator;
  /** D = U1 − U0 */
  readonly difference: EnergyEvaluator;
  readonly functions: readonly ((x: Float64Array) => number)[];
  /** exp(−D) is below the exponential of this. */
  readonly bound: number;
}

function caseOf(target: Target, bound: number, functions: Case['functions']): Case {
  return { target, energy: compileEnergy(target), difference: compileEnergy(differenceTarget(target)), functions, bound };
}

const cases: Readonly<Record<'line' | 'plane' | 'mixed', Case>> = {
  // Two wells of unequal mass and width, from a wide Gaussian.
  line: caseOf(defineTarget({
    name: 'line', dimension: 1, box: [-4, 4], base: { mean: 0.3, standardDeviation: 1.5 },
    energy: (x) => np.square(np.square(x.slice(0)).sub(1)).mul(2).add(x.slice(0).mul(0.6)),
  }), 3, [(x) => x[0], (x) => x[0] ** 2, (x) => (x[0] > 0 ? 1 : 0)]),
  plane: caseOf(defineTarget({
    name: 'plane', dimension: 2, box: [-5, 5], base: { mean: [0.2, -0.1], standardDeviation: [1.6, 1.2] },
    energy: (x) => np.square(np.square(x.slice(0)).sub(1.5)).mul(0.8).add(x.slice(0).mul(0.4)).add(np.square(x.slice(1).sub(x.slice(0).mul(0.5))).mul(1.5)),
  }), 4, [(x) => x[0], (x) => x[1] ** 2, (x) => x[0] * x[1], (x) => (x[0] > 0 ? 1 : 0)]),
  mixed: caseOf(defineTarget({
    name: 'mixed', dimension: 2, box: [[-4, 4], [-4, 4]], torus: { 0: [-Math.PI, Math.PI] }, base: { mean: [9, 0.5], standardDeviation: [9, 1.3] },
    energy: (x) => np.cos(x.slice(0).sub(2.5)).mul(-1.5).add(np.square(x.slice(1).sub(np.sin(x.slice(0)))).mul(2)),
  }), 7, [(x) => Math.cos(x[0] - 2.5), (x) => Math.sin(x[0]), (x) => x[1], (x) => x[1] ** 2, (x) => x[1] * Math.sin(x[0])]),
};

/** The values of a function of a case and λ, once computed. */
function remembered<Value>(make: (of: Case, lambda: number) => Value): (of: Case, lambda: number) => Value {
  const known = new Map<Case, Map<number, Value>>();
  return (of, lambda) => {
    const ofCase = known.get(of) ?? new Map<number, Value>();
    known.set(of, ofCase);
    const value = ofCase.get(lambda) ?? make(of, lambda);
    ofCase.set(lambda, value);
    return value;
  };
}

/** Exact means of a case's functions at λ. */
const expectations = remembered(({ target, energy, functions }, lambda) =>
  integrateDensity(pathEvaluator(target.base, energy, lambda), target.domain, functions).expectations);

const DRAWS = 12000;

/** Independent exact draws of exp(−U0 − λD), by rejection from the base. shape [DRAWS, d] */
const exactDraws = remembered(({ target, difference, bound }, lambda) => {
  const d = target.dimension;
  const kept = new Float64Array(DRAWS * d);
  const batch = 4 * DRAWS;
  const [ofPoints, ofThinning] = [foldIn(key, 'draws'), foldIn(key, 'thinning')];
  const [x, energies] = [new Float64Array(batch * d), new Float64Array(batch)];
  let found = 0;
  for (let call = 0; found < DRAWS; call++) {
    sampleBase(target.base, ofPoints, call * batch, batch, x);
    difference.energies(x, batch, energies);
    for (let i = 0; i < batch && found < DRAWS; i++) {
      if (-energies[i] > bound) assert.fail(`the density exceeds its bound: ${energies[i]}`);
      if (uniform(ofThinning, call, i) < Math.exp(lambda * (-energies[i] - bound))) kept.set(x.subarray(i * d, (i + 1) * d), d * found++);
    }
  }
  return kept;
});

interface Scores {
  /** Largest |mean − exact| in standard errors. */
  readonly z: number;
  /** And in standard deviations. */
  readonly bias: number;
  readonly acceptance: number;
}

/** Chains from exact draws at λ, after some steps, against quadrature. */
function scores(of: Case, runner: RoundRunner, lambda: number, stepSize: number, steps: number, n: number): Scores {
  const { target, difference, functions } = of;
  const state = advanced(runner, { energy: difference, positions: exactDraws(of, lambda).subarray(0, n * target.dimension), inverseTemperatures: lambda, stepSizes: stepSize, key, reference: target.base }, steps);
  const exact = expectations(of, lambda);
  const each = functions.map((f, k) => zScore(state.positions, target.dimension, f, exact[k]));
  return {
    z: Math.max(...each.map(({ z }) => Math.abs(z))),
    bias: Math.max(...each.map(({ mean, deviation }, k) => Math.abs(mean - exact[k]) / deviation)),
    acceptance: state.accepted.reduce((sum, count) => sum + count, 0) / (n * steps),
  };
}

const STEPS: Readonly<Record<KernelName, { readonly large: number; readonly small: number }>> = {
  mala: { large: 0.15, small: 0.05 }, hmc: { large: 0.25, small: 0.1 }, tamedEuler: { large: 0.2, small: 0.002 }, heun: { large: 0.2, small: 0.005 },
};

for (const [path, makeRunner] of Object.entries(paths)) {
  describe(`kernels on a path: invariance, ${path}`, () => {
    for (const [what, of] of Object.entries(cases)) {
      const { target, difference } = of;
      for (const name of names) {
        it(`${name}, ${what}: exp(−U0 − λD) stays, from base to target`, () => {
          const kernel = kernels[name];
          const runner = makeRunner({ energy: difference, domain: target.domain, kernel, reference: target.base });
          for (const lambda of [0, 0.3, 1]) {
            if (kernel.exact) {
              const { z, acceptance } = scores(of, runner, lambda, STEPS[name].large, 8, DRAWS);
              assert.ok(z < 5, `λ = ${lambda}: ${z} standard errors`);
              if (lambda === 1) assert.ok(acceptance > 0.1 && acceptance < 0.99, `acceptance ${acceptance}`);
            } else {
              const { bias } = scores(of, runner, lambda, STEPS[name].small, 100, 4000);
              assert.ok(bias < 0.04 + 5 / Math.sqrt(4000), `λ = ${lambda}: ${bias} standard deviations`);
            }
          }
        });
      }
    }

    it('kernels without acceptance feel U0: a base far off is reached', () => {
      const { difference, target: { domain, base } } = cases.mixed;
      const away = { ...base, mean: Float64Array.of(0, 20) };
      for (const name of names) {
        const runner = makeRunner({ energy: difference, domain, kernel: kernels[name], reference: away });
        const { positions } = advanced(runner, { energy: difference, positions: new Float64Array(4000), inverseTemperatures: 0, stepSizes: name === 'hmc' ? 0.5 : 0.1, key, reference: away }, 300);
        const { mean } = zScore(positions, 2, (x) => x[1], 20);
        assert.ok(Math.abs(mean - 20) < (5 * 1.3) / Math.sqrt(2000) + 0.05, `${name}: ${mean}`);
      }
    });

    it('chains and what moves them must have the same reference', () => {
      const { difference: energy, target: { domain, base } } = cases.mixed;
      const other = { ...base, mean: Float64Array.of(9, 0.6) };
      for (const [ofRunner, ofChains] of [[{ reference: base }, {}], [{}, { reference: base }], [{ reference: base }, { reference: other }]]) {
        const runner = makeRunner({ energy, domain, kernel: kernels.mala, ...ofRunner });
        assert.throws(() => advanced(runner, { energy, positions: new Float64Array(2), inverseTemperatures: 1, stepSizes: 0.1, key, ...ofChains }, 1), { name: 'InputError', message: /must have the same reference/ });
      }
    });
  });
}

describe('kernels on a path: mutants', () => {
  for (const precision of ['float64', 'float32'] as const) {
    it(`MALA that forgets U0 in its Metropolis ratio fails the same test, ${precision}`, () => {
      const of = cases.line;
      const { compiled } = of.difference;
      const { domain, base } = of.target;
      assert.ok(compiled !== undefined);
      const z = (referenceDrop: boolean): number => scores(of, runnerOf(compileChains({ ...compiled, domain, precision, reference: referenceTerms(base), kernel: mala({ referenceDrop }) })), 0.3, STEPS.mala.large, 8, DRAWS).z;
      assert.ok(z(false) > 10 && z(true) < 5);
    });
  }

  it('chains that leave U0 out altogether fail it too', () => {
    const of = cases.line;
    const { target, difference, functions } = of;
    const runner = plainRunner({ energy: difference, domain: target.domain, kernel: kernels.mala });
    const { positions } = advanced(runner, { energy: difference, positions: exactDraws(of, 0.3), inverseTemperatures: 0.3, stepSizes: 0.15, key }, 8);
    const exact = expectations(of, 0.3);
    assert.ok(Math.max(...functions.map((f, k) => Math.abs(zScore(positions, 1, f, exact[k]).z))) > 10);
  });
});

describe('chains with a reference', () => {
  it('must have as many coordinates', () => {
    const { difference: energy, target } = cases.plane;
    assert.throws(() => createChains({ energy, positions: new Float64Array(2), inverseTemperatures: 1, stepSizes: 1, key, reference: cases.line.target.base }), { name: 'InputError', message: 'chains: the energy has 2 coordinates, but the reference has 1' });
    assert.equal(createChains({ energy, positions: new Float64Array(2), inverseTemperatures: 0, stepSizes: 1, key, reference: target.base }).reference, target.base);
  });

  for (const name of names) {
    it(`${name}: a difference that is not finite is refused and counted at λ = 0 too`, () => {
      const half = pointwise(1, (x, gradient) => {
        gradient[0] = x[0] > 0 ? 1 : 0;
        return x[0] > 0 ? x[0] : Infinity;
      });
      const reference = { domain: real(1), mean: new Float64Array(1), standardDeviation: Float64Array.of(1) };
      const runner = plainRunner({ energy: half, domain: real(1), kernel: kernels[name], reference });
      const state = advanced(runner, { energy: half, positions: new Float64Array(200).fill(1), inverseTemperatures: 0, stepSizes: name === 'hmc' ? 0.15 : 0.3, key, reference }, 30);
      assert.ok(state.positions.every((x) => x > 0) && state.nonFinite.some((count) => count > 0));
    });
  }
});

function runToEnd(options: ParallelTemperingOptions): ParallelTemperingResult & { readonly path: PathSamples } {
  const run = createParallelTempering(options);
  run.advance((options.warmupRounds ?? 500) + options.rounds);
  const result = run.result();
  assert.ok(result.path !== null);
  return { ...result, path: result.path };
}

/** Mean over samples in groups of L, with the standard error of the L ladders' means. @param values shape [rows, L] */
function overLadders(values: Float64Array, ladders: number): { mean: number; standardError: number } {
  const means = new Float64Array(ladders);
  values.forEach((value, i) => { means[i % ladders] += (value * ladders) / values.length; });
  const mean = means.reduce((a, b) => a + b, 0) / ladders;
  const variance = means.reduce((a, b) => a + (b - mean) ** 2, 0) / (ladders - 1);
  return { mean, standardError: Math.sqrt(variance / ladders) };
}

const WELLS = [{ w: 0.7, m: [-3, 0], s: 0.5 }, { w: 0.3, m: [2.5, 1.5], s: 0.8 }];
const WELLS_LOG_Z = -2.3;

/** Two Gaussians far apart, of known masses and log Z, from a Gaussian that covers both. */
const wells = caseOf(defineTarget({
  name: 'wells', dimension: 2, box: [-6, 6], base: { standardDeviation: 3 },
  energy(x) {
    const logs = WELLS.map(({ w, m, s }) => np.square(x.sub(np.array(m))).sum().div(-2 * s * s).add(Math.log(w / (2 * Math.PI * s * s))));
    const top = np.maximum(logs[0], logs[1]);
    return np.log(np.exp(logs[0].sub(top)).add(np.exp(logs[1].sub(top)))).add(top).add(WELLS_LOG_Z).mul(-1);
  },
}), Infinity, []);

const optionsOf = ({ target, difference }: Case, change: Partial<ParallelTemperingOptions> = {}): ParallelTemperingOptions => ({
  energy: difference, base: target.base, reference: target.base, inverseTemperatures: { hottest: 0.05, replicas: 6 },
  ladders: 16, stepsPerRound: 4, warmupRounds: 200, rounds: 600, key, ...change,
});

describe('parallel tempering on a path', () => {
  for (const kernel of ['mala', 'hmc'] as const) {
    it(`${kernel}: masses of two wells, moments, energies and log Z are right within their errors`, () => {
      const result = runToEnd(optionsOf(wells, { kernel, ...(kernel === 'hmc' ? { kernelOptions: { leapfrogSteps: 4 }, stepsPerRound: 2, rounds: 1000 } : {}) }));
      const { figures, logZ, positions, energies, samples } = result;
      const checks: [string, (x: Float64Array) => number, number][] = [
        ['mass of the right well', (x) => (x[0] > 0 ? 1 : 0), 0.3],
        ['mean x1', (x) => x[0], 0.7 * -3 + 0.3 * 2.5],
        ['mean x2²', (x) => x[1] ** 2, 0.7 * 0.25 + 0.3 * (0.64 + 2.25)],
      ];
      for (const [name, f, exact] of checks) {
        const { mean, standardError } = overLadders(Float64Array.from({ length: samples }, (_, i) => f(positions.subarray(2 * i, 2 * i + 2))), 16);
        assert.ok(standardError < 0.1 && Math.abs(mean - exact) < 5 * standardError, `${name}: ${mean} ± ${standardError}, exact ${exact}`);
      }
      assert.ok(logZ !== null && logZ.stones.length === 5 && logZ.standardError < 0.1 && Math.abs(logZ.value - WELLS_LOG_Z) < 4 * logZ.standardError, JSON.stringify(logZ));
      assert.ok(Math.abs(logZ.stones.reduce((sum, { value }) => sum + value, 0) - logZ.value) < 1e-12);
      // Energies are the target's, not the differences that the chains carry.
      const exact = new Float64Array(samples);
      wells.energy.energies(positions, samples, exact);
      assert.ok(energies.every((value, i) => Math.abs(value - exact[i]) < 1e-10 * (1 + Math.abs(exact[i]))));
      figures.acceptanceRates.forEach((rate) => assert.ok(rate !== null && Math.abs(rate - (kernels[kernel].targetAcceptance ?? 0)) < 0.1, `acceptance ${figures.acceptanceRates.join(', ')}`));
      assert.ok(figures.roundTrips > 100 && figures.inverseTemperatures[0] === 0 && figures.inverseTemperatures[5] === 1);
      assert.deepEqual(result.warnings.filter(({ severity }) => severity === 'warning'), []);
    });
  }

  it('on a circle times a line: every rung has its law, and log Z is that of quadrature', () => {
    const { target, energy, functions, difference } = cases.mixed;
    const { path, logZ } = runToEnd(optionsOf(cases.mixed, { pathStride: 2 }));
    const { lambdas, rows, ladders, positions, differences } = path;
    assert.deepEqual([rows, ladders, positions.length, differences.length], [300, 16, 300 * 16 * 6 * 2, 300 * 16 * 6]);
    const again = new Float64Array(differences.length);
    difference.energies(positions, again.length, again);
    assert.ok(again.every((value, i) => Math.abs(value - differences[i]) < 1e-10 * (1 + Math.abs(value))), 'differences belong to their positions');
    lambdas.forEach((lambda, k) => {
      const integral = integrateDensity(pathEvaluator(target.base, energy, lambda), target.domain, functions);
      functions.forEach((f, which) => {
        const { mean, standardError } = overLadders(Float64Array.from({ length: rows * ladders }, (_, i) => f(positions.subarray((i * 6 + k) * 2, (i * 6 + k) * 2 + 2))), ladders);
        assert.ok(Math.abs(mean - integral.expectations[which]) < 5 * standardError, `rung ${k}, function ${which}: ${mean} ± ${standardError}, exact ${integral.expectations[which]}`);
      });
      if (lambda === 1) assert.ok(logZ !== null && logZ.standardError < 0.03 && Math.abs(logZ.value - integral.logZ) < 4 * logZ.standardError, JSON.stringify([logZ, integral.logZ]));
    });
  });

  it('where the difference is not finite, log Z takes account of the part of the base that is never visited', () => {
    // U = x − 2 log x on x > 0: Gamma(3), log Z = log 2; 31 % of the base lie outside.
    const reference = { domain: real(1), mean: Float64Array.of(1), standardDeviation: Float64Array.of(2) };
    const constant = 0.5 * Math.log(2 * Math.PI) + Math.log(2);
    const gamma = pointwise(1, (x, gradient) => {
      gradient[0] = 1 - 2 / x[0] - (x[0] - 1) / 4;
      return x[0] - 2 * Math.log(x[0]) - constant - (x[0] - 1) ** 2 / 8;
    });
    const { logZ, figures, warnings } = runToEnd({ energy: gamma, base: reference, reference, inverseTemperatures: [0, 0.3, 1], ladders: 16, stepsPerRound: 4, warmupRounds: 100, rounds: 400, key });
    assert.ok(logZ !== null && logZ.standardError < 0.05 && Math.abs(logZ.value - Math.log(2)) < 4 * logZ.standardError, JSON.stringify(logZ));
    assert.ok(figures.nonFinite > 0 && warnings.some(({ code }) => code === 'non-finite'));
  });

  it('the ladder adapts to equal rejection, its ends stay; left alone, it is far from it', () => {
    const spread = (adaptLadder: boolean): number => {
      const { figures, path } = runToEnd(optionsOf(wells, { inverseTemperatures: [0, 0.5, 0.6, 0.7, 0.8, 1], adaptLadder, warmupRounds: 480, rounds: 300 }));
      assert.deepEqual([path.lambdas[0], path.lambdas[5]], [0, 1]);
      assert.ok(path.lambdas.every((lambda, k) => k === 0 || lambda > path.lambdas[k - 1]) && figures.stepSizes.every((h) => h > 0 && h < Infinity));
      const rates = figures.swapRates.map(Number);
      return Math.max(...rates) - Math.min(...rates);
    };
    const [adapted, fixed] = [spread(true), spread(false)];
    assert.ok(adapted < 0.12 && fixed > 0.35, `${adapted}, ${fixed}`);
  });

  it('step sizes move with the ladder, at λ = 0 too', () => {
    const before = Float64Array.of(0, 0.1, 0.4, 1);
    const adaptation = createStepSizeAdaptation(Float64Array.of(8, 4, 2, 1));
    moveToLadder(adaptation, before, before);
    adaptation.logSteps.forEach((logStep, k) => assert.ok(Math.abs(logStep - Math.log(8) + k * Math.LN2) < 1e-12));
    moveToLadder(adaptation, before, Float64Array.of(0, 0.05, 0.2, 1));
    assert.ok(adaptation.logSteps.every((logStep, k) => Number.isFinite(logStep) && (k === 0 || logStep < adaptation.logSteps[k - 1])));
    assert.ok(Math.abs(adaptation.logSteps[0] - Math.log(8)) < 1e-12 && Math.abs(adaptation.logSteps[3]) < 1e-12);
  });

  it('rungs are 0 and then geometric', () => {
    const { path } = runToEnd(optionsOf(wells, { adaptLadder: false, warmupRounds: 5, rounds: 5, inverseTemperatures: { hottest: 0.04, replicas: 4 } }));
    [0, 0.04, 0.2, 1].forEach((lambda, k) => assert.ok(Math.abs(path.lambdas[k] - lambda) < 1e-12));
    const temperatures = createParallelTempering({ energy: wells.energy, base: wells.target.base, inverseTemperatures: [1], rounds: 2, warmupRounds: 0, key });
    temperatures.advance(2);
    assert.equal(temperatures.result().path, null);
  });
});

describe('parallel tempering on a path: determinism', () => {
  const small = optionsOf(cases.mixed, { ladders: 5, warmupRounds: 40, rounds: 30, inverseTemperatures: { hottest: 0.2, replicas: 4 }, stepsPerRound: 2, pathStride: 3 });
  const whole = (change: Partial<ParallelTemperingOptions> = {}): ReturnType<typeof createParallelTempering> => {
    const run = createParallelTempering({ ...small, ...change });
    run.advance(70);
    return run;
  };

  for (const kernel of names) {
    for (const [what, energy] of [['compiled', cases.mixed.difference], ['plain', { ...cases.mixed.difference, compiled: undefined } as never]] as const) {
      it(`${kernel}, ${what}: resuming from a snapshot gives the same bits and the same result`, () => {
        const options = { ...small, kernel, energy };
        const uninterrupted = whole({ kernel, energy });
        for (const killedAfter of [0, 17, 41, 58]) {
          const killed = createParallelTempering(options);
          killed.advance(killedAfter);
          const { json, arrays } = killed.snapshot();
          const resumed = createParallelTempering(options);
          resumed.advance(5);
          resumed.restore({ json: JSON.parse(JSON.stringify(json)) as typeof json, arrays });
          resumed.advance(70);
          assert.deepEqual(resumed.snapshot(), uninterrupted.snapshot());
          assert.deepEqual(resumed.result(), uninterrupted.result());
        }
      });
    }
  }

  it('compiled runs are plain ones, up to rounding that has not grown yet', () => {
    const change = { warmupRounds: 0, rounds: 12 };
    const [compiled, plain] = [whole(change), whole({ ...change, energy: { ...cases.mixed.difference, compiled: undefined } as never })];
    const [a, b] = [compiled.snapshot().arrays, plain.snapshot().arrays];
    assert.deepEqual(Object.keys(a), Object.keys(b));
    for (const name of Object.keys(a)) a[name].forEach((value, i) => assert.ok(Math.abs(value - b[name][i]) < 1e-9 * (1 + Math.abs(value)), `${name}: ${value}, ${b[name][i]}`));
  });

  it('threads change no bit', () => {
    const change = { ladders: 60, warmupRounds: 10, rounds: 20 };
    assert.deepEqual(whole({ ...change, threads: 4 }).snapshot(), whole({ ...change, threads: 1 }).snapshot());
  });

  it('a snapshot of another reference, stride or no reference is refused', () => {
    const { base } = cases.mixed.target;
    const snapshot = whole().snapshot();
    const others: Partial<ParallelTemperingOptions>[] = [{ reference: { ...base, mean: Float64Array.of(9, 0) } }, { pathStride: 2 }];
    for (const change of others) assert.throws(() => whole(change).restore(snapshot), { name: 'InputError', message: /other settings/ });
    const { energy, rounds, inverseTemperatures } = small;
    assert.throws(() => createParallelTempering({ energy, base, ladders: 5, stepsPerRound: 2, warmupRounds: 40, rounds, inverseTemperatures, key }).restore(snapshot), { name: 'InputError', message: /other settings/ });
  });
});

describe('parallel tempering on a path: bad input', () => {
  const { base } = wells.target;
  const bad: [string, Partial<ParallelTemperingOptions>, RegExp][] = [
    ['one rung', { inverseTemperatures: [1] }, /^ladder: with a reference, inverseTemperatures must hold at least two numbers, 0 and 1, got 1$/],
    ['no start', { inverseTemperatures: [0.1, 1] }, /^ladder: with a reference, inverseTemperatures must start with 0, got 0.1, 1$/],
    ['not increasing', { inverseTemperatures: [0, 0.5, 0.5, 1] }, /^ladder: inverseTemperatures must increase, got 0, 0.5, 0.5, 1$/],
    ['zero twice', { inverseTemperatures: [0, 0, 1] }, /^ladder: inverseTemperatures must increase, got 0, 0, 1$/],
    ['NaN', { inverseTemperatures: [0, NaN, 1] }, /^ladder: inverseTemperatures must increase, got 0, NaN, 1$/],
    ['no end', { inverseTemperatures: [0, 0.5, 0.9] }, /^ladder: inverseTemperatures must end in 1, got 0, 0.5, 0.9$/],
    ['replicas', { inverseTemperatures: { hottest: 0.1, replicas: 1 } }, /^ladder: with a reference, replicas must be an integer >= 2, got 1$/],
    ['hottest', { inverseTemperatures: { hottest: 0, replicas: 3 } }, /^ladder: hottest must lie strictly between 0 and 1, got 0$/],
    ['domain', { reference: cases.mixed.target.base }, /^parallelTempering: the reference must have the domain of the base$/],
    ['deviation', { reference: { ...base, standardDeviation: Float64Array.of(1, 0) } }, /^parallelTempering: the reference must have a finite mean and a standard deviation > 0, got 0 and 0 for coordinate 1$/],
    ['stride', { pathStride: 0 }, /^parallelTempering: pathStride must be a positive integer, got 0$/],
    ['long stride', { pathStride: 601 }, /^parallelTempering: pathStride must be at most the number of rounds \(600\), got 601$/],
  ];
  for (const [what, change, message] of bad) it(what, () => assert.throws(() => createParallelTempering(optionsOf(wells, change)), { name: 'InputError', message }));

  it('a stride without a reference', () => {
    assert.throws(() => createParallelTempering({ energy: wells.energy, base, inverseTemperatures: [1], rounds: 5, pathStride: 2, key }), { name: 'InputError', message: /^parallelTempering: pathStride is an option of runs with a reference only$/ });
  });
});
