/** Tables of values as energies: exact on parabolas, smooth between points, and run like any other target. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InputError } from '../../src/errors.ts';
import { sample } from '../../src/library.ts';
import { tableEvaluator, tabulatedTarget, type Axis } from '../../src/targets/tabulated.ts';

const axes: readonly Axis[] = [{ low: -2, high: 2, points: 9 }, { low: 0, high: 3, points: 7 }];

function tableOf(of: readonly Axis[], f: (...x: number[]) => number): Float64Array {
  const grid = of.map(({ low, high, points }) =>
    Array.from({ length: points }, (_, k) => low + (k / (points - 1)) * (high - low)));
  const rows = (k: number, x: readonly number[]): number[] =>
    (k === of.length ? [f(...x)] : grid[k].flatMap((value) => rows(k + 1, [...x, value])));
  return Float64Array.from(rows(0, []));
}

function evaluated(of: readonly Axis[], values: Float64Array, x: readonly number[]): { u: number; g: number[] } {
  const [energies, gradients] = [new Float64Array(1), new Float64Array(of.length)];
  tableEvaluator(of, values).energiesAndGradients(Float64Array.from(x), 1, energies, gradients);
  return { u: energies[0], g: Array.from(gradients) };
}

describe('a table', () => {
  it('is exact for parabolas, with their gradients, up to its edges', () => {
    const f = (x: number, y: number): number => 1 - x + 0.5 * x * x + 2 * x * y - 0.25 * y * y;
    const values = tableOf(axes, f);
    for (const [x, y] of [[-2, 0], [2, 3], [0.3, 1.7], [-1.9, 2.9], [1.99, 0.01], [-0.25, 1.25]]) {
      const { u, g } = evaluated(axes, values, [x, y]);
      assert.ok(Math.abs(u - f(x, y)) < 1e-12, `U(${x}, ${y}) = ${u}`);
      assert.ok(Math.abs(g[0] - (-1 + x + 2 * y)) < 1e-11 && Math.abs(g[1] - (2 * x - 0.5 * y)) < 1e-11, `∇U ${g.join()}`);
    }
  });
  it('goes through its values, in one, two and three dimensions', () => {
    const three = [...axes, { low: -1, high: 1, points: 3 }];
    for (const of of [axes.slice(0, 1), axes, three]) {
      const values = tableOf(of, (...x) => Math.sin(3 * x[0]) + x.reduce((sum, value) => sum + value ** 2, 0));
      const corner = of.map(({ low, high, points }) => low + ((high - low) * 2) / (points - 1));
      const index = of.reduce((sum, { points }) => sum * points + 2, 0);
      assert.ok(Math.abs(evaluated(of, values, corner).u - values[index]) < 1e-12, `${of.length} axes`);
    }
  });
  it('has a gradient that is its slope', () => {
    const values = tableOf(axes, (x, y) => Math.cos(4 * x) * Math.exp(-y));
    const [x, y, h] = [0.37, 1.13, 1e-6];
    const { g } = evaluated(axes, values, [x, y]);
    const slope = (dx: number, dy: number): number =>
      (evaluated(axes, values, [x + dx, y + dy]).u - evaluated(axes, values, [x - dx, y - dy]).u) / (2 * h);
    assert.ok(Math.abs(g[0] - slope(h, 0)) < 1e-8 && Math.abs(g[1] - slope(0, h)) < 1e-8);
  });
  it('is refused in one line where it does not fit', () => {
    const table = { name: 'a-table', axes, values: new Float64Array(63) };
    for (const [change, message] of [
      [{ values: new Float64Array(62) }, /table of 63 values is needed, got 62/],
      [{ values: new Float64Array(63).fill(NaN) }, /value 0 of its table is NaN/],
      [{ axes: [{ low: 1, high: 1, points: 9 }, axes[1]] }, /axis 0 must be finite with low < high/],
      [{ axes: [{ low: 0, high: 1, points: 2 }, axes[1]] }, /axis 0 must have at least 3 points, got 2/],
      [{ axes: [] }, /one to 3 axes, got 0/],
    ] as const) {
      assert.throws(() => tabulatedTarget({ ...table, ...change }), (error) =>
        error instanceof InputError && message.test(error.message) && !error.message.includes('\n'));
    }
  });
  it('runs as any target does: one flow, and a ladder, with the log Z of quadrature', async () => {
    const of = [{ low: -2.5, high: 2.5, points: 41 }];
    const values = tableOf(of, (x) => 4 * (x * x - 1) ** 2 + 0.7 * x);
    const target = tabulatedTarget({ name: 'a-double-well', axes: of, values });
    const small = {
      ladders: 16, rounds: 128, replicas: 3, warmupRounds: 60, steps: 60, evaluateEvery: 30, samples: 3000,
      interpolation: 'explicit', lambdas: [0.3, 1], particles: 512, stageSamples: 1000, stageSteps: 30,
      rejuvenation: 5,
    };
    for (const generator of ['flow', 'ladder']) {
      const { result, proposal } = await sample(target, { preset: 'quick', settings: { ...small, generator } });
      const { logZ } = result.generation;
      assert.ok(logZ.exact !== null && logZ.value !== null && logZ.standardError !== null, 'figures are known');
      assert.ok(Math.abs(logZ.value - logZ.exact) < 5 * logZ.standardError, `${generator}: ${logZ.value} ${logZ.exact}`);
      assert.ok((result.generation.ess ?? 0) > 0.3, `${generator}: ESS ${result.generation.ess}`);
      assert.deepEqual(proposal.shape, [1]);
    }
  });
});
