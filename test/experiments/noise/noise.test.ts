/** Experiments on noisy energies: the six panels beside the published ones, and the table of runs. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keyFromSeed } from '../../../src/engine/random.ts';
import { InputError } from '../../../src/errors.ts';
import { densityErrors } from '../../../src/experiments/noise/densityErrors.ts';
import { renderNoiseExperiment } from '../../../src/experiments/noise/noiseExperiment.ts';
import { noiseTable, renderNoiseTable } from '../../../src/experiments/noise/noiseTable.ts';
import {
  DOMAIN, energy, exactSamples, noise, noiseExperimentInput, noisyRecord, record, surface, unknownNoise, unknownRecord
} from '../../report/fixture.ts';
import { assertPage, EVIL, parse, rowsOf } from '../../report/pages.ts';

const cellsOf = (page: string, selector: string): string[][] =>
  [...parse(page).querySelectorAll(selector)].flatMap(rowsOf);

describe('renderNoiseExperiment', () => {
  const input = noiseExperimentInput();
  const page = renderNoiseExperiment(input);

  it('shows six panels on one scale, beside the published biases, and says which run is missing', () => {
    assertPage(page);
    assert.equal(renderNoiseExperiment(noiseExperimentInput()), page);
    const panels = [...parse(page).querySelectorAll('#panels .panels > div')];
    assert.equal(panels.length, 6);
    const heads = panels.map((panel) => [panel.querySelector('h3'), panel.querySelector('p')].map((part) => part?.textContent).join(': '));
    assert.deepEqual(heads, [
      'reSGLD samples, naive swaps: L2 bias 1.03e−1; published 1.50e−1',
      'flow without SVRG, naive swaps: L2 bias 1.30e−3; published 1.48e−2',
      'flow with SVRG, naive swaps: This run is missing; published 8.50e−3.',
      'reSGLD samples, corrected swaps: L2 bias 1.03e−1; published 1.11e−1',
      'flow without SVRG, corrected swaps: L2 bias 1.30e−3; published 1.43e−2',
      'flow with SVRG, corrected swaps: L2 bias 1.44e−2; published 1.49e−2',
    ]);
    assert.deepEqual(panels.map((panel) => panel.querySelectorAll('svg').length), [1, 1, 0, 1, 1, 1]);
    assert.equal(new Set([...parse(page).querySelectorAll('#panels .panels svg')].map((svg) => svg.getAttribute('viewBox'))).size, 1);
  });

  it('has a row per run', () => {
    const rows = cellsOf(page, '#runs');
    assert.equal(rows.length, 4);
    assert.deepEqual(rows[3], ['corrected-svrg', 'corrected', 'yes', '0.103', '0.0607', '0.0366', '0.00320', '0.00640', '0.00960', '0.00130', '0.0144', '81.4 %', '15.7 M', '700 k', '43.2 s']);
  });

  it('renders without surface, results, samples or runs, and escapes names', () => {
    assertPage(renderNoiseExperiment({ title: 'bare', domain: DOMAIN, rows: input.rows }));
    assertPage(renderNoiseExperiment({ ...input, rows: [] }));
    const none = new Float64Array(0);
    const bare = renderNoiseExperiment({ ...input, title: EVIL, rows: input.rows.map((row) => ({ ...row, name: EVIL, record: record({ result: null, state: 'running' }), input: none, samples: none, logWeights: none })) });
    assertPage(bare);
    assert.doesNotMatch(bare, /<img/);
    const base = unknownRecord();
    assert.ok(base.result !== null);
    const unknown = { ...base, result: { ...base.result, noise: unknownNoise() } };
    assertPage(renderNoiseExperiment({ ...input, rows: input.rows.map((row) => ({ ...row, record: unknown })) }));
  });

  it('refuses arrays that do not fit', () => {
    assert.throws(() => renderNoiseExperiment({ ...input, domain: DOMAIN.slice(1) }), InputError);
    assert.throws(() => renderNoiseExperiment({ ...input, rows: input.rows.map((row) => ({ ...row, logWeights: row.logWeights.subarray(1) })) }), InputError);
    assert.throws(() => renderNoiseExperiment({ ...input, rows: input.rows.map((row) => ({ ...row, input: row.input.subarray(1) })) }), InputError);
  });
});

describe('errors of a density', () => {
  const CELLS = 60;
  const INSIDE = 12;
  const KERNEL = [1, 4, 6, 4, 1].map((share) => share / 16);

  /** The highest cell of the figure by another route: the energy itself on a fine grid, and one explicit convolution. */
  function highest(): number {
    const n = CELLS * INSIDE;
    const mass = new Float64Array(CELLS * CELLS);
    const at = (k: number): number => -2.5 + (5 * (k + 0.5)) / n;
    let total = 0;
    for (let j = -n; j < 2 * n; j++) for (let i = -n; i < 2 * n; i++) {
      const p = Math.exp(-energy(at(i), at(j)));
      total += p * (5 / n) ** 2;
      if (i >= 0 && i < n && j >= 0 && j < n) mass[Math.floor(j / INSIDE) * CELLS + Math.floor(i / INSIDE)] += p / INSIDE ** 2;
    }
    let top = 0;
    for (let y = 2; y < CELLS - 2; y++) for (let x = 2; x < CELLS - 2; x++) {
      top = Math.max(top, KERNEL.reduce((sum, a, j) => sum + a * KERNEL.reduce((row, b, i) => row + b * mass[(y + j - 2) * CELLS + x + i - 2], 0), 0));
    }
    return top / total;
  }

  it('know the exact density from a coarse surface', () => {
    const expected = highest();
    const { peak } = densityErrors([], surface(), DOMAIN);
    // Linear interpolation of the energy would be wrong by h² U″ / 8 in both coordinates: 1 to 2 %.
    assert.ok(Math.abs(peak / expected - 1) < 1e-3, `${peak} of ${expected}`);
  });

  it('are noise for exact samples, and more than noise for others', () => {
    const samples = 40_000;
    const points = exactSamples(keyFromSeed(1), samples);
    const largest = (shown: Float64Array): number => {
      const { top, noise: standardError } = densityErrors([{ title: 'a', figures: '', cloud: { points: shown, dimension: 2, weights: null } }], surface(), DOMAIN);
      return top / standardError(samples);
    };
    assert.ok(largest(points) < 5, `${largest(points)} standard errors`);
    const wide = points.map((value) => 1.1 * value);
    assert.ok(largest(wide) > 5, `${largest(wide)} standard errors`);
  });
});

