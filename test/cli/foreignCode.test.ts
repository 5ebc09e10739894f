/** Targets whose own code ends the process, throws where nothing catches it, prints, or never comes to an end. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { assertRefused, jeffreys, jeffreysInTurn, jsonOf, start, startProcess, temporaryFolder } from './jeffreys.ts';
import { TINY, type Outcome } from './jeffreys.ts';

const CHILD = fileURLToPath(new URL('fixtures/foreignChild.mjs', import.meta.url));

const define = (rest: string): string =>
  `import { defineTarget, np } from 'jeffreys-flow';\n${rest}\nexport default defineTarget({ name: 'mine', ` +
  'dimension: 2, box: [-4, 4], energy: (x) => { globalThis.inEnergy?.(x); return np.square(x).sum(); }, ' +
  "observables: [{ name: 'x', value: ([x]) => { globalThis.inObservable?.(); return x; } }] });\n";

/** Files that take the whole process with them, as the command line alone loads them. */
const loading: readonly (readonly [title: string, text: string, says: RegExp])[] = [
  ['ends the process', '\nprocess.exit(0);', /\/alone-0\.mjs:2: the target ends the process here; leave out/],
  ['leaves a promise rejected', "void Promise.reject(new Error('a\\n b'));", /-1\.mjs:1: a \(thrown where nothing can/],
  ['throws text in a timer', "setTimeout(() => { throw 'late'; }, 0);", /-2\.mjs: late \(thrown where nothing can/],
  ['waits for ever', 'await new Promise(() => {});', /\/alone-3\.mjs waits for a promise that nothing will/],
];

/** The same of functions of a target, through all that calls them. */
const ENDS = /\/target-\d\.ts:2: the target ends the process here; leave out/;
const running: readonly (readonly [title: string, text: string])[] = [
  ['ends the process in its energy', define('globalThis.inEnergy = () => process.exit();')],
  ['ends the process in an observable', define('globalThis.inObservable = () => process.exit(0);')],
];

/** What can be told in one process for all. */
const inTurn: readonly (readonly [title: string, text: string, says: RegExp])[] = [
  ['throws null', 'throw null;', /\.ts cannot be loaded: null$/m],
  ['throws an object', 'throw Object.create(null);', /\.ts cannot be loaded: an object that is no Error$/m],
  ['exports a promise', 'export default Promise.resolve({});', /exports a promise, .*: write `export default await/],
  ['exports a list', 'export default [1];', /exports no target: write `export default defineTarget/],
  ['throws in a getter', "export default { get name() { throw new Error('no name'); } };", /-\d+\.ts:1: no name$/m],
  ['misspells np while it is loaded', define('np.sqare(1);'), /^jeffreys: \S+\.ts:2: np has no "sqare"; did you mean /],
  ['misspells np in its energy', define('globalThis.inEnergy = (x) => np.sqare(x);'), /\.ts:2: np has no "sqare"/],
];

const PRINTS = define(
  "console.log('by console'); process.stdout.write('by itself\\n'); globalThis.inEnergy = (x) => console.log(x);",
);

describe('a target that', () => {
  const folder = temporaryFolder();
  let alone: Outcome[];
  let run: Outcome[];
  let shared: Outcome[];
  before(async () => {
    const write = (name: string, text: string): string => {
      writeFileSync(join(folder.path, name), text);
      return join(folder.path, name);
    };
    const files = loading.map(([, text], i) => write(`alone-${i}.mjs`, text));
    running.forEach(([, text], i) => write(`target-${i}.ts`, text));
    inTurn.forEach(([, text], i) => write(`other-${i}.ts`, text));
    write('prints.ts', PRINTS);
    alone = await Promise.all(files.map((file) => startProcess(process.execPath, [CHILD, file], folder.path).ended));
    const runs = running.map((_, i) => jeffreys(['run', `./target-${i}.ts`, ...TINY], { cwd: folder.path }));
    run = await Promise.all(runs);
    const others = inTurn.map((_, i) => ['run', `./other-${i}.ts`, ...TINY]);
    shared = await jeffreysInTurn([...others, ['run', './prints.ts', '--json', ...TINY]], folder.path);
  });
  after(folder.remove);
  for (const [i, [title, , says]] of loading.entries()) {
    it(`${title} while it is loaded`, () => assertRefused(alone[i], says));
  }
  for (const [i, [title]] of running.entries()) it(title, () => assertRefused(run[i], ENDS));
  for (const [i, [title, , says]] of inTurn.entries()) it(title, () => assertRefused(shared[i], says));

  it('prints does so on standard error', () => {
    const outcome = shared[inTurn.length];
    assert.equal((jsonOf(outcome) as { target: string }).target, 'mine');
    assert.match(outcome.stderr, /^by console\nby itself\nfloat64 array of shape \[2\], traced\n/);
  });

  it('never comes to an end can be interrupted', async () => {
    writeFileSync(join(folder.path, 'loop.ts'), define("process.stderr.write('looping\\n'); for (;;);"));
    const { child, ended } = start(['run', './loop.ts', ...TINY], { cwd: folder.path });
    const kill = setTimeout(() => child.kill('SIGKILL'), 60_000);
    child.stderr?.once('data', () => child.kill('SIGINT'));
    const { signal } = await ended;
    clearTimeout(kill);
    assert.equal(signal, 'SIGINT');
  });
});
