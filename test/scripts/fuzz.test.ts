/** The script of malformed inputs: it sees what it looks for, and a short run of it finds nothing. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { bitsOf, Pool } from '../../scripts/fuzz/bases.ts';
import { diceOf } from '../../scripts/fuzz/dice.ts';
import { fuzz } from '../../scripts/fuzz/fuzz.ts';
import { sameAsUndamaged } from '../../scripts/fuzz/inputs.ts';
import { jeffreys } from '../../scripts/fuzz/process.ts';
import { damage, filesOf } from '../../scripts/fuzz/stored.ts';
import { complaintOf, type Outcome } from '../../scripts/fuzz/verdict.ts';

const folder = mkdtempSync(join(tmpdir(), 'jeffreys-fuzz-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));

describe('what is wrong with an outcome', () => {
  const outcome = (change: Partial<Outcome>): Outcome => ({
    code: 2,
    signal: null,
    stdout: '',
    stderr: 'jeffreys: no\n',
    asked: false,
    hung: false,
    ...change,
  });
  const right: readonly Partial<Outcome>[] = [
    {},
    { code: 1 },
    { code: 0, stderr: '' },
    { code: 0, stderr: 'note: x\n' },
    { code: 0, stderr: 'runs/x is complete already\n' },
    { stderr: 'note: x\njeffreys: no\n' },
    { code: 130, stderr: 'interrupted; everything so far is saved. Go on with: jeffreys resume x\n' },
    { code: null, signal: 'SIGINT', asked: true, stderr: '' },
    { code: 130, asked: true, stderr: '' },
  ];
  const wrong: readonly (readonly [Partial<Outcome>, RegExp])[] = [
    [{ hung: true, code: null, signal: 'SIGKILL' }, /hangs/],
    [{ stderr: 'jeffreys: no\n    at main (file:///x.js:3:4)\n' }, /stack trace/],
    [{ stderr: 'TypeError: x\n    at file:///x.js:3:4\n' }, /stack trace/],
    [
      { code: 1, stderr: 'jeffreys: unexpected error: x; run again with --debug for the details\n' },
      /unexpected error/,
    ],
    [{ code: null, signal: 'SIGSEGV', stderr: '' }, /ended by SIGSEGV/],
    [{ code: null, signal: 'SIGINT', stderr: '' }, /ended by SIGINT/],
    [{ code: 3 }, /exits with 3/],
    [{ code: 134 }, /exits with 134/],
    [{ stderr: '' }, /says 0 lines/],
    [{ stderr: 'jeffreys: no\nand more\n' }, /says 2 lines/],
    [{ stderr: 'no\n' }, /does not say who speaks/],
    [{ code: 0, stderr: 'jeffreys: no\n' }, /exits with 0 and says/],
    [{ code: 0, stderr: '(node:7) Warning: x\n' }, /warning of Node/],
  ];
  it('is nothing where it is right', () => {
    for (const change of right) assert.equal(complaintOf(outcome(change)), null, JSON.stringify(change));
  });
  it('is said where it is not', () => {
    for (const [change, says] of wrong) assert.match(complaintOf(outcome(change)) ?? '', says, JSON.stringify(change));
  });
});

describe('inputs', () => {
  it('of a seed are the same again, and others for another', () => {
    const thrown = (seed: number, input: number): number[] => {
      const dice = diceOf(seed, input);
      return Array.from({ length: 20 }, () => dice.below(1000));
    };
    assert.deepEqual(thrown(1, 2), thrown(1, 2));
    for (const other of [thrown(1, 3), thrown(2, 2)]) assert.notDeepEqual(other, thrown(1, 2));
  });

  it('damage one file of a run, in every way', () => {
    const [run, other] = [join(folder, 'run'), join(folder, 'other')];
    const ways = new Set<string>();
    for (let input = 0; input < 60; input++) {
      for (const [where, text] of [
        [run, 'one'],
        [other, 'two'],
      ] as const) {
        rmSync(where, { recursive: true, force: true });
        mkdirSync(join(where, 'stage-00'), { recursive: true });
        for (const name of ['run.json', 'stage-00/pt.npy', 'report.html'])
          writeFileSync(join(where, name), `${text} ${name}`);
      }
      const before = Object.fromEntries(filesOf(run).map((name) => [name, readFileSync(join(run, name), 'utf8')]));
      const done = damage(run, [other], diceOf(1, input));
      const after_ = Object.fromEntries(filesOf(run).map((name) => [name, readFileSync(join(run, name), 'utf8')]));
      assert.equal(Object.keys(before).filter((name) => before[name] !== after_[name]).length, 1, done);
      ways.add(/(flipped|cut|extended|emptied|removed|replaced)/.exec(done)?.[1] ?? done);
    }
    assert.deepEqual([...ways].sort(), ['cut', 'emptied', 'extended', 'flipped', 'removed', 'replaced']);
  });

  it('that go on to other bits are seen: a run of before there were checksums does', async () => {
    const {
      bits,
      stopped: [, stopped],
    } = await new Pool(join(folder, 'pool'), () => undefined).base('flow');
    const cwd = join(folder, 'old');
    const run = join(cwd, 'run');
    cpSync(stopped, run, { recursive: true });
    for (const name of ['run.json', 'stage-00/stage.json']) {
      const { seal, files, ...rest } = JSON.parse(readFileSync(join(run, name), 'utf8')) as Record<string, unknown>;
      assert.ok(seal !== undefined && (files !== undefined || name === 'run.json'), `${name} is of today`);
      writeFileSync(join(run, name), JSON.stringify(rest));
    }
    rmSync(join(run, 'stage-00/flow.checkpoint.safetensors'));
    const [whole, array] = [
      readFileSync(join(run, 'stage-00/pt.npy')),
      Buffer.from(readFileSync(join(run, 'stage-00/pt.npy'))),
    ];
    array[200] ^= 1;
    writeFileSync(join(run, 'stage-00/pt.npy'), array);
    cpSync(run, join(folder, 'mended/run'), { recursive: true });
    writeFileSync(join(folder, 'mended/run/stage-00/pt.npy'), whole);
    const [damaged, mended] = await Promise.all(
      [cwd, join(folder, 'mended')].map((where) => jeffreys(['resume', 'run'], where, false)),
    );
    assert.deepEqual([damaged.code, mended.code], [0, 0], `${damaged.stderr}${mended.stderr}`);
    assert.match(
      (await sameAsUndamaged(['resume', 'run'], damaged, { bits }, cwd, stopped)) ?? '',
      /^succeeds with other bits in stage-00\/.*pt\.npy/,
    );
    assert.equal(await sameAsUndamaged(['resume', 'run'], mended, { bits }, join(folder, 'mended'), stopped), null);
    assert.deepEqual(bitsOf(join(folder, 'mended/run')), bits);
  });

  it('four of them do no harm', async () => {
    let told = '';
    const failures = await fuzz({
      inputs: Array.from({ length: 4 }, (_, i) => i),
      seed: 4,
      bases: ['flow'],
      write: (text) => {
        told += text;
      },
    });
    assert.equal(failures, 0, told);
    assert.match(told, /^inputs +all +exit 0 +exit 1 +exit 2 +exit 130 +failed$/m);
    assert.match(told, /^together +4 .* 0$/m, 'all in the table');
  });
});
