/** Derivatives given by hand: the value, exactly the derivative that was given, and no trace of anything else. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
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

  it('stop at held', async () => {
    await checkEverywhere('held', (v) => valueAndGradient((w) => w.mul(held(w)).sum())(v)[1], [{ shape: [4], data: x }], [x]);
  });
});
