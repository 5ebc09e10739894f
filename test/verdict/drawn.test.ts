/** Samples drawn from a finished run stand no better than the run, nor than their own weights. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TailedEstimate } from '../../src/estimators/estimate.ts';
import type { Tail } from '../../src/estimators/tail.ts';
import type { Warning } from '../../src/records/record.ts';
import { standingOfDrawn } from '../../src/verdict/drawn.ts';

const N = 100_000;
const light: Tail = { k: 0.1, kError: 0.03, tailSize: 950, unseen: 0 };
const heavy: Tail = { ...light, k: 0.85, unseen: 0.01 };
const logZ = (tail = light): TailedEstimate => ({ value: 2, standardError: 0.01, tail });
const sound = { standing: 'sound' as const, warnings: [] };
const found = (standing: 'doubtful' | 'unknown', message: string): Warning => ({
  code: 'found',
  severity: 'warning',
  message,
  standing,
});
const own = { value: 2.06, standardError: 0.02 };

describe('samples drawn from a run', () => {
  it('are sound where the run and their weights are', () => {
    assert.deepEqual(standingOfDrawn(sound, logZ(), N, own, false), {
      standing: 'sound',
      reasons: [],
      logZ: { value: 2, standardError: 0.01, standing: 'sound' },
    });
  });

  it('stand as the run does, whose reasons they give, the gravest first', () => {
    const note: Warning = { code: 'note', severity: 'note', message: 'no matter' };
    const doubtful = standingOfDrawn(
      { standing: 'doubtful', warnings: [note, found('doubtful', 'a')] },
      logZ(),
      N,
      own,
      false,
    );
    assert.deepEqual([doubtful.standing, doubtful.reasons], ['doubtful', ['a']]);
    // Half the gap to the run's own log Z, and that one's error.
    assert.ok(
      Math.abs((doubtful.logZ.standardError ?? Number.NaN) - Math.hypot(0.01, 0.03, 0.02)) < 1e-12,
      `${doubtful.logZ.standardError}`,
    );
    const unknown = standingOfDrawn(
      { standing: 'unknown', warnings: [found('doubtful', 'a'), found('unknown', 'b')] },
      logZ(),
      N,
      own,
      false,
    );
    assert.deepEqual(
      [unknown.standing, unknown.reasons, unknown.logZ.standardError, unknown.logZ.reason],
      ['unknown', ['b', 'a'], null, 'b'],
    );
  });

  it('are unknown where the run was never judged', () => {
    const {
      standing,
      reasons,
      logZ: shown,
    } = standingOfDrawn({ standing: null, warnings: [] }, logZ(), N, null, false);
    assert.deepEqual([standing, shown.standardError], ['unknown', null]);
    assert.match(reasons[0], /before its figures were judged; run it again/);
  });

  it('are doubtful where their weights are heavy or learned, however sound the run', () => {
    const ofTail = standingOfDrawn(sound, logZ(heavy), N, own, false);
    assert.deepEqual(
      [ofTail.standing, ofTail.reasons],
      ['doubtful', ['the weights have a heavy tail (Pareto k-hat 0.85)']],
    );
    assert.equal(
      standingOfDrawn(sound, logZ({ ...heavy, unseen: Infinity }), N, own, false).logZ.standardError,
      null,
      'or unknown',
    );
    const learned = standingOfDrawn(sound, logZ(), N, null, true);
    assert.deepEqual([learned.standing, learned.logZ.standing], ['doubtful', 'doubtful']);
    assert.match(learned.reasons.join(), /lack the corrections/);
  });
});
