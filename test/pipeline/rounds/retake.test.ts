/** A last decision that is taken anew is the one that the settings would have made at once; others stay. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { awaited } from '../../../src/pipeline/rounds/awaited.ts';
import { decided, retaken } from '../../../src/pipeline/rounds/retake.ts';
import { roundsSchema } from '../../../src/settings/rounds.ts';

const figures = {
  round: 1, layers: 8, steps: 400, theta: 0, seconds: 5, ess: 0.8, forwardEss: 0.79, trainedEss: 0.8,
  overfit: null, beyond: 0, trainedBeyond: 0, doubt: null, paretoK: 0.3, tail: 'sound' as const,
  logZ: { value: 1, standardError: 0.01 }, accepted: 0.9, acceptedIndependent: 0.7, splitRhat: 1.001,
};
const basis = {
  plan: { growth: 0, steps: 400, moves: 96, reverse: false }, bankMixed: true, stepWork: 1e6,
  spent: { seconds: 30, evaluations: 1e6, work: 1e9 },
};
const settings = (given: Readonly<Record<string, number>> = {}): ReturnType<typeof roundsSchema.parse> =>
  roundsSchema.parse(given);

describe('decisions of rounds', () => {
  it('that ended the rounds are taken anew, from what they were made on', () => {
    const enough = decided([], { summary: figures, basis }, settings({ untilEss: 0.7 }));
    assert.equal(enough.next, null);
    assert.deepEqual(retaken([], enough, settings({ untilEss: 0.7 })), enough, 'the same for the same');
    const further = retaken([], enough, settings({ untilEss: 0.9 }));
    assert.deepEqual(further, decided([], { summary: figures, basis }, settings({ untilEss: 0.9 })));
    assert.notEqual(further.next, null);
    const over = decided([], { summary: figures, basis }, settings({ budgetSeconds: 20 }));
    assert.equal(over.next, null);
    assert.notEqual(retaken([], over, settings({ budgetSeconds: 40 })).next, null, 'of 40 s 10 are left');
    assert.equal(retaken([], over, settings({ budgetSeconds: 29 })).next, null, '30 s are gone');
  });

  it('that went on stay: what came of them may be there', () => {
    const on = decided([], { summary: figures, basis }, settings({ untilEss: 0.9 }));
    assert.deepEqual(retaken([], on, settings({ untilEss: 0.7 })), on);
  });
});

describe('what a round waits for', () => {
  const told = (ess: number, reason: string, limits = {}): ReturnType<typeof awaited> => awaited(
    { round: 2, plan: { growth: 0, steps: 640, moves: 192, reverse: false }, before: [{ ...figures, ess, reason }], stirSeconds: 1, spent: 50 },
    settings(limits),
  );

  it('is the ESS until that is there, then what still moves', () => {
    assert.equal(told(0.811, 'going on with more steps: the ESS is 81.1 %').figure, 'ESS 81.1 % of 95 %');
    assert.equal(told(0.97, 'going on with more steps: log Z has moved by 0.12').figure, 'log Z has moved by 0.12');
  });

  it('comes with the time that the round may take, and what is left of the budget', () => {
    // 4 s for 400 steps, of which there are 640, and 1 s for chains that move twice as often.
    assert.equal(told(0.8, '').seconds, 6.4 + 2);
    assert.deepEqual([told(0.8, '').budgetSeconds, told(0.8, '', { budgetSeconds: 60 }).budgetSeconds], [null, 10]);
    assert.equal(told(0.8, '', { budgetSeconds: 40 }).budgetSeconds, 0);
    const first = awaited({ round: 1, plan: basis.plan, before: [], stirSeconds: 0, spent: 3 }, settings());
    assert.deepEqual([first.place, first.figure, first.seconds], ['round 1', null, null]);
  });
});
