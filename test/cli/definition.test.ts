/**
 * A run goes on with the definition that it was begun with, imports and data included, or says what has become of it.
 */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { RunRecord } from '../../src/records/record.ts';
import {
  assertDone,
  assertRefused,
  bitsOf,
  editRecord,
  editRun,
  hashOf,
  jeffreys,
  jeffreysInTurn,
  keepPhases,
  temporaryFolder,
  TINY,
  type Outcome,
} from './jeffreys.ts';

const MAIN = `import { defineTarget, np, readTable } from 'jeffreys-flow';
import { existsSync, readFileSync } from 'node:fs';
import { well } from '../lib/well';
import scale from './scale.json';
import { depth } from 'depth';
const table = readTable(new URL('./data.csv', import.meta.url));
// Read in a way that nobody can see.
const unseen = new URL('./unseen.txt', import.meta.url);
const factor = existsSync(unseen) ? Number(readFileSync(unseen, 'utf8')) : 1;
export default defineTarget({
  name: 'mine', dimension: 2, box: [-4, 4],
  energy: (x) => well(x).mul(scale.value * depth * table.data[0] * factor),
});
`;
const FILES: Readonly<Record<string, string>> = {
  'own/targets/main.ts': MAIN,
  'own/targets/scale.json': '{"value":2}',
  'own/targets/data.csv': 'a,b\n1,2\n',
  'own/lib/well.ts':
    `import { np, type Array } from 'jeffreys-flow';
import { offset } from './offset.mjs';
export const well = (x: Array) => np.square(np.square(x.slice(0)).sub(offset)).add(np.square(x.slice(1)));
`,
  'own/lib/offset.mjs': 'export const offset = 1;\n',
  // A package, found from the folder that all of this lies in.
  'node_modules/depth/package.json': '{"name":"depth","version":"1.2.3","type":"module","main":"index.js"}',
  'node_modules/depth/index.js': 'export const depth = 1;\n',
};
const KEPT = ['targets/main.ts', 'lib/well.ts', 'targets/scale.json', 'lib/offset.mjs'];

const folder = temporaryFolder();
const at = (name: string): string => join(folder.path, name);
const write = (name: string, text: string): void => {
  mkdirSync(dirname(at(name)), { recursive: true });
  writeFileSync(at(name), text);
};
const remove = (...names: string[]): void => {
  for (const name of names) rmSync(at(name), { recursive: true });
};
const recordOf = (run: string): RunRecord => JSON.parse(readFileSync(at(`${run}/run.json`), 'utf8')) as RunRecord;

interface Case {
  readonly title: string;
  /** To the files of the case, and to its run. */
  readonly change: (own: string, run: string) => void;
  /**
   * Phases that the run had finished when it was killed. Default: it is resumed from its start. null: it is complete.
   */
  readonly phases?: readonly string[] | null;
  readonly command?: (run: string) => string[];
  /** What the one line on standard error says: of a refusal, or of a note. null: nothing. */
  readonly refused?: RegExp;
  readonly note?: RegExp;
}

const versions = (run: string, change: Readonly<Record<string, string>>): void =>
  editRun(at(run), (record) => {
    Object.assign(record['versions'] as object, change);
  });
const offset = (own: string): void => write(`${own}/lib/offset.mjs`, 'export const offset = 1.5;\n');
const unseen = (own: string): void => write(`${own}/targets/unseen.txt`, '1.001');
const OTHER =
  /the energy of target "mine" is [-\d.e]+ at sample \d+, where [-\d.e]+ is stored: the target, what it imports/;
const sample = (run: string): string[] => ['sample', run, '-n', '10', '--out', `${run}.npy`];

