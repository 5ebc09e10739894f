/** What a ladder of stages, projections, energies and many modes add to a report. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InputError } from '../../../src/errors.ts';
import { comparisonTable, renderReport, type ReportInput } from '../../../src/report/index.ts';
import { stagesToShow } from '../../../src/report/ladder/stageSamples.ts';
import { binMeans, deviation, freeEnergy, sampledProfile } from '../../../src/estimators/freeEnergy.ts';
import { freshText, leastCess, unresetEss, leastText, temperingDistance } from '../../../src/report/ladder/ladderFigures.ts';
import { massDistance, selectModes } from '../../../src/report/modeSelection.ts';
import { recordSchema, type LadderSummary, type RunRecord, type RunResult } from '../../../src/records/record.ts';
import { estimate, ladder, ladderInput, manyModes, planeInput, record, spaceInput } from '../fixture.ts';
import { assertBalanced, assertNoLoads, parse, readable } from '../pages.ts';

/** A record with another result. */
function withResult(base: RunRecord, changes: Partial<RunResult>): RunRecord {
  assert.ok(base.result !== null);
  return { ...base, result: { ...base.result, ...changes } };
}

function withModes(count: number): RunRecord {
  const base = record();
  assert.ok(base.result !== null);
  return withResult(base, { generation: { ...base.result.generation, modes: manyModes(count) } });
}

const sections = (page: string): (string | null)[] => [...parse(page).querySelectorAll('section')].map((section) => section.getAttribute('id'));
const text = (page: string, selector: string): string => parse(page).querySelector(selector)?.textContent ?? '';

const input = ladderInput(1200);
const page = renderReport(input);

