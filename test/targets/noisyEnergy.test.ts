/**
 * Energies seen with noise: draws, mini-batches, sums over rows against plain JavaScript, and mistakes in definitions.
 * One long file, because every part asks the same few definitions in every way that they can be asked.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { np, type Array as NpArray } from '../../src/engine/numpy.ts';
import { foldIn, keyFromSeed, threefry13, toUniform, word, type Key } from '../../src/engine/random.ts';
import { compileReference } from '../../src/engine/reference.ts';
import { InputError } from '../../src/errors.ts';
import { chiSquareSurvival } from '../../src/numerics/special.ts';
import { baseEnergies, baseGradients, sampleBase } from '../../src/targets/base.ts';
import { compileEnergy } from '../../src/targets/compile.ts';
import type { EnergyEvaluator } from '../../src/targets/energyEvaluator.ts';
import type { NoiseDefinition, SumDefinition } from '../../src/targets/noise.ts';
import { checkNoisyEnergy, compileNoisyEnergy } from '../../src/targets/noisyEnergy.ts';
import type { NoisyEvaluator } from '../../src/targets/noisyEvaluator.ts';
import { noisyGmm2d } from '../../src/targets/noisyGmm2d.ts';
import { averagedEnergy, noisyPath } from '../../src/targets/noisyPath.ts';
import { differenceTarget } from '../../src/targets/path.ts';
import { defineTarget, isNoisy, type Target, type TargetDefinition } from '../../src/targets/target.ts';
import { TOLERANCE } from '../engine/executors.ts';
import { normals, zScore } from '../samplers/targets.ts';

const key = keyFromSeed(101);
const D = 2;

interface Values {
  readonly energies: Float64Array;
  readonly gradients: Float64Array;
}

function valuesOf(evaluator: EnergyEvaluator, x: Float64Array): Values {
  const n = x.length / evaluator.dimension;
  const values = { energies: new Float64Array(n), gradients: new Float64Array(x.length) };
  evaluator.energiesAndGradients(x, n, values.energies, values.gradients);
  const alone = new Float64Array(n);
  evaluator.energies(x, n, alone);
  assert.deepEqual(alone, values.energies, 'energies alone');
  return values;
}

function seenAt(noisy: NoisyEvaluator, x: Float64Array, xi: Float64Array): Values {
  return valuesOf({
    dimension: noisy.dimension,
    energies: (points, n, energies) => noisy.energies(points, xi, n, energies),
    energiesAndGradients: (points, n, energies, gradients) => noisy.energiesAndGradients(points, xi, n, energies, gradients),
  }, x);
}

const near = (found: Values, expected: Values, what: string, tolerance = 1e-11): void => {
  for (const part of ['energies', 'gradients'] as const) {
    assert.equal(found[part].length, expected[part].length);
    found[part].forEach((value, i) => assert.ok(Math.abs(value - expected[part][i]) < tolerance * (1 + Math.abs(expected[part][i])), `${what}: ${part}[${i}] is ${value}, not ${expected[part][i]}`));
  }
};

const drawn = (noisy: NoisyEvaluator, of: Key, first: number, n: number): Float64Array => {
  const xi = new Float64Array(n * noisy.size);
  noisy.draw(of, first, n, xi);
  return xi;
};

const ROWS = 30;
const COLUMNS = 3;
const table = { rows: ROWS, columns: ['u', 'v', 'w'], data: normals(foldIn(key, 'table'), ROWS * COLUMNS) };

/** A sum with what it is in plain JavaScript, and its gradient. */
interface Case {
  readonly sum: SumDefinition;
  readonly row: (x: readonly number[], r: Float64Array, gradient: number[]) => number;
  readonly prior: (x: readonly number[], gradient: number[]) => number;
}

// log(1 + e^{u x₁ + v x₂}) − w x₁
const term = (x: NpArray, row: NpArray): NpArray => np.log(np.exp(x.mul(row.slice([0, 2])).sum()).add(1)).sub(row.slice(2).mul(x.slice(0)));
const logistic: Case['row'] = (x, r, gradient) => {
  const t = r[0] * x[0] + r[1] * x[1];
  for (const j of [0, 1]) gradient[j] += r[j] / (1 + Math.exp(-t));
  gradient[0] -= r[2];
  return Math.log1p(Math.exp(t)) - r[2] * x[0];
};
const cases: Readonly<Record<string, Case>> = {
  'terms alone': { sum: { data: table, batch: 4, term }, row: logistic, prior: () => 0 },
  'with a prior': {
    sum: { data: table, batch: 7, term, prior: (x) => np.square(x).sum().mul(0.75) },
    row: logistic,
    prior: (x, gradient) => x.reduce((sum, value, j) => {
      gradient[j] += 1.5 * value;
      return sum + 0.75 * value * value;
    }, 0),
  },
  // q = (x₁ x₂, sin x₁, x₂³); (q₁ u + q₂ v + q₃ w − 1)² / 2
  'with features and a prior': {
    sum: {
      data: table, batch: 5,
      features: (x) => np.stack([x.slice(0).mul(x.slice(1)), np.sin(x.slice(0)), x.slice(1).mul(np.square(x.slice(1)))]),
      term: (q, row) => np.square(q.mul(row).sum().sub(1)).mul(0.5),
      prior: (x) => np.cos(x.slice(0)),
    },
    row([a, b], r, gradient) {
      const t = a * b * r[0] + Math.sin(a) * r[1] + b ** 3 * r[2] - 1;
      gradient[0] += t * (b * r[0] + Math.cos(a) * r[1]);
      gradient[1] += t * (a * r[0] + 3 * b * b * r[2]);
      return 0.5 * t * t;
    },
    prior([a], gradient) {
      gradient[0] -= Math.sin(a);
      return Math.cos(a);
    },
  },
};
const definitionOf = (sum: SumDefinition): TargetDefinition => ({ name: 'sum', dimension: D, box: [-4, 4], base: { mean: [0.2, -0.1], standardDeviation: [0.8, 1.1] }, sum });
const rowOf = (r: number): Float64Array => table.data.subarray(r * COLUMNS, (r + 1) * COLUMNS);

