/**
 * Runs on energies that are seen with noise, on the command line: what they print, write and draw, users' own noise and data, and
 * that stops and bad input end well. One long file, because the runs that it makes are shared by all of its checks.
 */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { readProposal } from '../../src/cli/readRun.ts';
import { settingsOfRun, targetOfRun } from '../../src/cli/runTarget.ts';
import { RunningWeights } from '../../src/estimators/runningWeights.ts';
import type { Transport } from '../../src/pipeline/transport/transport.ts';
import { learnedLogWeights, storedFit } from '../../src/pipeline/weigh/learned.ts';
import { recordSchema, type RunRecord } from '../../src/records/record.ts';
import { readPhase } from '../../src/store/journal.ts';
import { readNpz } from '../../src/store/npz.ts';
import { openRun } from '../../src/store/runDirectory.ts';
import { readSafetensors } from '../../src/store/safetensors.ts';
import { baseEnergies } from '../../src/targets/base.ts';
import { compileEnergy } from '../../src/targets/compile.ts';
import { wrapPoints } from '../../src/targets/domain.ts';
import { noisyGmm2d } from '../../src/targets/noisyGmm2d.ts';
import type { Target } from '../../src/targets/target.ts';
import { FlowMap } from '../../src/training/flowMap.ts';
import { assertDone, assertRefused, editRecord, hashOf, jeffreys, jeffreysInTurn, jsonOf, snapshot, temporaryFolder, type Outcome } from './jeffreys.ts';
import { LADDER, TINY } from './noisyRuns.ts';
import { assertStopped, RunsIn, words } from './runs.ts';

const folder = temporaryFolder();
after(folder.remove);
const cwd = folder.path;
const { at, recordOf, resultOf, bitsOf, figuresOf, doubles, assertPage, assertSame, stopAt, within } = new RunsIn(cwd);
const KINDS = ['exact', 'learned-full', 'learned-stochastic'];

const noiseOf = (run: string): NonNullable<NonNullable<RunRecord['result']>['noise']> => {
  const { noise } = resultOf(run);
  assert.ok(noise !== null, `${run} is a run on noisy energies`);
  return noise;
};

/** Samples z of a run back through its flows: the base point of each, and log|det| from there to z. */
async function pulledBack(
  { target, architecture, stages }: Transport, samples: Float64Array,
): Promise<{ base: Float64Array; logDet: Float64Array }> {
  const n = samples.length / target.dimension;
  const base = samples.slice();
  const logDet = new Float64Array(n);
  const inverse = await FlowMap.compile(architecture, 'inverse', n, { precision: 'float32' });
  try {
    for (const { parameters } of [...stages].reverse()) {
      assert.ok(parameters !== null, 'every stage has its flow');
      const gains = new Float64Array(n);
      await inverse.map(parameters, base.slice(), n, base, gains);
      wrapPoints(target.domain, base, n);
      for (let i = 0; i < n; i++) logDet[i] -= gains[i];
    }
  } finally {
    await inverse.dispose();
  }
  return { base, logDet };
}

/** How far values are apart, in the middle of all of them and at most. */
function distances(a: Float64Array, b: Float64Array): { median: number; largest: number } {
  const gaps = a.map((value, i) => Math.abs(value - b[i])).sort();
  return { median: gaps[gaps.length >> 1], largest: gaps[gaps.length - 1] };
}

/** Weights in files are −U1(z) + U0(x) + log|det J| of the samples beside them, x from the inverse flows (in float32, hence the tolerance). */
async function assertExactWeights(run: string, file: string, target: Target): Promise<void> {
  const { transport } = readProposal(openRun(at(run)), target);
  assert.equal(transport.stages.length, noiseOf(run).stages.length, `${run}: the flows of all stages`);
  const { data: samples } = doubles(`${file}.npy`);
  const { data: logWeights } = doubles(`${file}_log_weights.npy`);
  const n = logWeights.length;
  const { base, logDet } = await pulledBack(transport, samples);
  const [u0, u1] = [new Float64Array(n), new Float64Array(n)];
  baseEnergies(target.base, base, n, u0);
  compileEnergy(target).energies(samples, n, u1);
  const recomputed = distances(logWeights, u0.map((value, i) => value - u1[i] + logDet[i]));
  assert.ok(recomputed.median < 1e-4 && recomputed.largest < 0.05, `${file}: log-weights differ by ${recomputed.median} (median), ${recomputed.largest} (at most) from −U1(z) + U0(x) + log|det J|`);
  // The mutant: without the Jacobian.
  const without = distances(logWeights, u0.map((value, i) => value - u1[i]));
  assert.ok(without.median > 0.01, `${file}: the same check sees weights without Jacobians (${without.median})`);
}

