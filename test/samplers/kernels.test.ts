/** The contract that every registered kernel keeps: its target is invariant, and bits do not depend on the split. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { foldIn, keyFromSeed, threefry13, word } from '../../src/engine/random.ts';
import { mala } from '../../src/engine/simd/chains/mala.ts';
import { compileChains } from '../../src/engine/simd/chains/module.ts';
import { createChains, resetCounts, restoreChains, snapshotChains, type ChainState } from '../../src/samplers/chainState.ts';
import type { Kernel } from '../../src/samplers/kernel.ts';
import { kernels, type KernelName } from '../../src/samplers/kernels.ts';
import { fillNoise } from '../../src/samplers/noise.ts';
import { plainRunner, runnerOf, type RoundRunner } from '../../src/samplers/roundRunner.ts';
import { advanced, paths } from './paths.ts';
import { pointwise, real, skewed, vonMises, zScore } from './targets.ts';

const names = Object.keys(kernels) as KernelName[];
const key = keyFromSeed(11);

/** Start `n` chains from exact draws at β, advance, and return the z-scores of the moments. */
function invarianceScores(runner: RoundRunner, options: { stepSize: number; steps: number; n?: number; beta?: number }): { name: string; z: number; bias: number }[] {
  const { stepSize, steps, n = 20000, beta = 1 } = options;
  const state = advanced(runner, {
    energy: skewed.energy, positions: skewed.sample(foldIn(key, 'exact'), n, beta), inverseTemperatures: beta, stepSizes: stepSize, key: foldIn(key, 'chains'),
  }, steps);
  return skewed.moments(beta).map(({ name, exact, at }) => {
    const { mean, deviation, z } = zScore(state.positions, 2, at, exact);
    return { name, z, bias: Math.abs(mean - exact) / deviation };
  });
}

function largest(scores: { z: number }[]): number {
  return Math.max(...scores.map(({ z }) => Math.abs(z)));
}

/** MALA that accepts by the energies alone. */
const malaWithoutHastings: Kernel = {
  ...kernels.mala,
  advance(state, energy, _domain, steps) {
    const { chains, dimension: d, positions, energies, gradients, inverseTemperatures: beta, stepSizes: h } = state;
    const [z, u] = [new Float64Array(chains * d), new Float64Array(chains)];
    const [y, yEnergies, yGradients] = [new Float64Array(chains * d), new Float64Array(chains), new Float64Array(chains * d)];
    for (let s = 0; s < steps; s++, state.step++) {
      fillNoise(state, z, u);
      for (let i = 0; i < chains * d; i++) {
        const c = Math.floor(i / d);
        y[i] = positions[i] - h[c] * beta[c] * gradients[i] + Math.sqrt(2 * h[c]) * z[i];
      }
      energy.energiesAndGradients(y, chains, yEnergies, yGradients);
      for (let c = 0; c < chains; c++) {
        if (!(u[c] < Math.exp(beta[c] * (energies[c] - yEnergies[c])))) continue;
        energies[c] = yEnergies[c];
        for (let j = c * d; j < (c + 1) * d; j++) [positions[j], gradients[j]] = [y[j], yGradients[j]];
      }
    }
  },
};

const STEPS: Record<string, { large: number; small: number; bias: number }> = {
  mala: { large: 0.8, small: 0.1, bias: 0 },
  hmc: { large: 0.8, small: 0.2, bias: 0 },
  tamedEuler: { large: 0.4, small: 0.004, bias: 0.04 },
  heun: { large: 0.4, small: 0.01, bias: 0.04 },
};