/** prior + n/b Σ over the given rows of every point. */
function written({ row, prior }: Case, x: Float64Array, rows: (i: number) => ArrayLike<number>): Values {
  const n = x.length / D;
  const energies = new Float64Array(n);
  const gradients = new Float64Array(n * D);
  for (let i = 0; i < n; i++) {
    const point = Array.from(x.subarray(i * D, (i + 1) * D));
    const [own, ofRows] = [[0, 0], [0, 0]];
    const list = Array.from(rows(i));
    const weight = ROWS / list.length;
    energies[i] = prior(point, own) + weight * list.reduce((sum, r) => sum + row(point, rowOf(r), ofRows), 0);
    gradients.set(own.map((value, j) => value + weight * ofRows[j]), i * D);
  }
  return { energies, gradients };
}
const all = Array.from({ length: ROWS }, (_, r) => r);
const points = (target: Target, n: number): Float64Array => {
  const x = new Float64Array(n * D);
  sampleBase(target.base, foldIn(key, 'points'), 0, n, x);
  return x;
};

describe('draws of ξ', () => {
  const ofBatches = compileNoisyEnergy(defineTarget(definitionOf({ data: table, batch: 4, term })));
  const ofAll = compileNoisyEnergy(defineTarget(definitionOf({ data: table, batch: ROWS, term })));
  const own = compileNoisyEnergy(noisyGmm2d);

  it('are functions of the key and their number: any split gives the same', () => {
    for (const noisy of [ofBatches, ofAll, own]) {
      const whole = drawn(noisy, key, 0, 50);
      for (const [first, n] of [[0, 1], [7, 13], [49, 1], [20, 30]]) assert.deepEqual(drawn(noisy, key, first, n), whole.slice(first * noisy.size, (first + n) * noisy.size));
      assert.deepEqual(drawn(noisy, key, 0, 50), whole, 'again');
      assert.notDeepEqual(drawn(noisy, foldIn(key, 1), 0, 50), whole);
      assert.notDeepEqual(whole.slice(0, noisy.size), whole.slice(noisy.size, 2 * noisy.size));
    }
  });

  it('a draw that uses many random numbers, or another count each time, is one too', () => {
    const noise: NoiseDefinition = {
      size: 1,
      draw(random) {
        let count = 1;
        while (random() > 0.2) count++;
        return [count];
      },
      energy: (x, xi) => np.square(x).sum().add(xi.sum().mul(0)),
    };
    const noisy = compileNoisyEnergy(defineTarget({ name: 'geometric', dimension: 1, box: [-1, 1], noise }));
    const whole = drawn(noisy, key, 0, 5000);
    assert.deepEqual(drawn(noisy, key, 4000, 10), whole.slice(4000, 4010));
    assert.ok(Math.abs(zScore(whole, 1, ([count]) => count, 5).z) < 5, 'mean of the counts');
  });

  const [N, FEW, BATCH] = [56000, 8, 3];
  const few = { rows: FEW, columns: ['a'], data: new Float64Array(FEW) };
  const batches = drawn(compileNoisyEnergy(defineTarget({ name: 'few', dimension: 1, box: [-1, 1], sum: { data: few, batch: BATCH, term: (x, row) => x.mul(row).sum() } })), foldIn(key, 'batches'), 0, N);
  /** p of "all cells are equally likely". */
  const uniformity = (xi: Float64Array, cells: number, cell: (batch: Float64Array) => number): number => {
    const counts = new Map<number, number>();
    for (let i = 0; i < N; i++) {
      const c = cell(xi.subarray(i * BATCH, (i + 1) * BATCH));
      counts.set(c, (counts.get(c) ?? 0) + 1);
    }
    assert.ok(counts.size <= cells, 'no other cells');
    const expected = N / cells;
    const seen = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    return chiSquareSurvival(seen + (cells - counts.size) * expected, cells - 1);
  };
  const checks: [string, number, (batch: Float64Array) => number][] = [
    ['the first row', FEW, ([a]) => a], ['the second', FEW, (batch) => batch[1]], ['the last', FEW, (batch) => batch[2]],
    ['pairs', FEW * (FEW - 1), ([a, b]) => FEW * a + b], ['other pairs', FEW * (FEW - 1), (batch) => FEW * batch[2] + batch[0]],
    ['sets', (8 * 7 * 6) / 6, (batch) => batch.reduce((set, r) => set | (1 << r), 0)],
  ];

  it('a batch holds different rows', () => {
    for (let i = 0; i < N; i++) {
      const batch = batches.subarray(i * BATCH, (i + 1) * BATCH);
      assert.ok(new Set(batch).size === BATCH && batch.every((r) => Number.isInteger(r) && r >= 0 && r < FEW), batch.join());
    }
    drawn(ofAll, key, 0, 20).forEach((_, i, xi) => { if (i % ROWS === 0) assert.deepEqual(Array.from(xi.subarray(i, i + ROWS)).sort((a, b) => a - b), all); });
  });

  it('rows, pairs and sets of rows are all equally likely', () => {
    for (const [what, cells, cell] of checks) assert.ok(uniformity(batches, cells, cell) > 1e-5, what);
  });

  it('mutant: a shuffle that swaps with any row fails', () => {
    const wrong = new Float64Array(N * BATCH);
    for (let i = 0; i < N; i++) {
      const order = Array.from({ length: FEW }, (_, r) => r);
      for (let j = 0; j < BATCH; j++) {
        threefry13(key.k0, key.k1, j, i);
        const other = Math.floor(toUniform(word[0], word[1]) * FEW);
        [order[j], order[other]] = [order[other], order[j]];
      }
      wrong.set(order.slice(0, BATCH), i * BATCH);
    }
    assert.ok(checks.some(([, cells, cell]) => uniformity(wrong, cells, cell) < 1e-10), 'mutant');
  });
});

