/** Layers of the flow of a round, from dependence. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keyFromSeed } from '../../../src/engine/random.ts';
import { fillNormalRows } from '../../../src/engine/simd/rows.ts';
import { canPart, layersOf, softCoordinates, structureOf } from '../../../src/pipeline/rounds/structure.ts';

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

  it('is soft coordinates one by one, each given all the rest, then what else depends on them', () => {
    const [d, rest] = [6, none(6)];
    for (const [i, j] of [[0, 3], [3, 1], [1, 4]]) [rest[i * d + j], rest[j * d + i]] = [0.2, 0.2];
    const structure = layersOf({ all: none(d), hubs: [], rest }, range(d), 0, key, [1, 3, 5]);
    assert.deepEqual(first(structure), [[1], [3], [0, 4], [1], [3], [0, 4]]);
    assert.deepEqual(structure.masks.slice(structure.first, structure.first + structure.more), [[1], [3], [0, 4]]);
  });

  it('is halves where one soft coordinate depends on others alone, or too many do', () => {
    const count = (d: number, soft: readonly number[]): number =>
      first(layersOf({ all: none(d), hubs: [], rest: neighbours(d) }, range(d), 0, key, soft)).length;
    assert.deepEqual([count(16, [3]), count(16, range(16)), count(16, range(12))], [8, 8, 26]);
    assert.deepEqual([canPart([1]), canPart([1, 2]), canPart(range(13))], [false, true, false]);
  });

  it('calls circles soft, and lines with two humps', () => {
    const [line, circle] = [
      { kind: 'real', low: -4, high: 4 },
      { kind: 'torus', low: -4, high: 4 },
    ] as const;
    const x = new Float64Array(4 * 3000);
    fillNormalRows(key, 0, 3000, 4, x);
    // Two humps 4 deviations apart.
    for (let i = 0; i < 3000; i++) x[4 * i + 2] = 0.5 * x[4 * i + 2] + (i % 2 === 0 ? 1 : -1);
    assert.deepEqual(softCoordinates(x, [line, circle, line, line]), [1, 2]);
  });

  it('keeps what a flow has when it grows', () => {
    const { masks, first: begun, more } = layersOf({ all: none(8), hubs: [], rest: neighbours(8) }, range(8), 0, key);
    assert.equal(begun, 11);
    assert.ok(more > 0 && masks.length >= begun + 3 * more);
    assert.ok(masks.every((mask) => mask.length > 0 && new Set(mask).size === mask.length));
  });

  it('alternates in the plane, and takes blocks that a target names', () => {
    const line = { kind: 'real', low: -4, high: 4 } as const;
    const planar = structureOf({ domain: [line, line], dimension: 2, blocks: undefined }, null, new Float64Array(0), { effective: 1000, soft: [] }, key);
    assert.deepEqual(first(planar), [[0], [1], [0], [1], [0], [1]]);
    const blocked = structureOf(
      { domain: [line, line, line], dimension: 3, blocks: [[0, 1], [2]] }, null, new Float64Array(0), { effective: 1000, soft: [] }, key,
    );
    assert.deepEqual(first(blocked).slice(0, 2), [[0, 1], [2]]);
  });
});
