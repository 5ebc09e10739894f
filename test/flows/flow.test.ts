/** Activations, architectures, starting weights and stored weights. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { valueAndGradient, type Array as NpArray } from '../../src/engine/numpy.ts';
import { keyFromSeed } from '../../src/engine/random.ts';
import { InputError } from '../../src/errors.ts';
import { activations, asinh, softmax, squareplus } from '../../src/flows/activations.ts';
import { alternatingMasks, featureCount, outputCount, parameterCount, parameterSlots, validateArchitecture, type Architecture } from '../../src/flows/architecture.ts';
import { bounded } from '../../src/flows/bijections/affine.ts';
import { initialParameters } from '../../src/flows/initialise.ts';
import { flatParameters, namedTensors } from '../../src/flows/serialise.ts';
import { checkEverywhere } from '../engine/executors.ts';
import { circle, line } from '../contracts/bijections.ts';

const mixed: Architecture = { domain: [circle(0, 1), line(-2, 2), line(-3, 3)], masks: [[0], [1, 2], [0, 2]], hidden: 4, bins: 3, activation: 'silu' };
const marginal: Architecture = { ...mixed, masks: [[0, 1, 2], [0], [1, 2], [2, 1, 0]], coupling: 'affine' };
const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

describe('activations', () => {
  const x = [-30, -3, -0.5, 0.25, 2, 30];
  const cases: [string, (x: NpArray) => NpArray, (x: number) => number, (x: number) => number][] = [
    ['relu', activations.relu, (v) => Math.max(0, v), (v) => (v > 0 ? 1 : 0)],
    ['silu', activations.silu, (v) => v * logistic(v), (v) => logistic(v) * (1 + v * (1 - logistic(v)))],
    ['asinh', asinh, Math.asinh, (v) => 1 / Math.sqrt(v * v + 1)],
    ['bounded', bounded, (v) => v / Math.sqrt(1 + (v / 8) ** 2), (v) => (1 + (v / 8) ** 2) ** -1.5],
    ['squareplus', squareplus, (v) => (v + Math.sqrt(v * v + 4)) / 2, (v) => (1 + v / Math.sqrt(v * v + 4)) / 2],
  ];
  for (const [name, f, value, slope] of cases) {
    it(`${name} and its derivative`, () => checkEverywhere(name, (v) => [f(v), valueAndGradient((w) => f(w).sum())(v)[1]], [{ shape: [6], data: x }], [x.map(value), x.map(slope)]));
  }

  it('softmax and its derivative, at large inputs too', async () => {
    const data = [700, 701, 699.5, -3, 0.2, 1];
    const weights = [0.3, -1, 2, 0.5, 1, -2];
    const rows = [data.slice(0, 3), data.slice(3)];
    const p = rows.flatMap((row) => { const e = row.map((v) => Math.exp(v - Math.max(...row))); return e.map((v) => v / e.reduce((a, b) => a + b)); });
    const gradient = p.map((value, i) => value * (weights[i] - [0, 1, 2].reduce((sum, k) => sum + p[3 * Math.floor(i / 3) + k] * weights[3 * Math.floor(i / 3) + k], 0)));
    await checkEverywhere('softmax', (v, w) => [softmax(v), valueAndGradient((u) => softmax(u).mul(w).sum())(v)[1]], [{ shape: [2, 3], data }, { shape: [2, 3], data: weights }], [p, gradient], { slack: 10 });
  });
});

describe('architecture', () => {
  it('counts features, outputs and parameters', () => {
    assert.equal(featureCount(mixed.domain, [0, 1]), 3, 'a circle shows cos and sin');
    assert.equal(outputCount(mixed, [0, 2]), 9 + 8, 'a circle and a line of 3 bins');
    const slots = parameterSlots(mixed);
    assert.equal(slots.length, 18, 'six tensors per layer');
    assert.deepEqual(slots[6].shape, [2, 4], 'layer 1 sees the circle');
    assert.equal(parameterCount(mixed), slots.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0), 'the sum of the slots');
    assert.equal(new Set(slots.map(({ name }) => name)).size, 18, 'distinct names');
  });

  it('of affine couplings has a scale and a shift per line, a turn per circle, and layers without a network', () => {
    assert.equal(outputCount({ ...mixed, coupling: 'affine' }, [0, 2]), 9 + 1 + 8 + 2, 'a circle and a line');
    assert.equal(outputCount({ ...mixed, domain: [{ kind: 'interval', low: 0, high: 1 }], coupling: 'affine' }, [0]), 10, 'an interval has none');
    const slots = parameterSlots(marginal);
    assert.equal(slots.length, 1 + 6 + 6 + 1, 'marginal layers have one tensor');
    assert.deepEqual([slots[0], slots[13]].map(({ name, shape, startsAtZero }) => [name, shape, startsAtZero]), [['layer0.bias3', [30], true], ['layer3.bias3', [30], true]]);
    assert.equal(parameterSlots({ ...marginal, coupling: 'spline' }).length, 24, 'splines alone have networks everywhere');
    assert.deepEqual(parameterSlots({ ...mixed, coupling: 'spline' }), parameterSlots(mixed), 'splines are what is meant without a word');
  });

  it('alternates masks over all coordinates', () => {
    assert.deepEqual(alternatingMasks(2, 3), [[0], [1], [0]], 'the plane');
    assert.deepEqual(alternatingMasks(5, 2), [[0, 2, 4], [1, 3]], 'five coordinates');
    assert.deepEqual(alternatingMasks(1, 2), [[0], [0]], 'one coordinate');
  });

  it('rejects what cannot be, by name', () => {
    const bad: [Partial<Architecture>, RegExp][] = [
      [{ hidden: 0 }, /hidden/], [{ hidden: 2.5 }, /hidden/], [{ bins: 1 }, /bins/], [{ bins: 201 }, /bins/], [{ masks: [] }, /layers/], [{ masks: [[0], [1]] }, /coordinate 2/],
    ];
    for (const [change, message] of bad) {
      assert.throws(() => validateArchitecture({ ...mixed, ...change }), (error: unknown) => error instanceof InputError && message.test(error.message), JSON.stringify(change));
    }
    validateArchitecture(mixed);
  });
});

describe('starting weights', () => {
  it('are bounded by 1/√fan-in, zero in the output layers, and follow the key', () => {
    const a = initialParameters(mixed, keyFromSeed(1));
    assert.deepEqual(initialParameters(mixed, keyFromSeed(1)), a, 'same key, same weights');
    assert.notDeepEqual(initialParameters(mixed, keyFromSeed(2)), a, 'another key');
    let start = 0;
    for (const { name, shape, fanIn, startsAtZero } of parameterSlots(mixed)) {
      const part = a.subarray(start, start + shape.reduce((p, q) => p * q, 1));
      start += part.length;
      if (startsAtZero) assert.ok(part.every((value) => value === 0), `${name} starts at zero`);
      else assert.ok(part.every((value) => Math.abs(value) <= 1 / Math.sqrt(fanIn)) && part.some((value) => value !== 0), `${name} is within its bound`);
    }
    assert.equal(start, a.length, 'nothing left over');
  });
});

describe('stored weights', () => {
  const parameters = Float32Array.from({ length: parameterCount(mixed) }, (_, i) => Math.sin(i));
  const tensors = new Map(namedTensors(mixed, parameters).map((tensor) => [tensor.name, tensor]));

  it('come back bit for bit, in either precision', () => {
    assert.deepEqual(flatParameters(mixed, (n) => new Float32Array(n), (name) => tensors.get(name)), parameters, 'float32');
    const double = Float64Array.from(parameters, (value) => value / 3);
    const named = new Map(namedTensors(mixed, double).map((tensor) => [tensor.name, tensor]));
    assert.deepEqual(flatParameters(mixed, (n) => new Float64Array(n), (name) => named.get(name)), double, 'float64');
  });

  it('of layers without a network come back too', () => {
    const values = Float32Array.from({ length: parameterCount(marginal) }, (_, i) => Math.cos(i));
    const named = new Map(namedTensors(marginal, values).map((tensor) => [tensor.name, tensor]));
    assert.equal(named.size, 14);
    assert.deepEqual(flatParameters(marginal, (n) => new Float32Array(n), (name) => named.get(name)), values);
  });

  it('are refused when a tensor is missing or of another shape', () => {
    const find = (name: string): { shape: readonly number[]; data: ArrayLike<number> } | undefined => tensors.get(name);
    assert.throws(() => flatParameters(mixed, (n) => new Float32Array(n), (name) => (name === 'layer1.bias2' ? undefined : find(name))),
      (error: unknown) => error instanceof InputError && /layer1\.bias2 is missing/.test(error.message), 'missing');
    assert.throws(() => flatParameters(mixed, (n) => new Float32Array(n), (name) => (name === 'layer1.weight2' ? { shape: [16], data: new Float32Array(16) } : find(name))),
      (error: unknown) => error instanceof InputError && /layer1\.weight2 has shape \[16\], should be \[4, 4\]/.test(error.message), 'shape');
  });
});
