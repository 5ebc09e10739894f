/** Densities that do not fall off are refused before any work, or once chains ran away; all that do are let be. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { np, type Array as NpArray } from '../../src/engine/numpy.ts';
import { keyFromSeed } from '../../src/engine/random.ts';
import { settingsFor } from '../../src/experiments/presets.ts';
import { checkTarget } from '../../src/targets/checkTarget.ts';
import { memoryJournal, type Surroundings } from '../../src/pipeline/journal.ts';
import { runPipeline } from '../../src/pipeline/run.ts';
import { bridgeRungs, runBridgeTempering, runTempering } from '../../src/pipeline/bank/tempering.ts';
import { loadTargets } from '../../src/targets/catalogue.ts';
import { compileEnergy } from '../../src/targets/compile.ts';
import { checkConfined, checkReach } from '../../src/targets/confinement.ts';
import { defineTarget, type Target, type TargetDefinition } from '../../src/targets/target.ts';

type Energy = (x: NpArray) => NpArray;

const of = (dimension: number, energy: Energy, change: Partial<TargetDefinition> = {}): Target =>
  defineTarget({ name: 'some', dimension, energy, box: [-4, 4], ...change });
const check = (target: Target): void => checkConfined(target, compileEnergy(target));

const r2: Energy = (x) => np.square(x).sum();
/** Of coordinate j alone. */
const at =
  (j: number): Energy =>
  (x) =>
    x.slice(j);
const logTail =
  (power: number): Energy =>
  (x) =>
    np
      .log(np.square(x).add(1))
      .mul(0.5 * power)
      .sum();

const endless: readonly (readonly [
  what: string,
  dimension: number,
  energy: Energy,
  change?: Partial<TargetDefinition>,
])[] = [
  ['−x²', 1, (x) => r2(x).mul(-1)],
  ['−x² in three dimensions', 3, (x) => r2(x).mul(-1)],
  ['a constant', 2, (x) => x.sum().mul(0)],
  ['a constant plateau', 2, (x) => np.exp(r2(x).mul(-1)).mul(-9)],
  ['x³', 1, (x) => np.square(x).mul(x).sum()],
  ['a slope in one coordinate', 3, (x) => r2(x.slice([0, 2])).add(at(2)(x))],
  ['no word of one coordinate', 3, (x) => r2(x.slice([0, 2]))],
  ['a saddle', 3, (x) => r2(x).sub(np.square(at(1)(x)).mul(1.1))],
  ['a tail that is too heavy', 1, logTail(0.4)],
  ['−exp x², which overflows', 1, (x) => np.exp(np.square(x)).mul(-1).sum()],
  ['a slope beside a circle', 2, (x) => np.cos(at(0)(x)).add(at(1)(x)), { torus: { 0: [0, 6.3] } }],
  ['a real coordinate that is a circle', 2, (x) => np.cos(x).sum()],
];

/**
 * y_i ~ N(θ_i, 1), θ_i ~ N(0, e^2t), a soft prior on t: along θ = 0, t → −∞, U falls without bound, on a ridge so
 * narrow that the integral is finite.
 */
const ridge: Energy = (x) => {
  const [t, theta] = [x.slice(0), x.slice([1])];
  const prior = np.exp(t).sub(np.minimum(t, 0).mul(0.5)).add(r2(theta).mul(0.5));
  return r2(theta)
    .mul(np.exp(t.mul(-2)))
    .mul(0.5)
    .add(t.mul(3))
    .add(prior);
};

const confined: readonly (readonly [
  what: string,
  dimension: number,
  energy: Energy,
  change?: Partial<TargetDefinition>,
])[] = [
  ['x²', 2, r2],
  ['a very shallow x²', 2, (x) => r2(x).mul(1e-8)],
  ['|x|', 2, (x) => np.absolute(x).sum()],
  ['a Cauchy law', 3, logTail(2)],
  ['a tail a little better than none', 1, logTail(1.2)],
  [
    'half of the space',
    2,
    (x) => np.where(at(0)(x).greater(0), r2(x), Infinity),
    { base: { mean: [3, 0], standardDeviation: 0.5 } },
  ],
  ['not a number out there', 1, (x) => np.sqrt(x.mul(-1).add(20)).sum().add(r2(x))],
  ['overflow out there', 2, (x) => np.exp(np.square(x)).sum()],
  ['a far plateau that is high', 2, (x) => np.minimum(r2(x), 1000)],
  ['a ridge that falls for ever', 4, ridge],
  ['a ridge that stays', 2, (x) => np.square(at(0)(x)).mul(np.square(np.square(at(1)(x))).add(1))],
  ['a constant on circles', 2, (x) => x.sum().mul(0), { torus: 'all' }],
  ['a slope between walls', 2, (x) => x.sum(), { interval: 'all' }],
];