describe('report of a ladder', () => {
  it('uses a record the schema accepts', () => {
    assert.doesNotThrow(() => recordSchema.parse(input.record));
  });

  it('is well-formed, self-contained, whole and pure', () => {
    assertBalanced(page);
    assertNoLoads(page);
    assert.deepEqual(sections(page), ['figures', 'samples', 'projections', 'energies', 'ladder', 'stages', 'training', 'weights', 'marginals', 'modes', 'observables', 'metrics', 'settings', 'reproduce']);
    for (const figure of parse(page).querySelectorAll('figure')) assert.notEqual(figure.querySelector('figcaption')?.textContent ?? '', '');
    for (const svg of parse(page).querySelectorAll('svg.chart')) assert.ok((svg.getAttribute('aria-label') ?? '').length > 10);
    assert.doesNotMatch(readable(page), /NaN|undefined|Infinity/);
    assert.ok(page.length < 1.5e6, `${page.length} bytes`);
    assert.equal(renderReport(ladderInput(1200)), page);
  });

  it('shows each new section only where there is something to say', () => {
    assert.deepEqual(sections(renderReport({ ...planeInput(200), record: input.record })).filter((id) => ['projections', 'energies', 'stages'].includes(id ?? '')), ['stages']);
    assert.deepEqual(sections(renderReport(planeInput(200))).filter((id) => ['projections', 'energies', 'stages'].includes(id ?? '')), []);
    assert.doesNotMatch(renderReport(planeInput(200)), /Ladder of stages|CESS/);
    // A ladder that is still running has samples of stages and no summary yet.
    assert.match(text(renderReport({ ...input, record: record({ result: null, state: 'running' }) }), '#stages'), /no summary yet/);
  });

  it('names the choice, its reason and the three figures first', () => {
    assert.match(text(page, '#figures p'), /^A ladder of 7 stages made the samples, chosen automatically\. One flow reached a forward ESS of 3\.1 %, below 20 %\..*ESS 42 %, forward ESS 3\.1 %, coverage 0\.120\.$/);
    const cards = [...parse(page).querySelectorAll('.headline.three .value')].map((card) => card.textContent);
    assert.deepEqual(cards, ['47 %', '64 %', '27.4 %']);
    const choice = { generator: 'flow', by: 'setting', reason: 'It was asked for.', oneFlow: null } as const;
    const flow = renderReport({ ...planeInput(200), record: withResult(record(), { choice }) });
    assert.equal(text(flow, '#figures p'), 'One flow from base to target made the samples, chosen by setting. It was asked for.');
  });

  it('says which figures to quote, and that a reset says nothing', () => {
    const quoted = text(page, '#stages .figures-list');
    assert.match(quoted, /CESS per stage: 47 % at least at stage 6, λ = 0\.7/);
    assert.match(quoted, /before any reset: 64 % at stage 3.*resampled after stages 3 and 6\..*the figure after it says nothing/s);
    assert.match(quoted, /27\.4 % without moves, 73\.1 % with 10 Langevin steps between stages/);
  });

  it('has a row per stage', () => {
    const rows = [...parse(page).querySelectorAll('#stages tbody tr')].map((row) => [...row.querySelectorAll('th, td')].map((cell) => cell.textContent));
    assert.equal(rows.length, 7);
    assert.deepEqual(rows[5], ['6', '0.7', 'identity', '47 %', '32 %', '47 %', '75 %', '31 %', 'yes', '0.880', '0.410 ± 0.024', '0.400 ± 0.016', '63 %', '0.10', '400', '0', '0', '16.1 s']);
    assert.deepEqual(rows[6].slice(6, 9), ['n/a', '73 %', 'no']);
    assert.equal(parse(page).querySelectorAll('#stages .flag').length, 1);
  });

  it('leaves out columns of which no stage knows anything', () => {
    const bare = ladder();
    const stages = bare.stages.map((stage) => ({ ...stage, cessPredicted: null, rejuvenationAcceptance: null }));
    const heads = text(renderReport({ ...input, record: withResult(record(), { ladder: { ...bare, stages } }) }), '#stages thead');
    assert.doesNotMatch(heads, /expected|moves/);
    assert.match(heads, /CESS, kept/);
  });

  it('shows PT and particles of at most six stages', () => {
    assert.deepEqual(stagesToShow([1, 2, 3]), [1, 2, 3]);
    assert.deepEqual(stagesToShow(Array.from({ length: 11 }, (_, k) => k)), [0, 2, 4, 6, 8, 10]);
    // Four charts over the stages, six stages of PT and particles, six marginals of x and of y.
    assert.equal(parse(page).querySelectorAll('#stages svg.chart').length, 4 + 6 * 2 + 6 * 2);
  });

  it('survives a ladder of which nothing is known', () => {
    const none = estimate(null, null);
    const known = ladder();
    const blank: LadderSummary = {
      ...known, logZ: none, modes: known.modes.map(({ name }) => ({ name, ...none })), fresh: { samples: 0, ess: null, essRejuvenated: null, rejuvenationSteps: 0 },
      stages: known.stages.map((stage) => ({ ...stage, cess: null, cessFlow: null, cessIdentity: null, cessPredicted: null, ess: null, coverage: { kind: 'neighbours', value: null }, logZ: none, logZTempering: none, rejuvenationAcceptance: null })),
    };
    for (const stages of [blank.stages, blank.stages.slice(0, 1), []]) {
      const unknown = renderReport({ ...input, record: withResult(record(), { ladder: { ...blank, stages } }) });
      assertBalanced(unknown);
      assert.doesNotMatch(readable(unknown), /NaN|undefined|Infinity|null/);
    }
    const lost = (input.stages ?? []).map((stage) => ({ ...stage, logWeights: stage.logWeights.map(() => Number.NaN) }));
    const page = renderReport({ ...input, logWeights: input.logWeights.map(() => Number.NaN), stages: lost, energies: { pt: new Float64Array(0), flow: input.logWeights.map(() => Number.NaN) } });
    assert.match(text(page, '#stages'), /weight was not finite: 8\u2009400\./);
    assert.match(text(page, '#energies'), /No energy was finite/);
    assert.doesNotMatch(readable(page), /NaN|undefined|Infinity/);
  });

  it('escapes every name', () => {
    const evil = '<img src=x onerror="a">&\'$&$1';
    const projections = (input.projections ?? []).map((projection) => ({ ...projection, name: evil }));
    const ofLadder = ladder();
    const evilPage = renderReport({
      ...input, names: [evil, 'y'], projections,
      record: withResult(record(), { ladder: { ...ofLadder, modes: ofLadder.modes.map((mode) => ({ ...mode, name: evil })) }, choice: { generator: 'ladder', by: 'automatic', reason: evil, oneFlow: null } }),
    });
    assertBalanced(evilPage);
    assert.doesNotMatch(evilPage, /<img/);
    assert.ok(text(evilPage, '#projections h3').includes(evil));
    assert.ok(text(evilPage, '#figures p').includes(evil));
  });

  it('refuses arrays that do not fit', () => {
    const refuses = (changes: Partial<ReportInput>, what: RegExp): void => {
      assert.throws(() => renderReport({ ...input, ...changes }), (error) => error instanceof InputError && what.test(error.message) && !error.message.includes('\n'));
    };
    const [stage] = input.stages ?? [];
    const [projection] = input.projections ?? [];
    refuses({ stages: [{ ...stage, pt: new Float64Array(3) }] }, /pt of stage 1 must have a multiple of 2 entries, got 3/);
    refuses({ stages: [{ ...stage, particles: new Float64Array(6) }] }, /particles of stage 1/);
    refuses({ stages: [{ ...stage, lambda: 1.5 }] }, /λ of stage 1 must be in \[0, 1\], got 1\.5/);
    refuses({ projections: [{ ...projection, flow: new Float64Array(1) }] }, /"x": flow/);
    refuses({ projections: [{ ...projection, low: 3 }] }, /low < high/);
    refuses({ projections: [{ ...projection, exactDensity: [1] }] }, /exactDensity/);
    refuses({ projections: [{ ...projection, grid: [1, 0, 2], exactDensity: [1, 1, 1] }] }, /ascending, but entry 1/);
    refuses({ energies: { pt: new Float64Array(2), flow: new Float64Array(2) } }, /energies\.flow/);
    refuses({ ptSamples: new Float64Array(3) }, /ptSamples must have a multiple of 2 entries, got 3/);
  });

  it('stays readable in 16 coordinates', () => {
    const space = spaceInput(60);
    const widen = (points: Float64Array): Float64Array => Float64Array.from({ length: 4 * points.length }, (_, i) => points[4 * Math.floor(i / 16) + (i % 4)]);
    const domain = Array.from({ length: 16 }, (_, j) => space.domain[j % 4]);
    const particles = widen(space.flowSamples);
    const stages = [0.5, 1].map((lambda, k) => ({ stage: k + 1, lambda, pt: particles, particles, logWeights: new Float64Array(60) }));
    const wide = renderReport({ record: { ...record(), dimension: 16 }, domain, flowSamples: particles, logWeights: new Float64Array(60), ptSamples: particles, stages });
    assert.equal(parse(wide).querySelectorAll('#marginals svg.chart').length, 16);
    assert.equal(parse(wide).querySelectorAll('#stages svg.chart').length, 2 * (2 + 4));
    // Every fourth coordinate is a copy of the circle, which varies most.
    assert.match(parse(wide).querySelector('#stages svg')?.getAttribute('aria-label') ?? '', /stage 1 in x₁ and x₅$/);
  });
});

