import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { isTemporary, openAtomic, temporaryName, writeFileAtomic } from '../../src/store/atomic.ts';
import { writeCsv, vectorColumn } from '../../src/store/csv.ts';
import { realFileSystem, type FileSystem } from '../../src/store/fileSystem.ts';
import { createNpyWriter, writeNpy } from '../../src/store/npy.ts';
import { basename, dirname } from 'node:path';
import { freshFolder, inputError } from './folder.ts';
import { diskWithRoomFor, failing } from './fullDisk.ts';

describe('atomic writing', () => {
  it('creates and replaces, in short pieces where the system writes so', () => {
    const path = join(freshFolder(), 'x');
    writeFileAtomic(path, 'old');
    assert.equal(readFileSync(path, 'utf8'), 'old');
    writeFileAtomic(path, [Buffer.from('new '), Buffer.from('content, longer than a piece')], { files: diskWithRoomFor(1000, 3) });
    assert.equal(readFileSync(path, 'utf8'), 'new content, longer than a piece');
    assert.deepEqual(readdirSync(dirname(path)), ['x']);
  });

  it('syncs the file before the rename and the folder after it', () => {
    const folder = freshFolder();
    const calls: string[] = [];
    const files: FileSystem = {
      ...realFileSystem,
      sync: (file) => (calls.push('sync'), realFileSystem.sync(file)),
      rename: (from, to) => (calls.push('rename'), realFileSystem.rename(from, to)),
      write: (...call) => (calls.push('write'), realFileSystem.write(...call)),
    };
    writeFileAtomic(join(folder, 'x'), 'a', { files });
    assert.deepEqual(calls, ['write', 'sync', 'rename', 'sync']);
  });

  it('keeps the old file and leaves no temporary when the disk fills at any byte', () => {
    const folder = freshFolder();
    const path = join(folder, 'x');
    writeFileAtomic(path, 'old');
    const content = 'x'.repeat(40);
    for (let room = 0; room < content.length; room++) {
      assert.throws(
        () => writeFileAtomic(path, content, { files: diskWithRoomFor(room), whatNext: '`jeffreys resume runs/a`' }),
        inputError(/^disk full while writing .*x: free space, then `jeffreys resume runs\/a`$/, 1),
      );
      assert.equal(readFileSync(path, 'utf8'), 'old');
      assert.deepEqual(readdirSync(folder), ['x']);
    }
  });

  it('does so whichever call fails', () => {
    const cases: [call: keyof FileSystem, code: string, pattern: RegExp][] = [
      ['open', 'EACCES', /^permission denied while writing .*x: make .* writable, then try again$/],
      ['open', 'EMFILE', /too many open files/],
      ['write', 'EDQUOT', /disk quota used up/],
      ['write', 'EFBIG', /too large/],
      ['sync', 'EIO', /disk error/],
      ['sync', 'EOTHER', /EOTHER: simulated, sync while writing/],
      ['close', 'EDQUOT', /disk quota/],
      ['rename', 'EROFS', /read-only file system/],
    ];
    for (const [call, code, pattern] of cases) {
      const folder = freshFolder();
      const path = join(folder, 'x');
      writeFileAtomic(path, 'old');
      assert.throws(() => writeFileAtomic(path, 'new', { files: failing(call, code) }), inputError(pattern, 1), call);
      assert.equal(readFileSync(path, 'utf8'), 'old');
      assert.deepEqual(readdirSync(folder), ['x']);
    }
  });

  it('serves the array and table writers alike', () => {
    const folder = freshFolder();
    const files = diskWithRoomFor(200);
    const data = new Float64Array(100);
    const writer = createNpyWriter(join(folder, 'a.npy'), { dtype: 'float64', shape: [100] }, { files: diskWithRoomFor(500) });
    assert.throws(() => { writer.append(data); }, inputError(/disk full while writing .*a\.npy/, 1));
    assert.throws(() => writeNpy(join(folder, 'a.npy'), { dtype: 'float64', shape: [100], data }, { files }), inputError(/disk full/, 1));
    assert.throws(() => writeCsv(join(folder, 'a.csv'), [vectorColumn('x', data)], { files }), inputError(/disk full/, 1));
    assert.deepEqual(readdirSync(folder), []);
  });

  it('does not dress up a mistake in the program as a full disk', () => {
    const files: FileSystem = { ...realFileSystem, write: () => { throw new TypeError('a bug'); } };
    const folder = freshFolder();
    assert.throws(() => writeFileAtomic(join(folder, 'x'), 'a', { files }), TypeError);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('names a missing folder, a folder in the way, and what is no file', () => {
    const folder = freshFolder();
    mkdirSync(join(folder, 'd'));
    assert.throws(() => writeFileAtomic(join(folder, 'none', 'x'), ''), inputError(/^no folder .*none while writing .*x: create it, then try again$/, 1));
    assert.throws(() => writeFileAtomic(join(folder, 'd'), ''), inputError(/it is a folder; name a file/, 1));
    assert.throws(() => writeFileAtomic('/dev/null', ''), inputError(/not a regular file/, 1));
    assert.throws(() => writeFileAtomic(join(folder, 'x'.repeat(300)), ''), inputError(/name too long/, 1));
    writeFileSync(join(folder, 'f'), '');
    assert.throws(() => writeFileAtomic(join(folder, 'f', 'x'), ''), inputError(/a file where a folder should be/, 1));
  });

  it('keeps a link and the permissions of what it replaces', () => {
    const folder = freshFolder();
    const real = join(folder, 'real');
    writeFileSync(real, 'old');
    chmodSync(real, 0o600);
    symlinkSync('real', join(folder, 'link'));
    writeFileAtomic(join(folder, 'link'), 'new');
    assert.equal(readlinkSync(join(folder, 'link')), 'real');
    assert.equal(readFileSync(real, 'utf8'), 'new');
    assert.equal(statSync(real).mode & 0o777, 0o600);
  });

  it('recognises its temporaries and nothing else', () => {
    assert.ok(isTemporary(basename(temporaryName('runs/x/pt.npy'))));
    for (const name of ['pt.npy', '.tmp', '.lock', 'x.0123456789ab.tmp', '.x.tmp']) assert.equal(isTemporary(name), false, name);
  });

  it('can be given up, once', () => {
    const path = join(freshFolder(), 'x');
    const file = openAtomic(path);
    file.write(Buffer.from('a'));
    file.abort();
    file.abort();
    assert.equal(existsSync(path), false);
    assert.throws(() => file.commit(), /no longer being written/);
  });
});
