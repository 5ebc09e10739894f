/** What a run writes, of every phase, is its own; other files inside its folder are the user's. */
import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { PHASE_FILES } from '../../src/store/journal.ts';
import { ownerOf } from '../../src/store/ownFiles.ts';

const run = realpathSync(mkdtempSync(join(tmpdir(), 'jeffreys-own-')));
after(() => rmSync(run, { recursive: true, force: true }));
writeFileSync(join(run, 'run.json'), '{}');

describe('files of a run', () => {
  it('are those of every phase, in its folder and above it', () => {
    assert.ok(['pt.npy', 'moved.npy', 'moved_log_weights.npy', 'flow.safetensors'].every((name) => PHASE_FILES.includes(name)));
    for (const name of [...PHASE_FILES, 'run.json', 'events.jsonl']) assert.equal(ownerOf(join(run, name)), run, name);
    for (const folder of ['stage-00', 'stage-12', 'beads-8', 'target']) assert.equal(ownerOf(join(run, folder, 'any')), run);
  });
  it('are not others', () => {
    for (const name of ['x.npy', 'x_log_weights.npy', 'mine/pt.npy']) assert.equal(ownerOf(join(run, name)), null, name);
  });
});
