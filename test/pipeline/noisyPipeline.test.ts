/** The pipeline on noisy energies: what it counts, what it stores, and that stopping anywhere changes nothing. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { np } from '../../src/engine/numpy.ts';
import { InputError } from '../../src/errors.ts';
import { effectiveSampleSize } from '../../src/estimators/ess.ts';
import { estimateLogZ } from '../../src/estimators/logZ.ts';
import { modeMasses } from '../../src/estimators/modeMass.ts';
import { settingsFor } from '../../src/experiments/presets.ts';
import { Interrupted, memoryJournal, type Journal, type PhaseName, type PipelineEvent } from '../../src/pipeline/journal.ts';
import { runPipeline, type PipelineResult } from '../../src/pipeline/run.ts';
import { modeLabels } from '../../src/targets/pointValues.ts';
import { noisyGmm2d } from '../../src/targets/noisyGmm2d.ts';
import { defineTarget, type Target, type TargetDefinition } from '../../src/targets/target.ts';
import { threeWell } from '../../src/targets/threeWell.ts';

const tiny = { rounds: 60, warmupRounds: 20, ladders: 16, replicas: 4, stepsPerRound: 5, steps: 60, evaluateEvery: 20, layers: 2, hidden: 8, batch: 100, samples: 3000, weightSteps: 20, weightBatch: 200, weightHidden: 8, compared: 1000, energyDraws: 4, adaptLadder: false };
const ladder = { generator: 'ladder', interpolation: 'explicit', lambdas: [0.3, 1], particles: 1000, stageSteps: 40, svrg: true, rejuvenation: 4, svrgRefresh: 2, weights: 'learned-stochastic' };

const settingsOf = (target: Target, given: Readonly<Record<string, unknown>>): ReturnType<typeof settingsFor> => settingsFor(target, 'quick', { ...tiny, ...given });

/** @param stop hears of all events, and says whether the run is asked to stop; it saves at every look at the clock */
function run(
  target: Target, given: Readonly<Record<string, unknown>> = {},
  { journal = memoryJournal(), stop, seed = 3 }: { readonly journal?: Journal; readonly stop?: (event: PipelineEvent) => boolean; readonly seed?: number } = {},
): Promise<PipelineResult> {
  const controller = new AbortController();
  return runPipeline({
    target, settings: settingsOf(target, given), seed,
    surroundings: {
      journal, signal: controller.signal, saveEvery: stop === undefined ? Infinity : 0, breathe: () => Promise.resolve(),
      // A clock that runs by its readings, so that every tick reports.
      now: ((time) => () => (time += 1000))(0),
      emit: (event) => { if (stop?.(event) === true) controller.abort(); },
    },
  });
}

const bitsOf = ({ tempered, ensemble, result: { noise } }: PipelineResult): unknown => ({
  positions: tempered.positions, energies: tempered.energies, samples: ensemble.samples, logWeights: ensemble.logWeights, heldOut: ensemble.heldOutLogWeights,
  kinds: noise?.weightKinds, evaluations: noise?.evaluations, ess: noise?.stages.map(({ ess }) => ess),
});

const plain = run(noisyGmm2d).then(bitsOf);

/** Draws of the check before any work: 2048 at 8 points each, once again at the first, and one to check gradients at. */
const CHECKED = 9 * 2048 + 1;

/** The mixture, with its draws of ξ counted. */
function counted(): { readonly target: Target; readonly draws: () => number } {
  const { noise } = noisyGmm2d;
  assert.ok(noise !== undefined);
  let draws = 0;
  return { target: { ...noisyGmm2d, noise: { ...noise, draw: (random) => (draws++, noise.draw(random)) } }, draws: () => draws };
}

/** One run of a ladder with moves and learned weights for all that look at one. */
const rungs = counted();
const laddered = run(rungs.target, ladder).then((done) => ({ done, draws: rungs.draws() }));

