/** Reports of runs whose energy was seen with noise, and of their experiments. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { comparisonTable, renderReport } from '../../../src/report/index.ts';
import { kindMassesFigure } from '../../../src/report/noise/kindMasses.ts';
import {
  cessPerStage, cessText, evaluationsOf, needed, totalVariation
} from '../../../src/report/noise/noiseFigures.ts';
import { withoutUnknown } from '../../../src/report/text/table.ts';
import { formatEvaluations } from '../../../src/report/page/format.ts';
import { noiseLines } from '../../../src/report/noise/lines.ts';
import { recordSchema, type GenerationSummary, type NoiseSummary, type RunRecord } from '../../../src/records/record.ts';
import { estimate, manyModes, noise, noisyRecord, planeInput, record, unknownNoise, unknownRecord } from '../fixture.ts';
import { assertBalanced, assertPage, BAD, EVIL, parse, text, type Element } from '../pages.ts';

const moved = (summary: NoiseSummary): NoiseSummary => ({ ...summary, moved: { bias: 0.0133, totalVariation: 0.0071 }, stages: summary.stages.map((stage) => ({ ...stage, moves: { steps: 20, stepSize: 0.008, nonFinite: 2 } })) });
const reportOf = (of: RunRecord): string => renderReport({ ...planeInput(400), record: of });
const cellsOf = (page: string, selector: string): string[][] => [...parse(page).querySelectorAll(`${selector} tr`)].map((row) => [...row.querySelectorAll('th, td')].map((cell) => cell.textContent));

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
