/** Step sizes drawn over decades: their law, what they leave invariant, and that nothing else depends on them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { np } from '../../src/engine/numpy.ts';
import { foldIn, keyFromSeed } from '../../src/engine/random.ts';
import { mala as compiledMala } from '../../src/engine/simd/chains/mala.ts';
import type { ChainHalf, ChainKernel, StepDraws, StepWriter } from '../../src/engine/simd/chains/kernel.ts';
import { compileChains } from '../../src/engine/simd/chains/module.ts';
import type { V128 } from '../../src/engine/wasm/instructions.ts';
import { CHAIN_ARRAYS } from '../../src/samplers/chainState.ts';
import type { Kernel } from '../../src/samplers/kernel.ts';
import { createKernel, type KernelName } from '../../src/samplers/kernels.ts';
import { createParallelTempering } from '../../src/samplers/parallelTempering.ts';
import type { ParallelTemperingOptions } from '../../src/samplers/parallelTemperingOptions.ts';
import { plainRunner, runnerOf, type RoundRunner } from '../../src/samplers/roundRunner.ts';
import { checkSettings, parseSetting } from '../../src/settings/check.ts';
import { settingsFor } from '../../src/experiments/presets.ts';
import { threeWell } from '../../src/targets/threeWell.ts';
import { advanced, paths } from './paths.ts';
import { circle, pointwise, real, skewed, vonMises, withProgram, zScore } from './targets.ts';

const key = keyFromSeed(23);

/** Largest steps that are refused about as often as accepted, over the decades. */
const cases: readonly { readonly kernel: Kernel; readonly largest: number }[] = [
  { kernel: createKernel('mala', { stepDecades: 1 }), largest: 3 },
  { kernel: createKernel('mala', { stepDecades: 4 }), largest: 30 },
  { kernel: createKernel('hmc', { stepDecades: 2, leapfrogSteps: 4 }), largest: 3 },
];
const nameOf = ({ name, options }: Kernel): string => `${name}, ${options['stepDecades']} decades`;

/** z-scores of exact moments, of chains that started from exact draws. */
function largestScore(runner: RoundRunner, stepSizes: number, beta = 1): number {
  const n = 20000;
  const state = advanced(runner, {
    energy: skewed.energy, positions: skewed.sample(foldIn(key, 'exact'), n, beta), inverseTemperatures: beta, stepSizes,
    key: foldIn(key, 'chains'),
  }, 12);
  return Math.max(...skewed.moments(beta).map(({ exact, at }) => Math.abs(zScore(state.positions, 2, at, exact).z)));
}

const onSkewed = (kernel: Kernel): { energy: typeof skewed.energy; domain: typeof skewed.domain; kernel: Kernel } =>
  ({ energy: skewed.energy, domain: skewed.domain, kernel });

for (const [path, makeRunner] of Object.entries(paths)) {
  describe(`steps over decades, ${path}`, () => {
    for (const { kernel, largest } of cases) {
      for (const beta of [1, 0.5]) {
        it(`${nameOf(kernel)}: leave exp(-${beta} U) alone`, () => {
          const score = largestScore(makeRunner(onSkewed(kernel)), largest, beta);
          assert.ok(score < 5, `${score}`);
        });
      }

      it(`${nameOf(kernel)}: a fair share of the proposals of the largest step is refused, and of all accepted`, () => {
        const start = { energy: skewed.energy, positions: skewed.sample(key, 2000), inverseTemperatures: 1, stepSizes: largest, key };
        const { accepted, proposed } = advanced(makeRunner(onSkewed(kernel)), start, 5);
        const rate = accepted.reduce((x, y) => x + y, 0) / proposed.reduce((x, y) => x + y, 0);
        assert.ok(rate > 0.2 && rate < 0.9, `${rate}`);
      });
    }

    it('are log-uniform: moments of free steps', () => {
      const [n, h, decades] = [40000, 0.3, 2];
      const energy = withProgram(pointwise(1, (_, gradient) => {
        gradient[0] = 0;
        return 0;
      }), (x) => x.slice(0).mul(0));
      const free = (name: KernelName, options: object): Float64Array => advanced(
        makeRunner({ energy, domain: real(1, 1e6), kernel: createKernel(name, { stepDecades: decades, ...options }) }),
        { energy, positions: new Float64Array(n), inverseTemperatures: 1, stepSizes: h, key }, 1
      ).positions;
      const range = decades * Math.LN10;
      // Means over u of powers of the step, in closed form: of e^(−k R u).
      const mean = (k: number): number => (1 - Math.exp(-k * range)) / (k * range);
      const steps = free('mala', {});
      const near = (x: Float64Array, at: (x: number) => number, exact: number): void => {
        const { z } = zScore(x, 1, ([value]) => at(value), exact);
        assert.ok(Math.abs(z) < 5, `${z}`);
      };
      near(steps, (x) => x * x, 2 * h * mean(1)); // x = √(2h) z
      near(steps, (x) => x ** 4, 12 * h * h * mean(2));
      near(steps, (x) => Math.log(x * x), Math.log(2 * h) - range / 2 - Math.log(2) - 0.5772156649015329);
      // A trajectory of L leaps of ε is L ε p, and the jitter of ε goes with the drawn size.
      const trajectories = free('hmc', { leapfrogSteps: 3 });
      const jittered = Array.from({ length: 1000 }, (_, i) => (i + 0.5) / 1000)
        .reduce((sum, u) => sum + (Math.exp(range * (u - 1)) * (0.8 + 0.4 * u)) ** 2 / 1000, 0);
      near(trajectories, (x) => x * x, 9 * h * h * jittered);
    });
  });
}

