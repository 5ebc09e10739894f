/** Like particles found in energies that have them, and not in those that lack one symmetry each. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { np, type Array as NpArray } from '../../../src/engine/numpy.ts';
import { keyFromSeed } from '../../../src/engine/random.ts';
import { InputError } from '../../../src/errors.ts';
import { createParallelTempering } from '../../../src/samplers/parallelTempering.ts';
import { compileEnergy } from '../../../src/targets/compile.ts';
import { checkSymmetry, detectSymmetry } from '../../../src/targets/symmetry/detect.ts';
import type { ParticleSymmetry } from '../../../src/targets/symmetry/particles.ts';
import { defineTarget, type Target } from '../../../src/targets/target.ts';
import { cluster } from './clusters.ts';

/** Of a short tempering. */
function pointsOf(target: Target): Float64Array {
  const run = createParallelTempering({
    energy: compileEnergy(target), base: target.base, inverseTemperatures: { hottest: 0.1, replicas: 4 }, ladders: 8,
    rounds: 100, warmupRounds: 48, key: keyFromSeed(2), threads: 1,
  });
  while (run.progress.phase !== 'done') run.advanceSteps(1000);
  return run.result().positions;
}
const detected = (target: Target): ParticleSymmetry | null =>
  detectSymmetry(target, compileEnergy(target), pointsOf(target));

describe('like particles', () => {
  it('are found in the plane and in space', () => {
    for (const [count, dimension] of [[2, 2], [4, 2], [3, 3]] as const) {
      assert.deepEqual(detected(cluster(count, dimension)), {
        count, dimension, alike: [Array.from({ length: count }, (_, i) => i)], rotations: true, reflections: true,
      });
    }
  });

  it('are those that are alike', () => {
    // Particles 1 and 3 are heavier.
    const found = detected(cluster(4, 2, {
      twist: (q) => np.square(q.slice(1)).sum().add(np.square(q.slice(3)).sum()).mul(0.3),
    }));
    assert.deepEqual(found?.alike, [[0, 2], [1, 3]]);
  });

  it('are not turned in a trough, nor mirrored where there is a hand', () => {
    const trough = detected(cluster(3, 2, { twist: (q) => np.square(q.transpose().slice(0)).sum() }));
    assert.deepEqual([trough?.alike, trough?.rotations, trough?.reflections], [[[0, 1, 2]], false, false]);
    const cross = (a: number, b: number) => (q: NpArray): NpArray => {
      const [u, v] = [q.slice(a), q.slice(b)];
      return u.slice(0).mul(v.slice(1)).sub(u.slice(1).mul(v.slice(0)));
    };
    const hand = detected(cluster(3, 2, {
      twist: (q) => [cross(0, 1), cross(1, 2), cross(2, 0)].map((f) => f(q)).reduce((a, b) => a.add(b)).mul(0.1),
    }));
    assert.deepEqual([hand?.rotations, hand?.reflections, hand?.alike], [true, false, []], 'odd exchanges mirror it');
  });

  it('are none where they do not keep apart', () => {
    const cloud = defineTarget({
      name: 'cloud', dimension: 8, box: [-6, 6], energy: (x) => np.square(x).sum().mul(0.5),
    });
    assert.equal(detected(cloud), null);
  });

  it('are exchanged between walls, and not turned', () => {
    const places = [[0.2, 0.2], [0.8, 0.3], [0.5, 0.8]];
    const wells = defineTarget({
      name: 'wells', dimension: 6, box: [0, 1], interval: 'all',
      energy: (x) => {
        const q = x.reshape([3, 2]);
        // Every well wants one of them.
        return places.map((place) => np.log(np.exp(np.square(q.sub(np.array(place))).sum(1).mul(-50)).sum().add(1e-3)))
          .reduce((a, b) => a.add(b)).mul(-3);
      },
    });
    assert.deepEqual(detected(wells), {
      count: 3, dimension: 2, alike: [[0, 1, 2]], rotations: false, reflections: false,
    });
  });
});

describe('declared particles', () => {
  const energy = (): never => { throw new Error('not asked'); };
  const define = (particles: object, rest: object = {}): Target =>
    defineTarget({ name: 'declared', dimension: 6, box: [-1, 1], energy, particles: particles as never, ...rest });

  it('have their defaults', () => {
    assert.deepEqual(define({ count: 3, dimension: 2 }).particles, {
      count: 3, dimension: 2, alike: [[0, 1, 2]], rotations: true, reflections: true,
    });
    assert.deepEqual(define({ count: 3, dimension: 2, alike: [[2, 0], [1]], rotations: false }).particles, {
      count: 3, dimension: 2, alike: [[0, 2]], rotations: false, reflections: false,
    });
  });

  it('are refused in one line where they cannot be', () => {
    for (const [particles, message] of [
      [{ count: 4, dimension: 2 }, /4 of 2 coordinates each are 8, not 6/],
      [{ count: 6, dimension: 1 }, /dimension must be 2 or 3, got 1/],
      [{ count: 1, dimension: 2 }, /count must be an integer of at least 2/],
      [{ count: 3, dimension: 2, alike: [[0, 3]] }, /alike names particle 3, but they are 0 to 2/],
      [{ count: 3, dimension: 2, alike: [[0, 1], [1, 2]] }, /alike names particle 1 twice/],
      [{ count: 3, dimension: 2, rotations: false, reflections: true }, /reflections go with rotations/],
      [{ count: 3, dimension: 2, turns: true }, /unknown key "particles.turns"/],
      [{ count: 3 }, /particles.dimension is missing/],
    ] as const) {
      assert.throws(() => define(particles), (error) => error instanceof InputError && message.test(error.message));
    }
    assert.throws(() => define({ count: 3, dimension: 2 }, { torus: { 0: [0, 1] } }), /cannot be turned/);
  });

  it('are held against the energy', () => {
    const all = { count: 3, dimension: 2, alike: [[0, 1, 2]], rotations: true, reflections: true } as const;
    const lopsided = cluster(3, 2, { twist: (q) => np.square(q.slice(1)).sum() });
    const trough = cluster(3, 2, { twist: (q) => np.square(q.transpose().slice(0)).sum() });
    const check = (target: Target): void => {
      checkSymmetry(target, all, compileEnergy(target), pointsOf(target));
    };
    check(cluster(3, 2));
    assert.throws(() => { check(lopsided); }, /particles 0 and 1 of 3 are exchanged/);
    assert.throws(() => { check(trough); }, /say rotations: false/);
  });
});
