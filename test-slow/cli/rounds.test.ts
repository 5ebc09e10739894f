/** A run in rounds that is stopped in any of its work, or has other threads, ends with the bits of one left alone. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { assertDone, jeffreys, jeffreysInTurn, temporaryFolder } from '../../test/cli/jeffreys.ts';
import { IN_ROUNDS, momentsIn } from '../../test/cli/roundsRuns.ts';
import { RunsIn } from '../../test/cli/runs.ts';

const folder = temporaryFolder();
const cwd = folder.path;
const runs = new RunsIn(cwd);
const { bitsOf, figuresOf, recordOf, resultOf, stopAt, assertSame } = runs;
const resumed = (...args: string[]): ReturnType<typeof jeffreys> => jeffreys(['resume', ...args, '--quiet'], { cwd });

before(async () => {
  const run = ['run', ...IN_ROUNDS, '--quiet', '--out'];
  const outcomes = await jeffreysInTurn([
    [...run, 'whole'], [...run, 'one-thread', '--threads', '1'], [...run, 'two-threads', '--threads', '2'],
  ], cwd);
  for (const outcome of outcomes) assertDone(outcome);
});
after(folder.remove);

describe('a run in rounds', () => {
  it('has the same bits with one thread and with two', () => {
    assert.deepEqual(bitsOf('two-threads'), bitsOf('one-thread'));
    assert.deepEqual(figuresOf('two-threads'), figuresOf('one-thread'));
  });

  for (const signal of ['SIGKILL', 'SIGINT'] as const) {
    it(`that gets ${signal} in all of its work, one after the other, ends with the same bits`, async () => {
      await stopAt(momentsIn(runs), signal, signal, IN_ROUNDS);
      assertDone(await resumed(signal));
      assertSame(signal, 'whole');
    });
  }

  it('that is not finished takes other limits', async () => {
    const [, between] = momentsIn(runs);
    await stopAt([between], 'SIGINT', 'stopped', IN_ROUNDS);
    assertDone(await resumed('stopped', '--until', 'ess=0.01'));
    assert.equal(recordOf('stopped').settings.untilEss, 0.01);
    const { rounds } = resultOf('stopped').rounds ?? { rounds: [] };
    assert.equal(rounds.length, 2, 'the round that was under way is the last');
    assert.match(rounds[1].reason, /^enough/);
  });

  it('with a budget of time ends about when that is over, tempering included', async () => {
    assertDone(await jeffreys(['run', ...IN_ROUNDS, '--budget', '0.2s', '--out', 'hasty', '--quiet'], { cwd }));
    const { rounds, temperings } = resultOf('hasty').rounds ?? { rounds: [], temperings: [] };
    assert.deepEqual([temperings.length, rounds.length], [1, 1]);
    assert.match(rounds[0].reason, /^0\.2 seconds are over \(budgetSeconds\)/);
  });
});
