/** Path integrals from classical samples to rings of any number of beads: against closed forms, with wrong lifts, and stopped anywhere. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { np } from '../../src/engine/numpy.ts';
import { fillNormal, foldIn, keyFromSeed, type Key } from '../../src/engine/random.ts';
import { settingsFor } from '../../src/experiments/presets.ts';
import { weightedMean } from '../../src/estimators/expectation.ts';
import { estimateLogZ } from '../../src/estimators/logZ.ts';
import { ENERGY_ESTIMATORS } from '../../src/estimators/ringPolymer.ts';
import { initialParameters } from '../../src/flows/initialise.ts';
import { architectureOf } from '../../src/pipeline/transport/architecture.ts';
import { streamBeads } from '../../src/deprecated.ts';
import type { Proposal } from '../../src/pipeline/proposal/proposal.ts';
import { liftedProposal, sharedModes, streamRings } from '../../src/pipeline/ring/lift.ts';
import type { Transport } from '../../src/pipeline/transport/transport.ts';
import { runRing } from '../../src/pipeline/ring/ringPhase.ts';
import { harmonicAverages, type HarmonicAverages } from '../../src/numerics/harmonicOscillator.ts';
import { compileEnergy } from '../../src/targets/compile.ts';
import { Support } from '../../src/verdict/support.ts';
import { definePathIntegral, potentialEvaluator, ringTarget, type PathIntegral, type PathIntegralDefinition } from '../../src/targets/pathIntegral.ts';
import { beadTransform, type Ring } from '../../src/targets/ringBeads.ts';
import type { RingTruth } from '../../src/targets/ringTruth.ts';
import type { Target } from '../../src/targets/target.ts';
import { assertKillsChangeNothing, assertStopsChangeNothing, assertTransferMatrix, assertWithin, bits, gap, hashOf, least, MOST, run, stoppable, stopIn, summaryOf, tiny } from './ringRuns.ts';
import { quiet } from './quiet.ts';

/** Standard errors that a wrong estimate must be off at least. */
const LEAST = 6;

/** V = ½ k (q − c)², with nothing equal to one or zero. */
const bowlShape = { mass: 1.3, hbar: 0.9, beta: 2.1 };
const [stiffness, centre] = [3, 0.4];
const bowlDefinition: PathIntegralDefinition = { name: 'bowl', potential: (q) => np.square(q.slice(0).sub(centre)).mul(0.5 * stiffness), ...bowlShape, box: [-4, 4], beads: 16 };
const bowl = definePathIntegral(bowlDefinition);

const partOf = (target: Target): PathIntegral => {
  assert.ok(target.pathIntegral !== undefined);
  return target.pathIntegral;
};

const oscillator = { ...bowlShape, frequency: Math.sqrt(stiffness / bowlShape.mass) };
/** In the order of a ring's estimates: x, x², energies, gyration. */
const exactOf = ({ square, potential, kinetic, energy, gyration }: HarmonicAverages): number[] => [centre, square + centre ** 2, potential, kinetic, kinetic, energy, energy, gyration];
const NAMES = ['x', 'x²', ...ENERGY_ESTIMATORS];
const [VIRIAL, THERMODYNAMIC] = [NAMES.indexOf('kinetic energy (virial)'), NAMES.indexOf('kinetic energy (thermodynamic)')];

