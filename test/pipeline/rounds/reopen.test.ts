/** Final samples in doubt make a further round, where that may mend them and limits allow it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { memoryJournal, type Journal } from '../../../src/pipeline/journal.ts';
import { reopened } from '../../../src/pipeline/rounds/reopen.ts';
import { decided, decisionSchema, type StoredDecision } from '../../../src/pipeline/rounds/retake.ts';
import type { Warning } from '../../../src/records/record.ts';
import type { RoundSummary } from '../../../src/records/rounds.ts';
import { roundsSchema } from '../../../src/settings/rounds.ts';
import { Killed, madeBy, session, watched, type Write } from './smallRuns.ts';

const round = (k: number, doubt: string | null = null): Omit<RoundSummary, 'reason'> => ({
  round: k, layers: 8, steps: 1000, theta: 0, seconds: 5, ess: 0.97, forwardEss: 0.97, trainedEss: 0.97, overfit: null, beyond: 0,
  trainedBeyond: 0, paretoK: 0.3, tail: 'sound', logZ: { value: 1, standardError: 0.01 }, accepted: 0.9, acceptedIndependent: 0.7,
  splitRhat: 1.001, doubt,
});
const basis: StoredDecision['basis'] = {
  plan: { growth: 0, steps: 1000, moves: 100, reverse: false }, bankMixed: true, stepWork: 1e6,
  spent: { seconds: 30, evaluations: 1e6, work: 1e9 },
};
const settings = (given: Readonly<Record<string, number>> = {}): ReturnType<typeof roundsSchema.parse> =>
  roundsSchema.parse(given);
const warning = (code: string, standing?: Warning['standing']): Warning =>
  ({ code, severity: standing === undefined ? 'note' : 'warning', message: `of ${code}`, ...(standing && { standing }) });
const heavy = warning('heavy-weights', 'doubtful');

/** A run whose rounds, with what final samples had been in doubt for, are over: the last is enough. */
function over(doubts: readonly (string | null)[]): { journal: Journal; rounds: RoundSummary[] } {
  const journal = memoryJournal();
  const rounds: RoundSummary[] = [];
  for (const [k, doubt] of doubts.entries()) {
    const decision = decided(rounds, { summary: round(k + 1, doubt), basis }, settings());
    journal.stage(k + 1).finishPhase('attempts', { json: decision, arrays: {} });
    rounds.push(decision.summary);
  }
  return { journal, rounds };
}
const storedIn = (journal: Journal, k: number): StoredDecision =>
  decisionSchema.parse(journal.stage(k).phase('attempts')?.json);

describe('final samples in doubt', () => {
  it('make a further round, which says why', () => {
    const { journal, rounds } = over([null, null]);
    assert.equal(storedIn(journal, 2).next, null);
    assert.equal(
      reopened(journal, rounds, [heavy], settings()), 'going on with more steps: the final samples are in doubt',
    );
    const { next, summary } = storedIn(journal, 2);
    assert.deepEqual([next, summary.doubt], [{ growth: 0, steps: 1600, moves: 160, reverse: false }, 'of heavy-weights']);
  });

  it('make none where more rounds would not mend them, and none by what is exactly known', () => {
    for (const warnings of [
      [], [warning('exact-disagrees', 'unknown')], [warning('missing-mode', 'unknown')], [warning('heavy-values', 'doubtful')], [warning('few-weights', 'doubtful')], [warning('low-ess')],
      [warning('heavy-weights')],
    ]) {
      const { journal, rounds } = over([null, null]);
      const before = storedIn(journal, 2);
      assert.equal(reopened(journal, rounds, warnings, settings()), null, JSON.stringify(warnings));
      assert.deepEqual(storedIn(journal, 2), before);
    }
  });

  it('make two, and none beyond a limit', () => {
    const twice = over([null, 'once', null]);
    assert.notEqual(reopened(twice.journal, twice.rounds, [heavy], settings()), null, 'a second time');
    const often = over([null, 'once', 'twice', null]);
    assert.equal(reopened(often.journal, often.rounds, [heavy], settings()), null, 'a third');
    for (const limit of [{ mostRounds: 2 }, { budgetSeconds: 20 }, { budgetEvaluations: 1e5 }]) {
      const { journal, rounds } = over([null, null]);
      assert.equal(reopened(journal, rounds, [heavy], settings(limit)), null, JSON.stringify(limit));
      assert.equal(storedIn(journal, 2).next, null);
    }
  });
});

describe('a run whose final samples are in doubt', () => {
  // A hundred samples leave the tail of their weights in doubt where many, which rounds look at, do not.
  const settings = { untilEss: 0.2, samples: 100, mostRounds: 8, firstSteps: 5 };

  it('goes on, and killed where it begins to, or has begun to, ends with the same bits', async () => {
    const alone = await session({ journal: memoryJournal(), settings });
    const { rounds } = alone.result.rounds ?? { rounds: [] };
    const doubts = rounds.filter(({ doubt }) => doubt !== null);
    assert.ok(doubts.length > 0 && rounds.length > doubts.length, JSON.stringify(rounds.map(({ reason }) => reason)));
    for (const { doubt, reason } of doubts) {
      assert.match(doubt ?? '', /heavy tail/);
      assert.match(reason, /^going on with .*: the final samples are in doubt$/);
    }
    const kept = memoryJournal();
    const [first] = doubts;
    // A decision is stored when its round is over, and again with the doubt: once the ensemble is there.
    for (const moment of [
      'run: ensemble finished', `round ${first.round}: attempts finished`, `round ${first.round + 1}: stirred finished`,
    ]) {
      const dying = watched(kept, ({ place, name, what }: Write) => {
        if (`${place}: ${name} ${what}` === moment) throw new Killed();
      });
      await assert.rejects(session({ journal: dying, settings }), Killed, moment);
    }
    assert.deepEqual(madeBy(await session({ journal: kept, settings })), madeBy(alone));
  });
});
