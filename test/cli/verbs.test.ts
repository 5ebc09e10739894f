/** What the verbs print and write of a completed run. */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import ort from 'onnxruntime-node';
import { sampleMean, weightedMean } from '../../src/estimators/expectation.ts';
import { logSumExp } from '../../src/numerics/logSumExp.ts';
import { sampleKey } from '../../src/pipeline/proposal/draw.ts';
import { recordSchema, type RunRecord } from '../../src/records/record.ts';
import { readNpy } from '../../src/store/npy.ts';
import { readNpz } from '../../src/store/npz.ts';
import { readSafetensors } from '../../src/store/safetensors.ts';
import { sampleBase } from '../../src/targets/base.ts';
import { compileEnergy } from '../../src/targets/compile.ts';
import { threeWell } from '../../src/targets/threeWell.ts';
import { assertDone, assertRefused, bitsOf, editRecord, hashOf, jeffreys, jeffreysInTurn, jsonOf, temporaryFolder, TINY, type Outcome } from './jeffreys.ts';

const folder = temporaryFolder();
const at = (name: string): string => join(folder.path, name);
const call = (text: string): Promise<Outcome> => jeffreys(text.split(' '), { cwd: folder.path });

function doubles(name: string): { shape: readonly number[]; data: Float64Array } {
  const { dtype, shape, data } = readNpy(at(name));
  assert.equal(dtype, 'float64', `${name} is float64`);
  return { shape, data };
}

const RUN = `run three-well ${TINY.join(' ')} --set replicas=5`;
/** What the tests below look at, in the order in which one process does it. */
const commands = [
  `${RUN} --seed 4 --out same --quiet`,
  `${RUN} --seed 5 --out other --quiet`,
  `${RUN} --set samples=500 --json`,
  'show latest --json',
  'show first --json',
  'show first',
  'compare first other --json',
  'compare first other --html table.html',
  'compare first other --html nowhere/table.html',
  'report first',
  // 70,000 samples are more than one piece of a stream.
  'sample first -n 1_000 --seed 3 --out short.npy --json',
  'sample first -n 7e4 --seed 3 --out long.npy --weights w.npy --json',
  'sample first -n 1000 --seed 4 --out seeded.npy --quiet',
  'sample first -n 20000 --seed 8 --out plain.npy',
  'sample first -n 20000 --seed 8 --out resampled.npy --resample',
  'sample first -n 10 --out mine.npy',
  'sample first -n 10 --out new.npy --weights mine-w.npy',
  'sample first -n 10 --out one.npy --weights ./one.npy',
  'sample first -n 10 --out nowhere/x.npy',
  'sample first -n 10 --out first --force',
  'sample first -n 10 --resample --weights u.npy',
  'sample first -n 10 --out replaced.npy --force --quiet',
  'export first --format onnx --batch 500 --out flow.onnx',
  'export first --format npz',
  'export first --format csv --out table.csv',
  'export first --format safetensors',
  'export first --format csv --out mine.npy',
  'export first --format npz --force',
  'init my-target',
  'init my-target',
  `run ./my-target.ts ${TINY.join(' ')} --set rounds=200 --set steps=60 --set batch=400 --out starter --json`,
] as const;

let firstRun: Outcome;
let outcomes: Outcome[];
let page: string;
before(async () => {
  firstRun = await call(`${RUN} --seed 4 --out first --json`);
  assertDone(firstRun);
  page = hashOf(at('first/report.html'));
  rmSync(at('first/report.html'));
  for (const name of ['mine.npy', 'mine-w.npy', 'replaced.npy']) writeFileSync(at(name), 'not to be lost');
  outcomes = await jeffreysInTurn(commands.map((text) => text.split(' ')), folder.path);
});
after(folder.remove);

/** What a command did, the last time it was called. */
const did = (command: (typeof commands)[number]): Outcome => outcomes[commands.lastIndexOf(command)];

