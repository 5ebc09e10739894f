/** The built-in targets of the plane: energies by hand, gradients, symmetries, modes and truths against a plain trapezoid rule. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { valueAndGradient } from '../../src/engine/numpy.ts';
import { keyFromSeed, uniform } from '../../src/engine/random.ts';
import { trace } from '../../src/engine/trace.ts';
import { catalogue, loadTargets } from '../../src/targets/catalogue.ts';
import { batchEnergy, checkEnergy, compileEnergy } from '../../src/targets/compile.ts';
import type { EnergyEvaluator } from '../../src/targets/energyEvaluator.ts';
import type { Target } from '../../src/targets/target.ts';
import { targetTruth, type Truth } from '../../src/targets/truth.ts';
import { distance, runProgram } from '../engine/executors.ts';

interface Facts {
  /** The energy as the paper prints it. */
  readonly byHand: (x: number, y: number) => number;
  /** Points with their energies, worked out with pencil and paper. */
  readonly points: readonly (readonly [number, number, number])[];
  /** Maps that leave the energy as it is. */
  readonly symmetries: readonly ((x: number, y: number) => [number, number])[];
  /** Places with the index of the mode that holds them. */
  readonly modes: readonly (readonly [number, number, number])[];
  readonly modeCount: number;
}

const facts: Readonly<Record<string, Facts>> = {
  'three-well': {
    byHand: (x, y) => 3 * ((x * x - 1) ** 2 + (y * y - 1) ** 2 + Math.sin(x + 2 * y)),
    points: [[0, 0, 6], [1, -1, 3 * Math.sin(-1)], [1, 1, 3 * Math.sin(3)], [-1, 0.5, 3 * 0.5625], [2, -1, 27], [0, Math.PI / 2, 3 * (1 + (Math.PI ** 2 / 4 - 1) ** 2)]],
    symmetries: [],
    modes: [[-1.2, -0.9, 0], [-0.8, 1.1, 1], [0.9, -1, 2], [1, 1, 3]],
    modeCount: 4,
  },
  himmelblau: {
    byHand: (x, y) => 0.2 * ((x * x + y - 11) ** 2 + (x + y * y - 7) ** 2),
    points: [[3, 2, 0], [0, 0, 0.2 * 170], [1, 1, 0.2 * (81 + 25)], [-2, 3, 0.2 * 16], [-3.779310253378, -3.28318599128, 0], [3.584428340330, -1.848126526964, 0], [-2.805118086953, 3.131312518250, 0]],
    symmetries: [],
    modes: [[3, 2, 0], [-2.8, 3.1, 1], [-3.8, -3.3, 2], [3.6, -1.8, 3]],
    modeCount: 4,
  },
  'multiple-well': {
    byHand: (x, y) => 4 * Math.sin(1.1 * x) * Math.sin(y) + 0.25 * (x * x + y * y),
    points: [[0, 0, 0], [0, 2, 1], [4, Math.PI, 4 + Math.PI ** 2 / 4], [Math.PI / 2.2, -Math.PI / 2, -4 + 0.25 * ((Math.PI / 2.2) ** 2 + Math.PI ** 2 / 4)]],
    symmetries: [(x, y) => [-x, -y]],
    modes: [],
    modeCount: 8,
  },
  annulus: {
    byHand: (x, y) => { const r2 = x * x + y * y; return 10 * Math.cbrt(r2 ** 3 - 8 * r2 ** 2 + 16 * r2 + 1); },
    points: [[0, 0, 10], [2, 0, 10], [0, -2, 10], [1, 0, 10 * Math.cbrt(10)], [Math.SQRT2, Math.SQRT2, 10], [3, 0, 10 * Math.cbrt(226)]],
    symmetries: [(x, y) => [y, x], (x, y) => [-x, y], (x, y) => [(x - y) / Math.SQRT2, (x + y) / Math.SQRT2]],
    modes: [[0.1, -0.2, 0], [1.5, 1.3, 1], [-1.4, 1.4, 2], [-2, -0.1, 3], [0.1, -2, 4]],
    modeCount: 5,
  },
  'periodic-well': {
    byHand: (x, y) => 4 * Math.sin(2 * x) * Math.sign(Math.sin(2 * y)) * Math.abs(Math.sin(2 * y)) ** 1.4,
    points: [[Math.PI / 4, Math.PI / 4, 4], [Math.PI / 4, -Math.PI / 4, -4], [0, 1, 0], [1, 0, 0], [Math.PI / 12, Math.PI / 4, 2]],
    symmetries: [(x, y) => [x + Math.PI, y], (x, y) => [x, y - Math.PI], (x, y) => [-x, -y], (x, y) => [Math.PI / 2 - x, y]],
    modes: [],
    modeCount: 8,
  },
};

