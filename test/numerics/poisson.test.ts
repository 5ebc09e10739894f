/** The screened Poisson problem: against conjugate gradients on the five-point equations, a known solution, reciprocity. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillNormal, keyFromSeed } from '../../src/engine/random.ts';
import { observationOperator, solveScreenedPoisson } from '../../src/numerics/poisson.ts';

/** What is taken for the value beyond a side: the one before it, mirrored; that on the side itself, a mutant of first order; or nothing, Dirichlet's. */
type Side = 'reflected' | 'copied' | 'zero';

/** Area of a grid point, in squares: half at a side, a quarter in a corner. */
const area = (i: number, j: number, m: number): number => [i, j].reduce((product, k) => product * (k === 0 || k === m - 1 ? 0.5 : 1), 1);

/** −Δu + u by five points, times what makes it a symmetric matrix. */
function fivePoint(u: Float64Array, side: Side): Float64Array {
  const m = Math.sqrt(u.length);
  const beyond = (k: number, own: number): number => (k >= 0 && k < m ? k : side === 'copied' ? own : k < 0 ? 1 : m - 2);
  return u.map((value, at) => {
    const [i, j] = [Math.floor(at / m), at % m];
    const neighbour = (di: number, dj: number): number => {
      const [k, l] = [i + di, j + dj];
      const inside = k >= 0 && k < m && l >= 0 && l < m;
      return side === 'zero' && !inside ? 0 : u[beyond(k, i) * m + beyond(l, j)];
    };
    const laplacian = (neighbour(-1, 0) + neighbour(1, 0) + neighbour(0, -1) + neighbour(0, 1) - 4 * value) * (m - 1) ** 2;
    return (side === 'reflected' ? area(i, j, m) : 1) * (value - laplacian);
  });
}

/** Conjugate gradients on the five-point equations, to rounding. */
function solveSlowly(f: Float64Array, side: Side = 'reflected'): Float64Array {
  const m = Math.sqrt(f.length);
  const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * b[i], 0);
  const u = new Float64Array(m * m);
  let residual = f.map((value, at) => (side === 'reflected' ? area(Math.floor(at / m), at % m, m) : 1) * value);
  let direction = residual;
  const stop = 1e-28 * dot(residual, residual);
  for (let square = dot(residual, residual); square > stop;) {
    const image = fivePoint(direction, side);
    const step = square / dot(direction, image);
    for (let i = 0; i < u.length; i++) u[i] += step * direction[i];
    residual = residual.map((value, i) => value - step * image[i]);
    const next = dot(residual, residual);
    direction = residual.map((value, i) => value + (next / square) * direction[i]);
    square = next;
  }
  return u;
}

const field = (m: number, f: (x: number, y: number) => number): Float64Array =>
  Float64Array.from({ length: m * m }, (_, at) => f(Math.floor(at / m) / (m - 1), (at % m) / (m - 1)));
const largestGap = (a: Float64Array, b: Float64Array): number => a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i])), 0);

function randomField(m: number, seed: number): Float64Array {
  const f = new Float64Array(m * m);
  fillNormal(keyFromSeed(seed), 0, f);
  return f;
}

const tenths = Array.from({ length: 9 }, (_, i) => (i + 1) / 10);
const sensors = tenths.flatMap((x) => tenths.map((y): [number, number] => [x, y]));

