/** Directions with humps, of laws whose wells are known. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillNormal, foldIn, keyFromSeed, uniform } from '../../src/engine/random.ts';
import { humpedAxes, humpedCoordinates, valleyOf } from '../../src/estimators/humps.ts';

const N = 8000;
const all = (d: number): number[] => Array.from({ length: d }, (_, j) => j);
/** @param place what a row of independent normals becomes, in place */
function rows(d: number, seed: number, place: (row: Float64Array, u: number) => void = () => undefined): Float64Array {
  const x = new Float64Array(N * d);
  const key = keyFromSeed(seed);
  fillNormal(foldIn(key, 'humps'), 0, x);
  for (let i = 0; i < N; i++) place(x.subarray(i * d, (i + 1) * d), uniform(key, i));
  return x;
}

describe('directions with humps', () => {
  it('are found where wells lie apart in a direction of many coordinates', () => {
    const d = 30;
    const x = rows(d, 1, (row, u) => { for (let j = 0; j < d; j++) row[j] += (u < 0.3 ? 5 : -3) / Math.sqrt(d); });
    assert.deepEqual(humpedCoordinates(x, d, all(d)), [], 'none of the coordinates');
    const [axis, ...others] = humpedAxes(x, d, all(d));
    assert.deepEqual(others, []);
    const cosine = axis.direction.reduce((sum, part) => sum + part / Math.sqrt(d), 0);
    assert.ok(Math.abs(cosine) > 0.98, `${cosine}`);
  });

  it('are none of one law, nor axes of wells along coordinates', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const x = rows(12, seed);
      assert.deepEqual([...humpedAxes(x, 12, all(12)), ...humpedCoordinates(x, 12, all(12))], [], `seed ${seed}`);
    }
    const wells = rows(12, 1, (row, u) => { row[3] = 0.2 * row[3] + (u < 0.4 ? 1 : -1); });
    assert.deepEqual(humpedAxes(wells, 12, all(12)), []);
    assert.deepEqual(humpedCoordinates(wells, 12, all(12)).map(({ direction }) => direction.indexOf(1)), [3]);
  });

  it('are found where there are many humps', () => {
    const x = rows(8, 2, (row, u) => { row[5] = 0.12 * row[5] + Math.floor(5 * u) - 2; });
    assert.deepEqual(humpedCoordinates(x, 8, all(8)).map(({ direction }) => direction.indexOf(1)), [5]);
  });

  it('have a valley as deep as the density is between its peaks', () => {
    const column = (place: (z: number, u: number) => number): Float64Array => {
      const x = rows(1, 3);
      return x.map((z, i) => place(z, uniform(keyFromSeed(4), i)));
    };
    // Two normal laws at ±a of deviation 1: between them 2 φ(a) over φ(0) + φ(2a).
    for (const a of [1.5, 2, 2.5]) {
      const exact = (2 * Math.exp(-a * a / 2)) / (1 + Math.exp(-2 * a * a));
      const valley = valleyOf(column((z, u) => z + (u < 0.5 ? a : -a)));
      // Five cells have some 300 to 500 samples together, to a twentieth; the ratio of two, at .65 at most, to .047.
      assert.ok(Math.abs(valley - exact) < 0.12, `${a}: ${valley}, exact ${exact}`);
    }
    for (const one of [column((z) => z), column((_, u) => u), column((_, u) => Math.tan(Math.PI * (u - 0.5))), column((_, u) => -Math.log(1 - u))])
      assert.ok(valleyOf(one) > 0.6, `${valleyOf(one)} of one peak`);
    assert.equal(valleyOf(new Float64Array(N).fill(2)), 1);
    assert.equal(valleyOf(new Float64Array(10)), 1);
  });
});
