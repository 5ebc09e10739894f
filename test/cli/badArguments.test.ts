/** What is wrong on the command line itself is told in one line, before anything is written. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { catalogue } from '../../src/targets/catalogue.ts';
import { assertDone, assertRefused, jeffreys, jeffreysInTurn, jsonOf, snapshot, temporaryFolder, type Outcome } from './jeffreys.ts';

const refusals: readonly (readonly [arguments_: string, says: RegExp])[] = [
  ['rnu three-well', /unknown command 'rnu' \(Did you mean run\?\); see `jeffreys --help`/],
  ['zzzz', /unknown command 'zzzz'; see `jeffreys --help`/],
  ['run', /missing required argument 'name\|file'; see `jeffreys run --help`/],
  ['run three-well himmelblau', /too many arguments .*Expected 1/],
  ['run three-well --thta 1', /unknown option '--thta' \(Did you mean --theta\?\)/],
  ['run three-well --zzzz', /unknown option '--zzzz'; see `jeffreys run --help`/],
  ['run three-wel', /unknown target "three-wel", did you mean "three-well"\?/],
  ['run planted-bais', /unknown target "planted-bais", did you mean "planted-bias"\?/],
  ['run zzzz', /unknown target "zzzz" \(known: three-well, .*or a file/],
  ['run three-well --theta 1.5', /theta: must be at most 1, got 1\.5/],
  ['run three-well --theta -0.1', /theta: must be at least 0, got -0\.1/],
  ['run three-well --theta NaN', /--theta .*'NaN' is invalid.*finite number/],
  ['run three-well --theta much', /--theta .*'much' is invalid.*finite number/],
  ['run three-well --theta Infinity', /--theta .*finite number/],
  ['run three-well --seed -1', /--seed .*'-1' is invalid.*integer of at least 0/],
  ['run three-well --seed 1.5', /--seed .*integer of at least 0/],
  ['run three-well --threads 0', /--threads .*integer of at least 1/],
  ['run three-well --device gpu', /--device .*'gpu' is invalid.*cpu, webgpu, cuda/],
  ['run three-well --set device=gpu', /--set device: must be cpu or webgpu or cuda, got "gpu"/],
  ['run three-well --device webgpu --set precision=float64', /setting device: webgpu computes in float32 only.*precision=float32/],
  ['run three-well --save-every -1', /--save-every .*at least 0/],
  ['run three-well --until ess=90', /--until .*'ess=90' is invalid.*ess is a fraction below 1 \(0\.9 or 90%\), got 90/],
  ['run three-well --until rhat=1', /--until .*must be figures such as ess=0\.9,logZ=0\.01,se=0\.005, got "rhat=1"/],
  ['run three-well --until logZ=0', /--until .*logZ must be above 0, got 0/],
  ['run three-well --budget 10x', /--budget .*'10x' is invalid.*a time \(90s, 10m, 1h\) or a number of energy evaluations \(1e7\)/],
  ['run three-well --budget -1', /--budget .*a time \(90s, 10m, 1h\)/],
  ['resume latest --budget soon', /--budget .*'soon' is invalid.*see `jeffreys resume --help`/],
  ['run three-well --preset quik', /unknown preset "quik", did you mean "quick"\?/],
  ['run three-well --preset zzzz', /unknown preset "zzzz"; the presets are quick, default, paper/],
  ['run three-well --set rounds=-1', /--set rounds: must be at least 32, got "-1"/],
  ['run three-well --set rounds=2.5', /--set rounds: must be an integer, got "2\.5"/],
  ['run three-well --set rounds=1e11', /rounds × ladders .*at most 100000000, got 100000000000 × 64/],
  ['run three-well --set kappa=NaN', /--set kappa: must be a finite number, got "NaN"/],
  ['run three-well --set kappa=-1', /--set kappa: must be at least 0, got "-1"/],
  ['run three-well --set learningRate=0', /--set learningRate: must be above 0, got "0"/],
  ['run three-well --set learningRate=Infinity', /--set learningRate: must be a finite number/],
  ['run three-well --set activation=gelu', /--set activation: must be relu or silu, got "gelu"/],
  ['run three-well --set adaptLadder=maybe', /--set adaptLadder: must be true or false, got "maybe"/],
  ['run three-well --set kapa=1', /unknown setting "kapa", did you mean "kappa"\?/],
  ['run three-well --set zzzzzzz=1', /unknown setting "zzzzzzz"; the settings are sampler, kernel/],
  ['run three-well --set kappa', /--set needs key=value, got "kappa"/],
  ['run three-well --set hottest=1', /hottest: must be below 1 .*got 1/],
  ['run single-step-2d --set kapa=1', /unknown setting "kapa"/],
  ['sample latest -n -5', /'-5' is invalid.*integer of at least 1/],
  ['sample latest -n NaN', /'NaN' is invalid.*integer of at least 1/],
  ['sample latest -n 0', /integer of at least 1/],
  ['sample latest', /required option '-n, --count <n>' not specified/],
  ['sample latest -n 5 --seed -1', /--seed .*integer of at least 0/],
  ['sample latest -n 5', /no run yet in runs: make one with `jeffreys run <name>`/],
  ['sample nowhere -n 5', /no run nowhere/],
  ['show nowhere', /no run nowhere/],
  ['resume nowhere', /no run nowhere/],
  ['report nowhere', /no run nowhere/],
  ['compare nowhere', /no run nowhere/],
  ['export nowhere --format csv', /no run nowhere/],
  ['export latest --format pdf', /--format .*'pdf' is invalid.*onnx, safetensors, npz, csv/],
  ['export latest', /required option '--format <format>' not specified/],
  ['export latest --format onnx --batch 0', /--batch .*integer of at least 1/],
  ['init Bad_Name', /lower-case letters, digits and hyphens, got "Bad_Name"/],
  ['init ../elsewhere', /lower-case letters, digits and hyphens/],
  ['run three-well --set executor=fused --device webgpu', /setting executor: fused runs on the cpu only, got device webgpu/],
  ['run three-well --set executor=fused --set bins=100', /setting executor: fused takes at most 64 bins, got 100/],
  ['bench zzzz', /unknown benchmark "zzzz"; the benchmarks are train-step/],
];

describe('bad arguments', () => {
  const folder = temporaryFolder();
  let outcomes: Outcome[];
  before(async () => { outcomes = await jeffreysInTurn(refusals.map(([text]) => text.split(' ')), folder.path); });
  after(folder.remove);
  for (const [i, [text, says]] of refusals.entries()) it(text, () => assertRefused(outcomes[i], says));
  it('leave nothing behind', () => assert.deepEqual(snapshot(folder.path), {}, 'a refused command wrote something'));
});

/** Fails every import of the array engine. */
const hook = `export async function resolve(name, context, next) {
  if (/^(@jax-js\\/jax|onnxruntime-node|protobufjs)/.test(name)) throw new Error('the engine is loaded: ' + name);
  return next(name, context);
}`;
const dataUrl = (source: string): string => `data:text/javascript,${encodeURIComponent(source)}`;
const withoutEngine = ['--import', dataUrl(`import { register } from 'node:module'; register(${JSON.stringify(dataUrl(hook))});`)];

