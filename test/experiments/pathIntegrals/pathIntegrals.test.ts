/** Experiments of path integrals: the table of runs, and the page with what they say together. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { renderPathIntegralExperiment } from '../../../src/experiments/pathIntegrals/pathIntegralExperiment.ts';
import { pathIntegralTable } from '../../../src/experiments/pathIntegrals/pathIntegralTable.ts';
import {
  pathIntegral, pathIntegralExperimentInput, pathIntegralRecord, record, unknownPathIntegral
} from '../../report/fixture.ts';
import { assertPage, EVIL, parse, rowsOf } from '../../report/pages.ts';

const tablesOf = (page: string, selector: string): string[][][] =>
  [...parse(page).querySelectorAll(`${selector} table`)].map(rowsOf);

describe('experiments of path integrals', () => {
  const input = pathIntegralExperimentInput();
  const page = renderPathIntegralExperiment(input);

  it('have a row of plain cells per run', () => {
    const [header, ...rows] = pathIntegralTable(input);
    assert.deepEqual(header, ['run', 'β', 'generator', 'ESS own', 'ESS rings', 'CESS S1', 'CESS S2', 'largest gap', 'log Z gap', 'bias', 'Trotter', 'gain', 'paid back', 'time']);
    assert.deepEqual(rows[0], ['beta-1', '1', 'flow', '81.4 %', '91.8 %', '', '', '0.50', '0.50', '0.00211', '0.00125', '1280', '5.86 k', '43.2 s']);
    assert.deepEqual(rows[2].slice(0, 7), ['beta-8-ladder', '8', 'ladder', '81.4 %', '91.8 %', '84 %', '92 %']);
    assert.doesNotMatch(JSON.stringify(rows), /NaN|undefined|null|\u2009/);
    const mixed = pathIntegralTable({ title: '', rows: [...input.rows, { name: 'none', record: record({ result: null, state: 'failed' }) }, { name: 'plain', record: record() }, { name: 'blank', record: pathIntegralRecord(unknownPathIntegral()) }] });
    for (const row of mixed) assert.equal(row.length, header.length);
    assert.deepEqual(mixed.slice(4, 6).map((row) => row.slice(0, 3)), [['none', 'no result yet', ''], ['plain', 'no path integral', '']]);
    assert.deepEqual(pathIntegralTable({ title: '', rows: [] }), [['run']]);
  });

  it('render as one page, table first, with links to the runs', () => {
    assertPage(page);
    assert.equal(renderPathIntegralExperiment(pathIntegralExperimentInput()), page);
    assert.deepEqual([...parse(page).querySelectorAll('section')].map((section) => section.getAttribute('id')), ['runs', 'bias', 'energies', 'densities', 'levels', 'gains', 'distillation']);
    assert.deepEqual([...parse(page).querySelectorAll('#runs tbody a')].map((link) => link.getAttribute('href')), input.rows.map(({ name }) => `./${name}/report.html`));
    assert.deepEqual(tablesOf(page, '#levels')[0][2], ['beta-2', 'quantum two-well (synthetic)', '2', '1', '4.2500', '4.7500', '0.5000', '1.00', '73.1 %']);
    assert.equal(parse(page).querySelectorAll('#distillation svg.chart').length, 1);
  });

  it('show energies only where temperatures differ, and leave out what no run has', () => {
    const one = renderPathIntegralExperiment({ title: 'one', rows: input.rows.slice(0, 1) });
    assertPage(one);
    assert.deepEqual([...parse(one).querySelectorAll('section')].map((section) => section.getAttribute('id')), ['runs', 'bias', 'densities', 'levels', 'gains']);
  });

  it('render without runs, results, truth or anything finite, and escape names', () => {
    const rows = [
      { name: EVIL, record: { ...pathIntegralRecord(), target: EVIL } }, { name: 'none', record: record({ result: null, state: 'running' }) }, { name: 'plain', record: record() },
      { name: 'blank', record: pathIntegralRecord(unknownPathIntegral()) }, { name: 'no rings', record: pathIntegralRecord(pathIntegral({ rings: [], beta: 3 })) },
    ];
    for (let n = 0; n <= rows.length; n++) {
      const some = renderPathIntegralExperiment({ title: EVIL, rows: rows.slice(0, n) });
      assertPage(some);
      assert.doesNotMatch(some, /<img/);
    }
    assertPage(renderPathIntegralExperiment({ title: 'blank', rows: rows.slice(3, 4) }));
    assertPage(renderPathIntegralExperiment({ title: 'many', rows: Array.from({ length: 9 }, (_, k) => ({ name: `run ${k}`, record: pathIntegralRecord(pathIntegral({ beta: 1 + k })) })) }));
  });
});
