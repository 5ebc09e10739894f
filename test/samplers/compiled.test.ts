/** Compiled chains against plain JavaScript, which draws the same stream: steps, swaps, records, refusals, threads. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { np } from '../../src/engine/numpy.ts';
import { keyFromSeed } from '../../src/engine/random.ts';
import { mala } from '../../src/engine/simd/chains/mala.ts';
import { compileChains } from '../../src/engine/simd/chains/module.ts';
import { logSwapRatio, type SwapRatio } from '../../src/engine/simd/chains/swaps.ts';
import { CHAIN_ARRAYS, createChains } from '../../src/samplers/chainState.ts';
import { hmc } from '../../src/samplers/hmc.ts';
import { kernels, type KernelName } from '../../src/samplers/kernels.ts';
import { geometricLadder } from '../../src/samplers/ladder.ts';
import { createParallelTempering } from '../../src/samplers/parallelTempering.ts';
import type { ParallelTemperingOptions } from '../../src/samplers/parallelTemperingOptions.ts';
import { compiledRunner, createRoundRunner, plainRunner, runnerOf, type LadderState, type RoundRunner } from '../../src/samplers/roundRunner.ts';
import { createSwaps, SWAP_ARRAYS } from '../../src/samplers/swap.ts';
import { createTrace, TRACE_ARRAYS } from '../../src/samplers/trace.ts';
import { advanced, paths } from './paths.ts';
import { circle, pointwise, real, skewed, twoWells, vonMises, withProgram, zScore } from './targets.ts';

const key = keyFromSeed(41);
const names = Object.keys(kernels) as KernelName[];
const targets = { skewed, vonMises };

/** Largest difference relative to the size of the numbers. */
function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  assert.equal(a.length, b.length);
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i] - b[i]) / (1 + Math.abs(a[i])));
  return most;
}

