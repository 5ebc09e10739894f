/** Flows of intervals map them onto themselves: walls stay, nothing crosses them, and densities pushed through still integrate to one. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keyFromSeed } from '../../src/engine/random.ts';
import { alternatingMasks, parameterCount, type Architecture } from '../../src/flows/architecture.ts';
import type { Direction } from '../../src/flows/bijections/rationalQuadratic.ts';
import { compositeGaussLegendre, visitTensorGrid, type QuadratureRule } from '../../src/numerics/quadrature.ts';
import { FlowMap } from '../../src/training/flowMap.ts';
import { circle, flow, line, walled } from '../contracts/bijections.ts';

const key = keyFromSeed(9);
const plane: Architecture = { domain: [walled(0, 1), walled(-2, 3)], masks: alternatingMasks(2, 4), hidden: 6, bins: 6, activation: 'silu' };
const mixed: Architecture = { domain: [walled(0.1, 0.7), circle(-Math.PI, Math.PI), line(-3, 3)], masks: [[0, 1], [2], [0], [1, 2]], hidden: 6, bins: 5, activation: 'silu' };

const scaled: Architecture = { ...mixed, masks: [[0, 1, 2], ...mixed.masks], coupling: 'affine' };

async function mapped(architecture: Architecture, direction: Direction, x: Float64Array, executor: 'onnx' | 'fused', precision: 'float32' | 'float64'): Promise<{ image: Float64Array; logDet: Float64Array }> {
  const d = architecture.domain.length;
  const n = x.length / d;
  const map = await FlowMap.compile(architecture, direction, 256, { executor, precision });
  const [image, logDet] = [new Float64Array(n * d), new Float64Array(n)];
  const parameters = flow('', architecture).random(key, 0.5);
  assert.equal(parameters.length, parameterCount(architecture));
  await map.map(parameters, x, n, image, logDet);
  await map.dispose();
  return { image, logDet };
}

const ways = [['onnx', 'float64'], ['fused', 'float64'], ['fused', 'float32']] as const;
const directions = ['forward', 'inverse'] as const;

describe('flows of intervals', () => {
  for (const [executor, precision] of ways) {
    const rounding = precision === 'float32' ? 1e-5 : 1e-9;

    for (const direction of directions) {
      it(`${executor}, ${precision}, ${direction}: walls stay where they are, and what is between them stays between`, async () => {
        for (const { domain, ...rest } of [plane, mixed, scaled]) {
          const d = domain.length;
          const n = 400;
          const x = Float64Array.from({ length: n * d }, (_, i) => {
            const { low, high } = domain[i % d];
            const row = Math.floor(i / d);
            // Every fifth point at a wall of the first coordinate.
            const share = i % d === 0 && row % 5 === 0 ? (row % 2) : ((row * (0.618 + (i % d) * 0.137)) % 1);
            return low + (high - low) * share;
          });
          const { image, logDet } = await mapped({ domain, ...rest }, direction, x, executor, precision);
          assert.ok(logDet.every(Number.isFinite));
          image.forEach((value, i) => {
            const { kind, low, high } = domain[i % d];
            if (kind !== 'interval') return;
            assert.ok(value >= low - rounding && value <= high + rounding, `${value} outside [${low}, ${high}]`);
            if (x[i] === low || x[i] === high) assert.ok(Math.abs(value - x[i]) < rounding, `the wall at ${x[i]} goes to ${value}`);
          });
          assert.ok(image.some((value, i) => Math.abs(value - x[i]) > 0.01), 'it is not the identity');
        }
      });

      it(`${executor}, ${precision}, ${direction}: ∫ |det| over the intervals is their area`, async () => {
        // 60 Gauss points on each of 6 panels, whose edges are not those of the bins: kinks of the slope cost digits.
        const rules = plane.domain.map(({ low, high }): QuadratureRule => compositeGaussLegendre(60, 6, low, high));
        let area = 0;
        const batches: { points: Float64Array; weights: Float64Array }[] = [];
        visitTensorGrid(rules, 360 * 360, (points, weights, n) => { batches.push({ points: points.slice(0, 2 * n), weights: weights.slice(0, n) }); });
        for (const { points, weights } of batches) {
          const { logDet } = await mapped(plane, direction, points, executor, precision);
          area += logDet.reduce((sum, value, i) => sum + weights[i] * Math.exp(value), 0);
        }
        assert.ok(Math.abs(area / 5 - 1) < 1e-4, `${area / 5}`);
      });
    }

    it(`${executor}, ${precision}: there and back`, async () => {
      const x = Float64Array.from({ length: 600 }, (_, i) => {
        const { low, high } = plane.domain[i % 2];
        return low + (high - low) * ((i * 0.7548776662466927) % 1);
      });
      const there = await mapped(plane, 'forward', x, executor, precision);
      const back = await mapped(plane, 'inverse', there.image, executor, precision);
      back.image.forEach((value, i) => assert.ok(Math.abs(value - x[i]) < 100 * rounding, `${value}, not ${x[i]}`));
      back.logDet.forEach((value, i) => assert.ok(Math.abs(value + there.logDet[i]) < 1000 * rounding));
    });
  }
});
