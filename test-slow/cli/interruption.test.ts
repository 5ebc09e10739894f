/** A run that is killed at random instants, or stopped in every phase, ends with the bits of one that was left alone. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { keyFromSeed, uniform } from '../../src/engine/random.ts';
import { assertDone, assertRefused, bitsOf, jeffreys, jsonOf, start, temporaryFolder, type Process } from '../../test/cli/jeffreys.ts';
import { assertStopped, HALVES, RunsIn, stopsAtOnce, until } from '../../test/cli/runs.ts';

/** Often, so that most kills fall between two checkpoints and few before the first. */
const OFTEN = ['--save-every', '0.05'];
const KILLS = 10;

const folder = temporaryFolder();
const { at, eventsOf, recordOf, checkpoint } = new RunsIn(folder.path);
const begin = (run: string): Process => start(['run', 'three-well', ...HALVES, ...OFTEN, '--out', run, '--quiet'], { cwd: folder.path });
const goOn = (run: string): Process => start(['resume', run, ...OFTEN, '--quiet'], { cwd: folder.path });
const checkpointed = (run: string): ('pt' | 'flow')[] =>
  (['pt', 'flow'] as const).filter((phase) => checkpoint(run, 0, phase));

let expected: Record<string, string>;
/** Milliseconds that an undisturbed run takes once it has started. */
let whole: number;
before(async () => {
  const { seconds } = jsonOf(await jeffreys(['run', 'three-well', ...HALVES, '--out', 'undisturbed', '--json'], { cwd: folder.path })) as { seconds: number };
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

  it('SIGINT exits with 130, says how to go on, and changes no bit', async () => {
    for (const [phase, process_] of [['sampling', begin('stopped')], ['training', null]] as const) {
      const earlier = process_ === null ? eventsOf('stopped').length : 0;
      const running = process_ ?? goOn('stopped');
      const began = (): boolean => eventsOf('stopped').slice(earlier).includes(`"kind":"${phase}"`);
      assert.ok(await until(running, began), `stops while ${phase}`);
      running.child.kill('SIGINT');
      assertStopped(await running.ended, 'stopped');
      assert.equal(recordOf('stopped').state, 'interrupted', 'the record says so');
      assert.ok(!existsSync(at('stopped/.lock')), 'the directory is given free');
    }
    assertRefused(await jeffreys(['sample', 'stopped', '-n', '5', '--out', 'x.npy'], { cwd: folder.path }), /stopped is not complete \(interrupted\); finish it with `jeffreys resume stopped`/);
    const last = goOn('stopped');
    assertDone(await last.ended);
    assert.deepEqual(bitsOf(at('stopped')), expected, 'every array of the run');
    assert.equal(recordOf('stopped').state, 'complete', 'and it is complete');
  });

  it('SIGINT in the instant in which the directory is locked is heard too', async () => {
    for (const begun of [['run', 'three-well', ...HALVES, '--out'], ['resume']]) {
      const args = [...begun, 'at-once', '--quiet'];
      assertStopped(await jeffreys(args, { cwd: folder.path, node: stopsAtOnce }), 'at-once');
      assert.equal(recordOf('at-once').state, 'interrupted', 'the record says so');
    }
    assertDone(await goOn('at-once').ended);
    assert.deepEqual(bitsOf(at('at-once')), expected, 'every array of the run');
  });
});