describe('run --json', () => {
  it('prints one object with every figure, and nothing else', () => {
    const result = jsonOf(firstRun) as Record<string, unknown>;
    assert.equal(firstRun.stderr, '', 'nothing on standard error');
    const wanted = ['target', 'preset', 'theta', 'kappa', 'seed', 'samples', 'ess', 'paretoK', 'coverage', 'logZ', 'logZSE', 'logZExact', 'modes', 'observables', 'standing', 'reasons', 'warnings', 'ptSeconds', 'trainSeconds', 'sampleSeconds', 'seconds', 'runDir'];
    for (const name of wanted) assert.ok(name in result, `the object has ${name}`);
    assert.deepEqual([result['target'], result['theta'], result['seed'], result['samples'], result['runDir']], ['three-well', 0.25, 4, 3000, 'first'], 'what was asked for');
    for (const name of ['ess', 'coverage', 'logZ', 'logZSE', 'logZExact', 'ptSeconds', 'trainSeconds', 'sampleSeconds']) assert.ok(Number.isFinite(result[name]), `${name} is a number, not ${String(result[name])}`);
    for (const entry of result['observables'] as Record<string, unknown>[]) assert.deepEqual(Object.keys(entry).filter((key) => key !== 'reason'), ['name', 'value', 'standardError', 'standing', 'exact', 'tempering'], 'each observable beside its exact value and tempering\'s');
  });
  it('leaves the documented files', () => {
    for (const name of ['run.json', 'events.jsonl', 'report.html', ...['pt.npy', 'flow.safetensors', 'ensemble.npy', 'log_weights.npy', 'stage.json'].map((file) => `stage-00/${file}`)]) assert.ok(existsSync(at(`first/${name}`)), `first/${name} exists`);
    for (const name of ['.lock', 'seconds.json', 'stage-00/pt.checkpoint.safetensors', 'stage-00/flow.checkpoint.safetensors']) assert.ok(!existsSync(at(`first/${name}`)), `first/${name} is gone`);
    assert.deepEqual(doubles('first/stage-00/ensemble.npy').shape, [3000, 2], 'shape of the ensemble');
    assert.deepEqual(doubles('first/stage-00/log_weights.npy').shape, [3000], 'shape of the log-weights');
    for (const row of readFileSync(at('first/events.jsonl'), 'utf8').trimEnd().split('\n')) assert.equal(typeof JSON.parse(row), 'object', 'every line of the events is JSON');
  });
  it('gives the same bits for the same seed and others for another', () => {
    for (const outcome of [did(`${RUN} --seed 4 --out same --quiet`), did(`${RUN} --seed 5 --out other --quiet`)]) assert.equal(assertDone(outcome) + outcome.stderr, '', '--quiet prints nothing');
    assert.deepEqual(bitsOf(at('same')), bitsOf(at('first')), 'same seed');
    const [first, changed] = [bitsOf(at('first')), bitsOf(at('other'))];
    for (const name of Object.keys(first)) assert.notEqual(changed[name], first[name], `${name} depends on the seed`);
  });
  it('without --out makes runs/<target>-<time> and points runs/latest there', () => {
    const { runDir } = jsonOf(did(`${RUN} --set samples=500 --json`)) as { runDir: string };
    assert.match(runDir, /^runs\/three-well-\d{8}-\d{6}$/, 'name of the directory');
    assert.equal(recordSchema.parse(jsonOf(did('show latest --json'))).result?.generation.samples, 500, 'latest is that run');
  });
});

