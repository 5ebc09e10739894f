/** When tempering is run again, twice as long. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { temperLonger, type Tempered } from '../../../src/pipeline/rounds/temperLonger.ts';
import { roundsSchema } from '../../../src/settings/rounds.ts';

const run = { rounds: 400, replicas: 10, seconds: 1, splitRhat: 1.2, effectiveSampleSize: 5000, roundTrips: 100 };
const after = (change: Partial<typeof run>, spent = 1, evaluations = { all: 1e6, last: 1e6 }): Tempered =>
  ({ runs: [{ ...run, ...change }], trips: 32, evaluations, newBends: false, spent, work: { all: 1e9, last: 1e9 } });
const longer = (tempered: Tempered, settings: Readonly<Record<string, number>> = {}): boolean =>
  temperLonger(tempered, roundsSchema.parse(settings)).longer;

describe('tempering again', () => {
  it('is for chains that disagree, are worth little, or make few round trips, and for those alone', () => {
    assert.ok(!longer(after({ splitRhat: 1.01 })));
    for (const change of [{ splitRhat: 1.011 }, { effectiveSampleSize: 999 }, { roundTrips: 31 }])
      assert.ok(longer(after({ splitRhat: 1.001, ...change })), JSON.stringify(change));
    assert.ok(longer({ ...after({ splitRhat: 1.001 }), newBends: true }), 'chains may have stayed out of new necks and valleys');
    assert.ok(!longer({ ...after({}), runs: Array.from({ length: 8 }, () => run) }), 'not a ninth time (mostTemperings)');
  });

  it('does not begin when a third of the budget is gone, nor where it would end beyond two thirds', () => {
    // A run of 1 s is followed by one of 2 s.
    assert.ok(longer(after({}, 1), { budgetSeconds: 4.6 }));
    assert.ok(!longer(after({}, 1), { budgetSeconds: 4.4 }), 'it would end at 3 s of 4.4');
    assert.ok(!longer(after({ seconds: 0.1 }, 1), { budgetSeconds: 2.9 }), 'a second of 2.9 is gone');
    assert.ok(longer(after({ seconds: 0.1 }, 1), { budgetSeconds: 3.1 }));
    assert.ok(longer(after({}, 1, { all: 1e6, last: 1e6 }), { budgetEvaluations: 4.6e6 }));
    assert.ok(!longer(after({}, 1, { all: 1e6, last: 1e6 }), { budgetEvaluations: 4.4e6 }));
  });

  it('does not begin where what was planned for would not be enough', () => {
    // 1e9 operations are followed by 2e9.
    assert.ok(longer(after({}), { temperWork: 3.1 }));
    assert.ok(!longer(after({}), { temperWork: 2.9 }));
    assert.ok(longer({ ...after({}), work: { all: 0, last: 0 } }, { temperWork: 1e-9 }), 'operations that are not known');
  });

  it('says why', () => {
    const reason = (tempered: Tempered, settings = {}): string => temperLonger(tempered, roundsSchema.parse(settings)).reason;
    assert.equal(reason(after({ splitRhat: 1 })), 'good enough to train on');
    assert.equal(reason(after({})), 'going on with a longer run');
    assert.match(reason(after({}), { budgetSeconds: 2 }), /too much of 2 seconds \(budgetSeconds\)/);
    assert.match(reason(after({}), { budgetEvaluations: 5 }), /too much of 5 energy evaluations \(budgetEvaluations\)/);
  });
});