const grid = (target: Target, seed: number, n: number): Float64Array => Float64Array.from({ length: 2 * n }, (_, i) => {
  const { low, high } = target.domain[i % 2];
  return low + (high - low) * (0.1 + 0.8 * uniform(keyFromSeed(seed), 0, i));
});
const energiesAt = (evaluator: EnergyEvaluator, x: Float64Array): Float64Array => {
  const out = new Float64Array(x.length / 2);
  evaluator.energies(x, out.length, out);
  return out;
};

const all = await loadTargets();
/** Those of more dimensions have a test of their own, highDimensional.test.ts. */
// The mixture of forty-modes has a test of its own.
const targets = all.filter(({ name, dimension }) => dimension === 2 && !['forty-modes', 'noisy-gmm-2d'].includes(name));
const truths = new Map<string, Truth>();
function truthOf(target: Target): Truth {
  const truth = truths.get(target.name) ?? targetTruth(target, compileEnergy(target));
  truths.set(target.name, truth);
  return truth;
}

describe('the catalogue', () => {
  it('lists what its targets say of themselves', () => {
    assert.deepEqual(catalogue.map(({ name, description }) => [name, description]), all.map(({ name, description }) => [name, description]), 'names and descriptions');
    assert.deepEqual(targets.map(({ name }) => name).sort(), Object.keys(facts).sort(), 'every planar target has facts in this test');
  });
});