describe('table of noise', () => {
  const rows = [{ name: 'mini-batches', record: noisyRecord() }, { name: 'ladder', record: noisyRecord(noise(3)) }, { name: EVIL, record: record() }, { name: 'none', record: record({ result: null, state: 'failed' }) }];
  const reference = { title: 'Against the reference', rows: [['run', 'observables', 'largest', 'of'], ['mini-batches', '24', '-2.1', EVIL]] };

  it('gives plain cells: what is left after every step, and its price', () => {
    const [header, ...body] = noiseTable({ title: '', rows });
    assert.deepEqual(header, ['run', 'samples', 'total variation', 'L2 bias', 'ESS', 'CESS per stage', 'noisy', 'full', 'passes', 'time']);
    for (const row of body) assert.equal(row.length, header.length);
    assert.deepEqual(body[0], ['mini-batches', 'reSGLD', '0.0607', '0.103', '', '', '15.7 M', '448 k', '2.19 M', '2.31 s']);
    assert.deepEqual(body[1], ['', 'flow, unweighted', '0.0203', '0.0366', '', '', '15.7 M', '500 k', '2.24 M', '14.3 s']);
    assert.deepEqual(body[2], ['', 'exact weights', '0.00184', '0.00320', '96.1 %', '98 %', '15.7 M', '700 k', '2.44 M', '43.2 s']);
    assert.deepEqual(body[4], ['', 'weights learned from noisy energies', '0.00552', '0.00960', '92.1 %', '94 %', '', '', '', '']);
    assert.deepEqual(body[6], ['', 'flow, unweighted', '0.0203', '0.0366', '', '', '', '', '', '']);
    assert.deepEqual(body[8], ['', 'weights learned from full energies', 'n/a', 'n/a', 'n/a', '96, 93, 90 %', '', '', '', '']);
    assert.deepEqual(body[10], [EVIL, 'parallel tempering', '0.0120', 'n/a', '', '', '', '', '', '2.31 s']);
    assert.deepEqual(body[12].slice(1, 5), ['exact weights', '0.000800', '0.00130', '81.4 %']);
    assert.deepEqual(body[13].slice(0, 2), ['none', 'no result yet']);
    assert.doesNotMatch(JSON.stringify(body), /NaN|undefined|null|\u2009/);
  });

  it('renders a page, with the further table where there is one', () => {
    const page = renderNoiseTable({ title: EVIL, rows, reference });
    assertPage(page);
    assert.doesNotMatch(page, /<img/);
    assert.equal(renderNoiseTable({ title: EVIL, rows, reference }), page);
    assert.deepEqual(cellsOf(page, '#reference')[1], ['mini-batches', '24', '−2.1', EVIL]);
    assert.equal(parse(renderNoiseTable({ title: 'a', rows })).querySelectorAll('section').length, 1);
    assertPage(renderNoiseTable({ title: 'empty', rows: [], reference: { title: 'empty', rows: [] } }));
    const base = unknownRecord();
    assert.ok(base.result !== null);
    assertPage(renderNoiseTable({ title: 'unknown', rows: [{ name: 'a', record: base }, { name: 'b', record: { ...base, result: { ...base.result, noise: unknownNoise() } } }] }));
  });
});