for (const [what, of] of Object.entries(cases)) {
  describe(`sums over rows, ${what}`, () => {
    const target = defineTarget(definitionOf(of.sum));
    const noisy = compileNoisyEnergy(target);
    const full = noisy.full ?? assert.fail('full');
    // More than a block, and an odd number.
    const x = points(target, 701);
    const truth = written(of, x, () => all);

    it('the energy is that of all rows', () => {
      near(valuesOf(full, x), truth, 'full');
      near(valuesOf(compileEnergy(target), x), truth, 'compileEnergy');
      assert.deepEqual([noisy.dimension, noisy.size, noisy.cost], [D, of.sum.batch, of.sum.batch / ROWS]);
      assert.ok(target.hasEnergy && isNoisy(target), 'what it has');
    });

    it('the energy as an array program is the same', async () => {
      const some = x.slice(0, 14);
      near(valuesOf(compileEnergy({ ...target, sum: undefined }), some), { energies: truth.energies.slice(0, 7), gradients: truth.gradients.slice(0, 14) }, 'as a program');
      const reference = compileReference(target.energy, [{ shape: [D] }]);
      for (let i = 0; i < 7; i++) {
        const [[value]] = await reference.run([some.slice(i * D, (i + 1) * D)]);
        assert.ok(Math.abs(value - truth.energies[i]) < TOLERANCE.reference * (1 + Math.abs(truth.energies[i])), `${value}, not ${truth.energies[i]}`);
      }
      await reference.dispose();
    });

    it('a batch counts for all rows: prior + n/b Σ', () => {
      const xi = drawn(noisy, key, 0, 701);
      const b = of.sum.batch;
      near(seenAt(noisy, x, xi), written(of, x, (i) => xi.subarray(i * b, (i + 1) * b)), 'batch');
      // Values do not depend on the rest of the batch of points.
      const [some, whole] = [seenAt(noisy, x.slice(1000, 1010), xi.slice(500 * b, 505 * b)), seenAt(noisy, x, xi)];
      assert.deepEqual(some.energies, whole.energies.slice(500, 505));
      assert.deepEqual(some.gradients, whole.gradients.slice(1000, 1010));
    });

    it('a batch of all rows is the energy', () => {
      const whole = compileNoisyEnergy(defineTarget(definitionOf({ ...of.sum, batch: ROWS })));
      near(seenAt(whole, x, drawn(whole, key, 0, 701)), truth, 'all rows');
      assert.equal(whole.cost, 1);
    });

    it('smaller ones have it as their mean; mutant: the prior scaled with the rows has not', () => {
      const n = 20000;
      const point = x.slice(0, D);
      const many = Float64Array.from({ length: n * D }, (_, i) => point[i % D]);
      const { energies, gradients } = seenAt(noisy, many, drawn(noisy, foldIn(key, 'mean'), 0, n));
      assert.ok(Math.abs(zScore(energies, 1, ([u]) => u, truth.energies[0]).z) < 4, 'mean energy');
      for (let j = 0; j < D; j++) assert.ok(Math.abs(zScore(gradients, D, (g) => g[j], truth.gradients[j]).z) < 4, `gradient ${j}`);
      const prior = of.prior(Array.from(point), [0, 0]);
      if (prior !== 0) assert.ok(Math.abs(zScore(energies, 1, ([u]) => u, truth.energies[0] + (ROWS / of.sum.batch - 1) * prior).z) > 6, 'mutant');
    });

    it('centred at a point it has no noise there, the same gradients, and the same mean elsewhere', () => {
      const n = 20000;
      const centred = noisy.centred?.(x.slice(0, D), 1) ?? assert.fail('centred');
      const xi = drawn(noisy, foldIn(key, 'centred'), 0, n);
      const at = (from: Float64Array): Float64Array => Float64Array.from({ length: n * D }, (_, i) => from[i % D]);
      const there = at(x.slice(0, D));
      seenAt(centred, there, xi).energies.forEach((value) => assert.ok(Math.abs(value - truth.energies[0]) < 1e-10 * (1 + Math.abs(truth.energies[0])), 'no noise at the centre'));
      const close = at(x.slice(0, D).map((value) => value + 0.05));
      const [reduced, plain] = [seenAt(centred, close, xi), seenAt(noisy, close, xi)];
      assert.deepEqual(reduced.gradients, plain.gradients);
      const exact = written(of, close.slice(0, D), () => all).energies[0];
      const [a, b] = [reduced, plain].map(({ energies }) => zScore(energies, 1, ([u]) => u, exact));
      assert.ok(Math.abs(a.z) < 4 && Math.abs(b.z) < 4 && a.deviation < 0.4 * b.deviation, `${a.deviation}, ${b.deviation}`);
      // Of several points it is their mean.
      const both = noisy.centred?.(x.slice(0, 2 * D), 2) ?? assert.fail('centred');
      const some = xi.slice(0, 40 * noisy.size);
      const [one, other] = [0, 1].map((p) => (noisy.centred ?? assert.fail('centred'))(x.slice(p * D, (p + 1) * D), 1)).map((each) => seenAt(each, close.slice(0, 40 * D), some).energies);
      seenAt(both, close.slice(0, 40 * D), some).energies.forEach((value, i) => assert.ok(Math.abs(value - 0.5 * (one[i] + other[i])) < 1e-10 * (1 + Math.abs(value)), 'mean of the two'));
    });

    it('the difference to the base compiles to U1 − U0, with mini-batches as well', () => {
      const difference = differenceTarget(target);
      const u0 = { energies: new Float64Array(701), gradients: new Float64Array(701 * D) };
      baseEnergies(target.base, x, 701, u0.energies);
      baseGradients(target.base, x, 701, u0.gradients);
      const minus = ({ energies, gradients }: Values): Values => ({ energies: energies.map((u, i) => u - u0.energies[i]), gradients: gradients.map((g, i) => g - u0.gradients[i]) });
      near(valuesOf(compileEnergy(difference), x), minus(truth), 'difference');
      near(valuesOf(compileEnergy({ ...difference, sum: undefined }), x.slice(0, 14)), minus({ energies: truth.energies.slice(0, 7), gradients: truth.gradients.slice(0, 14) }), 'as a program');
      const seen = compileNoisyEnergy(difference);
      const xi = drawn(seen, key, 0, 701);
      near(seenAt(seen, x, xi), minus(seenAt(noisy, x, xi)), 'batch');
    });

    it('passes the check of its noise', () => assert.doesNotThrow(() => checkNoisyEnergy(target, noisy)));
  });
}

