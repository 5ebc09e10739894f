/**
 * Vector functions against references of two hundred bits (float64) and against doubles (float32), over all exponents
 * and near every point where a formula changes. A coefficient changed in its eighth digit (float32: in its fifth) fails
 * the same check.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Precision } from '../../../src/engine/executor.ts';
import { lanesOf } from '../../../src/engine/wasm/lanes.ts';
import { keyFromSeed, foldIn } from '../../../src/engine/random.ts';
import { cases, names, ulps32, unary, type Name } from './vectorMathCases.ts';
import { compile, type Emitter, type Floats, type Mutation } from './vectorMathHarness.ts';
import { anyFloats, points } from './vectorMathPoints.ts';
import { powReference, references, ulps } from './vectorMathReference.ts';

const PRECISIONS: readonly Precision[] = ['float32', 'float64'];
/** Points per interval; references in float64 take up to a tenth of a millisecond each. */
const COUNT: Readonly<Record<Precision, number>> = { float32: 20000, float64: 5000 };
const TINIEST: Readonly<Record<Precision, number>> = { float32: 2 ** -149, float64: 2 ** -1074 };
const MUTATION: Readonly<Record<Precision, number>> = { float32: 1 + 1e-4, float64: 1 + 1e-8 };

const arrayOf = (precision: Precision, values: readonly number[]): Floats =>
  precision === 'float32' ? Float32Array.from(values) : Float64Array.from(values);

const show = (x: number): string => (Object.is(x, -0) ? '-0' : String(x));

/** Largest error over the points of a case. NaN outside the domain counts as right, anything else as infinitely wrong. */
function worst(name: Name, precision: Precision, mutation?: Mutation): { readonly error: number; readonly at: number } {
  const { where, double, domain = () => true } = cases[name];
  const x = points(where, mutation === undefined ? COUNT[precision] : 200, precision);
  const got = compile(precision, unary(name), mutation)(x);
  let [error, at] = [0, NaN];
  x.forEach((argument, k) => {
    const off = !domain(argument) ? (argument !== 0 && !Number.isNaN(got[k]) ? Infinity : 0)
      : precision === 'float32' ? ulps32(got[k], double(argument)) : ulps(got[k], references[name](argument));
    if (off > error) [error, at] = [off, argument];
  });
  return { error, at };
}