describe('the screened Poisson problem', () => {
  it('is solved as conjugate gradients solve it', () => {
    for (const m of [3, 4, 18, 41]) {
      const f = randomField(m, m);
      const gap = largestGap(solveScreenedPoisson(f), solveSlowly(f));
      assert.ok(gap < 1e-10, `${m} points per side: ${gap}`);
    }
    const f = randomField(18, 18);
    for (const side of ['copied', 'zero'] as const) assert.ok(largestGap(solveScreenedPoisson(f), solveSlowly(f, side)) > 1e-3, `${side}: another problem`);
  });

  it('has errors of second order', () => {
    const exact = (x: number, y: number): number => Math.cos(Math.PI * x) * Math.cos(2 * Math.PI * y);
    const order = (solve: (f: Float64Array) => Float64Array, m: number): number => {
      const [coarse, fine] = [m, 2 * m - 1].map((n) => largestGap(solve(field(n, (x, y) => (1 + 5 * Math.PI ** 2) * exact(x, y))), field(n, exact)));
      return Math.log2(coarse / fine);
    };
    for (const m of [11, 21, 41]) {
      const found = order(solveScreenedPoisson, m);
      assert.ok(found > 1.9 && found < 2.1, `${m} points per side: order ${found}`);
    }
    for (const side of ['copied', 'zero'] as const) {
      const found = order((f) => solveSlowly(f, side), 21);
      assert.ok(!(found > 1.9 && found < 2.1), `${side}: order ${found}`);
    }
  });

  it('refuses what is no grid', () => {
    assert.throws(() => solveScreenedPoisson(new Float64Array(12)), { name: 'InputError', message: /^poisson: the grid must have at least 3 points per side, got 3\.46/ });
    assert.throws(() => observationOperator([[0.5, 1.01]]), { name: 'InputError', message: 'poisson: sensors must be in the unit square, got coordinate 1.01' });
  });
});

describe('what sensors see', () => {
  const m = 41;
  const operator = observationOperator(sensors);
  const row = (of: Float64Array, s: number): Float64Array => of.subarray(s * m * m, (s + 1) * m * m);
  const seen = (of: Float64Array, f: Float64Array, s: number): number => row(of, s).reduce((sum, share, at) => sum + share * f[at], 0);

  it('is the solution where they are', () => {
    const f = randomField(m, 5);
    const u = solveSlowly(f);
    sensors.forEach(([x, y], s) => {
      const gap = Math.abs(seen(operator, f, s) - u[Math.round(40 * x) * m + Math.round(40 * y)]);
      assert.ok(gap < 1e-10, `sensor (${x}, ${y}): ${gap}`);
    });
  });

  it('of a uniform source is one: nothing leaves through the sides', () => {
    const uniform = new Float64Array(m * m).fill(1);
    sensors.forEach((_, s) => assert.ok(Math.abs(seen(operator, uniform, s) - 1) < 1e-12));
  });

  it('is interpolated between points of the grid', () => {
    const [between, ...corners] = [0, 1, 2, 3, 4].map((s) => row(observationOperator([[0.26, 0.985], [0.25, 0.975], [0.25, 1], [0.275, 0.975], [0.275, 1]]), s));
    const mixed = between.map((_, at) => [0.6 * 0.6, 0.6 * 0.4, 0.4 * 0.6, 0.4 * 0.4].reduce((sum, share, k) => sum + share * corners[k][at], 0));
    assert.ok(largestGap(between, mixed) < 1e-15);
  });

  it('is reciprocal: a source at one place seen at another is as the other way round', () => {
    const places: [number, number][] = [[0.1, 0.4], [0.5, 0.5], [0, 0.3], [1, 1], [0.7, 0], [0.9, 0.2]];
    const between = observationOperator(places);
    const points = places.map(([x, y]): [number, number] => [Math.round(40 * x), Math.round(40 * y)]);
    const at = (s: number, r: number): number => between[(s * m + points[r][0]) * m + points[r][1]];
    let unweighted = 0;
    places.forEach((_, s) => places.forEach((__, r) => {
      const [here, there] = [at(s, r) / area(...points[r], m), at(r, s) / area(...points[s], m)];
      assert.ok(Math.abs(here - there) < 1e-15, `places ${s} and ${r}: ${here} and ${there}`);
      unweighted = Math.max(unweighted, Math.abs(at(s, r) - at(r, s)));
    }));
    assert.ok(unweighted > 1e-5, 'but for the area of points on the sides');
  });
});