/** All sets of b of n rows. */
function setsOf(n: number, b: number, from = 0): number[][] {
  if (b === 0) return [[]];
  return Array.from({ length: n - from }, (_, k) => from + k).flatMap((r) => setsOf(n, b - 1, r + 1).map((rest) => [r, ...rest]));
}

describe('all batches of a tiny table, one after another', () => {
  const N = 6;
  const { sum: { features, term: ofFeatures, prior }, row, prior: plainPrior } = cases['with features and a prior'];
  const tiny = { rows: N, columns: table.columns, data: table.data.slice(0, N * COLUMNS) };
  const x = [0.7, -0.4];
  const full = (point: readonly number[]): Values => {
    const gradient = [0, 0];
    const energy = Array.from({ length: N }, (_, r) => r).reduce((total, r) => total + row(point, rowOf(r), gradient), plainPrior(point, gradient));
    return { energies: Float64Array.of(energy), gradients: Float64Array.from(gradient) };
  };
  /** Every batch's value at x, b rows each. */
  function everyBatch(noisy: NoisyEvaluator, at: readonly number[]): Values & { readonly sets: number[][] } {
    const sets = setsOf(N, noisy.size);
    return { sets, ...seenAt(noisy, Float64Array.from(sets.flatMap(() => at)), Float64Array.from(sets.flat())) };
  }
  const meanOf = ({ energies, gradients }: Values): Values => {
    const n = energies.length;
    return { energies: Float64Array.of(energies.reduce((a, b) => a + b) / n), gradients: Float64Array.from([0, 1], (j) => gradients.reduce((total, g, i) => total + (i % D === j ? g / n : 0), 0)) };
  };
  const spread = ({ energies }: Values): number => Math.sqrt(energies.reduce((total, u) => total + (u - meanOf({ energies, gradients: new Float64Array(D) }).energies[0]) ** 2, 0) / energies.length);
  const compiled = (batch: number): NoisyEvaluator => compileNoisyEnergy(defineTarget(definitionOf({ data: tiny, batch, term: ofFeatures, ...(features === undefined ? {} : { features }), ...(prior === undefined ? {} : { prior }) })));

  for (const batch of [1, 2, 4, N]) {
    it(`of ${batch}: their mean is the energy, exactly`, () => {
      const every = everyBatch(compiled(batch), x);
      near(meanOf(every), full(x), 'mean of all batches', 1e-13);
      assert.ok(batch === N ? spread(every) === 0 : spread(every) > 0.1, `spread ${spread(every)}`);
    });
  }

  it('centred: the mean, values by hand, and less noise near the centres; mutant: what is taken out is not put back', () => {
    const centres = [[0.75, -0.45], [0.6, -0.3], [0.72, -0.38]];
    for (const batch of [1, 3]) {
      const noisy = compiled(batch);
      const centred = noisy.centred?.(Float64Array.from(centres.flat()), centres.length) ?? assert.fail('centred');
      const means = Array.from({ length: N }, (_, r) => centres.reduce((total, c) => total + row(c, rowOf(r), [0, 0]) / centres.length, 0));
      const whole = means.reduce((a, b) => a + b);
      for (const at of [x, [-2, 1.5]]) {
        const [reduced, plain] = [everyBatch(centred, at), everyBatch(noisy, at)];
        near(meanOf(reduced), full(at), 'mean of all batches', 1e-12);
        assert.deepEqual(reduced.gradients, plain.gradients);
        const part = reduced.sets.map((rows) => (N / batch) * rows.reduce((total, r) => total + means[r], 0));
        near(reduced, { energies: plain.energies.map((u, i) => u + whole - part[i]), gradients: plain.gradients }, 'by hand', 1e-12);
        assert.ok(Math.abs(meanOf({ energies: plain.energies.map((u, i) => u - part[i]), gradients: plain.gradients }).energies[0] - full(at).energies[0]) > 0.1, 'mutant');
      }
      assert.ok(spread(everyBatch(centred, x)) < 0.2 * spread(everyBatch(noisy, x)), `${spread(everyBatch(centred, x))} of ${spread(everyBatch(noisy, x))}`);
    }
  });

  it('centred along a path, at once or one after the other, is the same', () => {
    const noisy = compiled(2);
    const { base } = defineTarget(definitionOf({ data: tiny, batch: 2, term: ofFeatures }));
    const centres = Float64Array.of(0.75, -0.45, 0.6, -0.3);
    for (const lambda of [0.3, 1]) {
      const onPath = noisyPath(base, noisy, lambda).centred?.(centres, 2) ?? assert.fail('centred');
      const path = noisyPath(base, noisy.centred?.(centres, 2) ?? assert.fail('centred'), lambda);
      const [one, other] = [everyBatch(onPath, x), everyBatch(path, x)];
      assert.deepEqual(one, other);
      const u0 = new Float64Array(1);
      baseEnergies(base, Float64Array.from(x), 1, u0);
      assert.ok(Math.abs(meanOf(one).energies[0] - (1 - lambda) * u0[0] - lambda * full(x).energies[0]) < 1e-12, `λ ${lambda}`);
    }
  });

  it('in the scalar executor, where there is no vector code, with a notice', () => {
    const notices: string[] = [];
    // A product of whole numbers has none; it is zero here.
    const nothing = (q: NpArray): NpArray => np.prod(q.astype(np.int32)).astype(np.float64).mul(1e-6);
    const target = defineTarget(definitionOf({ data: tiny, batch: 2, term: (q, r) => ofFeatures(q, r).add(nothing(q)), ...(features === undefined ? {} : { features }), ...(prior === undefined ? {} : { prior }) }));
    const noisy = compileNoisyEnergy(target, { notice: (message) => notices.push(message) });
    near(meanOf(everyBatch(noisy, x)), full(x), 'mean of all batches', 1e-13);
    assert.deepEqual(notices, ['target "sum": energies run in the scalar executor: the primitive "mul" has no vector form for int32 in float64']);
  });
});

