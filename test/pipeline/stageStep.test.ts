/** The step of a ladder's stage is trained on what it is to be trained on. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { np } from '../../src/engine/numpy.ts';
import { foldIn, keyFromSeed } from '../../src/engine/random.ts';
import { settingsFor } from '../../src/experiments/presets.ts';
import { architectureOf } from '../../src/pipeline/transport/architecture.ts';
import { FIRST_STEP } from '../../src/pipeline/transport/schedule.ts';
import type { LadderContext } from '../../src/generators/ladderState.ts';
import { makeStep, type TakenStep } from '../../src/generators/stageStep.ts';
import { Rejuvenation } from '../../src/samplers/rejuvenate.ts';
import { sampleBase } from '../../src/targets/base.ts';
import { compileEnergy } from '../../src/targets/compile.ts';
import { differenceTarget, pathEvaluator } from '../../src/targets/path.ts';
import { defineTarget } from '../../src/targets/target.ts';
import { quiet } from './quiet.ts';

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
async function stage(changedFrom: number): Promise<TakenStep & { readonly asked: readonly number[] }> {
  const points = new Float64Array(2 * settings.particles);
  sampleBase(target.base, foldIn(key, 'particles'), 0, settings.particles, points);
  const asked: number[] = [];
  const rejuvenation = new Rejuvenation(compileEnergy(differenceTarget(target)), target.base, 64, 1);
  const context: LadderContext = {
    target,
    energy,
    architecture: architectureOf(target, settings),
    settings,
    key,
    rejuvenation,
    stepSize: () => 0.1,
    share: (lambda) => lambda,
    pool: {
      settled: true,
      logZ: () => ({ value: 0, standardError: 0 }),
      effectiveSize: () => 1,
      sample(lambda, n, held) {
        asked.push(lambda, n, held);
        const samples = new Float64Array(2 * n);
        sampleBase(target.base, foldIn(key, 'pool'), 0, n, samples);
        sampleBase(target.base, foldIn(key, 'others'), 0, n - changedFrom, samples.subarray(2 * changedFrom));
        const energies = new Float64Array(n);
        pathEvaluator(target.base, energy, lambda).energies(samples, n, energies);
        return { samples, energies };
      },
    },
    surroundings: quiet(),
  };
  try {
    const state = {
      particles: { points, logWeights: new Float64Array(settings.particles) },
      lambda: 0,
      initial: null,
      step: FIRST_STEP,
    };
    return { ...(await makeStep(context, state, 1, 0.5, context.surroundings.journal)), asked };
  } finally {
    rejuvenation.dispose();
  }
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