for (const [path, makeRunner] of Object.entries(paths)) {
  const runnerFor = (kernel: Kernel): RoundRunner => makeRunner({ energy: skewed.energy, domain: skewed.domain, kernel });

  describe(`kernels: invariance, ${path}`, () => {
    for (const name of names) {
      const kernel = kernels[name];
      const { large, small, bias } = STEPS[name];
      const steps = kernel.exact ? 10 : 150;
      const n = kernel.exact ? 20000 : 5000;
      if (kernel.exact) {
        for (const beta of [1, 0.5]) {
          it(`${name} leaves exp(-${beta} U) alone at a large step size`, () => {
            const scores = invarianceScores(runnerFor(kernel), { stepSize: large, steps, beta });
            assert.ok(largest(scores) < 5, JSON.stringify(scores));
          });
        }
      } else {
        it(`${name} is biased by less than ${bias} standard deviations at a small step size, and visibly at a large one`, () => {
          const scores = invarianceScores(runnerFor(kernel), { stepSize: small, steps, n });
          for (const score of scores) assert.ok(score.bias < bias + 5 / Math.sqrt(n), JSON.stringify(scores));
          assert.ok(largest(invarianceScores(runnerFor(kernel), { stepSize: large, steps, n })) > 5);
        });
      }
    }

    it('large steps of the exact kernels are large: a fair share of proposals is refused, and of them accepted', () => {
      for (const name of names.filter((each) => kernels[each].exact)) {
        const state = advanced(runnerFor(kernels[name]), { energy: skewed.energy, positions: skewed.sample(key, 2000), inverseTemperatures: 1, stepSizes: STEPS[name].large, key }, 5);
        const rate = state.accepted.reduce((x, y) => x + y, 0) / state.proposed.reduce((x, y) => x + y, 0);
        assert.ok(rate > 0.1 && rate < 0.9, `${name}: ${rate}`);
      }
    });

    for (const name of names) {
      it(`${name} keeps to the circle and to its density across the seam`, () => {
        const n = 4000;
        const runner = makeRunner({ energy: vonMises.energy, domain: vonMises.domain, kernel: kernels[name] });
        const start = { energy: vonMises.energy, positions: new Float64Array(n).fill(3), inverseTemperatures: 1, stepSizes: kernels[name].exact ? 0.6 : 0.02, key };
        const state = advanced(runner, start, kernels[name].exact ? 40 : 250);
        assert.ok(state.positions.every((x) => x >= -Math.PI && x < Math.PI));
        assert.ok(state.positions.some((x) => x < 0) && state.positions.some((x) => x > 0));
        const { mean, deviation } = zScore(state.positions, 1, vonMises.at, vonMises.meanCosine);
        const tolerance = 5 * deviation / Math.sqrt(n) + (kernels[name].exact ? 0 : 0.04 * deviation);
        assert.ok(Math.abs(mean - vonMises.meanCosine) < tolerance, `${mean}`);
      });
    }
  });
}

describe('kernels: mutants', () => {
  const large = { stepSize: STEPS['mala'].large, steps: 10 };
  it('MALA without its Hastings term fails the same test', () => {
    const { energy, domain } = skewed;
    assert.ok(largest(invarianceScores(plainRunner({ energy, domain, kernel: malaWithoutHastings }), large)) > 10);
  });
  for (const precision of ['float64', 'float32'] as const) {
    it(`so it does when compiled to ${precision}`, () => {
      const { energy: { compiled }, domain } = skewed;
      assert.ok(compiled !== undefined);
      const run = (hastings: boolean): number => largest(invarianceScores(runnerOf(compileChains({ ...compiled, domain, precision, kernel: mala({ hastings }) })), large));
      assert.ok(run(false) > 10 && run(true) < 5);
    });
  }
});

