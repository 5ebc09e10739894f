/** A run in rounds that is killed anywhere, or finished and taken further, comes to what one that was left alone does. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { errorsOf } from '../../../src/pipeline/rounds/finalSamples.ts';
import { memoryJournal } from '../../../src/pipeline/journal.ts';
import { circles, Killed, madeBy, session, ticking, watched, type Write } from './smallRuns.ts';

const nameOf = ({ place, name, what }: Write): string => `${place}: ${name} ${what}`;

let alone: unknown;
/** Everything that it wrote, each under its name once. */
let moments: string[];
before(async () => {
  const written: Write[] = [];
  // Time passes, so that there are checkpoints.
  const journal = watched(memoryJournal(), (write) => { written.push(write); });
  alone = madeBy(await session({ journal, now: ticking(50) }));
  moments = [...new Set(written.map(nameOf))];
});

describe('a run in rounds', () => {
  it('is killed after everything that it writes, one thing after the other, and no bit changes', async (t) => {
    for (const expected of [
      'tempering-1: pt checkpoint', 'tempering-1: attempts finished', 'run: frame finished', 'round 1: stirred finished',
      'round 2: trial checkpoint', 'round 2: trial finished', 'round 2: trunk checkpoint', 'round 2: flow checkpoint', 'round 2: stirred finished', 'round 3: attempts finished',
    ]) assert.ok(moments.includes(expected), `${expected} is among ${moments.join(', ')}`);
    const kept = memoryJournal();
    for (const moment of moments) {
      const journal = watched(kept, (write) => { if (nameOf(write) === moment) throw new Killed(); });
      await assert.rejects(session({ journal, now: ticking(50) }), Killed, moment);
    }
    assert.deepEqual(madeBy(await session({ journal: kept, now: ticking(50) })), alone);
    t.diagnostic(`${moments.length} kills`);
  });

  it('repeats what the clock decided, in tempering and after a round', async () => {
    // Wells so deep that tempering is not good enough after one run.
    const deep = { depth: 300, settings: { mostTemperings: 3, budgetSeconds: 1 } };
    // So much time passes that no longer tempering and no further round begin.
    const journal = memoryJournal();
    const hasty = await session({ journal, ...deep, now: ticking(1000) });
    const { temperings, rounds } = hasty.result.rounds ?? { temperings: [], rounds: [] };
    assert.deepEqual([temperings.length, rounds.length], [1, 1], 'the budget is gone at once');
    assert.match(temperings[0].reason, /too much of 1 seconds \(budgetSeconds\)/);
    assert.match(rounds[0].reason, /1 seconds are over \(budgetSeconds\)/);
    // None passes: all would go on, were it decided anew.
    assert.deepEqual(madeBy(await session({ journal, ...deep })), madeBy(hasty));
    // A larger budget is for what is not decided yet.
    const kept = memoryJournal();
    const dying = watched(kept, (write) => { if (nameOf(write) === 'run: frame finished') throw new Killed(); });
    await assert.rejects(session({ journal: dying, ...deep, now: ticking(1000) }), Killed);
    const rich = await session({ journal: kept, ...deep, settings: { ...deep.settings, budgetSeconds: 1e6, mostRounds: 1 } });
    assert.deepEqual(rich.result.rounds?.temperings.map(({ reason }) => reason), [temperings[0].reason]);
  });

  it('counts the seconds of the sessions before', async () => {
    const kept = memoryJournal();
    const journal = watched(kept, (write) => {
      if (nameOf(write) === 'round 1: stirred finished') throw new Killed();
    });
    await assert.rejects(session({ journal, settings: { budgetSeconds: 1 }, now: ticking(1000) }), Killed);
    // No time passes in this one.
    const { result } = await session({ journal: kept, settings: { budgetSeconds: 1 } });
    assert.match(result.rounds?.rounds[0].reason ?? '', /1 seconds are over \(budgetSeconds\)/);
  });

  it('that is taken further is one that was asked for more in the beginning', async () => {
    const journal = memoryJournal();
    const short = await session({ journal, settings: { mostRounds: 1 } });
    assert.equal(short.result.rounds?.rounds.length, 1);
    // Killed as soon as the old end no longer counts, and once the new one is half written.
    for (const moment of ['round 1: attempts finished', 'round 2: attempts finished', 'run: pt finished']) {
      const dying = watched(journal, (write) => { if (nameOf(write) === moment) throw new Killed(); });
      await assert.rejects(session({ journal: dying }), Killed, moment);
    }
    const further = await session({ journal });
    assert.deepEqual(madeBy(further), alone);
  });

  it('with smaller errors asked for has the same rounds, and as many samples as that takes', async () => {
    const journal = memoryJournal();
    // Trained for so few steps, a flow from samples alone has weights whose error nobody can tell.
    const reverseTerm = 'always';
    const first = await session({ journal, settings: { reverseTerm } });
    // As drawn: doubts widen the errors of the verdict by what no number of samples takes off.
    const errorOf = ({ ensemble: { samples, logWeights } }: typeof first): number =>
      errorsOf(circles(1), samples, logWeights).logZ;
    const asked = errorOf(first) / 2;
    const further = await session({ journal, settings: { reverseTerm, untilLogZ: asked } });
    const { samples } = further.result.generation;
    assert.deepEqual(further.result.rounds?.rounds, first.result.rounds?.rounds, 'the same rounds');
    assert.ok(errorOf(further) <= asked, `${errorOf(further)} where ${asked} was asked for`);
    assert.ok(samples > 3500 && samples < 8000, `${samples} samples for half of the error that 1000 have`);
    const [few, many] = [first, further].map(({ ensemble }) => ensemble.samples);
    assert.deepEqual(many.subarray(0, few.length), few, 'those that there were among them');
    const atOnce = await session({ journal: memoryJournal(), settings: { reverseTerm, samples } });
    assert.deepEqual(many, atOnce.ensemble.samples, 'and the others those that would have been drawn at once');
  });
});