describe('steps over decades: mutants', () => {
  /** As large as it suits where a chain is: never the same there and back. */
  const ofTheState: Kernel = {
    ...createKernel('mala'),
    advance(state, energy, domain, steps) {
      const largest = state.stepSizes.slice();
      for (let s = 0; s < steps; s++) {
        for (let i = 0; i < state.chains; i++)
          state.stepSizes[i] = largest[i] * 10 ** (-2 / (1 + Math.exp(2 * state.positions[2 * i])));
        createKernel('mala').advance(state, energy, domain, 1);
      }
    },
  };
  it('a step that depends on the state fails the test of invariance', () => {
    assert.ok(largestScore(plainRunner(onSkewed(ofTheState)), 3) > 10);
  });

  /** Of what is compiled: the uniform that the step is drawn with, replaced. */
  const withSide = (side: (write: StepWriter, half: ChainHalf, draws: StepDraws) => V128): ChainKernel => ({
    uniforms: true,
    prepare(write, halves) {
      const step = compiledMala({ stepDecades: 1 }).prepare(write, halves);
      return (draws) => step(draws.map((own, k) => ({ ...own, side: write.f.let(side(write, halves[k], own)) })));
    },
  });
  const sides = {
    'none, for the step is right': withSide((_write, _half, { side }) => side),
    'a step that depends on the state': withSide(({ f, math }, { positions }) => math.sigmoid(f, positions[0].get)),
    'a step drawn with the uniform of the Metropolis test': withSide(({ f, math }, _half, { logUniform }) => math.exp(f, logUniform)),
  };
  for (const precision of ['float64', 'float32'] as const) for (const [fault, kernel] of Object.entries(sides)) {
    it(`compiled to ${precision}: ${fault}`, () => {
      const { energy: { compiled }, domain } = skewed;
      assert.ok(compiled !== undefined);
      const score = largestScore(runnerOf(compileChains({ ...compiled, domain, precision, kernel })), 3);
      assert.ok(fault.startsWith('none') ? score < 5 : score > 7, `${score}`);
    });
  }
});

/** Largest difference relative to the size of the numbers. */
function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  assert.equal(a.length, b.length);
  return Array.from(a).reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]) / (1 + Math.abs(x))), 0);
}

