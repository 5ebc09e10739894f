/** The script of deliberate faults: its table fits the code, and it tells what became of a fault. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { areas, mutated, testsOf, type Mutant } from '../../scripts/mutants/mutant.ts';
import { runMutants } from '../../scripts/mutants/run.ts';
import { allMutants, listed, selected } from '../../scripts/mutants/table.ts';
import { outcomeOf, type Reported } from '../../scripts/mutants/testRun.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const project = mkdtempSync(join(tmpdir(), 'jeffreys-mutants-test-'));
after(() => rmSync(project, { recursive: true, force: true }));

describe('the table', () => {
  it('has faults of every area, under names of their own', () => {
    assert.ok(allMutants.length >= 60, `${allMutants.length} of them`);
    assert.equal(new Set(allMutants.map(({ name }) => name)).size, allMutants.length);
    for (const { name } of allMutants) assert.match(name, /^[a-z]+(-[a-z]+)+$/);
    for (const area of areas) assert.ok(allMutants.filter((mutant) => mutant.area === area).length >= 8, area);
  });

  it('fits the code and the tests as they are', () => {
    for (const mutant of allMutants) {
      assert.match(mutant.file, /^src\/.*\.ts$/);
      const changed = mutated(mutant, readFileSync(join(root, mutant.file), 'utf8'));
      assert.ok(
        'text' in changed && changed.text.includes(mutant.replace),
        `${mutant.name}: ${'stale' in changed ? changed.stale : ''}`,
      );
      for (const test of testsOf(mutant)) {
        assert.match(test, /^test\/(?!cli\/|scripts\/).*\.test\.ts$/);
        assert.ok(existsSync(join(root, test)), `${mutant.name}: ${test}`);
      }
    }
  });

  it('is told by parts of names, a line each', () => {
    assert.deepEqual(selected(allMutants, []), allMutants);
    const some = selected(allMutants, ['k-hat', 'pull-back']);
    assert.ok(some.length >= 3 && some.every(({ name }) => /k-hat|pull-back/.test(name)));
    assert.match(listed(some).split('\n')[0], /^estimators {2}\S+ {2}src\/\S+ → test\/\S+$/);
  });
});

describe('a fault', () => {
  const mutant: Mutant = {
    name: 'a-fault',
    file: 'src/a.ts',
    find: 'x + 1',
    replace: 'x - $&',
    test: 'test/a.test.ts',
  };
  it('takes the place of what it replaces, to the letter', () => {
    assert.deepEqual(mutated(mutant, 'y = x + 1;'), { text: 'y = x - $&;' });
  });
  it('is stale where that is missing, or not the only one', () => {
    assert.deepEqual(mutated(mutant, 'y = x;'), { stale: 'what it replaces occurs 0 times in src/a.ts' });
    assert.deepEqual(mutated(mutant, 'x + 1, x + 1'), { stale: 'what it replaces occurs 2 times in src/a.ts' });
    assert.match(JSON.stringify(mutated({ ...mutant, replace: 'x + 1' }, 'x + 1')), /by the same code/);
  });
});

describe('the outcome of a test file', () => {
  const file = 'test/a.test.ts';
  const reported = (
    change: Partial<NonNullable<Reported['failure']>> | null,
    test = 'is right',
    suite = false,
  ): Reported => ({
    test,
    suite,
    failure: change === null ? null : { type: 'testCodeFailure', name: 'AssertionError', message: 'no', ...change },
  });
  const kinds: readonly (readonly [string, readonly Reported[], number])[] = [
    ['passed', [reported(null)], 0],
    ['failed', [reported(null, 'b'), reported({})], 1],
    ['failed', [reported({ name: 'InputError' })], 1],
    [
      'failed',
      [reported({ name: 'TypeError' }, 'b'), reported({}), reported({ type: 'subtestsFailed', name: '' }, 'all', true)],
      1,
    ],
    ['broken', [reported({ name: 'TypeError' })], 1],
    ['broken', [reported({ name: 'Error' }, '/tmp/x/test/a.test.ts')], 1],
    ['broken', [reported({}, 'all', true)], 1],
    ['broken', [], 0],
    ['broken', [reported(null)], 7],
  ];
  for (const [kind, all, code] of kinds) {
    const seen = all.map(({ test, suite, failure }) => [test, suite, failure?.name]);
    it(`is ${kind}: ${JSON.stringify(seen)}, ${code}`, () => assert.equal(outcomeOf(all, file, code).kind, kind));
  }
});

it('faults of a small project are killed, survive, are stale or broken, and the code is whole again', async () => {
  const code = "export const half = (x: number): number => x / 2;\nexport const label = 'half'; // of x\n";
  const test = (check: string): string =>
    [
      "import assert from 'node:assert/strict';",
      "import { it } from 'node:test';",
      "import { half, label } from '../src/half.ts';",
      `it('halves', () => ${check});\n`,
    ].join('\n');
  const files: Readonly<Record<string, string>> = {
    'package.json': '{"type":"module"}',
    'src/half.ts': code,
    'test/half.test.ts': test('{ assert.ok(half(4) === 2); assert.ok(label.length > 0); }'),
    'test/wrong.test.ts': test('assert.equal(half(4), 3)'),
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(project, name)), { recursive: true });
    writeFileSync(join(project, name), text);
  }
  symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'), 'junction');
  const fault = (
    name: string,
    find: string,
    replace: string,
    tested = 'test/half.test.ts',
  ): Mutant & { area: 'numerics' } => ({ area: 'numerics', name, file: 'src/half.ts', find, replace, test: tested });
  let [told, toldOfHanging] = ['', ''];
  const hanging = runMutants({
    root: project,
    write: (text) => {
      toldOfHanging += text;
    },
    limit: 4,
    mutants: [
      fault('no-end', 'x / 2', "(Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0) === 'ok' ? x : 0)"),
    ],
  });
  const failures = await runMutants({
    root: project,
    write: (text) => {
      told += text;
    },
    mutants: [
      fault('a-third', 'x / 2', 'x / 3'),
      fault('another-word', "'half'", "'twice'"),
      fault('not-there', 'x * 2', 'x'),
      fault('no-code', 'x / 2', 'x / / 2'),
      fault('no-such-name', 'x / 2', 'z / 2'),
      fault('untested', 'x / 2', 'x / 3', 'test/wrong.test.ts'),
    ],
  });
  assert.equal(await hanging, 0);
  told += toldOfHanging;
  const fate = (name: string): string =>
    new RegExp(`^(\\w+) +[\\d.]+ s {2}numerics {2}${name} {2}\\((.*)\\)$`, 'm').exec(told)?.slice(1).join(': ') ?? told;
  assert.match(fate('a-third'), /^killed: test\/half\.test\.ts: halves$/);
  assert.match(fate('no-end'), /^killed: test\/half\.test\.ts hangs$/);
  assert.match(fate('another-word'), /^survived: /);
  assert.match(fate('not-there'), /^stale: what it replaces occurs 0 times/);
  assert.match(fate('no-code'), /^broken: /);
  assert.match(fate('no-such-name'), /^broken: halves: ReferenceError z is not defined$/);
  assert.match(fate('untested'), /^broken: without it test\/wrong\.test\.ts fails: halves$/);
  assert.match(told, /^numerics +6 +1 +1 +1 +3$/m);
  assert.equal(failures, 5);
  assert.equal(readFileSync(join(project, 'src/half.ts'), 'utf8'), code);
});