describe('compiled kernels', () => {
  for (const name of names) {
    for (const [target, { energy, domain }] of Object.entries(targets)) {
      it(`${name}, ${target}: a few steps as in plain JavaScript, for numbers of chains that do and do not fill vectors`, () => {
        for (const n of [1, 2, 3, 4, 5, 8, 11]) {
          const positions = Float64Array.from({ length: n * energy.dimension }, (_, i) => 0.1 * i);
          const start = { energy, positions, inverseTemperatures: Array.from({ length: n }, (_, i) => 1 / (1 + i)), stepSizes: 0.05, key };
          const [plain, double, single] = Object.values(paths).map((path) => advanced(path({ energy, domain, kernel: kernels[name] }), start, 5));
          for (const array of CHAIN_ARRAYS) {
            assert.ok(difference(plain[array], double[array]) < 1e-12, `${array}: ${difference(plain[array], double[array])}`);
            assert.ok(difference(plain[array], single[array]) < 1e-4, `float32 ${array}: ${difference(plain[array], single[array])}`);
          }
          assert.equal(double.step, 5);
        }
      });
    }

    for (const outside of [NaN, Infinity, -Infinity]) {
      it(`${name} refuses and counts proposals of energy ${outside}`, () => {
        const energy = withProgram(pointwise(1, (x, gradient) => {
          gradient[0] = x[0] > 0 ? 1 : 0;
          return x[0] > 0 ? x[0] : outside;
        }), (x) => np.where(np.greater(x.slice(0), 0), x.slice(0), outside));
        const start = { energy, positions: new Float64Array(1501).fill(1), inverseTemperatures: 1, stepSizes: name === 'hmc' ? 0.15 : 0.5, key };
        const [plain, double, single] = Object.values(paths).map((path) => advanced(path({ energy, domain: real(1), kernel: kernels[name] }), start, 50));
        assert.deepEqual(double.nonFinite, plain.nonFinite);
        assert.deepEqual(double.accepted, plain.accepted);
        for (const state of [double, single]) {
          assert.ok(state.nonFinite.some((count) => count > 0) && state.proposed.every((count) => count === 50));
          assert.ok(state.positions.every((x) => x > 0) && state.energies.every(Number.isFinite));
          if (kernels[name].exact) assert.ok(Math.abs(zScore(state.positions, 1, (x) => x[0], 1).z) < 5);
        }
      });
    }
  }

  for (const name of names) {
    for (const d of [2, 9]) {
      it(`${name} with a reference, circles × lines in ${d} dimensions: a few steps as in plain JavaScript`, () => {
        const domain = [...circle(), ...real(d - 1)];
        const reference = { domain, mean: Float64Array.from({ length: d }, (_, j) => 0.3 - 0.1 * j), standardDeviation: Float64Array.from({ length: d }, (_, j) => 1 + 0.2 * j) };
        const energy = withProgram(pointwise(d, (x, gradient) => {
          gradient[0] = Math.sin(x[0]) - x[1] * Math.cos(x[0]);
          for (let j = 1; j < d; j++) gradient[j] = x[j] ** 3;
          gradient[1] -= Math.sin(x[0]);
          return x.subarray(1).reduce((sum, value) => sum + 0.25 * value ** 4, -Math.cos(x[0]) - x[1] * Math.sin(x[0]));
        }), (x) => np.square(np.square(x.slice([1]))).sum().mul(0.25).sub(np.cos(x.slice(0))).sub(x.slice(1).mul(np.sin(x.slice(0)))));
        for (const n of [1, 2, 3, 5, 8]) {
          const positions = Float64Array.from({ length: n * d }, (_, i) => Math.sin(i));
          const start = { energy, positions, inverseTemperatures: Array.from({ length: n }, (_, i) => (i % 3) / 2), stepSizes: 0.05, key, reference };
          const [plain, double, single] = Object.values(paths).map((path) => advanced(path({ energy, domain, kernel: kernels[name], reference }), start, 5));
          for (const array of CHAIN_ARRAYS) {
            assert.ok(difference(plain[array], double[array]) < 1e-12, `${array}: ${difference(plain[array], double[array])}`);
            assert.ok(difference(plain[array], single[array]) < 1e-4, `float32 ${array}: ${difference(plain[array], single[array])}`);
          }
          const without = advanced(paths.float64({ energy, domain, kernel: kernels[name] }), { energy, positions, inverseTemperatures: start.inverseTemperatures, stepSizes: 0.05, key }, 5);
          assert.ok(difference(without.positions, double.positions) > 1e-4, 'the reference matters');
        }
      });
    }
  }

  it('circles whose ends float32 rounds outwards still hold representatives in [low, high)', () => {
    const domain = [{ kind: 'torus' as const, low: 0.1, high: 0.7 }];
    const energy = withProgram(pointwise(1, () => 0), (x) => x.slice(0).mul(0));
    for (const path of Object.values(paths)) {
      const { positions } = advanced(path({ energy, domain, kernel: kernels.tamedEuler }), { energy, positions: new Float64Array(4000).fill(0.4), inverseTemperatures: 1, stepSizes: 1, key }, 50);
      assert.ok(positions.every((x) => x >= 0.1 && x < 0.7));
      assert.ok(Math.abs(zScore(positions, 1, (x) => x[0], 0.4).z) < 5);
    }
  });

  it('more coordinates than stay in registers', () => {
    const d = 19;
    const energy = withProgram(pointwise(d, (x, gradient) => {
      x.forEach((value, j) => { gradient[j] = (1 + j) * value; });
      return x.reduce((sum, value, j) => sum + 0.5 * (1 + j) * value * value, 0);
    }), (x) => np.square(x).mul(np.array(Array.from({ length: d }, (_, j) => 0.5 * (1 + j)))).sum());
    for (const name of names) {
      const start = { energy, positions: new Float64Array(6 * d).fill(0.3), inverseTemperatures: 1, stepSizes: name === 'hmc' ? 0.1 : 0.01, key };
      const [plain, double] = [paths.plain, paths.float64].map((path) => advanced(path({ energy, domain: real(d), kernel: kernels[name] }), start, 4));
      for (const array of CHAIN_ARRAYS) assert.ok(difference(plain[array], double[array]) < 1e-12, `${name} ${array}`);
    }
  });

  it('only kernels of the registry are compiled, with their own options', () => {
    const moving = { energy: skewed.energy, domain: skewed.domain };
    assert.equal(compiledRunner({ ...moving, kernel: { ...kernels.mala } }), null);
    assert.equal(createRoundRunner({ ...moving, energy: { ...skewed.energy, ...pointwise(2, () => 0), compiled: undefined } as never, kernel: kernels.mala }).arithmetic, 'float64');
    assert.equal(createRoundRunner({ ...moving, kernel: hmc({ leapfrogSteps: 3 }), precision: 'float32' }).arithmetic, 'compiled float32');
  });
});

