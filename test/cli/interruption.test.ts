/** A run that is killed, stopped or contended for ends with the bits of one that was left alone. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { keyFromSeed, uniform } from '../../src/engine/random.ts';
import type { RunRecord } from '../../src/records/record.ts';
import { assertDone, assertRefused, bitsOf, jeffreys, jeffreysInTurn, jsonOf, start, temporaryFolder, type Process } from './jeffreys.ts';

/** A few seconds, half of them tempering and half of them training. */
const SETTINGS = ['--preset', 'quick', '--seed', '5', ...['ladders=32', 'rounds=200', 'warmupRounds=50', 'stepsPerRound=80', 'layers=2', 'steps=100', 'batch=500', 'samples=4000'].flatMap((setting) => ['--set', setting])];
/** Often, so that most kills fall between two checkpoints and few before the first. */
const OFTEN = ['--save-every', '0.05'];
const KILLS = 10;

const folder = temporaryFolder();
const at = (name: string): string => join(folder.path, name);
const begin = (run: string): Process => start(['run', 'three-well', ...SETTINGS, ...OFTEN, '--out', run, '--quiet'], { cwd: folder.path });
const goOn = (run: string): Process => start(['resume', run, ...OFTEN, '--quiet'], { cwd: folder.path });
/** Since the run was begun; a process that goes on with it adds to what is there. */
const eventsOf = (run: string): string => { const file = at(`${run}/events.jsonl`); return existsSync(file) ? readFileSync(file, 'utf8') : ''; };
const recordOf = (run: string): RunRecord => JSON.parse(readFileSync(at(`${run}/run.json`), 'utf8')) as RunRecord;
const checkpointed = (run: string): ('pt' | 'flow')[] => (['pt', 'flow'] as const).filter((phase) => existsSync(at(`${run}/stage-00/${phase}.checkpoint.safetensors`)));

/** Waits until `happened` or the process ends. @returns whether it happened */
async function until({ child }: Process, happened: () => boolean): Promise<boolean> {
  while (child.exitCode === null && child.signalCode === null) {
    if (happened()) return true;
    await pause(5);
  }
  return false;
}

let expected: Record<string, string>;
/** Milliseconds that an undisturbed run takes once it has started. */
let whole: number;
before(async () => {
  const { seconds } = jsonOf(await jeffreys(['run', 'three-well', ...SETTINGS, '--out', 'undisturbed', '--json'], { cwd: folder.path })) as { seconds: number };
  expected = bitsOf(at('undisturbed'));
  whole = 1000 * seconds;
});
after(folder.remove);

