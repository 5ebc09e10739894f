/** Presets: how settings are layered, and that `paper` is what was published (arXiv 2604.05303, single-step experiments). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { plantedBias } from '../../src/experiments/plantedBias/plantedBias.ts';
import { ownTargetFor, presetNamed, presetNames, settingsFor, targetFor } from '../../src/experiments/presets.ts';
import { publishedFigures, publishedThetas } from '../../src/experiments/published.ts';
import { singleStep2d } from '../../src/experiments/singleStep/singleStep2d.ts';
import { checkSettings } from '../../src/settings/check.ts';
import { fixedLambdas } from '../../src/settings/lambdas.ts';
import { flatSettings } from '../../src/settings/names.ts';
import { np } from '../../src/engine/numpy.ts';
import { loadTargets } from '../../src/targets/catalogue.ts';
import { definePathIntegral } from '../../src/targets/pathIntegral.ts';
import { defineTarget } from '../../src/targets/target.ts';
import { inputError } from '../store/folder.ts';

const targets = await loadTargets();
const own = defineTarget({ name: 'own', dimension: 2, box: [-1, 1], energy: (x) => x.sum(), settings: { rounds: 77, replicas: 3 } });

describe('settingsFor', () => {
  it('gives checked settings for every preset of every target', () => {
    for (const target of targets) {
      for (const preset of presetNames) {
        const settings = settingsFor(target, preset);
        assert.deepEqual(checkSettings(settings), settings, `${preset} of ${target.name}`);
      }
    }
  });
  it("puts the target's settings over the preset's, and the user's over both", () => {
    const without = flatSettings(settingsFor({ ...own, settings: {} }, 'quick', { generator: 'flow' }));
    const layered = flatSettings(settingsFor(own, 'quick'));
    assert.deepEqual(layered, { ...without, rounds: 77, replicas: 3 }, 'the target wins over the preset');
    assert.deepEqual(flatSettings(settingsFor(own, 'quick', { rounds: 99 })), { ...layered, rounds: 99 }, 'the user wins over the target');
  });
  it("puts what a preset changes for a target over the target's own", () => {
    const periodic = targets.find(({ name }) => name === 'periodic-well');
    assert.ok(periodic !== undefined, 'periodic-well is in the catalogue');
    assert.equal(settingsFor({ ...periodic, settings: { ...periodic.settings, steps: 5 } }, 'paper').training.steps, 1000, 'the adjustment wins over the target');
    assert.equal(settingsFor({ ...periodic, name: 'renamed' }, 'paper').training.steps, 1000, 'whatever it is called');
    assert.equal(settingsFor(periodic, 'paper', { steps: 5 }).training.steps, 5, 'the user wins over the adjustment');
  });
  it("has presets of a user's own target", () => {
    const presets = { quick: { settings: { rounds: 88, lambdas: [0.5, 1] } }, paper: { box: [-2, 3] } } as const;
    const mine = defineTarget({ name: 'mine', dimension: 2, box: [-1, 1], torus: { 1: [0, 6] }, energy: (x) => x.sum(), settings: { rounds: 77, replicas: 3 }, presets });
    const quick = settingsFor(mine, 'quick');
    assert.deepEqual([quick.sampling.rounds, quick.ladder.lambdas, quick.sampling.replicas], [88, [0.5, 1], 3], 'over its settings, which stay otherwise');
    assert.equal(settingsFor(mine, 'default').sampling.rounds, 77, 'of another preset: nothing');
    assert.equal(settingsFor(mine, 'quick', { rounds: 99 }).sampling.rounds, 99, 'the user wins over both');
    for (const shaped of [targetFor, ownTargetFor]) {
      const boxes = presetNames.map((preset) => shaped(mine, preset).domain.map(({ low, high }) => [low, high]));
      const usual = [[-1, 1], [0, 6]];
      assert.deepEqual(boxes, [usual, usual, [[-2, 3], [0, 6]]], 'the box with paper, of what is no circle');
      const { domain, base } = shaped(mine, 'paper');
      assert.deepEqual(base.domain, domain, 'the base lives there too');
    }
  });
  it('has presets of a path integral', () => {
    const ring = definePathIntegral({
      name: 'ring', box: [-4, 4], potential: (q) => np.square(q).sum(), beads: 5, modes: 3,
      presets: { quick: { settings: { modes: 5 }, box: new Array<[number, number]>(5).fill([-2, 2]) } },
    });
    const sizes = (given: object): unknown[] => [ownTargetFor, targetFor].map((shaped) => {
      const { dimension, domain } = shaped(ring, 'quick', { ...given });
      return [dimension, domain.every(({ low, high }) => low === -2 && high === 2)];
    });
    assert.deepEqual(sizes({}), [[5, true], [5, true]], 'its modes and their box');
    assert.deepEqual(sizes({ modes: 3 }), [[3, false], [3, false]], 'the user wins, and the box of five modes is left');
    assert.deepEqual(ownTargetFor(ring, 'paper').base.mean, ring.base.mean, "a user's file keeps its reference");
    assert.equal(ownTargetFor(ring, 'paper').pathIntegral?.particle.curvature[0], ring.pathIntegral?.particle.curvature[0], 'also its curvature');
    assert.equal(targetFor(ring, 'paper').pathIntegral?.particle.curvature[0], 1, 'the published one');
  });
  it('says whose setting is wrong', () => {
    const paper = { paper: { settings: { roundz: 1 } } } as const;
    assert.throws(() => settingsFor({ ...own, presets: paper }, 'paper'), inputError(/^target "own": in its presets\.paper\.settings: unknown setting "roundz", did you mean "rounds"\?/, 2), 'its preset');
    assert.doesNotThrow(() => settingsFor({ ...own, presets: paper }, 'quick'), 'which another preset does not read');
    assert.throws(() => settingsFor({ ...own, settings: { roundz: 1 } }, 'quick'), inputError(/^target "own": in its settings: unknown setting "roundz", did you mean "rounds"\?/, 2), 'the target');
    assert.throws(() => settingsFor(own, 'quick', { theta: Number.NaN }), inputError(/^setting theta: must be a finite number, got NaN$/, 2), 'the user');
    assert.throws(() => settingsFor(own, 'quick', { replicas: 2, hottest: 1 }), inputError(/^setting hottest: must be below 1/, 2), 'two settings that do not go together');
    assert.throws(() => settingsFor(own, 'quick', { rounds: 2 ** 30 }), inputError(/^setting rounds: rounds × ladders .* at most 100000000/, 2), 'more samples than can be held');
  });
  it('knows its presets', () => {
    for (const preset of presetNames) assert.equal(presetNamed(preset), preset, preset);
    assert.throws(() => presetNamed('papre'), inputError(/unknown preset "papre", did you mean "paper"\?/, 2), 'the nearest name');
  });
});

describe('the paper preset', () => {
  const ladder: Readonly<Record<string, readonly [hottest: number, replicas: number, base: number | null, box: number]>> = {
    'three-well': [0.1, 5, 1, 4],
    himmelblau: [0.01, 6, 2, 6],
    'multiple-well': [0.1, 6, 2.2, 7],
    annulus: [0.2, 6, 1, 4],
    'periodic-well': [0.2, 8, null, Math.PI],
  };
  for (const target of targets.filter(({ name }) => name in ladder)) {
    it(`is the published one of ${target.name}`, () => {
      const s = flatSettings(settingsFor(target, 'paper'));
      const epochs = target.name === 'periodic-well' ? 100 : 40;
      const training = s.rounds * s.ladders * (1 - s.heldOut);
      assert.ok(Math.abs(training / 20_000 - 1) < 0.005, `20,000 training samples, not ${training}`);
      assert.deepEqual([s.layers, s.hidden, s.bins, s.activation], [4, 256, 16, 'relu'], 'network');
      assert.deepEqual([s.learningRate, s.schedule, s.batch, s.steps], [1e-4, 'constant', 2000, (epochs * 20_000) / 2000], 'Adam 1e-4, batches of 2000, epochs');
      assert.deepEqual([s.theta, s.kappa, s.renyiOrder, s.samples, s.fixedBaseSamples], [0.5, 0, 1, 320_000, 20_000], 'loss and ensemble');
      const [hottest, replicas, base, box] = ladder[target.name];
      assert.deepEqual([s.kernel, s.hottest, s.replicas, s.adaptLadder], ['tamedEuler', hottest, replicas, false], 'parallel tempering');
      if (base !== null) assert.deepEqual(Array.from(target.base.standardDeviation), [base, base], 'base');
      assert.deepEqual(target.domain.map(({ low, high }) => [low, high]), [[-box, box], [-box, box]], 'box');
    });
  }
});

describe('the paper preset of the sequential experiments', () => {
  const published: Readonly<Record<string, { stages: number; first: readonly number[]; network: readonly number[]; theta: number; samples: number; particles: number; base: readonly number[]; boxes: readonly (readonly number[])[] }>> = {
    'gmm-3d': { stages: 3, first: [0.08, 0.08 ** 0.5, 1], network: [6, 256, 16], theta: 0.75, samples: 50_000, particles: 400_000, base: [2.5, 2.5, 2.5], boxes: [[-12, 12], [-12, 12], [-12, 12]] },
    'rosenbrock-4d': { stages: 11, first: [1e-3, 1e-3 * 10 ** 0.3], network: [8, 256, 32], theta: 0.75, samples: 100_000, particles: 500_000, base: [1, 1, 1.5, 2], boxes: [[-1.6, 2], [-0.5, 2], [-0.5, 3], [-0.5, 6.5]] },
    'rastrigin-8d': { stages: 22, first: [0.02], network: [6, 512, 32], theta: 0.5, samples: 100_000, particles: 400_000, base: new Array<number>(8).fill(1), boxes: new Array<number[]>(8).fill([-6, 6]) },
    'solvated-16d': { stages: 31, first: [1e-3], network: [6, 1024, 50], theta: 0.75, samples: 500_000, particles: 500_000, base: [], boxes: [[-Math.PI, Math.PI], [-Math.PI, Math.PI], ...new Array<number[]>(14).fill([-6, 6])] },
  };
  for (const [name, { stages, first, network, theta, samples, particles, base, boxes }] of Object.entries(published)) {
    it(`is the published one of ${name}`, () => {
      const found = targets.find((entry) => entry.name === name);
      assert.ok(found !== undefined, 'in the catalogue');
      const target = targetFor(found, 'paper');
      const s = flatSettings(settingsFor(target, 'paper'));
      const lambdas = fixedLambdas(s) ?? [];
      assert.equal(lambdas.length, stages, 'stages');
      first.forEach((lambda, k) => assert.ok(Math.abs(lambdas[k] / lambda - 1) < 1e-9, `λ ${k + 1}: ${lambdas[k]}, not ${lambda}`));
      assert.deepEqual([s.layers, s.hidden, s.bins, s.activation, s.masks], [...network, 'relu', 'alternating'], 'network');
      assert.deepEqual([s.generator, s.path, s.adaptLadder, s.theta, s.kappa], ['ladder', 'interpolation', false, theta, 0], 'ladder and loss');
      assert.deepEqual([s.stageSamples, s.particles], [samples, particles], 'samples and particles');
      for (const [j, sigma] of base.entries()) assert.equal(target.base.standardDeviation[j], sigma, `σ of coordinate ${j}`);
      assert.deepEqual(target.domain.map(({ low, high }) => [low, high]), boxes, 'boxes');
    });
  }
});

describe('published figures', () => {
  it('are those of the paper', () => {
    assert.deepEqual(publishedThetas, [0, 0.25, 0.5, 0.75, 1], 'the values of θ');
    const ess = (target: string): (number | null | undefined)[] => publishedThetas.map((theta) => publishedFigures(target, theta)?.ess);
    assert.deepEqual(ess('three-well'), [0.227, 0.599, 0.825, 0.935, 0.001], 'three-well');
    assert.deepEqual(ess('himmelblau'), [0.173, 0.425, 0.682, 0.723, 0.026], 'himmelblau');
    assert.deepEqual(ess('multiple-well'), [0.204, 0.578, 0.822, 0.92, 0.353], 'multiple-well');
    assert.deepEqual(ess('annulus'), [0.184, 0.458, 0.703, 0.787, 0.378], 'annulus');
    const bias = (target: string): (number | null | undefined)[] => publishedThetas.map((theta) => publishedFigures(target, theta)?.bias);
    assert.deepEqual(bias('three-well'), [1.8e-3, 9.5e-4, 1.3e-3, 1.7e-3, 1.1e-1], 'L2 bias of three-well');
    assert.deepEqual(bias('himmelblau'), [4.1e-3, 2.0e-3, 1.9e-3, 5.2e-3, 3.9e-1], 'L2 bias of himmelblau');
    assert.deepEqual(bias('multiple-well'), [3.5e-3, 2.3e-3, 2.1e-3, 1.6e-3, 4.4e-3], 'L2 bias of multiple-well');
    assert.deepEqual(bias('annulus'), [9.0e-3, 4.1e-3, 3.5e-3, 2.9e-3, 1.7e-3], 'L2 bias of annulus');
  });
  it('are null where nothing was published', () => {
    for (const [target, theta] of [['three-well', 0.3], ['periodic-well', 0.25], ['own', 0.5]] as const) assert.equal(publishedFigures(target, theta), null, `${target} at ${theta}`);
  });
});

describe('experiments', () => {
  it('single-step-2d runs four targets at five θ, without the ratio variation unless asked', () => {
    const entries = singleStep2d.entries('quick', { steps: 3, theta: 0.3 });
    assert.equal(new Set(entries.map(({ id }) => id)).size, 20, 'twenty different runs');
    for (const { id, target, settings } of entries) {
      assert.equal(id, `${target.name}-theta-${settings.training.theta}`, 'the name says what runs');
      assert.notEqual(publishedFigures(target.name, settings.training.theta), null, `${id} has a published figure`);
      assert.deepEqual([settings.training.kappa, settings.training.steps], [0, 3], `${id}: κ = 0, and the user's steps`);
    }
    assert.ok(singleStep2d.entries('quick', { kappa: 1 }).every(({ settings }) => settings.training.kappa === 1), 'the user may ask for it');
  });
  it('planted-bias thins the same samples for each of its losses', () => {
    const entries = plantedBias.entries('quick', { steps: 3 });
    assert.equal(new Set(entries.map(({ id }) => id)).size, entries.length, 'every run has a name of its own');
    assert.ok(entries.length >= 7, 'the losses of the table');
    for (const { id, target, settings, prepareData } of entries) {
      assert.equal(target.name, 'himmelblau', `${id}: target`);
      assert.equal(settings.training.steps, 3, `${id}: the user's steps`);
      assert.ok(prepareData !== undefined, `${id}: thins the samples`);
    }
  });
});
