/** Reports of path integrals, and of experiments of several. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { comparisonTable, paybackRings, renderReport } from '../../../src/report/index.ts';
import { beadsAxis, decades, logAxis, logRange } from '../../../src/report/page/logAxis.ts';
import { comparedGain, groundStateShare, largestRing, paybackText, secondsPerRing, signedErrors, splitting } from '../../../src/report/ring/ringFigures.ts';
import { recordSchema, type RunRecord } from '../../../src/records/record.ts';
import { distilled, pathIntegral, pathIntegralExperimentInput, pathIntegralRecord, planeInput, record, ring, rivalled, unknownPathIntegral, unknownRecord } from '../fixture.ts';
import { assertBalanced, assertPage, EVIL, parse, rowsOf, text } from '../pages.ts';

/** The pages of these tests show samples of the plane: the record's own dimension does not matter to them. */
const reportOf = (of: RunRecord): string => renderReport({ ...planeInput(300), record: { ...of, dimension: 2 } });
const tablesOf = (page: string, selector: string): string[][][] => [...parse(page).querySelectorAll(`${selector} table`)].map(rowsOf);

const ladders = distilled();
const laddered = pathIntegralRecord(pathIntegral({ classicalLadder: ladders.classicalLadder }), ladders.ladder);

describe('figures of a path integral', () => {
  it('fixtures are records that the schema accepts', () => {
    for (const of of [pathIntegralRecord(), laddered, pathIntegralRecord(unknownPathIntegral())]) assert.doesNotThrow(() => recordSchema.parse(of));
    for (const { record: of } of pathIntegralExperimentInput().rows) assert.doesNotThrow(() => recordSchema.parse(of));
  });

  it('pay back the preparation where both ways take the same time', () => {
    const summary = { preparationSeconds: 60 };
    const one = { seconds: 2, samples: 1000 };
    for (const gain of [1.01, 2, 88]) {
      const n = paybackRings(summary, one, gain);
      assert.ok(n !== null);
      // By the clock: preparation and n rings, against what tempering takes for the same error.
      assert.ok(Math.abs((60 + 0.002 * n) / (gain * 0.002 * n) - 1) < 1e-12);
    }
    assert.equal(paybackRings(summary, one, 2), 30_000);
    assert.deepEqual([1, 0.3, 0, -2, null, undefined, Number.NaN, Number.POSITIVE_INFINITY].map((gain) => paybackRings(summary, one, gain)), Array.from({ length: 8 }, () => null));
    assert.deepEqual([{ seconds: 0, samples: 1000 }, { seconds: 2, samples: 0 }].map((none) => paybackRings(summary, none, 2)), [null, null]);
    assert.equal(paybackRings({ preparationSeconds: 0 }, one, 2), 0);
  });

  it('say never where there is no gain, and n/a where none is known', () => {
    const one = { seconds: 2, samples: 1000 };
    assert.deepEqual([2, 100, 1, 0.5, null].map((gain) => paybackText({ preparationSeconds: 60 }, one, gain)), ['30 k', '304', 'never', 'never', 'n/a']);
  });

  it('take levels, rings and gains from the summary, and null where there are none', () => {
    const summary = pathIntegral();
    assert.equal(splitting(summary), 0.5);
    assert.ok(Math.abs((groundStateShare(summary) ?? 0) - Math.exp(-0.05)) < 1e-12);
    assert.deepEqual([splitting({ truth: null }), splitting({ truth: { logZ: 1, levels: [1], error: 0 } }), groundStateShare({ truth: null, beta: 1 })], [null, null, null]);
    assert.equal(largestRing({ rings: [ring(64), ring(8)] })?.beads, 64);
    assert.equal(largestRing({ rings: [] }), null);
    assert.equal(secondsPerRing({ seconds: 1, samples: 0 }), null);
    assert.deepEqual([comparedGain(summary)?.ring.beads, comparedGain(summary)?.gain], [32, 1280]);
    assert.equal(comparedGain({ rings: [rivalled(64), rivalled(16), ring(128)] })?.ring.beads, 64);
    assert.equal(comparedGain({ rings: [ring(8)] }), null);
    assert.equal(signedErrors(1, 0.1, 1.2)?.toFixed(6), '-2.000000');
    assert.deepEqual([signedErrors(1, 0, 2), signedErrors(null, 1, 2), signedErrors(1, 1, null)], [null, null, null]);
  });
});

