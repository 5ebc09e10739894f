import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InputError } from '../../src/errors.ts';
import { comparisonTable, renderComparison, renderReport } from '../../src/report/index.ts';
import { commandLine } from '../../src/report/sections/reproduce.ts';
import { recordSchema, type RunRecord } from '../../src/records/record.ts';
import { planeInput, record, spaceInput, unknownRecord } from './fixture.ts';
import { assertBalanced, assertNoLoads, parse, readable } from './pages.ts';

const SECTIONS = ['figures', 'samples', 'ladder', 'training', 'weights', 'marginals', 'modes', 'observables', 'metrics', 'settings', 'reproduce'];

const plane = renderReport(planeInput(1500));
const space = renderReport(spaceInput(1200));

describe('renderReport', () => {
  it('uses a record the schema accepts', () => {
    assert.doesNotThrow(() => recordSchema.parse(record()));
    assert.doesNotThrow(() => recordSchema.parse(unknownRecord()));
  });

  for (const [name, page] of [['plane', plane], ['space', space]] as const) {
    it(`is well-formed, whole and self-contained (${name})`, () => {
      assertBalanced(page);
      assertNoLoads(page);
      const document = parse(page);
      assert.deepEqual([...document.querySelectorAll('section')].map((section) => section.getAttribute('id')), SECTIONS);
      for (const figure of document.querySelectorAll('figure')) assert.notEqual(figure.querySelector('figcaption')?.textContent ?? '', '');
      for (const svg of document.querySelectorAll('svg.chart')) assert.ok((svg.getAttribute('aria-label') ?? '').length > 10);
      assert.ok(page.length < 1.5e6, `${page.length} bytes`);
      assert.doesNotMatch(readable(page), /NaN|undefined|Infinity/);
    });
  }

  it('shows four panels for a target in the plane, all of the same size', () => {
    const panels = parse(plane).querySelectorAll('#samples svg');
    assert.equal(panels.length, 4);
    assert.equal(new Set([...panels].map((svg) => svg.getAttribute('viewBox'))).size, 1);
    assert.equal(parse(space).querySelectorAll('#samples svg').length, 6);
    assert.equal(parse(space).querySelectorAll('#marginals svg.chart').length, 4);
  });

  it('puts warnings before notes and both before every figure', () => {
    const warning = space.indexOf('Warning (heavy-weights)');
    const note = space.indexOf('Note (thin-ladder)');
    assert.ok(warning > 0 && warning < note && note < space.indexOf('class="headline"'));
    assert.match(plane, /class="good"><b>No warnings\./);
  });

  it('flags observables beyond four standard errors', () => {
    assert.match(space, /class="flag">▲ 5\.3/);
    assert.doesNotMatch(plane, /class="flag">▲/);
  });

  it('says n/a for every unknown figure', () => {
    const page = renderReport({ ...planeInput(500), record: unknownRecord() });
    assertBalanced(page);
    assert.doesNotMatch(readable(page), /NaN|undefined|Infinity|null/);
    const cards = [...parse(page).querySelectorAll('.headline .value')].map((card) => card.textContent);
    assert.deepEqual(cards.slice(0, 6), Array.from({ length: 6 }, () => 'n/a'));
    assert.doesNotMatch(page, /class="good"/);
  });

  it('renders a run without a result or samples', () => {
    const { domain } = planeInput(10);
    const page = renderReport({ domain, record: record({ result: null, state: 'failed', message: 'the energy was not finite' }), flowSamples: new Float64Array(0), logWeights: new Float64Array(0) });
    assertBalanced(page);
    assert.match(page, /This run failed\. the energy was not finite/);
    assert.equal(parse(page).querySelectorAll('section').length, SECTIONS.length);
    assert.doesNotMatch(readable(page), /NaN|undefined|Infinity/);
  });

  it('survives weights of which none is usable', () => {
    const input = planeInput(200);
    const page = renderReport({ ...input, logWeights: input.logWeights.map(() => Number.NaN) });
    assert.match(page, /No usable weights were given/);
    assert.doesNotMatch(readable(page), /NaN|undefined|Infinity/);
  });

  it('escapes every name', () => {
    const evil = '<img src=x onerror="a">&\'$&$1';
    const base = record();
    assert.ok(base.result !== null);
    const { result } = base;
    const page = renderReport({
      ...planeInput(300), names: [evil, 'y'], paper: { ess: 0.5, bias: 0.1, source: evil },
      record: {
        ...base, target: evil, targetFile: evil, preset: evil, versions: { [evil]: evil }, settings: { [evil]: evil, theta: 0.5 },
        result: {
          ...result,
          parallelTempering: { ...result.parallelTempering, kernel: evil },
          generation: { ...result.generation, modes: result.generation.modes.map((mode) => ({ ...mode, name: evil })), observables: result.generation.observables.map((observable) => ({ ...observable, name: evil })) },
          warnings: [{ code: evil, severity: 'warning', message: evil }],
        },
      },
    });
    assertBalanced(page);
    assert.doesNotMatch(page, /<img/);
    assert.equal(parse(page).querySelector('h1')?.textContent, evil);
    const label = parse(page).querySelector('#samples svg')?.getAttribute('aria-label') ?? '';
    assert.ok(label.includes(evil), label);
  });

  it('is pure: the same input gives the same bytes', () => {
    assert.equal(renderReport(planeInput(1500)), plane);
  });

  it('refuses arrays that do not fit', () => {
    const input = planeInput(10);
    assert.throws(() => renderReport({ ...input, logWeights: new Float64Array(3) }), InputError);
    assert.throws(() => renderReport({ ...input, record: record({ dimension: 3 }) }), InputError);
  });

  it('quotes the command line for a shell', () => {
    const line = commandLine(record({ target: "it's", settings: { theta: 0.25, levels: [0, 0.5, 1], note: 'a b' } }));
    assert.equal(line, "jeffreys run 'it'\\''s' --preset default --seed 7 --theta 0.25 \\\n  --set levels=0,0.5,1 --set 'note=a b'");
  });
});

describe('comparison', () => {
  const runs: { name: string; record: RunRecord }[] = [
    { name: 'a', record: record() },
    { name: '<b>', record: record({ settings: { theta: 1 } }) },
    { name: 'c', record: unknownRecord() },
    { name: 'd', record: record({ result: null, state: 'failed' }) },
  ];

  it('gives one plain cell per run', () => {
    const { header, rows } = comparisonTable(runs);
    assert.deepEqual(header, ['metric', 'a', '<b>', 'c', 'd']);
    for (const row of rows) assert.equal(row.length, header.length);
    assert.deepEqual(rows.find(([name]) => name === 'ESS'), ['ESS', '81.4 %', '81.4 %', 'n/a', 'n/a']);
    assert.doesNotMatch(JSON.stringify(rows), /NaN|undefined|Infinity|\u2009|\u0302/);
    assert.ok(rows.some(([name]) => name === 'layers'));
  });

  it('renders a page', () => {
    const page = renderComparison(runs);
    assertBalanced(page);
    assertNoLoads(page);
    assert.match(page, /&#60;b&#62;/);
    assert.throws(() => renderComparison([]), InputError);
  });
});
