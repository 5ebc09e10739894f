/** Whole runs: masses of modes, log Z, adaptation, resuming, diagnostics. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { keyFromSeed } from '../../src/engine/random.ts';
import { parallelTemperingSchema, warningSchema, type Warning } from '../../src/records/record.ts';
import { kernels, type KernelName } from '../../src/samplers/kernels.ts';
import { createParallelTempering } from '../../src/samplers/parallelTempering.ts';
import type { ParallelTemperingOptions } from '../../src/samplers/parallelTemperingOptions.ts';
import type { ParallelTemperingResult } from '../../src/samplers/parallelTemperingResult.ts';
import type { Base } from '../../src/targets/base.ts';
import type { Domain } from '../../src/targets/domain.ts';
import type { EnergyEvaluator } from '../../src/targets/energyEvaluator.ts';
import { pointwise, real, twoWells, vonMises } from './targets.ts';

const key = keyFromSeed(31);

function base(domain: Domain, deviation = 1): Base {
  return { domain, mean: new Float64Array(domain.length), standardDeviation: new Float64Array(domain.length).fill(deviation) };
}

function runToEnd(options: ParallelTemperingOptions): ParallelTemperingResult {
  const run = createParallelTempering(options);
  run.advance((options.warmupRounds ?? 500) + options.rounds);
  assert.equal(run.progress.phase, 'done');
  return run.result();
}

/** Mean of f over all samples, with the standard error of the L ladders' means. */
function overLadders(result: ParallelTemperingResult, d: number, f: (x: Float64Array) => number): { mean: number; standardError: number } {
  const { ladders, samples, positions } = result;
  const means = new Float64Array(ladders);
  for (let i = 0; i < samples; i++) means[i % ladders] += (f(positions.subarray(i * d, (i + 1) * d)) * ladders) / samples;
  const mean = means.reduce((a, b) => a + b, 0) / ladders;
  const variance = means.reduce((a, b) => a + (b - mean) ** 2, 0) / (ladders - 1);
  return { mean, standardError: Math.sqrt(variance / ladders) };
}

const wells: ParallelTemperingOptions = {
  energy: twoWells.energy,
  base: base(twoWells.domain),
  inverseTemperatures: { hottest: 0.03, replicas: 6 },
  ladders: 16,
  stepsPerRound: 4,
  warmupRounds: 200,
  rounds: 600,
  key,
};