/** Rows of a resampled file are those of the weighted file, each ⌊n W⌋ or ⌈n W⌉ times. */
function assertResampled(weighted: string, resampled: string): void {
  const [{ data: x, shape: [n, d] }, { data: w }, { data: y, shape }] = [doubles(`${weighted}.npy`), doubles(`${weighted}_log_weights.npy`), doubles(`${resampled}.npy`)];
  assert.deepEqual(shape, [n, d], `${resampled}: as many rows`);
  assert.ok(!existsSync(at(`${resampled}_log_weights.npy`)), `${resampled}: equal weights need no file`);
  const rowOf = (points: Float64Array, i: number): string => points.subarray(i * d, i * d + d).join(' ');
  const copies = new Map<string, number>();
  for (let i = 0; i < n; i++) copies.set(rowOf(y, i), (copies.get(rowOf(y, i)) ?? 0) + 1);
  const totals = new RunningWeights(n);
  totals.add(w);
  for (let i = 0; i < n; i++) {
    const expected = n * Math.exp(w[i] - totals.logSum);
    const found = copies.get(rowOf(x, i)) ?? 0;
    assert.ok(Math.abs(found - expected) < 1 + 1e-6, `${resampled}: sample ${i} stands there ${found} times, and its weight is ${expected} of ${n}`);
    copies.delete(rowOf(x, i));
  }
  assert.equal(copies.size, 0, `${resampled}: every row is one of the samples`);
}

/** A target of two wells per coordinate, seen with a wave of random sign. */
const seen = (noise: string, rest = ''): string => `import { defineTarget, np } from 'jeffreys-flow';
export default defineTarget({ name: 'seen', dimension: 2, box: [-4, 4], base: { mean: 0, standardDeviation: 1.2 }, ${rest} noise: { ${noise} } });
`;
const WELLS = 'np.square(np.square(x).sub(1)).sum()';
const WAVE = `size: 1, draw: (random) => [random() < 0.5 ? -1 : 1], energy: (x, xi) => ${WELLS}.add(xi.mul(np.cos(x)).sum())`;

const ROWS = ['0.1,0.3,a', '0.5,0.9,b', '-0.4,-0.5,c', '1.2,2.1,d', '-1.1,-1.9,e', '0.8,1.4,f', '-0.2,-0.1,g', '0.3,0.5,h'];
/** A line through points of a table that lies beside it: slope and offset. */
const line = (file: string, { column = 'y', batch = '4' } = {}): string => `import { defineTarget, np, readTable } from 'jeffreys-flow';
const data = readTable(new URL('./${file}', import.meta.url), { columns: ['x', '${column}'] });
export default defineTarget({
  name: 'line', dimension: 2, box: [-8, 8], base: { mean: 0, standardDeviation: 1.5 },
  sum: { data, batch: ${batch}, term: (x, row) => np.square(row.slice(1).sub(x.slice(0).mul(row.slice(0))).sub(x.slice(1))).div(0.5), prior: (x) => np.square(x).sum().div(2) },
});
`;
const csv = (rows: readonly string[]): string => ['x,y,name', ...rows, ''].join('\n');

/** What some of the tests below look at: the same run twice. */
let made: Outcome;
before(async () => {
  const run = (threads: string, ...rest: string[]): string[] => ['run', 'noisy-gmm-2d', ...TINY, '--threads', threads, ...rest];
  const outcomes = await jeffreysInTurn([run('1', '--out', 'run', '--json'), run('2', '--out', 'threaded', '--quiet')], cwd);
  for (const outcome of outcomes) assertDone(outcome);
  [made] = outcomes;
});