for (const target of targets) {
  const { byHand, points, symmetries, modes, modeCount } = facts[target.name];
  const evaluator = compileEnergy(target);
  describe(target.name, () => {
    it('has the energy of the paper', () => {
      for (const [x, y, energy] of points) {
        assert.ok(Math.abs(byHand(x, y) - energy) < 1e-8, `by hand at (${x}, ${y}): ${byHand(x, y)} for ${energy}`);
        assert.ok(Math.abs(energiesAt(evaluator, Float64Array.of(x, y))[0] - energy) < 1e-8, `at (${x}, ${y}): ${energiesAt(evaluator, Float64Array.of(x, y))[0]} for ${energy}`);
      }
      const x = grid(target, 1, 200);
      energiesAt(evaluator, x).forEach((energy, i) => {
        const exact = byHand(x[2 * i], x[2 * i + 1]);
        assert.ok(Math.abs(energy - exact) < 1e-11 * (1 + Math.abs(exact)), `at (${x[2 * i]}, ${x[2 * i + 1]}): ${energy} for ${exact}`);
      });
    });

    it('has the gradient of its energy', () => {
      const n = 50;
      const x = grid(target, 2, n);
      const [energies, gradients] = [new Float64Array(n), new Float64Array(2 * n)];
      evaluator.energiesAndGradients(x, n, energies, gradients);
      assert.deepEqual(energies, energiesAt(evaluator, x), 'the same energies');
      const h = 1e-6;
      for (let i = 0; i < 2 * n; i++) {
        const at = (by: number): number => energiesAt(evaluator, x.map((value, k) => (k === i ? value + by : value)))[i >> 1];
        const difference = (at(h) - at(-h)) / (2 * h);
        // Rounding of the energies, and curvature.
        const tolerance = 1e-6 * (1 + Math.abs(difference)) + (1e-15 * Math.abs(energies[i >> 1])) / h;
        assert.ok(Math.abs(difference - gradients[i]) < tolerance, `coordinate ${i % 2} at (${x[i - (i % 2)]}, ${x[i - (i % 2) + 1]}): ${gradients[i]} for ${difference}`);
      }
    });

    it('has the symmetries it should, and no accidental ones', () => {
      const x = grid(target, 3, 60);
      const energies = energiesAt(evaluator, x);
      const changed = (map: (x: number, y: number) => [number, number]): number => {
        const moved = Float64Array.from(Array.from({ length: 60 }, (_, i) => map(x[2 * i], x[2 * i + 1])).flat());
        return distance(energiesAt(evaluator, moved), energies);
      };
      symmetries.forEach((map, k) => assert.ok(changed(map) < 1e-11, `symmetry ${k} is broken by ${changed(map)}`));
      assert.ok(changed((a, b) => [a, b + 0.1]) > 1e-4, 'a shift must show');
    });

    it('runs as a batch in training as it does in sampling', async () => {
      const x = grid(target, 4, 5);
      const energy = batchEnergy(target);
      const program = trace((v) => valueAndGradient((w) => energy(w).sum())(v), [{ shape: [5, 2] }]);
      const [[sum], gradient] = await runProgram(program, [x], 'float64');
      const [energies, gradients] = [new Float64Array(5), new Float64Array(10)];
      evaluator.energiesAndGradients(x, 5, energies, gradients);
      assert.ok(distance([sum], [energies.reduce((a, b) => a + b)]) < 1e-12 && distance(gradient, gradients) < 1e-12, 'energies and gradients');
    });

    it('has modes that part the space', () => {
      const { modes: found } = target;
      assert.ok(found !== undefined && found.names.length === modeCount, `${found?.names.length} modes`);
      assert.equal(new Set(found.names).size, modeCount, 'distinct names');
      for (const [x, y, mode] of modes) assert.equal(found.assign(Float64Array.of(x, y)), mode, `(${x}, ${y})`);
      const x = grid(target, 5, 4000);
      const seen = new Set<number>();
      for (let i = 0; i < 4000; i++) seen.add(found.assign(x.subarray(2 * i, 2 * i + 2)));
      assert.deepEqual([...seen].sort((a, b) => a - b), Array.from({ length: modeCount }, (_, i) => i), 'every mode is met, and nothing else');
    });

    it('passes its own check, and knows its truths', () => {
      checkEnergy(target, evaluator);
      const truth = truthOf(target);
      // A plain midpoint rule, over half as much again as the box: exact to many digits for smooth energies.
      const n = 400;
      const [first, second] = target.domain.map(({ kind, low, high }) => (kind === 'torus' ? { low, high } : { low: 1.5 * low, high: 1.5 * high }));
      const step = [(first.high - first.low) / n, (second.high - second.low) / n];
      const observables = target.observables.map(() => 0);
      const masses = new Float64Array(modeCount);
      let z = 0;
      const point = new Float64Array(2);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
          point[0] = first.low + (i + 0.5) * step[0];
          point[1] = second.low + (j + 0.5) * step[1];
          const weight = Math.exp(-byHand(point[0], point[1]));
          if (weight < 1e-25) continue;
          z += weight;
          target.observables.forEach(({ value }, k) => { observables[k] += weight * value(point); });
          if (target.modes !== undefined) masses[target.modes.assign(point)] += weight;
        }
      }
      const logZ = Math.log(z * step[0] * step[1]);
      assert.equal(truth.source, 'quadrature', 'source');
      assert.ok(Math.abs((truth.logZ ?? NaN) - logZ) < 2e-6, `log Z ${truth.logZ} for ${logZ}`);
      observables.forEach((sum, k) => assert.ok(Math.abs((truth.observables[k] ?? NaN) - sum / z) < 5e-6, `⟨${target.observables[k].name}⟩ ${truth.observables[k]} for ${sum / z}`));
      // Borders of modes run through the midpoint rule's cells.
      masses.forEach((mass, k) => assert.ok(Math.abs((truth.modeMasses?.[k] ?? NaN) - mass / z) < 1e-3, `mass of ${target.modes?.names[k]}: ${truth.modeMasses?.[k]} for ${mass / z}`));
      assert.ok(Math.abs((truth.modeMasses ?? []).reduce((a, b) => a + b, 0) - 1) < 1e-5, 'masses add up to one');
    });
  });
}

describe('facts about their masses', () => {
  const massesOf = (name: string): readonly number[] => {
    const target = targets.find((candidate) => candidate.name === name);
    assert.ok(target !== undefined, name);
    return truthOf(target).modeMasses ?? [];
  };

  it('the wells of periodic-well weigh the same', () => {
    for (const mass of massesOf('periodic-well')) assert.ok(Math.abs(mass - 1 / 8) < 1e-5, `${mass} for 1/8`);
  });

  it('the quarters of the annulus weigh the same', () => {
    const [, ...quarters] = massesOf('annulus');
    for (const mass of quarters) assert.ok(Math.abs(mass - quarters[0]) < 1e-5, `${quarters.join(', ')}`);
  });

  it('himmelblau has the masses of the method page', () => {
    const [pp, mp, mm, pm] = massesOf('himmelblau');
    [[pp, 0.35], [mp, 0.205], [mm, 0.152], [pm, 0.293]].forEach(([mass, known]) => assert.ok(Math.abs(mass - known) < 2e-3, `${mass} for ${known}`));
  });
});