describe('parallel tempering of two wells of unequal mass', () => {
  for (const kernel of ['mala', 'hmc'] as const) {
    it(`${kernel}: masses, moments and log Z are right within their errors`, () => {
      const result = runToEnd({ ...wells, kernel, ...(kernel === 'hmc' ? { kernelOptions: { leapfrogSteps: 4 }, stepsPerRound: 2, rounds: 1000 } : {}) });
      const { figures, logZ } = result;
      assert.ok(figures.effectiveSampleSize !== null && figures.effectiveSampleSize > 300, `ESS ${figures.effectiveSampleSize}`);
      const checks: [string, (x: Float64Array) => number, number][] = [
        ['mass of the right well', (x) => (x[0] > 0 ? 1 : 0), twoWells.rightMass],
        ['mean x1', (x) => x[0], 0.7 * -3 + 0.3 * 2.5],
        ['mean x2²', (x) => x[1] ** 2, 0.7 * 0.25 + 0.3 * (0.64 + 2.25)],
      ];
      for (const [name, f, exact] of checks) {
        const { mean, standardError } = overLadders(result, 2, f);
        assert.ok(standardError < 0.1 && Math.abs(mean - exact) < 5 * standardError, `${name}: ${mean} ± ${standardError}, exact ${exact}`);
      }
      assert.ok(logZ !== null && logZ.standardError < 0.1 && Math.abs(logZ.value - twoWells.logZ) < 4 * logZ.standardError, JSON.stringify(logZ));
      figures.acceptanceRates.forEach((rate) => {
        assert.ok(rate !== null && Math.abs(rate - (kernels[kernel].targetAcceptance ?? 0)) < 0.1, `acceptance ${figures.acceptanceRates.join(', ')}`);
      });
      assert.ok(figures.roundTrips > 100, `${figures.roundTrips}`);
      assert.deepEqual(result.warnings.filter(({ severity }) => severity === 'warning'), []);
      const recorded: readonly Warning[] = result.warnings;
      assert.ok(parallelTemperingSchema.safeParse({ ...figures, seconds: 1 }).success);
      assert.ok(recorded.every((warning) => warningSchema.safeParse(warning).success));
    });
  }

  it('the ladder adapts to equal rejection; left alone, it is far from it', () => {
    const spread = (adaptLadder: boolean): number => {
      const rates = runToEnd({ ...wells, inverseTemperatures: [0.03, 0.04, 0.06, 0.1, 0.5, 1], adaptLadder, warmupRounds: 320, rounds: 200 }).figures.swapRates.map(Number);
      return Math.max(...rates) - Math.min(...rates);
    };
    const [adapted, fixed] = [spread(true), spread(false)];
    assert.ok(adapted < 0.12 && fixed > 0.35, `${adapted}, ${fixed}`);
  });

  it('kernels without acceptance keep their step sizes, and say that they are biased', () => {
    for (const kernel of ['tamedEuler', 'heun'] as const) {
      const result = runToEnd({ ...wells, kernel, stepSize: 0.01, ladders: 4, warmupRounds: 100, rounds: 50 });
      assert.deepEqual(result.figures.stepSizes, new Array(6).fill(0.01));
      assert.ok(result.figures.acceptanceRates.every((rate) => rate === null));
      assert.ok(result.warnings.some(({ code }) => code === 'biased-kernel'));
    }
  });

  it('a single rung cannot cross, and says so', () => {
    const result = runToEnd({ ...wells, inverseTemperatures: [1], warmupRounds: 100, rounds: 300 });
    const codes = result.warnings.map(({ code }) => code);
    assert.ok(codes.includes('ladders-disagree') && codes.includes('few-samples'), codes.join());
    assert.equal(result.figures.barrier, null);
    assert.deepEqual(result.figures.swapRates, []);
  });

  it('a ladder of two far rungs says that it is poor', () => {
    const steep = pointwise(4, (x, gradient) => {
      let u = 0;
      x.forEach((value, j) => {
        gradient[j] = value;
        u += 0.5 * value * value;
      });
      return u;
    });
    const result = runToEnd({ ...wells, energy: steep, base: base(real(4)), inverseTemperatures: [1e-4, 1], rounds: 100 });
    const codes = result.warnings.map(({ code }) => code);
    assert.ok(codes.includes('poor-ladder') && codes.includes('no-round-trips'), codes.join());
  });
});

/** The same energy, which chains can only run in plain JavaScript. */
const uncompiled = (energy: EnergyEvaluator): EnergyEvaluator => ({
  dimension: energy.dimension,
  energies: (x, n, energies) => energy.energies(x, n, energies),
  energiesAndGradients: (x, n, energies, gradients) => energy.energiesAndGradients(x, n, energies, gradients),
});

