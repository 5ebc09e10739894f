/** What an estimate may show of its error, by what is known of it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TailedEstimate } from '../../src/estimators/estimate.ts';
import type { Tail } from '../../src/estimators/tail.ts';
import { isOff, routesGap, stand, standingOfTail, tailThreshold } from '../../src/verdict/trust.ts';

const N = 100_000;
const light: Tail = { k: 0.1, kError: 0.03, tailSize: 950, unseen: 1e-4 };
const estimate = (changes: Partial<TailedEstimate> = {}): TailedEstimate => ({ value: 2, standardError: 0.01, tail: light, ...changes });
const sound = { standing: 'sound', reason: null } as const;
const doubtful = { standing: 'doubtful', reason: 'the ladders disagree' } as const;

describe('a tail', () => {
  it('is sound where it is light, or leaves nothing unseen that matters', () => {
    assert.equal(standingOfTail(light, N, 0.01), 'sound');
    assert.equal(standingOfTail({ ...light, k: 0.9, unseen: 0.004 }, N, 0.01), 'sound');
  });
  it('is doubtful where it is heavy, and unknown where it overwhelms the error', () => {
    assert.equal(standingOfTail({ ...light, k: 0.68, kError: 0.05, unseen: 0.01 }, N, 0.01), 'doubtful', 'k-hat with its error is above 0.7');
    assert.equal(standingOfTail({ ...light, k: 0.8, unseen: 0.03 }, N, 0.01), 'unknown');
    assert.equal(standingOfTail({ ...light, k: 0.8, unseen: 0.03, bounded: true }, N, 0.01), 'doubtful', 'where it is known from elsewhere');
    for (const tail of [{ ...light, k: NaN }, { ...light, unseen: Infinity }, { ...light, unseen: NaN }]) assert.equal(standingOfTail(tail, N, 0.01), 'unknown');
  });
  it('has a threshold that falls with the number of weights', () => {
    assert.deepEqual([tailThreshold(1e6), tailThreshold(1e3)], [0.7, 1 - 1 / 3]);
    assert.equal(standingOfTail({ ...light, k: 0.62, unseen: 0.01 }, 1e6, 0.01), 'sound');
    assert.equal(standingOfTail({ ...light, k: 0.62, unseen: 0.01 }, 300, 0.01), 'doubtful');
  });
});

describe('an estimate', () => {
  it('that is sound shows its error and what was not seen', () => {
    assert.deepEqual(stand(estimate({ tail: { ...light, unseen: 0.0075 } }), N, sound), { value: 2, standardError: 0.0125, standing: 'sound' });
  });
  it('that is doubtful covers half the gap between its routes', () => {
    const { standardError, standing, reason } = stand(estimate(), N, { ...doubtful, route: { value: 2.2, standardError: 0.05 } });
    assert.ok(Math.abs((standardError ?? NaN) - Math.hypot(0.01, 1e-4, 0.1)) < 1e-12);
    assert.deepEqual([standing, reason], ['doubtful', 'the ladders disagree']);
    const unmixed = stand(estimate(), N, { ...doubtful, route: { value: 2.2, standardError: 0.05 }, routeUnmixed: true });
    assert.ok(Math.abs((unmixed.standardError ?? NaN) - Math.hypot(0.01, 1e-4, 0.1, 0.05)) < 1e-12, 'and the other route its own error');
    assert.equal(stand(estimate(), N, { ...sound, route: { value: 2.2, standardError: 0.05 } }).standardError, Math.hypot(0.01, 1e-4), 'a sound one does not');
  });
  it('that is unknown shows none, and why', () => {
    const unknown = { value: 2, standardError: null, standing: 'unknown' };
    assert.deepEqual(stand(estimate(), N, { standing: 'unknown', reason: 'a well is missing' }), { ...unknown, reason: 'a well is missing' });
    for (const wrong of [estimate({ tail: { ...light, unseen: Infinity } }), estimate({ standardError: 0 }), estimate({ standardError: Infinity })]) {
      const { reason, ...rest } = stand(wrong, N, sound);
      assert.deepEqual(rest, unknown);
      assert.ok((reason ?? '').length > 10);
    }
    assert.deepEqual(stand(estimate({ value: NaN }), N, sound).value, null);
  });
  it('far from what is exactly known shows none', () => {
    assert.equal(stand(estimate(), N, { ...sound, exact: 2.03 }).standing, 'sound');
    assert.deepEqual([stand(estimate(), N, { ...sound, exact: 2.05 }).standardError, stand(estimate(), N, { ...sound, exact: 2.05 }).standing], [null, 'unknown']);
    assert.ok(!isOff(1, 0, 1 + 1e-9) && isOff(1, 0, 1.001), 'to the accuracy of what is exact');
  });
});

it('routes may lie farther apart the more of them there are', () => {
  assert.ok(routesGap(1) > 3.8 && routesGap(1) < 4 && routesGap(100) > 4.7 && routesGap(100) < 5.1);
});