describe('steps over decades, compiled', () => {
  const compare = (domain: typeof skewed.domain, energy: typeof skewed.energy, kernel: Kernel, d: number): void => {
    const mean = Float64Array.from({ length: d }, (_, j) => 0.3 - 0.1 * j);
    const base = { domain, mean, standardDeviation: Float64Array.from({ length: d }, (_, j) => 1 + 0.2 * j) };
    for (const along of [{}, { reference: base }]) for (const n of [1, 3, 8]) {
      const start = {
        energy, positions: Float64Array.from({ length: n * d }, (_, i) => Math.sin(i)), stepSizes: 0.05, key, ...along,
        inverseTemperatures: Array.from({ length: n }, (_, i) => (i % 3) / 2),
      };
      const [plain, double, single] =
        Object.values(paths).map((path) => advanced(path({ energy, domain, kernel, ...along }), start, 5));
      for (const array of CHAIN_ARRAYS) {
        assert.ok(difference(plain[array], double[array]) < 1e-12, array);
        assert.ok(difference(plain[array], single[array]) < 1e-4, `float32 ${array}`);
      }
      const one = advanced(paths.float64({ energy, domain, kernel: createKernel(kernel.name), ...along }), start, 5);
      assert.ok(difference(one.positions, double.positions) > 1e-4, 'they matter');
    }
  };
  for (const { kernel } of cases) {
    it(`${nameOf(kernel)}: as in plain JavaScript, with a reference and without`, () => {
      compare(skewed.domain, skewed.energy, kernel, 2);
      compare(vonMises.domain, vonMises.energy, kernel, 1);
      const energy = withProgram(pointwise(9, (x, gradient) => {
        gradient[0] = Math.sin(x[0]) - x[1] * Math.cos(x[0]);
        for (let j = 1; j < 9; j++) gradient[j] = x[j] ** 3;
        gradient[1] -= Math.sin(x[0]);
        return x.subarray(1).reduce((sum, value) => sum + 0.25 * value ** 4, -Math.cos(x[0]) - x[1] * Math.sin(x[0]));
      }), (x) => np.square(np.square(x.slice([1]))).sum().mul(0.25).sub(np.cos(x.slice(0))).sub(x.slice(1).mul(np.sin(x.slice(0)))));
      compare([...circle(), ...real(8)], energy, kernel, 9);
    });
  }
});

describe('tempering over decades', () => {
  const tempering = { energy: skewed.energy, base: { domain: skewed.domain, mean: new Float64Array(2), standardDeviation: new Float64Array(2).fill(1) } };
  const options: ParallelTemperingOptions = {
    ...tempering, inverseTemperatures: { hottest: 0.25, replicas: 3 }, ladders: 42, stepsPerRound: 3, warmupRounds: 60, rounds: 60,
    kernelOptions: { stepDecades: 3 }, key,
  };
  for (const kernel of ['mala', 'hmc'] as const) {
    it(`${kernel}: the largest step is adapted to a mean acceptance of .8, and lies above the one step size of else`, () => {
      const figures = ([2, 0] as const).map((stepDecades) => {
        const run = createParallelTempering({ ...options, kernel, kernelOptions: { stepDecades }, warmupRounds: 200 });
        run.advance(300);
        return run.result().figures;
      });
      for (const rate of figures[0].acceptanceRates) assert.ok(rate !== null && Math.abs(rate - 0.8) < 0.04, `${rate}`);
      figures[0].stepSizes.forEach((h, k) => assert.ok(h > figures[1].stepSizes[k]));
    });
  }

  for (const change of [{ precision: 'float64' }, { precision: 'float32' }, { kernel: 'hmc' }, { energy: pointwise(2, (x, gradient) => {
    gradient.set(x);
    return 0.5 * (x[0] ** 2 + x[1] ** 2);
  }) }] as const) {
    it(`threads, calls and a resume from anywhere give the same bits: ${JSON.stringify(change)}`, () => {
      const whole = createParallelTempering({ ...options, ...change, threads: 1 });
      whole.advance(120);
      for (const killedAfter of [0, 7, 181, 260]) {
        const killed = createParallelTempering({ ...options, ...change, threads: 2 });
        killed.advanceSteps(killedAfter);
        const resumed = createParallelTempering({ ...options, ...change, threads: 4 });
        resumed.restore(killed.snapshot());
        resumed.advance(120);
        assert.deepEqual(resumed.snapshot(), whole.snapshot());
      }
    });
  }

  it('a snapshot of other decades is refused', () => {
    const run = createParallelTempering(options);
    for (const stepDecades of [0, 2]) {
      const other = createParallelTempering({ ...options, kernelOptions: { stepDecades } });
      assert.throws(() => other.restore(run.snapshot()), { name: 'InputError', message: /other settings/ });
    }
  });

  it('with none, kernels are those of one step size', () => {
    for (const name of ['mala', 'hmc', 'tamedEuler', 'heun'] as const)
      assert.equal(createKernel(name, { stepDecades: 0 }), createKernel(name));
  });
});

