/** Standard units of samples: necks and heavy tails are in them, and known again. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillNormal, fillUniform, foldIn, keyFromSeed } from '../../../src/engine/random.ts';
import { hasMoreNecks, standardUnits, withTails } from '../../../src/pipeline/rounds/units.ts';
import { inward } from '../../../src/targets/frame.ts';
import type { Coordinate } from '../../../src/targets/domain.ts';
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
  const { frame } = standardUnits({ domain: lines(3), energy: flatEnergy(3), x, effective: N });
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

  it('may leave heavy tails as they are, and keep the necks', () => {
    const plain = withTails(x, lines(3), frame);
    assert.deepEqual(plain.necks, frame.necks);
    assert.deepEqual(plain.heavyTails, []);
    assert.ok(moments(inward(plain, x, N), 2).fourth > 100);
  });

  it('have more necks than others only where other coordinates are told', () => {
    const without = { ...frame, necks: [] };
    assert.ok(hasMoreNecks(frame, without));
    assert.ok(!hasMoreNecks(without, frame));
    assert.ok(!hasMoreNecks(frame, { ...frame, necks: frame.necks.map((neck) => ({ ...neck, roots: [2] })) }));
  });
});