describe('one flow on noisy energies', () => {
  it('has weights of three kinds, and counts what it asked for', async () => {
    const { target, draws } = counted();
    const { result: { noise, generation }, ensemble } = await run(target);
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
    // Pairs of learned-full, its ratios on the compared samples, and two halves of the held-out ones.
    assert.equal(counts.get('comparison')?.full, 3000 + 1000 + 2 * 24, 'comparison');
    // Draws of learned-stochastic, what tells its noise, and about as many as were learned from to correct it.
    const correcting = (counts.get('comparison')?.noisy ?? NaN) - (20 * 200 + 300) - 64 * 16;
    assert.ok(correcting > 0.9 * 20 * 200 && correcting <= 20 * 200, `${correcting} to correct what was learned`);
    // The two energies of a swap share a ξ; every other value has its own.
    const all = noise.evaluations.reduce((total, { noisy }) => total + noisy, 0);
    assert.equal(draws(), CHECKED + all - (swaps(0, 80) + swaps(0, 20)) / 2, 'draws of ξ');
    // So short a run of reSGLD knows nothing of its errors; the weights do.
    const { modes } = target;
    assert.ok(modes !== undefined);
    const { masses } = modeMasses(modeLabels(target, ensemble.samples, modes.assign), modes.names.length, ensemble.logWeights);
    generation.modes.forEach(({ name, weighted, exact }, k) => {
      assert.equal(weighted.value, masses[k].value);
      assert.ok(Math.abs(masses[k].value - (exact ?? NaN)) < 5 * masses[k].standardError, `${name} weighs ${masses[k].value} ± ${masses[k].standardError}`);
    });
    assert.equal(ensemble.logWeights.length, 3000);
  });

  it('has other bits with another seed, and the same with the same', async () => {
    const first = await plain;
    assert.deepEqual(bitsOf(await run(noisyGmm2d)), first);
    assert.notDeepEqual(bitsOf(await run(noisyGmm2d, {}, { seed: 4 })), first);
  });
});

/** A journal that fails once it has stored a phase that it had not: a kill. */
function failing(own: Journal): Journal {
  return {
    ...own,
    finishPhase(name, piece) {
      const isNew = own.phase(name) === null;
      own.finishPhase(name, piece);
      if (isNew) throw new Error('killed');
    },
    stage: (index) => failing(own.stage(index)),
  };
}

/** Asks to stop at so many events of a phase of a stage, `flow 2`, after it has begun; stages are told apart by their flows. */
function stopIn(where: string, events: number): (event: PipelineEvent) => boolean {
  let [stage, left] = [0, events];
  let phase: PhaseName | undefined;
  return (event) => {
    if (event.kind === 'phase') {
      ({ phase } = event);
      if (phase === 'flow') stage += 1;
      return false;
    }
    return `${phase} ${stage}` === where && --left === 0;
  };
}

const stops = (stage: number, phases: readonly PhaseName[], at = [7]): [string, number][] => phases.flatMap((phase): [string, number][] => (phase === 'particles' ? [1] : at).map((events) => [`${phase} ${stage}`, events]));
const learning: readonly PhaseName[] = ['learned-full', 'learned-stochastic'];
const runs: [string, Readonly<Record<string, unknown>>, [string, number][], number][] = [
  ['one flow', {}, [...stops(0, ['pt'], [2, 30]), ...stops(1, ['flow'], [1, 25]), ...stops(1, learning)], 5],
  // Samples of the path and of the target, four phases of each stage, and the end.
  ['a ladder with moves and learned weights', ladder, [...stops(0, ['pt']), ...stops(1, ['flow', 'particles', ...learning]), ...stops(2, ['flow', 'particles', ...learning])], 11],
];
for (const [name, given, places, finished] of runs) {
  describe(name, () => {
    const whole = given === ladder ? laddered.then(({ done }) => bitsOf(done)) : plain;

    it('stopped in every phase, and gone on with, ends with the same bits', async () => {
      const journal = memoryJournal();
      for (const [where, events] of places) await assert.rejects(run(noisyGmm2d, given, { journal, stop: stopIn(where, events) }), Interrupted, `${where}, ${events}`);
      assert.deepEqual(bitsOf(await run(noisyGmm2d, given, { journal })), await whole);
      assert.deepEqual(bitsOf(await run(noisyGmm2d, given, { journal })), await whole, 'read back');
    });

    it('killed where a phase ends, and gone on with, ends with the same bits', async () => {
      const journal = memoryJournal();
      for (let k = 0; k < finished; k++) await assert.rejects(run(noisyGmm2d, given, { journal: failing(journal) }), /^Error: killed$/, `phase ${k}`);
      assert.deepEqual(bitsOf(await run(noisyGmm2d, given, { journal: failing(journal) })), await whole);
    });
  });
}