describe('one flow of a harmonic particle', () => {
  const whole = run(bowl, { ...tiny, baselineRounds: 200 }).then(summaryOf);

  it('says what the particle is', async () => {
    const { dimension, beads, modes, masses, hbar, beta, functions } = await whole;
    assert.deepEqual({ dimension, beads, modes, masses, hbar, beta, functions }, { dimension: 1, beads: 16, modes: 7, masses: [1.3], hbar: 0.9, beta: 2.1, functions: 2 });
  });

  for (const [k, beads] of tiny.rings.entries()) {
    it(`lifted to ${beads} beads has the averages and log Z of that ring`, async () => {
      const ring = (await whole).rings[k];
      const exact = harmonicAverages(oscillator, beads);
      assert.deepEqual([ring.beads, ring.modes, ring.samples, ring.nonFinite, ring.moves], [beads, Math.min(7, beads % 2 === 0 ? beads - 1 : beads), 6000, 0, null], 'what was lifted');
      assert.deepEqual(ring.estimates.map(({ name }) => name), NAMES);
      assert.ok((ring.ess ?? 0) > 0.8, `ESS ${ring.ess}`);
      exactOf(exact).forEach((value, j) => assertWithin(ring.estimates[j], value, ring.estimates[j].name));
      assertWithin(ring.logZ, exact.logZ, 'log Z');
      const [virial, thermodynamic] = [ring.estimates[VIRIAL], ring.estimates[THERMODYNAMIC]];
      const error = Math.hypot(virial.standardError ?? NaN, thermodynamic.standardError ?? NaN);
      assertWithin({ value: (virial.value ?? NaN) - (thermodynamic.value ?? NaN), standardError: error }, 0, 'the difference of the kinetic energies');
      assert.ok((ring.largestGap ?? NaN) < MOST, `largest gap ${ring.largestGap}`);
    });

    it(`is compared with what is exact, of ${beads} beads and of the quantum particle`, async () => {
      const { estimates, logZ, bias } = (await whole).rings[k];
      const [ring, quantum] = [harmonicAverages(oscillator, beads), harmonicAverages(oscillator)];
      const near = (value: number | null, expected: number, what: string): void => assert.ok(Math.abs((value ?? NaN) - expected) < 1e-6, `${what}: ${value} for ${expected}`);
      exactOf(ring).forEach((value, j) => near(estimates[j].exact, value, `exact ${NAMES[j]}`));
      exactOf(quantum).forEach((value, j) => near(estimates[j].quantum, value, `quantum ${NAMES[j]}`));
      near(logZ.exact, ring.logZ, 'exact log Z');
      near(logZ.quantum, quantum.logZ, 'quantum log Z');
      near(logZ.harmonic, harmonicAverages({ ...bowlShape, frequency: Math.sqrt(partOf(bowl).particle.curvature[0] / bowlShape.mass) }, beads).logZ, 'log Z of the reference');
      near(bias.trotter, Math.abs(ring.square - quantum.square), 'Trotter bias');
      near(bias.sampling, Math.hypot((estimates[0].value ?? NaN) - centre, (estimates[1].value ?? NaN) - ring.square - centre ** 2), 'sampling bias');
    });

    it(`is compared with tempering on ${beads} beads, which agrees`, async () => {
      const { baseline, estimates, seconds } = (await whole).rings[k];
      assert.ok(baseline !== null);
      assert.deepEqual([baseline.samples, baseline.replicas, baseline.ladders], [200 * 16, 4, 16]);
      const exact = harmonicAverages(oscillator, beads);
      assert.deepEqual(baseline.estimates.map(({ name }) => name), NAMES);
      exactOf(exact).forEach((value, j) => assertWithin(baseline.estimates[j], value, `tempering: ${NAMES[j]}`));
      assert.ok(baseline.logZ !== null);
      assertWithin(baseline.logZ, exact.logZ, 'tempering: log Z');
      assert.ok((baseline.largestGap ?? NaN) < MOST, `largest gap ${baseline.largestGap}`);
      baseline.estimates.forEach(({ standardError }, j) => {
        const gain = ((standardError ?? NaN) ** 2 * baseline.seconds) / ((estimates[j].standardError ?? NaN) ** 2 * seconds);
        assert.ok(Math.abs((baseline.gains[j] ?? NaN) - gain) < 1e-9 * gain, `gain ${baseline.gains[j]} for ${gain}`);
      });
    });
  }

  it('shows the density of the position, normal in every ring', async () => {
    for (const { beads, positions: [{ points, values, standardErrors }] } of (await whole).rings) {
      const { square } = harmonicAverages(oscillator, beads);
      const width = points[1] - points[0];
      const height = (x: number): number => Math.exp(-((x - centre) ** 2) / (2 * square)) / Math.sqrt(2 * Math.PI * square);
      let compared = 0;
      points.forEach((x, bin) => {
        // Simpson over the bin, where samples are many enough for their errors to be normal.
        const expected = (height(x - width / 2) + 4 * height(x) + height(x + width / 2)) / 6;
        if (expected < 0.02 * height(centre)) return;
        compared += 1;
        // Errors from 16 blocks are themselves uncertain: Student's t, whose 1e-5 quantile at 15 degrees is 6.
        assert.ok(gap({ value: values[bin], standardError: standardErrors[bin] }, expected) < 6, `${beads} beads at ${x}: ${values[bin]} ± ${standardErrors[bin]} for ${expected}`);
      });
      assert.ok(compared > 8, `${compared} bins`);
    }
  });

  it('shows the densities of the centroid, classical and quantum', async () => {
    const { centroids: [{ coordinate, points, classical, quantum }] } = await whole;
    assert.equal(coordinate, 'x');
    const width = points[1] - points[0];
    const mean = (heights: readonly (number | null)[]): number => heights.reduce<number>((sum, value, k) => sum + width * (value ?? NaN) * points[k], 0);
    const spread = (heights: readonly (number | null)[]): number => heights.reduce<number>((sum, value, k) => sum + width * (value ?? NaN) * (points[k] - mean(heights)) ** 2, 0) - width ** 2 / 12;
    // A harmonic centroid is the classical particle; 200 rounds of 16 ladders are a thousand independent ones or more.
    const exact = 1 / (bowlShape.beta * stiffness);
    for (const [name, heights] of [['classical', classical], ['quantum', quantum]] as const) {
      assertWithin({ value: mean(heights), standardError: Math.sqrt(exact / 1000) }, centre, `${name}: mean`);
      assertWithin({ value: spread(heights), standardError: exact * Math.sqrt(2 / 1000) }, exact, `${name}: variance`);
    }
  });
});

