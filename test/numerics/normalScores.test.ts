/** Ranks as normal deviates, against ranks by counting. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillNormal, keyFromSeed } from '../../src/engine/random.ts';
import { normalScores } from '../../src/numerics/normalScores.ts';
import { inverseNormalCdf } from '../../src/numerics/special.ts';

const byCounting = (values: Float64Array): number[] => Array.from(values, (value) => {
  const less = values.filter((other) => other < value).length;
  const equal = values.filter((other) => other === value).length;
  return inverseNormalCdf((less + (equal + 1) / 2 - 0.375) / (values.length + 0.25));
});

describe('normal scores', () => {
  it('are those of ranks, ties sharing their mean', () => {
    const values = new Float64Array(200);
    fillNormal(keyFromSeed(1), 0, values);
    for (const given of [values, values.map((value) => Math.round(2 * value)), Float64Array.of(-Infinity, 0, -0, 1, Infinity),
      Float64Array.of(3), new Float64Array(0)]) assert.deepEqual(Array.from(normalScores(given)), byCounting(given));
  });

  it('are not numbers where the values are none', () => {
    const scores = normalScores(Float64Array.of(2, NaN, 1));
    assert.ok(Number.isNaN(scores[1]));
    assert.ok(scores[0] > scores[2]);
  });
});
