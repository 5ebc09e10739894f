/** A target file that is wrong is refused in one line that names it, before a run directory is made. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { assertRefused, jeffreysInTurn, snapshot, temporaryFolder, TINY, type Outcome } from './jeffreys.ts';

const definition = (rest: string): string => `import { defineTarget, np } from 'jeffreys-flow';\nexport default defineTarget({ name: 'mine', dimension: 2, box: [-4, 4], ${rest} });\n`;
const energy = 'energy: (x) => np.square(x).sum()';

interface BadFile {
  readonly title: string;
  /** null: there is no such file. */
  readonly text: string | null;
  readonly says: RegExp;
}

const files: readonly BadFile[] = [
  { title: 'throws', text: definition("energy: () => { throw new Error('no such well\\nsecond line'); }"), says: /target "mine": its energy throws on a point of shape \[2\]: no such well \(.*throws.ts:2\)$/m },
  { title: 'throws-a-string', text: definition("energy: () => { throw 'no such well'; }"), says: /its energy throws .*: no such well$/m },
  { title: 'nan', text: definition('energy: (x) => np.log(np.square(x).sum().sub(1))'), says: /energy is NaN at the point \(0\.00000, 0\.00000\) of its base; it must be finite there/ },
  { title: 'infinite', text: definition('energy: (x) => np.reciprocal(np.square(x).sum())'), says: /energy is Infinity at the point \(0\.00000, 0\.00000\)/ },
  { title: 'shape', text: definition('energy: (x) => np.square(x)'), says: /energy must return one number \(shape \[\]\) for a point of shape \[2\], got shape \[2\]/ },
  { title: 'number', text: definition('energy: () => 5'), says: /energy must return an array of shape \[\], got number/ },
  { title: 'nothing', text: definition('energy: () => undefined'), says: /energy must return an array of shape \[\], got undefined/ },
  { title: 'index', text: definition('energy: (x) => x.slice(5)'), says: /target "mine": its energy throws on a point of shape \[2\]: Index 5 out of bounds for axis of size 2/ },
  { title: 'slice', text: definition('energy: (x) => np.square(x.slice(2))'), says: /target "mine": its energy throws on a point of shape \[2\]: .*2/ },
  { title: 'unsupported', text: definition('energy: (x) => np.correlate(x, x).sum()'), says: /target "mine": \S+:\d+: the engine cannot run the primitive "conv"; docs\/numpy\.md lists / },
  {
    title: 'unbounded',
    text: definition('energy: (x) => np.square(x).sum().mul(-1)'),
    says: /target "mine": its density does not fall off: the energy is -6\.400e\+13 far outside its box, at \(.*; add /,
  },
  { title: 'operator', text: definition('energy: (x) => x * x'), says: /operator\.ts:2: operators such as -, \*, / },
  { title: 'condition', text: definition('energy: (x) => (x[0].less(0) ? x : x)'), says: /:2: a condition is made/ },
  { title: 'random', text: definition('energy: (x) => x.sum().mul(Math.random())'), says: /energy is not the same/ },
  { title: 'unknown-key', text: definition('enrgy: (x) => x.sum()'), says: /unknown key "enrgy", did you mean "en/ },
  { title: 'mean', text: definition(`${energy}, base: { mean: [0, 0, 0] }`), says: /mean\.ts: target "mine": base\.mean must be a number or 2 numbers, got 3/ },
  { title: 'deviation', text: definition(`${energy}, base: { standardDeviation: -1 }`), says: /base\.standardDeviation must be > 0, got -1/ },
  { title: 'box', text: definition(`${energy}, box: [4, -4]`), says: /box\.ts: target "mine": box of coordinate 0 must be finite with low < high, got \[4, -4\]/ },
  { title: 'centre', text: definition(`${energy}, modes: { centres: [[1]] }`), says: /centre 0 of modes must have 2 numbers, got 1/ },
  { title: 'assign', text: definition(`${energy}, modes: { names: ['all'], assign: () => 3 }`), says: /modes\.assign is 3 at the point \(.*\) of its base; it must be the index of one of the 1 modes/ },
  { title: 'observable-throws', text: definition(`${energy}, observables: [{ name: 'bad', value: () => { throw new Error('oh'); } }]`), says: /observable "bad" throws at the point \(.*\) of its base: oh/ },
  { title: 'observable-nan', text: definition(`${energy}, observables: [{ name: 'third', value: (x) => x[2] }]`), says: /observable "third" is undefined at the point .*; it must be a number/ },
  { title: 'setting', text: definition(`${energy}, settings: { hotest: 0.1 }`), says: /target "mine": in its settings: unknown setting "hotest", did you mean "hottest"\?/ },
  { title: 'setting-range', text: definition(`${energy}, settings: { hottest: 7 }`), says: /target "mine": in its settings: setting hottest: must be at most 1, got 7/ },
  { title: 'plain', text: "export default { name: 'mine' };", says: /plain\.ts: target "mine": dimension must be a positive integer, got undefined/ },
  { title: 'no-export', text: 'export const x = 1;', says: /no-export\.ts exports no target: write `export default defineTarget/ },
  { title: 'five', text: 'export default 5;', says: /five\.ts exports no target/ },
  { title: 'syntax', text: 'export default {\n  name: ,\n};', says: /syntax\.ts cannot be loaded: .*syntax\.ts:2:/ },
  { title: 'at-import', text: "throw new Error('while loading');", says: /at-import\.ts cannot be loaded: while loading$/m },
  { title: 'no-module', text: "import x from './nowhere.ts';\nexport default x;", says: /no-module\.ts cannot be loaded: Cannot find module '\.\/nowhere\.ts'$/m },
  { title: 'no-package', text: "import x from 'no-such-package';\nexport default x;", says: /no-package\.ts cannot be loaded: Cannot find (module|package) 'no-such-package'/ },
  { title: 'missing', text: null, says: /no such target file: .*missing\.ts/ },
];

describe('bad target files', () => {
  const folder = temporaryFolder();
  let outcomes: Outcome[];
  let written: Record<string, string>;
  before(async () => {
    for (const { title, text } of files) if (text !== null) writeFileSync(join(folder.path, `${title}.ts`), text);
    mkdirSync(join(folder.path, 'folder.ts'));
    written = snapshot(folder.path);
    outcomes = await jeffreysInTurn([...files.map(({ title }) => `./${title}.ts`), './folder.ts', 'nan', './nan'].map((name) => ['run', name, ...TINY]), folder.path);
  });
  after(folder.remove);
  for (const [i, { title, says }] of files.entries()) it(title, () => assertRefused(outcomes[i], says));
  it('a folder', () => assertRefused(outcomes[files.length], /folder\.ts is not a file; give the file that exports the target/));
  it('a file named without its ending', () => assertRefused(outcomes[files.length + 1], /unknown target "nan"; for the file, write \.\/nan\.ts/));
  it('a path without its ending', () => assertRefused(outcomes[files.length + 2], /no such target file: .*nan/));
  it('leave nothing behind', () => assert.deepEqual(snapshot(folder.path), written, 'a refused target wrote something'));
});
