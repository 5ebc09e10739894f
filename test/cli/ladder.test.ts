/**
 * A ladder of flows on the command line: what it prints, writes and draws, and that a kill, damage and bad input end well.
 * One long file, because the runs that it makes are shared by all of its checks, and each costs seconds.
 */
import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { totalmem } from 'node:os';
import { after, before, describe, it } from 'node:test';
import { RunningWeights } from '../../src/estimators/runningWeights.ts';
import { sampleMean, weightedMean } from '../../src/estimators/expectation.ts';
import { sampleKey } from '../../src/pipeline/proposal/draw.ts';
import { logZOfGroups } from '../../src/samplers/particles.ts';
import { recordSchema, type RunRecord } from '../../src/records/record.ts';
import { readNpz } from '../../src/store/npz.ts';
import { readSafetensors } from '../../src/store/safetensors.ts';
import { baseEnergies, sampleBase } from '../../src/targets/base.ts';
import { compileEnergy } from '../../src/targets/compile.ts';
import { himmelblau } from '../../src/targets/himmelblau.ts';
import { assertDone, assertRefused, hashOf, jeffreys, jeffreysInTurn, jsonOf, snapshot, temporaryFolder, type Outcome } from './jeffreys.ts';
import { assertBeginsAndStops, costOf, damage, OFTEN, SHORT_TEMPERING, SMALL, stageDamages } from './ladderRuns.ts';
import { between, RunsIn, words } from './runs.ts';

const folder = temporaryFolder();
after(folder.remove);
const cwd = folder.path;
const runs = new RunsIn(cwd, OFTEN);
const { at, recordOf, resultOf, eventsOf, bitsOf, figuresOf, doubles, stopAt } = runs;

/** A ladder of four stages that is over in a second. */
const TINY = ['--preset', 'quick', ...words(`generator=ladder path=interpolation hottest=0.02 replicas=6 ${SMALL} stageSteps=60 interpolation=linear linearStages=4`)];
const STAGES = [1, 2, 3, 4];
/** What many tests below look at. */
let ladder: Outcome;
before(async () => {
  ladder = await jeffreys(['run', 'himmelblau', ...TINY, '--out', 'ladder', '--json'], { cwd });
  assertDone(ladder);
});

describe('a run of a ladder', () => {
  it('prints one object with the choice and every stage, and nothing else', () => {
    const { choice, ladder: summary } = jsonOf(ladder) as Pick<NonNullable<RunRecord['result']>, 'choice' | 'ladder'>;
    assert.equal(ladder.stderr, '', 'nothing on standard error');
    assert.deepEqual([choice?.generator, choice?.by, choice?.oneFlow], ['ladder', 'setting', null], 'the choice');
    assert.deepEqual(summary?.stages.map(({ stage, lambda }) => [stage, lambda]), STAGES.map((stage) => [stage, stage / 4]), 'the stages');
    assert.deepEqual(summary, resultOf('ladder').ladder, 'as in run.json');
  });

  it('leaves the documented files, with the documented shapes', () => {
    const shapes = (stage: number): Record<string, readonly number[]> => ({ pt: [512, 2], pt_energies: [512], ensemble: [512, 2], log_weights: [512], ...(stage === 4 ? { fresh: [1000, 2], fresh_log_weights: [1000], held_out_log_weights: [13] } : {}) });
    for (const stage of STAGES) {
      const inside = shapes(stage);
      assert.deepEqual(readdirSync(at(`ladder/stage-0${stage}`)).sort(), [...Object.keys(inside).map((name) => `${name}.npy`), 'flow.safetensors', 'stage.json'].sort(), `stage ${stage}: no file more or less`);
      for (const [name, shape] of Object.entries(inside)) {
        const array = doubles(`ladder/stage-0${stage}/${name}.npy`);
        assert.deepEqual(array.shape, shape, `stage ${stage}: shape of ${name}`);
        assert.ok(array.data.every(Number.isFinite), `stage ${stage}: every entry of ${name} is finite`);
      }
      const numbers = Object.values(readSafetensors(at(`ladder/stage-0${stage}/flow.safetensors`)).tensors).reduce((sum, { data }) => sum + data.length, 0);
      assert.equal(numbers, resultOf('ladder').training.parameters, `stage ${stage}: parameters of the flow`);
    }
    for (const name of ['.lock', 'seconds.json', ...['pt.checkpoint.safetensors', 'ensemble.npy', 'flow.safetensors'].map((file) => `stage-00/${file}`)]) assert.ok(!existsSync(at(`ladder/${name}`)), `no ladder/${name}`);
    assert.match(readFileSync(at('ladder/report.html'), 'utf8'), /id="stages"[\s\S]*Three figures to quote/, 'the report has a section of the stages');
  });

  it('its figures are those of the weights', () => {
    const { generation: { ess, logZ }, ladder: summary } = resultOf('ladder');
    const totals = new RunningWeights(1000);
    totals.add(doubles('ladder/stage-04/fresh_log_weights.npy').data);
    assert.ok(Math.abs((ess ?? NaN) - totals.ess / 1000) < 1e-9 && Math.abs((logZ.value ?? NaN) - totals.logMean) < 1e-9, `ESS ${ess} and log Z ${logZ.value} of the fresh samples`);
    assert.equal(summary?.fresh.essRejuvenated, ess, 'the ESS with moves is that of the run');
  });
});

