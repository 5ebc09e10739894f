/** Derivatives given by hand: the value, exactly the derivative that was given, and no trace of anything else. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InputError } from '../../src/errors.ts';
import { held, withChange, withChanges } from '../../src/engine/derivative.ts';
import { batched, np, valueAndGradient, type Array as NpArray } from '../../src/engine/numpy.ts';
import { printProgram } from '../../src/engine/program.ts';
import { trace } from '../../src/engine/trace.ts';
import { checkEverywhere, distance, runProgram } from './executors.ts';

const x = [0.3, -0.7, 1.5, -2];
const vector = [{ shape: [4] }];
/** sin x with the derivative 3, wrong on purpose, so that it shows which one is used. */
const marked = (v: NpArray): NpArray => withChange(np.sin(held(v)), [v], (change) => change.mul(3));

describe('derivatives given by hand', () => {
  it('are the ones used, and the value is kept', async () => {
    const f = (v: NpArray): NpArray[] => valueAndGradient((w) => marked(w.mul(2)).mul(w).sum())(v);
    const value = x.reduce((sum, entry) => sum + Math.sin(2 * entry) * entry, 0);
    await checkEverywhere('marked', f, [{ shape: [4], data: x }], [[value], x.map((entry) => 6 * entry + Math.sin(2 * entry))]);
  });

  it('leave only the value where nothing is differentiated', () => {
    const program = trace((v) => marked(v), vector);
    assert.deepEqual(program.equations.map(({ primitive }) => primitive), ['sin'], printProgram(program));
  });

  it('share intermediate changes, and take a zero for inputs that are fixed', async () => {
    const fixed = [2, 3, 4, 5];
    const f = (v: NpArray, w: NpArray): NpArray => {
      const [sum, product] = withChanges([held(v).add(held(w)), held(v).mul(held(w))], [v, w], (dv, dw) => {
        const common = dv.mul(held(w));
        return [dv.add(dw), common.add(dw.mul(held(v)))];
      });
      return sum.mul(product).sum();
    };
    // d (v + w) v w / dv
    await checkEverywhere('by one', (v, w) => valueAndGradient(f)(v, w)[1], [{ shape: [4], data: x }, { shape: [4], data: fixed }], [x.map((v, i) => 2 * v * fixed[i] + fixed[i] ** 2)]);
    await checkEverywhere('by both', (v) => valueAndGradient((u) => f(u, u.mul(2)))(v)[1], [{ shape: [4], data: x }], [x.map((v) => 18 * v * v)]);
  });

  it('work inside a mapped function', async () => {
    const program = trace((v) => valueAndGradient((w) => batched((entry) => marked(entry))(w).sum())(v), vector);
    const [value, gradient] = await runProgram(program, [x], 'float64');
    assert.ok(distance(value, [x.reduce((sum, entry) => sum + Math.sin(entry), 0)]) < 1e-13, `value ${value[0]}`);
    assert.deepEqual(gradient, [3, 3, 3, 3]);
  });

  it('say so when they are differentiated twice', () => {
    const twice = (v: NpArray): NpArray => valueAndGradient((w) => valueAndGradient((u) => marked(u).sum())(w)[1].sum())(v)[1];
    assert.throws(() => trace(twice, vector), /cannot be differentiated again/);
  });

  it('broadcast to the shape of the value', async () => {
    const f = (v: NpArray): NpArray => withChange(np.sin(held(v)).add(1), [v], (change) => change.sum()).slice([1, 3]).mul(3).sum();
    await checkEverywhere('sum', (v) => valueAndGradient(f)(v)[1], [{ shape: [4], data: x }], [[6, 6, 6, 6]]);
    const fixed = (v: NpArray): NpArray => withChange(np.ones([2, 4]), [np.zeros([3])], (change) => change).sum().add(v.sum());
    await checkEverywhere('fixed', (v) => valueAndGradient(fixed)(v)[1], [{ shape: [4], data: x }], [[1, 1, 1, 1]]);
  });

  it('say what is wrong with them', () => {
    const refused = (f: (v: NpArray) => unknown, says: RegExp): void => {
      const both = (v: NpArray): NpArray => valueAndGradient((w) => f(w) as NpArray)(v)[1];
      assert.throws(() => trace(both, vector), (error: unknown) => error instanceof InputError && says.test(error.message), String(says));
    };
    refused((v) => withChange(held(v), [v], (change) => change.slice([0, 3])), /derivative\.test\.ts:\d+: withChange: the change of a value of shape \[4\] has shape \[3\]; it must have the value's, or broadcast to it$/);
    refused((v) => withChange(held(v).sum(), [v], (change) => change), /a value of shape \[\] has shape \[4\]/);
    refused((v) => withChange(held(v), [v], () => 0 as unknown as NpArray), /withChange: the change of a value must be an array$/);
    refused((v) => withChange(held(v), v as unknown as NpArray[], (change) => change), /withChange takes its inputs as a list of arrays$/);
    refused((v) => withChange(held(v), [2 as unknown as NpArray], (change) => change), /withChange takes its inputs as a list of arrays$/);
    refused((v) => withChange(3 as unknown as NpArray, [v], (change) => change), /withChange takes the value as an array$/);
    refused((v) => withChanges([held(v), held(v)], [v], (change) => [change])[0], /withChanges: the change must be a list of 2, one for every value$/);
    const twice = (v: NpArray): NpArray => valueAndGradient((w) => marked(w).sum())(v)[1].sum();
    refused(twice, /withChange: derivatives given by hand cannot be differentiated again$/);
  });

  it('stop at held', async () => {
    await checkEverywhere('held', (v) => valueAndGradient((w) => w.mul(held(w)).sum())(v)[1], [{ shape: [4], data: x }], [x]);
  });
});
