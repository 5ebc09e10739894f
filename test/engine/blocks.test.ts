/** Streams go on beyond 2³² rows without a repetition, and any split of them gives the same rows. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BLOCK, foldInRow } from '../../src/engine/blocks.ts';
import { foldIn, keyFromSeed, type Key } from '../../src/engine/random.ts';
import { fillNormalRows, fillUniformRows } from '../../src/engine/simd/rows.ts';
import { Rejuvenation } from '../../src/samplers/rejuvenate.ts';
import { latticeBase, sampleBase } from '../../src/targets/base.ts';
import { compileEnergy } from '../../src/targets/compile.ts';
import { differenceTarget } from '../../src/targets/path.ts';
import { threeWell } from '../../src/targets/threeWell.ts';

const D = 2;
const key = keyFromSeed(7);
type Fill = (key: Key, first: number, n: number, d: number, out: Float64Array) => void;
const fills: readonly (readonly [string, Fill])[] = [
  ['normals', fillNormalRows],
  ['uniforms', fillUniformRows],
  ['base points', (own, first, n, _, out) => sampleBase(threeWell.base, own, first, n, out)],
  ['lattice points', (own, first, n, _, out) => latticeBase(threeWell.base, own, first, n, out)],
];

describe('streams beyond 2³² rows', () => {
  for (const [name, fill] of fills) {
    const rows = (first: number, n: number): number[] => {
      const out = new Float64Array(n * D);
      fill(key, first, n, D, out);
      return Array.from(out);
    };
    it(`${name}: pieces over the edge of a block are those on both of its sides`, () => {
      for (const edge of [BLOCK, 2 * BLOCK, 2 ** 40]) {
        assert.deepEqual(rows(edge - 3, 7), [...rows(edge - 3, 3), ...rows(edge, 4)]);
      }
    });
    it(`${name}: no block repeats another`, () => {
      const seen = [0, BLOCK, 2 * BLOCK, 2 ** 40, 2 ** 52].flatMap((first) => rows(first, 4));
      assert.equal(new Set(seen).size, seen.length);
    });
  }
  it('children of rows of the first block are those of their numbers, and others have keys of their own', () => {
    for (const i of [0, 5, BLOCK - 1]) assert.deepEqual(foldInRow(key, i), foldIn(key, i));
    const keys = [5, BLOCK + 5, 2 * BLOCK + 5].map((i) => JSON.stringify(foldInRow(key, i)));
    assert.equal(new Set(keys).size, 3);
  });
  it('moves of particles beyond it are not those of the first ones', () => {
    const moved = [0, BLOCK].map((first) => {
      const rejuvenation = new Rejuvenation(compileEnergy(differenceTarget(threeWell)), threeWell.base, 4, 1);
      const particles = new Float64Array(4 * D);
      rejuvenation.move(particles, { lambda: 0.5, stepSize: 0.01, steps: 3, key, first });
      rejuvenation.dispose();
      return Array.from(particles);
    });
    assert.equal(new Set(moved.flat()).size, 2 * 4 * D);
  });
});