describe('a ladder on noisy energies', () => {
  const [L, K, N] = [16, 3, 1000];
  const moving = L * (K - 1);
  const swaps = 2 * L * (80 + 20);
  const kept = 60 * L * K;
  const labelled = 60 * L + kept;
  /** Of the held-out samples of a stage, those that parameters are chosen by. */
  const held = Math.round(0.05 * 60 * L) / 2;
  const EVALUATION_POINTS = 8192;
  /** Labels of held-out points and their images, in 2 looks at training; in the second stage, which starts warm, 3, at points whose own energy is noisy. */
  const labels = 4 * (2 * EVALUATION_POINTS + 3 * (2 * EVALUATION_POINTS + held));
  const losses = 40 * 100 * (1 + 4);

  it('counts what every phase asked for', async () => {
    for (const weights of ['exact', 'learned-stochastic'] as const) {
      const { result: { noise } } = weights === 'exact' ? await run(noisyGmm2d, { ...ladder, weights }) : (await laddered).done;
      const counts = new Map(noise?.evaluations.map(({ phase, ...count }) => [phase, count]));
      assert.deepEqual(counts.get('sampling'), { noisy: moving * 5 * 80 + swaps + 2 * moving * 20, full: 0, passes: null }, 'sampling');
      assert.deepEqual(counts.get('labels'), { noisy: 4 * labelled, full: 0, passes: null }, 'labels');
      // Of the particles of both stages, and of the second stage's source: 4 steps of two gradients, 2 references.
      assert.deepEqual(counts.get('moves'), { noisy: 3 * 8 * N, full: 3 * 2 * N, passes: null }, 'moves');
      // Exact weights: the first stage starts from the base, whose energy is none of these. Fresh samples: 3000, of which 1000 are compared.
      const learned = (1 + 2) * (20 * 200 + N / 10);
      const [own, other] = weights === 'exact' ? ['weights', 'comparison'] : ['comparison', 'weights'];
      const correcting = (counts.get(other)?.noisy ?? NaN) - learned - 64 * 16;
      assert.ok(correcting > 0.9 * 20 * 200 && correcting <= 20 * 200, `${correcting} to correct what was learned, in ${other}`);
      assert.equal(counts.get(own)?.noisy, 0, `none in ${own}`);
      const [ofLearnedFull, heldOut] = [3 * N + 1000, 2 * held];
      assert.deepEqual([counts.get('weights')?.full, counts.get('comparison')?.full], weights === 'exact' ? [3 * N + 3000, ofLearnedFull + heldOut] : [0, 3 * N + 1000 + ofLearnedFull + heldOut], 'full energies');
    }
  });

  it('judges fresh samples, not particles that were resampled: no two are the same, and the ESS is that of their weights', async () => {
    for (const weights of ['exact', 'learned-stochastic'] as const) {
      const { ensemble: { samples, logWeights }, result: { generation: { ess, samples: count, logZ }, noise } } = await run(noisyGmm2d, { ...ladder, weights, resampleBelow: 1 });
      assert.deepEqual(noise?.stages.map(({ resampled }) => resampled), [true, true], 'the particles were resampled at both stages');
      const rows = new Set(Array.from(logWeights, (_, i) => `${samples[2 * i]} ${samples[2 * i + 1]}`));
      assert.deepEqual([rows.size, count], [3000, 3000], `${weights}: distinct samples`);
      assert.ok(Math.abs((ess ?? NaN) - effectiveSampleSize(logWeights).fraction) < 1e-12, `ESS ${ess}`);
      if (weights !== 'exact') continue;
      assert.ok((ess ?? 1) < 0.95, `ESS ${ess}: resampled particles would have had nearly one`);
      assert.ok(Math.abs((logZ.value ?? NaN) - (logZ.exact ?? NaN)) < 5 * estimateLogZ(logWeights).standardError, `log Z ${logZ.value}`);
    }
  });

  it('counts what training asked for, labels of the source too', async () => {
    const { done: { result: { noise } }, draws } = await laddered;
    const counts = new Map(noise?.evaluations.map(({ phase, noisy }) => [phase, noisy]));
    assert.equal(counts.get('training'), losses + labels, 'training');
    const all = [...counts.values()].reduce((a, b) => a + b, 0);
    // Both energies of a swap, of a term between two noisy ones, of a gradient and its reference, and of a pair to be weighed share a ξ.
    assert.equal(draws, CHECKED + all - swaps / 2 - 2 * 40 * 100 - 3 * 4 * N - (20 * 200 + N / 10), 'draws');
  });
});

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
