/** Runs in rounds on the command line: with limits in the user's terms, stopped, and taken further. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { assertDone, assertRefused, jeffreys, jeffreysInTurn, jsonOf, snapshot, start, temporaryFolder, TINY } from './jeffreys.ts';
import { IN_ROUNDS, momentsIn } from './roundsRuns.ts';
import { RunsIn, until } from './runs.ts';

const folder = temporaryFolder();
const cwd = folder.path;
const runs = new RunsIn(cwd);
const { at, recordOf, resultOf, assertSame } = runs;
const resumed = (...args: string[]): ReturnType<typeof jeffreys> => jeffreys(['resume', ...args], { cwd });

before(async () => {
  const outcomes = await jeffreysInTurn([
    ['run', ...IN_ROUNDS, '--out', 'whole', '--quiet'],
    ['run', ...IN_ROUNDS, '--until', 'ess=0.4', '--out', 'short', '--quiet'],
    ['run', 'three-well', ...TINY, '--out', 'one-flow', '--quiet'],
  ], cwd);
  for (const outcome of outcomes) assertDone(outcome);
});
after(folder.remove);

describe('a run in rounds', () => {
  it('keeps what was asked for as its settings, shows it, and has its section in the report', async () => {
    const args = ['run', ...IN_ROUNDS, '--set', 'mostRounds=1', '--until', 'ess=10%,logZ=0.02', '--budget', '1h', '--budget', '1e9'];
    const { rounds } = jsonOf(await jeffreys([...args, '--json', '--out', 'asked'], { cwd })) as { rounds: { wanted: object } };
    assert.deepEqual(rounds.wanted, { ess: 0.1, logZ: 0.02, error: 0 });
    const { untilEss, untilLogZ, budgetSeconds, budgetEvaluations, mostRounds } = recordOf('asked').settings;
    assert.deepEqual([untilEss, untilLogZ, budgetSeconds, budgetEvaluations], [0.1, 0.02, 3600, 1e9]);
    assert.equal(mostRounds, 1, 'a limit that was given stays');
    const shown = assertDone(await jeffreys(['show', 'asked'], { cwd }));
    assert.match(shown, /\n1 round after \d tempering runs? and a search \(no well found\); 1 rounds are over .*Asked for: ESS ≥ 10\.00 %, log Z ± 0\.0200 \(reached /);
    assert.match(readFileSync(at('asked/report.html'), 'utf8'), /<section id="rounds"/);
    runs.assertPage('asked/report.html');
    assert.match(runs.eventsOf('asked'), /"kind":"note","message":"round 1: ESS /, 'the notes are in the log');

    assertDone(await resumed('asked', '--budget', '2h', '--quiet'));
    assert.ok((resultOf('asked').rounds?.rounds.length ?? 0) > 1, 'a budget takes the place of the limits by default');
  });

  it('that is finished and has what is asked for stays as it is', async () => {
    const cases = [['short', 'ess=0.01', 'enough: the ESS is '], ['whole', 'ess=0.9995', '3 rounds are over \\(mostRounds\\)']];
    for (const [run, asked, says] of cases) {
      const before = snapshot(at(run));
      const { code, stderr } = await resumed(run, '--until', asked);
      assert.match(stderr, new RegExp(`^[^\\n]*${run} goes no further: ${says}[^\\n]*\\n$`), 'one line');
      assert.equal(code, 0);
      assert.deepEqual(snapshot(at(run)), before, 'nothing is changed');
    }
  });

  it('that is finished and taken further is one that was asked for more in the beginning', async () => {
    assert.equal(resultOf('short').rounds?.rounds.length, 2);
    const further = start(['resume', 'short', '--until', 'ess=0.999', '--quiet', '--save-every', '0.02'], { cwd });
    const [, , trunk] = momentsIn(runs, 3);
    assert.ok(await until(further, () => trunk.come('short', '')), further.child.exitCode?.toString());
    further.child.kill('SIGKILL');
    await further.ended;
    assert.deepEqual([recordOf('short').state, recordOf('short').result], ['running', null], 'it goes on');
    assertRefused(await jeffreys(['sample', 'short', '-n', '5'], { cwd }), /short is not complete \(running\); finish it/);
    assertDone(await resumed('short', '--quiet'));
    assertSame('short', 'whole');
    assert.deepEqual(recordOf('short').settings, recordOf('whole').settings);
  });
});

describe('limits', () => {
  it('are for runs in rounds alone', async () => {
    const notInRounds = /--until and --budget are for runs that are made in rounds.*generator=rounds/;
    const [run, resume, experiment] = await jeffreysInTurn([
      ['run', 'three-well', ...TINY, '--until', 'ess=0.9', '--out', 'none'],
      ['resume', 'one-flow', '--budget', '10m'],
      ['run', 'single-step-2d', '--budget', '10m', '--out', 'none'],
    ], cwd);
    assertRefused(run, notInRounds);
    assertRefused(resume, notInRounds);
    assertRefused(experiment, /--until and --budget are of a single run; single-step-2d is an experiment/);
    assert.equal(recordOf('one-flow').state, 'complete');
  });
});
