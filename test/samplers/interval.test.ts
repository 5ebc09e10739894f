/** Chains between walls: kernels leave exp(−βU) on an interval alone, compiled as in plain JavaScript, and whole ladders find log Z. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { np } from '../../src/engine/numpy.ts';
import { foldIn, keyFromSeed, uniform } from '../../src/engine/random.ts';
import { CHAIN_ARRAYS, type ChainState } from '../../src/samplers/chainState.ts';
import { kernels, type KernelName } from '../../src/samplers/kernels.ts';
import { createParallelTempering } from '../../src/samplers/parallelTempering.ts';
import type { ParallelTemperingOptions } from '../../src/samplers/parallelTemperingOptions.ts';
import type { ParallelTemperingResult } from '../../src/samplers/parallelTemperingResult.ts';
import { compileEnergy } from '../../src/targets/compile.ts';
import { wrapPoints, type Domain } from '../../src/targets/domain.ts';
import type { EnergyEvaluator } from '../../src/targets/energyEvaluator.ts';
import { differenceTarget } from '../../src/targets/path.ts';
import { defineTarget } from '../../src/targets/target.ts';
import { advanced, paths } from './paths.ts';
import { pointwise, real, withProgram, zScore } from './targets.ts';

const key = keyFromSeed(61);
const names = Object.keys(kernels) as KernelName[];
const exactNames = names.filter((name) => kernels[name].exact);
const interval = (low: number, high: number): Domain[number] => ({ kind: 'interval', low, high });
const circle: Domain[number] = { kind: 'torus', low: -Math.PI, high: Math.PI };

interface Case {
  readonly domain: Domain;
  readonly energy: EnergyEvaluator;
  /** The first coordinate's quantile function at β; the others follow from `draw`. */
  readonly draw: (i: number, beta: number) => number[];
  readonly moments: (beta: number) => { readonly at: (x: ArrayLike<number>) => number; readonly exact: number }[];
}

const u = (i: number, k: number): number => uniform(foldIn(key, 'exact'), i, k);
/** Quantile and moments of e^{a x} on [0, 1]. */
const tilted = (a: number, p: number): number => Math.log1p(p * Math.expm1(a)) / a;
const tiltedMean = (a: number): number => 1 / -Math.expm1(-a) - 1 / a;
const tiltedSquare = (a: number): number => 1 / -Math.expm1(-a) - (2 / a) * tiltedMean(a);
/** I₁(κ)/I₀(κ) of κ = 1, 2. */
const BESSEL_RATIO: Readonly<Record<number, number>> = { 1: 0.4463899658965345, 2: 0.6977746579640079 };
const BESSEL_I0_OF_2 = 2.279585302336067;

