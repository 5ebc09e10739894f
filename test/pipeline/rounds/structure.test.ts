/** Layers of the flow of a round, from dependence. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keyFromSeed } from '../../../src/engine/random.ts';
import { layersOf, structureOf } from '../../../src/pipeline/rounds/structure.ts';

const key = keyFromSeed(1);
const range = (d: number): number[] => Array.from({ length: d }, (_, j) => j);
const none = (d: number): Float64Array => new Float64Array(d * d);
/** The first layers, less those of every coordinate by itself, of which there are three. */
function first({ masks, first: count }: ReturnType<typeof layersOf>): number[][] {
  const d = Math.max(...masks.flat()) + 1;
  if (d === 2) return masks.slice(0, count);
  assert.deepEqual(masks.slice(0, 3), [range(d), range(d), range(d)]);
  return masks.slice(3, count);
}

/** A ring of neighbours of strength .2. */
function neighbours(d: number): Float64Array {
  const rest = none(d);
  for (let j = 0; j < d; j++) [rest[j * d + (j + 1) % d], rest[((j + 1) % d) * d + j]] = [0.2, 0.2];
  return rest;
}

describe('structure', () => {
  it('is layers of every coordinate by itself where none depends on another', () => {
    assert.deepEqual(first(layersOf({ all: none(6), hubs: [], rest: none(6) }, range(6), 0, key)), []);
  });

  it('is hubs and the rest given each other, in turn', () => {
    const structure = layersOf({ all: none(5), hubs: [3], rest: none(5) }, range(5), 0, key);
    assert.deepEqual(first(structure), [[0, 1, 2, 4], [3], [0, 1, 2, 4], [3]]);
    const masks = structure.masks.slice(structure.first);
    // What grows is of all coordinates but hubs, whose pairs dependence does not tell.
    assert.deepEqual([...masks[0], ...masks[1]].sort(), [0, 1, 2, 4]);
    assert.deepEqual([...masks[2], ...masks[3]], [0, 1, 2, 4, 3]);
  });

  it('is halves that part neighbours, each with its complement', () => {
    const d = 16;
    const masks = first(layersOf({ all: none(d), hubs: [], rest: neighbours(d) }, range(d), 0, key));
    assert.equal(masks.length, 8);
    for (let k = 0; k < 8; k += 2) {
      assert.deepEqual([...masks[k], ...masks[k + 1]].sort((a, b) => a - b), range(d));
      assert.equal(masks[k].length, 8);
      const together = range(d).filter((j) => masks[k].includes(j) === masks[k].includes((j + 1) % d)).length;
      // Random halves keep 7.5 of 16 together.
      assert.ok(together <= 4, `${together}`);
    }
  });

  it('leaves coordinates that depend on none to the layer of all', () => {
    const [d, rest] = [5, none(5)];
    rest[1 * d + 4] = 0.3;
    const masks = first(layersOf({ all: none(d), hubs: [], rest }, range(d), 0, key));
    assert.deepEqual([...new Set(masks.flat())].sort(), [1, 4]);
  });

  it('takes weak dependence for chance where samples are few', () => {
    const at = (chance: number): number => first(layersOf({ all: none(16), hubs: [], rest: neighbours(16) }, range(16), chance, key)).length;
    assert.deepEqual([at(0.1), at(0.25)], [8, 0]);
  });

  it('keeps what a flow has when it grows', () => {
    const { masks, first: begun, more } = layersOf({ all: none(8), hubs: [], rest: neighbours(8) }, range(8), 0, key);
    assert.equal(begun, 11);
    assert.ok(more > 0 && masks.length >= begun + 3 * more);
    assert.ok(masks.every((mask) => mask.length > 0 && new Set(mask).size === mask.length));
  });

  it('alternates in the plane, and takes blocks that a target names', () => {
    const line = { kind: 'real', low: -4, high: 4 } as const;
    const planar = structureOf({ domain: [line, line], dimension: 2, blocks: undefined }, null, new Float64Array(0), 1000, key);
    assert.deepEqual(first(planar), [[0], [1], [0], [1], [0], [1]]);
    const blocked = structureOf(
      { domain: [line, line, line], dimension: 3, blocks: [[0, 1], [2]] }, null, new Float64Array(0), 1000, key,
    );
    assert.deepEqual(first(blocked).slice(0, 2), [[0, 1], [2]]);
  });
});