describe('interruption', () => {
  it(`SIGKILL at ${KILLS} random instants changes no bit`, async (t) => {
    const random = keyFromSeed(2604);
    const run = (index: number): string => `killed-${index}`;
    const found: string[] = [];
    let victim = 0;
    let attempt = 0;
    // Ten kills, and more where neither tempering nor training was hit (a machine may be slower than when it was timed).
    for (let kills = 0; kills < KILLS || !(found.includes('pt') && found.includes('flow')); attempt++) {
      assert.ok(attempt < 4 * KILLS, `after ${kills} kills checkpoints were left of: ${found.join(' ')}`);
      const name = run(victim);
      const process_ = existsSync(at(`${name}/run.json`)) ? goOn(name) : begin(name);
      const share = uniform(random, attempt);
      // Most while it works, some while it starts.
      if (attempt % 5 === 4) await Promise.race([pause(600 * share), process_.ended]);
      else {
        const events = eventsOf(name).length;
        await until(process_, () => /"kind":"(sampling|training)"/.test(eventsOf(name).slice(events)));
        await Promise.race([pause(0.4 * whole * share), process_.ended]);
      }
      process_.child.kill('SIGKILL');
      const outcome = await process_.ended;
      if (outcome.signal === 'SIGKILL') {
        kills += 1;
        found.push(...checkpointed(name).slice(-1));
      } else {
        // It was done before it could be killed: compare, and go on with another.
        assertDone(outcome);
        assert.deepEqual(bitsOf(at(name)), expected, `${name}, after ${attempt} sessions`);
        victim += 1;
      }
    }
    t.diagnostic(`${attempt} sessions, ${victim + 1} runs; checkpoints at the kills: ${found.join(' ')}`);
    if (!existsSync(at(`${run(victim)}/run.json`))) return;
    assertDone(await goOn(run(victim)).ended);
    assert.deepEqual(bitsOf(at(run(victim))), expected, 'every array of the run');
    assert.equal(recordOf(run(victim)).state, 'complete', 'and it is complete');
  });

  it('SIGINT exits with 130, says how to go on, and changes no bit; nor does a second process that is refused', async () => {
    for (const [phase, process_] of [['sampling', begin('stopped')], ['training', null]] as const) {
      const earlier = process_ === null ? eventsOf('stopped').length : 0;
      const running = process_ ?? goOn('stopped');
      const began = (): boolean => eventsOf('stopped').slice(earlier).includes(`"kind":"${phase}"`);
      assert.ok(await until(running, began), `stops while ${phase}`);
      running.child.kill('SIGINT');
      const { code, signal, stdout, stderr } = await running.ended;
      assert.deepEqual([code, signal, stdout], [130, null, ''], 'exit code 130');
      assert.match(stderr, /^interrupted; everything so far is saved\. Go on with: jeffreys resume stopped\n$/, 'one line');
      assert.equal(recordOf('stopped').state, 'interrupted', 'the record says so');
      assert.ok(!existsSync(at('stopped/.lock')), 'the directory is given free');
    }
    assertRefused(await jeffreys(['sample', 'stopped', '-n', '5', '--out', 'x.npy'], { cwd: folder.path }), /stopped is not complete \(interrupted\); finish it with `jeffreys resume stopped`/);
    const last = goOn('stopped');
    assert.ok(await until(last, () => existsSync(at('stopped/.lock'))), 'the last session works');
    // A second process is refused while this one is at work, however long its start takes: until then this one is held.
    last.child.kill('SIGSTOP');
    const [resumed, run] = await jeffreysInTurn([['resume', 'stopped'], ['run', 'three-well', '--out', 'stopped']], folder.path);
    assertRefused(resumed, new RegExp(`stopped is in use by process ${last.child.pid}: wait for it to finish, or stop it`), 1);
    assertRefused(run, /--out stopped already holds a run/);
    last.child.kill('SIGCONT');
    assertDone(await last.ended);
    assert.deepEqual(bitsOf(at('stopped')), expected, 'every array of the run');
    assert.equal(recordOf('stopped').state, 'complete', 'and it is complete');
  });

  it('SIGINT in the instant in which the directory is locked is heard too', async () => {
    // Locks are made by linking: the process signals itself right after that, before it does anything else.
    const hook = `import fs from 'node:fs'; import { syncBuiltinESMExports } from 'node:module';
      const { linkSync } = fs;
      fs.linkSync = (from, to) => {
        linkSync(from, to);
        if (to.endsWith('.lock')) process.kill(process.pid, 'SIGINT');
      };
      syncBuiltinESMExports();`;
    const node = ['--import', `data:text/javascript,${encodeURIComponent(hook)}`];
    for (const begun of [['run', 'three-well', ...SETTINGS, '--out'], ['resume']]) {
      const args = [...begun, 'at-once', '--quiet'];
      const { code, signal, stderr } = await jeffreys(args, { cwd: folder.path, node });
      assert.deepEqual([code, signal], [130, null], `${args[0]}: exit code 130`);
      assert.match(stderr, /^interrupted; everything so far is saved\. Go on with: jeffreys resume at-once\n$/);
      assert.equal(recordOf('at-once').state, 'interrupted', 'the record says so');
    }
    assertDone(await goOn('at-once').ended);
    assert.deepEqual(bitsOf(at('at-once')), expected, 'every array of the run');
  });

  it('with --threads 2 parallel tempering gives the same bits', async (t) => {
    assertDone(await jeffreys(['run', 'three-well', ...SETTINGS, '--threads', '2', '--out', 'threaded', '--quiet'], { cwd: folder.path }));
    const bits = bitsOf(at('threaded'));
    for (const name of ['pt.npy', 'pt_energies.npy']) assert.equal(bits[name], expected[name], name);
    t.diagnostic(`flow.safetensors with two threads: ${bits['flow.safetensors'] === expected['flow.safetensors'] ? 'the same bits' : 'other bits'}`);
  });
});
