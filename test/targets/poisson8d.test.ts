/** Source inversion: the expansion of responses against the grid, the energy against a solve, and what permutations leave alone. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { valueAndGradient } from '../../src/engine/numpy.ts';
import { fillUniform, keyFromSeed } from '../../src/engine/random.ts';
import { compileScalar } from '../../src/engine/scalar.ts';
import { trace } from '../../src/engine/trace.ts';
import { unroll } from '../../src/engine/unroll.ts';
import { observationOperator, solveScreenedPoisson } from '../../src/numerics/poisson.ts';
import { expandResponses, expansionFeatures, poisson8d, sumOver, type ResponseExpansion } from '../../src/targets/poisson8d.ts';
import type { SumDefinition } from '../../src/targets/noise.ts';
import { interpret } from '../engine/interpreter.ts';

const SIDE = 41;
const NOISE = 0.02;
const truth = [0.22, 0.28, 0.28, 0.72, 0.72, 0.22, 0.78, 0.78];
const places = [0, 1, 2, 3].map((k) => truth.slice(2 * k, 2 * k + 2));
const tenths = Array.from({ length: 9 }, (_, i) => (i + 1) / 10);
const sensors = tenths.flatMap((x) => tenths.map((y): [number, number] => [x, y]));
/** Of one source's field, over the whole square. */
const ACCURACY = 3e-6;

const sum = poisson8d.sum ?? assert.fail('a sum over sensors');
const width = sum.data.columns.length;
const measured = sensors.map((_, s) => sum.data.data[s * width + width - 1]);

/** Points of the prior, [n, 8]. */
function randomPoints(n: number): number[][] {
  const x = new Float64Array(8 * n);
  fillUniform(keyFromSeed(4), 0, x);
  return Array.from({ length: n }, (_, i) => Array.from(x.subarray(8 * i, 8 * i + 8)));
}

/** What the sensors are told by one solve on the grid. */
function solvedField(x: readonly number[]): number[] {
  const source = Float64Array.from({ length: SIDE * SIDE }, (_, at) => [0, 1, 2, 3].reduce((total, k) => {
    const [dx, dy] = [Math.floor(at / SIDE) / 40 - x[2 * k], (at % SIDE) / 40 - x[2 * k + 1]];
    return total + Math.exp(-(dx * dx + dy * dy) / (2 * 0.1 ** 2));
  }, 0));
  const u = solveScreenedPoisson(source);
  return sensors.map(([a, b]) => u[Math.round(40 * a) * SIDE + Math.round(40 * b)]);
}

const misfits = (x: readonly number[]): number[] => solvedField(x).map((value, s) => value - measured[s]);
const solvedEnergy = (x: readonly number[]): number => misfits(x).reduce((total, misfit) => total + misfit ** 2 / (2 * NOISE ** 2), 0);

/** Energy and gradient as mini-batches see them: features, a term per sensor, and back. */
function compiled({ data, features, term }: SumDefinition): (x: readonly number[]) => { energy: number; gradient: Float64Array } {
  const f = features ?? assert.fail('features');
  const columns = data.columns.length;
  const size = columns - 1;
  const forward = compileScalar(trace(f, [{ shape: [8] }]));
  const back = compileScalar(trace((x, by) => [valueAndGradient((point) => f(point).mul(by).sum())(x)[1]], [{ shape: [8] }, { shape: [size] }]));
  const perRow = compileScalar(trace((q, row) => [...valueAndGradient(term)(q, row)], [{ shape: [size] }, { shape: [columns] }]));
  return (x) => {
    const point = Float64Array.from(x);
    const [q, by, byRow, value, gradient] = [size, size, size, 1, 8].map((n) => new Float64Array(n));
    forward(1, [point], [q]);
    let energy = 0;
    for (let s = 0; s < data.rows; s++) {
      perRow(1, [q, data.data.subarray(s * columns, (s + 1) * columns)], [value, byRow]);
      energy += value[0];
      byRow.forEach((entry, t) => { by[t] += entry; });
    }
    back(1, [point, by], [gradient]);
    return { energy, gradient };
  };
}

