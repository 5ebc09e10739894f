/** The processes that runs of untuned targets are: what they took is measured, and why they failed is kept. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { jeffreys } from '../../scripts/untuned/process.ts';

describe('a process of jeffreys', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'jeffreys-untuned-test-'));
  after(() => rmSync(scratch, { recursive: true, force: true }));
  it('gives its output, its seconds, and its memory at the peak', async () => {
    const { output, failure, seconds, cpuSeconds, peakMebibytes } = await jeffreys(['list'], join(scratch, 'list.json'), 60);
    assert.equal(failure, null);
    assert.match(output, /three-well/);
    assert.ok(seconds > 0 && (cpuSeconds ?? 0) > 0.01 && (peakMebibytes ?? 0) > 20, `${seconds} s, ${cpuSeconds} s of CPU, ${peakMebibytes} MiB`);
  });
  it('that fails says why, in a line', async () => {
    const { failure } = await jeffreys(['run', 'no-such-target'], join(scratch, 'none.json'), 60);
    assert.match(failure ?? '', /unknown target "no-such-target"/);
  });
  it('that takes too long is stopped', async () => {
    const { failure } = await jeffreys(['run', 'rastrigin-8d', '--out', join(scratch, 'run')], join(scratch, 'late.json'), 2);
    assert.equal(failure, 'not finished after 2 s');
  });
});
