import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { temporaryName } from '../../src/store/atomic.ts';
import { encodeNpy, readNpy } from '../../src/store/npy.ts';
import type { WritableRun } from '../../src/store/writableRun.ts';
import { createRun, openRun, openRunForWriting } from '../../src/store/runDirectory.ts';
import { encodeSafetensors } from '../../src/store/safetensors.ts';
import { listRuns, runName } from '../../src/store/runPaths.ts';
import { freshFolder, inputError } from './folder.ts';
import { diskWithRoomFor } from './fullDisk.ts';
import { newRecord } from './record.ts';

const time = new Date(2026, 0, 2, 3, 4, 5);
function make(root: string, target = 'three-well'): WritableRun {
  return createRun({ root, target, time, record: newRecord({ target }) });
}
function makeClosed(root: string, target?: string): string {
  const run = make(root, target);
  run.close();
  return run.path;
}

describe('making a run', () => {
  it('names it by target and time, numbers repeats, and points latest to the newest', () => {
    const root = join(freshFolder(), 'deep', 'runs');
    assert.equal(makeClosed(root), join(root, 'three-well-20260102-030405'));
    assert.equal(makeClosed(root), join(root, 'three-well-20260102-030405-2'));
    assert.equal(makeClosed(root), join(root, 'three-well-20260102-030405-3'));
    assert.equal(readlinkSync(join(root, 'latest')), 'three-well-20260102-030405-3');
    assert.equal(openRun('latest', { root }).path, join(root, 'three-well-20260102-030405-3'));
    assert.equal(openRun(join(root, 'latest')).path, join(root, 'three-well-20260102-030405-3'));
    assert.equal(readdirSync(root).length, 4);
  });

  it('makes a file name of any target', () => {
    assert.equal(runName('../my energy.ts', time), 'my-energy.ts-20260102-030405');
    assert.equal(runName('/', time), 'run-20260102-030405');
    assert.equal(runName('Müller', time), 'Müller-20260102-030405');
    assert.ok(runName('x'.repeat(400), time).length < 200);
  });

  it('takes an --out that is new or empty, and leaves latest alone', () => {
    const root = freshFolder();
    const out = join(root, 'a', 'b');
    createRun({ out, root, target: 't', time, record: newRecord() }).close();
    assert.deepEqual(openRun(out).record, newRecord());
    mkdirSync(join(root, 'empty'));
    // What a process leaves that is killed before the first record.
    writeFileSync(temporaryName(join(root, 'empty', 'run.json')), '{');
    const run = createRun({ out: join(root, 'empty'), root, target: 't', time, record: newRecord() });
    assert.equal(run.removedTemporaries.length, 1);
    run.close();
    assert.equal(existsSync(join(root, 'latest')), false);
  });

  it('never overwrites', () => {
    const root = freshFolder();
    const path = makeClosed(root);
    const before = readFileSync(join(path, 'run.json'));
    const at = (out: string): (() => unknown) => () => createRun({ out, root, target: 't', time, record: newRecord() });
    assert.throws(at(path), inputError(/^--out .* already holds a run: name a new folder, or continue it with `jeffreys resume .*`$/, 2));
    assert.deepEqual(readFileSync(join(path, 'run.json')), before);
    mkdirSync(join(root, 'full'));
    writeFileSync(join(root, 'full', 'thesis.tex'), 'x');
    assert.throws(at(join(root, 'full')), inputError(/^--out .* is not empty \(it holds thesis\.tex\): name a new or empty folder$/, 2));
    assert.deepEqual(readdirSync(join(root, 'full')), ['thesis.tex']);
    assert.throws(at(join(root, 'full', 'thesis.tex')), inputError(/is a file, not a folder: name a new folder/, 2));
    assert.throws(at(join(root, 'full', 'thesis.tex', 'x')), inputError(/is a file, not a folder/, 2));
  });

  it('lives with a latest that cannot be a link', () => {
    const root = freshFolder();
    mkdirSync(join(root, 'latest'));
    makeClosed(root);
    assert.deepEqual(readdirSync(root).sort(), ['latest', 'three-well-20260102-030405']);
    rmSync(join(root, 'latest'), { recursive: true });
    writeFileSync(join(root, 'latest'), 'mine');
    makeClosed(root);
    assert.equal(readFileSync(join(root, 'latest'), 'utf8'), 'mine');
  });

  it('leaves nothing when the disk is full at once', () => {
    const root = freshFolder();
    assert.throws(() => createRun({ root, target: 't', time, record: newRecord(), files: diskWithRoomFor(10) }), inputError(/^disk full while writing .*run\.json: free space, then `jeffreys resume .*`$/, 1));
    assert.deepEqual(readdirSync(root), []);
  });
});