/** L ladders of K rungs of the two wells, through rounds that record or do not. */
function ladderRun(runner: RoundRunner, ladders: number, rungs: number, calls: readonly (readonly [rounds: number, record: boolean])[], hottest = 1): LadderState {
  const betas = rungs === 1 ? [1] : geometricLadder(0.3, rungs);
  const n = ladders * rungs;
  const state = {
    chains: createChains({
      energy: twoWells.energy, positions: Float64Array.from({ length: 2 * n }, (_, i) => Math.sin(i)), inverseTemperatures: Array.from({ length: n }, (_, i) => betas[i % rungs]), stepSizes: 0.2, key, arrays: runner.arrays,
    }),
    swaps: createSwaps(ladders, rungs, key, runner.arrays),
    trace: { ...createTrace(40, ladders, rungs, 2, runner.arrays, { hottest }), stride: 3 },
  };
  const go = runner.ladders(state, 3);
  for (const [rounds, record] of calls) go.rounds(rounds, record);
  return state;
}

const wells = { energy: twoWells.energy, domain: twoWells.domain, kernel: kernels.mala };

describe('compiled ladders', () => {
  it('step, record and swap as in plain JavaScript', () => {
    for (const [ladders, rungs] of [[1, 1], [3, 2], [4, 5], [9, 3], [6, 6]]) {
      const calls = [[1, false], [1, false], [5, true], [30, true]] as const;
      for (const hottest of new Set([1, rungs])) {
        const [plain, double] = [plainRunner(wells), paths.float64(wells)].map((runner) => ladderRun(runner, ladders, rungs, calls, hottest));
        for (const name of CHAIN_ARRAYS) assert.ok(difference(plain.chains[name], double.chains[name]) < 1e-9, `${ladders} x ${rungs}: ${name}`);
        for (const name of SWAP_ARRAYS) assert.ok(difference(plain.swaps[name], double.swaps[name]) < 1e-9, `${ladders} x ${rungs}: ${name}`);
        for (const name of TRACE_ARRAYS) assert.ok(difference(plain.trace[name], double.trace[name]) < 1e-9, `${ladders} x ${rungs}: ${name}`);
        assert.deepEqual([double.chains.step, double.swaps.round, double.trace.recorded], [plain.chains.step, plain.swaps.round, plain.trace.recorded]);
        assert.ok(double.trace.hottestPositions.subarray(0, ladders * hottest * 2).every((x) => x !== 0));
        if (rungs > 2) assert.ok(plain.swaps.replicas.some((replica, i) => replica !== i % rungs));
      }
    }
  });

  for (const precision of ['float64', 'float32'] as const) {
    it(`give the same bits in any calls and on any number of threads, ${precision}`, () => {
      const run = (threads: number, calls: Parameters<typeof ladderRun>[3]): LadderState => {
        const runner = compiledRunner({ ...wells, precision, threads });
        assert.ok(runner !== null);
        return ladderRun(runner, 51, 4, calls); // enough work to be shared
      };
      const whole = run(1, [[37, true]]);
      for (const threads of [1, 2, 4]) {
        for (const calls of [[[37, true]], [[1, true], [2, true], [34, true]]] as const) assert.deepEqual(run(threads, calls), whole, `${threads} threads`);
      }
    });

    it(`leave every rung at its temperature, and with the sign of swaps flipped do not, ${precision}`, () => {
      const flipped: SwapRatio = (lanes, ...operands) => lanes.neg(logSwapRatio(lanes, ...operands));
      const score = (swapRatio: SwapRatio): number => {
        const betas = [0.5, 1];
        const n = 8000;
        const { compiled } = skewed.energy;
        assert.ok(compiled !== undefined);
        const runner = runnerOf(compileChains({ ...compiled, domain: skewed.domain, kernel: mala(), precision, swapRatio }));
        const positions = new Float64Array(n * 4);
        const draws = betas.map((beta, k) => skewed.sample(keyFromSeed(100 + k), n, beta));
        for (let l = 0; l < n; l++) draws.forEach((x, k) => positions.set(x.subarray(2 * l, 2 * l + 2), (2 * l + k) * 2));
        const chains = createChains({ energy: skewed.energy, positions, inverseTemperatures: Array.from({ length: 2 * n }, (_, i) => betas[i % 2]), stepSizes: 0.3, key, arrays: runner.arrays });
        const state = { chains, swaps: createSwaps(n, 2, key, runner.arrays), trace: createTrace(1, n, 2, 2, runner.arrays) };
        runner.ladders(state, 1).rounds(6, false);
        return Math.max(...betas.flatMap((beta, k) => {
          const rung = new Float64Array(2 * n);
          for (let l = 0; l < n; l++) rung.set(chains.positions.subarray((2 * l + k) * 2, (2 * l + k) * 2 + 2), 2 * l);
          return skewed.moments(beta).map(({ at, exact }) => Math.abs(zScore(rung, 2, at, exact).z));
        }));
      };
      assert.ok(score(logSwapRatio) < 5);
      assert.ok(score(flipped) > 10);
    });
  }

  it('arrays from elsewhere are refused', () => {
    const state = createChains({ energy: twoWells.energy, positions: new Float64Array(8), inverseTemperatures: 1, stepSizes: 0.1, key });
    assert.throws(() => paths.float64(wells).steps(state), /positions is not in the memory/);
  });
});

