/**
 * Files that count together: no kill, no full disk and no reader in between mixes those of two attempts, and damage is
 * named.
 */
import assert from 'node:assert/strict';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { JournalArray, Piece } from '../../src/pipeline/journal.ts';
import type { FileSystem } from '../../src/store/fileSystem.ts';
import { checkFiles, readPhase, readRows, runJournal } from '../../src/store/journal.ts';
import { readNpy } from '../../src/store/npy.ts';
import { createRun, openRun, openRunForWriting } from '../../src/store/runDirectory.ts';
import { identityOf } from '../../src/store/runRecord.ts';
import { freshFolder, inputError } from './folder.ts';
import { diskWithRoomFor, killedAfter, unsynced } from './fullDisk.ts';
import { newRecord } from './record.ts';

const array = (n: number, x: number): JournalArray => ({
  dtype: 'float64',
  shape: [n],
  data: new Float64Array(n).fill(x),
});
/** Tempering, of one attempt: two arrays and the JSON tell which. */
const attempt = (x: number): Piece => ({
  json: { attempt: x },
  arrays: { positions: array(40, x), energies: array(20, x) },
});
const flow = (x: number): Piece => ({ json: { attempt: x }, arrays: { w: array(9, x) } });

function newRun(): string {
  const run = createRun({
    files: unsynced,
    out: join(freshFolder(), 'run'),
    target: 't',
    time: new Date(0),
    record: newRecord(),
  });
  run.close();
  return run.path;
}

/** Finishes a phase, and goes on after it as a run does. */
function finish(path: string, piece: Piece, files: FileSystem = unsynced): void {
  const run = openRunForWriting(path, { files });
  try {
    runJournal(run).finishPhase('pt', piece);
    runJournal(run).finishPhase('flow', flow(1));
  } finally {
    run.close();
  }
}

describe('a phase', () => {
  it('is of one attempt after a kill between any two calls, the first time and when it is replaced', () => {
    for (const replaced of [false, true]) {
      const found: string[] = [];
      for (let calls = 2, done = false; !done; calls++) {
        const path = newRun();
        if (replaced) finish(path, attempt(1));
        try {
          finish(path, attempt(2), killedAfter(calls, 4096, unsynced));
          done = true;
        } catch (error) {
          assert.match(String(error), /killed/);
        }
        // As a reader finds it, who cannot put it in order; then as the next process does.
        const seen = readPhase(openRun(path), 0, 'pt');
        assert.ok(
          [null, ...[attempt(1), attempt(2)].map((piece) => JSON.stringify(piece))].includes(
            seen && JSON.stringify(seen),
          ),
          `a mixture after ${calls} calls`,
        );
        const run = openRunForWriting(path);
        assert.deepEqual(readPhase(run, 0, 'pt'), seen, 'the next process finds the same');
        checkFiles(run);
        run.close();
        const inside = readdirSync(join(path, seen === null ? '' : 'stage-00')).filter((name) => name.startsWith('.'));
        assert.deepEqual(inside, [], 'nothing is left over');
        if (seen !== null)
          assert.deepEqual(
            readNpy(join(path, 'stage-00/pt.npy')).data,
            seen.arrays['positions'].data,
            'under its own name',
          );
        found.push(seen === null ? '0' : String((seen.json as { attempt: number }).attempt));
      }
      // A second attempt ends with the second one, whatever the first left.
      assert.match(found.join(''), replaced ? /^1{20,}2{10,}$/ : /^0{20,}2{10,}$/);
    }
  });

  it('is finished by a second attempt over what a killed first one left, without any of it', () => {
    for (let calls = 3; calls < 40; calls += 3) {
      const path = newRun();
      assert.throws(() => finish(path, attempt(1), killedAfter(calls, 4096, unsynced)), /killed/);
      finish(path, attempt(2));
      assert.deepEqual(readPhase(openRun(path), 0, 'pt'), attempt(2), `after ${calls} calls`);
    }
  });

  it('is there whole, or not at all, when the disk fills at any byte', () => {
    const whole = newRun();
    finish(whole, attempt(2));
    for (let room = 0; room < 3000; room += 131) {
      const path = newRun();
      try {
        finish(path, attempt(2), { ...diskWithRoomFor(room, 64), sync: (file) => unsynced.sync(file) });
      } catch (error) {
        assert.ok(
          inputError(
            /^disk full while writing .*\/stage-00\/(pt|pt_energies|flow|stage)\.\w+: free space, then `jeffreys resume .*`$/,
            1,
          )(error),
        );
      }
      const run = openRunForWriting(path);
      const seen = readPhase(run, 0, 'pt');
      assert.ok(seen === null || JSON.stringify(seen) === JSON.stringify(attempt(2)), `room for ${room} bytes`);
      run.close();
    }
  });

  it('keeps what a mark names, and nothing else, where a process put files beside their names', () => {
    const path = newRun();
    finish(path, attempt(1));
    const run = openRunForWriting(path);
    const stray = run.stageFile('stage-00/pt.npy', [Buffer.from('of an attempt that no mark came to name')]);
    run.close();
    assert.ok(readdirSync(join(path, 'stage-00')).includes(`.pt.npy.${stray}.new`), 'it waits beside its name');
    assert.deepEqual(readPhase(openRun(path), 0, 'pt'), attempt(1), 'and is not read');
    openRunForWriting(path).close();
    assert.ok(!readdirSync(join(path, 'stage-00')).includes(`.pt.npy.${stray}.new`), 'the next process removes it');
  });
});