/** Flows that nobody trained: bent at random, so that every mode of the ring depends on the others. */
function bentFlow(target: Target, size = 0.08): Transport {
  const architecture = architectureOf(target, { layers: 4, hidden: 8, bins: 8, activation: 'silu', masks: 'auto', coupling: 'spline' });
  const bend = (name: string): Float32Array<ArrayBuffer> => {
    const parameters = initialParameters(architecture, foldIn(keyFromSeed(5), name));
    const noise = new Float64Array(parameters.length);
    fillNormal(foldIn(keyFromSeed(6), name), 0, noise);
    return parameters.map((value, j) => value + size * noise[j]);
  };
  return {
    target, architecture,
    stages: [bend('first'), null, bend('second')]
      .map((parameters, k) => ({ lambda: (k + 1) / 3, parameters, stepSize: 0 })),
    output: { precision: 'float32', baseSampling: 'independent', device: 'cpu', executor: 'auto', threads: 1 },
  };
}

const ringOf = (target: Target, beads: number, pathIntegral = partOf(target)): Ring => {
  const ring = ringTarget(target, pathIntegral, beads);
  return { target: ring, energy: compileEnergy(ring), beads };
};

/** The same without its flows. */
const straight = (transport: Transport): Transport =>
  ({ ...transport, stages: [{ lambda: 1, parameters: null, stepSize: 0 }] });

async function gathered(stream: AsyncIterable<{ readonly first: number; readonly count: number; readonly samples: Float64Array; readonly logWeights: Float64Array }>): Promise<{ samples: Float64Array; logWeights: Float64Array }> {
  const [samples, logWeights]: [number[], number[]] = [[], []];
  for await (const piece of stream) {
    assert.equal(piece.logWeights.length, piece.count);
    for (const value of piece.samples) samples.push(value);
    for (const value of piece.logWeights) logWeights.push(value);
  }
  return { samples: Float64Array.from(samples), logWeights: Float64Array.from(logWeights) };
}

/** As they are written. */
async function drawn(
  proposal: Proposal, key: Key, n: number,
): Promise<{ samples: Float64Array; logWeights: Float64Array }> {
  const { samples, logWeights } = await gathered(proposal.stream(key, n));
  const { written = (x) => x } = proposal;
  return { samples: written(samples), logWeights };
}

