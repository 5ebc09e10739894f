/** What a tempering run's figures make of its standing. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasMixed, mixingWarnings, type MixingSummary } from '../../src/verdict/mixing.ts';
import { standingOf } from '../../src/verdict/standing.ts';

const good: MixingSummary = { splitRhat: [{ name: 'energy', value: 1.002 }, { name: 'x1', value: 1.01 }], roundTrips: 400, effectiveSampleSize: 2000, inverseTemperatures: [0.1, 0.4, 1], rounds: 500 };

const found = (changes: Partial<MixingSummary>): [string, string | undefined][] => mixingWarnings({ ...good, ...changes }, [], 'tempering').map(({ code, standing }) => [code, standing]);

describe('a tempering run', () => {
  it('that has mixed raises nothing', () => {
    assert.deepEqual(found({}), []);
    assert.ok(hasMixed(good));
  });
  const cases: readonly (readonly [string, Partial<MixingSummary>, readonly [string, string]])[] = [
    ['whose ladders disagree a little', { splitRhat: [{ name: 'x1', value: 1.07 }] }, ['ladders-disagree', 'doubtful']],
    ['whose ladders disagree', { splitRhat: [{ name: 'x1', value: 1.2 }] }, ['ladders-disagree', 'unknown']],
    [
      'of which one figure disagrees, be it not the last',
      { splitRhat: [{ name: 'x1', value: 1.2 }, { name: 'x2', value: 1.01 }] }, ['ladders-disagree', 'unknown'],
    ],
    ['whose chains never move', { splitRhat: [{ name: 'x1', value: 'Infinity' }] }, ['ladders-disagree', 'unknown']],
    ['of which nothing is known', { splitRhat: [{ name: 'x1', value: null }] }, ['mixing-unknown', 'doubtful']],
    ['without round trips', { roundTrips: 0 }, ['no-round-trips', 'unknown']],
    ['with few round trips', { roundTrips: 19 }, ['few-round-trips', 'doubtful']],
    ['of one rung', { inverseTemperatures: [1], roundTrips: 0 }, ['one-rung', 'doubtful']],
    ['with few effective samples', { effectiveSampleSize: 99 }, ['few-samples', 'doubtful']],
    ['with an unknown number of them', { effectiveSampleSize: null }, ['few-samples', 'doubtful']],
  ];
  for (const [name, changes, expected] of cases) {
    it(`${name} is ${expected[1]}`, () => {
      assert.deepEqual(found(changes), [[...expected]]);
      assert.ok(!hasMixed({ ...good, ...changes }));
    });
  }
  it('keeps its own words, with the standing that they leave', () => {
    const own = [{ code: 'ladders-disagree', severity: 'warning', message: 'mine' }, { code: 'biased-kernel', severity: 'note', message: 'too' }] as const;
    const warnings = mixingWarnings({ ...good, splitRhat: [{ name: 'x1', value: 3 }], roundTrips: 0 }, own, 'tempering');
    assert.deepEqual(warnings.map(({ code, message, standing }) => [code, message === 'mine' || message === 'too', standing]), [['ladders-disagree', true, 'unknown'], ['biased-kernel', true, undefined], ['no-round-trips', false, 'unknown']]);
    assert.equal(standingOf(warnings), 'unknown');
  });
});
