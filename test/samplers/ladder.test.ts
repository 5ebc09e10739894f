import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { keyFromSeed } from '../../src/engine/random.ts';
import { createChains } from '../../src/samplers/chainState.ts';
import { checkedInterpolation, checkedLadder, communicationBarrier, equalRejectionLadder, geometricLadder, interpolationLadder, ladderScale, monotoneCubic } from '../../src/samplers/ladder.ts';
import { kernels } from '../../src/samplers/kernels.ts';
import { createSwaps, logSwapRatio, swapNeighbours, swapRates } from '../../src/samplers/swap.ts';
import { real, skewed, zScore } from './targets.ts';

const key = keyFromSeed(21);
const seed = 7;

describe('ladder', () => {
  it('is geometric and ends in 1', () => {
    fc.assert(fc.property(fc.double({ min: 1e-4, max: 0.9, noNaN: true }), fc.integer({ min: 2, max: 20 }), (hottest, replicas) => {
      const ladder = geometricLadder(hottest, replicas);
      assert.deepEqual(checkedLadder(ladder), ladder);
      assert.ok(Math.abs(ladder[0] / hottest - 1) < 1e-12);
      for (let k = 2; k < replicas; k++) assert.ok(Math.abs((ladder[k] * ladder[k - 2]) / ladder[k - 1] ** 2 - 1) < 1e-9);
    }), { seed });
    assert.deepEqual(Array.from(geometricLadder(NaN, 1)), [1]);
  });

  it('refuses what is not a ladder', () => {
    const refused: [() => unknown, RegExp][] = [
      [() => geometricLadder(0.1, 0), /ladder: replicas must be a positive integer, got 0/],
      [() => geometricLadder(1, 3), /ladder: hottest must lie strictly between 0 and 1, got 1/],
      [() => checkedLadder([]), /must not be empty/],
      [() => checkedLadder([0, 1]), /must be > 0, got 0, 1/],
      [() => checkedLadder([0.5, 0.5, 1]), /must increase, got 0.5, 0.5, 1/],
      [() => checkedLadder([0.5, NaN, 1]), /must increase/],
      [() => checkedLadder([0.5, 0.9]), /must end in 1, got 0.5, 0.9/],
    ];
    for (const [make, message] of refused) assert.throws(make, { name: 'InputError', message });
  });

  it('interpolates monotonically, through its points', () => {
    const points = fc.array(fc.tuple(fc.double({ min: 1e-3, max: 5, noNaN: true }), fc.double({ min: 0, max: 5, noNaN: true })), { minLength: 2, maxLength: 9 });
    fc.assert(fc.property(points, (steps) => {
      const x = new Float64Array(steps.length + 1);
      const y = new Float64Array(steps.length + 1);
      steps.forEach(([dx, dy], k) => {
        x[k + 1] = x[k] + dx;
        y[k + 1] = y[k] + dy;
      });
      const f = monotoneCubic(x, y);
      x.forEach((at, k) => assert.ok(Math.abs(f(at) - y[k]) < 1e-9));
      let before = f(x[0]);
      for (let i = 1; i <= 200; i++) {
        const value = f((i / 200) * x[x.length - 1]);
        assert.ok(value >= before - 1e-9);
        before = value;
      }
      assert.equal(f(-1), y[0]);
      assert.equal(f(x[x.length - 1] + 1), y[y.length - 1]);
    }), { seed });
  });

  it('adapts to a valid ladder with the same ends, and leaves an equal one alone', () => {
    fc.assert(fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 }), (rates) => {
      const ladder = geometricLadder(0.01, rates.length + 1);
      const adapted = equalRejectionLadder(ladder, rates);
      assert.deepEqual(checkedLadder(adapted), adapted);
      assert.equal(adapted[0], ladder[0]);
    }), { seed });
    const ladder = geometricLadder(0.05, 6);
    equalRejectionLadder(ladder, new Float64Array(5).fill(0.4)).forEach((beta, k) => assert.ok(Math.abs(beta / ladder[k] - 1) < 1e-9));
    assert.deepEqual(equalRejectionLadder(ladder, [0.1, NaN, 0.1, 0.1, 0.1]), ladder);
    assert.ok(Math.abs(communicationBarrier([0.4, 0.9]) - 0.7) < 1e-12);
  });

  it('finds the ladder of equal rejection when the barrier is known', () => {
    // A barrier uniform in β itself: rejection of a pair is β' − β, so the ladder sought is linear.
    let ladder = geometricLadder(0.1, 8);
    for (let stage = 0; stage < 3; stage++) ladder = equalRejectionLadder(ladder, Array.from({ length: 7 }, (_, k) => 1 - (ladder[k + 1] - ladder[k])));
    ladder.forEach((beta, k) => assert.ok(Math.abs(beta - (0.1 + (0.9 * k) / 7)) < 0.01));
  });
});