describe('kernels: determinism', () => {
  const start = (n: number, first = 0, count = n): ChainState => createChains({
    energy: skewed.energy,
    positions: skewed.sample(key, n).subarray(2 * first, 2 * (first + count)),
    inverseTemperatures: Float64Array.from({ length: n }, (_, i) => 1 / (1 + i)).subarray(first, first + count),
    stepSizes: 0.1,
    key,
    firstChain: first,
  });

  for (const name of names) {
    it(`${name}: two steps are one and one, and a batch is its parts`, () => {
      fc.assert(fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 0, max: 6 }), fc.integer({ min: 1, max: 6 }), (n, some, more) => {
        const whole = start(n + 1);
        kernels[name].advance(whole, skewed.energy, skewed.domain, some + more);
        const inTwoCalls = start(n + 1);
        kernels[name].advance(inTwoCalls, skewed.energy, skewed.domain, some);
        kernels[name].advance(inTwoCalls, skewed.energy, skewed.domain, more);
        assert.deepEqual(inTwoCalls, whole);
        const parts = [start(n + 1, 0, n), start(n + 1, n, 1)];
        for (const part of parts) kernels[name].advance(part, skewed.energy, skewed.domain, some + more);
        assert.deepEqual(parts.flatMap((part) => Array.from(part.positions)), Array.from(whole.positions));
        assert.deepEqual(parts.flatMap((part) => Array.from(part.gradients)), Array.from(whole.gradients));
        assert.deepEqual(parts.flatMap((part) => Array.from(part.accepted)), Array.from(whole.accepted));
      }), { numRuns: 20, seed: 5 });
    });

    it(`${name}: a restored snapshot continues with the same bits`, () => {
      const state = start(5);
      kernels[name].advance(state, skewed.energy, skewed.domain, 7);
      const snapshot = snapshotChains(state);
      kernels[name].advance(state, skewed.energy, skewed.domain, 9);
      const resumed = start(5);
      restoreChains(resumed, snapshot);
      kernels[name].advance(resumed, skewed.energy, skewed.domain, 9);
      assert.deepEqual(resumed, state);
    });
  }
});

describe('kernels: energies that are not finite', () => {
  /** An exponential law: U = x for x > 0, nothing elsewhere. */
  const halfLine = (outside: number): ReturnType<typeof pointwise> => pointwise(1, (x, gradient) => {
    gradient[0] = x[0] > 0 ? 1 : outside;
    return x[0] > 0 ? x[0] : outside;
  });

  for (const name of names) {
    for (const outside of [NaN, Infinity, -Infinity]) {
      it(`${name} refuses and counts proposals of energy ${outside}`, () => {
        const n = name === 'hmc' ? 1500 : 4000;
        const energy = halfLine(outside);
        const state = createChains({ energy, positions: new Float64Array(n).fill(1), inverseTemperatures: 1, stepSizes: name === 'hmc' ? 0.15 : 0.5, key });
        kernels[name].advance(state, energy, real(1), 50);
        assert.ok(state.positions.every((x) => x > 0) && state.energies.every(Number.isFinite) && state.gradients.every(Number.isFinite));
        const refused = state.nonFinite.reduce((a, b) => a + b, 0);
        assert.ok(refused > 0);
        assert.equal(state.proposed[0], 50);
        // Where it is exact, refusing leaves the law on the half line: mean 1, standard deviation 1.
        if (kernels[name].exact) assert.ok(Math.abs(zScore(state.positions, 1, (x) => x[0], 1).z) < 5);
        resetCounts(state);
        assert.equal(state.nonFinite[0], 0);
      });
    }
  }

  for (const name of ['mala', 'tamedEuler', 'heun'] as const) {
    it(`${name} walks down a steep wall that plain Langevin steps overshoot`, () => {
      const quartic = pointwise(1, (x, gradient) => {
        gradient[0] = 4 * x[0] ** 3;
        return x[0] ** 4;
      });
      const state = createChains({ energy: quartic, positions: new Float64Array(100).fill(30), inverseTemperatures: 1, stepSizes: 0.1, key });
      kernels[name].advance(state, quartic, real(1), 400);
      assert.ok(state.positions.every((x) => Math.abs(x) < 3) && state.nonFinite.every((count) => count === 0));
    });
  }
});