const cases: Readonly<Record<string, Case>> = {
  // e^{3x}: most of the density lies at the wall at 1.
  'piled up at a wall': {
    domain: [interval(0, 1)],
    energy: withProgram(pointwise(1, (x, gradient) => {
      gradient[0] = -3;
      return -3 * x[0];
    }), (x) => x.slice(0).mul(-3)),
    draw: (i, beta) => [tilted(3 * beta, u(i, 0))],
    moments: (beta) => [{ at: (x) => x[0], exact: tiltedMean(3 * beta) }, { at: (x) => x[0] ** 2, exact: tiltedSquare(3 * beta) }],
  },
  // x^2 on [0, 1]: a logarithm that is not a number beyond the wall at 0.
  'no energy beyond a wall': {
    domain: [interval(0, 1)],
    energy: withProgram(pointwise(1, (x, gradient) => {
      gradient[0] = x[0] < 0 ? NaN : -2 / x[0];
      return -2 * Math.log(x[0]);
    }), (x) => np.log(x.slice(0)).mul(-2)),
    draw: (i, beta) => [u(i, 0) ** (1 / (2 * beta + 1))],
    moments: (beta) => [1, 2, 3].map((k) => ({ at: (x) => x[0] ** k, exact: (2 * beta + 1) / (2 * beta + 1 + k) })),
  },
  // y given x is von Mises about 2.5 + x, whose constant does not depend on x.
  'interval times circle': {
    domain: [interval(0, 1), circle],
    energy: withProgram(pointwise(2, (x, gradient) => {
      const slope = 2 * Math.sin(x[1] - x[0] - 2.5);
      gradient[0] = -3 - slope;
      gradient[1] = slope;
      return -3 * x[0] - 2 * Math.cos(x[1] - x[0] - 2.5);
    }), (x) => x.slice(0).mul(-3).sub(np.cos(x.slice(1).sub(x.slice(0)).sub(2.5)).mul(2))),
    draw(i, beta) {
      const x = tilted(3 * beta, u(i, 0));
      for (let k = 1; ; k += 2) {
        const angle = Math.PI * (2 * u(i, k) - 1);
        if (u(i, k + 1) < Math.exp(2 * beta * (Math.cos(angle) - 1))) {
          const y = angle + x + 2.5;
          return [x, y - 2 * Math.PI * Math.floor((y + Math.PI) / (2 * Math.PI))];
        }
      }
    },
    moments: (beta) => [
      { at: (x) => x[0], exact: tiltedMean(3 * beta) },
      { at: (x) => x[0] ** 2, exact: tiltedSquare(3 * beta) },
      { at: (x) => Math.cos(x[1] - x[0] - 2.5), exact: BESSEL_RATIO[2 * beta] },
      { at: (x) => x[0] * Math.cos(x[1] - x[0] - 2.5), exact: tiltedMean(3 * beta) * BESSEL_RATIO[2 * beta] },
    ],
  },
};

const draws = ({ draw }: Case, n: number, beta: number): Float64Array => Float64Array.from(Array.from({ length: n }, (_, i) => draw(i, beta)).flat());

/** Largest |z| of a case's moments over independent points. */
const score = ({ moments, domain }: Case, positions: Float64Array, beta: number): number =>
  Math.max(...moments(beta).map(({ at, exact }) => Math.abs(zScore(positions, domain.length, at, exact).z)));

const total = (counts: Float64Array): number => counts.reduce((a, b) => a + b, 0);
const within = ({ positions, dimension }: ChainState, domain: Domain): boolean =>
  positions.every((x, i) => { const { low, high } = domain[i % dimension]; return x >= low && x <= high; });

/** A step that goes beyond a wall every second or third time. */
const LARGE: Readonly<Record<KernelName, number>> = { mala: 0.1, hmc: 0.07, tamedEuler: 0.02, heun: 0.02 };
const DRAWS = 15000;
const STEPS = 10;

function largest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a, (value, i) => Math.abs(value - b[i]) / (1 + Math.abs(value))).reduce((x, y) => Math.max(x, y));
}