describe('parallel tempering: determinism', () => {
  const small: ParallelTemperingOptions = { ...wells, ladders: 2, warmupRounds: 40, rounds: 30, inverseTemperatures: { hottest: 0.1, replicas: 3 }, stepsPerRound: 2 };
  const whole = createParallelTempering(small);
  whole.advance(70);

  it('calls of any length give the same bits', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 25 }), { maxLength: 6 }), (calls) => {
      const run = createParallelTempering(small);
      for (const rounds of calls) run.advance(rounds);
      run.advance(70);
      assert.deepEqual(run.snapshot(), whole.snapshot());
    }), { numRuns: 15, seed: 3 });
  });

  it('rounds may be cut between kernel steps, stored and taken up there', () => {
    for (const change of [{}, { precision: 'float32' }, { energy: uncompiled(wells.energy) }] as const) {
      const options = { ...small, ...change, stepsPerRound: 7 };
      const expected = createParallelTempering(options);
      expected.advance(70);
      fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 12 }), (calls) => {
        let run = createParallelTempering(options);
        for (const [k, steps] of calls.entries()) {
          if (k % 3 === 2) run.advance(steps % 4);
          else run.advanceSteps(steps);
          const { json, arrays } = run.snapshot();
          run = createParallelTempering(options);
          run.restore({ json: JSON.parse(JSON.stringify(json)) as typeof json, arrays });
        }
        run.advanceSteps(7 * 70);
        assert.equal(run.progress.phase, 'done', 'done');
        assert.deepEqual(run.snapshot(), expected.snapshot());
      }), { numRuns: 8, seed: 4 });
    }
  });

  for (const kernel of Object.keys(kernels) as KernelName[]) {
    it(`${kernel}: resuming from a snapshot gives the same bits and the same result`, () => {
      const options = { ...small, kernel };
      const uninterrupted = createParallelTempering(options);
      uninterrupted.advance(70);
      for (const killedAfter of [0, 1, 17, 40, 41, 69]) {
        const killed = createParallelTempering(options);
        killed.advance(killedAfter);
        const { json, arrays } = killed.snapshot();
        const resumed = createParallelTempering(options);
        resumed.advance(5);
        resumed.restore({ json: JSON.parse(JSON.stringify(json)) as typeof json, arrays });
        assert.deepEqual(resumed.progress, killed.progress);
        resumed.advance(70);
        assert.deepEqual(resumed.snapshot(), uninterrupted.snapshot());
        assert.deepEqual(resumed.result(), uninterrupted.result());
      }
    });
  }

  it('a snapshot is a copy', () => {
    const run = createParallelTempering(small);
    run.advance(10);
    const snapshot = run.snapshot();
    const before = structuredClone(snapshot);
    run.advance(20);
    assert.deepEqual(snapshot, before);
  });

  it('another seed gives other samples', () => {
    const other = createParallelTempering({ ...small, key: keyFromSeed(32) });
    other.advance(70);
    assert.notDeepEqual(other.result().positions, whole.result().positions);
  });

  it('progress follows the phases', () => {
    const run = createParallelTempering(small);
    assert.deepEqual(run.progress, { phase: 'warmup', round: 0, rounds: 70, smallestSwapRate: null, roundTrips: 0, nonFinite: 0 });
    run.advance(40);
    // The main phase counts from its own start.
    assert.deepEqual(run.progress, { phase: 'main', round: 40, rounds: 70, smallestSwapRate: null, roundTrips: 0, nonFinite: 0 });
    run.advance(1000);
    assert.deepEqual([run.progress.phase, run.progress.round], ['done', 70]);
  });
});

describe('parallel tempering elsewhere', () => {
  it('on a circle: moments and log Z', () => {
    const result = runToEnd({ ...wells, energy: vonMises.energy, base: base(vonMises.domain), inverseTemperatures: { hottest: 0.2, replicas: 3 }, warmupRounds: 100, rounds: 300 });
    const { mean, standardError } = overLadders(result, 1, vonMises.at);
    assert.ok(Math.abs(mean - vonMises.meanCosine) < 5 * standardError, `${mean} ± ${standardError}`);
    assert.ok(result.logZ !== null && Math.abs(result.logZ.value - vonMises.logZ) < 4 * result.logZ.standardError && result.logZ.standardError < 0.05);
    assert.deepEqual(result.figures.splitRhat.map(({ name }) => name), ['energy', 'cos x1', 'sin x1']);
  });

  it('starts where the energy is finite, and counts where it is not', () => {
    // U = x − 2 log x on x > 0: Gamma(3), log Z = log 2; half of the base lies outside.
    const gamma = pointwise(1, (x, gradient) => {
      gradient[0] = 1 - 2 / x[0];
      return x[0] - 2 * Math.log(x[0]);
    });
    const result = runToEnd({ ...wells, energy: gamma, base: base(real(1)), inverseTemperatures: { hottest: 0.5, replicas: 2 }, rounds: 300 });
    const { mean, standardError } = overLadders(result, 1, (x) => x[0]);
    assert.ok(Math.abs(mean - 3) < 5 * standardError, `${mean} ± ${standardError}`);
    const { logZ } = result;
    assert.ok(logZ !== null && logZ.standardError < 0.05 && Math.abs(logZ.value - Math.log(2)) < 4 * logZ.standardError, JSON.stringify(logZ));
    assert.ok(result.figures.nonFinite > 0 && result.warnings.some(({ code }) => code === 'non-finite'));
    const nowhere = pointwise(1, () => NaN);
    assert.throws(() => createParallelTempering({ ...wells, energy: nowhere, base: base(real(1)) }), { name: 'InputError', message: /not finite at 100 base samples/ });
  });
});