describe('figures of a ladder', () => {
  it('are the least over the stages', () => {
    assert.equal(leastText(leastCess(ladder())), '47 % (stage 6)');
    assert.equal(unresetEss(ladder())?.stage.stage, 3);
    assert.equal(freshText(ladder()), '27.4 % without moves, 73.1 % with 10 Langevin steps between stages');
    assert.equal(leastText(leastCess({ ...ladder(), stages: [] })), 'n/a');
  });
  it('measure log Z against tempering in the error of the difference', () => {
    const [stage] = ladder().stages;
    assert.equal(temperingDistance({ ...stage, logZ: estimate(1, 0.3), logZTempering: estimate(3, 0.4) }), 4);
    assert.equal(temperingDistance({ ...stage, logZTempering: estimate(3, null) }), null);
  });
  it('join the comparison when a run has a ladder', () => {
    const runs = [{ name: 'one', record: record() }, { name: 'ladder', record: input.record }];
    const { rows } = comparisonTable(runs);
    assert.deepEqual(rows.find(([name]) => name === 'least CESS of a stage'), ['least CESS of a stage', 'n/a', '47 % (stage 6)']);
    assert.deepEqual(rows.find(([name]) => name === 'generator'), ['generator', 'n/a', 'ladder (automatic)']);
    assert.equal(comparisonTable([runs[0]]).rows.find(([name]) => name === 'least CESS of a stage'), undefined);
  });
});