describe('compiled parallel tempering', () => {
  const options: ParallelTemperingOptions = {
    energy: twoWells.energy, base: { domain: twoWells.domain, mean: new Float64Array(2), standardDeviation: new Float64Array(2).fill(1) },
    inverseTemperatures: { hottest: 0.1, replicas: 3 }, ladders: 42, stepsPerRound: 2, warmupRounds: 40, rounds: 160, key,
  };
  const finished = (change: Partial<ParallelTemperingOptions>): ReturnType<typeof createParallelTempering> => {
    const run = createParallelTempering({ ...options, ...change });
    run.advance(200);
    return run;
  };

  for (const precision of ['float64', 'float32'] as const) {
    it(`1, 2 and 4 threads, and a snapshot taken over by another number of them, give the same bits, ${precision}`, () => {
      const whole = finished({ precision, threads: 1 });
      for (const threads of [2, 4]) assert.deepEqual(finished({ precision, threads }).snapshot(), whole.snapshot());
      for (const killedAfter of [0, 13, 40, 119]) {
        const killed = createParallelTempering({ ...options, precision, threads: 2 });
        killed.advance(killedAfter);
        const resumed = createParallelTempering({ ...options, precision, threads: 4 });
        resumed.restore(killed.snapshot());
        resumed.advance(200);
        assert.deepEqual(resumed.snapshot(), whole.snapshot());
        assert.deepEqual(resumed.result(), whole.result());
      }
    });
  }

  it('a snapshot of another arithmetic is refused', () => {
    const plain = pointwise(2, (x, gradient) => {
      gradient.fill(1);
      return x[0] + x[1];
    });
    assert.throws(() => finished({}).restore(finished({ energy: plain }).snapshot()), { name: 'InputError', message: /other settings/ });
    assert.throws(() => finished({}).restore(finished({ precision: 'float32' }).snapshot()), { name: 'InputError', message: /other settings/ });
  });

  it('float32 is refused where nothing can be compiled, never dropped', () => {
    const plain = pointwise(2, (x, gradient) => {
      gradient.fill(1);
      return x[0] + x[1];
    });
    assert.throws(() => finished({ energy: plain, precision: 'float32' }), { name: 'InputError', message: /float32 need an energy and a kernel that can be compiled/ });
  });

  it('threads that make no sense are named', () => assert.throws(() => finished({ threads: 0 }), { name: 'InputError', message: /threads must be a positive integer, got 0/ }));
});