describe('noise', () => {
  it('is standard normal and uniform, for odd and even dimensions, with independent coordinates', () => {
    for (const d of [1, 2, 5]) {
      const n = 20000;
      const state = createChains({ energy: pointwise(d, () => 0), positions: new Float64Array(n * d), inverseTemperatures: 1, stepSizes: 1, key });
      const [z, u] = [new Float64Array(n * d), new Float64Array(n)];
      fillNoise(state, z, u);
      for (let j = 0; j < d; j++) {
        [[1, 0], [2, 1], [3, 0], [4, 3]].forEach(([power, exact]) => {
          assert.ok(Math.abs(zScore(z, d, (x) => x[j] ** power, exact).z) < 5, `d ${d}, coordinate ${j}, power ${power}`);
        });
        assert.ok(Math.abs(zScore(z, d, (x) => x[j] * x[(j + 1) % d], d === 1 ? 1 : 0).z) < 5);
      }
      assert.ok(Math.abs(zScore(u, 1, (x) => x[0], 0.5).z) < 5 && Math.abs(zScore(u, 1, (x) => x[0] ** 2, 1 / 3).z) < 5);
      // The uniform is independent of the normals beside it.
      const products = u.map((value, i) => (value - 0.5) * z[i * d]);
      assert.ok(Math.abs(zScore(products, 1, (x) => x[0], 0).z) < 5);
    }
  });
});

describe('noise: formula', () => {
  it('is Box-Muller to double precision', () => {
    const n = 500;
    const state = createChains({ energy: pointwise(3, () => 0), positions: new Float64Array(3 * n), inverseTemperatures: 1, stepSizes: 1, key });
    state.step = 9;
    const [z, u, sides] = [new Float64Array(3 * n), new Float64Array(n), new Float64Array(n)];
    fillNoise(state, z, u, sides);
    for (let i = 0; i < n; i++) {
      const words = (index: number): [number, number] => {
        threefry13(state.key0[i], state.key1[i], index, 9);
        return [word[0] >>> 0, word[1] >>> 0];
      };
      for (const pair of [0, 1]) {
        const [h, a] = words(1 + pair);
        const radius = Math.sqrt(-2 * Math.log((h + ((a % 2 ** 20) + 0.5) * 2 ** -20) * 2 ** -32));
        const angle = (2 * Math.PI * a) / 2 ** 32;
        assert.ok(Math.abs(z[3 * i + 2 * pair] - radius * Math.cos(angle)) < 1e-14, `chain ${i}`);
        if (pair === 0) assert.ok(Math.abs(z[3 * i + 1] - radius * Math.sin(angle)) < 1e-14, `chain ${i}`);
      }
      assert.deepEqual([u[i], sides[i]], words(0).map((bits) => (bits + 0.5) / 2 ** 32));
    }
  });
});

describe('chains: bad input', () => {
  const good = { energy: skewed.energy, positions: new Float64Array(4), inverseTemperatures: 1, stepSizes: 0.1, key };
  const cases: [string, Partial<Parameters<typeof createChains>[0]>, RegExp][] = [
    ['positions', { positions: new Float64Array(3) }, /positions must hold a multiple of 2 numbers, at least one point, got 3/],
    ['no positions', { positions: new Float64Array(0) }, /at least one point, got 0/],
    ['β', { inverseTemperatures: -1 }, /inverseTemperatures must be finite and >= 0, got -1/],
    ['β per chain', { inverseTemperatures: [1] }, /inverseTemperatures must have one entry per chain \(2\), got 1/],
    ['step sizes', { stepSizes: [0.1, NaN] }, /stepSizes must be finite and > 0, got NaN/],
    ['start', { positions: Float64Array.of(0, 0, NaN, 0) }, /not finite at the start of chain 1, \(NaN, 0\)/],
  ];
  for (const [what, change, message] of cases) {
    it(what, () => assert.throws(() => createChains({ ...good, ...change }), { name: 'InputError', message }));
  }
  it('steps and dimensions', () => {
    const state = createChains(good);
    for (const name of names) {
      assert.throws(() => kernels[name].advance(state, skewed.energy, skewed.domain, -1), { name: 'InputError', message: `${name}: steps must be an integer >= 0, got -1` });
      assert.throws(() => kernels[name].advance(state, skewed.energy, real(3), 1), { name: 'InputError', message: /has 2 and the domain 3/ });
    }
    assert.throws(() => restoreChains(state, snapshotChains(createChains({ ...good, positions: new Float64Array(6) }))), { name: 'InputError' });
  });
});
