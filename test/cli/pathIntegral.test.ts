/** A user's own potential on the command line: one command from a file to rings, samples of beads, and what is refused. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { weightedMean } from '../../src/estimators/expectation.ts';
import { estimateLogZ } from '../../src/estimators/logZ.ts';
import { recordSchema, type PathIntegralSummary } from '../../src/records/record.ts';
import { assertDone, assertRefused, hashOf, jeffreysInTurn, jsonOf, snapshot, temporaryFolder, type Outcome } from './jeffreys.ts';
import { definition, DOUBLE_WELL, good, LADDER, MINE, summaryIn, TINY } from './ringRuns.ts';
import { RunsIn, words } from './runs.ts';

const folder = temporaryFolder();
after(folder.remove);
const cwd = folder.path;
const { at, recordOf, doubles, assertPage } = new RunsIn(cwd);

const summaryOf = (run: string): PathIntegralSummary => summaryIn(recordOf(run));

describe("a user's own potential", () => {
  const commands: Readonly<Record<string, readonly string[]>> = {
    ladder: ['run', './mine.ts', ...TINY, ...LADDER, '--out', 'ladder'],
    colder: ['run', './mine.ts', ...TINY, ...words('beta=2 beads=6 rings=12'), '--out', 'colder', '--json'],
    ringless: ['run', './mine.ts', ...TINY, '--set', 'rings=', '--out', 'ringless'],
    plain: ['run', 'three-well', ...TINY, '--out', 'plain', '--quiet'],
    ...Object.fromEntries([
      'show ladder', 'show ladder --json', 'report ladder', 'compare ladder colder',
      'sample ladder -n 100 --beads 16 --out p.npy', 'sample ladder -n 100 --beads 16 --out q.npy --json', 'sample ladder -n 4000 --beads 12 --seed 7 --out many.npy --quiet',
      'sample ladder -n 200 --out own.npy --json', 'sample ladder -n 200 --beads 3 --resample --out equal.npy', 'sample colder -n 2000 --beads 12 --out cold.npy --quiet',
      'sample ladder -n 10 --beads 0 --out no.npy', 'sample ladder -n 10 --moves 2 --out no.npy', 'sample plain -n 10 --beads 4 --out no.npy',
    ].map((text) => [text, text.split(' ')])),
  };
  let outcomes: Outcome[];
  before(async () => {
    writeFileSync(at('mine.ts'), MINE);
    outcomes = await jeffreysInTurn(Object.values(commands), cwd);
  });
  const did = (command: string): Outcome => outcomes[Object.keys(commands).indexOf(command)];

  it('with no rings asked for, is the flow of its low modes alone', () => {
    const text = assertDone(did('ringless'));
    assert.match(text, /path integral at β = /);
    assert.doesNotMatch(text, /undefined|NaN/);
    assert.ok(existsSync(at('ringless/report.html')));
  });

  it('runs through all steps with one command, and prints its rings', () => {
    for (const text of [assertDone(did('ladder')), assertDone(did('show ladder'))]) {
      assert.match(text, /^mine .*preset quick$/m, 'a title');
      for (const beads of [4, 16]) assert.match(text, new RegExp(`^.*\\b${beads}\\b.*ESS|^ *${beads} `, 'm'), `a line for ${beads} beads`);
      assert.doesNotMatch(text, /\bNaN\b|undefined/, 'nothing is missing');
    }
  });

  it('leaves a record that validates, and a report', () => {
    const record = recordOf('ladder');
    assert.equal(record.state, 'complete');
    assert.deepEqual(recordSchema.parse(jsonOf(did('show ladder --json'))), record, 'show --json');
    const { beads, modes, beta, dimension, rings, classicalLadder } = summaryOf('ladder');
    assert.deepEqual({ beads, modes, beta, dimension }, { beads: 8, modes: 5, beta: 1, dimension: 1 });
    assert.equal(classicalLadder?.stages.length, 2, 'S1');
    assert.equal(record.result?.ladder?.stages.length, 2, 'S2');
    assert.deepEqual(rings.map((ring) => [ring.beads, ring.modes, ring.samples, ring.moves?.steps, ring.baseline?.samples]), [[4, 3, 4000, 2, 960], [16, 5, 4000, 2, 960]]);
    for (const { beads: count, largestGap, ess } of rings) assert.ok((largestGap ?? NaN) < 5 && (ess ?? 0) > 0.3, `${count} beads: ESS ${ess}, ${largestGap} standard errors off`);
    assert.equal(assertDone(did('report ladder')), 'ladder/report.html\n');
    assertPage('ladder/report.html');
    assert.match(readFileSync(at('ladder/report.html'), 'utf8'), /16 beads|beads/, 'the page tells of rings');
  });

  it('sample writes beads, shape [n, N, p], and the same ones with the same seed', () => {
    assert.match(assertDone(did('sample ladder -n 100 --beads 16 --out p.npy')), /^100 rings of 16 beads in /, 'the line');
    assert.deepEqual(doubles('p.npy').shape, [100, 16, 1]);
    assert.deepEqual(doubles('p_log_weights.npy').shape, [100]);
    assert.equal((jsonOf(did('sample ladder -n 100 --beads 16 --out q.npy --json')) as { beads: number }).beads, 16);
    for (const end of ['', '_log_weights']) assert.equal(hashOf(at(`p${end}.npy`)), hashOf(at(`q${end}.npy`)), 'the same seed');
    assert.equal((jsonOf(did('sample ladder -n 200 --out own.npy --json')) as { beads: number }).beads, 8, 'its own beads');
    assert.deepEqual(doubles('own.npy').shape, [200, 8, 1]);
    assert.equal(assertDone(did('sample ladder -n 200 --beads 3 --resample --out equal.npy')).includes('200 rings of 3 beads'), true);
    assert.deepEqual(doubles('equal.npy').shape, [200, 3, 1]);
    assert.ok(!existsSync(at('equal_log_weights.npy')), 'equal weights need no file');
  });

  it('beads have the averages of their ring, of a number that the run did not ask for', () => {
    assertDone(did('sample ladder -n 4000 --beads 12 --seed 7 --out many.npy --quiet'));
    const { data } = doubles('many.npy');
    const { data: logWeights } = doubles('many_log_weights.npy');
    // ⟨x²⟩ and log Z between those of 4 and 16 beads, by Richardson from what the record says is exact; errors O(N⁻⁴).
    const [few, many] = summaryOf('ladder').rings;
    const between = (of: (ring: PathIntegralSummary['rings'][number]) => number | null): number => {
      const [a, b] = [of(few) ?? NaN, of(many) ?? NaN];
      const slope = (a - b) / (1 / 16 - 1 / 256);
      return b + slope * (1 / 144 - 1 / 256);
    };
    const squares = Float64Array.from({ length: 4000 }, (_, i) => data.subarray(12 * i, 12 * i + 12).reduce((sum, x) => sum + x * x, 0) / 12);
    const mean = weightedMean(squares, logWeights);
    const exact = between(({ estimates }) => estimates.find(({ name }) => name === 'x²')?.exact ?? null);
    assert.ok(Math.abs(mean.value - exact) < 5 * mean.standardError, `⟨x²⟩ = ${mean.value} ± ${mean.standardError} for ${exact}`);
    const logZ = estimateLogZ(logWeights);
    const exactLogZ = between((ring) => ring.logZ.exact);
    assert.ok(Math.abs(logZ.value - exactLogZ) < 5 * logZ.standardError + 1e-3, `log Z = ${logZ.value} ± ${logZ.standardError} for ${exactLogZ}`);
  });

  it('--set beta and beads reshape it, and are kept by what reads the run', () => {
    const result = jsonOf(did('colder')) as { pathIntegral: PathIntegralSummary };
    assert.deepEqual([result.pathIntegral.beta, result.pathIntegral.beads, result.pathIntegral.modes], [2, 6, 5]);
    const [ring] = summaryOf('colder').rings;
    assert.ok((ring.largestGap ?? NaN) < 5, `${ring.largestGap} standard errors off`);
    assertDone(did('sample colder -n 2000 --beads 12 --out cold.npy --quiet'));
    const logZ = estimateLogZ(doubles('cold_log_weights.npy').data);
    assert.ok(Math.abs(logZ.value - (ring.logZ.exact ?? NaN)) < 5 * logZ.standardError, `log Z = ${logZ.value} ± ${logZ.standardError} for ${ring.logZ.exact}`);
    const [warmer] = summaryOf('ladder').rings;
    assert.ok(Math.abs(logZ.value - (warmer.logZ.exact ?? NaN)) > 10 * logZ.standardError, 'log Z of β = 1 is another');
    assert.match(assertDone(did('compare ladder colder')), /^metric +ladder +colder$/m);
  });

  it('--beads is refused where there are none, and for no number of them', () => {
    assertDone(did('plain'));
    assertRefused(did('sample plain -n 10 --beads 4 --out no.npy'), /--beads is for path integrals, and .*plain is none/);
    assertRefused(did('sample ladder -n 10 --beads 0 --out no.npy'), /--beads.*must be an integer of at least 1/i);
    assertRefused(did('sample ladder -n 10 --moves 2 --out no.npy'), /--moves is not for path integrals/);
    assert.ok(!existsSync(at('no.npy')), 'no file');
  });
});

describe('bad path integrals are refused in one line, and leave nothing behind', () => {
  const box = 'box: [-2, 2]';
  const files: Readonly<Record<string, string>> = {
    'good.ts': good(),
    'falls.ts': definition(`${box}, potential: (q) => np.square(q.slice(0)).sub(np.square(np.square(q.slice(0))))`),
    'cubic.ts': definition(`${box}, potential: (q) => np.square(q.slice(0)).mul(q.slice(0))`),
    'log.ts': definition('box: [-1, 1], potential: (q) => np.log(q.slice(0))'),
    'pole.ts': definition('box: [-5, 5], potential: (q) => np.square(q.slice(0)).mul(0.5).sub(np.reciprocal(np.abs(q.slice(0))))'),
    'flat.ts': definition(`${box}, potential: (q) => q.slice(0).mul(0)`),
    'hill.ts': definition('box: [-4, 4], potential: (q) => np.reciprocal(np.square(q.slice(0)).add(1))'),
    'one-sided.ts': definition('dimension: 2, box: [-6, 6], potential: (q) => np.square(q.slice(0))'),
    'even.ts': definition(`${DOUBLE_WELL}, box: [-2.6, 2.6], beads: 8, modes: 4`),
    'many.ts': definition(`${DOUBLE_WELL}, box: [-2.6, 2.6], beads: 5, modes: 7`),
    'beta.ts': good(', beta: 0'),
    'negative.ts': good(', beta: -1'),
    'hbar.ts': good(', hbar: NaN'),
    'masses.ts': good(', mass: [1, 2]'),
    'massless.ts': good(', mass: 0'),
    'boxless.ts': definition(DOUBLE_WELL),
    'backward.ts': definition(`${DOUBLE_WELL}, box: [2, -2]`),
    'shape.ts': definition(`${box}, potential: (q) => np.square(q)`),
    'throws.ts': definition(`${box}, potential: () => { throw new Error('no well'); }`),
    'nothing.ts': definition(box),
    'observable.ts': good(", observables: [{ name: 'y', value: (q) => q[1] }]"),
    'observable-throws.ts': good(", observables: [{ name: 'bad', value: () => { throw new Error('oh'); } }]"),
    'wells.ts': good(', wells: { centres: [[-1, 0], [1, 0]] }'),
    'setting.ts': good(', settings: { ringSample: 100 }'),
  };
  const refusals: readonly (readonly [target: string, settings: string, says: RegExp])[] = [
    ['./falls.ts', '', /target "mine": potential falls to .* it is unbounded below, or its box misses the deepest well/],
    ['./cubic.ts', '', /target "mine": potential falls to .* it is unbounded below/],
    ['./log.ts', '', /target "mine": potential is NaN at q = \(-1\), inside its box; it must be finite there/],
    ['./pole.ts', '', /target "mine": potential is unbounded below, or has a pit too narrow to see/],
    ['./flat.ts', '', /target "mine": potential does not confine: /],
    ['./hill.ts', '', /target "mine": potential does not confine: /],
    ['./one-sided.ts', '', /target "mine": potential does not confine: /],
    ['./even.ts', '', /target "mine": modes must be odd, .*got 4/],
    ['./many.ts', '', /target "mine": modes must be an integer from 1 to 5, got 7/],
    ['./beta.ts', '', /target "mine": beta must be finite and above 0, got 0/],
    ['./negative.ts', '', /target "mine": beta must be finite and above 0, got -1/],
    ['./hbar.ts', '', /target "mine": hbar must be finite and above 0, got /],
    ['./masses.ts', '', /target "mine": mass must be a number or 1 numbers?, got 2/],
    ['./massless.ts', '', /target "mine": mass must be finite and above 0, got 0/],
    ['./boxless.ts', '', /target "mine": box is missing; give \[low, high\]/],
    ['./backward.ts', '', /target "mine": box of coordinate 0 must be finite \[low, high\] with low < high, got \[2,-2\]/],
    ['./shape.ts', '', /target "mine": .*must return one number/],
    ['./throws.ts', '', /target "mine": .*throws .*: no well \(.*throws\.ts:2\)$/m],
    ['./nothing.ts', '', /target "mine": potential must be a function of one point, got undefined/],
    ['./observable.ts', '', /target "mine": observable "y" is undefined /],
    ['./observable-throws.ts', '', /target "mine": observable "bad" throws .*: oh$/m],
    ['./wells.ts', '', /target "mine": centre 0 of modes must have 1 numbers?, got 2/],
    ['./setting.ts', '', /target "mine": in its settings: unknown setting "ringSample", did you mean "ringSamples"\?/],
    ['./good.ts', 'modes=4', /target "mine": modes must be odd, .*got 4/],
    ['./good.ts', 'beads=3', /target "mine": modes must be an integer from 1 to 3, got 5/],
    ['./good.ts', 'modes=9', /target "mine": modes must be an integer from 1 to 8, got 9/],
    ['./good.ts', 'beta=-1', /--set beta: must be at least 0, got "-1"/],
    ['./good.ts', 'beta=0.0001', /target "mine": potential does not confine: /],
    ['./good.ts', 'rings=0', /--set rings: must be at least 1, got "0"/],
    ['./good.ts', 'rings=4,x', /--set rings: must be numbers separated by commas, got "4,x"/],
    ['./good.ts', 'modeSpread=2', /--set modeSpread: must be at most 1, got "2"/],
    ['./good.ts', 'sampler=resgld', /target "mine" has no noise/],
    ['three-well', 'beta=2', /setting beta: is for path integrals, and "three-well" is none; leave it out/],
    ['three-well', 'beads=4', /setting beads: is for path integrals/],
  ];
  let outcomes: Outcome[];
  let intact: Record<string, string>;
  before(async () => {
    mkdirSync(at('bad'));
    for (const [name, text] of Object.entries(files)) writeFileSync(at(`bad/${name}`), text);
    intact = snapshot(at('bad'));
    outcomes = await jeffreysInTurn(refusals.map(([target, settings]) => ['run', target, ...TINY, ...(settings === '' ? [] : words(settings))]), at('bad'));
  });
  it('none wrote anything', () => assert.deepEqual(Object.keys(snapshot(at('bad'))).filter((name) => !(name in intact)), []));
  for (const [k, [target, settings, says]] of refusals.entries()) it(`${target} ${settings}`.trimEnd(), () => assertRefused(outcomes[k], says));
});