describe('the other verbs on a ladder', () => {
  const MANY = 20_000;
  const commands = [
    'run himmelblau --preset quick --set steps=12 --set rounds=64 --set samples=1000 --set batch=100 --set layers=2 --out one --quiet',
    'show ladder',
    'show ladder --json',
    'report ladder',
    'compare ladder one',
    'compare ladder one --json',
    'export ladder --format npz',
    'export ladder --format csv',
    'export ladder --format safetensors',
    'export ladder --format onnx',
    'sample ladder -n 3000 --seed 3 --out short.npy --json',
    'sample ladder -n 3000 --seed 3 --out again.npy --quiet',
    // 70,000 samples are more than one piece of a stream.
    'sample ladder -n 7e4 --seed 3 --out long.npy --quiet',
    'sample ladder -n 3000 --seed 4 --out seeded.npy --quiet',
    'sample ladder -n 3000 --seed 3 --moves 5 --out five.npy --quiet',
    `sample ladder -n ${MANY} --seed 8 --moves 0 --out still.npy --quiet`,
    `sample ladder -n ${MANY} --seed 8 --moves 3 --out moved.npy --quiet`,
    `sample ladder -n ${MANY} --seed 8 --moves 3 --out resampled.npy --resample --quiet`,
    `sample ladder -n ${MANY} --seed 8 --lattice --out lattice.npy --quiet`,
    'sample one -n 10 --moves 2 --out no.npy',
    'sample ladder -n 10 --moves -1 --out no.npy',
    'sample ladder -n 10 --moves 1.5 --out no.npy',
  ] as const;
  let outcomes: Outcome[];
  let page: string;
  before(async () => {
    page = hashOf(at('ladder/report.html'));
    rmSync(at('ladder/report.html'));
    outcomes = await jeffreysInTurn(commands.map((text) => text.split(' ')), cwd);
  });
  const did = (command: (typeof commands)[number]): Outcome => outcomes[commands.indexOf(command)];

  it('show prints the choice, the stages and three figures', () => {
    const text = assertDone(did('show ladder'));
    for (const says of [/ladder of flows \(by setting\)/, /4 stages \(linear\), 512 particles, log Z of the particles/, /least CESS .* %; ESS before any reset .* % \(at stage \d\); ESS of fresh samples .* % without moves, .* % with 5 moves between stages/, /^4 +1\.00 /m]) assert.match(text, says);
    assert.deepEqual(recordSchema.parse(jsonOf(did('show ladder --json'))), recordOf('ladder'), '--json is the record');
  });
  it('report writes the same page again', () => {
    assert.equal(assertDone(did('report ladder')), 'ladder/report.html\n', 'its path');
    assert.equal(hashOf(at('ladder/report.html')), page, 'the page');
  });
  it('compare puts it beside a run of one flow', () => {
    assert.match(assertDone(did('compare ladder one')), /^stages +4 \(\d flows?, \d identit(y|ies)\)/m, 'a row of stages');
    assert.deepEqual((jsonOf(did('compare ladder one --json')) as { ladder: object | null }[]).map(({ ladder: summary }) => summary !== null), [true, false], 'one ladder');
  });
  it('export writes its samples, and says where the flows are', () => {
    assert.equal(assertDone(did('export ladder --format npz')), 'himmelblau.npz\n', 'the file');
    const npz = readNpz(at('himmelblau.npz'));
    const [samples, logWeights] = ['fresh', 'fresh_log_weights'].map((name) => doubles(`ladder/stage-04/${name}.npy`));
    assert.deepEqual(npz['samples'].data, samples.data, 'samples in the .npz');
    assert.deepEqual(npz['log_weights'].data, logWeights.data, 'log-weights in the .npz');
    assert.deepEqual(npz['pt'].data, doubles('ladder/stage-00/pt.npy').data, 'PT samples in the .npz');
    assertDone(did('export ladder --format csv'));
    const rows = readFileSync(at('himmelblau.csv'), 'utf8').trimEnd().split('\n').slice(1).map((row) => row.split(',').map(Number));
    assert.deepEqual(rows, Array.from(logWeights.data, (w, i) => [samples.data[2 * i], samples.data[2 * i + 1], w]), 'rows of the .csv');
    for (const format of ['safetensors', 'onnx'] as const) {
      assertRefused(did(`export ladder --format ${format}`), /ladder is a ladder of flows: its flows are the files flow\.safetensors of ladder\/stage-01 and those after it/);
      assert.ok(!existsSync(at(`himmelblau.${format}`)), `no himmelblau.${format}`);
    }
  });

  it('sample writes samples and log-weights, the same for the same seed and the same prefix for every n', () => {
    const result = jsonOf(did('sample ladder -n 3000 --seed 3 --out short.npy --json')) as Record<string, unknown>;
    assert.deepEqual([result['samples'], result['out'], result['weights'], result['nonFinite']], [3000, 'short.npy', 'short_log_weights.npy', 0], 'the object');
    assert.deepEqual([doubles('short.npy').shape, doubles('short_log_weights.npy').shape], [[3000, 2], [3000]], 'shapes');
    for (const file of ['', '_log_weights'].map((end) => `${end}.npy`)) {
      const short = doubles(`short${file}`).data;
      for (const same of ['again', 'five']) assert.equal(hashOf(at(`${same}${file}`)), hashOf(at(`short${file}`)), `${same}${file}: the same bytes (five moves are the run's own)`);
      assert.deepEqual(doubles(`long${file}`).data.slice(0, short.length), short, `sample${file} i does not depend on n`);
      assert.notDeepEqual(doubles(`seeded${file}`).data, short, `the seed matters to sample${file}`);
      assert.notDeepEqual(doubles(`moved${file}`).data, doubles(`still${file}`).data, `moves matter to sample${file}`);
    }
  });
  it('log Z of many samples agrees with the run and with the exact one, with moves, without and on a lattice', () => {
    const { ladder: summary, generation: { logZ: { exact } } } = resultOf('ladder');
    // The run is too small for its own error to be trusted, so its groups' spread is taken here.
    const own = { value: summary?.logZ.value ?? NaN, standardError: logZOfGroups(doubles('ladder/stage-04/log_weights.npy').data, summary?.groups ?? 0).standardError };
    const errorsFrom = (w: Float64Array, value: number, error: number): number => {
      const totals = new RunningWeights(w.length);
      totals.add(w);
      return (totals.logMean - value) / Math.hypot(totals.logMeanStandardError, error);
    };
    for (const name of ['still', 'moved', 'lattice', 'long']) {
      const w = doubles(`${name}_log_weights.npy`).data;
      for (const [what, value, error] of [['the particles', own.value, own.standardError], ['quadrature', exact ?? NaN, 0]] as const) {
        const errors = errorsFrom(w, value, error);
        assert.ok(Math.abs(errors) < 6, `${name}: log Z is ${errors} standard errors from that of ${what}`);
      }
    }
    // The mutant: weights of the same samples that leave out how the flows stretch space.
    const base = new Float64Array(2 * MANY);
    sampleBase(himmelblau.base, sampleKey(8), 0, MANY, base);
    const [u0, u1] = [new Float64Array(MANY), new Float64Array(MANY)];
    baseEnergies(himmelblau.base, base, MANY, u0);
    compileEnergy(himmelblau).energies(doubles('still.npy').data, MANY, u1);
    const errors = errorsFrom(u0.map((u, i) => u - u1[i]), exact ?? NaN, 0);
    assert.ok(!(Math.abs(errors) < 6), `without the Jacobians log Z is ${errors} standard errors off, which the same check sees`);
  });
  it('sample --resample writes equally weighted samples', () => {
    for (const outcome of outcomes.slice(commands.indexOf(`sample ladder -n ${MANY} --seed 8 --moves 0 --out still.npy --quiet`), -3)) assertDone(outcome);
    assert.ok(!existsSync(at('resampled_log_weights.npy')), 'equal weights need no file');
    const [x, w, { shape, data: y }] = [doubles('moved.npy').data, doubles('moved_log_weights.npy').data, doubles('resampled.npy')];
    assert.deepEqual(shape, [MANY, 2], 'as many rows');
    for (const j of [0, 1]) {
      const column = (points: Float64Array): Float64Array => Float64Array.from({ length: MANY }, (_, i) => points[2 * i + j]);
      const [weighted, plain] = [weightedMean(column(x), w), sampleMean(column(y))];
      assert.ok(Math.abs(weighted.value - plain.value) < 5 * plain.standardError, `mean of coordinate ${j}: weighted ${weighted.value}, resampled ${plain.value}`);
    }
  });
  it('--moves is for ladders, and a count', () => {
    assertRefused(did('sample one -n 10 --moves 2 --out no.npy'), /--moves is for ladders of flows, and one is one flow/);
    for (const command of ['sample ladder -n 10 --moves -1 --out no.npy', 'sample ladder -n 10 --moves 1.5 --out no.npy'] as const) assertRefused(did(command), /--moves .*integer of at least 0/);
    assert.ok(!existsSync(at('no.npy')), 'nothing is written');
  });
});

