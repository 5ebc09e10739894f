/** A run that is killed, stopped or contended for ends with the bits of one that was left alone. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { assertDone, assertRefused, bitsOf, jeffreys, jeffreysInTurn, start, temporaryFolder } from './jeffreys.ts';
import { assertStopped, HALVES, RunsIn, stopsAtOnce, until, type Moment } from './runs.ts';

const folder = temporaryFolder();
const cwd = folder.path;
const { at, recordOf, stopAt, within } = new RunsIn(cwd);
const given = ['three-well', ...HALVES];

let expected: Record<string, string>;
before(async () => {
  const run = ['run', ...given, '--quiet', '--out'];
  const outcomes = await jeffreysInTurn([[...run, 'undisturbed'], [...run, 'threaded', '--threads', '2']], cwd);
  for (const outcome of outcomes) assertDone(outcome);
  expected = bitsOf(at('undisturbed'));
});
after(folder.remove);

describe('interruption', () => {
  it('SIGKILL in tempering, SIGINT in training, and a second process that is refused change no bit', async () => {
    const [killed] = await stopAt([within('pt')], 'SIGKILL', 'stopped', given);
    assert.equal(killed.signal, 'SIGKILL');
    const training: Moment = { name: 'in training', come: (_, events) => events.includes('"kind":"training"') };
    const [stopped] = await stopAt([training], 'SIGINT', 'stopped', given);
    assertStopped(stopped, 'stopped');
    assert.equal(recordOf('stopped').state, 'interrupted', 'the record says so');
    assert.ok(!existsSync(at('stopped/.lock')), 'the directory is given free');

    const last = start(['resume', 'stopped', '--quiet'], { cwd });
    assert.ok(await until(last, () => existsSync(at('stopped/.lock'))), 'the last session works');
    // A second process is refused while this one is at work, however long its start takes: until then this one is held.
    last.child.kill('SIGSTOP');
    const [resumed, run] = await jeffreysInTurn([['resume', 'stopped'], ['run', 'three-well', '--out', 'stopped']], cwd);
    assertRefused(resumed, new RegExp(`stopped is in use by process ${last.child.pid}: wait for it to finish, or stop it`), 1);
    assertRefused(run, /--out stopped already holds a run/);
    last.child.kill('SIGCONT');
    assertDone(await last.ended);
    assert.deepEqual(bitsOf(at('stopped')), expected, 'every array of the run');
    assert.equal(recordOf('stopped').state, 'complete', 'and it is complete');
  });

  it('SIGINT in the instant in which the directory is locked is heard too', async () => {
    const args = ['run', ...given, '--out', 'at-once', '--quiet'];
    assertStopped(await jeffreys(args, { cwd, node: stopsAtOnce }), 'at-once');
    assert.equal(recordOf('at-once').state, 'interrupted', 'the record says so');
  });

  it('with --threads 2 parallel tempering gives the same bits', (t) => {
    const bits = bitsOf(at('threaded'));
    for (const name of ['pt.npy', 'pt_energies.npy']) assert.equal(bits[name], expected[name], name);
    t.diagnostic(`flow.safetensors with two threads: ${bits['flow.safetensors'] === expected['flow.safetensors'] ? 'the same bits' : 'other bits'}`);
  });
});