describe('noise of its own', () => {
  const definition: TargetDefinition = {
    name: 'tilted', dimension: D, box: [-4, 4], base: { mean: 0.3, standardDeviation: 0.9 },
    energy: (x) => np.square(x).sum().mul(0.5),
    noise: { size: 3, draw: (random) => [0, 1, 2].map(() => 2 * random() - 1), energy: (x, xi) => np.square(x).sum().mul(0.5).add(xi.slice([0, 2]).mul(np.sin(x)).sum()).add(xi.slice(2).mul(x.slice(0)).mul(x.slice(1))) },
  };
  const target = defineTarget(definition);
  const noisy = compileNoisyEnergy(target);
  const x = points(target, 301);
  const xi = drawn(noisy, key, 0, 301);

  it('has the values and gradients of its formula', () => {
    const expected = { energies: new Float64Array(301), gradients: new Float64Array(602) };
    for (let i = 0; i < 301; i++) {
      const [a, b, r, s, t] = [x[2 * i], x[2 * i + 1], ...xi.subarray(3 * i, 3 * i + 3)];
      expected.energies[i] = 0.5 * (a * a + b * b) + r * Math.sin(a) + s * Math.sin(b) + t * a * b;
      expected.gradients.set([a + r * Math.cos(a) + t * b, b + s * Math.cos(b) + t * a], 2 * i);
    }
    near(seenAt(noisy, x, xi), expected, 'noise');
    assert.deepEqual([noisy.dimension, noisy.size, noisy.cost, noisy.centred], [D, 3, null, undefined]);
    near(valuesOf(noisy.full ?? assert.fail('full'), x), { energies: x.slice(0, 301).map((_, i) => 0.5 * (x[2 * i] ** 2 + x[2 * i + 1] ** 2)), gradients: x }, 'full');
  });

  it('needs no energy beside it, and then has none', () => {
    const blind = defineTarget({ ...definition, energy: undefined });
    assert.deepEqual([blind.hasEnergy, isNoisy(blind), target.hasEnergy, isNoisy(differenceTarget(target))], [false, true, true, false]);
    const seen = compileNoisyEnergy(blind);
    assert.equal(seen.full, null);
    assert.deepEqual(seenAt(seen, x, xi), seenAt(noisy, x, xi));
    assert.doesNotThrow(() => checkNoisyEnergy(blind, seen));
  });

  it('means over draws have the energy as their mean, and that share of the variance; the same call gives the same', () => {
    const n = 20000;
    const waves = compileNoisyEnergy(noisyGmm2d);
    const point = Float64Array.of(0.9, -0.7);
    const many = Float64Array.from({ length: n * D }, (_, i) => point[i % D]);
    const exact = valuesOf(waves.full ?? assert.fail('full'), point);
    for (const draws of [1, 4]) {
      const mean = averagedEnergy(waves, draws, key);
      const { energies, gradients } = valuesOf(mean, many);
      const variance = (16 * (Math.cos(0.9) ** 2 + Math.cos(0.7) ** 2)) / draws;
      assert.ok(Math.abs(zScore(energies, 1, ([u]) => u, exact.energies[0]).z) < 4, 'mean energy');
      assert.ok(Math.abs(zScore(energies, 1, ([u]) => (u - exact.energies[0]) ** 2, variance).z) < 4, `${draws} draws`);
      assert.ok(Math.abs(zScore(energies, 1, ([u]) => (u - exact.energies[0]) ** 2, 2 * variance).z) > 6, 'mutant: twice the variance');
      for (let j = 0; j < D; j++) assert.ok(Math.abs(zScore(gradients, D, (g) => g[j], exact.gradients[j]).z) < 4, 'mean gradient');
      assert.deepEqual(valuesOf(mean, many), { energies, gradients });
      // Point i has draws of its own, however many others there are, in blocks or not.
      for (const some of [1, 100, 4096, 4097]) assert.deepEqual(valuesOf(mean, many.slice(0, some * D)).energies, energies.slice(0, some));
      assert.notDeepEqual(valuesOf(averagedEnergy(waves, draws, foldIn(key, 1)), many.slice(0, 20)).energies, energies.slice(0, 10));
    }
  });

  it('along the path from the base it is U0 + λ (U(ξ) − U0)', () => {
    const u0 = { energies: new Float64Array(301), gradients: new Float64Array(602) };
    baseEnergies(target.base, x, 301, u0.energies);
    baseGradients(target.base, x, 301, u0.gradients);
    const mix = (lambda: number, { energies, gradients }: Values): Values => ({
      energies: energies.map((u, i) => (1 - lambda) * u0.energies[i] + lambda * u), gradients: gradients.map((g, i) => (1 - lambda) * u0.gradients[i] + lambda * g),
    });
    for (const lambda of [0, 0.2, 0.7]) {
      const path = noisyPath(target.base, noisy, lambda);
      near(seenAt(path, x, xi), mix(lambda, seenAt(noisy, x, xi)), `λ ${lambda}`);
      near(valuesOf(path.full ?? assert.fail('full'), x), mix(lambda, valuesOf(noisy.full ?? assert.fail('full'), x)), `full, λ ${lambda}`);
      assert.deepEqual(drawn(path, key, 3, 5), drawn(noisy, key, 3, 5));
    }
    assert.equal(noisyPath(target.base, noisy, 1), noisy);
    assert.equal(noisyPath(target.base, noisy, 0.5).centred, undefined, 'no sum');
    for (const lambda of [-0.1, 1.1, NaN]) assert.throws(() => noisyPath(target.base, noisy, lambda), (error) => error instanceof InputError && error.message.includes(`${lambda}`) && !error.message.includes('\n'));
    assert.equal(noisyPath(target.base, { ...noisy, full: null }, 0.5).full, null);
  });
});