describe('show, compare and report', () => {
  it('show --json is the record', () => {
    const record = recordSchema.parse(jsonOf(did('show first --json')));
    const text = readFileSync(at('first/run.json'), 'utf8');
    const { seal, ...written } = JSON.parse(text) as RunRecord & { seal: unknown };
    assert.deepEqual(record, written, 'run.json as it is');
    assert.ok(seal !== undefined, 'but for its seal');
  });
  it('show prints the figures',  () => {
    const text = assertDone(did('show first'));
    for (const word of ['ESS', 'coverage', 'Pareto', 'log Z', 'L2 bias', 'sin x', 'first/report.html']) assert.ok(text.includes(word), `the summary has ${word}`);
  });
  it('compare --json has one object per run; --html writes a page', () => {
    assert.deepEqual((jsonOf(did('compare first other --json')) as { runDir: string }[]).map(({ runDir }) => runDir), ['first', 'other'], 'the runs in order');
    assertDone(did('compare first other --html table.html'));
    assert.match(readFileSync(at('table.html'), 'utf8'), /^<!doctype html>/i, 'a page');
    assertRefused(did('compare first other --html nowhere/table.html'), /no folder nowhere for nowhere\/table\.html/);
  });
  it('report writes the same page again', () => {
    assert.equal(assertDone(did('report first')), 'first/report.html\n', 'its path');
    assert.equal(hashOf(at('first/report.html')), page, 'the page');
  });
});

