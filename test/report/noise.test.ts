/** Reports of runs whose energy was seen with noise, and of their experiments. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InputError } from '../../src/errors.ts';
import { comparisonTable, noiseTable, renderNoiseExperiment, renderNoiseTable, renderReport } from '../../src/report/index.ts';
import { densityErrors } from '../../src/report/figures/densityErrors.ts';
import { kindMassesFigure } from '../../src/report/figures/kindMasses.ts';
import { cessPerStage, cessText, evaluationsOf, formatEvaluations, needed, totalVariation, withoutUnknown } from '../../src/report/noiseFigures.ts';
import { noiseLines } from '../../src/report/noiseSummary.ts';
import { recordSchema, type GenerationSummary, type NoiseSummary, type RunRecord } from '../../src/records/record.ts';
import { DOMAIN, energy, estimate, exactSamples, manyModes, noise, noiseExperimentInput, noisyRecord, planeInput, record, surface, unknownNoise, unknownRecord } from './fixture.ts';
import { keyFromSeed } from '../../src/engine/random.ts';
import { assertBalanced, assertNoLoads, parse, readable, type Element } from './pages.ts';

const BAD = /NaN|undefined|Infinity|null|\[object/;
const EVIL = '<img src=x onerror="a">&\'$&$1';

const moved = (summary: NoiseSummary): NoiseSummary => ({ ...summary, moved: { bias: 0.0133, totalVariation: 0.0071 }, stages: summary.stages.map((stage) => ({ ...stage, moves: { steps: 20, stepSize: 0.008, nonFinite: 2 } })) });
const reportOf = (of: RunRecord): string => renderReport({ ...planeInput(400), record: of });
const text = (page: string, selector: string): string => parse(page).querySelector(selector)?.textContent ?? '';
const cellsOf = (page: string, selector: string): string[][] => [...parse(page).querySelectorAll(`${selector} tr`)].map((row) => [...row.querySelectorAll('th, td')].map((cell) => cell.textContent));

function assertPage(page: string): void {
  assertBalanced(page);
  assertNoLoads(page);
  assert.doesNotMatch(readable(page), BAD);
  for (const figure of parse(page).querySelectorAll('figure')) assert.notEqual(figure.querySelector('figcaption')?.textContent ?? '', '');
  for (const svg of parse(page).querySelectorAll('svg.chart')) assert.ok((svg.getAttribute('aria-label') ?? '').length > 10);
}

describe('figures of noise', () => {
  it('fixtures are records that the schema accepts', () => {
    for (const summary of [noise(), noise(3), moved(noise()), unknownNoise()]) assert.doesNotThrow(() => recordSchema.parse(noisyRecord(summary)));
  });

  it('write evaluations in thousands and millions', () => {
    assert.deepEqual([0, 7, 999, 1000, 448_448, 999_499, 999_600, 15_667_200, null].map(formatEvaluations), ['0', '7', '999', '1 k', '448 k', '999 k', '1 M', '15.7 M', 'n/a']);
  });

  it('add up phases, and know no passes where one phase does not', () => {
    assert.deepEqual(evaluationsOf(noise(), needed), { noisy: 15_668_100, full: 699_648, passes: 2_440_548 });
    const { evaluations } = noise();
    assert.equal(evaluationsOf(noise(1, { evaluations: [...evaluations, { phase: 'moves', noisy: 1, full: 1, passes: null }] }), needed).passes, null);
    assert.equal(evaluationsOf(noise(1, { evaluations: [] }), needed).noisy, 0);
  });

  it('quote the least CESS and every CESS', () => {
    assert.equal(cessText([0.9]), '90 %');
    assert.equal(cessText([0.9, null, 0.81]), '81 % (stage 3 of 3)');
    assert.deepEqual([cessText([]), cessText([null, null]), cessPerStage([]), cessPerStage([null])], ['n/a', 'n/a', 'n/a', 'n/a']);
    assert.equal(cessPerStage([0.9, null, 0.81]), '90, n/a, 81 %');
  });

  it('take half the distance of masses', () => {
    const of = (values: readonly [number | null, number | null][]): number | null => totalVariation(values.map(([value, exact], k) => ({ name: String(k), weighted: estimate(value, 0), flow: estimate(0, 0), pt: estimate(0, 0), exact })), ({ weighted }) => weighted.value);
    assert.ok(Math.abs((of([[0.7, 0.5], [0.3, 0.5]]) ?? 0) - 0.2) < 1e-15);
    assert.deepEqual([of([]), of([[null, 0.5]]), of([[0.5, null]])], [null, null, null]);
  });

  it('leave out columns of which nothing is known', () => {
    assert.deepEqual(withoutUnknown([['a', 'b', 'c'], ['', 'n/a', '1'], ['', '', 'n/a']]), [['a', 'c'], ['', '1'], ['', 'n/a']]);
  });
});

describe('noise in the terminal', () => {
  it('says which weights, how good every kind is, and what was asked of the energy', () => {
    const lines = noiseLines(noise());
    assert.match(lines[0], /^Exact weights: .*right whatever the noise did/);
    const written = lines.join('\n');
    assert.match(written, /^reSGLD +0\.103 +0\.0607$/m);
    assert.match(written, /^flow, unweighted +0\.0366 +0\.0203$/m);
    assert.match(written, /^exact weights \(used\) +96\.1 % +98 % +0\.00320 +0\.00184$/m);
    assert.match(written, /^weights learned from noisy energies +92\.1 % +94 % +0\.00960 +0\.00552 +0\.200 +0\.750 +0\.200$/m);
    assert.match(written, /^sampling by reSGLD +15\.7 M +448 k +2\.19 M$/m);
    assert.match(written, /^all that the samples needed +15\.7 M +700 k +2\.44 M$/m);
    assert.ok(lines.findIndex((line) => line.startsWith('comparison')) > lines.findIndex((line) => line.startsWith('all that')));
    assert.match(written, /^total +18\.7 M +900 k +2\.98 M$/m);
    for (const line of lines) assert.doesNotMatch(line, /\u2009|\u2212|\s$/);
  });

  it('knows ladders, learned weights, moves and unknown figures', () => {
    assert.match(noiseLines(noise(3)).join('\n'), /least CESS[\s\S]*92 % \(stage 3 of 3\)/);
    assert.match(noiseLines(noise(1, { weights: 'learned-full' }))[0], /as right as the networks φ and ψ/);
    assert.match(noiseLines(moved(noise(1, { weights: 'learned-stochastic' })))[0], /never asked.*20 SVRG moves without a Metropolis rule.* made by particles alone/);
    const unknown = noiseLines(unknownNoise()).join('\n');
    assert.doesNotMatch(unknown, BAD);
    assert.doesNotMatch(unknown, /passes|L2 bias/);
    assert.doesNotThrow(() => noiseLines(noise(1, { weightKinds: [], evaluations: [], stages: [] })));
  });
});

describe('report of a run on noisy energies', () => {
  const page = reportOf(noisyRecord());

  it('has a section on noise after the headline, and is pure', () => {
    assertPage(page);
    assert.deepEqual([...parse(page).querySelectorAll('section')].map((section) => section.getAttribute('id')).slice(0, 3), ['figures', 'noise', 'samples']);
    assert.equal(reportOf(noisyRecord()), page);
    assert.doesNotMatch(reportOf(record()), /reSGLD|id="noise"/);
  });

  it('shows every kind of weights, phase and rung', () => {
    const rows = cellsOf(page, '#noise');
    assert.deepEqual(rows[0], ['samples', 'ESS', 'CESS per stage', 'L2 bias', 'total variation', 'error of log w', 'correlation with exact', 'deviation from exact', 'log Z', 'held-out error', 'of a constant']);
    assert.deepEqual(rows[1], ['reSGLD', '', '', '0.103', '0.0607', '', '', '', '', '', '']);
    assert.deepEqual(rows[3], ['exact weights (the run’s)', '96.1 %', '98 %', '0.00320', '0.00184', '', '', '', '1.8680 ± 0.0010', '', '']);
    assert.deepEqual(rows[5].slice(5), ['0.200', '0.750', '0.200', '1.8720 ± 0.0010', '23.3', '24.2']);
    assert.ok(rows.some((row) => row.join('|') === 'comparison with weights of other kinds|3.02 M|200 k|536 k'));
    assert.ok(rows.some((row) => row.join('|') === '0.26|0.150|0.701|0.95 %|0.640'));
    assert.ok(rows.some((row) => row.join('|') === '1|0.0400|2.37|5 %|'));
    assert.equal(parse(page).querySelectorAll('#noise svg.chart').length, 3);
    assert.match(text(page, '#noise'), /log ratio lowered by 1 · σ²\/2/);
    const { sampler } = noise();
    assert.match(text(reportOf(noisyRecord(noise(1, { sampler: { ...sampler, swapCorrection: 0 } }))), '#noise'), /Swaps: naive/);
    assert.match(text(reportOf(noisyRecord(noise(1, { sampler: { ...sampler, swapDeviations: [0, 0, 0, 0] } }))), '#noise'), /Swaps: with the energy itself/);
    assert.match(text(page, '#noise .lead'), /a sum over 81 rows of data, .* mini-batch of 9/);
    assert.doesNotMatch(text(page, '#noise'), /Stages/);
  });

  it('says nothing wrong elsewhere', () => {
    assert.match(text(page, '#ladder .lead'), /Of reSGLD.*nothing is refused/);
    assert.doesNotMatch(text(page, '#ladder h3'), /acceptance/);
    assert.match(text(reportOf(record()), '#ladder h3'), /acceptance per rung/);
    assert.match(text(page, '#figures'), /estimated on reSGLD samples, which the noise biases/);
    assert.doesNotMatch(text(page, '#weights'), /learned/);
    const learned = reportOf(noisyRecord(noise(1, { weights: 'learned-full' })));
    assert.match(text(learned, '#weights'), /They are learned \(learned-full\)/);
    assert.doesNotMatch(text(learned, '#weights'), /A perfect flow/);
  });

  it('shows a ladder stage by stage, and does not call it one flow', () => {
    const ladder = reportOf(noisyRecord(noise(3)));
    assertPage(ladder);
    assert.match(text(ladder, '#figures p'), /^A ladder of 3 stages made the samples/);
    assert.match(text(ladder, '#figures dl'), /Training, last stage/);
    assert.match(text(ladder, '#figures dl'), /training 39\.0 s/);
    assert.match(text(ladder, '#training .lead'), /last stage/);
    assert.deepEqual(cellsOf(ladder, '#noise').slice(-3).map((row) => row.slice(0, 5).join('|')), ['1|0.3333|93 %|no|none', '2|0.6667|68 %|yes|none', '3|1|43 %|no|none']);
    assert.match(text(ladder, '#noise table'), /98, 95, 92 %/);
  });

  it('tells moved samples from those that the weights were made for', () => {
    const after = reportOf(noisyRecord(moved(noise())));
    assertPage(after);
    assert.match(text(after, '#noise'), /exact weights \(the run’s\)96\.1 %/);
    assert.match(text(after, '#noise'), /particles after SVRG moves0\.01330\.00710/);
    assert.match(text(after, '#noise'), /20 of step 0\.0080/);
    assert.equal(parse(after).querySelectorAll('#noise .flag').length, 1);
  });

  it('says n/a for what is unknown', () => {
    const base = unknownRecord();
    assert.ok(base.result !== null);
    const page = reportOf({ ...base, result: { ...base.result, noise: unknownNoise() } });
    assertPage(page);
    assert.match(text(page, '#noise .lead'), /cannot be had/);
    assert.doesNotMatch(text(page, '#noise'), /Passes/i);
    assert.equal(parse(page).querySelectorAll('#noise svg.chart').length, 0);
    assertPage(reportOf(noisyRecord(noise(1, { weightKinds: [], evaluations: [], stages: [] }))));
  });

  it('escapes the names of phases', () => {
    const page = reportOf(noisyRecord(noise(1, { evaluations: [{ phase: EVIL, noisy: 1, full: 2, passes: 3 }, { phase: 'constructor', noisy: 1, full: 2, passes: 3 }] })));
    assertBalanced(page);
    assert.doesNotMatch(page, /<img/);
    assert.ok(text(page, '#noise').includes(EVIL));
  });

  it('adds metrics of noise where a run has them', () => {
    const { rows } = comparisonTable([{ name: 'a', record: noisyRecord() }, { name: 'b', record: record() }]);
    assert.deepEqual(rows.find(([name]) => name === 'bias of reSGLD'), ['bias of reSGLD', '0.103', 'n/a']);
    assert.deepEqual(rows.find(([name]) => name === 'evaluations, full'), ['evaluations, full', '700 k', 'n/a']);
    assert.ok(!comparisonTable([{ name: 'b', record: record() }]).rows.some(([name]) => name === 'bias of reSGLD'));
  });
});

describe('masses by every kind of weights', () => {
  const { result } = noisyRecord();
  assert.ok(result !== null);
  const { generation } = result;
  const withModes = (change: (mode: GenerationSummary['modes'][number]) => GenerationSummary['modes'][number]): GenerationSummary => ({ ...generation, modes: generation.modes.map(change) });
  const drawn = (of: NoiseSummary, figures = generation): string => kindMassesFigure(of, figures)?.text ?? '';
  const lanes = (text: string): string[] => [...parse(text).querySelectorAll('.key span')].map((span) => span.textContent.trim());
  const number = (element: Element, name: string): number => Number(element.getAttribute(name));

  it('stand as far from the exact ones as they are, with bars of two standard errors', () => {
    const figure = parse(drawn(noise()));
    const [zero] = figure.querySelectorAll('g[stroke-dasharray="4 3"] line');
    const ticks = [...figure.querySelectorAll('g[font-variant] text')].map((tick) => [Number(tick.textContent.replace('−', '-')), Number(/[(](.*),/.exec(tick.getAttribute('transform') ?? '')?.[1])]);
    const perPoint = (ticks[1][1] - ticks[0][1]) / (ticks[1][0] - ticks[0][0]);
    const dots = [...figure.querySelectorAll('g[fill="var(--weighted)"] circle')].map((dot) => (number(dot, 'cx') - number(zero, 'x1')) / perPoint);
    [0.184, 0, -0.184, 0].forEach((expected, k) => { assert.ok(Math.abs(dots[k] - expected) < 1e-3, `${dots[k]}, not ${expected}`); });
    const bars = [...figure.querySelectorAll('g[stroke="var(--weighted)"] line')];
    assert.equal(bars.length, 4);
    for (const bar of bars) assert.ok(Math.abs((number(bar, 'x2') - number(bar, 'x1')) / perPoint - 0.4) < 1e-3);
  });

  it('have a lane each, where there are samples with such weights', () => {
    assert.deepEqual(lanes(drawn(noise())), ['reSGLD', 'flow, unweighted', 'exact weights', 'weights learned from full energies', 'weights learned from noisy energies', 'exact']);
    assert.deepEqual(lanes(drawn(noise(3))), ['reSGLD', 'flow, unweighted', 'exact weights', 'exact']);
    assert.doesNotMatch(drawn(noise(3)), /networks/);
    assert.deepEqual(lanes(drawn(moved(noise()))), lanes(drawn(noise())));
  });

  it('are drawn as they are where an exact one is unknown', () => {
    const figure = drawn(noise(), withModes((mode) => (mode.name === 'upper left' ? { ...mode, exact: null } : mode)));
    assertPage(figure);
    assert.ok(!lanes(figure).includes('exact'));
    assert.match(figure, /Masses of the modes/);
    assert.doesNotMatch(figure, /percentage points|dashed/);
  });

  it('are left out where they are unknown, none or too many', () => {
    const none = estimate(null, null);
    assert.equal(drawn(noise(1, { weightKinds: [] }), withModes((mode) => ({ ...mode, pt: none, flow: none }))), '');
    assert.equal(drawn(noise(), { ...generation, modes: [] }), '');
    assert.equal(drawn(noise(), { ...generation, modes: manyModes(33) }), '');
    assertPage(drawn(noise(), withModes((mode) => ({ ...mode, pt: estimate(mode.exact, null), flow: none }))));
    assert.deepEqual(lanes(drawn(noise(), withModes((mode) => ({ ...mode, flow: none }))))[1], 'exact weights');
  });

  it('escape the names of modes, of which some may be alike', () => {
    const figure = drawn(noise(), withModes((mode) => ({ ...mode, name: EVIL })));
    assertPage(figure);
    assert.doesNotMatch(figure, /<img/);
    assert.equal(parse(figure).querySelectorAll('g[fill="var(--weighted)"] circle').length, 4);
  });
});

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