const cases: Readonly<Record<string, Case>> = {
  same: { title: 'unchanged goes on, and nothing is said', change: () => undefined },
  changed: {
    title: 'with a changed import goes on with the copies',
    change: offset,
    note: /^note: .*\/own\/lib\/offset\.mjs is changed since run-changed began; the copy in the run is used\n$/,
  },
  gone: {
    title: 'that is gone but for its data goes on with the copies',
    note: /^note: .*\/gone\/own\/targets\/main\.ts is gone since run-gone began; the copy in the run is used\n$/,
    change: (own) => remove(...['targets/main.ts', 'targets/scale.json', 'lib'].map((name) => `${own}/${name}`)),
  },
  uncopied: {
    title: 'of which a kill has prevented copies makes up for them',
    change: (_, run) => remove(`${run}/target/lib`),
  },
  neither: {
    title: 'of which neither file nor copy is what was run is refused',
    refused:
      /run-neither\/target\/lib\/offset\.mjs is damaged or was edited, and .*\/offset\.mjs is not what was run either/,
    change: (own, run) => {
      offset(own);
      write(`${run}/target/lib/offset.mjs`, 'export const offset = 1.25;\n');
    },
  },
  lost: {
    title: 'of which file and copy are lost is refused',
    refused:
      /run-lost has lost run-lost\/target\/lib\/offset\.mjs, and .*\/own\/lib\/offset\.mjs is not what was run either/,
    change: (own, run) => remove(`${own}/lib/offset.mjs`, `${run}/target/lib/offset.mjs`),
  },
  data: {
    title: 'on other data is refused',
    change: (own) => write(`${own}/targets/data.csv`, 'a,b\n2,2\n'),
    refused:
      /the definition of run-data reads .*\/data\/own\/targets\/data\.csv, whose content is not what it was then/,
  },
  'no-data': {
    title: 'without its data is refused, and the data are looked for where they were',
    change: (own) => remove(own),
    refused: /no such file while reading .*\/no-data\/own\/targets\/data\.csv/,
  },
  renamed: {
    title: 'in which a name has come to mean another file is refused',
    change: (own) => write(`${own}/lib/well.js`, "export * from './well.ts';\n"),
    refused: /the definition of run-renamed imports .*\/own\/lib\/well\.js, which it did not when the run began/,
  },
  package: {
    title: 'with another version of a package goes on, and says so',
    note: /^note: run-package began with depth 1\.2\.3 \(now 1\.3\.0\): its bits may come out different\n$/,
    change: (own) =>
      write(
        `${own}/../node_modules/depth/package.json`,
        FILES['node_modules/depth/package.json'].replace('1.2.3', '1.3.0'),
      ),
  },
  energies: {
    title: 'whose energies are others is found by those that are stored',
    change: unseen,
    phases: ['pt'],
    refused: OTHER,
  },
  'same-energies': {
    title: 'whose energies are the same goes on after tempering',
    change: () => undefined,
    phases: ['pt'],
  },
  drawn: {
    title: 'whose energies are others is not drawn from',
    change: unseen,
    phases: null,
    command: sample,
    refused: OTHER,
  },
  reported: {
    title: 'whose energies are others is not reported',
    change: unseen,
    phases: null,
    command: (run) => ['report', run],
    refused: OTHER,
  },
  exported: {
    title: 'that was changed is exported from the copies',
    change: offset,
    phases: null,
    command: (run) => ['export', run, '--format', 'csv', '--out', 'x.csv'],
    note: /offset\.mjs is changed since run-exported began; the copy in the run is used\n$/,
  },
  versions: {
    title: 'of a run with other versions goes on, and the versions are told',
    change: (_, run) => versions(run, { 'onnxruntime-node': '1.0.0', node: 'v18.0.0' }),
    phases: ['pt'],
    note: /^note: run-versions began with onnxruntime-node 1\.0\.0 \(now .*\), node v18\.0\.0 \(now v.*\): its bits may/,
  },
  node: {
    title: 'of a run on another Node goes on, and that is told',
    change: (_, run) => versions(run, { node: 'v18.0.0' }),
    phases: ['pt'],
    note: /^note: run-node began with node v18\.0\.0 \(now v[\d.]+\): its bits should come out the same\n$/,
  },
  'other-package': {
    title: 'of a run of another version is drawn from with a note',
    change: (_, run) => versions(run, { 'jeffreys-flow': '0.0.1' }),
    phases: null,
    command: sample,
    note: /^note: run-other-package began with jeffreys-flow 0\.0\.1 \(now [\d.]+\): its bits may come out different\n/,
  },
  'other-node': {
    title: 'of a run on another Node is drawn from without one',
    change: (_, run) => versions(run, { node: 'v18.0.0' }),
    phases: null,
    command: sample,
  },
  quiet: {
    title: 'is gone on with --quiet without a note',
    change: offset,
    command: (run) => ['resume', run, '--quiet'],
  },
};

let expected: Record<string, string>;
let outcomes: Map<string, Outcome>;
before(async () => {
  for (const [name, text] of Object.entries(FILES)) write(`whole/${name}`, text);
  assertDone(
    await jeffreys(['run', 'whole/own/targets/main.ts', ...TINY, '--out', 'run', '--quiet'], { cwd: folder.path }),
  );
  expected = bitsOf(at('run'));
  const commands: string[][] = [];
  for (const [name, { change, phases = [], command = (run: string) => ['resume', run] }] of Object.entries(cases)) {
    const run = `run-${name}`;
    for (const [file, text] of Object.entries(FILES)) write(`${name}/${file}`, text);
    cpSync(at('run'), at(run), { recursive: true });
    if (phases === null)
      editRecord(at(run), (record) => {
        record['targetFile'] = at(`${name}/own/targets/main.ts`);
      });
    else keepPhases(at(run), phases, { targetFile: at(`${name}/own/targets/main.ts`) });
    change(`${name}/own`, run);
    commands.push(command(run));
  }
  const done = await jeffreysInTurn(commands, folder.path);
  outcomes = new Map(Object.keys(cases).map((name, k) => [name, done[k]]));
});
after(folder.remove);

describe('a definition of several files', () => {
  it('is kept whole, laid out as it was, with the checksums of all of it', () => {
    assert.deepEqual(recordOf('run').definition, {
      files: KEPT.map((path) => ({ path, sha256: hashOf(at(`whole/own/${path}`)) })),
      data: [{ path: 'targets/data.csv', sha256: hashOf(at('whole/own/targets/data.csv')) }],
      packages: { depth: '1.2.3' },
    });
    for (const path of KEPT) assert.equal(readFileSync(at(`run/target/${path}`), 'utf8'), FILES[`own/${path}`], path);
    const inside = readdirSync(at('run/target'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.includes('.'))
      .sort();
    assert.deepEqual(inside, [...KEPT].sort(), 'and no package or data');
  });

  for (const [name, { title, phases = [], refused, note }] of Object.entries(cases)) {
    it(title, () => {
      const outcome = outcomes.get(name);
      assert.ok(outcome !== undefined);
      if (refused !== undefined) {
        assertRefused(outcome, refused);
        return;
      }
      assertDone(outcome);
      if (note === undefined) assert.equal(outcome.stderr, '', 'nothing is told');
      else assert.match(outcome.stderr, note);
      if (phases !== null) assert.deepEqual(bitsOf(at(`run-${name}`)), expected, 'the same bits');
      for (const path of KEPT)
        assert.equal(readFileSync(at(`run-${name}/target/${path}`), 'utf8'), FILES[`own/${path}`], `${path} is kept`);
    });
  }
});
