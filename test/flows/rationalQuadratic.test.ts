/** What the contract of all bijections does not say: that splines are monotone, bounded, and meet their knots. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { np, type Array as NpArray } from '../../src/engine/numpy.ts';
import { trace } from '../../src/engine/trace.ts';
import { rationalQuadraticSpline, splineParameterCount, type Direction, type Topology } from '../../src/flows/bijections/rationalQuadratic.ts';
import { runProgram } from '../engine/executors.ts';

const raw = (count: number): fc.Arbitrary<number[]> => fc.array(fc.integer({ min: -300, max: 300 }).map((i) => i / 100), { minLength: count, maxLength: count });

async function evaluate(u: readonly number[], parameters: readonly number[], bins: number, topology: Topology, direction: Direction): Promise<{ image: number[]; logDerivative: number[] }> {
  const n = u.length;
  const program = trace((x: NpArray, p: NpArray) => rationalQuadraticSpline(x, np.broadcastTo(p.reshape([parameters.length, 1]), [1, parameters.length, n]), bins, topology, direction), [{ shape: [1, n] }, { shape: [parameters.length] }]);
  const [image, logDerivative] = await runProgram(program, [u, parameters], 'float64');
  return { image, logDerivative };
}

/** The spline by its definition: knots and slopes from the parameters, then Durkan et al. 2019, eqs. 4 and 5. */
function byDefinition(u: number, parameters: readonly number[], bins: number, topology: Topology): { image: number; logDerivative: number } {
  const sizes = (start: number): number[] => {
    const e = parameters.slice(start, start + bins).map(Math.exp);
    const sum = e.reduce((a, b) => a + b);
    return e.map((value) => 1e-3 + (1 - bins * 1e-3) * (value / sum));
  };
  const slope = (value: number): number => 1e-3 + (1 - 1e-3) * ((value + Math.sqrt(value * value + 4)) / 2);
  const [widths, heights] = [sizes(0), sizes(bins)];
  const free = parameters.slice(2 * bins).map(slope);
  const slopes = topology === 'line' ? [1, ...free, 1] : [...free, free[0]];
  let [k, x, y] = [0, 0, 0];
  while (k < bins - 1 && x + widths[k] <= u) {
    x += widths[k];
    y += heights[k];
    k++;
  }
  const [w, h, d0, d1] = [widths[k], heights[k], slopes[k], slopes[k + 1]];
  const s = h / w;
  const xi = (u - x) / w;
  const denominator = s + (d1 + d0 - 2 * s) * xi * (1 - xi);
  return {
    image: y + (h * (s * xi * xi + d0 * xi * (1 - xi))) / denominator,
    logDerivative: Math.log((s * s * (d1 * xi * xi + 2 * s * xi * (1 - xi) + d0 * (1 - xi) ** 2)) / denominator ** 2),
  };
}

describe('rationalQuadraticSpline', () => {
  const cases = fc.tuple(fc.constantFrom<Topology>('line', 'circle'), fc.constantFrom(2, 3, 7)).chain(([topology, bins]) =>
    raw(splineParameterCount(bins, topology)).map((parameters) => ({ topology, bins, parameters })));
  const grid = Array.from({ length: 61 }, (_, i) => i / 60);

  it('is what its definition says, knots, bins, slopes and all', async () => {
    await fc.assert(fc.asyncProperty(cases, async ({ topology, bins, parameters }) => {
      const found = await evaluate(grid, parameters, bins, topology, 'forward');
      grid.forEach((u, i) => {
        const exact = byDefinition(u, parameters, bins, topology);
        assert.ok(Math.abs(found.image[i] - exact.image) < 1e-12, `${topology} ${bins} at ${u}: ${found.image[i]} for ${exact.image}`);
        assert.ok(Math.abs(found.logDerivative[i] - exact.logDerivative) < 1e-9, `${topology} ${bins} at ${u}: log-derivative ${found.logDerivative[i]} for ${exact.logDerivative}`);
      });
    }), { seed: 1, numRuns: 12 });
  });

  it('grows from 0 to 1, in both directions', async () => {
    await fc.assert(fc.asyncProperty(cases, async ({ topology, bins, parameters }) => {
      for (const direction of ['forward', 'inverse'] as const) {
        const { image } = await evaluate(grid, parameters, bins, topology, direction);
        assert.ok(Math.abs(image[0]) < 1e-14 && Math.abs(image[60] - 1) < 1e-12, `ends ${image[0]} and ${image[60]}`);
        assert.ok(image.every((value, i) => i === 0 || value > image[i - 1]), `${direction}: not increasing: ${image.join(', ')}`);
      }
    }), { seed: 2, numRuns: 6 });
  });

  it('depends on every parameter', async () => {
    for (const topology of ['line', 'circle'] as const) {
      const bins = 4;
      const count = splineParameterCount(bins, topology);
      const parameters = Array.from({ length: count }, (_, i) => Math.sin(3 * i));
      const { image } = await evaluate(grid, parameters, bins, topology, 'forward');
      for (let k = 0; k < count; k++) {
        const moved = await evaluate(grid, parameters.map((value, i) => (i === k ? value + 0.3 : value)), bins, topology, 'forward');
        assert.ok(moved.image.some((value, i) => Math.abs(value - image[i]) > 1e-4), `${topology}: parameter ${k} does nothing`);
      }
    }
  });

  it('keeps slopes and bins positive at parameters far beyond use', async () => {
    const parameters = Array.from({ length: splineParameterCount(4, 'line') }, (_, i) => (i % 2 === 0 ? 60 : -60));
    const { image, logDerivative } = await evaluate(grid, parameters, 4, 'line', 'forward');
    assert.ok([...image, ...logDerivative].every(Number.isFinite), 'finite');
    assert.ok(image.every((value, i) => i === 0 || value > image[i - 1]), 'increasing');
  });

  it('counts its parameters', () => {
    assert.equal(splineParameterCount(8, 'line'), 23, '3K − 1 on the line');
    assert.equal(splineParameterCount(8, 'circle'), 24, '3K on the circle');
  });
});
