/** What a run in rounds adds to a report, and to what the terminal says. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { recordSchema, type RoundsSummary, type RunRecord } from '../../../src/records/record.ts';
import { renderReport } from '../../../src/report/index.ts';
import { kindLines } from '../../../src/report/kinds.ts';
import { summaryText } from '../../../src/cli/summary.ts';
import { estimate, planeInput, record, rounds } from '../fixture.ts';
import { assertPage, parse, rowsOf, text } from '../pages.ts';

function madeInRounds(summary: RoundsSummary = rounds()): RunRecord {
  const base = record();
  assert.ok(base.result !== null);
  return { ...base, result: { ...base.result, rounds: summary } };
}

const pageOf = (summary?: RoundsSummary): string => renderReport({ ...planeInput(400), record: madeInRounds(summary) });

describe('report of a run in rounds', () => {
  const page = pageOf();

  it('is of a record that the schema accepts, and a whole page with its section behind the ladder of tempering', () => {
    assert.doesNotThrow(() => recordSchema.parse(madeInRounds()));
    assertPage(page);
    const ids = [...parse(page).querySelectorAll('section')].map((each) => each.getAttribute('id'));
    assert.equal(ids.indexOf('rounds'), ids.indexOf('ladder') + 1);
    assert.equal(text(renderReport(planeInput(400)), '#rounds'), '', 'other runs have none');
  });

  it('has a row for every round and every run of tempering, with why there was a next one', () => {
    const [ofRounds, ofTemperings] = [...(parse(page).querySelector('#rounds')?.querySelectorAll('table') ?? [])].map(rowsOf);
    assert.deepEqual(ofRounds.length, 4);
    assert.deepEqual(ofRounds[3], [
      '3', '800', '0.5', '6', '97.3 %', '98.3 %', '98.8 %', '0 %', '0.20', '1.8680 ± 0.0013', '92 %', '80 %', '1.002', '5.00 s',
      'enough: the ESS is 97.3 %, and nothing moves any more',
    ]);
    assert.deepEqual(ofTemperings[1], ['1', '400', '10', '310.0', '900', '1.210', '700 ms', 'going on with a longer run']);
  });

  it('says what came of it, and draws the ESS and log Z of all rounds', () => {
    assert.match(text(page, '#rounds .lead'), /^3 rounds in 12\.0 s and 1\.43 M energy evaluations: .*There was no further one \(enough: the ESS is 97\.3 %/);
    const charts = [...(parse(page).querySelector('#rounds')?.querySelectorAll('svg.chart') ?? [])];
    assert.deepEqual(charts.map((chart) => chart.getAttribute('aria-label')), [
      'Effective sample size after 3 rounds, of fresh samples and on held-out ones', 'log Z after 3 rounds, with error bars',
    ]);
    assert.equal([...charts[1].querySelectorAll('circle')].length, 3, 'a dot for each');
    assert.match(text(page, '#rounds > p:last-child'), /found a well that no chain had met, with 2 % of the mass\.$/);
    assert.match(text(page, '#training .lead'), /flow of the last round/);
  });

  it('stays whole where figures are not known', () => {
    const unknown = rounds().rounds.map((each) => ({ ...each, ess: null, forwardEss: null, logZ: estimate(null, null), splitRhat: null }));
    assertPage(pageOf(rounds({ rounds: unknown })));
    assertPage(pageOf(rounds({ rounds: [] })));
    assertPage(pageOf(rounds({ rounds: rounds().rounds.slice(0, 1) })));
  });
});

describe('the terminal', () => {
  it('has one line on the rounds: how many, why they ended, and what was asked for', () => {
    const { result } = madeInRounds();
    assert.ok(result !== null);
    assert.deepEqual(kindLines(result), ['', '3 rounds after 2 tempering runs and a search (1 well found); enough: the ESS is 97.3 %, '
      + 'and nothing moves any more. Asked for: ESS ≥ 95.00 %, log Z ± 0.0010 (reached 9.00e-4)']);
    assert.match(summaryText(madeInRounds(), 'runs/x'), /\n43\.2 s: tempering 2\.3, 3 rounds 12\.0, generation 0\.8; /);
  });
});