const FAR =
  /^target "some": its density does not fall off: the energy is \S+ far outside its box, at \([^\n]*; add what/;

describe('a density', () => {
  for (const [what, dimension, energy, change] of endless) {
    it(`that does not fall off is refused: ${what}`, () => {
      const target = of(dimension, energy, change);
      assert.throws(() => checkTarget(target, compileEnergy(target)), {
        name: 'InputError',
        message: FAR,
        exitCode: 2,
      });
    });
  }
  for (const [what, dimension, energy, change] of confined) {
    it(`that falls off is let be: ${what}`, () => assert.doesNotThrow(() => check(of(dimension, energy, change))));
  }
  it('of the catalogue is let be', async () => {
    for (const target of await loadTargets())
      if (target.hasEnergy) assert.doesNotThrow(() => check(target), target.name);
  });
});

describe('chains that ran away', () => {
  const line = of(1, r2);
  const samples = (far: number, lost: number): Float64Array =>
    Float64Array.from({ length: 100 }, (_, i) => (i < lost ? far : 1));
  it('are told by where most of their samples are', () => {
    const refused = {
      name: 'InputError',
      message: /^target "some": \d+ % of the chains' samples lie more than 10 widths/,
      exitCode: 1,
    };
    for (const far of [84.1, -84.1, Infinity, NaN, 1e300]) {
      assert.throws(() => checkReach(line, samples(far, 51)), refused, `${far}`);
      assert.doesNotThrow(() => checkReach(line, samples(far, 50)), `half at ${far}`);
    }
    assert.doesNotThrow(() => checkReach(line, samples(83.9, 100)), 'within reach');
    assert.doesNotThrow(() => checkReach(of(1, r2, { torus: 'all' }), samples(1e9, 100)), 'on a circle');
  });

  const surroundings = (): Surroundings => ({
    journal: memoryJournal(),
    signal: new AbortController().signal,
    now: () => 0,
    breathe: () => Promise.resolve(),
    emit: () => undefined,
  });
  const away = /of the chains' samples lie more than 10 widths outside of its box: its energy does not confine them/;
  const escapes = { name: 'InputError', message: away, exitCode: 1 };
  it('end the run with one line, along temperatures and along a path', async () => {
    const target = of(2, (x) => r2(x).mul(-1));
    const { sampling, ladder } = settingsFor(target, 'quick', { ladders: 4, rounds: 64, warmupRounds: 20 });
    const options = {
      target,
      energy: compileEnergy(target),
      sampling,
      rungs: bridgeRungs(sampling, ladder, 2),
      threads: 0,
      key: keyFromSeed(1),
      surroundings: surroundings(),
    };
    await assert.rejects(runTempering(options), escapes);
    await assert.rejects(runBridgeTempering({ ...options, surroundings: surroundings() }), escapes);
  });
  it('end it where only noisy energies are seen', async () => {
    const energy: Energy = (x) => r2(x).mul(-1);
    const draw = (random: () => number): number[] => [random() - 0.5];
    const noise = { size: 1, draw, energy: (x: NpArray, xi: NpArray) => energy(x).add(xi.sum()) };
    const target = defineTarget({ name: 'some', dimension: 2, box: [-4, 4], noise });
    const small = { ladders: 4, rounds: 200, warmupRounds: 100, weights: 'learned-stochastic' };
    const settings = settingsFor(target, 'quick', small);
    await assert.rejects(runPipeline({ target, settings, seed: 1, surroundings: surroundings() }), escapes);
  });
});