describe('interpolation ladder', () => {
  it('is 0 and then geometric', () => {
    assert.deepEqual(Array.from(interpolationLadder(NaN, 2)), [0, 1]);
    assert.deepEqual(Array.from(interpolationLadder(0.05, 6)), [0, ...geometricLadder(0.05, 5)]);
    assert.deepEqual(checkedInterpolation(interpolationLadder(0.05, 6)), interpolationLadder(0.05, 6));
  });

  it('refuses what is not one', () => {
    const refused: [() => unknown, RegExp][] = [
      [() => interpolationLadder(0.1, 1), /^ladder: with a reference, replicas must be an integer >= 2, got 1$/],
      [() => interpolationLadder(1, 3), /^ladder: hottest must lie strictly between 0 and 1, got 1$/],
      [() => checkedInterpolation([0]), /must hold at least two numbers, 0 and 1, got 1$/],
      [() => checkedInterpolation([0.1, 1]), /must start with 0, got 0.1, 1$/],
      [() => checkedInterpolation([0, 0.5, 0.2, 1]), /must increase, got 0, 0.5, 0.2, 1$/],
      [() => checkedInterpolation([0, 0.5]), /must end in 1, got 0, 0.5$/],
    ];
    for (const [make, message] of refused) assert.throws(make, { name: 'InputError', message });
  });

  it('is scaled by an increasing function with its inverse', () => {
    for (const ladder of [geometricLadder(0.01, 5), interpolationLadder(0.01, 5)]) {
      const { to, from } = ladderScale(ladder);
      ladder.forEach((rung, k) => assert.ok(Math.abs(from(to(rung)) - rung) < 1e-14 && (k === 0 || to(rung) > to(ladder[k - 1]))));
    }
  });

  it('adapts to a valid ladder with the same ends, and leaves an equal one alone', () => {
    fc.assert(fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 }), fc.double({ min: 1e-6, max: 0.9, noNaN: true }), (rates, hottest) => {
      const adapted = equalRejectionLadder(interpolationLadder(hottest, rates.length + 1), rates);
      assert.deepEqual(checkedInterpolation(adapted), adapted);
    }), { seed });
    const ladder = interpolationLadder(0.05, 6);
    equalRejectionLadder(ladder, new Float64Array(5).fill(0.4)).forEach((lambda, k) => assert.ok(Math.abs(lambda - ladder[k]) < 1e-9));
    assert.deepEqual(equalRejectionLadder(ladder, [0.1, NaN, 0.1, 0.1, 0.1]), ladder);
  });

  it('finds the ladder of equal rejection when the barrier is known', () => {
    // A barrier uniform in λ, and one whose first half lies below λ = 0.01.
    for (const [barrier, inverse] of [[(x: number) => x, (y: number) => y], [(x: number) => Math.log1p(1e4 * x) / Math.log1p(1e4), (y: number) => Math.expm1(y * Math.log1p(1e4)) / 1e4]]) {
      let ladder = interpolationLadder(0.1, 8);
      for (let stage = 0; stage < 5; stage++) ladder = equalRejectionLadder(ladder, Array.from({ length: 7 }, (_, k) => 1 - (barrier(ladder[k + 1]) - barrier(ladder[k]))));
      ladder.forEach((lambda, k) => assert.ok(Math.abs(barrier(lambda) - k / 7) < 0.01 && Math.abs(lambda - inverse(k / 7)) < 0.02, `${lambda}, not ${inverse(k / 7)}`));
    }
  });
});