describe('rings of a flow bent at random', () => {
  const key = keyFromSeed(8);
  const flow = bentFlow(bowl);
  const ofBowl = partOf(bowl);
  const streamOf = (beads: number, total: number, from = 0): ReturnType<typeof streamRings> =>
    streamRings(flow, ofBowl, ringOf(bowl, beads), key, total, from);
  const n = 20_000;
  /** ⟨(x − c)²⟩ over beads, and of the centroid, of rings in modes. */
  function squares(samples: Float64Array, beads: number, pathIntegral = partOf(bowl)): { beads: Float64Array; centroid: Float64Array } {
    const x = beadTransform(pathIntegral.particle, beads).positions(samples);
    const count = samples.length / beads;
    return {
      beads: Float64Array.from({ length: count }, (_, i) => x.subarray(i * beads, (i + 1) * beads).reduce((sum, value) => sum + (value - centre) ** 2, 0) / beads),
      centroid: Float64Array.from({ length: count }, (_, i) => (samples[i * beads] - centre) ** 2),
    };
  }

  for (const beads of [1, 2, 3, 4, 7, 8, 16, 24]) {
    it(`weights of ${beads} beads are right with a flow of 7 modes`, async () => {
      const { samples, logWeights } = await gathered(streamOf(beads, n));
      const exact = harmonicAverages(oscillator, beads);
      const found = squares(samples, beads);
      assertWithin(estimateLogZ(logWeights), exact.logZ, 'log Z');
      assertWithin(weightedMean(found.beads, logWeights), exact.square, '⟨(x − c)²⟩');
      assertWithin(weightedMean(found.centroid, logWeights), exact.square - exact.gyration, 'centroid');
      // Without weights it is another ensemble.
      const plain = weightedMean(found.centroid, new Float64Array(n));
      assert.ok(gap(plain, exact.square - exact.gyration) > LEAST, `without weights ${plain.value} ± ${plain.standardError}`);
    });
  }

  const mutants: [string, PathIntegral][] = [
    ['mass', { ...partOf(bowl), particle: { ...partOf(bowl).particle, masses: [2 * bowlShape.mass] } }],
    ['temperature', { ...partOf(bowl), particle: { ...partOf(bowl).particle, beta: 1.4 * bowlShape.beta } }],
  ];
  for (const [name, wrong] of mutants) {
    it(`weights for another ${name} are seen`, async () => {
      const { samples, logWeights } = await gathered(streamRings(flow, wrong, ringOf(bowl, 16, wrong), key, n));
      const exact = harmonicAverages(oscillator, 16);
      const found = estimateLogZ(logWeights);
      assert.ok(gap(found, exact.logZ) > LEAST, `log Z = ${found.value} ± ${found.standardError} for ${exact.logZ}`);
      const mean = weightedMean(squares(samples, 16, wrong).beads, logWeights);
      assert.ok(gap(mean, exact.square) > LEAST, `⟨(x − c)²⟩ = ${mean.value} ± ${mean.standardError} for ${exact.square}`);
    });
  }

  it('weights without log |det| are seen', async () => {
    const { logWeights } = await gathered(streamRings(straight(flow), ofBowl, ringOf(bowl, 16), key, n));
    const bent = await gathered(streamOf(16, n));
    // Base samples and their own weights, and bent ones: both right. The mutant mixes them.
    const exact = harmonicAverages(oscillator, 16);
    assertWithin(estimateLogZ(logWeights), exact.logZ, 'log Z of the identity');
    const mixed = weightedMean(squares(bent.samples, 16).beads, logWeights);
    assert.ok(gap(mixed, exact.square) > LEAST, `⟨(x − c)²⟩ = ${mixed.value} ± ${mixed.standardError} for ${exact.square}`);
  });

  it('two coordinates of different mass, in rings with and without all modes of the flow', async () => {
    const stiff = [3, 1.1];
    const masses = [0.7, 2.2];
    const plane = definePathIntegral({ ...bowlDefinition, name: 'plane', dimension: 2, mass: masses, modes: 5, potential: (q) => np.square(q.sub(centre)).mul(np.array([...stiff])).sum().mul(0.5) });
    for (const beads of [2, 3, 5, 12]) {
      const { samples, logWeights } = await drawn(liftedProposal(plane, partOf(plane), bentFlow(plane), beads), key, n);
      assert.equal(samples.length, n * beads * 2);
      const exact = masses.map((mass, a) => harmonicAverages({ ...bowlShape, mass, frequency: Math.sqrt(stiff[a] / mass) }, beads));
      assertWithin(estimateLogZ(logWeights), exact[0].logZ + exact[1].logZ, `${beads} beads: log Z`);
      exact.forEach(({ square }, a) => {
        const values = Float64Array.from({ length: n }, (_, i) => Array.from({ length: beads }, (__, b) => (samples[(i * beads + b) * 2 + a] - centre) ** 2).reduce((x, y) => x + y, 0) / beads);
        assertWithin(weightedMean(values, logWeights), square, `${beads} beads: ⟨(x${a + 1} − c)²⟩`);
      });
    }
  });

  it('shares as many modes as the ring has whole pairs of', () => {
    assert.deepEqual([1, 2, 3, 4, 6, 7, 8, 64].map((beads) => sharedModes(partOf(bowl), beads)), [1, 1, 3, 3, 5, 7, 7, 7]);
  });

  it('ring i depends on the key and i alone', async () => {
    for (const beads of [3, 16]) {
      const whole = await gathered(streamOf(beads, 300));
      const split = [[0, 1], [1, 120], [121, 179]].map(([from, total]) => gathered(streamOf(beads, total, from)));
      const pieces = await Promise.all(split);
      const joined = (name: 'logWeights' | 'samples'): Float64Array => Float64Array.from(pieces.flatMap((piece) => Array.from(piece[name])));
      assert.equal(hashOf(joined('logWeights')), hashOf(whole.logWeights), `weights of ${beads} beads`);
      assert.equal(hashOf(joined('samples')), hashOf(whole.samples), `${beads} beads`);
      const other = await gathered(streamRings(flow, ofBowl, ringOf(bowl, beads), keyFromSeed(9), 300));
      assert.notEqual(hashOf(other.logWeights), hashOf(whole.logWeights), 'another key');
      // The modes that the flow moves and those that it does not are drawn apart.
      assert.ok(new Set(whole.samples).size > 0.99 * whole.samples.length, 'no number twice');
    }
  });

  it('a stream longer than a piece is the same', async () => {
    const { logWeights } = await gathered(streamOf(2, 17_000));
    const end = await gathered(streamOf(2, 1000, 16_000));
    assert.equal(hashOf(logWeights.slice(16_000)), hashOf(end.logWeights));
  });

  it('positions of beads are those of the modes', async () => {
    const modes = await gathered(streamOf(16, 50));
    const { architecture, stages, output: settings } = flow;
    const flows = stages.map(({ parameters }) => parameters);
    const before = { target: bowl, pathIntegral: ofBowl, architecture, flows, settings };
    for (const beads of [
      await drawn(liftedProposal(bowl, ofBowl, flow, 16), key, 50), await gathered(streamBeads(before, 16, key, 50)),
    ]) {
      assert.equal(hashOf(beads.logWeights), hashOf(modes.logWeights));
      assert.equal(hashOf(beads.samples), hashOf(beadTransform(ofBowl.particle, 16).positions(modes.samples)));
    }
  });
});