describe('sample', () => {
  const energies = (x: Float64Array): Float64Array => {
    const u = new Float64Array(x.length / 2);
    compileEnergy(threeWell).energies(x, u.length, u);
    return u;
  };

  it('writes samples and log-weights, the same prefix for every n', () => {
    const result = jsonOf(did('sample first -n 1_000 --seed 3 --out short.npy --json')) as Record<string, unknown>;
    assert.deepEqual([result['samples'], result['out'], result['weights'], result['resampled'], result['nonFinite']], [1000, 'short.npy', 'short_log_weights.npy', false, 0], 'the object');
    assert.equal(assertDone(did('sample first -n 1000 --seed 4 --out seeded.npy --quiet')), '', '--quiet');
    assert.deepEqual(doubles('short.npy').shape, [1000, 2], 'shape of the samples');
    assert.deepEqual(doubles('short_log_weights.npy').shape, [1000], 'shape of the log-weights, in a file beside the samples');
    assert.deepEqual(doubles('long.npy').shape, [70_000, 2], 'shape of the long ones');
    assert.deepEqual(doubles('long.npy').data.slice(0, 2000), doubles('short.npy').data, 'sample i does not depend on n');
    assert.deepEqual(doubles('w.npy').data.slice(0, 1000), doubles('short_log_weights.npy').data, 'log-weight i does not depend on n');
    assert.notDeepEqual(doubles('seeded.npy').data, doubles('short.npy').data, 'the seed matters');
    const n = 70_000;
    const w = doubles('w.npy').data;
    const [sum, squares] = [logSumExp(w), logSumExp(w.map((value) => 2 * value))];
    const figures = jsonOf(did('sample first -n 7e4 --seed 3 --out long.npy --weights w.npy --json')) as { ess: number; logZ: number };
    assert.ok(Math.abs(figures.ess - Math.exp(2 * sum - squares) / n) < 1e-9, `ESS ${figures.ess} is that of the weights`);
    assert.ok(Math.abs(figures.logZ - (sum - Math.log(n))) < 1e-9, `log Z ${figures.logZ} is that of the weights`);
  });

  it('--resample writes n rows in proportion to the weights', () => {
    const n = 20_000;
    assertDone(did('sample first -n 20000 --seed 8 --out plain.npy'));
    assertDone(did('sample first -n 20000 --seed 8 --out resampled.npy --resample'));
    assert.ok(!existsSync(at('resampled_log_weights.npy')), 'equal weights need no file');
    const x = doubles('plain.npy').data;
    const w = doubles('plain_log_weights.npy').data;
    const { shape, data: y } = doubles('resampled.npy');
    assert.deepEqual(shape, [n, 2], 'as many rows');
    const total = logSumExp(w);
    let row = 0;
    for (let i = 0; i < n; i++) {
      let copies = 0;
      while (row < n && y[2 * row] === x[2 * i] && y[2 * row + 1] === x[2 * i + 1]) [row, copies] = [row + 1, copies + 1];
      const due = n * Math.exp(w[i] - total);
      assert.ok(Math.abs(copies - due) < 1 + 1e-6, `sample ${i} is due ${due} times and written ${copies} times`);
    }
    assert.equal(row, n, 'every row is a copy of a sample, in order');
    for (const j of [0, 1]) {
      const column = (points: Float64Array): Float64Array => Float64Array.from({ length: n }, (_, i) => points[2 * i + j]);
      const [weighted, plainMean] = [weightedMean(column(x), w), sampleMean(column(y))];
      assert.ok(Math.abs(weighted.value - plainMean.value) < 5 * plainMean.standardError, `mean of coordinate ${j}: weighted ${weighted.value}, resampled ${plainMean.value}`);
    }
  });

  it('overwrites nothing without --force', () => {
    assertRefused(did('sample first -n 10 --out mine.npy'), /mine\.npy exists; name another file with --out, or replace it with --force/);
    assertRefused(did('sample first -n 10 --out new.npy --weights mine-w.npy'), /mine-w\.npy exists/);
    assertRefused(did('sample first -n 10 --out one.npy --weights ./one.npy'), /--out and --weights both name one\.npy; name two files/);
    assertRefused(did('sample first -n 10 --out nowhere/x.npy'), /no folder nowhere for nowhere\/x\.npy; create it/);
    assertRefused(did('sample first -n 10 --out first --force'), /first is a folder; name a file/);
    assertRefused(did('sample first -n 10 --resample --weights u.npy'), /--weights and --resample exclude each other/);
    for (const name of ['mine.npy', 'mine-w.npy']) assert.equal(readFileSync(at(name), 'utf8'), 'not to be lost', `${name} is as it was`);
    for (const name of ['new.npy', 'one.npy', 'u.npy']) assert.ok(!existsSync(at(name)), `${name}, half of a result, does not appear`);
    assertDone(did('sample first -n 10 --out replaced.npy --force --quiet'));
    assert.deepEqual(doubles('replaced.npy').shape, [10, 2], 'replaced when told');
  });

  it('export --format onnx: the model gives these very samples and their density', async () => {
    assertDone(did('export first --format onnx --batch 500 --out flow.onnx'));
    const base = new Float64Array(1000);
    sampleBase(threeWell.base, sampleKey(3), 0, 500, base);
    const session = await ort.InferenceSession.create(at('flow.onnx'));
    assert.deepEqual([session.inputNames, session.outputNames], [['base'], ['samples', 'log_density']], 'inputs and outputs by name');
    const { samples, log_density: logDensity } = await session.run({ base: new ort.Tensor('float32', Float32Array.from(base), [500, 2]) });
    const [expected, weights] = [doubles('short.npy').data, doubles('short_log_weights.npy').data];
    assert.deepEqual([samples.dims, logDensity.dims], [[500, 2], [500]], 'shapes');
    const u = energies(expected);
    for (let i = 0; i < 1000; i++) assert.ok(Math.abs(Number(samples.data[i]) - expected[i]) < 1e-4, `entry ${i}: ${String(samples.data[i])} and ${expected[i]}`);
    for (let i = 0; i < 500; i++) assert.ok(Math.abs(-u[i] - Number(logDensity.data[i]) - weights[i]) < 1e-3, `log w of sample ${i}: ${-u[i] - Number(logDensity.data[i])} and ${weights[i]}`);
    await session.release();
  });
});

