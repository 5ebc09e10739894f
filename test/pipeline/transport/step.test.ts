/** The step of a ladder's stage is trained on what it is to be trained on, and judged by what it leaves. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { np } from '../../../src/engine/numpy.ts';
import { foldIn, keyFromSeed } from '../../../src/engine/random.ts';
import { settingsFor } from '../../../src/experiments/presets.ts';
import { architectureOf } from '../../../src/pipeline/transport/architecture.ts';
import { FIRST_STEP } from '../../../src/pipeline/transport/schedule.ts';
import { drawnBank } from '../../../src/pipeline/bank/pool.ts';
import { exactView } from '../../../src/pipeline/energies.ts';
import type { StageContext, StageWeighing, TakenStep } from '../../../src/pipeline/transport/context.ts';
import { makeStep } from '../../../src/pipeline/transport/step.ts';
import { sampleBase } from '../../../src/targets/base.ts';
import { compileEnergy } from '../../../src/targets/compile.ts';
import { pathEvaluator } from '../../../src/targets/path.ts';
import { defineTarget } from '../../../src/targets/target.ts';
import { quiet } from '../quiet.ts';

const target = defineTarget({
  name: 'bent',
  dimension: 2,
  box: [-5, 5],
  base: { standardDeviation: 1.1 },
  energy: (x) =>
    np
      .square(x.slice(0).sub(0.3))
      .add(np.square(x.slice(1).sub(np.sin(x.slice(0)))))
      .mul(0.6),
});
const energy = compileEnergy(target);
const settings = settingsFor(target, 'quick', {
  generator: 'ladder',
  interpolation: 'explicit',
  lambdas: [0.5, 1],
  layers: 2,
  hidden: 6,
  bins: 4,
  stageSteps: 6,
  batch: 200,
  evaluateEvery: 100,
  stageSamples: 1000,
  heldOut: 0.4,
  particles: 500,
  theta: 0,
  kappa: 1,
  threads: 1,
});
const key = keyFromSeed(8);

/** A stage from the base to λ = 0.5, whose pool draws its samples anew from the given one on. */
async function stage(
  changedFrom: number, weighing: StageWeighing = { weigh: () => Promise.resolve(null) }, dead = 0,
): Promise<TakenStep & { readonly asked: readonly number[] }> {
  const { particles: n, stageSamples, stageSteps } = settings.ladder;
  const points = new Float64Array(2 * n);
  sampleBase(target.base, foldIn(key, 'particles'), 0, n, points);
  const asked: number[] = [];
  const bank = drawnBank({
    effectiveSize: () => 1,
    sample(lambda, count, held) {
      asked.push(lambda, count, held);
      const samples = new Float64Array(2 * count);
      sampleBase(target.base, foldIn(key, 'pool'), 0, count, samples);
      sampleBase(target.base, foldIn(key, 'others'), 0, count - changedFrom, samples.subarray(2 * changedFrom));
      const energies = new Float64Array(count);
      pathEvaluator(target.base, energy, lambda).energies(samples, count, energies);
      return { samples, energies };
    },
  }, () => null, stageSamples, settings.training.heldOut, 2);
  const surroundings = quiet();
  const context: StageContext<never> = {
    target, architecture: architectureOf(target, settings.flow), settings, surroundings, bank, moves: null,
    view: exactView(target, energy), weighing,
    plan: {
      lambdas: [0.5, 1], folder: () => surroundings.journal, label: () => '', keeps: 'particles', keepsSamples: true,
      fromBase: false, trainingSteps: stageSteps, stageKey: () => key, sourceKey: (own) => own,
      trainingKey: (own) => own, share: (lambda) => lambda, noWeight: () => assert.fail('nothing is weighed'),
    },
    account: {
      trained: () => ({}), retrained: () => undefined, of: () => assert.fail('nothing is told'),
      read: () => assert.fail('nothing is read'),
    },
  };
  const particles = { points, logWeights: new Float64Array(n).fill(-Infinity, 0, dead) };
  const state = { particles, lambda: 0, initial: null, step: FIRST_STEP };
  return { ...(await makeStep(context, state, 1, surroundings.journal)), asked };
}

it('the flow of a stage does not depend on held-out samples, of which there is one look at the end', async () => {
  const [step, other, trainedOnOthers] = [await stage(1000), await stage(600), await stage(599)];
  assert.deepEqual(step.asked, [0.5, 1000, 400]);
  assert.deepEqual(other.parameters, step.parameters, 'four of ten samples are others');
  assert.notDeepEqual(other.training.curve, step.training.curve, 'which the look at the end sees');
  assert.notDeepEqual(
    trainedOnOthers.parameters,
    step.parameters,
    'one sample more, of 600 that training has, makes another flow',
  );
});

it('weights that are no numbers count as none, of either map, and the dead are not counted again', async () => {
  const halves = Float64Array.from({ length: 500 }, (_, i) => (i % 2 === 0 ? NaN : 0));
  const { moving, staying } = await stage(1000, {
    weigh: () => Promise.resolve(halves), staying: () => Promise.resolve(() => halves),
  }, 100);
  for (const judged of [moving, staying]) {
    assert.ok(judged !== null);
    assert.equal(judged.nonFinite, 200);
    assert.ok(Math.abs(judged.cess - 0.5) < 1e-9, `${judged.cess}: half of the weight is lost`);
    assert.ok(judged.logIncrements.every((value, i) => value === (i % 2 === 0 ? -Infinity : 0)));
  }
});