describe('moves of weighted rings', () => {
  // A base a good deal narrower than the particle: weights grow where x² does.
  const narrow = definePathIntegral({ ...bowlDefinition, base: { mean: 0.3, standardDeviation: 0.32 } });
  const transport = straight(bentFlow(narrow));
  const beads = 8;
  const truth: RingTruth = { quantum: null, reason: 'not asked', ring: () => null };
  const lift = (ringMoves: number): ReturnType<typeof runRing> => runRing({
    target: narrow, pathIntegral: partOf(narrow), transport, potential: potentialEvaluator(narrow, partOf(narrow)), truth,
    key: keyFromSeed(4), support: new Support([], []),
    settings: settingsFor(narrow, 'quick', { ...tiny, ringSamples: 20_000, ringMoves, threads: 1 }),
    surroundings: quiet(),
  }, beads);

  it('leave averages right and lower their errors', async () => {
    const [still, moved] = await Promise.all([lift(0), lift(30)]);
    const exact = exactOf(harmonicAverages(oscillator, beads));
    for (const { summary } of [still, moved]) exact.forEach((value, j) => assertWithin(summary.estimates[j], value, `${summary.moves?.steps ?? 0} moves: ${NAMES[j]}`));
    assert.equal(still.summary.moves, null);
    assert.ok(moved.summary.moves !== null && moved.summary.moves.steps === 30);
    assert.ok(Math.abs((moved.summary.moves.acceptance ?? NaN) - 0.574) < 0.1, `acceptance ${moved.summary.moves.acceptance}`);
    assert.deepEqual(moved.summary.logZ, still.summary.logZ, 'weights are those from before');
    assert.equal(moved.summary.ess, still.summary.ess);
    for (const name of ['x²', 'potential energy']) {
      const [before, after] = [still, moved].map(({ summary }) => summary.estimates[NAMES.indexOf(name)].standardError ?? NaN);
      assert.ok(after < 0.8 * before, `error of ${name}: ${before} without moves, ${after} with them`);
    }
  });

  it('tell nothing of what is exact where it is not known', async () => {
    const { summary } = await lift(0);
    assert.deepEqual([summary.largestGap, summary.logZ.exact, summary.logZ.quantum, summary.bias.total, summary.bias.trotter], [null, null, null, null, null]);
    assert.ok(summary.estimates.every(({ exact, quantum }) => exact === null && quantum === null));
  });
});