describe('runs on noisy energies', () => {
  describe('a run on noisy energies', () => {
    const commands = [
      'show run', 'show run --json', 'report run', 'compare run threaded', 'compare run threaded --json',
      'export run --format csv', 'export run --format npz', 'export run --format onnx', 'export run --format safetensors',
      'sample run -n 1000 --seed 3 --out drawn.npy', 'sample run -n 1000 --seed 3 --out json.npy --json', 'sample run -n 1000 --seed 3 --out equal.npy --resample --quiet',
      'sample run -n 1000 --seed 3 --out lattice.npy --lattice --quiet', 'sample run -n 10 --moves 2 --out no.npy',
    ] as const;
    let page: string;
    let outcomes: Outcome[];
    before(async () => {
      page = hashOf(at('run/report.html'));
      rmSync(at('run/report.html'));
      outcomes = await jeffreysInTurn(commands.map((text) => text.split(' ')), cwd);
    });
    const did = (command: (typeof commands)[number]): Outcome => outcomes[commands.indexOf(command)];

    it('prints one object with three kinds of weights and what they cost, and nothing else', () => {
      const { noise } = jsonOf(made) as Pick<NonNullable<RunRecord['result']>, 'noise'>;
      assert.equal(made.stderr, '', 'nothing on standard error');
      assert.deepEqual(noise, noiseOf('run'), 'as in run.json');
      assert.deepEqual([noise?.kind, noise?.fullEnergy, noise?.weights], ['draws', true, 'exact'], 'what the noise is');
      assert.deepEqual(noise?.weightKinds.map(({ kind }) => kind), KINDS, 'the kinds');
      for (const { kind, ess, cess, deviation } of noise?.weightKinds ?? []) {
        assert.ok(ess !== null && ess > 0 && ess <= 1 && cess.length === 1, `${kind}: ESS ${ess}`);
        assert.equal(deviation === null, kind === 'exact', `${kind}: how far from the exact ones`);
      }
      assert.deepEqual(noise?.evaluations.map(({ phase }) => phase).sort(), ['comparison', 'labels', 'sampling', 'training', 'weights'], 'evaluations by phase');
      const count = (phase: string): unknown => { const { noisy, full } = noise?.evaluations.find((entry) => entry.phase === phase) ?? {}; return [noisy, full]; };
      assert.deepEqual(count('labels'), [60 * 64 * 32, 0], '32 draws for each of the samples');
      assert.deepEqual(count('weights'), [0, 2000], 'one energy for each of the weighted samples');
      assert.deepEqual(count('comparison'), [20 * 500 + 200 + 64 * 16 + 588 * 17, 2000 + 1000 + 2 * 96],
        'with noise: steps × pairs, the held-out ones, some to see how noisy they are, and about as many as the steps took, 17 for each of 588 samples; without: every pair, every compared sample and the held-out ones');
    });
    it('leaves the documented files, with the documented shapes', () => {
      const shapes = { pt: [3840, 2], pt_energies: [3840], ensemble: [2000, 2], log_weights: [2000], held_out_log_weights: [96] };
      const tensors = ['flow', 'learned_full', 'learned_stochastic'].map((name) => `${name}.safetensors`);
      assert.deepEqual(readdirSync(at('run/stage-00')).sort(), [...Object.keys(shapes).map((name) => `${name}.npy`), ...tensors, 'stage.json'].sort(), 'no file more or less');
      for (const [name, shape] of Object.entries(shapes)) {
        const array = doubles(`run/stage-00/${name}.npy`);
        assert.deepEqual(array.shape, shape, `shape of ${name}`);
        assert.ok(array.data.every(Number.isFinite), `every entry of ${name} is finite`);
      }
      for (const name of tensors) for (const { data } of Object.values(readSafetensors(at(`run/stage-00/${name}`)).tensors)) assert.ok(data.length > 0 && Array.from(data, Number).every(Number.isFinite), `${name} holds finite numbers`);
    });
    it('its ESS and log Z are those of the weights', () => {
      const { generation: { ess, logZ } } = resultOf('run');
      const totals = new RunningWeights(2000);
      totals.add(doubles('run/stage-00/log_weights.npy').data);
      assert.ok(Math.abs((ess ?? NaN) - totals.ess / 2000) < 1e-9 && Math.abs((logZ.value ?? NaN) - totals.logMean) < 1e-9, `ESS ${ess} and log Z ${logZ.value}`);
      assert.equal(noiseOf('run').weightKinds[0].ess, ess, 'the exact kind');
      assert.ok(Math.abs((logZ.value ?? NaN) - (logZ.exact ?? NaN)) < 5 * totals.logMeanStandardError, `log Z ${logZ.value} ± ${totals.logMeanStandardError}`);
      // So short a run has few round trips, and says so.
      assert.deepEqual([resultOf('run').standing === 'sound', logZ.standing === 'sound'], [false, false], 'standing');
    });
    it('gives the same bits with one thread and with two', () => {
      assert.deepEqual(bitsOf('threaded'), bitsOf('run'), 'arrays');
      assert.deepEqual(figuresOf('threaded'), figuresOf('run'), 'figures');
    });

    it('show prints the summary', () => {
      const text = assertDone(did('show run'));
      assert.match(text, /^noisy-gmm-2d .*preset quick$/m, 'a title');
      for (const kind of [/^exact weights \(used\) +\d/m, /^weights learned from full energies +\d/m, /^weights learned from noisy energies +\d/m]) assert.match(text, kind, 'a row');
      assert.doesNotMatch(text, /\bNaN\b|undefined/, 'nothing is missing');
      assert.deepEqual(recordSchema.parse(jsonOf(did('show run --json'))), recordOf('run'), '--json is the record');
    });
    it('report writes the same page again', () => {
      assert.equal(assertDone(did('report run')), 'run/report.html\n', 'its path');
      assert.equal(hashOf(at('run/report.html')), page, 'the page');
      assertPage('run/report.html');
    });
    it('compare puts two of them side by side', () => {
      const text = assertDone(did('compare run threaded'));
      assert.match(text, /^metric +run +threaded$/m, 'the header');
      assert.doesNotMatch(text, /\bNaN\b|undefined/, 'nothing is missing');
      assert.deepEqual((jsonOf(did('compare run threaded --json')) as { noise: unknown }[]).map(({ noise }) => noise), [noiseOf('run'), noiseOf('threaded')], 'the objects');
    });
    it('export writes its samples and its flow', () => {
      for (const format of ['csv', 'npz', 'onnx', 'safetensors'] as const) assert.equal(assertDone(did(`export run --format ${format}`)), `noisy-gmm-2d.${format}\n`, 'the file');
      const [samples, logWeights] = ['ensemble', 'log_weights'].map((name) => doubles(`run/stage-00/${name}.npy`).data);
      const npz = readNpz(at('noisy-gmm-2d.npz'));
      assert.deepEqual([npz['samples'].data, npz['log_weights'].data, npz['pt'].data], [samples, logWeights, doubles('run/stage-00/pt.npy').data], 'arrays of the .npz');
      const rows = readFileSync(at('noisy-gmm-2d.csv'), 'utf8').trimEnd().split('\n').slice(1).map((row) => row.split(',').map(Number));
      assert.deepEqual(rows, Array.from(logWeights, (w, i) => [samples[2 * i], samples[2 * i + 1], w]), 'rows of the .csv');
      assert.ok(Object.keys(readSafetensors(at('noisy-gmm-2d.safetensors')).tensors).length > 0, 'tensors of the flow');
      assert.ok(readFileSync(at('noisy-gmm-2d.onnx')).length > 1000, 'a network');
    });

    it('sample weighs with the energy itself, and says so', async () => {
      assert.match(assertDone(did('sample run -n 1000 --seed 3 --out drawn.npy')), /^1000 samples in .*; exact weights$/m, 'the line');
      const result = jsonOf(did('sample run -n 1000 --seed 3 --out json.npy --json')) as Record<string, unknown>;
      assert.deepEqual([result['samples'], result['weightKind'], result['weights'], result['nonFinite']], [1000, 'exact', 'json_log_weights.npy', 0], 'the object');
      for (const end of ['', '_log_weights']) assert.equal(hashOf(at(`json${end}.npy`)), hashOf(at(`drawn${end}.npy`)), 'the same seed');
      await assertExactWeights('run', 'drawn', noisyGmm2d);
      assertDone(did('sample run -n 1000 --seed 3 --out lattice.npy --lattice --quiet'));
      await assertExactWeights('run', 'lattice', noisyGmm2d);
    });
    it('sample --resample writes equally weighted samples', () => {
      assertDone(did('sample run -n 1000 --seed 3 --out equal.npy --resample --quiet'));
      assertResampled('drawn', 'equal');
    });
    it('sample --moves is refused', () => assertRefused(did('sample run -n 10 --moves 2 --out no.npy'), /--moves is not for runs on noisy energies/));
  });

  describe('a ladder of flows on noisy energies', () => {
    const commands = [
      'show ladder', 'report ladder', 'compare ladder run', 'sample ladder -n 1000 --seed 3 --out rungs.npy --json', 'sample ladder -n 1000 --seed 3 --out even.npy --resample --quiet',
      'export ladder --format onnx --out no.onnx', 'export ladder --format safetensors --out no.safetensors', 'export ladder --format npz --out ladder.npz',
      'sample ladder -n 10 --moves 2 --out no.npy',
    ] as const;
    let outcomes: Outcome[];
    before(async () => {
      const run = ['run', 'noisy-gmm-2d', ...LADDER, '--out', 'ladder', '--quiet'];
      const [ran, ...others] = await jeffreysInTurn([run, ...commands.map((text) => text.split(' '))], cwd);
      assertDone(ran);
      outcomes = others;
    });
    const did = (command: (typeof commands)[number]): Outcome => outcomes[commands.indexOf(command)];

    it('leaves a folder for every stage', () => {
      const files = (stage: number): string[] => readdirSync(at(`ladder/stage-0${stage}`)).sort();
      assert.deepEqual(files(0), ['ensemble.npy', 'held_out_log_weights.npy', 'log_weights.npy', 'path.npy', 'path_differences.npy', 'pt.npy', 'pt_energies.npy', 'stage.json'], 'samples and the last ensemble');
      for (const stage of [1, 2]) assert.deepEqual(files(stage), ['ensemble.npy', 'flow.safetensors', 'learned_full.safetensors', 'learned_stochastic.safetensors', 'log_weights.npy', 'stage.json'], `stage ${stage}`);
      // What is judged are fresh samples, not the particles that the last stage resampled and moved.
      for (const name of ['ensemble', 'log_weights']) assert.notEqual(hashOf(at(`ladder/stage-00/${name}.npy`)), hashOf(at(`ladder/stage-02/${name}.npy`)), `${name} is not that of the last stage`);
    });
    it('tells of its stages and of every kind of weights', () => {
      const { stages, weightKinds, weights } = noiseOf('ladder');
      assert.equal(weights, 'learned-stochastic', 'what the weights are');
      assert.deepEqual(stages.map(({ stage, lambda, moves }) => [stage, lambda, moves?.steps]), [[1, 0.3, 20], [2, 1, 20]], 'the stages');
      assert.deepEqual(weightKinds.map(({ kind, cess, ess }) => [kind, cess.length, ess === null]), [['exact', 2, false], ['learned-full', 2, false], ['learned-stochastic', 2, false]], 'the kinds, all of them on fresh samples');
      assert.deepEqual(resultOf('ladder').warnings.filter(({ code }) => ['learned-weights', 'unadjusted-moves'].includes(code)).length, 2, 'what to know of them');
      assert.doesNotMatch(assertDone(did('show ladder')), /\bNaN\b|undefined/, 'nothing is missing');
      assert.doesNotMatch(assertDone(did('compare ladder run')), /\bNaN\b|undefined/, 'nothing is missing');
      assert.equal(assertDone(did('report ladder')), 'ladder/report.html\n', 'its page');
      assertPage('ladder/report.html');
    });
    it('sample weighs with the energy itself where it is known', async () => {
      const result = jsonOf(did('sample ladder -n 1000 --seed 3 --out rungs.npy --json')) as Record<string, unknown>;
      assert.deepEqual([result['samples'], result['weightKind']], [1000, 'exact'], 'the object');
      await assertExactWeights('ladder', 'rungs', noisyGmm2d);
      assertDone(did('sample ladder -n 1000 --seed 3 --out even.npy --resample --quiet'));
      assertResampled('rungs', 'even');
    });
    it('export says where its flows are, and writes its samples', () => {
      for (const command of ['export ladder --format onnx --out no.onnx', 'export ladder --format safetensors --out no.safetensors'] as const) {
        assertRefused(did(command), /ladder has several flows.*: they are the files flow\.safetensors of ladder\/stage-01 and those after it/);
      }
      assert.ok(!existsSync(at('no.onnx')) && !existsSync(at('no.safetensors')), 'nothing is written');
      assertDone(did('export ladder --format npz --out ladder.npz'));
      assert.deepEqual(readNpz(at('ladder.npz'))['log_weights'].data, doubles('ladder/stage-00/log_weights.npy').data, 'log-weights');
    });
    it('sample --moves is refused, and does not call it one flow', () => {
      assertRefused(did('sample ladder -n 10 --moves 2 --out no.npy'), /--moves /);
      assert.doesNotMatch(did('sample ladder -n 10 --moves 2 --out no.npy').stderr, /is one flow/, 'it has two');
    });
  });

  describe("a user's noise, without the energy itself", () => {
    const given = (settings: string, out: string): string[] => ['run', './seen.ts', ...TINY, ...words(settings), '--out', out, '--json'];
    let outcomes: Outcome[];
    before(async () => {
      writeFileSync(at('seen.ts'), seen(WAVE));
      outcomes = await jeffreysInTurn([
        given('weights=learned-stochastic', 'seen'),
        given('weights=learned-stochastic svrg=true', 'seen-moved'),
        'sample seen -n 1000 --seed 3 --out guessed.npy'.split(' '),
        'sample seen -n 1000 --seed 3 --out guessed-again.npy --json'.split(' '),
        'sample seen -n 1000 --seed 3 --out guessed-equal.npy --resample --quiet'.split(' '),
        'report seen-moved'.split(' '),
        given('weights=exact', 'refused'), given('weights=learned-full', 'refused'),
        given('weights=learned-stochastic controlVariates=true', 'refused'), given('weights=learned-stochastic trainingEnergies=full', 'refused'), given('sampler=tempering', 'refused'),
      ], cwd);
    });

    it('runs with learned weights, and knows nothing exact', () => {
      for (const [run, outcome] of [['seen', outcomes[0]], ['seen-moved', outcomes[1]]] as const) {
        const { noise, logZExact } = jsonOf(outcome) as Pick<NonNullable<RunRecord['result']>, 'noise'> & { logZExact: number | null };
        assert.deepEqual([noise?.fullEnergy, noise?.weights, noise?.weightKinds.map(({ kind }) => kind), logZExact], [false, 'learned-stochastic', ['learned-stochastic'], null], run);
        assert.ok(noise?.evaluations.every(({ full }) => full === 0), `${run}: the energy itself was never asked for`);
        assert.ok(!existsSync(at(`${run}/stage-00/learned_full.safetensors`)), `${run}: and not learned from`);
        assertPage(`${run}/report.html`);
      }
      assertDone(outcomes[5]);
    });
    it('sample uses the learned weights and says so', async () => {
      assert.match(assertDone(outcomes[2]), /^1000 samples in .*; learned-stochastic weights$/m, 'the line');
      assert.equal((jsonOf(outcomes[3]) as { weightKind: string }).weightKind, 'learned-stochastic', 'in the object');
      const run = openRun(at('seen'));
      const { weights } = settingsOfRun(run);
      const { transport } = readProposal(run, await targetOfRun(run, assert.fail));
      const stored = readPhase(run, 0, 'learned-stochastic');
      assert.ok(stored !== null, 'φ and ψ are kept');
      const { fitted } = storedFit(transport.target.dimension, weights, stored);
      const [{ data: z }, { data: logWeights }] = [doubles('guessed.npy'), doubles('guessed_log_weights.npy')];
      const n = logWeights.length;
      const { base, logDet } = await pulledBack(transport, z);
      const passage = { stage: 0, x: base, z, logDet, n };
      const { median, largest } = distances(logWeights, await learnedLogWeights(fitted, weights.residual, passage, n));
      assert.ok(median < 1e-4 && largest < 0.05, `log-weights differ by ${median} (median), ${largest} (at most) from those of φ and ψ`);
      assertDone(outcomes[4]);
      assertResampled('guessed', 'guessed-equal');
    });
    it('is refused in one line where a setting needs the energy', () => {
      const says = [/setting weights: exact weights need the energy itself, and target "seen" has no energy without noise .*; take weights=learned-stochastic/, /setting weights: learned-full weights need/, /setting controlVariates: needs the energy itself/, /setting trainingEnergies: full needs the energy itself/, /target "seen" has no energy without noise/];
      for (const [k, pattern] of says.entries()) assertRefused(outcomes[6 + k], pattern);
      assert.ok(!existsSync(at('refused')), 'no directory');
    });
  });

  describe("a user's sum over data that lie beside it", () => {
    const COPIES = ['both-moved', 'data-lost', 'data-changed'] as const;
    let outcomes: Outcome[];
    before(async () => {
      mkdirSync(at('own'));
      writeFileSync(at('own/line.ts'), line('line.csv'));
      writeFileSync(at('own/line.csv'), csv(ROWS));
      const given = [...TINY, '--set', 'rounds=150'];
      const [stopped, whole] = await Promise.all([stopAt([within('pt')], 'SIGINT', 'kept', ['own/line.ts', ...given]), jeffreys(['run', 'own/line.ts', ...given, '--out', 'line', '--json'], { cwd })]);
      assertStopped(stopped[0], 'kept');
      // The same run, whose definition lies elsewhere: nowhere any more, without the data, or beside other data.
      for (const name of COPIES) {
        cpSync(at('kept'), at(name), { recursive: true });
        editRecord(at(name), (record) => { record['targetFile'] = at(`own-${name}/line.ts`); });
        if (name === 'both-moved') continue;
        mkdirSync(at(`own-${name}`));
        cpSync(at('own/line.ts'), at(`own-${name}/line.ts`));
      }
      writeFileSync(at('own-data-changed/line.csv'), csv(ROWS.map((row) => row.replace('2.1', '9.1'))));
      const [kept, moved, lost, changed, drawn] = await jeffreysInTurn([...['kept', ...COPIES].map((name) => ['resume', name, '--quiet']), 'sample line -n 1000 --seed 3 --out points.npy --json'.split(' ')], cwd);
      outcomes = [whole, kept, moved, lost, changed, drawn];
    });

    it('runs, and counts what mini-batches cost in passes over the data', () => {
      const { noise } = jsonOf(outcomes[0]) as Pick<NonNullable<RunRecord['result']>, 'noise'>;
      assert.deepEqual([noise?.kind, noise?.rows, noise?.batch, noise?.fullEnergy, noise?.weightKinds.map(({ kind }) => kind)], ['rows', 8, 4, true, KINDS], 'what is told of it');
      for (const { phase, noisy, full, passes } of noise?.evaluations ?? []) assert.equal(passes, full + noisy / 2, `${phase}: a mini-batch is half a pass`);
      assertPage('line/report.html');
    });
    it('sample weighs with all of the data', async () => {
      assert.equal((jsonOf(outcomes[5]) as { weightKind: string }).weightKind, 'exact', 'the kind');
      await assertExactWeights('line', 'points', await targetOfRun(openRun(at('line')), assert.fail));
    });
    it('stopped and resumed, it has the same bits', () => {
      assertDone(outcomes[1]);
      assertSame('kept', 'line');
    });
    it('is not resumed without its data', () => {
      assertRefused(outcomes[2], /no such file while reading .*\/line\.csv/);
      assertRefused(outcomes[3], /no such file while reading .*\/own-data-lost\/line\.csv/);
    });
    it('is not resumed on other data', () => assertRefused(outcomes[4], /data/));
  });

  describe('bad input for noisy energies', () => {
    const ENERGY = `energy: (x) => ${WELLS},`;
    const files: Readonly<Record<string, string>> = {
      'missing.csv': csv([...ROWS.slice(0, 2), '0.5,,c']),
      'ragged.csv': csv([...ROWS.slice(0, 2), '0.5,0.9,c,1']),
      'word.csv': csv([...ROWS.slice(0, 2), '0.5,much,c']),
      'good.csv': csv(ROWS),
      'missing.ts': line('missing.csv'),
      'ragged.ts': line('ragged.csv'),
      'word.ts': line('word.csv'),
      'nowhere.ts': line('nowhere.csv'),
      'column.ts': line('good.csv', { column: 'yy' }),
      'large.ts': line('good.csv', { batch: '9' }),
      'half.ts': line('good.csv', { batch: '1.5' }),
      'length.ts': seen('size: 2, draw: (random) => [random()], energy: (x, xi) => xi.sum()', ENERGY),
      'nan.ts': seen('size: 1, draw: () => [NaN], energy: (x, xi) => xi.sum()', ENERGY),
      'biased.ts': seen(`size: 1, draw: (random) => [random()], energy: (x, xi) => ${WELLS}.add(xi.sum())`, ENERGY),
      'infinite.ts': seen('size: 1, draw: (random) => [random() - 0.5], energy: (x, xi) => np.log(xi.sum())', ENERGY),
      'shape.ts': seen('size: 1, draw: (random) => [random() - 0.5], energy: (x, xi) => x', ENERGY),
      'throws.ts': seen("size: 1, draw: () => { throw new Error('no dice'); }, energy: (x, xi) => xi.sum()", ENERGY),
      'unseen.ts': seen(WAVE),
    };
    const refusals: readonly (readonly [target: string, settings: string, says: RegExp])[] = [
      ['./missing.ts', '', /missing\.csv: line 4, column "y": a missing value; drop the row, or fill it in/],
      ['./ragged.ts', '', /ragged\.csv: line 4 has 4 fields, where line 1 names 3 columns/],
      ['./word.ts', '', /word\.csv: line 4, column "y": "much" is not a number/],
      ['./nowhere.ts', '', /no such file while reading .*nowhere\.csv/],
      ['./column.ts', '', /good\.csv has no column "yy", did you mean "y"\? \(its columns: x, y, name\)/],
      ['./large.ts', '', /target "line": sum\.batch is 9, more than the 8 rows of its data/],
      ['./half.ts', '', /target "line": sum\.batch must be a positive integer, got 1\.5/],
      ['./length.ts', '', /target "seen": noise\.draw must return 2 numbers \(noise\.size\), got 1/],
      ['./nan.ts', '', /target "seen": noise\.draw must return finite numbers, got NaN at index 0/],
      ['./biased.ts', '', /target "seen": the mean of its noisy energy is .* ± .* at the point .*, but its energy is .*; the noise must have no bias/],
      ['./infinite.ts', '', /target "seen": its noisy energy is NaN at the point .*; it must be finite there for every ξ/],
      ['./shape.ts', '', /target "seen": noise\.energy must return one number \(shape \[\]\) .*got shape \[2\]/],
      ['./throws.ts', '', /noise\.draw.*no dice/],
      ['./unseen.ts', 'weights=learned-stochastic controlVariates=true', /setting controlVariates: needs the energy itself, and target "seen" has no energy without noise/],
      ['three-well', 'sampler=resgld', /target "three-well" has no noise: give `noise` or `sum` in its definition, or take sampler=tempering/],
      ['noisy-gmm-2d', 'generator=ladder interpolation=adaptive sampler=resgld', /setting interpolation: a ladder of flows on noisy energies needs a list .*got "adaptive"/],
      ['noisy-gmm-2d', 'weights=learned', /--set weights: must be exact or learned-full or learned-stochastic, got "learned"/],
      ['noisy-gmm-2d', 'swapCorrection=-1', /--set swapCorrection: must be at least 0, got "-1"/],
      ['noisy-gmm-2d', 'svrgRefresh=0', /--set svrgRefresh: must be at least 1, got "0"/],
    ];
    let outcomes: Outcome[];
    before(async () => {
      mkdirSync(at('bad'));
      for (const [name, text] of Object.entries(files)) writeFileSync(at(`bad/${name}`), text);
      const intact = snapshot(at('bad'));
      outcomes = await jeffreysInTurn(refusals.map(([target, settings]) => ['run', target, ...TINY, ...(settings === '' ? [] : words(settings))]), at('bad'));
      assert.deepEqual(snapshot(at('bad')), intact, 'a refused command wrote something');
    });
    for (const [k, [target, settings, says]] of refusals.entries()) it(`${target} ${settings}`.trimEnd(), () => assertRefused(outcomes[k], says));
  });

  describe('the experiment resgld-gmm-2d', () => {
    const IDS = ['naive', 'naive-svrg', 'corrected', 'corrected-svrg'];
    let outcomes: Outcome[];
    before(async () => {
      const run = ['run', 'resgld-gmm-2d', ...TINY, '--out', 'grid', '--json'];
      outcomes = await jeffreysInTurn([run, ['show', 'grid'], ['report', 'grid'], 'sample grid/naive -n 100 --out naive.npy --json'.split(' ')], cwd);
    });

    it('prints one object', () => {
      const result = jsonOf(outcomes[0]) as { experiment: string; complete: boolean; runs: { id: string; noise: { weights: string; sampler: { swapCorrection: number }; weightKinds: { kind: string }[]; stages: { moves: unknown }[] } }[] };
      assert.deepEqual([result.experiment, result.complete], ['resgld-gmm-2d', true], 'the whole of it');
      assert.deepEqual(result.runs.map(({ id, noise }) => [id, noise.sampler.swapCorrection, noise.stages[0].moves !== null, noise.weights, noise.weightKinds.length]), IDS.map((id) => [id, id.startsWith('naive') ? 0 : 1, id.endsWith('svrg'), 'learned-stochastic', 3]), 'its runs');
    });
    it('the runs without and with SVRG share the samples of reSGLD', () => {
      for (const kind of ['naive', 'corrected']) for (const name of ['pt.npy', 'pt_energies.npy']) assert.equal(hashOf(at(`grid/${kind}/stage-00/${name}`)), hashOf(at(`grid/${kind}-svrg/stage-00/${name}`)), `${kind}: ${name}`);
      assert.notEqual(hashOf(at('grid/naive/stage-00/pt.npy')), hashOf(at('grid/corrected/stage-00/pt.npy')), 'the correction of swaps changes them');
      // Moves bias particles, so the samples that are judged make none: the flows being the same, so are they.
      assert.equal(hashOf(at('grid/corrected/stage-00/ensemble.npy')), hashOf(at('grid/corrected-svrg/stage-00/ensemble.npy')), 'the samples');
      assert.notEqual(hashOf(at('grid/corrected-svrg/stage-00/moved.npy')), hashOf(at('grid/corrected-svrg/stage-00/ensemble.npy')), 'SVRG moves particles of their own');
      assert.ok(!existsSync(at('grid/corrected/stage-00/moved.npy')), 'and none without it');
    });
    it('sharing changes no bit of a run', () => {
      // What moves the samples, and which weights they get, comes after all of these.
      for (const name of ['pt.npy', 'flow.safetensors', 'learned_full.safetensors', 'learned_stochastic.safetensors', 'ensemble.npy']) assert.equal(hashOf(at(`grid/corrected/stage-00/${name}`)), hashOf(at(`run/stage-00/${name}`)), `corrected: ${name}, as of a run alone`);
      for (const name of ['flow.safetensors', 'learned_full.safetensors', 'learned_stochastic.safetensors']) assert.equal(hashOf(at(`grid/naive-svrg/stage-00/${name}`)), hashOf(at(`grid/naive/stage-00/${name}`)), `naive-svrg: ${name}, as of naive`);
    });
    it('ends with a table and a page', () => {
      const text = assertDone(outcomes[1]);
      for (const id of IDS) assert.match(text, new RegExp(`^${id}\\b`, 'm'), `a row for ${id}`);
      assert.doesNotMatch(text, /\bNaN\b|undefined/, 'nothing is missing');
      assert.match(assertDone(outcomes[2]), /^grid\/report\.html\n$/, 'report');
      assertPage('grid/report.html');
    });
    it('its runs are sampled one by one', () => assert.equal((jsonOf(outcomes[3]) as { weightKind: string }).weightKind, 'exact', 'with exact weights'));
  });
});