/** Largest error of a source's field at any sensor, over places that are neither on the grid nor points of the fit, and on the walls. */
function largestError(expansion: ResponseExpansion): number {
  const operator = observationOperator(sensors, SIDE);
  const ticks = Array.from({ length: 60 }, (_, i) => i / 59);
  const bumps = ticks.map((p) => Float64Array.from({ length: SIDE }, (_, i) => Math.exp(-((i / 40 - p) ** 2) / (2 * 0.1 ** 2))));
  const features = compileScalar(trace(expansionFeatures(expansion), [{ shape: [8] }]));
  const { size, coefficients } = expansion;
  const q = new Float64Array(size);
  let worst = 0;
  ticks.forEach((x, a) => {
    const lines = sensors.map((_, s) => Float64Array.from({ length: SIDE }, (__, j) => bumps[a].reduce((total, bump, i) => total + bump * operator[(s * SIDE + i) * SIDE + j], 0)));
    ticks.forEach((y, b) => {
      // All four sources in one place: four times the field.
      features(1, [Float64Array.of(x, y, x, y, x, y, x, y)], [q]);
      sensors.forEach((_, s) => {
        let error = 0;
        for (let j = 0; j < SIDE; j++) error -= lines[s][j] * bumps[b][j];
        for (let t = 0; t < size; t++) error += coefficients[s * size + t] * q[t] / 4;
        worst = Math.max(worst, Math.abs(error));
      });
    });
  });
  return worst;
}

const permuted = (x: readonly number[], order: readonly number[]): number[] => order.flatMap((k) => x.slice(2 * k, 2 * k + 2));
const orders = [0, 1, 2, 3].flatMap((a) => [0, 1, 2, 3].flatMap((b) => [0, 1, 2, 3].filter((c) => new Set([a, b, c]).size === 3).map((c) => [a, b, c, 6 - a - b - c])));
const squaredDistance = (x: readonly number[], order: readonly number[]): number => x.reduce((total, value, j) => total + (value - places[order[j >> 1]][j & 1]) ** 2, 0);

describe('the expansion of responses', () => {
  it('is good to 3e-6 with 173 terms; fewer are not', () => {
    const kept = expandResponses(201);
    assert.equal(kept.size, 173);
    assert.deepEqual(sum.data.data, sumOver(kept).data.data, 'the expansion of the target');
    const [error, cut] = [largestError(kept), largestError(expandResponses(169))];
    assert.ok(error < ACCURACY, `${error}`);
    assert.ok(cut > 3 * ACCURACY, `146 terms: ${cut}`);
  });

  it('takes a few thousand operations, with its gradient', () => {
    const features = sum.features ?? assert.fail('features');
    const forward = unroll(trace(features, [{ shape: [8] }]));
    const back = unroll(trace((x, by) => [valueAndGradient((point) => features(point).mul(by).sum())(x)[1]], [{ shape: [8] }, { shape: [width - 1] }]));
    assert.ok(forward.nodes.length < 1600, `${forward.nodes.length}`);
    assert.ok(back.nodes.length < 3600, `${back.nodes.length}`);
  });
});