describe('what needs no engine loads none', () => {
  const cwd = process.cwd();
  it('--help', async () => {
    const text = assertDone(await jeffreys(['--help'], { cwd, node: withoutEngine }));
    for (const verb of ['list', 'init', 'run', 'resume', 'sample', 'report', 'show', 'compare', 'export', 'bench']) assert.match(text, new RegExp(`^  ${verb} `, 'm'), `--help names ${verb}`);
  });
  it('run --help', async () => assert.match(assertDone(await jeffreys(['run', '--help'], { cwd, node: withoutEngine })), /--theta/, 'names its options'));
  it('list', async () => {
    const lines = assertDone(await jeffreys(['list'], { cwd, node: withoutEngine })).trimEnd().split('\n');
    for (const { name, description } of catalogue) assert.ok(lines.some((row) => row.includes(name) && row.includes(description)), `list has a line for ${name}`);
  });
  it('list --json', async () => {
    const rows = jsonOf(await jeffreys(['list', '--json'], { cwd, node: withoutEngine })) as { kind: string; name: string; description: string }[];
    assert.deepEqual(rows.filter(({ kind }) => kind === 'target').map(({ name }) => name), catalogue.map(({ name }) => name), 'every target');
    assert.deepEqual(rows.filter(({ kind }) => kind === 'experiment').map(({ name }) => name), ['single-step-2d', 'planted-bias', 'short-tempering', 'resgld-gmm-2d', 'resgld-poisson-8d', 'pimc-double-well', 'pimc-proton', 'pimc-temperatures'], 'every experiment');
  });
  it('but the hook of this test sees it where it is loaded', async () => {
    assert.match((await jeffreys(['run', 'three-wel'], { cwd, node: withoutEngine })).stderr, /the engine is loaded/, 'the hook works');
  });
});

describe('the bare command', () => {
  it('shows the help on standard error', async () => {
    const { code, stdout, stderr } = await jeffreys([], { cwd: process.cwd() });
    assert.equal(code, 2, 'exit code');
    assert.equal(stdout, '', 'nothing on standard output');
    assert.match(stderr, /^Usage: jeffreys \[options\] \[command\]\n/, 'usage on a line of its own');
  });
});