/** Exact draws on every rung, rounds of kernel and swap; the largest |z| of the moments over the rungs. */
function temperedScore(flipSign: boolean): number {
  const betas = [0.5, 1];
  const n = 8000;
  const positions = new Float64Array(n * 4);
  const draws = betas.map((beta, k) => skewed.sample(keyFromSeed(100 + k), n, beta));
  for (let l = 0; l < n; l++) draws.forEach((x, k) => positions.set(x.subarray(2 * l, 2 * l + 2), (2 * l + k) * 2));
  const state = createChains({ energy: skewed.energy, positions, inverseTemperatures: Array.from({ length: 2 * n }, (_, i) => betas[i % 2]), stepSizes: 0.3, key });
  const swaps = createSwaps(n, 2, key);
  const flip = (): void => {
    if (flipSign) state.energies.forEach((u, i) => { state.energies[i] = -u; });
  };
  for (let round = 0; round < 6; round++) {
    kernels.mala.advance(state, skewed.energy, skewed.domain, 1);
    flip();
    swapNeighbours(state, swaps);
    flip();
  }
  const scores = betas.flatMap((beta, k) => {
    const rung = new Float64Array(2 * n);
    for (let l = 0; l < n; l++) rung.set(state.positions.subarray((2 * l + k) * 2, (2 * l + k) * 2 + 2), 2 * l);
    return skewed.moments(beta).map(({ at, exact }) => Math.abs(zScore(rung, 2, at, exact).z));
  });
  return Math.max(...scores);
}

describe('swaps', () => {
  it('leave every rung at its temperature', () => assert.ok(temperedScore(false) < 5));
  it('with the sign flipped fail the same test', () => assert.ok(temperedScore(true) > 10));
  it('always go the way that puts the lower energy on the colder rung', () => {
    const [lowIsHot, lowIsCold] = [logSwapRatio(0.1, 1, 1, 5), logSwapRatio(0.1, 1, 5, 1)];
    assert.ok(Math.abs(lowIsHot - 3.6) < 1e-12 && Math.abs(lowIsCold + 3.6) < 1e-12, `${lowIsHot}, ${lowIsCold}`);
  });

  it('exchange whole states of neighbours, even and odd pairs in turn, and count trips as a reader of the log would', () => {
    fc.assert(fc.property(fc.integer({ min: 2, max: 5 }), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 1000 }), (rungs, ladders, start) => {
      const n = rungs * ladders;
      const betas = geometricLadder(0.5, rungs);
      const state = createChains({
        energy: skewed.energy, positions: skewed.sample(keyFromSeed(start), n), inverseTemperatures: Array.from({ length: n }, (_, i) => betas[i % rungs]), stepSizes: 0.1, key: keyFromSeed(start),
      });
      const swaps = createSwaps(ladders, rungs, keyFromSeed(start));
      const log: number[][] = [Array.from(swaps.replicas)];
      for (let round = 0; round < 60; round++) {
        const before = { replicas: Array.from(swaps.replicas), rows: rowsOf(state, n) };
        swapNeighbours(state, swaps);
        const rows = rowsOf(state, n);
        for (let i = 0; i < n; i++) {
          const rung = i % rungs;
          // A rung holds what it held, or what its partner of this round held.
          const partner = (rung - (round % 2)) % 2 === 0 ? i + 1 : i - 1;
          const from = swaps.replicas[i] === before.replicas[i] ? i : partner;
          assert.ok(Math.floor(from / rungs) === Math.floor(i / rungs));
          assert.equal(swaps.replicas[i], before.replicas[from]);
          assert.deepEqual(rows[i], before.rows[from]);
        }
        log.push(Array.from(swaps.replicas));
        kernels.mala.advance(state, skewed.energy, real(2), 1);
      }
      for (let l = 0; l < ladders; l++) {
        let trips = 0;
        for (let replica = 0; replica < rungs; replica++) {
          const visits = log.map((row) => (row[l * rungs] === replica ? 'h' : row[(l + 1) * rungs - 1] === replica ? 'c' : '')).join('');
          trips += Array.from(visits.matchAll(/h(?=c)/g)).length - (/^h+c/.test(visits) ? 1 : 0);
        }
        assert.equal(swaps.roundTrips[l], trips);
      }
    }), { seed, numRuns: 40 });
  });

  it('report the mean acceptance probability of each pair', () => {
    const state = createChains({ energy: skewed.energy, positions: skewed.sample(key, 3), inverseTemperatures: [0.25, 0.5, 1], stepSizes: 0.1, key });
    const [u0, u1] = state.energies;
    const swaps = createSwaps(1, 3, key);
    assert.ok(swapRates(swaps).every(Number.isNaN));
    swapNeighbours(state, swaps);
    assert.ok(Math.abs(swapRates(swaps)[0] - Math.min(1, Math.exp((0.25 - 0.5) * (u0 - u1)))) < 1e-12);
    assert.ok(Number.isNaN(swapRates(swaps)[1]));
  });
});

function rowsOf(state: ReturnType<typeof createChains>, n: number): number[][] {
  return Array.from({ length: n }, (_, i) => [...state.positions.subarray(2 * i, 2 * i + 2), state.energies[i], ...state.gradients.subarray(2 * i, 2 * i + 2)]);
}