/** v ~ N(0, 9) and x_i ~ N(0, e^v), i < d, with x in units of its deviation: means over v are known. */
function funnel(d: number): typeof skewed.energy {
  const scale = Math.exp(4.5);
  return withProgram(pointwise(d, (x, gradient) => {
    const precision = scale * Math.exp(-3 * x[0]);
    const squares = x.subarray(1).reduce((sum, value) => sum + value * value, 0);
    gradient[0] = x[0] + 1.5 * (d - 1) - 1.5 * precision * squares;
    for (let j = 1; j < d; j++) gradient[j] = precision * x[j];
    return 0.5 * x[0] ** 2 + 1.5 * (d - 1) * x[0] + 0.5 * precision * squares;
  }), (x) => {
    const v = x.slice(0);
    const squares = np.square(x.slice([1])).sum();
    return np.square(v).mul(0.5).add(v.mul(1.5 * (d - 1))).add(np.exp(v.mul(-3)).mul(squares).mul(0.5 * scale));
  });
}

describe('the neck of a funnel', () => {
  /** Mass of v < −3, which is that of a normal law one deviation below its mean. */
  const narrow = (stepDecades: number): { readonly mean: number; readonly error: number } => {
    const [d, ladders, rounds] = [3, 96, 2000];
    const base = { domain: real(d, 100), mean: new Float64Array(d), standardDeviation: new Float64Array(d).fill(1) };
    const run = createParallelTempering({
      energy: funnel(d), base, inverseTemperatures: [1], ladders, stepsPerRound: 2, warmupRounds: 500, rounds,
      kernel: 'hmc', kernelOptions: { stepDecades, leapfrogSteps: 16 }, key,
    });
    run.advance(500 + rounds);
    const { positions } = run.result();
    const masses = new Float64Array(ladders);
    for (let i = 0; i < rounds * ladders; i++) if (positions[i * d] < -1) masses[i % ladders] += 1 / rounds;
    const mean = masses.reduce((x, y) => x + y, 0) / ladders;
    return { mean, error: Math.sqrt(masses.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (ladders * (ladders - 1))) };
  };
  const exact = 0.15865525;

  it('is entered and left over two decades, where chains of one step size stay on their side of it', () => {
    const [one, over] = [narrow(0), narrow(2)];
    assert.ok(Math.abs(over.mean - exact) < 5 * over.error && over.error < 0.015, JSON.stringify(over));
    // Of chains that never cross, each has all or nothing: √(p (1 − p) / 96) = .037.
    assert.ok(one.error > 0.025, `mutant: ${JSON.stringify(one)}`);
  });
});

describe('steps over decades: bad input', () => {
  for (const stepDecades of [-1, NaN, Infinity]) it(`${stepDecades}`, () => {
    for (const name of ['mala', 'hmc'])
      assert.throws(() => createKernel(name, { stepDecades }), { name: 'InputError', message: `${name}: stepDecades must be a finite number >= 0, got ${stepDecades}` });
  });
  it('kernels that are biased by their steps', () => {
    for (const name of ['tamedEuler', 'heun'])
      assert.throws(() => createKernel(name, { stepDecades: 2 }), { name: 'InputError', message: `${name}: stepDecades is an option of mala and hmc only (others are biased by their steps)` });
  });
  it('settings', () => {
    assert.deepEqual(parseSetting('sampling.stepDecades=2.5'), { stepDecades: 2.5 });
    assert.throws(() => parseSetting('stepDecades=-1'), { name: 'InputError', message: '--set stepDecades: must be at least 0, got "-1"' });
    assert.equal(settingsFor(threeWell, 'default', { generator: 'flow' }).sampling.stepDecades, 0);
    const { sampling } = checkSettings(settingsFor(threeWell, 'default', { stepDecades: 4 }));
    assert.equal(sampling.stepDecades, 4);
    assert.throws(() => settingsFor(threeWell, 'default', { stepDecades: 4, kernel: 'heun' }), {
      name: 'InputError', message: 'setting stepDecades: needs a kernel that is exact at every step size (mala or hmc), got kernel=heun',
    });
  });
});