describe('a file of a finished phase', () => {
  const flip = (file: string): void => {
    const bytes = readFileSync(file);
    bytes[bytes.length - 3] ^= 4;
    writeFileSync(file, bytes);
  };
  const damaged = (change: (run: string) => void): string => {
    const path = newRun();
    finish(path, attempt(1));
    change(path);
    return path;
  };
  const cases: readonly (readonly [name: string, change: (run: string) => void, phase: 'pt' | 'flow', says: RegExp])[] =
    [
      [
        'flipped',
        (run) => flip(join(run, 'stage-00/pt.npy')),
        'pt',
        /run\/stage-00\/pt\.npy is damaged: its content is not what was written there; restore it from a copy/,
      ],
      [
        'flipped tensors',
        (run) => flip(join(run, 'stage-00/flow.safetensors')),
        'flow',
        /run\/stage-00\/flow\.safetensors is damaged: its content/,
      ],
      [
        'cut',
        (run) => truncateSync(join(run, 'stage-00/pt.npy'), 200),
        'pt',
        /run\/stage-00\/pt\.npy is truncated: 200 bytes, where float64 \[40\] takes 448; restore it/,
      ],
      [
        'gone',
        (run) => rmSync(join(run, 'stage-00/pt_energies.npy')),
        'pt',
        /no such file while reading .*run\/stage-00\/pt_energies\.npy: restore it/,
      ],
      [
        'another one',
        (run) => copyFileSync(join(run, 'stage-00/pt_energies.npy'), join(run, 'stage-00/pt.npy')),
        'pt',
        /run\/stage-00\/pt\.npy is damaged: its content/,
      ],
      [
        'unmarked',
        (run) => {
          const mark = JSON.parse(readFileSync(join(run, 'stage-00/stage.json'), 'utf8')) as { pt: unknown };
          writeFileSync(join(run, 'stage-00/stage.json'), JSON.stringify({ pt: mark.pt }));
        },
        'pt',
        /run\/stage-00\/stage\.json has lost its seal/,
      ],
    ];
  for (const [name, change, phase, says] of cases) {
    it(`${name} is refused by name, read alone, in rows or with all others`, () => {
      const run = openRun(damaged(change));
      assert.throws(() => readPhase(run, 0, phase), inputError(says, 2));
      if (phase === 'pt') assert.throws(() => readRows(run, 0, 'pt', () => [0]), inputError(says, 2));
      assert.throws(() => checkFiles(run), inputError(says, 2));
    });
  }

  it('of another stage is refused where all of a stage lies in its place', () => {
    const path = damaged((run) => {
      mkdirSync(join(run, 'stage-01'));
      cpSync(join(run, 'stage-00'), join(run, 'stage-01'), { recursive: true });
    });
    assert.throws(
      () => readPhase(openRun(path), 1, 'pt'),
      inputError(/stage-01\/stage\.json was written as stage-00\/stage\.json, and does not belong here/, 2),
    );
  });

  it('of a run whose rounds are to end elsewhere is its own, of one with another setting of them is not', () => {
    const identity = (change: Record<string, number>): string =>
      identityOf(newRecord({ settings: { ...newRecord().settings, untilEss: 0.9, latentMoves: 96, ...change } }));
    assert.equal(identity({ untilEss: 0.99, untilLogZ: 0.01, budgetSeconds: 60, mostRounds: 20 }), identity({}));
    assert.notEqual(identity({ latentMoves: 48 }), identity({}));
  });

  it('of a run with other settings is refused', () => {
    const [path, other] = [damaged(() => undefined), join(freshFolder(), 'other')];
    createRun({ out: other, target: 't', time: new Date(0), record: newRecord({ seed: 2 }) }).close();
    const run = openRun(other);
    cpSync(join(path, 'stage-00'), join(other, 'stage-00'), { recursive: true });
    assert.throws(
      () => readPhase(run, 0, 'pt'),
      inputError(/other\/stage-00\/stage\.json belongs to another run, or to this one with other settings/, 2),
    );
    assert.throws(
      () => openRun(other),
      inputError(
        /other\/run\.json and stage-00\/stage\.json are of different runs, or of one with other settings; restore/,
        2,
      ),
    );
  });
});