for (const precision of PRECISIONS) {
  describe(`vector functions in ${precision}`, () => {
    for (const name of names) {
      const { bounds, coefficients, special } = cases[name];
      const bound = bounds[precision];

      it(`${name}: within ${bound} ulp`, (context) => {
        const { error, at } = worst(name, precision);
        context.diagnostic(`largest error ${error.toFixed(3)} at ${at}`);
        assert.ok(error <= bound, `${error} ulp at ${at}`);
      });

      it(`${name}: infinities, zeros, NaN`, () => {
        const list = [...special, [NaN, NaN]];
        const got = compile(precision, unary(name))(arrayOf(precision, list.map(([x]) => x)));
        list.forEach(([x, value], k) => {
          const want = arrayOf(precision, [value])[0];
          assert.ok(Object.is(got[k], want), `${name}(${show(x)}) = ${show(got[k])}, should be ${show(want)}`);
        });
      });

      if (coefficients === undefined) continue;
      it(`${name}: the check notices a wrong coefficient`, () => {
        const from = coefficients[precision];
        assert.ok(worst(name, precision, { from, to: from * MUTATION[precision] }).error > bound);
      });
    }

    it('sinCos: the same bits as sin and cos', () => {
      const x = points(cases.sin.where, COUNT[precision], precision);
      assert.deepEqual(compile(precision, (math, f, v) => math.sinCos(f, v).sin)(x), compile(precision, unary('sin'))(x));
      assert.deepEqual(compile(precision, (math, f, v) => math.sinCos(f, v).cos)(x), compile(precision, unary('cos'))(x));
    });

    it('a lane does not depend on its neighbours', () => {
      // The same argument beside others that take the slow paths.
      const { width } = lanesOf[precision];
      for (const name of names) {
        const run = compile(precision, unary(name));
        const others = anyFloats(keyFromSeed(5), 400, precision);
        const x = points({ ranges: cases[name].where.ranges }, 100, precision).slice(-200);
        const alone = run(arrayOf(precision, [...x].flatMap((value) => Array.from({ length: width }, () => value))));
        const mixed = run(arrayOf(precision, [...x].flatMap((value, k) => Array.from({ length: width }, (_, lane) => (lane === k % width ? value : others[(k + lane) % others.length])))));
        x.forEach((value, k) => { assert.ok(Object.is(mixed[k * width + (k % width)], alone[k * width]), `${name}(${value})`); });
      }
    });

    describe('pow', () => {
      const power: Emitter = (math, f, x, y) => math.pow(f, x, y);
      const bound = precision === 'float32' ? 0.6 : 1;

      /** Pairs whose powers cover the whole range of results, and pairs of any two floats. */
      const pairs = (count: number): readonly [Floats, Floats] => {
        const key = keyFromSeed(7);
        const x = points({ ranges: [[0, 3], [0.999, 1.001]], near: [1, 2 ** -1022, 2 ** -126, Math.SQRT1_2] }, count, precision).map(Math.abs);
        const exponents = points({ ranges: [[-1, 1]] }, x.length, precision).slice(-x.length);
        const others = anyFloats(foldIn(key, 'y'), x.length, precision);
        const largest = precision === 'float32' ? 105 : 750;
        return [x, x.map((value, k) => (k % 4 === 0 ? others[k % others.length] : k % 4 === 1 ? 20 * exponents[k] : (largest * exponents[k]) / (Math.abs(Math.log(value)) || 1)))];
      };

      const worstPower = (count: number, mutation?: Mutation): number => {
        const [x, y] = pairs(count);
        const got = compile(precision, power, mutation)(x, y);
        let error = 0;
        x.forEach((base, k) => {
          if (base === 0 || !Number.isFinite(y[k])) return;
          error = Math.max(error, precision === 'float32' ? ulps32(got[k], base ** y[k]) : ulps(got[k], powReference(base, y[k])));
        });
        return error;
      };

      it(`within ${bound} ulp`, (context) => {
        const error = worstPower(2 * COUNT[precision]);
        context.diagnostic(`largest error ${error.toFixed(3)}`);
        assert.ok(error <= bound, `${error} ulp`);
      });

      it('the check notices a wrong coefficient', () => {
        // The constants of float32 are doubles inside; its mutant changes the first coefficient of log.
        const from = precision === 'float32' ? 0.6666666564129357 : 0.5999999999999996;
        assert.ok(worstPower(200, { from, to: from * (precision === 'float32' ? 1 + 1e-4 : 1 + 1e-8), precision: 'float64' }) > bound);
      });

      it('special cases as IEEE 754 has them', () => {
        const list = [0, -0, 1, -1, 2, -2, 0.5, -0.5, 3, -3, 2.5, -2.5, Infinity, -Infinity, NaN, 2 ** 30 + 1, -(2 ** 22) - 1, 2 ** -149, -(2 ** -149), 1e30, -1e30];
        const x = arrayOf(precision, list.flatMap((value) => list.map(() => value)));
        const y = arrayOf(precision, list.flatMap(() => list));
        const got = compile(precision, power)(x, y);
        x.forEach((base, k) => {
          // ECMAScript's own: pow(±1, ±∞) and pow(1, NaN) are NaN.
          const one = base === 1 || (base === -1 && Math.abs(y[k]) === Infinity);
          const want = one ? 1 : base ** y[k];
          const finite = Number.isFinite(arrayOf(precision, [want])[0]) && want !== 0;
          const right = finite ? Math.abs(got[k] / want - 1) < 2e-7 || Math.abs(got[k] - want) <= TINIEST[precision] : Object.is(got[k], arrayOf(precision, [want])[0]);
          assert.ok(right, `pow(${base}, ${y[k]}) = ${got[k]}, should be ${want}`);
        });
      });
    });
  });
}
