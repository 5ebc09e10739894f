/** A disk that fills up, and a process that vanishes between two file operations: the run goes on later as if nothing had happened. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { execute, firstRecord } from '../../src/cli/execute.ts';
import { keyFromSeed, uniform } from '../../src/engine/random.ts';
import { InputError } from '../../src/errors.ts';
import { settingsFor } from '../../src/experiments/presets.ts';
import { realFileSystem, type FileSystem } from '../../src/store/fileSystem.ts';
import type { WritableRun } from '../../src/store/writableRun.ts';
import { createRun, openRunForWriting } from '../../src/store/runDirectory.ts';
import { annulus } from '../../src/targets/annulus.ts';
import { diskWithRoomFor, killedAfter } from '../store/fullDisk.ts';
import { assertDone, assertRefused, bitsOf, jeffreysInTurn, startProcess, temporaryFolder, TINY } from './jeffreys.ts';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

const settings = settingsFor(annulus, 'quick', { ladders: 8, rounds: 64, warmupRounds: 20, layers: 2, hidden: 8, bins: 4, steps: 8, batch: 100, evaluateEvery: 8, samples: 1000 });
const folder = temporaryFolder();
const at = (name: string): string => join(folder.path, name);
const silent = { update: () => undefined, clear: () => undefined };

const create = (name: string, files: FileSystem = realFileSystem): WritableRun => createRun({
  out: at(name), target: annulus.name, time: new Date(0), files,
  record: firstRecord({ target: annulus, file: null, definition: null }, 'quick', 11, settings, new Date(0)),
});

/** Computes until the end or the first failure, as `run` and `resume` do. @returns the failure */
async function work(open: () => WritableRun, saveEvery = 0): Promise<unknown> {
  let run: WritableRun;
  try {
    run = open();
  } catch (error) {
    return error;
  }
  try {
    await execute({ run, target: annulus, settings, signal: new AbortController().signal, progress: silent, saveEvery });
    return null;
  } catch (error) {
    return error;
  } finally {
    try {
      run.close();
    } catch {
      // The file system of a dead process.
    }
  }
}

let expected: Record<string, string>;
before(async () => {
  assert.equal(await work(() => create('undisturbed')), null, 'the run that nothing disturbs');
  expected = bitsOf(at('undisturbed'));
});
after(folder.remove);

describe('a full disk', () => {
  it('ends a run with one line, and it resumes when there is space', async (t) => {
    const stoppedAt: string[] = [];
    // How many checkpoints a run writes is a matter of time; where they fill a disk is tried once.
    for (const [attempt, [room, saveEvery]] of [[6_000, 0], [10_000, Infinity], [22_000, Infinity], [30_000, Infinity]].entries()) {
      const files = diskWithRoomFor(room, 4096);
      const error = await work(() => (attempt === 0 ? create('full', files) : openRunForWriting(at('full'), { files })), saveEvery);
      if (error === null) break;
      assert.ok(error instanceof InputError, `with room for ${room} bytes: an expected failure, not ${error instanceof Error ? error.message : typeof error}`);
      assert.equal(error.exitCode, 1, 'exit code');
      const [, file] = /^disk full while writing .*full\/(\S+): free space, then `jeffreys resume .*full`$/.exec(error.message) ?? [];
      assert.ok(file !== undefined, `one line that says what to do: ${error.message}`);
      stoppedAt.push(file);
    }
    t.diagnostic(`stopped at ${stoppedAt.join(', ')}`);
    assert.ok(new Set(stoppedAt).size >= 3, `stopped at several places: ${stoppedAt.join(', ')}`);
    const resumed = openRunForWriting(at('full'));
    assert.notEqual(resumed.record.state, 'complete', 'what is not on disk is not called complete');
    assert.equal(await work(() => resumed), null, 'there is space again');
    assert.deepEqual(bitsOf(at('full')), expected, 'the bits of an undisturbed run');
  });

  it('at the command line: exit code 1, one line, and resume', { skip: process.platform === 'win32' }, async () => {
    const bin = fileURLToPath(new URL('../../bin/jeffreys.js', import.meta.url));
    const command = ['run', 'annulus', ...TINY, '--quiet', '--out'];
    // No file may grow beyond 16 blocks of 512 bytes; the samples need 16 KiB.
    const limited = await startProcess('sh', ['-c', 'ulimit -f 16; exec "$@"', 'sh', process.execPath, bin, ...command, 'limited'], folder.path, [...command, 'limited']).ended;
    assertRefused(limited, /file too large .* while writing limited\/.*, then `jeffreys resume limited`/, 1);
    for (const outcome of await jeffreysInTurn([['resume', 'limited', '--quiet'], [...command, 'unlimited']], folder.path)) assertDone(outcome);
    assert.deepEqual(bitsOf(at('limited')), bitsOf(at('unlimited')), 'the bits of an undisturbed run');
  });
});

describe('a process that vanishes', () => {
  it('between any two file operations changes no bit', async (t) => {
    const random = keyFromSeed(5);
    const calls: number[] = [];
    create('vanished').close();
    let error: unknown = 'not begun';
    for (let attempt = 0; attempt < 12 && error !== null; attempt++) {
      // Few calls at first, so that every phase is hit.
      calls.push(2 + Math.floor(uniform(random, attempt) * (20 + 30 * attempt)));
      error = await work(() => openRunForWriting(at('vanished'), { files: killedAfter(calls[attempt], 4096) }));
      assert.equal(error === null ? 'killed' : (error as Error).message, 'killed', 'no other failure');
    }
    t.diagnostic(`killed after ${calls.join(', ')} calls`);
    assert.equal(await work(() => openRunForWriting(at('vanished'))), null, 'the last session is left alone');
    assert.deepEqual(bitsOf(at('vanished')), expected, 'the bits of an undisturbed run');
  });
});