describe('a run of before files had checksums', () => {
  /** As such a run was written. */
  function oldRun(): string {
    const path = newRun();
    finish(path, attempt(1));
    const strip = (file: string): void => {
      const { seal, files, ...rest } = JSON.parse(readFileSync(join(path, file), 'utf8')) as {
        seal: unknown;
        files: unknown;
      };
      assert.ok(seal !== undefined && (files !== undefined || file === 'run.json'), `${file} is of today`);
      writeFileSync(join(path, file), JSON.stringify(rest));
    };
    strip('run.json');
    strip('stage-00/stage.json');
    return path;
  }

  it('stays readable, and goes on: what is new is checked', () => {
    const path = oldRun();
    const run = openRunForWriting(path);
    assert.equal(run.sealed, false, 'it is known to be one');
    assert.deepEqual(readPhase(run, 0, 'pt'), attempt(1));
    runJournal(run).finishPhase('ensemble', {
      json: {},
      arrays: { samples: array(6, 1), logWeights: array(3, 1), heldOutLogWeights: array(2, 1) },
    });
    run.updateRecord({ message: 'went on' }, new Date(0));
    run.close();
    const again = openRun(path);
    assert.deepEqual([again.sealed, again.record.message], [false, 'went on'], 'it stays one');
    assert.deepEqual(readPhase(again, 0, 'pt'), attempt(1), 'what was there before');
    truncateSync(join(path, 'stage-00/log_weights.npy'), 140);
    assert.throws(() => readPhase(again, 0, 'ensemble'), inputError(/log_weights\.npy is truncated/));
    writeFileSync(
      join(path, 'stage-00/log_weights.npy'),
      Buffer.concat([readFileSync(join(path, 'stage-00/log_weights.npy')), Buffer.alloc(12)]),
    );
    assert.throws(() => readPhase(again, 0, 'ensemble'), inputError(/log_weights\.npy is damaged/));
  });
});
