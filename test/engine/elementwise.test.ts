import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { lax, nn, np, type Array as NpArray } from '../../src/engine/numpy.ts';
import { erf, erfc } from '../../src/numerics/special.ts';
import { checkEverywhere, executors, runEverywhere, type Argument } from './executors.ts';

interface Unary {
  readonly name: string;
  readonly f: (x: NpArray) => NpArray;
  readonly g: (x: number) => number;
  readonly min?: number;
  readonly max?: number;
  /** Where jax-js's own value is further off than its usual 3e-6. */
  readonly slack?: number;
}

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

const unary: readonly Unary[] = [
  { name: 'neg', f: (x) => x.neg(), g: (x) => -x },
  { name: 'reciprocal', f: np.reciprocal, g: (x) => 1 / x, min: 0.2 },
  { name: 'floor', f: np.floor, g: Math.floor },
  { name: 'ceil', f: np.ceil, g: Math.ceil },
  { name: 'trunc', f: np.trunc, g: Math.trunc },
  { name: 'sin', f: np.sin, g: Math.sin, min: -20, max: 20 },
  { name: 'cos', f: np.cos, g: Math.cos, min: -20, max: 20 },
  { name: 'tan', f: np.tan, g: Math.tan, min: -1.2, max: 1.2 },
  { name: 'asin', f: np.asin, g: Math.asin, min: -1, max: 1 },
  { name: 'acos', f: np.acos, g: Math.acos, min: -1, max: 1 },
  { name: 'atan', f: np.atan, g: Math.atan, min: -30, max: 30 },
  { name: 'exp', f: np.exp, g: Math.exp },
  { name: 'log', f: np.log, g: Math.log, min: 0.01, max: 50 },
  { name: 'sqrt', f: np.sqrt, g: Math.sqrt, min: 0, max: 50 },
  { name: 'square', f: np.square, g: (x) => x * x },
  { name: 'absolute', f: np.absolute, g: Math.abs },
  { name: 'sign', f: np.sign, g: Math.sign },
  { name: 'tanh', f: np.tanh, g: Math.tanh },
  { name: 'sinh', f: np.sinh, g: Math.sinh },
  { name: 'cosh', f: np.cosh, g: Math.cosh },
  { name: 'log1p', f: np.log1p, g: Math.log1p, min: -0.9, max: 5 },
  { name: 'expm1', f: np.expm1, g: Math.expm1 },
  { name: 'log2', f: np.log2, g: Math.log2, min: 0.1, max: 20 },
  { name: 'log10', f: np.log10, g: Math.log10, min: 0.1, max: 20 },
  { name: 'exp2', f: np.exp2, g: (x) => 2 ** x },
  { name: 'cbrt', f: np.cbrt, g: Math.cbrt, min: 0.1, max: 8 },
  { name: 'deg2rad', f: np.deg2rad, g: (x) => (x * Math.PI) / 180 },
  { name: 'rad2deg', f: np.rad2deg, g: (x) => (x * 180) / Math.PI },
  { name: 'erf', f: lax.erf, g: erf, min: -6, max: 6 },
  { name: 'erfc', f: lax.erfc, g: erfc, min: -6, max: 6 },
  { name: 'sigmoid', f: nn.sigmoid, g: logistic, min: -30, max: 30 },
  { name: 'silu', f: nn.silu, g: (x) => x * logistic(x), min: -10, max: 10 },
  { name: 'softplus', f: nn.softplus, g: (x) => Math.log1p(Math.exp(x)) },
  { name: 'relu', f: nn.relu, g: (x) => Math.max(0, x) },
];

interface Binary {
  readonly name: string;
  readonly f: (x: NpArray, y: NpArray) => NpArray;
  readonly g: (x: number, y: number) => number;
  /** Bound of the second argument from below, when it is a divisor. */
  readonly positive?: boolean;
}

