import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { editDistance, nearestName } from '../src/nearestName.ts';

describe('nearestName', () => {
  const targets = ['three-well', 'gmm-3d', 'rastrigin-8d', 'solvated-16d'];

  it('finds what a mistyped word stands for', () => {
    assert.equal(nearestName('tree-well', targets), 'three-well');
    assert.equal(nearestName('THREE_WELL', targets), 'three-well');
    assert.equal(nearestName('gmm', targets), 'gmm-3d');
    assert.equal(nearestName('gmm-d3', targets), 'gmm-3d');
    assert.equal(nearestName('rastrign-8d', targets), 'rastrigin-8d');
    assert.equal(nearestName('b', ['a-2', 'b-2', 'b-1']), null);
    assert.equal(nearestName('be', ['ae-2', 'be-2', 'be-1']), 'be-2');
  });

  it('finds nothing where nothing is near', () => {
    assert.equal(nearestName('ising', targets), null);
    assert.equal(nearestName('ab', ['xy', 'pq']), null);
    assert.equal(nearestName('', targets), null);
    assert.equal(nearestName('x', []), null);
  });

  it('measures a distance', () => {
    assert.equal(editDistance('kitten', 'sitting'), 3);
    assert.equal(editDistance('ab', 'ba'), 1);
    fc.assert(fc.property(fc.string(), fc.string(), (a, b) => {
      assert.equal(editDistance(a, a), 0);
      assert.equal(editDistance(a, b), editDistance(b, a));
      assert.ok(editDistance(a, b) >= Math.abs(a.length - b.length));
      assert.ok(editDistance(a, b) <= Math.max(a.length, b.length));
    }), { seed: 1, numRuns: 100 });
  });
});
