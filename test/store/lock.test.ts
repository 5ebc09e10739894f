import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { isAlive, thisProcess, type Holder } from '../../src/store/holder.ts';
import { lockDirectory } from '../../src/store/lock.ts';
import { startChild } from './child.ts';
import { freshFolder, inputError } from './folder.ts';

const deadPid = spawnSync(process.execPath, ['--version']).pid;
const gone = (token: string): Holder => ({ pid: deadPid, hostname: hostname(), startTicks: 1, token });
const leave = (path: string, holder: Holder): void => writeFileSync(path, JSON.stringify(holder));

describe('lock', () => {
  it('holds one directory once, and leaves nothing behind', () => {
    const folder = freshFolder();
    const lock = lockDirectory(folder);
    assert.deepEqual(readdirSync(folder), ['.lock']);
    assert.throws(() => lockDirectory(folder), inputError(/is in use by this process \(\d+\): close it first$/, 1));
    lockDirectory(freshFolder()).release();
    lock.release();
    lock.release();
    assert.deepEqual(readdirSync(folder), []);
    lockDirectory(folder).release();
  });

  it('tells a living process from one that is gone, a reused number and another machine', () => {
    const me = thisProcess('00');
    assert.equal(isAlive(me), true);
    assert.equal(isAlive(gone('00')), false);
    assert.equal(isAlive({ ...me, hostname: 'elsewhere', pid: deadPid }), true);
    if (me.startTicks !== null) assert.equal(isAlive({ ...me, startTicks: me.startTicks + 1 }), false);
  });

  it('takes over from a process that is gone, also one killed while taking over', () => {
    const folder = freshFolder();
    leave(join(folder, '.lock'), gone('aa'));
    leave(join(folder, '.lock.aa'), gone('bb'));
    leave(join(folder, '.lock.bb'), gone('cc'));
    leave(join(folder, '.lock.dd'), gone('ee'));
    const lock = lockDirectory(folder);
    assert.deepEqual(readdirSync(folder), ['.lock']);
    assert.equal((JSON.parse(readFileSync(join(folder, '.lock'), 'utf8')) as Holder).pid, process.pid);
    lock.release();
    assert.deepEqual(readdirSync(folder), []);
  });

  it('does not release a lock that is another’s by now', () => {
    const folder = freshFolder();
    const lock = lockDirectory(folder);
    leave(join(folder, '.lock'), { ...thisProcess('ff'), pid: 1 });
    lock.release();
    assert.deepEqual(readdirSync(folder), ['.lock']);
  });

  it('says what to do about another machine’s lock, a damaged one and a missing folder', () => {
    const folder = freshFolder();
    leave(join(folder, '.lock'), { pid: 5, hostname: 'elsewhere', startTicks: null, token: 'aa' });
    assert.throws(() => lockDirectory(folder), inputError(/in use by process 5 on elsewhere: wait or stop it; if that machine is gone, delete .*\.lock$/, 1));
    for (const text of ['', '{', '{"pid": -1}', '{"pid":1,"hostname":"h","startTicks":1,"token":"../x"}']) {
      writeFileSync(join(folder, '.lock'), text);
      assert.throws(() => lockDirectory(folder), inputError(/\.lock is damaged: if no process uses the run, delete that file$/, 1));
    }
    assert.throws(() => lockDirectory(join(folder, 'none')), inputError(/no folder .*none/, 1));
  });

  it('refuses a second process, lets exactly one of several racers take a stale lock, survives kill -9, and is released on exit', async (t) => {
    const children = Array.from({ length: 3 }, () => startChild('lockChild.ts'));
    t.after(() => Promise.all(children.map((child) => child.kill())));
    await Promise.all(children.map((child) => child.hear()));

    const held = freshFolder();
    const lock = lockDirectory(held);
    children[0].say(`lock ${held} 0`);
    assert.equal(await children[0].hear(), `refused: ${held} is in use by process ${process.pid}: wait for it to finish, or stop it`);
    lock.release();

    for (let round = 0; round < 40; round++) {
      const folder = freshFolder();
      if (round % 4 !== 0) leave(join(folder, '.lock'), gone('aa'));
      if (round % 4 === 2) leave(join(folder, '.lock.aa'), gone('bb'));
      const at = Date.now() + 10;
      for (const child of children) child.say(`lock ${folder} ${at}`);
      const outcomes = await Promise.all(children.map((child) => child.hear()));
      assert.equal(outcomes.filter((outcome) => outcome === 'won').length, 1, outcomes.join('; '));
      assert.equal(outcomes.filter((outcome) => outcome.startsWith('refused')).length, children.length - 1, outcomes.join('; '));
      for (const child of children) child.say('release');
      await Promise.all(children.map((child) => child.hear()));
      assert.deepEqual(readdirSync(folder), []);
    }

    children[1].say(`lock ${held} 0`);
    assert.equal(await children[1].hear(), 'won');
    assert.throws(() => lockDirectory(held), inputError(new RegExp(`in use by process ${children[1].pid}:`)));
    await children[1].kill();
    lockDirectory(held).release();

    children[2].say(`lock ${held} 0`);
    assert.equal(await children[2].hear(), 'won');
    children[2].say('exit');
    await assert.rejects(children[2].hear(), /ended/);
    assert.deepEqual(readdirSync(held), []);
  });
});
