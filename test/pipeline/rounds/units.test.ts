/** Standard units of samples: necks and heavy tails are in them, and known again. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillNormal, fillUniform, foldIn, keyFromSeed } from '../../../src/engine/random.ts';
import { isBentFurther, standardUnits, withTails } from '../../../src/pipeline/rounds/units.ts';
import { inward } from '../../../src/targets/frame.ts';
import type { Coordinate } from '../../../src/targets/domain.ts';
import type { Valley } from '../../../src/targets/valleys.ts';
import { flatEnergy } from './flatEnergy.ts';

const N = 8000;
const lines = (d: number): Coordinate[] => Array.from({ length: d }, () => ({ kind: 'real', low: -1, high: 1 }));
const normals = (d: number, seed: number): Float64Array => {
  const x = new Float64Array(N * d);
  fillNormal(foldIn(keyFromSeed(seed), 'units'), 0, x);
  return x;
};

describe('standard units', () => {
  const u = new Float64Array(N);
  fillUniform(foldIn(keyFromSeed(2), 'tails'), 0, u);
  /** A funnel of two coordinates, and a Cauchy law. */
  const x = normals(3, 1);
  for (let i = 0; i < N; i++) {
    x[3 * i] = 100 + 20 * x[3 * i];
    x[3 * i + 1] *= Math.exp((x[3 * i] - 100) / 15);
    x[3 * i + 2] = Math.tan(Math.PI * (u[i] - 0.5));
  }
  const { frame } = standardUnits({ domain: lines(3), energy: flatEnergy(3), x, effective: N, ladders: null });
  const moments = (z: Float64Array, j: number): { mean: number; square: number; fourth: number } => {
    const mean = (power: number): number => z.reduce((sum, value, at) => sum + (at % 3 === j ? value ** power : 0), 0) / N;
    return { mean: mean(1), square: mean(2), fourth: mean(4) };
  };

  it('have nearly normal coordinates where there are necks and heavy tails', () => {
    assert.deepEqual(frame.necks.map(({ told }) => told), [[1]]);
    assert.deepEqual(frame.heavyTails.map(({ coordinate, side }) => [coordinate, side]), [[2, 1], [2, -1]]);
    const z = inward(frame, x, N);
    for (let j = 0; j < 3; j++) {
      const { mean, square, fourth } = moments(z, j);
      assert.ok(Math.abs(mean) < 0.1 && Math.abs(square - 1) < 0.2, `${j}: mean ${mean}, square ${square}`);
      assert.ok(fourth < 4.5, `${j}: fourth moment ${fourth}`);
    }
  });

  it('know heavy tails by ranks where means of chains are worth nothing', () => {
    // The draws are independent, also as chains.
    const told = (ladders: number | null): number =>
      standardUnits({ domain: lines(3), energy: flatEnergy(3), x, effective: 5, ladders }).frame.heavyTails.length;
    assert.equal(told(32), 2);
    assert.equal(told(null), 0);
  });

  it('may leave heavy tails as they are, and keep the necks', () => {
    const plain = withTails(x, lines(3), frame);
    assert.deepEqual(plain.necks, frame.necks);
    assert.deepEqual(plain.heavyTails, []);
    assert.ok(moments(inward(plain, x, N), 2).fourth > 100);
  });

  it('take curves off before they look for necks, and find those by what energies are there', () => {
    const [d, y] = [3, normals(3, 4)];
    // A funnel about a parabola: neither is to be seen without the other.
    for (let i = 0; i < N; i++) y[3 * i + 2] = 4 * y[3 * i] ** 2 + Math.exp(1.2 * y[3 * i + 1] - 2) * y[3 * i + 2];
    const curved = standardUnits({ domain: lines(d), energy: flatEnergy(d), x: y, effective: N, ladders: null }).frame;
    assert.deepEqual(curved.valleys.map(({ by, told }) => [by, told]), [[0, 2]]);
    assert.deepEqual(curved.necks.map(({ roots, told }) => [roots, told]), [[[1], [2]]]);
    const { square, fourth } = moments(inward(curved, y, N), 2);
    assert.ok(Math.abs(square - 1) < 0.2 && fourth < 4.5, `square ${square}, fourth moment ${fourth}`);
    assert.deepEqual(withTails(y, lines(d), curved).valleys, curved.valleys);
  });

  it('have more necks or valleys than others only where other coordinates are told', () => {
    const valley: Valley = { told: 1, by: 0, centre: 0, width: 1, curve: [0, 0, 1] };
    assert.ok(isBentFurther({ ...frame, valleys: [valley] }, frame));
    assert.ok(!isBentFurther({ ...frame, valleys: [valley] }, { ...frame, valleys: [{ ...valley, by: 2 }] }));
    const without = { ...frame, necks: [] };
    assert.ok(isBentFurther(frame, without));
    assert.ok(!isBentFurther(without, frame));
    assert.ok(!isBentFurther(frame, { ...frame, necks: frame.necks.map((neck) => ({ ...neck, roots: [2] })) }));
  });
});
