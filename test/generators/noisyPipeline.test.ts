/** The pipeline on noisy energies: what it counts, what it stores, and that stopping anywhere changes nothing. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { np } from '../../src/engine/numpy.ts';
import { InputError } from '../../src/errors.ts';
import { settingsFor } from '../../src/experiments/presets.ts';
import { Interrupted, memoryJournal, type Journal } from '../../src/generators/journal.ts';
import { runPipeline, type PipelineResult } from '../../src/generators/pipeline.ts';
import { noisyGmm2d } from '../../src/targets/noisyGmm2d.ts';
import { defineTarget, type Target, type TargetDefinition } from '../../src/targets/target.ts';
import { threeWell } from '../../src/targets/threeWell.ts';

const tiny = { rounds: 60, warmupRounds: 20, ladders: 16, replicas: 4, stepsPerRound: 5, steps: 60, evaluateEvery: 20, layers: 2, hidden: 8, batch: 100, samples: 3000, weightSteps: 20, weightBatch: 200, weightHidden: 8, compared: 1000, energyDraws: 4, adaptLadder: false };
const ladder = { generator: 'ladder', interpolation: 'explicit', lambdas: [0.3, 1], particles: 1000, stageSteps: 40, svrg: true, rejuvenation: 4, svrgRefresh: 2, weights: 'learned-stochastic' };

const settingsOf = (target: Target, given: Readonly<Record<string, unknown>>): ReturnType<typeof settingsFor> => settingsFor(target, 'quick', { ...tiny, ...given });

/** @param stopAfter events until the run is asked to stop; checkpoints at every look at the clock */
function run(target: Target, given: Readonly<Record<string, unknown>> = {}, journal: Journal = memoryJournal(), stopAfter = Infinity, seed = 3): Promise<PipelineResult> {
  const controller = new AbortController();
  let events = 0;
  return runPipeline({
    target, settings: settingsOf(target, given), seed,
    surroundings: {
      journal, signal: controller.signal, saveEvery: 0, breathe: () => Promise.resolve(),
      // A clock that runs by its readings, so that every tick reports.
      now: ((time) => () => (time += 1000))(0),
      emit: () => { if (++events > stopAfter) controller.abort(); },
    },
  });
}

const bitsOf = ({ tempered, ensemble, result: { noise } }: PipelineResult): unknown => ({
  positions: tempered.positions, energies: tempered.energies, samples: ensemble.samples, logWeights: ensemble.logWeights, heldOut: ensemble.heldOutLogWeights,
  kinds: noise?.weightKinds, evaluations: noise?.evaluations, ess: noise?.stages.map(({ ess }) => ess),
});

describe('one flow on noisy energies', () => {
  it('has weights of three kinds, and counts what it asked for', async () => {
    const { result: { noise, generation }, ensemble } = await run(noisyGmm2d);
    assert.ok(noise !== null, 'it is told of');
    assert.deepEqual(noise.weightKinds.map(({ kind }) => kind), ['exact', 'learned-full', 'learned-stochastic']);
    const counts = new Map(noise.evaluations.map(({ phase, ...count }) => [phase, count]));
    const [L, K, steps, rounds] = [16, 4, 5, 80];
    const moving = L * (K - 1);
    // Swaps of pairs (0, 1), (2, 3) in even rounds and (1, 2) in odd ones, two values each; in the warm-up once more, as is the gradient, twice.
    const swaps = (from: number, to: number): number => Array.from({ length: to - from }, (_, i) => 2 * L * ((from + i) % 2 === 0 ? 2 : 1)).reduce((a, b) => a + b);
    assert.equal(counts.get('sampling')?.noisy, moving * steps * rounds + swaps(0, 80) + swaps(0, 20) + 2 * moving * 20, 'sampling');
    assert.deepEqual(counts.get('labels'), { noisy: 16 * 60 * 4, full: 0, passes: null }, 'labels');
    assert.equal(counts.get('training')?.noisy, 60 * 100 + 3 * 8192 * 4, 'training: the reverse term, and labels of held-out points');
    assert.deepEqual(counts.get('weights'), { noisy: 0, full: 3000, passes: null }, 'weights');
    assert.deepEqual(counts.get('comparison'), { noisy: 20 * 200 + 300, full: 3000, passes: null }, 'comparison: pairs of learned-full, draws of learned-stochastic');
    for (const { name, weighted, exact } of generation.modes) assert.ok(Math.abs((weighted.value ?? NaN) - (exact ?? NaN)) < 5 * (weighted.standardError ?? NaN), `${name} weighs ${weighted.value} ± ${weighted.standardError}`);
    assert.equal(ensemble.logWeights.length, 3000);
  });

  it('has other bits with another seed, and the same with the same', async () => {
    const first = bitsOf(await run(noisyGmm2d));
    assert.deepEqual(bitsOf(await run(noisyGmm2d)), first);
    assert.notDeepEqual(bitsOf(await run(noisyGmm2d, {}, memoryJournal(), Infinity, 4)), first);
  });
});

