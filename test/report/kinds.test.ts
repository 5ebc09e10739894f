/** The kinds of runs: each speaks of its own runs alone, and what it adds goes where it says. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RunResult } from '../../src/records/record.ts';
import { renderReport } from '../../src/report/index.ts';
import type { RunKind } from '../../src/report/kind.ts';
import { kindLines, kinds, wordingOf } from '../../src/report/kinds.ts';
import { ladderKind } from '../../src/report/ladder/kind.ts';
import { metricsOf } from '../../src/report/metrics.ts';
import { noiseKind } from '../../src/report/noise/kind.ts';
import { ringKind } from '../../src/report/ring/kind.ts';
import { roundsKind } from '../../src/report/rounds/kind.ts';
import { ladder, noise, noisyRecord, pathIntegralRecord, planeInput, record, rounds } from './fixture.ts';
import { parse } from './pages.ts';

function resultOf({ result }: { readonly result: RunResult | null }): RunResult {
  assert.ok(result !== null);
  return result;
}

const plain = resultOf(record());
const laddered: RunResult = { ...plain, ladder: ladder() };
const runs: readonly (readonly [string, RunKind, RunResult])[] = [
  ['a ladder', ladderKind, laddered],
  ['noise', noiseKind, resultOf(noisyRecord())],
  ['rounds', roundsKind, { ...plain, rounds: rounds() }],
  ['a path integral', ringKind, resultOf(pathIntegralRecord())],
];
const groups = (result: RunResult): string[] =>
  [...new Set(metricsOf([record({ result })]).map(({ group }) => group))];

describe('kinds of runs', () => {
  it('are all there', () => assert.deepEqual(new Set(kinds), new Set(runs.map(([, kind]) => kind))));

  for (const [name, kind, result] of runs) {
    it(`${name} is told by its own kind, and by no other`, () => {
      for (const other of kinds) assert.equal(other.is(result), other === kind);
      assert.deepEqual(kindLines(result), ['', ...kind.lines(result)]);
      const own = groups(result).filter((group) => !groups(plain).includes(group));
      assert.deepEqual(own, [kind.metrics[0].group], 'its metrics');
    });
  }

  it('say nothing of one flow on the energy itself', () => {
    const input = planeInput(50);
    for (const kind of kinds) {
      assert.deepEqual([kind.is(plain), kind.lines(plain), kind.cards(plain), kind.wording(plain)], [false, [], null, {}]);
      assert.deepEqual(kind.sections(input, ['x', 'y']), []);
      assert.deepEqual(kind.sections({ ...input, record: record({ result: null }) }, ['x', 'y']), [], 'without a result');
    }
  });

  it('put their sections behind the one that they name', () => {
    const both = { ...laddered, noise: noise() };
    const input = { ...planeInput(50), record: record({ result: both }) };
    const ids = [...parse(renderReport(input)).querySelectorAll('section')].map((each) => each.getAttribute('id'));
    for (const { after, id } of kinds.flatMap((kind) => kind.sections(input, ['x', 'y']))) {
      assert.equal(ids.indexOf(id), ids.indexOf(after) + 1, `${id} after ${after}`);
    }
    assert.equal(ids.filter((id) => id === 'noise' || id === 'stages').length, 2, 'both are there');
  });

  it('give the general part their words, a ladder over noise', () => {
    const words = wordingOf({ ...laddered, noise: noise(3) });
    assert.deepEqual([words.sampler, words.trained?.name, words.trained?.count], [
      'reSGLD', 'stages', laddered.ladder?.stages.length
    ]);
    assert.deepEqual([wordingOf(plain).sampler, wordingOf(plain).trained, wordingOf(plain).moves], ['PT', null, 0]);
    assert.equal(wordingOf({ ...plain, noise: noise(3) }).trained?.name, 'training');
    assert.equal(wordingOf({ ...plain, noise: noise(1) }).trained, null, 'one flow');
  });
});