describe('two wells, which are not harmonic', () => {
  for (const [name, given] of [['one flow', {}], ['one flow of tempered rings', { distilledFrom: 'tempering' }]] as const) {
    it(`${name}: rings have the averages of the transfer matrix`, async () => {
      const { classicalLadder, ladder } = await assertTransferMatrix(given);
      assert.deepEqual([classicalLadder, ladder], [null, null], 'no ladders');
    });
  }
});

describe('one flow that is stopped', () => {
  const { given, places, finished } = stoppable['one flow'];
  const seen = new Set<string>();
  const whole = bits(given, { emit: stopIn('', 0, seen) });

  it('goes through all of the places', async () => {
    await whole;
    assert.deepEqual(places.map(([place]) => place).filter((place) => !seen.has(place)), [], `it was in ${[...seen].join(', ')}`);
  });
  it('in every phase, and gone on with, ends with the same bits', async () => assertStopsChangeNothing(given, places, await whole));
  it('by a kill where a phase ends, and gone on with, ends with the same bits', async () => assertKillsChangeNothing(given, finished, await whole));
  it('nowhere: the same seed has the same bits on one thread and on two, another seed others', async () => {
    assert.deepEqual(await bits({ ...given, threads: 2 }), await bits({ ...given, threads: 1 }), 'threads');
    assert.notDeepEqual(await bits(given, { seed: 4 }), await whole, 'seeds');
  });
});

describe('a ladder that is stopped', () => {
  it('within each of its ladders, and gone on with, ends with the same bits', async () => {
    const { given, places } = stoppable['a ladder'];
    await assertStopsChangeNothing(given, places.filter(([place]) => place.endsWith('flow 2')), await bits(given));
  });
});

it('values that are not finite are counted and told, and a constant function hides no gap', async () => {
  const pitted = definePathIntegral({ ...bowlDefinition, observables: [{ name: 'one', value: () => 1 }, { name: 'log x', value: ([x]) => Math.log(x) }, { name: 'x', value: ([x]) => x }] });
  const { result } = await run(pitted, { ...least, baselineRounds: 0, rings: [4] });
  const [ring] = result.pathIntegral?.rings ?? [];
  assert.ok(ring.nonFinite > 0 && ring.nonFinite < ring.samples, `${ring.nonFinite} of ${ring.samples}`);
  // The logarithm has no mean, since there is mass where it has no value; the others stand as they are.
  const [one, log, x] = ring.estimates;
  assert.deepEqual([log.value, log.standardError, log.standing], [null, null, 'unknown']);
  assert.match(log.reason ?? '', /not finite/);
  assert.ok(one.value === 1 && x.value !== null);
  assert.ok(result.warnings.some(({ code, message }) => code === 'heavy-values' && /log x/.test(message)), 'told');
  assert.ok(result.warnings.some(({ code }) => code === 'no-truth'), 'the exact mean of a logarithm of nothing is none');
  const fine = definePathIntegral({ ...bowlDefinition, observables: [{ name: 'one', value: () => 1 }, { name: 'x', value: ([x]) => x }] });
  const [whole] = (await run(fine, { ...least, baselineRounds: 0, rings: [4] })).result.pathIntegral?.rings ?? [];
  assert.ok(whole.largestGap !== null && whole.largestGap > 0 && whole.largestGap < MOST, `largest gap ${whole.largestGap}`);
});