describe('poisson-8d', () => {
  const evaluate = compiled(sum);
  const points = [...randomPoints(12), truth, [0, 0, 1, 1, 0, 1, 1, 0]];

  /** The largest difference of energies, in what errors of the expansion allow: δU = Σ (δu misfit + δu² / 2) / σ². */
  function largestDifference(energy: (x: readonly number[]) => number): number {
    const error = 4 * ACCURACY;
    return points.reduce((worst, x) => {
      const allowed = misfits(x).reduce((total, misfit) => total + (Math.abs(misfit) * error + error ** 2 / 2) / NOISE ** 2, 0);
      return Math.max(worst, Math.abs(energy(x) - solvedEnergy(x)) / allowed);
    }, 0);
  }

  it('has the energy that a solve of the field gives', () => {
    const worst = largestDifference((x) => evaluate(x).energy);
    assert.ok(worst < 1, `${worst} of what is allowed`);
    const rough = compiled(sumOver(expandResponses(100)));
    assert.ok(largestDifference((x) => rough(x).energy) > 1, 'too few terms');
    assert.ok(largestDifference((x) => evaluate(x.map((_, j) => x[j ^ 1])).energy) > 1, 'x for y');
    assert.ok(largestDifference((x) => evaluate(x).energy * (1 - 1e-3)) > 1, 'another noise');
  });

  it('is the sum over sensors, as an array program', () => {
    const program = trace(poisson8d.energy, [{ shape: [8] }]);
    for (const x of points.slice(-3)) {
      const [{ shape, data }] = interpret(program, [x]);
      assert.deepEqual(shape, []);
      assert.ok(Math.abs(data[0] - evaluate(x).energy) < 1e-12 * data[0], `${data[0]}`);
    }
  });

  it('has the gradient of its energy', () => {
    const h = 1e-5;
    for (const x of points) {
      const { gradient } = evaluate(x);
      const scale = Math.max(...gradient.map(Math.abs));
      gradient.forEach((slope, j) => {
        const at = (by: number): number => evaluate(x.map((value, k) => (k === j ? value + by : value))).energy;
        // Of fourth order: what is left is rounding.
        const difference = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
        assert.ok(Math.abs(difference - slope) < 1e-7 * (scale + 1), `coordinate ${j} at (${x.join(', ')}): ${slope} for ${difference}`);
      });
    }
  });

  it('has at the truth the energy of 81 standard normals', () => {
    const { energy } = evaluate(truth);
    assert.ok(Math.abs(energy - 81 / 2) < 5 * Math.sqrt(81 / 2), `${energy}`);
  });

  it('does not know the sources apart, and neither do its observables', () => {
    for (const x of points.slice(0, 4)) {
      const { energy } = evaluate(x);
      const values = poisson8d.observables.map(({ value }) => value(Float64Array.from(x)));
      for (const order of orders) {
        const other = permuted(x, order);
        assert.ok(Math.abs(evaluate(other).energy - energy) < 1e-10 * energy, `order ${order.join('')}`);
        assert.deepEqual(poisson8d.observables.map(({ value }) => value(Float64Array.from(other))), values, `order ${order.join('')}`);
      }
    }
    assert.ok(Math.abs(evaluate([...points[0].slice(1), points[0][0]]).energy - evaluate(points[0]).energy) > 1e-3, 'coordinates are not exchangeable');
  });

  it('has a mode for every order of the true places, the nearest one', () => {
    const { names, assign, exact = [] } = poisson8d.modes ?? assert.fail('modes');
    assert.equal(new Set(names).size, 24);
    assert.ok(exact.length === 24 && exact.every((mass) => mass === 1 / 24), 'equal masses');
    names.forEach((name, mode) => {
      const order = Array.from(name, (digit) => Number(digit) - 1);
      assert.equal(assign(Float64Array.from(permuted(truth, order))), mode, `source k at place ${name}[k]`);
    });
    for (const x of randomPoints(200)) {
      const nearest = orders.reduce((best, order) => (squaredDistance(x, order) < squaredDistance(x, best) ? order : best));
      assert.equal(names[assign(Float64Array.from(x))], nearest.map((place) => place + 1).join(''));
    }
  });

  it('shows the sources at their places', () => {
    const { observables, projections = [] } = poisson8d;
    const x = Float64Array.from(permuted(truth, [2, 0, 3, 1]));
    assert.deepEqual(projections.map(({ value }) => value(x)), truth);
    const named = new Map(observables.map(({ name, value }) => [name, value(x)]));
    assert.deepEqual(['source 3: x', 'source 3: y', 'source 3: x²', 'source 3: y²', 'source 3: xy'].map((name) => named.get(name)), [0.72, 0.22, 0.72 ** 2, 0.22 ** 2, 0.72 * 0.22]);
    assert.deepEqual(['least x', 'largest x', 'least y', 'largest y'].map((name) => named.get(name)), [0.22, 0.78, 0.22, 0.78]);
    assert.equal(named.size, 24);
  });
});
