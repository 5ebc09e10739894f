/** Which conditions of a formula count as used. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { arrayBehind } from '../../src/engine/arrayProxy.ts';
import { withConditionsUsed } from '../../src/engine/conditions.ts';
import { np } from '../../src/engine/numpy.ts';

const message = /^\S+conditions\.test\.ts:\d+: a condition is made here and used by nothing/;
const unused = { name: 'InputError', message };
const watch = (formula: () => unknown): unknown => withConditionsUsed(formula, arrayBehind);
const x = np.array([1, -2]);

describe('a condition', () => {
  it('is used by a function, by a method, or by being given back', () => {
    assert.doesNotThrow(() => watch(() => np.where(x.less(0), 1, 2)));
    assert.doesNotThrow(() => watch(() => x.less(0).sum()));
    assert.doesNotThrow(() => watch(() => x.less(0)));
  });
  it('is not by truth, nor by a look at it', () => {
    assert.throws(() => watch(() => (x.less(0) ? 1 : 2)), unused);
    assert.throws(() => watch(() => x.less(0).shape), unused);
  });
  it('of a formula counts there, whatever formulas are within it', () => {
    const within = (): unknown => watch(() => np.where(x.less(0), 1, 2));
    assert.throws(() => watch(() => [x.less(0), within()]), unused, 'made before');
    assert.throws(() => watch(() => [within(), x.less(0)]), unused, 'made after');
    assert.doesNotThrow(() => watch(() => { const c = x.less(0); within(); return np.where(c, 1, 2); }), 'used after');
  });
  it('outside of a formula is free', () => assert.doesNotThrow(() => x.less(0)));
});