const binary: readonly Binary[] = [
  { name: 'add', f: (x, y) => x.add(y), g: (x, y) => x + y },
  { name: 'sub', f: (x, y) => x.sub(y), g: (x, y) => x - y },
  { name: 'mul', f: (x, y) => x.mul(y), g: (x, y) => x * y },
  { name: 'div', f: (x, y) => x.div(y), g: (x, y) => x / y, positive: true },
  { name: 'fmod', f: (x, y) => np.fmod(x, y), g: (x, y) => x % y, positive: true },
  { name: 'remainder', f: (x, y) => np.remainder(x, y), g: (x, y) => ((x % y) + y) % y, positive: true },
  { name: 'floorDivide', f: (x, y) => np.floorDivide(x, y), g: (x, y) => Math.floor(x / y), positive: true },
  { name: 'minimum', f: (x, y) => np.minimum(x, y), g: Math.min },
  { name: 'maximum', f: (x, y) => np.maximum(x, y), g: Math.max },
  { name: 'atan2', f: (x, y) => np.atan2(x, y), g: Math.atan2, positive: true },
  { name: 'hypot', f: (x, y) => np.hypot(x, y), g: Math.hypot, positive: true },
  { name: 'logaddexp', f: (x, y) => np.logaddexp(x, y), g: (x, y) => Math.log(Math.exp(x) + Math.exp(y)) },
  { name: 'power', f: (x, y) => np.power(y, x), g: (x, y) => y ** x, positive: true },
  { name: 'where less', f: (x, y) => np.where(x.less(y), x, y.mul(2)), g: (x, y) => (x < y ? x : 2 * y) },
  { name: 'where lessEqual', f: (x, y) => np.where(x.lessEqual(y), x, 0.1), g: (x, y) => (x <= y ? x : 0.1) },
  { name: 'where equal', f: (x, y) => np.where(x.equal(y), 1, y), g: (x, y) => (x === y ? 1 : y) },
  { name: 'where notEqual', f: (x, y) => np.where(x.notEqual(y), x, -1), g: (x, y) => (x !== y ? x : -1) },
  { name: 'greater, as a factor', f: (x, y) => x.mul(x.greater(y)), g: (x, y) => (x > y ? x : 0) },
  { name: 'and', f: (x, y) => np.logicalAnd(x.greater(0), y.less(1)).astype(np.float64), g: (x, y) => (x > 0 && y < 1 ? 1 : 0) },
  { name: 'or', f: (x, y) => np.logicalOr(x.greater(0), y.less(1)).astype(np.float64), g: (x, y) => (x > 0 || y < 1 ? 1 : 0) },
  { name: 'xor', f: (x, y) => np.logicalXor(x.greater(0), y.less(1)).astype(np.float64), g: (x, y) => (x > 0 !== y < 1 ? 1 : 0) },
  { name: 'not', f: (x, y) => np.logicalNot(x.greater(y)).astype(np.float64), g: (x, y) => (x > y ? 0 : 1) },
  { name: 'where of conditions', f: (x, y) => np.where(x.greater(0), y.less(1), y.greater(-1)).astype(np.float64), g: (x, y) => ((x > 0 ? y < 1 : y > -1) ? 1 : 0) },
];

/** Dyadic numbers, exact in float32, off the integers: no executor is asked to round a tie. */
const numbers = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min: Math.ceil(min * 64), max: Math.floor(max * 64) })
  .map((i) => Math.min(max, Math.max(min, (i + 0.5) / 64)));
const RUNS = { seed: 5, numRuns: 2 };
const vector = (data: readonly number[]): Argument => ({ shape: [data.length], data });

describe('elementwise functions of one argument', () => {
  for (const { name, f, g, min = -4, max = 4, slack = 1 } of unary) {
    it(name, async () => {
      await fc.assert(fc.asyncProperty(fc.array(numbers(min, max), { minLength: 1, maxLength: 12 }), async (data) => {
        await checkEverywhere(name, f, [vector(data)], [data.map(g)], { names: executors.filter((executor) => executor !== 'reference') });
        await checkEverywhere(name, f, [vector(data)], [data.map(g)], { names: ['reference'], slack });
      }), RUNS);
    });
  }
});

describe('elementwise functions of two arguments', () => {
  const pairs = (positive: boolean): fc.Arbitrary<[number, number][]> =>
    fc.array(fc.tuple(numbers(-4, 4), numbers(positive ? 0.3 : -4, 4)), { minLength: 1, maxLength: 12 });
  for (const { name, f, g, positive = false } of binary) {
    it(name, async () => {
      await fc.assert(fc.asyncProperty(pairs(positive), async (rows) => {
        const [a, b] = [rows.map(([x]) => x), rows.map(([, y]) => y)];
        await checkEverywhere(name, f, [vector(a), vector(b)], [rows.map(([x, y]) => g(x, y))], { slack: 2 });
      }), RUNS);
    });
  }
});