describe('mistakes', () => {
  const refuses = (what: string, f: () => unknown, message: RegExp): void =>
    assert.throws(f, (error: unknown) => error instanceof InputError && message.test(error.message) && !error.message.includes('\n'), `${what}: ${message}`);
  const energy = (x: NpArray): NpArray => np.square(x).sum();
  const noise: NoiseDefinition = { size: 2, draw: (random) => [random() - 0.5, random() - 0.5], energy: (x, xi) => energy(x).add(xi.mul(x).sum()) };
  const sum: SumDefinition = { data: table, batch: 4, term };
  const common: TargetDefinition = { name: 'bad', dimension: D, box: [-4, 4] };

  it('of a definition are told when it is made', () => {
    const wrong = new Float64Array(ROWS * COLUMNS);
    wrong[4 * COLUMNS + 1] = NaN;
    const endless = new Float64Array(ROWS * COLUMNS);
    endless[2] = -Infinity;
    const bad: [string, object, RegExp][] = [
      ['energy and sum', { energy, sum }, /^target "bad": energy and sum both say what the energy is; give one of them$/],
      ['noise and sum', { noise, sum }, /^target "bad": noise and sum both say how the energy is seen; give one of them$/],
      ['neither', {}, /^target "bad": energy must be a function of one point, got undefined$/],
      ['energy that is none, with noise', { energy: 3, noise }, /^target "bad": energy must be a function of one point, got number$/],
      ['batch', { sum: { ...sum, batch: 31 } }, /^target "bad": sum\.batch is 31, more than the 30 rows of its data$/],
      ['no batch', { sum: { ...sum, batch: 0 } }, /sum\.batch must be a positive integer, got 0$/], ['half a batch', { sum: { ...sum, batch: 1.5 } }, /sum\.batch must be a positive integer, got 1\.5$/],
      ['batch left out', { sum: { data: table, term } }, /sum\.batch must be a positive integer, got undefined$/],
      ['no table', { sum: { ...sum, data: [[1, 2], [3, 4]] } }, /sum\.data must be a table of rows \(see readTable\), with rows × columns numbers$/],
      ['no data', { sum: { ...sum, data: undefined } }, /sum\.data must be a table/], ['plain numbers', { sum: { ...sum, data: { ...table, data: Array.from(table.data) } } }, /sum\.data must be a table/],
      ['table of another length', { sum: { ...sum, data: { ...table, rows: 29 } } }, /sum\.data must be a table/], ['empty table', { sum: { ...sum, data: { rows: 0, columns: ['u'], data: new Float64Array(0) } } }, /sum\.data must be a table/],
      ['NaN', { sum: { ...sum, data: { ...table, data: wrong } } }, /^target "bad": sum\.data must be finite, got NaN in row 4, column "v"$/],
      ['infinity', { sum: { ...sum, data: { ...table, data: endless } } }, /sum\.data must be finite, got -Infinity in row 0, column "w"$/],
      ['term', { sum: { ...sum, term: 1 } }, /sum\.term must be a function of a point and a row, got number$/],
      ['size 0', { noise: { ...noise, size: 0 } }, /^target "bad": noise\.size must be a positive integer, got 0$/], ['half a size', { noise: { ...noise, size: 0.5 } }, /noise\.size must be a positive integer, got 0\.5$/],
      ['noise that is no object', { noise: 3 }, /^target "bad": noise must be an object that says how the energy is seen, got number$/], ['sum of nothing', { sum: null }, /^target "bad": sum must be an object that says how the energy is seen, got null$/],
      ['prior', { sum: { ...sum, prior: 2 } }, /sum\.prior must be a function of a point, got number$/], ['features', { sum: { ...sum, features: 'x' } }, /sum\.features must be a function of a point, got string$/],
      ['draw', { noise: { ...noise, draw: [1, 2] } }, /noise\.draw must be a function, got object$/], ['noise.energy', { noise: { ...noise, energy: undefined } }, /noise\.energy must be a function of a point and ξ, got undefined$/],
    ];
    for (const [what, change, message] of bad) refuses(what, () => defineTarget({ ...common, ...change }), message);
  });

  it('of its functions are told when it is compiled', () => {
    const compile = (change: object) => (): unknown => compileNoisyEnergy(defineTarget({ ...common, ...change }));
    const bad: [string, object, RegExp][] = [
      ['noise of a vector', { noise: { ...noise, energy: (x: NpArray, xi: NpArray) => x.mul(xi) } }, /^target "bad": noise\.energy must return one number \(shape \[\]\) for a point of shape \[2\] and a second argument of shape \[2\], got shape \[2\]; sum it\?$/],
      ['noise of nothing', { noise: { ...noise, energy: () => 3 } }, /noise\.energy must return an array of shape \[\], got number$/],
      ['noise that throws', { noise: { ...noise, energy: () => { throw new Error('no luck\nat all'); } } }, /^target "bad": its noise\.energy throws on a point of shape \[2\] and a second argument of shape \[2\]: no luck \(.*noisyEnergy\.test\.ts:\d+\)$/],
      ['noise of other shapes', { noise: { ...noise, size: 3 } }, /^target "bad": its noise\.energy throws on a point of shape \[2\] and a second argument of shape \[3\]: /],
      ['term of a vector', { sum: { ...sum, term: (x: NpArray) => x } }, /^target "bad": sum\.term must return one number \(shape \[\]\) for a point of shape \[2\] and a second argument of shape \[3\], got shape \[2\]; sum it\?$/],
      ['term that throws', { sum: { ...sum, term: () => { throw new TypeError('this is not'); } } }, /^target "bad": its sum\.term throws on a point of shape \[2\] and a second argument of shape \[3\]: this is not \(.*noisyEnergy\.test\.ts:\d+\)$/],
      ['term of other shapes', { sum: { ...sum, term: (x: NpArray, row: NpArray) => x.mul(row).sum() } }, /^target "bad": its sum\.term throws on a point of shape \[2\] and a second argument of shape \[3\]: /],
      ['features of a number', { sum: { ...sum, features: (x: NpArray) => x.sum() } }, /^target "bad": sum\.features must return an array of shape \[q\], got shape \[\]$/],
      ['features that throw', { sum: { ...sum, features: () => { throw new Error('none'); } } }, /^target "bad": its sum\.features throws on a point of shape \[2\]: none \(.*noisyEnergy\.test\.ts:\d+\)$/],
      ['prior of a vector', { sum: { ...sum, prior: (x: NpArray) => x } }, /^target "bad": sum\.prior must return one number \(shape \[\]\) for a point of shape \[2\], got shape \[2\]; sum it\?$/],
      ['no noise', { energy }, /^target "bad" has no noise: give `noise` or `sum` in its definition, or take sampler=tempering$/],
    ];
    for (const [what, change, message] of bad) refuses(what, compile(change), message);
    refuses('no energy', () => compileEnergy(defineTarget({ ...common, noise })), /^target "bad" has no energy without noise, only U\(x; ξ\); give `energy` too where it can be had$/);
    for (const [what, change, message] of bad.slice(4, 10)) refuses(`compileEnergy, ${what}`, () => compileEnergy(defineTarget({ ...common, ...change })), message);
  });

  it('of its draws are told when they are drawn', () => {
    const draws = (draw: unknown) => (): unknown => drawn(compileNoisyEnergy(defineTarget({ ...common, noise: { ...noise, draw } as NoiseDefinition })), key, 0, 3);
    const bad: [string, unknown, RegExp][] = [
      ['one number too few', () => [1], /^target "bad": noise\.draw must return 2 numbers \(noise\.size\), got 1$/], ['one too many', () => [1, 2, 3], /must return 2 numbers \(noise\.size\), got 3$/],
      ['a scalar', () => 0.5, /must return 2 numbers \(noise\.size\), got number$/], ['nothing', () => undefined, /must return 2 numbers \(noise\.size\), got undefined$/],
      ['NaN', () => [0, NaN], /^target "bad": noise\.draw must return finite numbers, got NaN at index 1$/], ['a word', () => ['a', 1], /must return finite numbers, got a at index 0$/],
      ['one that throws', () => { throw new Error('out of luck\nfor good'); }, /^target "bad": its noise\.draw throws: out of luck$/],
    ];
    for (const [what, draw, message] of bad) refuses(what, draws(draw), message);
  });

  it('of its noise are told by trying it: a bias, and what is not finite, with the point', () => {
    const check = (change: object) => (): void => {
      const target = defineTarget({ ...common, energy, noise, ...change });
      checkNoisyEnergy(target, compileNoisyEnergy(target));
    };
    const point = String.raw`at the point \(-?[\d.e-]+, -?[\d.e-]+\) of its base`;
    assert.doesNotThrow(check({}));
    refuses('bias', check({ noise: { ...noise, draw: (random: () => number) => [random() - 0.4, random() - 0.5] } }), new RegExp(`^target "bad": the mean of its noisy energy is \\S+ ± \\S+ ${point}, but its energy is \\S+; the noise must have no bias `));
    refuses('another energy', check({ noise: { ...noise, energy: (x: NpArray) => energy(x).mul(1.0001) } }), /the noise must have no bias /);
    refuses('not finite', check({ noise: { ...noise, energy: (x: NpArray, xi: NpArray) => np.log(xi.slice(0)).add(x.sum().mul(0)) } }), new RegExp(`^target "bad": its noisy energy is NaN ${point}; it must be finite there for every ξ$`));
    // The square underflows: √0 has no derivative.
    refuses('a gradient that is not finite', check({ noise: { ...noise, energy: (x: NpArray, xi: NpArray) => energy(x).add(np.sqrt(np.square(x.slice(0).mul(1e-200))).mul(xi.slice(0))) } }), new RegExp(`^target "bad": the gradient of its noisy energy is not finite ${point}$`));
    let calls = 0;
    refuses('numbers of another source', check({ noise: { ...noise, draw: () => [Math.sin(calls++), 0] } }), /^target "bad": noise\.draw gives other numbers for the same random\(\); draw from random\(\) alone, so that runs can be repeated$/);
    // Without the energy there is nothing to compare with.
    assert.doesNotThrow(check({ energy: undefined, noise: { ...noise, draw: () => [1, 1] } }));
  });

  it('rows that are none are no batch', () => {
    const noisy = compileNoisyEnergy(defineTarget({ ...common, sum }));
    for (const index of [-1, ROWS, 0.5, NaN]) assert.throws(() => noisy.energies(new Float64Array(D), Float64Array.of(0, 1, index, 2), 1, new Float64Array(1)), { name: 'RangeError', message: /index 2 of the batch is/ });
  });
});