describe('logarithmic axes', () => {
  it('hold their values and tick at round numbers', () => {
    assert.deepEqual(decades([1e-4, 1e-2]), [1e-4, 1e-3, 1e-2]);
    assert.deepEqual(logRange([0, -1, Number.NaN]), null);
    assert.deepEqual(logRange([2, 8], 2), [1, 16]);
    assert.deepEqual(logAxis('', [1e-4, 2e-2]).ticks, [1e-4, 1e-3, 1e-2]);
    assert.deepEqual(logAxis('', [0.03, 0.6]).ticks, [0.05, 0.1, 0.2, 0.5]);
    const format = logAxis('', [1, 2]).tickFormat as (value: number) => string;
    assert.deepEqual([0.05, 20, 1e-3, 2e-4, 1e5].map(format), ['0.05', '20', '10⁻³', '2 · 10⁻⁴', '10⁵']);
  });

  it('name the largest number of beads, and others where there is room', () => {
    assert.deepEqual(beadsAxis([8, 16, 32], 400).ticks, [32, 16, 8]);
    assert.deepEqual(beadsAxis([30, 31, 32, 8, 8], 200).ticks, [32, 8]);
    assert.ok(beadsAxis([32], 400).domain[0] < 32);
  });
});

describe('renderReport of a path integral', () => {
  const page = reportOf(pathIntegralRecord());

  it('has a section of its own, right after the headline, and none for other runs', () => {
    assertPage(page);
    assert.equal(reportOf(pathIntegralRecord()), page);
    assert.deepEqual([...parse(page).querySelectorAll('section')].slice(0, 2).map((section) => section.getAttribute('id')), ['figures', 'path-integral']);
    assert.equal(parse(page).querySelector('#path-integral h2')?.textContent, 'Path integral');
    const other = reportOf(record());
    assert.equal(parse(other).querySelectorAll('#path-integral').length, 0);
    assert.doesNotMatch(text(other, '#metrics'), /of rings/);
  });

  it('says what was sampled', () => {
    const lead = text(page, '#path-integral .lead');
    assert.match(lead, /p = 1 coordinate, of mass 1, at ħ = 1 and β = 1/);
    assert.match(lead, /P = 9 beads .* K = 9 lowest modes/);
    assert.match(lead, /mΩ² = 2\.5/);
    assert.match(lead, /Lowest levels: 4\.2500, 4\.7500, 9\.1000, 12\.300; E₁ − E₀ = 0\.5000, β\(E₁ − E₀\) = 0\.500/);
    assert.match(lead, /60\.0 s of classical tempering/);
    assert.match(lead, /2 ms on 8 beads, 16 ms on 64 beads/);
  });

  it('has a row per ring, from the record', () => {
    const [header, ...rows] = tablesOf(page, '#path-integral')[0];
    assert.deepEqual(header, ['beads N', 'rings', 'ESS', 'Pareto k̂', 'not finite', 'log Z', 'exact at N', 'quantum', 'harmonic', 'largest gap (s.e.)', 'L2 bias', 'of it Trotter', 'time', 'estimators', 'µs per ring']);
    assert.deepEqual(rows.map(([beads]) => beads), ['8', '16', '32', '64']);
    assert.deepEqual(rows[3], ['64', '20\u2009000', '91.8 %', '0.310', '0', '−4.1983 ± 0.0020', '−4.1993', '−4.2000', '−3.8993', '0.50', '0.00211', '0.00125', '320 ms', '128 ms', '16.0']);
  });

  it('sets every estimate of the largest ring beside the exact and the quantum one, and folds the others', () => {
    const [, estimates, others] = tablesOf(page, '#path-integral');
    assert.deepEqual(estimates[0], ['average', 'estimate', 'exact at N = 64', 'difference (s.e.)', 'quantum', 'estimate − quantum', 'Trotter error']);
    assert.deepEqual(estimates[1], ['x', '0.1217 ± 0.0020', '0.1207', '0.50', '0.1200', '0.0017', '7.3e−4']);
    assert.equal(estimates.length, 10);
    assert.deepEqual(others[0], ['average', 'N = 8', 's.e. off', 'N = 16', 's.e. off', 'N = 32', 's.e. off']);
    assert.deepEqual(others[1].slice(0, 3), ['x', '0.1679 ± 0.0020', '0.50']);
    assert.match(text(page, '#path-integral details summary'), /other 3 rings/);
  });

  it('says what tempering alone takes, and when the flow has paid for itself', () => {
    const gains = tablesOf(page, '#path-integral').at(-1) ?? [];
    assert.match(gains[1][0], /^N = 16: mala, 8 replicas, 16 ladders, 6\u2009400 paths recorded in 12\.5 s after a warm-up of 6\.25 s; 20\u2009000 weighted rings in 80 ms$/);
    assert.deepEqual(gains[2].slice(0, 2), ['x', '640']);
    // 60 s / (4 µs · 639)
    assert.equal(gains[2].at(-1), '23.5 k');
    assert.deepEqual([gains[3][0], gains[3][1], gains[3].at(-1)], ['x²', '0.800', 'never']);
    assert.equal(gains.filter((row) => row.length === 1).length, 3);
    assert.doesNotMatch(text(reportOf(pathIntegralRecord(pathIntegral({ rings: [ring(8)] }))), '#path-integral'), /without a flow/);
  });

  it('draws points where they are: total bias falls along the axes as in the record', () => {
    const figure = parse(page).querySelector('#path-integral figure svg.chart');
    const dots = [...(figure?.querySelectorAll('g[fill="var(--weighted)"] circle') ?? [])].map((dot) => ['cx', 'cy'].map((name) => Number(dot.getAttribute(name))));
    assert.equal(dots.length, 4);
    const steps = dots.slice(1).map(([x], k) => x - dots[k][0]);
    for (const step of steps) assert.ok(Math.abs(step / steps[0] - 1) < 1e-3, 'doubling N is one step');
    const logs = pathIntegral().rings.map(({ bias }) => Math.log(bias.total ?? Number.NaN));
    const perNat = (dots[3][1] - dots[0][1]) / (logs[3] - logs[0]);
    dots.forEach(([, y], k) => { assert.ok(Math.abs(y - dots[0][1] - perNat * (logs[k] - logs[0])) < 0.05); });
  });

  it('leads with the largest ring', () => {
    const cards = [...parse(page).querySelectorAll('#figures .headline > div')].map((card) => card.textContent);
    assert.match(cards[0], /^ESS of rings, N = 6491\.8 %of 20\u2009000 rings, 16 ms per 1000/);
    assert.match(cards[1], /^log Z of rings, N = 64−4\.1983 ± 0\.0020exact at N = 64: −4\.1993quantum: −4\.2000/);
    assert.match(cards[4], /^ESS81\.4 %/);
  });

  it('shows both ladders where there are two, from 80 % on where they stay above', () => {
    const two = reportOf(laddered);
    assertPage(two);
    assert.match(text(two, '#path-integral'), /S1: least CESS 84 % \(stage 7\), ensemble before any reset 74 % \(stage 5\)\. S2: least CESS 92 % \(stage 7\)/);
    const labels = [...parse(two).querySelectorAll('#path-integral svg.chart')].map((svg) => svg.getAttribute('aria-label') ?? '');
    assert.ok(labels.includes('CESS of S1 and S2 per stage, from 80 to 100 %'));
    assert.ok(labels.includes('ESS of S1 and S2 per stage, from 0 to 100 %'));
    assert.doesNotMatch(text(page, '#path-integral'), /distillation/);
  });

  it('flags what chance does not explain, and what is not finite', () => {
    const base = ring(8);
    const off = { ...base, nonFinite: 3, largestGap: 6.2, estimates: base.estimates.map((estimate, k) => (k === 1 ? { ...estimate, exact: (estimate.value ?? 0) + 0.0124 } : estimate)) };
    const flags = [...parse(reportOf(pathIntegralRecord(pathIntegral({ rings: [off] })))).querySelectorAll('#path-integral .flag')].map((flag) => flag.textContent);
    assert.deepEqual(flags, ['▲ 3', '▲ 6.2', '▲ −6.2']);
    assert.equal(parse(page).querySelectorAll('#path-integral .flag').length, 0);
  });

  it('renders one ring, no ring, no truth, two coordinates and nothing finite', () => {
    for (const rings of [[ring(1)], [ring(8, { moves: { steps: 5, stepSize: 0.1, acceptance: 0.61 } })], [], [ring(8, { positions: [], estimates: [] })]]) assertPage(reportOf(pathIntegralRecord(pathIntegral({ rings }))));
    assert.match(text(reportOf(pathIntegralRecord(pathIntegral({ rings: [] }))), '#path-integral'), /No ring is finished yet/);
    assert.match(text(reportOf(pathIntegralRecord(pathIntegral({ rings: [ring(8, { moves: { steps: 5, stepSize: 0.1, acceptance: 0.61 } })] }))), '#path-integral'), /5, 61 % accepted/);
    const truthless = pathIntegral({
      truth: null, centroids: [],
      rings: pathIntegral().rings.map((one) => ({ ...one, largestGap: null, logZ: { ...one.logZ, exact: null, quantum: null }, estimates: one.estimates.map((estimate) => ({ ...estimate, exact: null, quantum: null })), bias: { ...one.bias, total: null, sampling: null, trotter: null }, positions: one.positions.map((density) => ({ ...density, quantum: null })) })),
    });
    const without = reportOf(pathIntegralRecord(truthless));
    assertPage(without);
    assert.match(text(without, '#path-integral .lead'), /No exact averages are known/);
    assert.deepEqual(tablesOf(without, '#path-integral')[1][0], ['average', 'estimate']);
    const [x] = ring(8).positions;
    const plane = pathIntegral({ dimension: 2, masses: [1, 4], curvature: [2, 3], rings: [ring(8, { positions: [{ ...x, coordinate: 'x1' }, { ...x, coordinate: 'x2' }] })] });
    assertPage(reportOf(pathIntegralRecord(plane)));
    const unknown = unknownRecord();
    assert.ok(unknown.result !== null);
    const blank = reportOf({ ...unknown, result: { ...unknown.result, pathIntegral: unknownPathIntegral() } });
    assertPage(blank);
    assert.match(text(blank, '#path-integral'), /▲ 20\u2009000/);
    assert.match(text(blank, '#path-integral .lead'), /reference that is free/);
    assert.equal(parse(blank).querySelectorAll('#path-integral svg.chart').length, 0);
  });

  it('escapes names of targets, functions, coordinates and kernels', () => {
    const base = rivalled(16);
    const named = ring(16, {
      estimates: base.estimates.map((estimate, k) => (k === 0 ? { ...estimate, name: EVIL } : estimate)), positions: base.positions.map((density) => ({ ...density, coordinate: EVIL })),
      baseline: base.baseline === null ? null : { ...base.baseline, kernel: EVIL },
    });
    const evil = reportOf({ ...pathIntegralRecord(pathIntegral({ rings: [named] })), target: EVIL });
    assertBalanced(evil);
    assert.doesNotMatch(evil, /<img/);
    assert.ok(text(evil, '#path-integral').includes(EVIL));
  });

  it('adds metrics where a run has them', () => {
    const { rows } = comparisonTable([{ name: 'a', record: pathIntegralRecord() }, { name: 'b', record: record() }]);
    const of = (metric: string): string[] | undefined => rows.find(([name]) => name === metric)?.slice(1);
    assert.deepEqual([of('ESS of rings'), of('log Z of rings'), of('gain over tempering'), of('paid back after'), of('level splitting')], [['91.8 %', 'n/a'], ['-4.1983 ± 0.0020', 'n/a'], ['1280 (N = 32)', 'n/a'], ['5.86 k', 'n/a'], ['0.5000', 'n/a']]);
    assert.ok(!comparisonTable([{ name: 'b', record: record() }]).rows.some(([name]) => name === 'ESS of rings'));
  });
});