describe('parallel tempering: bad input', () => {
  const cases: [string, Partial<ParallelTemperingOptions>, RegExp][] = [
    ['ladders', { ladders: -3 }, /^parallelTempering: ladders must be a positive integer, got -3$/],
    ['rounds', { rounds: 0 }, /^parallelTempering: rounds must be a positive integer, got 0$/],
    ['rounds, endless', { rounds: Infinity }, /rounds must be a positive integer, got Infinity/],
    ['warmupRounds', { warmupRounds: 1.5 }, /warmupRounds must be a non-negative integer, got 1.5/],
    ['stepsPerRound', { stepsPerRound: NaN }, /stepsPerRound must be a positive integer, got NaN/],
    ['stepSize', { stepSize: 0 }, /stepSize must be finite and > 0, got 0/],
    ['stepSize per rung', { stepSize: [0.1] }, /stepSize must have one entry per rung \(6\), got 1/],
    ['ladder', { inverseTemperatures: { hottest: 2, replicas: 3 } }, /hottest must lie strictly between 0 and 1, got 2/],
    ['explicit ladder', { inverseTemperatures: [1, 0.5] }, /must increase/],
    ['base', { base: base(real(3)) }, /the energy has 2 coordinates, but the base has 3/],
    ['initialPositions', { initialPositions: new Float64Array(3) }, /initialPositions must hold 16 x 6 x 2 numbers, got 3/],
    ['kernel', { kernel: 'nuts' as KernelName }, /kernel must be one of mala, hmc, tamedEuler, heun, got nuts/],
    ['kernelOptions', { kernelOptions: { leapfrogSteps: 4 } }, /mala: leapfrogSteps is an option of hmc only/],
    ['leapfrogSteps', { kernel: 'hmc', kernelOptions: { leapfrogSteps: 0 } }, /hmc: leapfrogSteps must be a positive integer, got 0/],
  ];
  for (const [what, change, message] of cases) {
    it(what, () => assert.throws(() => createParallelTempering({ ...wells, ...change }), { name: 'InputError', message }));
  }
  it('rounds to advance, early results, foreign and broken snapshots', () => {
    const run = createParallelTempering({ ...wells, ladders: 1, rounds: 5 });
    assert.throws(() => run.advance(-1), { name: 'InputError', message: /advance needs a non-negative integer of rounds, got -1/ });
    assert.throws(() => run.result(), { name: 'InputError', message: /no samples yet/ });
    const snapshot = createParallelTempering({ ...wells, ladders: 2, rounds: 5 }).snapshot();
    assert.throws(() => run.restore(snapshot), { name: 'InputError', message: /other settings/ });
    const own = run.snapshot();
    for (const name of ['ladder', 'chains.energies', 'swaps.replicas', 'trace.positions', 'steps.logSteps']) {
      const others = Object.fromEntries(Object.entries(own.arrays).filter(([each]) => each !== name));
      assert.throws(() => run.restore({ json: own.json, arrays: others }), { name: 'InputError', message: new RegExp(name.split('.')[1] ?? name) });
    }
    assert.throws(() => run.restore({ json: { ...own.json, step: 'x' }, arrays: own.arrays }), { name: 'InputError', message: /step/ });
  });
});