describe('a run', () => {
  it('keeps record, events, arrays, tensors, JSON, text and checkpoints', () => {
    const root = freshFolder();
    const run = make(root);
    const schema = z.object({ step: z.number() });
    run.updateRecord({ state: 'interrupted', message: 'stopped' }, new Date('2026-01-02T04:00:00Z'));
    run.appendEvent({ kind: 'loss', step: 1 });
    const stage = run.stage(3);
    assert.equal(stage, 'stage-03');
    const array = { dtype: 'float64' as const, shape: [2, 1], data: Float64Array.of(1, 2) };
    const sums = {
      'pt.npy': run.stageFile(`${stage}/pt.npy`, encodeNpy(array)),
      'flow.safetensors': run.stageFile(`${stage}/flow.safetensors`, encodeSafetensors({ w: array }, { kind: 'flow' })),
    };
    run.folder('stage-04');
    run.writeJson(`${stage}/stage.json`, { step: 4 });
    run.placeFiles(stage, sums);
    run.writeFile('report.html', '<p>');
    assert.equal(run.readCheckpoint('training', schema), null);
    run.writeCheckpoint(`${stage}/training`, { json: { step: 5 }, arrays: { w: array } });
    run.close();
    run.close();

    const found = openRun(basename(run.path), { root });
    assert.deepEqual(found.record, newRecord({ state: 'interrupted', message: 'stopped', updatedAt: '2026-01-02T04:00:00.000Z' }));
    assert.deepEqual(found.events(), [{ kind: 'loss', step: 1 }]);
    assert.deepEqual(found.readArray('stage-03/pt.npy', sums['pt.npy']), array);
    assert.deepEqual(readNpy(found.file('stage-03/pt.npy')), array);
    assert.deepEqual(found.readRows('stage-03/pt.npy', sums['pt.npy'], (n) => [n - 1]), Float64Array.of(2));
    assert.deepEqual(found.readTensors('stage-03/flow.safetensors', sums['flow.safetensors']), { tensors: { w: array }, metadata: { kind: 'flow' } });
    assert.deepEqual(found.readJson('stage-03/stage.json', schema), { step: 4 });
    assert.deepEqual(found.readCheckpoint('stage-03/training', schema), { json: { step: 5 }, arrays: { w: array } });
    assert.ok(found.has('report.html'));

    const again = openRunForWriting(run.path);
    again.removeCheckpoint('stage-03/training');
    again.remove('stage-04');
    again.remove('stage-04');
    assert.equal(again.readCheckpoint('stage-03/training', schema), null);
    assert.equal(again.has('stage-04'), false);
    again.close();
  });

  it('is written by one at a time and read by all', () => {
    const run = make(freshFolder());
    assert.throws(() => openRunForWriting(run.path), inputError(/is in use by this process/, 1));
    assert.equal(openRun(run.path).record.state, 'running');
    run.close();
    openRunForWriting(run.path).close();
    for (const write of [() => run.appendEvent({}), () => run.updateRecord({}, time), () => run.writeJson('x', {}), () => run.remove('x')]) {
      assert.throws(write, /is closed/);
    }
    assert.equal(existsSync(run.file('.lock')), false);
  });

  it('removes strays of a killed process, in stages too, but nothing else', () => {
    const path = makeClosed(freshFolder());
    mkdirSync(join(path, 'stage-00'));
    const strays = [temporaryName(join(path, 'run.json')), temporaryName(join(path, 'stage-00', 'pt.npy'))];
    for (const stray of strays) writeFileSync(stray, 'half');
    writeFileSync(join(path, 'stage-00', '.notes.tmp'), 'mine');
    openRun(path);
    assert.ok(existsSync(strays[0]));
    const run = openRunForWriting(path);
    assert.deepEqual([...run.removedTemporaries].sort(), strays.map((stray) => stray.slice(path.length + 1)).sort());
    run.close();
    assert.deepEqual(readdirSync(join(path, 'stage-00')), ['.notes.tmp']);
  });

  it('keeps the old record when the disk is full, and refuses NaN in it', () => {
    const path = makeClosed(freshFolder());
    const run = openRunForWriting(path, { files: diskWithRoomFor(100) });
    assert.throws(() => run.updateRecord({ message: 'new' }, time), inputError(new RegExp(`disk full .*then \`jeffreys resume ${path}\``), 1));
    assert.throws(() => run.updateRecord({ settings: { theta: NaN } }, time), /settings\.theta/);
    assert.deepEqual(run.record, newRecord());
    run.close();
    assert.deepEqual(openRun(path).record, newRecord());
  });
});