describe('special functions beyond float32', () => {
  it('have full relative precision in the tails', async () => {
    const data = [-40, -9, -8, -3, -1, -0.999, -0.3, 0, 1e-9, 0.3, 0.66, 0.999, 1, 1.5, 2.41, 2.42, 5, 7.99, 8, 9, 20];
    const cases: [string, (x: NpArray) => NpArray, (x: number) => number][] = [['erf', lax.erf, erf], ['erfc', lax.erfc, erfc], ['atan', np.atan, Math.atan]];
    for (const [name, f, g] of cases) {
      for (const [executor, [found]] of await runEverywhere(f, [vector(data)], ['onnx float64', 'simd'])) {
        data.forEach((x, i) => assert.ok(Math.abs(found[i] - g(x)) <= 2e-13 * Math.abs(g(x)), `${executor}: ${name}(${x}) = ${found[i]}, should be ${g(x)}`));
      }
    }
  });

  it('erfc keeps its tail in float32', async () => {
    const data = [2, 4, 6, 8];
    const [found] = (await runEverywhere(lax.erfc, [vector(data)], ['onnx float32'])).get('onnx float32') ?? [];
    data.forEach((x, i) => assert.ok(Math.abs(found[i] / erfc(x) - 1) < 2e-5, `erfc(${x}) = ${found[i]}, should be ${erfc(x)}`));
  });

  it('asin and atan take infinite slopes and arguments', async () => {
    await checkEverywhere('asin at ±1', np.asin, [vector([1, -1])], [[Math.PI / 2, -Math.PI / 2]], { names: ['onnx float64', 'scalar', 'simd'] });
    await checkEverywhere('atan at ±∞', np.atan, [vector([Infinity, -Infinity, 1e300])], [[Math.PI / 2, -Math.PI / 2, Math.PI / 2]], { names: ['onnx float64', 'scalar', 'simd'] });
  });
});

describe('plain numbers are float64', () => {
  const cases: [string, (x: NpArray) => NpArray, (x: number) => number][] = [
    ['add', (x) => x.add(0.1), (x) => x + 0.1],
    ['subtract from a number', (x) => np.subtract(0.1, x), (x) => 0.1 - x],
    ['mul', (x) => x.mul(0.1), (x) => x * 0.1],
    ['div', (x) => x.div(0.3), (x) => x / 0.3],
    ['a function of a number', (x) => x.mul(np.sqrt(2)).add(np.exp(0.1)), (x) => x * Math.SQRT2 + Math.exp(0.1)],
    ['pi', (x) => x.mul(np.pi), (x) => x * Math.PI],
    ['array', (x) => x.add(np.array([0.1])), (x) => x + 0.1],
    ['full', (x) => x.add(np.full([1], 0.1)), (x) => x + 0.1],
    ['linspace', (x) => x.add(np.linspace(0.1, 0.7, 3).slice(0)), (x) => x + 0.1],
    ['where', (x) => np.where(x.greater(100), x, 0.1), () => 0.1],
    ['maximum', (x) => np.maximum(x, 100.1), () => 100.1],
    ['clip', (x) => np.clip(x, -0.1, 0.1), (x) => Math.min(0.1, Math.max(-0.1, x))],
    ['power', (x) => np.power(np.absolute(x), 1.3), (x) => Math.abs(x) ** 1.3],
    ['stack', (x) => np.stack([x.slice(0), 0.1]).slice(1).add(x.mul(0)), () => 0.1],
    ['concatenate', (x) => np.concatenate([x, np.array([0.1])]).sum().add(x.mul(0)), () => NaN],
    ['mean', (x) => x.mean().add(x.mul(0)), () => NaN],
  ];
  const data = [0.7, -1.3, 3.1];
  for (const [name, f, g] of cases) {
    it(name, async () => {
      const exact = name === 'concatenate' ? data.map(() => data[0] + data[1] + data[2] + 0.1) : name === 'mean' ? data.map(() => (data[0] + data[1] + data[2]) / 3) : data.map(g);
      await checkEverywhere(name, f, [vector(data)], [exact], { names: ['onnx float64', 'scalar', 'simd'] });
    });
  }

  it('in the reference too, where no logarithm is taken', async () => {
    const results = await runEverywhere((x) => x.add(0.1).mul(1 / 3), [vector(data)], ['reference']);
    const [found] = results.get('reference') ?? [];
    data.forEach((x, i) => assert.ok(Math.abs(found[i] - (x + 0.1) / 3) < 1e-15, `${found[i]} for ${(x + 0.1) / 3}`));
  });
});