for (const [name, given] of [['one flow', {}], ['a ladder with moves and learned weights', ladder]] as const) {
  it(`${name}: stopped again and again, and gone on with, ends with the same bits`, async () => {
    const whole = bitsOf(await run(noisyGmm2d, given));
    const journal = memoryJournal();
    let stops = 0;
    for (let after = 3; ; after += 7) {
      try {
        assert.deepEqual(bitsOf(await run(noisyGmm2d, given, journal, after)), whole, `after ${stops} stops`);
        break;
      } catch (error) {
        if (!(error instanceof Interrupted)) throw error;
        stops += 1;
      }
    }
    assert.ok(stops >= 5, `${stops} stops`);
    assert.deepEqual(bitsOf(await run(noisyGmm2d, given, journal)), whole, 'read back');
  });
}

const bowl: TargetDefinition = {
  name: 'bowl', dimension: 2, box: [-6, 6], base: { standardDeviation: 1.5 },
  noise: { size: 2, draw: (random) => [random() - 0.5, random() - 0.5], energy: (x, xi) => np.square(x).sum().mul(0.5).add(x.mul(xi).sum()) },
};

describe('without the energy itself', () => {
  it('weights are learned from noisy values alone', async () => {
    const { result: { noise, generation } } = await run(defineTarget(bowl), { weights: 'learned-stochastic', weightSteps: 200, steps: 300 });
    assert.deepEqual(noise?.weightKinds.map(({ kind }) => kind), ['learned-stochastic']);
    assert.equal(noise?.evaluations.every(({ full }) => full === 0), true, 'no energy was asked for');
    assert.ok((generation.ess ?? 0) > 0.8, `ESS ${generation.ess}`);
  });

  const refusals: [Readonly<Record<string, unknown>>, RegExp][] = [
    [{ weights: 'exact' }, /setting weights: exact weights need the energy itself/],
    [{ weights: 'learned-full' }, /setting weights: learned-full weights need the energy itself/],
    [{ weights: 'learned-stochastic', trainingEnergies: 'full' }, /setting trainingEnergies: full needs the energy itself/],
    [{ weights: 'learned-stochastic', controlVariates: true }, /setting controlVariates: needs the energy itself/],
    [{ weights: 'learned-stochastic', sampler: 'tempering' }, /has no energy without noise/],
  ];
  for (const [given, message] of refusals) {
    it(`refuses ${JSON.stringify(given)}`, () => assert.rejects(run(defineTarget(bowl), given), (error) => error instanceof InputError && message.test(error.message) && !error.message.includes('\n')));
  }
});

it('a target without noise is refused in one line', () => assert.rejects(run(threeWell, { sampler: 'resgld' }), (error) => error instanceof InputError && /target "three-well" has no noise/.test(error.message)));

it('a sum over rows has exact weights, and its passes counted', async () => {
  const values = Float64Array.from({ length: 40 }, (_, i) => Math.sin(i));
  const target = defineTarget({
    name: 'line', dimension: 1, box: [-4, 4], base: { standardDeviation: 1.2 },
    sum: { data: { rows: 40, columns: ['y'], data: values }, batch: 8, term: (x, row) => np.square(row.slice(0).sub(x.slice(0))).mul(0.5), prior: (x) => np.square(x).sum().mul(0.5) },
  });
  const { result: { generation, noise } } = await run(target, { controlVariates: true, trainingEnergies: 'full', steps: 200 });
  const sum = values.reduce((a, b) => a + b);
  // The posterior is N(Σy/41, 1/41).
  const mean = generation.observables.find(({ name }) => name === 'sin x1');
  const exact = Math.sin(sum / 41) * Math.exp(-0.5 / 41);
  assert.ok(Math.abs((mean?.value ?? NaN) - exact) < 5 * (mean?.standardError ?? NaN), `⟨sin x⟩ = ${mean?.value} ± ${mean?.standardError} for ${exact}`);
  const sampling = noise?.evaluations.find(({ phase }) => phase === 'sampling');
  assert.equal(sampling?.passes, (sampling?.full ?? NaN) + 0.2 * (sampling?.noisy ?? NaN));
});
