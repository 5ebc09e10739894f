/** The published single-step experiment as a page: ours beside the published figures. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { renderExperiment } from '../../../src/experiments/singleStep/page.ts';
import { experimentInput, record } from '../../report/fixture.ts';
import { assertBalanced, assertNoLoads, parse, readable } from '../../report/pages.ts';

describe('renderExperiment', () => {
  const input = experimentInput(600);
  const page = renderExperiment(input);

  it('is well-formed, self-contained and pure', () => {
    assertBalanced(page);
    assertNoLoads(page);
    assert.equal(renderExperiment(input), page);
    assert.doesNotMatch(readable(page), /NaN|undefined|Infinity/);
    assert.ok(page.length < 1.5e6);
  });

  it('shows a panel per target and θ, and flags the collapsed ones before the table', () => {
    assert.equal(parse(page).querySelectorAll('#densities svg').length, 10);
    assert.ok(page.indexOf('low coverage') < page.indexOf('<table'));
    assert.equal(parse(page).querySelectorAll('#table .flag').length, 3);
    assert.ok(page.includes('another &#60;well&#62; &#38; &#34;more&#34;'));
  });

  it('renders without samples, published figures or results', () => {
    const rows = input.rows.map(({ target, theta, seed }) => ({ target, theta, seed, record: record({ result: null, state: 'running' }) }));
    const bare = renderExperiment({ title: 'bare', rows });
    assertBalanced(bare);
    assert.doesNotMatch(readable(bare), /NaN|undefined|Infinity/);
    assertBalanced(renderExperiment({ title: 'empty', rows: [] }));
  });
});
