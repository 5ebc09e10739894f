/** `jeffreys check`: what it says of good targets, and what it refuses, in one line and without writing anything. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { assertDone, assertRefused, jeffreysInTurn, jsonOf, snapshot, temporaryFolder, TINY, type Outcome } from './jeffreys.ts';
import type { CheckReport } from '../../src/cli/check/report.ts';

const derivative = fileURLToPath(new URL('../../dist/engine/derivative.js', import.meta.url));
const definition = (rest: string, imports = ''): string =>
  `import { defineTarget, definePathIntegral, evaluatedTarget, np } from 'jeffreys-flow';\n${imports}\nexport default ${rest};\n`;
const plain = (rest: string): string => `defineTarget({ name: 'mine', dimension: 2, box: [-4, 4], ${rest} })`;
const byHand = (factor: number): string => definition(
  plain(`energy: (x) => withChange(np.square(held(x)), [x], (change) => held(x).mul(change).mul(${factor})).sum()`),
  `import { held, withChange } from ${JSON.stringify(derivative)};`,
);
const outside = (factor: number): string => definition(`evaluatedTarget({ name: 'outside', dimension: 2, box: [-4, 4] }, {
  dimension: 2,
  energies: (x, n, u) => { for (let i = 0; i < n; i++) u[i] = x[2 * i] ** 2 + x[2 * i + 1] ** 2; },
  energiesAndGradients: (x, n, u, g) => {
    for (let i = 0; i < n; i++) {
      u[i] = x[2 * i] ** 2 + x[2 * i + 1] ** 2;
      g[2 * i] = 2 * x[2 * i];
      g[2 * i + 1] = ${factor} * x[2 * i + 1];
    }
  },
})`);

const files: Readonly<Record<string, string>> = {
  good: definition(plain('energy: (x) => np.square(x).sum()')),
  kink: definition(plain('energy: (x) => np.absolute(x).sum()')),
  nan: definition(plain('energy: (x) => np.log(np.square(x).sum().sub(1))')),
  'hand-right': byHand(2),
  'hand-wrong': byHand(2.0004),
  'outside-right': outside(2),
  'outside-wrong': outside(2.0004),
  ring: definition("definePathIntegral({ name: 'ring', potential: (q) => np.square(np.square(q.slice(0)).sub(1)), box: [-3, 3], beads: 8, modes: 3 })"),
  noisy: definition(plain('noise: { size: 2, draw: (random) => [random() - 0.5, random() - 0.5], energy: (x, xi) => np.square(x).sum().add(x.mul(xi).sum()) }, settings: { weights: \'learned-stochastic\' }')),
  sum: definition("defineTarget({ name: 'sum', dimension: 1, box: [-4, 4], sum: { data: { rows: 3, columns: ['y'], data: Float64Array.of(1, 2, 0) }, batch: 2, term: (x, row) => np.square(x.slice(0).sub(row.slice(0))) } })"),
};

const small = [...TINY, '--json'];
const commands: readonly (readonly string[])[] = [
  ['./good.ts', ...small],
  ['./good.ts', ...TINY],
  ['./good.ts', '--set', 'kernel=heun', '--set', 'replicas=3', '--set', 'ladders=7', '--set', 'rounds=64', '--set', 'warmupRounds=11', '--set', 'stepsPerRound=3', '--set', 'adaptLadder=false', '--theta', '0.5', '--set', 'steps=20', '--set', 'batch=100', '--json'],
  ...['kink', 'hand-right', 'outside-right', 'ring', 'noisy', 'sum'].map((name) => [`./${name}.ts`, ...small]),
  ['three-well', ...small],
  ['./nan.ts'], ['./hand-wrong.ts'], ['./outside-wrong.ts'], ['thre-well'], ['./nowhere.ts'], ['single-step-2d'],
  ['./good.ts', '--set', 'replicas=0'], ['./good.ts', '--preset', 'nice'], ['./good.ts', '--seed', '3'], ['--help'],
];

describe('jeffreys check', () => {
  const folder = temporaryFolder();
  let outcomes: Outcome[];
  let runs: Outcome[];
  let written: Record<string, string>;
  before(async () => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder.path, `${name}.ts`), text);
    written = snapshot(folder.path);
    outcomes = await jeffreysInTurn(commands.map((args) => ['check', ...args]), folder.path);
    runs = await jeffreysInTurn([['run', './hand-wrong.ts', ...TINY], ['run', './outside-wrong.ts', ...TINY]], folder.path);
  });
  after(folder.remove);
  const did = (...args: string[]): Outcome => {
    // What is asked for in few words is a refusal, or whatever begins like it.
    const whole = commands.findIndex((command) => command.join(' ') === args.join(' '));
    const found = outcomes[whole >= 0 ? whole : commands.findIndex((command) => command.join(' ').startsWith(args.join(' ')))];
    assert.ok(found !== undefined, args.join(' '));
    return found;
  };
  const report = (name: string): CheckReport => jsonOf(did(name, ...small)) as CheckReport;

  it('prints one object', () => {
    const found = report('./good.ts');
    assert.deepEqual(Object.keys(found), ['target', 'file', 'preset', 'kind', 'dimension', 'energies', 'samplers', 'training', 'generation', 'generator', 'memoryBytes']);
    assert.deepEqual([found.target, found.file, found.kind, found.dimension], ['mine', join(folder.path, 'good.ts'), 'exact', 2]);
    const [energy] = found.energies;
    assert.deepEqual([energy.name, energy.description.executor, energy.description.reason], ['energy', 'vector code', null]);
    // x², y² and their sum.
    assert.equal(energy.description.operations?.energy, 3);
    assert.ok((energy.description.operations?.withGradient ?? 0) > 3, 'more with the gradient');
    assert.deepEqual([energy.gradient.compared, energy.gradient.kinks, energy.gradient.undecided], [32, 0, 0]);
    for (const timing of [energy.timing.energy, energy.timing.withGradient]) for (const seconds of Object.values(timing) as number[]) assert.ok(seconds > 0 && seconds < 1, `${seconds} s`);
    assert.deepEqual(found.samplers.map(({ name, arithmetic }) => [name, arithmetic]), [['tempering', 'compiled float64']]);
    assert.ok(found.samplers[0].seconds > 0 && found.training.seconds > 0 && found.memoryBytes > 2 ** 20);
  });

  it('counts by the settings at hand', () => {
    const { samplers: [{ rungs, ladders, steps, gradients }], training } = jsonOf(did('./good.ts', '--set')) as CheckReport;
    assert.deepEqual({ rungs, ladders, steps, gradients }, { rungs: 3, ladders: 7, steps: 225, gradients: 2 * 3 * 7 * 225 });
    assert.deepEqual([training.flows, training.steps, training.batch, training.evaluations], [1, 20, 100, 2000]);
  });

  it('says it to people too', () => {
    const text = assertDone(outcomes[1]);
    for (const line of [/^target +mine, 2 coordinates, exact$/m, /^energy +vector code, 3 operations a point/m, /gradient +32 of 32 slopes at 16 points agree with differences to /, /tempering +.* rungs × .* ladders × .* steps, .* gradients, compiled float64$/m, /training +.* a step \(fused\)/, /memory +about \d+ MiB$/m]) assert.match(text, line);
  });

  it('looks at every energy of targets of other kinds', () => {
    const kinds = ['./outside-right.ts', './ring.ts', './noisy.ts', './sum.ts', 'three-well'].map((name) => {
      const { kind, energies } = report(name);
      return [kind, ...energies.map((energy) => `${energy.name}: ${energy.description.executor}`)];
    });
    assert.deepEqual(kinds, [
      ['evaluated', 'energy: own code'], ['ring', 'energy: vector code', 'classical energy: vector code'],
      ['noisy', 'noisy energy: vector code'], ['noisy', 'energy: vector code', 'noisy energy: vector code'],
      ['exact', 'energy: vector code'],
    ]);
    assert.deepEqual(report('./ring.ts').samplers.map(({ name }) => name), ['classical tempering', 'tempering']);
    assert.deepEqual(report('./noisy.ts').samplers.map(({ name }) => name), ['replica-exchange SGLD']);
  });

  it('takes kinks and right derivatives by hand', () => {
    for (const name of ['./kink.ts', './hand-right.ts']) assert.equal(report(name).target, 'mine');
  });

  it('refuses a wrong gradient, as run does', () => {
    const says = /the gradient of its energy is wrong in coordinate [01] at the point \(\S+, \S+\) of its base: it is \S+, and \S+ by central differences; mend/;
    for (const outcome of [did('./hand-wrong.ts'), did('./outside-wrong.ts'), ...runs]) assertRefused(outcome, says);
  });

  it('refuses what run refuses', () => {
    assertRefused(did('./nan.ts'), /target "mine": energy is NaN at the point \(0\.00000, 0\.00000\) of its base/);
    assertRefused(did('thre-well'), /unknown target "thre-well", did you mean "three-well"\?/);
    assertRefused(did('./nowhere.ts'), /no such target file: .*nowhere\.ts/);
    assertRefused(did('single-step-2d'), /single-step-2d is an experiment of several runs; name one of the targets/);
    assertRefused(did('./good.ts', '--set', 'replicas=0'), /--set replicas: must be at least 1, got "0"/);
    assertRefused(did('./good.ts', '--preset', 'nice'), /preset/);
    assertRefused(did('./good.ts', '--seed'), /unknown option '--seed'.*see `jeffreys check --help`/);
  });

  it('has examples in its help, and leaves nothing behind', () => {
    assert.match(assertDone(did('--help')), /\$ jeffreys check \.\/my-target\.ts/);
    assert.deepEqual(snapshot(folder.path), written, 'files of the folder');
  });
});