describe('a finished ladder that is damaged', () => {
  const SAMPLE = ['sample', 'RUN', '-n', '10', '--out', 'x.npy'];
  const damages: readonly (readonly [file: string, bytes: number | null, says: RegExp, ...commands: (readonly string[])[]])[] = [
    ['stage-02/flow.safetensors', null, /no such file while reading .*\/stage-02\/flow\.safetensors/, SAMPLE],
    ['stage-02/flow.safetensors', 2000, /\/stage-02\/flow\.safetensors is truncated/, SAMPLE],
    ['stage-03/ensemble.npy', null, /no such file while reading .*\/stage-03\/ensemble\.npy/, ['report', 'RUN']],
    ['stage-03/ensemble.npy', 100, /\/stage-03\/ensemble\.npy is truncated: 100 bytes/, ['report', 'RUN']],
    ['stage-01/pt.npy', 100, /\/stage-01\/pt\.npy is truncated: 100 bytes/, ['report', 'RUN']],
    ['stage-04/fresh.npy', 100, /\/stage-04\/fresh\.npy is truncated: 100 bytes/, ['report', 'RUN'], ['export', 'RUN', '--format', 'csv', '--out', 'x.csv']],
    ['stage-04/stage.json', null, /is marked complete but has lost its (particles|fresh) \(.*\/stage-04\/stage\.json/, SAMPLE, ['report', 'RUN']],
  ];
  let outcomes: Outcome[];
  before(async () => {
    for (const [k, [file, bytes]] of damages.entries()) {
      cpSync(at('ladder'), at(`bad-${k}`), { recursive: true });
      damage(at(`bad-${k}/${file}`), bytes);
    }
    outcomes = await jeffreysInTurn(damages.flatMap(([, , , ...commands], k) => commands.map((command) => command.map((word) => (word === 'RUN' ? `bad-${k}` : word)))), cwd);
  });
  let first = 0;
  for (const [file, bytes, says, ...commands] of damages) {
    const own = first;
    first += commands.length;
    it(`${file} ${bytes === null ? 'lost' : 'cut'}`, () => {
      for (let k = 0; k < commands.length; k++) assertRefused(outcomes[own + k], says);
      assert.ok(!existsSync(at('x.npy')) && !existsSync(at('x.csv')), 'nothing is written');
    });
  }
});

describe('bad settings of a ladder', () => {
  const refusals: readonly (readonly [settings: string, says: RegExp])[] = [
    ['interpolation=explicit', /setting lambdas: a ladder needs at least two λ, such as 0\.1,0\.4,1, got none/],
    ['interpolation=explicit lambdas=1', /setting lambdas: a ladder needs at least two λ.* got 1; for a single step take generator=flow/],
    ['interpolation=explicit lambdas=0.5,0.2,1', /setting lambdas: must increase, got 0\.5, 0\.2, 1/],
    ['interpolation=explicit lambdas=0.5,0.5,1', /setting lambdas: must increase/],
    ['interpolation=explicit lambdas=0,1', /setting lambdas: must begin above 0/],
    ['interpolation=explicit lambdas=0.1,0.5', /setting lambdas: must end in 1, the target, got 0\.1, 0\.5/],
    ['interpolation=explicit lambdas=0.1,2', /setting lambdas: must end in 1/],
    ['interpolation=explicit lambdas=0.1,x,1', /--set lambdas: must be numbers separated by commas, got "0\.1,x,1"/],
    ['interpolation=geometrical', /--set interpolation: must be adaptive or geometric or hybrid or linear or explicit, got "geometrical"/],
    ['interpolation=geometric lambdaRate=1', /--set lambdaRate: must be above 1, got "1"/],
    ['interpolation=geometric smallestLambda=1', /--set smallestLambda: must be below 1, got "1"/],
    ['interpolation=linear linearStages=0', /--set linearStages: must be at least 2, got "0"/],
    ['particles=10', /--set particles: must be at least 64, got "10"/],
    ['groups=1', /--set groups: must be at least 2, got "1"/],
    ['particles=64 groups=20', /setting groups: needs at least 4 particles in each, got 20 groups of 64 particles/],
    ['targetCess=1', /--set targetCess: must be below 1, got "1"/],
    ['targetCess=0', /--set targetCess: must be above 0, got "0"/],
    ['path=interpolation replicas=1', /setting replicas: must be at least 2 with path=interpolation/],
    ['resampling=best', /--set resampling: must be systematic or multinomial, got "best"/],
    ['generator=ladders', /--set generator: must be auto or flow or ladder or rounds, got "ladders"/],
  ];
  const given = (settings: string): string[] => ['--preset', 'quick', ...words(`generator=ladder ${settings}`), '--out', 'refused'];
  let outcomes: Outcome[];
  let tooLarge: Outcome;
  before(async () => {
    const intact = snapshot(cwd);
    const huge = ['run', 'solvated-16d', ...given(`samples=1e8 particles=1e8 rounds=1e6 interpolation=linear`), '--quiet'];
    [tooLarge, ...outcomes] = await jeffreysInTurn([huge, ...refusals.map(([settings]) => ['run', 'himmelblau', ...given(settings)])], cwd);
    assert.deepEqual(snapshot(cwd), intact, 'a refused command wrote something');
  });
  for (const [k, [settings, says]] of refusals.entries()) it(settings, () => assertRefused(outcomes[k], says));
  it('more memory than the machine has', async (t) => {
    const { bytes } = await costOf('solvated-16d', 'quick', { generator: 'ladder', samples: 1e8, particles: 1e8, rounds: 1e6, interpolation: 'linear' });
    if (bytes <= totalmem()) {
      t.skip(`this machine has the ${(bytes / 2 ** 30).toFixed(0)} GiB`);
      return;
    }
    assertRefused(tooLarge, /solvated-16d with these settings needs about [\d.]+ GiB of memory, and this machine has [\d.]+ GiB; lower rounds, samples, particles or batch, or take a smaller network/);
  });
});

describe('a ladder that collapses', () => {
  // Two steps all the way down a curved valley, with flows that were hardly trained.
  const arguments_ = ['rosenbrock-4d', '--preset', 'quick', ...words(`generator=ladder ${SMALL.replace('layers=2', 'layers=7')} stageSteps=1 interpolation=linear linearStages=2`)];
  it('says so, keeps its stages, and is complete', async () => {
    const [ran, resumed, drawn] = await jeffreysInTurn([
      ['run', ...arguments_, '--out', 'collapsed'], ['resume', 'collapsed'], ['sample', 'collapsed', '-n', '100', '--out', 'collapsed.npy', '--quiet'],
    ], cwd);
    assert.match(assertDone(ran), /WARNING: Stages? [12, ]+: the ensemble has collapsed to a few particles \(ESS [\d., ]+ of 512\): what follows rests on them/, 'in words');
    const { warnings, ladder: summary } = resultOf('collapsed');
    assert.ok(warnings.some(({ code }) => code === 'collapsed') && warnings.some(({ code }) => code === 'low-ess'), `warnings ${warnings.map(({ code }) => code).join(' ')}`);
    assert.ok(summary?.stages.some(({ ess }) => (ess ?? 0) * 512 < 8), 'an ensemble of a few');
    for (const file of [1, 2].flatMap((stage) => ['ensemble.npy', 'flow.safetensors'].map((name) => `stage-0${stage}/${name}`))) assert.ok(existsSync(at(`collapsed/${file}`)), `${file} is kept`);
    assertDone(resumed);
    assert.match(resumed.stderr, /^collapsed is complete already\n$/, 'nothing is left to do');
    assertDone(drawn);
  });
});

describe('a published ladder', () => {
  const name = 'solvated-16d';
  it(`${name} says what it takes, begins, and stops within seconds`, () => assertBeginsAndStops(runs, name));
});

describe('the choice between one flow and a ladder', () => {
  const starved = ['himmelblau', '--preset', 'quick', ...words(`${SMALL} steps=1 stageSteps=20 interpolation=linear linearStages=3`)];
  const auto = [...starved, '--set', 'generator=auto'];
  let chosen: Outcome;
  before(async () => {
    const outcomes = await jeffreysInTurn([
      ['run', ...auto, '--out', 'auto'],
      ['run', ...starved, '--set', 'generator=flow', '--out', 'flow', '--quiet'],
      ['run', ...auto, ...words('sufficientEss=0 sufficientCoverage=0'), '--out', 'content', '--quiet'],
    ], cwd);
    for (const outcome of outcomes) assertDone(outcome);
    [chosen] = outcomes;
  });

  it('generator=auto goes on to a ladder where one flow is starved, and says why', () => {
    assert.match(assertDone(chosen), /ladder of flows \(chosen automatically\)\. One flow falls short: it has an ESS of .*; the ESS is below 30\.0 % \(sufficientEss\)/, 'in the summary');
    const { choice, ladder: summary } = resultOf('auto');
    assert.deepEqual([choice?.generator, choice?.by, summary?.stages.length], ['ladder', 'automatic', 3], 'the choice');
    assert.ok((choice?.oneFlow?.ess ?? 1) < 0.3, 'the figures of the one flow');
    assert.match(eventsOf('auto'), /"kind":"note","message":"one flow falls short/, 'said when it happens');
  });
  it('makes the same choice after a kill between two stages', async () => {
    await stopAt([between], 'SIGKILL', 'auto-killed', auto);
    // A damaged stage is no reason to fall back on the one flow.
    for (const [k, [file, bytes]] of stageDamages.entries()) {
      cpSync(at('auto-killed'), at(`cut-${k}`), { recursive: true });
      damage(at(`cut-${k}/${file}`), bytes);
    }
    const names = [...stageDamages.map((_, k) => `cut-${k}`), 'auto-killed'];
    const outcomes = await jeffreysInTurn(names.map((name) => ['resume', name, '--quiet']), cwd);
    for (const [k, [, , says]] of stageDamages.entries()) assertRefused(outcomes[k], says);
    assertDone(outcomes[stageDamages.length]);
    assert.deepEqual(bitsOf('auto-killed'), bitsOf('auto'), 'every array');
    assert.deepEqual(figuresOf('auto-killed'), figuresOf('auto'), 'every figure');
  });
  it('generator=flow does not, nor does auto where one flow is said to suffice', () => {
    for (const [run, by] of [['flow', 'setting'], ['content', 'automatic']] as const) {
      const { choice, ladder: summary } = resultOf(run);
      assert.deepEqual([choice?.generator, choice?.by, summary], ['flow', by, null], run);
      assert.ok(!existsSync(at(`${run}/stage-01`)), `${run} has no stages`);
    }
  });
});

describe('the experiment short-tempering', () => {
  let ran: Outcome;
  before(async () => { ran = await jeffreys(['run', ...SHORT_TEMPERING, '--out', 'short'], { cwd }); });

  it('ends with a table and a page', () => {
    const shown = assertDone(ran);
    assert.match(shown, /^run +standing +stages +least CESS +ESS of fresh samples .*log Z +exact$/m, 'the header');
    for (const row of [/^one-flow +unknown +\d/m, /^ladder, its particles +unknown +4 /m, /^ladder +unknown +\d/m]) assert.match(shown, row, 'a row');
    assert.match(readFileSync(at('short/report.html'), 'utf8'), /^<!doctype html>/i, 'the page');
  });
  it('its runs share their tempering, and nothing else', () => {
    for (const name of ['pt.npy', 'pt_energies.npy', 'path.npy', 'path_differences.npy']) assert.equal(hashOf(at(`short/ladder/stage-00/${name}`)), hashOf(at(`short/one-flow/stage-00/${name}`)), name);
    assert.deepEqual([existsSync(at('short/one-flow/stage-01')), existsSync(at('short/ladder/stage-00/flow.safetensors'))], [false, false], 'one flow, and a ladder');
  });
});
