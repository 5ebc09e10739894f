/** Whether there is a further round, and what it does otherwise. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decide, type Decision, type Progress } from '../../../src/pipeline/rounds/decide.ts';
import { roundsSchema } from '../../../src/settings/rounds.ts';

type Round = Progress['rounds'][number];

const round = (ess: number, change: Partial<Round> = {}): Round => ({
  round: 1, layers: 8, steps: 1000, theta: 0, seconds: 5, ess, forwardEss: ess, trainedEss: ess, overfit: null,
  beyond: 0, trainedBeyond: 0, doubt: null, paretoK: 0.3, tail: 'sound', logZ: { value: 1, standardError: 0.01 }, accepted: 0.9,
  acceptedIndependent: 0.7, splitRhat: 1.001, ...change,
});
const after = (
  rounds: readonly Round[], given: Readonly<Record<string, number>> = {}, growth = 0, reverse = false,
): Decision => decide({
  rounds, plan: { growth, steps: 1000, moves: 100, reverse }, bankMixed: true, stepWork: 1e6,
  spent: { seconds: 30, evaluations: 1e6, work: 1e9 },
}, roundsSchema.parse(given));

describe('a further round', () => {
  it('is not made once the ESS is there and nothing moves', () => {
    assert.equal(after([round(0.5), round(0.96)]).next, null);
    assert.match(after([round(0.5), round(0.96)]).reason, /^enough: the ESS is 96\.0 %/);
    for (const moving of [
      { splitRhat: 1.02 }, { tail: 'doubtful' as const }, { beyond: 0.02 }, { logZ: { value: 1.06, standardError: 0.01 } },
    ]) assert.notEqual(after([round(0.5), round(0.96, moving)]).next, null, JSON.stringify(moving));
    assert.notEqual(after([round(0.5), round(0.96, { splitRhat: 'Infinity' })]).next, null);
  });

  it('is longer, and moves chains more often, most of all where training samples are known by heart', () => {
    assert.deepEqual(after([round(0.2), round(0.7)]).next, { growth: 0, steps: 1600, moves: 160, reverse: false });
    assert.deepEqual(
      after([round(0.2), round(0.7, { overfit: 0.06 })]).next, { growth: 0, steps: 1600, moves: 256, reverse: false },
    );
  });

  it('goes on with what it learns from', () => {
    assert.equal(after([round(0.2), round(0.7)]).next?.reverse, false);
    assert.equal(after([round(0.2), round(0.7)], {}, 0, true).next?.reverse, true);
  });

  it('moves chains for longer, and trains nothing, where the base alone is good enough', () => {
    const first = (ess: number, change: Partial<Round> = {}): Decision => decide({
      rounds: [round(ess, { steps: 0, splitRhat: 1.012, ...change })],
      plan: { growth: 0, steps: 0, moves: 100, reverse: false }, bankMixed: true, stepWork: 1e6, spent: { seconds: 30, evaluations: 1e6, work: 0 },
    }, roundsSchema.parse({}));
    assert.deepEqual(first(0.97).next, { growth: 0, steps: 0, moves: 256, reverse: false });
    assert.match(first(0.97).reason, /^going on with more moves: the chains disagree/);
    for (const training of [first(0.9), first(0.97, { tail: 'doubtful' }), first(0.97, { beyond: 0.02 })])
      assert.deepEqual(training.next, { growth: 0, steps: 1000, moves: 160, reverse: false });
  });

  it('has more layers where a poor ESS rises slowly, and not where a good one does', () => {
    assert.equal(after([round(0.2), round(0.6), round(0.62)]).next?.growth, 1);
    assert.equal(after([round(0.2), round(0.003)]).next?.growth, 1, 'the first training has made it worse');
    assert.equal(after([round(0.2), round(0.15)]).next?.growth, 0);
    assert.equal(after([round(0.2), round(0.6), round(0.7)]).next?.growth, 0);
    assert.equal(after([round(0.2), round(0.85), round(0.9)]).next?.growth, 0);
    assert.equal(after([round(0.2), round(0.6), round(0.62, { overfit: 0.06 })]).next?.growth, 0);
  });

  it('is not made where a good ESS no longer rises, unless something moves or there is a budget to spend', () => {
    const good = [round(0.5), round(0.92), round(0.93)];
    assert.equal(after(good).next, null);
    assert.match(after(good).reason, /no longer rises, at an ESS of 93\.0 %/);
    assert.notEqual(after([round(0.5), round(0.88), round(0.93)]).next, null, 'it rises');
    assert.equal(after([round(0.5), round(0.85), round(0.88)]).next, null, 'too slowly');
    assert.notEqual(after([round(0.5), round(0.92), round(0.93, { splitRhat: 1.05 })]).next, null, 'chains disagree');
    assert.notEqual(after([round(0.5), round(0.92), round(0.4)]).next, null, 'it has fallen');
    assert.equal(after([round(0.5), round(0.92), round(0.4), round(0.91)]).next, null, 'and come back');
    const heavy = round(0.94, { tail: 'doubtful' });
    assert.notEqual(after([round(0.5), round(0.8), heavy]).next, null, 'the weights have a heavy tail');
    assert.equal(after([round(0.5), round(0.93), heavy]).next, null, 'but not those of the round before, nearly as good');
    const fallen = [0.5, 0.92, 0.4, 0.88].map((ess, k) => round(ess, { round: k + 1 }));
    assert.match(after(fallen).reason, /no longer rises, at an ESS of 92\.0 % in round 2/, 'that of what is kept');
    assert.equal(after([round(0.5), round(0.5), round(0.92), round(0.4), round(0.5)]).next, null, 'or fallen twice');
    assert.notEqual(after([round(0.5), round(0.92, { beyond: 0.02 }), round(0.88)]).next, null, 'what would be kept leaves out a part');
    assert.equal(after([round(0.5), round(0.92, { beyond: 0.02 }), round(0.91)]).next, null, 'what would be kept is the last');
    assert.notEqual(after([round(0.5, { steps: 0 }), round(0.92), round(0.93)]).next, null, 'two trained rounds tell of no rise');
    assert.notEqual(after(good, { budgetSeconds: 100 }).next, null);
    assert.equal(after([...good, round(0.93), round(0.93)], { budgetSeconds: 100, mostRounds: 100 }).next, null);
  });

  it('is not made where the first training gains nothing on a base that is good alone', () => {
    const wanted = { untilEss: 0.98 };
    const alone = round(0.965, { steps: 0 });
    assert.equal(after([alone, round(0.967)], wanted).next, null);
    assert.match(after([alone, round(0.967)], wanted).reason, /gains nothing on the base alone, at an ESS of 96/);
    assert.equal(after([alone, round(0.01)], wanted).next, null, 'or loses everything');
    assert.notEqual(after([alone, round(0.973)], wanted).next, null, 'it gains');
    assert.equal(after([round(0.9, { steps: 0 }), round(0.901)], wanted).next, null);
    assert.notEqual(after([round(0.84, { steps: 0 }), round(0.841)], wanted).next, null, 'the base is not as good');
    assert.equal(after([alone, round(0.967, { doubt: 'a tail' })], wanted).next, null, 'whatever is in doubt');
    assert.notEqual(after([alone, round(0.973, { doubt: 'a tail' })], wanted).next, null, 'it gains, and is in doubt');
    assert.notEqual(after([alone, round(0.967)], { ...wanted, budgetSeconds: 100 }).next, null, 'there is a budget to spend');
    assert.notEqual(
      after([round(0.965, { steps: 0, splitRhat: 1.05 }), round(0.01)], wanted).next, null, 'its chains disagreed',
    );
  });

  it('is not made where a poor ESS has gained nothing twice', () => {
    const poor = [0.1, 0.3, 0.4, 0.41, 0.4].map((ess) => round(ess));
    assert.equal(after(poor).next, null);
    assert.notEqual(after(poor.slice(0, 4)).next, null);
    assert.notEqual(after([...poor.slice(0, 4), round(0.5)]).next, null);
  });

  it('ends with limits', () => {
    for (const [given, reason] of [
      [{ mostRounds: 2 }, /2 rounds are over/], [{ budgetSeconds: 29 }, /29 seconds are over/],
      [{ budgetEvaluations: 1e6 }, /1000000 energy evaluations are done/], [{ budgetWork: 3 }, /budgetWork/],
    ] as const) assert.match(after([round(0.2), round(0.7)], given).reason, reason);
  });
});
