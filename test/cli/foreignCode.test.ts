/** Targets whose own code ends the process, throws where nothing catches it, prints, or never comes to an end. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { assertRefused, jeffreys, jeffreysInTurn, jsonOf, start, temporaryFolder, TINY } from './jeffreys.ts';
import type { Outcome } from './jeffreys.ts';

const define = (rest: string): string =>
  `import { defineTarget, np } from 'jeffreys-flow';\n${rest}\nexport default defineTarget({ name: 'mine', ` +
  'dimension: 2, box: [-4, 4], energy: (x) => { globalThis.inEnergy?.(x); return np.square(x).sum(); }, ' +
  "observables: [{ name: 'x', value: ([x]) => { globalThis.inObservable?.(); return x; } }] });\n";

const ENDS = /\/target-\d+\.ts:2: the target ends the process here; leave out/;
const uncaught = (what: string): RegExp => new RegExp(`/target-\\d+\\.ts${what} \\(thrown where nothing can catch `);

const files: readonly (readonly [title: string, text: string, says: RegExp])[] = [
  ['ends the process while it is loaded', define('process.exit(0);'), ENDS],
  ['ends it in its energy', define('globalThis.inEnergy = () => process.exit();'), ENDS],
  ['ends it in an observable', define('globalThis.inObservable = () => process.exit(0);'), ENDS],
  ['leaves a promise rejected', define("void Promise.reject(new Error('nobody\\n waits'));"), uncaught(':2: nobody')],
  ['throws text in a timer', define("setTimeout(() => { throw 'late'; }, 0);"), uncaught(': late')],
  ['waits for ever', define('await new Promise(() => {});'), /\/target-\d+\.ts waits for a promise that nothing will/],
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
  let own: Outcome[];
  let shared: Outcome[];
  before(async () => {
    files.forEach(([, text], i) => writeFileSync(join(folder.path, `target-${i}.ts`), text));
    inTurn.forEach(([, text], i) => writeFileSync(join(folder.path, `other-${i}.ts`), text));
    writeFileSync(join(folder.path, 'prints.ts'), PRINTS);
    own = await Promise.all(files.map((_, i) => jeffreys(['run', `./target-${i}.ts`, ...TINY], { cwd: folder.path })));
    const runs = inTurn.map((_, i) => ['run', `./other-${i}.ts`, ...TINY]);
    shared = await jeffreysInTurn([...runs, ['run', './prints.ts', '--json', ...TINY]], folder.path);
  });
  after(folder.remove);
  for (const [i, [title, , says]] of files.entries()) it(title, () => assertRefused(own[i], says));
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
