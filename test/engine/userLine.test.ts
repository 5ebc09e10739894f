/** The user's line in stacks of calls, as V8 writes them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { userLine } from '../../src/engine/userLine.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const stack = (...frames: readonly string[]): string =>
  ['Error: some', ...frames.map((frame) => `    at ${frame}`)].join('\n');
const ours = [
  `Object.get (${root}src/engine/arrayProxy.ts:149:13)`,
  `file://${root}node_modules/@jax-js/jax/dist/index.js:1789:12`,
  'Math.exp (<anonymous>)',
  'listOnTimeout (node:internal/timers:581:17)',
  `async file://${root}bin/jeffreys.js:4:1`,
];

describe('the user’s line', () => {
  const frames: readonly (readonly [frame: string, line: string])[] = [
    ['f (/home/me/a.ts:3:7)', '/home/me/a.ts:3'],
    ['async Object.f (/home/me/a.ts:3:7)', '/home/me/a.ts:3'],
    ['new Thing (/home/me/a.ts:12:1)', '/home/me/a.ts:12'],
    ['/home/me/a.ts:3:7', '/home/me/a.ts:3'],
    ['async file:///home/me/a%20b.ts:3:7', '/home/me/a b.ts:3'],
    ['file:///home/me/a.ts?t=17:3:7', '/home/me/a.ts:3'],
    ['f (/home/me (old)/my a.ts:3:7)', '/home/me (old)/my a.ts:3'],
    ['/home/me (old)/a.ts:3:7', '/home/me (old)/a.ts:3'],
    ['f (C:\\me\\a.ts:3:7)', 'C:\\me\\a.ts:3'],
  ];
  for (const [frame, line] of frames) {
    it(`of ${frame}`, () => assert.equal(userLine(stack(...ours, frame, 'g (/home/me/caller.ts:1:1)')), line));
  }
  it('is none where only the library, packages and Node were', () => {
    assert.equal(userLine(stack(...ours)), null);
    const others = ['f (C:\\me\\node_modules\\x\\a.js:3:7)', 'eval (eval at f (x), <anonymous>:1:1)'];
    assert.equal(userLine(stack(...others)), null);
    assert.equal(userLine(undefined), null);
    assert.equal(userLine('no stack'), null);
  });
});
