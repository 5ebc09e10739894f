/** Standard output that cannot be written is an error, and no output file may be one of a run's own. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  assertDone,
  assertRefused,
  jeffreys,
  jeffreysInTurn,
  snapshot,
  startProcess,
  temporaryFolder,
  TINY,
  type Outcome,
} from './jeffreys.ts';

const BIN = fileURLToPath(new URL('../../bin/jeffreys.js', import.meta.url));
const folder = temporaryFolder();
const at = (name: string): string => join(folder.path, name);

before(async () => {
  assertDone(await jeffreys(['run', 'three-well', ...TINY, '--out', 'run', '--quiet'], { cwd: folder.path }));
});
after(folder.remove);

/** A command line through the shell. */
const shell = (script: string, args: readonly string[]): Promise<Outcome> =>
  startProcess('sh', ['-c', script, 'sh', process.execPath, BIN, ...args], folder.path, args).ended;

describe(
  'standard output',
  { skip: existsSync('/dev/full') ? false : 'there is no device that is always full' },
  () => {
    const commands: readonly (readonly string[])[] = [
      ['show', 'run'],
      ['list', '--json'],
      ['--help'],
      ['--version'],
      ['sample', 'run', '-n', '10', '--out', 'x.npy'],
      ['sample', 'run', '-n', '10', '--out', 'y.npy', '--json'],
      ['export', 'run', '--format', 'csv', '--out', 'x.csv'],
      ['resume', 'run', '--json'],
    ];
    it('that is full ends every verb with one line and exit code 1', async () => {
      for (let k = 0; k < commands.length; k += 2) {
        const outcomes = await Promise.all(
          commands.slice(k, k + 2).map((args) => shell('exec "$@" > /dev/full', args)),
        );
        for (const outcome of outcomes) {
          assertRefused(
            { ...outcome, stderr: outcome.stderr.replace('run is complete already\n', '') },
            /^jeffreys: disk full while writing standard output: free space, then try again\n$/,
            1,
          );
        }
      }
      assert.ok(existsSync(at('x.csv')), 'the work was done');
    });
    it('that fills up within a piece is no success either', async () => {
      // No file may grow beyond one block of 512 bytes: the first of two writes is cut short, and says so to nobody but
      // who looks.
      const outcome = await shell('ulimit -f 1; exec "$@" > cut.json', ['list', '--json']);
      assertRefused(
        outcome,
        /^jeffreys: file too large for this file system while writing standard output: name another disk, then try/,
        1,
      );
      assert.equal(readFileSync(at('cut.json')).length, 512, 'cut short');
    });
    it('is whole in a file, and at the end of one', async () => {
      writeFileSync(at('log'), 'before\n');
      const [{ stdout }, written] = await Promise.all([
        shell('exec "$@"', ['list', '--json']),
        shell('"$@" >> log; echo after >> log', ['list', '--json']),
      ]);
      assertDone(written);
      assert.equal(readFileSync(at('log'), 'utf8'), `before\n${stdout}after\n`);
    });
    it('whose reader has gone is enough', async () => {
      assert.match((await shell('{ "$@"; echo "exit $?" >&2; } | true', ['list', '--json'])).stderr, /^exit 0\n$/);
    });
    it('work goes on where standard error is full', async () => {
      assertDone(await shell('exec "$@" 2> /dev/full', ['run', 'three-well', ...TINY, '--out', 'unheard']));
    });
  },
);

describe('an output file', () => {
  const sample = (out: string, ...more: string[]): string[] => [
    'sample',
    'run',
    '-n',
    '10',
    '--out',
    out,
    '--force',
    ...more,
  ];
  const csv = (out: string): string[] => ['export', 'run', '--format', 'csv', '--out', out, '--force'];
  const html = (out: string): string[] => ['compare', 'run', '--html', out];
  const own: readonly (readonly string[])[] = [
    sample('run/stage-00/pt.npy'),
    sample('run/pt.npy'),
    sample('./run/../run/stage-00/ensemble.npy'),
    sample('run/run.json'),
    sample('run/stage-07/x.npy'),
    sample('run/RUN.JSON'),
    sample('x.npy', '--weights', 'run/stage-00/log_weights.npy'),
    sample('run/stage-00/x'),
    sample('link.npy'),
    sample('linked/events.jsonl'),
    sample('run/stage-00/flow.checkpoint.safetensors'),
    csv('run/report.html'),
    csv('run/target/target.ts'),
    csv('run/.lock'),
    csv('run/seconds.json'),
    html('run/run.json'),
    html('run/beads-8/stage.json'),
    html('run/classical'),
    ['run', 'three-well', ...TINY, '--out', 'run/stage-01'],
    ['run', 'three-well', ...TINY, '--out', 'run/classical/new'],
  ];
  let outcomes: Outcome[];
  let intact: Record<string, string>;
  before(async () => {
    symlinkSync('run/stage-00/pt.npy', at('link.npy'));
    symlinkSync('run', at('linked'));
    intact = snapshot(folder.path);
    outcomes = await jeffreysInTurn(own, folder.path);
  });
  for (const [k, args] of own.entries()) {
    it(`that is a run's own is refused: ${args.filter((word) => /run\/|link/i.test(word)).join(' ')}`, () =>
      assertRefused(outcomes[k], /is a name of the run in .* itself; choose another name, or another folder/));
  }
  it('and nothing is changed', () => assert.deepEqual(snapshot(folder.path), intact));
  it('of another name may lie beside them', async () => {
    mkdirSync(at('run/mine'));
    for (const outcome of await jeffreysInTurn(
      [sample('run/x.npy'), csv('run/mine/samples.csv'), sample('stage-00.npy'), html('run/table.html')],
      folder.path,
    ))
      assertDone(outcome);
  });
});