for (const [what, of] of Object.entries(cases)) {
  describe(`kernels between walls: ${what}`, () => {
    it('the draws that chains start from are exact', () => {
      for (const beta of [0.5, 1]) assert.ok(score(of, draws(of, DRAWS, beta), beta) < 5);
    });

    for (const [path, makeRunner] of Object.entries(paths)) {
      for (const name of names) {
        it(`${name}, ${path}: refuses what is beyond a wall, counts it as proposed and not as not finite${kernels[name].exact ? ', and leaves the law alone' : ''}`, () => {
          const runner = makeRunner({ energy: of.energy, domain: of.domain, kernel: kernels[name] });
          for (const beta of kernels[name].exact ? [0.5, 1] : [1]) {
            const state = advanced(runner, { energy: of.energy, positions: draws(of, DRAWS, beta), inverseTemperatures: beta, stepSizes: LARGE[name], key: foldIn(key, 'chains') }, STEPS);
            assert.ok(within(state, of.domain) && state.energies.every(Number.isFinite));
            assert.deepEqual([total(state.proposed), total(state.nonFinite)], [DRAWS * STEPS, 0]);
            const rate = total(state.accepted) / total(state.proposed);
            assert.ok(rate > 0.2 && rate < 0.9, `${rate}`);
            if (kernels[name].exact) assert.ok(score(of, state.positions, beta) < 5, `${score(of, state.positions, beta)}`);
          }
        });
      }
    }

    it('compiled: a few steps as in plain JavaScript, for numbers of chains that do and do not fill vectors', () => {
      for (const name of names) {
        for (const n of [1, 3, 8, 50]) {
          const start = { energy: of.energy, positions: draws(of, n, 1), inverseTemperatures: Array.from({ length: n }, (_, i) => 1 / (1 + (i % 4))), stepSizes: LARGE[name], key };
          const [plain, double] = [paths.plain, paths.float64].map((path) => advanced(path({ energy: of.energy, domain: of.domain, kernel: kernels[name] }), start, 8));
          for (const array of CHAIN_ARRAYS) assert.ok(largest(plain[array], double[array]) < 1e-10, `${name} ${array}: ${largest(plain[array], double[array])}`);
          if (n === 50) assert.ok(total(plain.accepted) < total(plain.proposed));
        }
      }
    });
  });
}

describe('kernels between walls: mutants', () => {
  const of = cases['piled up at a wall'];
  const start = { positions: draws(of, DRAWS, 1), inverseTemperatures: 1, key: foldIn(key, 'chains') };
  const run = (energy: EnergyEvaluator, domain: Domain, name: KernelName, path: keyof typeof paths): number =>
    score(of, advanced(paths[path]({ energy, domain, kernel: kernels[name] }), { ...start, energy, stepSizes: LARGE[name] }, STEPS).positions, 1);

  for (const name of exactNames) {
    it(`${name} without walls fails the same test, in plain JavaScript and compiled`, () => {
      for (const path of ['plain', 'float64', 'float32'] as const) assert.ok(run(of.energy, real(1), name, path) > 10);
    });

    it(`${name} that moves proposals to the wall instead of refusing them fails it too`, () => {
      const clamped: EnergyEvaluator = {
        ...of.energy,
        compiled: undefined as never,
        energiesAndGradients(x, n, energies, gradients) {
          wrapPoints(of.domain, x, n);
          of.energy.energiesAndGradients(x, n, energies, gradients);
        },
      };
      assert.ok(run(clamped, real(1), name, 'plain') > 10);
    });
  }
});

describe('kernels between walls: counts', () => {
  it('an energy that is not finite within the walls is still counted', () => {
    const energy = withProgram(pointwise(1, (x, gradient) => {
      gradient[0] = 0;
      return x[0] > 0.5 ? NaN : 0;
    }), (x) => np.where(np.greater(x.slice(0), 0.5), NaN, x.slice(0).mul(0)));
    for (const [path, makeRunner] of Object.entries(paths)) {
      for (const name of names) {
        const state = advanced(makeRunner({ energy, domain: [interval(0, 1)], kernel: kernels[name] }), { energy, positions: new Float64Array(500).fill(0.3), inverseTemperatures: 1, stepSizes: LARGE[name], key }, 20);
        const [refused, counted] = [total(state.proposed) - total(state.accepted), total(state.nonFinite)];
        // What went beyond 0 is refused as well, without being counted.
        assert.ok(counted > 100 && counted < refused - 100 && state.positions.every((x) => x >= 0 && x <= 0.5), `${name}, ${path}: ${counted} of ${refused}`);
      }
    }
  });

  it('walls that float32 rounds outwards still hold, and a flat density stays flat', () => {
    const domain = [interval(0.1, 0.7)];
    const energy = withProgram(pointwise(1, () => 0), (x) => x.slice(0).mul(0));
    for (const path of Object.values(paths)) {
      const state = advanced(path({ energy, domain, kernel: kernels.mala }), { energy, positions: new Float64Array(4000).fill(0.4), inverseTemperatures: 1, stepSizes: 0.02, key }, 60);
      assert.ok(within(state, domain));
      assert.ok(Math.abs(zScore(state.positions, 1, (x) => x[0], 0.4).z) < 5 && Math.abs(zScore(state.positions, 1, (x) => (x[0] - 0.4) ** 2, 0.03).z) < 5);
    }
  });
});