describe('free energies', () => {
  const range = { low: 0, high: 1 };
  it('compare a histogram with bin means, not with the middle of the bin', () => {
    // p = 3x² has the mean (b³ − a³) / (b − a) over [a, b]; its value at the middle is less.
    const grid = Array.from({ length: 2001 }, (_, i) => i / 2000);
    const means = binMeans(grid, grid.map((x) => 3 * x * x), range, 4);
    means.forEach((mean, k) => assert.ok(Math.abs(mean - (((k + 1) / 4) ** 3 - (k / 4) ** 3) * 4) < 1e-5));
    assert.ok(Number.isNaN(binMeans([0.5, 1], [1, 1], range, 4)[0]));
    assert.equal(binMeans([0.3, 1], [2, 2], range, 4)[1], 2);
  });
  it('know the error of a bin from its weights', () => {
    const { density, error } = sampledProfile(Float64Array.from([0.1, 0.2, 0.7, 5]), Float64Array.from([0.1, 0.3, 0.4, 0.2]), range, 2);
    assert.ok(Math.abs(density[0] - 0.8) < 1e-12 && Math.abs(density[1] - 0.8) < 1e-12);
    assert.ok(Math.abs(error[0] - Math.hypot(0.1, 0.3) / 0.4) < 1e-12);
    assert.equal(error[1], 1);
    assert.ok(Math.abs(sampledProfile(Float64Array.from([0.1, 0.2, 0.7, 5]), null, range, 2).error[0] - 1 / Math.sqrt(2)) < 1e-12);
  });
  it('are judged where the reference is above a thousandth of its maximum, and empty bins are told', () => {
    const profile = { density: Float64Array.from([2, 1, 0, 5]), error: Float64Array.from([0.1, 0.2, Number.NaN, 0.3]) };
    const found = deviation(profile, { density: Float64Array.from([1, 1, 1, 9e-4]) }, { low: 0, high: 4 });
    assert.deepEqual(found, { largest: Math.log(2), at: 0.5, error: 0.1, judged: 3, empty: 1, errors: 5 });
    assert.equal(deviation({ ...profile, density: new Float64Array(4) }, { density: Float64Array.from([1, 1, 1, 1]) }, range).largest, null);
  });
  it('are gaps where nothing was seen', () => {
    const [a, b] = freeEnergy([Math.exp(-2), 0], (k) => k, 1);
    assert.ok(Math.abs(a.density - 1) < 1e-12);
    assert.ok(Number.isNaN(b.density));
  });
  it('find a planted tilt, and little where there is none', () => {
    const caption = text(page, '#projections figcaption');
    assert.match(caption, /^Largest deviation of F from the exact one: generator [\d.]+ ± [\d.]+ kT at −?[\d.]+.*; PT [\d.]+ ± [\d.]+ kT at /);
    const [projection] = input.projections ?? [];
    const large = (flow: Float64Array): number => Number(/generator ([\d.]+) ±/.exec(text(renderReport({ ...input, projections: [{ ...projection, flow }] }), '#projections figcaption'))?.[1]);
    assert.ok(large(projection.flow.map((v) => v + 0.3)) > large(projection.flow) + 1);
  });
});

describe('many modes and observables', () => {
  it('selects the heaviest and the most doubtful, a mode without a sample first of all', () => {
    const { heaviest, farthest, hidden } = selectModes(manyModes(256));
    assert.deepEqual(heaviest.map(({ name }) => name), Array.from({ length: 16 }, (_, k) => `well ${k + 1}`));
    assert.deepEqual(farthest.slice(0, 2).map(({ name }) => name), ['well 41', 'well 51']);
    assert.equal(new Set([...heaviest, ...farthest]).size, 32);
    assert.equal(hidden, 224);
    assert.deepEqual(selectModes(manyModes(32)), { heaviest: manyModes(32), farthest: [], hidden: 0 });
  });
  it('measures against PT where nothing is exact', () => {
    const [mode] = manyModes(1);
    assert.equal(massDistance({ ...mode, exact: null, weighted: estimate(0.5, 0.03), pt: estimate(0.4, 0.04) }).toFixed(6), '2.000000');
    assert.equal(massDistance({ ...mode, exact: null, pt: estimate(null, null) }), -1);
  });
  it('draws 32 of 256 modes, says how many are hidden, and lists all', () => {
    const many = renderReport({ ...planeInput(200), record: withModes(256) });
    assertBalanced(many);
    assert.match(text(many, '#modes'), /224 are hidden here and listed below/);
    assert.match(text(many, '#modes'), /1 mode stands on an edge/);
    assert.equal(parse(many).querySelectorAll('#modes svg.chart').length, 2);
    assert.equal(parse(many).querySelectorAll('#modes .panels tbody tr').length, 32 + 2);
    assert.equal(parse(many).querySelectorAll('#modes details tbody tr').length, 256);
    assert.doesNotMatch(readable(many), /NaN|undefined|Infinity/);
    const few = renderReport({ ...planeInput(200), record: withModes(32) });
    assert.equal(parse(few).querySelectorAll('#modes tbody tr').length, 32);
    assert.equal(parse(few).querySelectorAll('#modes details').length, 0);
  });
  it('has the particles’ masses beside the fresh samples’', () => {
    assert.match(text(page, '#modes thead'), /particles/);
    assert.match(text(page, '#modes tbody tr'), /6\.80 ± 0\.30/);
  });
  it('puts the farthest observables first and folds the list away', () => {
    const base = record();
    assert.ok(base.result !== null);
    const observables = Array.from({ length: 40 }, (_, i) => ({ name: `f${i}`, value: i === 38 ? 0.5 : 0.001 * (i % 3), standardError: i === 39 ? 0 : 0.001, exact: 0, tempering: null }));
    const many = renderReport({ ...planeInput(200), record: withResult(base, { generation: { ...base.result.generation, observables } }) });
    const names = [...parse(many).querySelectorAll('#observables tbody th')].map((cell) => cell.textContent);
    assert.equal(names.length, 32 + 40);
    assert.deepEqual([...names.slice(0, 2)], ['f38', 'f2']);
    assert.match(text(many, '#observables .lead'), /The 32 farthest from their exact value of 40 observables; the other 8/);
  });
});
