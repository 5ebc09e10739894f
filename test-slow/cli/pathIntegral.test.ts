/** A path integral that is killed and stopped in every step ends with the files of one left alone. */
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { assertDone, jeffreysInTurn, temporaryFolder } from '../../test/cli/jeffreys.ts';
import { LADDER, MINE, summaryIn, TINY } from '../../test/cli/ringRuns.ts';
import { assertStopped, RunsIn, type Moment } from '../../test/cli/runs.ts';

const folder = temporaryFolder();
after(folder.remove);
const cwd = folder.path;
const { at, recordOf, assertSame, stopAt } = new RunsIn(cwd);

describe('a run that is stopped', () => {
  const given = ['./mine.ts', ...TINY, ...LADDER, '--set', 'beta=2'];
  const once = (file: string): Moment => ({ name: `once there is ${file}`, come: (run) => existsSync(at(`${run}/${file}`)) });

  it('by SIGKILL and SIGINT, and resumed, has the same files, at the temperature that was set', async () => {
    writeFileSync(at('mine.ts'), MINE);
    const [whole] = await jeffreysInTurn([['run', ...given, '--out', 'undisturbed', '--quiet']], cwd);
    assertDone(whole);
    const [killed] = await stopAt([once('classical/stage-01/flow.safetensors')], 'SIGKILL', 'stopped', given);
    assert.equal(killed.signal, 'SIGKILL');
    const [interrupted] = await stopAt([once('stage-01/flow.safetensors')], 'SIGINT', 'stopped', given);
    assertStopped(interrupted, 'stopped');
    const [last] = await stopAt([once('beads-4')], 'SIGKILL', 'stopped', given);
    assert.equal(last.signal, 'SIGKILL');
    const [resumed] = await jeffreysInTurn([['resume', 'stopped', '--quiet']], cwd);
    assertDone(resumed);
    assertSame('stopped', 'undisturbed');
    assert.equal(summaryIn(recordOf('stopped')).beta, 2, 'the temperature that was set');
  });
});