describe('export', () => {
  it('npz, csv and safetensors read back as what the run holds', () => {
    assert.equal(assertDone(did('export first --format npz')), 'three-well.npz\n', 'prints the file it wrote, named after the target');
    assert.equal(assertDone(did('export first --format csv --out table.csv')), 'table.csv\n', 'or as told');
    assertDone(did('export first --format safetensors'));
    const [pt, samples, logWeights] = ['pt', 'ensemble', 'log_weights'].map((name) => doubles(`first/stage-00/${name}.npy`));
    const npz = readNpz(at('three-well.npz'));
    for (const [name, { shape, data }] of Object.entries({ pt, samples, log_weights: logWeights })) assert.deepEqual(npz[name], { dtype: 'float64', shape, data }, `${name} in the .npz`);
    const [header, ...rows] = readFileSync(at('table.csv'), 'utf8').trimEnd().split('\n').map((row) => row.split(','));
    assert.deepEqual(header, ['x1', 'x2', 'log_weight'], 'names of the columns');
    assert.deepEqual(Float64Array.from(rows.flatMap(([x1, x2]) => [Number(x1), Number(x2)])), samples.data, 'samples in the .csv');
    assert.deepEqual(Float64Array.from(rows, ([, , w]) => Number(w)), logWeights.data, 'log-weights in the .csv');
    const { tensors, metadata } = readSafetensors(at('three-well.safetensors'));
    assert.deepEqual(tensors, readSafetensors(at('first/stage-00/flow.safetensors')).tensors, 'the weights of the flow');
    assert.equal(metadata['target'], 'three-well', 'metadata');
    assert.equal((JSON.parse(metadata['architecture']) as { hidden: number }).hidden, 16, 'the architecture goes with the weights');
  });
  it('overwrites nothing without --force', () => {
    assertRefused(did('export first --format csv --out mine.npy'), /mine\.npy exists; name another file with --out, or replace it with --force/);
    assertDone(did('export first --format npz --force'));
  });
});

describe('init', () => {
  it('writes a starter that runs; the run keeps its definition', async () => {
    assert.match(assertDone(outcomes[commands.indexOf('init my-target')]), /my-target\.ts written; run it with: jeffreys run \.\/my-target\.ts/, 'says what to do');
    assertRefused(did('init my-target'), /my-target\.ts exists; choose another name/);
    const result = jsonOf(outcomes[commands.length - 1]) as { target: string; ess: number; logZ: number; logZSE: number; logZExact: number; coverage: number; warnings: { code: string; severity: string }[] };
    assert.equal(result.target, 'my-target', 'name');
    assert.ok(result.ess > 0.3 && result.coverage > 0.5, `even this short run is of use: ESS ${result.ess}, coverage ${result.coverage}`);
    assert.ok(Math.abs(result.logZ - result.logZExact) < 5 * result.logZSE, `log Z ${result.logZ} ± ${result.logZSE}, exact ${result.logZExact}`);
    assert.deepEqual(result.warnings.filter(({ severity }) => severity === 'warning'), [], 'no warnings');
    rmSync(at('my-target.ts'));
    assertDone(await call('sample starter -n 10 --out starter.npy --quiet'));
  });
  it('a run killed before it kept the definition resumes from the file', async () => {
    copyFileSync(at('starter/target/my-target.ts'), at('my-target.ts'));
    const expected = bitsOf(at('starter'));
    const lost = ['target', 'stage-00', 'report.html', 'events.jsonl'];
    for (const name of lost) rmSync(at(`starter/${name}`), { recursive: true });
    editRecord(at('starter'), (record) => { Object.assign(record, { state: 'running', result: null }); });
    assertDone(await call('resume starter --quiet'));
    assert.deepEqual(bitsOf(at('starter')), expected, 'the same bits');
    assert.ok(existsSync(at('starter/target/my-target.ts')), 'and now it is kept');
    for (const name of ['starter/target', 'my-target.ts']) rmSync(at(name), { recursive: true });
    const says = /starter has lost starter\/target\/my-target\.ts, and .*\/my-target\.ts is not what was run either/;
    assertRefused(await call('sample starter -n 10 --out lost.npy'), says);
  });
});
