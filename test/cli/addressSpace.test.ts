/** With little address space a run ends in one line that says what to do, or works: never in a message of the engine's. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { BIN, startProcess, temporaryFolder, TINY } from './jeffreys.ts';

const folder = temporaryFolder();
after(folder.remove);

describe('ulimit -v', () => {
  for (const gibibytes of [3, 8, 24]) {
    it(`of ${gibibytes} GiB`, async (context) => {
      const command = `ulimit -v ${gibibytes * 2 ** 20} && exec "$0" "$@"`;
      const args = ['run', 'three-well', ...TINY, '--quiet', '--threads', '1', '--out', `limited-${gibibytes}`];
      const { code, stdout, stderr } = await startProcess('bash', ['-c', command, process.execPath, BIN, ...args], folder.path, args).ended;
      context.diagnostic(`exit ${code}: ${stderr.trim()}`);
      if (code === 0) assert.deepEqual([stdout, stderr], ['', '']);
      else {
        assert.equal(code, 1, stderr);
        assert.match(stderr, /^jeffreys: (WebAssembly may not reserve the address space|compiled code needs) .*ulimit -v.*\n$/);
      }
    });
  }
});