function runToEnd(options: ParallelTemperingOptions): ParallelTemperingResult {
  const run = createParallelTempering(options);
  run.advance((options.warmupRounds ?? 500) + options.rounds);
  return run.result();
}

describe('parallel tempering between walls', () => {
  const of = cases['interval times circle'];
  const target = defineTarget({
    name: 'walled', dimension: 2, interval: { 0: [0, 1] }, torus: { 1: [-Math.PI, Math.PI] },
    energy: (x) => x.slice(0).mul(-3).sub(np.cos(x.slice(1).sub(x.slice(0)).sub(2.5)).mul(2)),
  });
  const exact = Math.log(Math.expm1(3) / 3) + Math.log(2 * Math.PI * BESSEL_I0_OF_2);
  const common = { base: target.base, ladders: 16, stepsPerRound: 4, warmupRounds: 200, rounds: 500, key } as const;
  const runs: Readonly<Record<string, Partial<ParallelTemperingOptions> & Pick<ParallelTemperingOptions, 'energy' | 'inverseTemperatures'>>> = {
    'on the path from the uniform base': { energy: compileEnergy(differenceTarget(target)), reference: target.base, inverseTemperatures: { hottest: 0.3, replicas: 3 } },
    'on the path, in float32': { energy: compileEnergy(differenceTarget(target)), reference: target.base, inverseTemperatures: { hottest: 0.3, replicas: 3 }, precision: 'float32' },
    'in temperature': { energy: compileEnergy(target), inverseTemperatures: { hottest: 0.1, replicas: 3 } },
  };
  for (const [what, change] of Object.entries(runs)) {
    for (const kernel of exactNames) {
      it(`${kernel} ${what}: log Z and moments are those of the closed form, and nothing is warned of`, () => {
        const { logZ, positions, samples, figures, warnings } = runToEnd({ ...common, ...change, kernel });
        assert.ok(logZ !== null && logZ.standardError < 0.05 && Math.abs(logZ.value - exact) < 5 * logZ.standardError, `${JSON.stringify(logZ)}, exact ${exact}`);
        assert.ok(positions.every((x, i) => i % 2 === 1 || (x >= 0 && x <= 1)));
        of.moments(1).forEach(({ at, exact: mean }, k) => {
          const means = new Float64Array(16);
          for (let i = 0; i < samples; i++) means[i % 16] += at(positions.subarray(2 * i, 2 * i + 2)) / (samples / 16);
          const { z } = zScore(means, 1, (x) => x[0], mean);
          assert.ok(Math.abs(z) < 5, `moment ${k}: ${z}`);
        });
        assert.equal(figures.nonFinite, 0);
        figures.acceptanceRates.forEach((rate) => assert.ok(rate !== null && Math.abs(rate - (kernels[kernel].targetAcceptance ?? 0)) < 0.1, figures.acceptanceRates.join(', ')));
        assert.deepEqual(warnings.filter(({ severity }) => severity === 'warning'), []);
        assert.deepEqual(figures.splitRhat.map(({ name }) => name), ['energy', 'x1', 'cos x2', 'sin x2']);
      });
    }
  }

  it('chains may not start beyond a wall', () => {
    const initialPositions = new Float64Array(2 * 3 * 2).fill(0.5);
    initialPositions[6] = 1.01;
    assert.throws(() => createParallelTempering({ ...common, energy: compileEnergy(target), inverseTemperatures: { hottest: 0.1, replicas: 3 }, ladders: 2, initialPositions }), {
      name: 'InputError', message: 'parallelTempering: initialPositions must lie within the walls of the domain, but those of chain 3 do not',
    });
  });
});
