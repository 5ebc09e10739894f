/** When a flow has learned its training samples by heart. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillNormal, foldIn, keyFromSeed } from '../../../src/engine/random.ts';
import { overfitOf } from '../../../src/pipeline/rounds/roundFigures.ts';

const normal = (mean: number, seed: number): Float64Array => {
  const values = new Float64Array(4000);
  fillNormal(foldIn(keyFromSeed(seed), 'overfit'), 0, values);
  return values.map((value) => mean + 0.5 * value);
};

describe('overfitting', () => {
  it('is how much likelier training samples are, where that is beyond errors', () => {
    // Differences of means of 4000 have an error of .011.
    const gap = overfitOf(normal(1.2, 1), normal(1, 2)) ?? 0;
    assert.ok(Math.abs(gap - 0.2) < 0.045, `${gap}`);
    for (let seed = 10; seed < 30; seed += 2) assert.equal(overfitOf(normal(1, seed), normal(1, seed + 1)), null);
    assert.equal(overfitOf(normal(0.8, 3), normal(1, 4)), null, 'others are likelier');
  });

  it('is not what a few samples far out make of it', () => {
    const held = normal(1, 5);
    // Thirty nats on three samples, which would make an ESS on them next to nothing.
    for (const i of [7, 8, 9]) held[i] += 30;
    assert.equal(overfitOf(held, normal(1, 6)), null);
    held[3] = Infinity;
    assert.equal(overfitOf(held, normal(1, 6)), null);
  });
});