describe('opening a run', () => {
  it('says in one line why it cannot, and what is near', () => {
    const root = freshFolder();
    assert.throws(() => openRun('latest', { root }), inputError(/^no run yet in .*: make one with `jeffreys run <name>`$/, 2));
    assert.throws(() => openRun('x', { root: join(root, 'runs') }), inputError(/^no run x; .*runs holds no run$/));
    const path = makeClosed(root);
    const name = basename(path);
    assert.throws(() => openRun(path.replace('three', 'tree')), inputError(new RegExp(`^no run .*tree-well-20260102-030405; did you mean ${path}\\?$`), 2));
    assert.throws(() => openRun('three-well', { root }), inputError(new RegExp(`^no run three-well; did you mean ${path}\\?$`)));
    assert.throws(() => openRun('rastrigin', { root }), inputError(new RegExp(`^no run rastrigin; the newest in ${root} is ${name}$`)));
    assert.throws(() => openRun(root), inputError(new RegExp(`^${root} is not the folder of a run: it has no run\\.json; the newest in ${root} is ${name}$`)));
    assert.throws(() => openRun(join(path, 'run.json')), inputError(/is a file, not the folder of a run/));
    assert.throws(() => openRun(join(path, 'run.json', 'x')), inputError(/no run|a file where a folder should be/));
    rmSync(path, { recursive: true });
    assert.throws(() => openRun('latest', { root }), inputError(/latest points to .*, which is gone or not a run; .* holds no run$/));
    symlinkSync('loop', join(root, 'loop'));
    assert.throws(() => openRun(join(root, 'loop')), inputError(/./));
  });

  it('accepts a trailing slash and a link', () => {
    const root = freshFolder();
    const path = makeClosed(root);
    assert.equal(openRun(`${path}/`).path, path);
    symlinkSync(path, join(root, 'mine'));
    assert.equal(openRun(join(root, 'mine')).record.target, 'three-well');
  });

  it('names what is wrong in run.json', () => {
    const path = makeClosed(freshFolder());
    const whole = readFileSync(join(path, 'run.json'), 'utf8');
    const with_ = (change: object): string => JSON.stringify({ ...newRecord(), ...change });
    const cases: [text: string, pattern: RegExp][] = [
      ['', /run\.json is empty/],
      [whole.slice(0, -3), /run\.json is damaged, not JSON: /],
      [whole.replace('"running"', 'running\n'), /run\.json is damaged, not JSON: /],
      ['null', /is no record of a jeffreys run: its "format" is not "jeffreys-flow run"/],
      ['{"name": "my-package"}', /is no record of a jeffreys run/],
      [with_({ recordVersion: 7 }), /is written by record version 7; this program reads version 1: use the jeffreys-flow that made the run/],
      [with_({ recordVersion: undefined }), /"recordVersion" is not right/],
      [with_({ seed: -1 }), /run\.json: "seed" is not right: /],
      [with_({ state: 'done' }), /"state" is not right: .*"complete"/],
      [with_({ settings: { theta: null } }), /"settings\.theta" is not right: /],
      [with_({ result: { seconds: 1 } }), /"result\.parallelTempering" is not right/],
    ];
    for (const [text, pattern] of cases) {
      writeFileSync(join(path, 'run.json'), text);
      assert.throws(() => openRun(path), inputError(pattern, 2), text);
      assert.throws(() => openRunForWriting(path), inputError(pattern, 2), text);
      assert.equal(existsSync(join(path, '.lock')), false);
    }
    for (let length = 0; length < whole.trimEnd().length; length += 7) {
      writeFileSync(join(path, 'run.json'), whole.slice(0, length));
      assert.throws(() => openRun(path), inputError(/run\.json is (empty|damaged)/, 2));
    }
  });

  it('lists runs, newest first', () => {
    const root = freshFolder();
    const names = ['a', 'b', 'c'].map((target) => basename(makeClosed(root, target)));
    [20, 30, 10].forEach((seconds, index) => utimesSync(join(root, names[index], 'run.json'), seconds, seconds));
    writeFileSync(join(root, 'notes.txt'), '');
    mkdirSync(join(root, 'empty'));
    assert.deepEqual(listRuns(root), [names[1], names[0], names[2]]);
    assert.deepEqual(listRuns(join(root, 'none')), []);
  });
});
