/** The sequential generator as a whole: right beside quadrature, the same bits after any interruption, and honest when it fails. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { lax, np } from '../../src/engine/numpy.ts';
import { settingsFor } from '../../src/experiments/presets.ts';
import { Interrupted, memoryJournal, type Journal, type Piece, type PipelineEvent, type Surroundings } from '../../src/pipeline/journal.ts';
import { runPipeline, type PipelineResult } from '../../src/pipeline/run.ts';
import type { FlatSettings } from '../../src/settings/names.ts';
import { normalCdf } from '../../src/numerics/special.ts';
import { resultSchema, type LadderSummary } from '../../src/records/record.ts';
import { compileEnergy } from '../../src/targets/compile.ts';
import { defineTarget, type Target } from '../../src/targets/target.ts';
import { targetTruth } from '../../src/targets/truth.ts';
import { inputError } from '../store/folder.ts';
import { endEnergies } from './endEnergies.ts';

const CENTRES = [[3.5, 3.5], [-3.5, 3.5], [-3.5, -3.5], [3.5, -3.5]];
const MASSES = [0.4, 0.3, 0.2, 0.1];
const [SIGMA, LOG_Z] = [0.4, 2];

/** Four normals, seventeen deviations apart. */
const four = defineTarget({
  name: 'four', dimension: 2, box: [-7, 7], base: { mean: 0, standardDeviation: 3 }, modes: { centres: CENTRES },
  energy: (x) => {
    const logs = np.square(np.array(CENTRES).sub(x.reshape([1, 2]))).sum(1).mul(-0.5 / SIGMA ** 2).add(np.array(MASSES.map((mass) => Math.log(mass / (2 * Math.PI * SIGMA ** 2)))));
    const largest = lax.stopGradient(logs.max());
    return np.log(np.exp(logs.sub(largest)).sum()).add(largest).mul(-1).sub(LOG_Z);
  },
});

/** Skewed and near its base. */
const easy = defineTarget({
  name: 'easy', dimension: 2, box: [-6, 6], base: { mean: 0, standardDeviation: 1.2 },
  energy: (x) => np.square(x.slice(0).sub(0.3)).mul(0.5).add(np.square(x.slice(1).sub(np.sin(x.slice(0)).mul(0.5))).mul(0.7)),
});

const small: Partial<FlatSettings> = {
  generator: 'ladder', path: 'interpolation', ladders: 16, replicas: 8, hottest: 0.01, rounds: 400, warmupRounds: 150, stepsPerRound: 3,
  layers: 4, hidden: 16, bins: 8, theta: 0, batch: 250, evaluateEvery: 40, stageSteps: 80, particles: 2000, stageSamples: 3000, samples: 3000,
  targetCess: 0.9, rejuvenation: 10, freshRejuvenation: 3, threads: 2,
};
/** As little as shows the mechanism. */
const tiny: Partial<FlatSettings> = { ...small, ladders: 8, replicas: 6, rounds: 64, warmupRounds: 60, layers: 2, hidden: 8, bins: 4, batch: 100, evaluateEvery: 5, stageSteps: 10, particles: 400, stageSamples: 400, samples: 500, rejuvenation: 3, freshRejuvenation: 1 };

interface Session {
  readonly given: Surroundings;
  readonly events: PipelineEvent[];
}

/** Surroundings whose clock moves on with every look, and that ask to stop after so many reports; others save nothing on the way. */
function surroundings(journal: Journal, stopAfter = Infinity): Session {
  const controller = new AbortController();
  const events: PipelineEvent[] = [];
  let time = 0;
  const emit = (event: PipelineEvent): void => {
    events.push(event);
    if (events.length === stopAfter) controller.abort();
  };
  return { events, given: { journal, emit, signal: controller.signal, now: () => (time += 100), breathe: () => Promise.resolve(), saveEvery: stopAfter === Infinity ? Infinity : 400 } };
}

const run = (target: Target, more: Partial<FlatSettings>, given: Surroundings = surroundings(memoryJournal()).given): Promise<PipelineResult> =>
  runPipeline({ target, settings: settingsFor(target, 'quick', { ...small, ...more }), seed: 3, surroundings: given });

const ladderOf = ({ result }: PipelineResult): LadderSummary => {
  assert.ok(result.ladder !== null, 'a ladder was run');
  return result.ladder;
};
const within = (errors: number, value: number | null, standardError: number | null, exact: number): boolean =>
  value !== null && standardError !== null && standardError > 0 && Math.abs(value - exact) < errors * standardError;
const codes = ({ result }: PipelineResult): string[] => result.warnings.map(({ code }) => code);

/** Every number of a summary is one; what is not finite is null. */
function assertFinite(value: unknown, where = 'result'): void {
  if (typeof value === 'number') assert.ok(Number.isFinite(value), `${where} is ${value}`);
  else if (value !== null && typeof value === 'object') for (const [name, entry] of Object.entries(value)) assertFinite(entry, `${where}.${name}`);
}

describe('a ladder to four far modes', () => {
  const journal = memoryJournal();
  const session = surroundings(journal);
  let done: PipelineResult;
  let ladder: LadderSummary;
  before(async () => {
    done = await run(four, {}, session.given);
    ladder = ladderOf(done);
  });

  it('goes up from 0 to 1, and every stage has the CESS that was asked for', () => {
    const lambdas = ladder.stages.map(({ lambda }) => lambda);
    assert.ok(lambdas.length >= 3 && lambdas.every((lambda, k) => lambda > (k === 0 ? 0 : lambdas[k - 1])) && lambdas.at(-1) === 1, lambdas.join(', '));
    for (const { stage, cess, cessFlow, cessIdentity, cessPredicted, map, trainingSteps } of ladder.stages) {
      assert.ok(cess !== null && cessFlow !== null && cessIdentity !== null && cess >= 0.9 && cess === Math.max(cessFlow, cessIdentity), `stage ${stage}: ${cess}`);
      assert.equal(map, cessFlow >= cessIdentity ? 'flow' : 'identity');
      assert.ok(cessPredicted !== null && cessPredicted >= 0.9 && cessPredicted <= 1, `stage ${stage} expected ${cessPredicted}`);
      assert.equal(trainingSteps, 80);
    }
    assert.ok(ladder.stages.some(({ cess, cessIdentity }) => (cess ?? 0) > (cessIdentity ?? 0) + 0.2), 'flows are worth their training');
  });

  it('log Z of particles, fresh samples and tempering is the closed form within five standard errors', () => {
    const truth = targetTruth(four, compileEnergy(four));
    assert.ok(truth.logZ !== null && Math.abs(truth.logZ - LOG_Z) < 1e-9, 'quadrature agrees');
    assert.ok(within(5, ladder.logZ.value, ladder.logZ.standardError, LOG_Z), JSON.stringify(ladder.logZ));
    const { logZ } = done.result.generation;
    assert.ok(within(5, logZ.value, logZ.standardError, LOG_Z), JSON.stringify(logZ));
    for (const { stage, logZ: own, logZTempering: other } of ladder.stages) {
      assert.ok(within(5, own.value, Math.hypot(own.standardError ?? NaN, other.standardError ?? NaN), other.value ?? NaN), `stage ${stage}: ${JSON.stringify([own, other])}`);
    }
    assert.ok((ladder.logZ.standardError ?? 1) < 0.05, 'and they are small');
  });

  it('reaches every mode with its mass', () => {
    ladder.modes.forEach(({ name, value, standardError }, k) => { assert.ok(within(5, value, standardError, MASSES[k]), `${name}: ${value} ± ${standardError}`); });
    for (const { stage, coverage } of ladder.stages) assert.ok(coverage.kind === 'modes' && (coverage.value ?? 0) > 0.5, `stage ${stage}: ${coverage.value}`);
    assert.ok((done.result.generation.coverage.value ?? 0) > 0.5);
    done.result.generation.modes.forEach(({ name, weighted }, k) => { assert.ok(within(5, weighted.value, weighted.standardError, MASSES[k]), `fresh, ${name}: ${weighted.value}`); });
  });

  it('keeps its account: record, events, samples of every stage', () => {
    assert.ok(resultSchema.safeParse({ ...done.result, seconds: 1, peakMemoryBytes: 1 }).success);
    assertFinite(done.result);
    assert.deepEqual(done.result.choice, { generator: 'ladder', by: 'setting', reason: 'The setting generator=ladder asks for it.', oneFlow: null });
    assert.deepEqual(codes(done), []);
    const stages = session.events.filter((event) => event.kind === 'stage');
    assert.deepEqual(stages.map(({ stage, lambda, resumed }) => [stage, lambda, resumed]), ladder.stages.map(({ stage, lambda }) => [stage, lambda, false]));
    assert.ok(stages.every(({ share }, k) => share > 0 && share <= 1 && (k === 0 || share > stages[k - 1].share)) && stages.at(-1)?.share === 1, 'shares rise to 1');
    assert.deepEqual(done.stages.map(({ stage }) => stage), ladder.stages.map(({ stage }) => stage));
    for (const { pt, particles, logWeights, stage } of done.stages) assert.deepEqual([pt.length, particles.length, logWeights.length], [6000, 4000, 2000], `stage ${stage}`);
    assert.ok(ladder.fresh.ess !== null && ladder.fresh.essRejuvenated !== null && ladder.fresh.essRejuvenated === done.result.generation.ess && ladder.fresh.ess > 0.3, JSON.stringify(ladder.fresh));
    assert.equal(session.events.findLast((event) => event.kind === 'generation')?.done, 6000, 'with moves and without');
  });

  it('a finished run taken up again computes nothing and says the same', async () => {
    const again = surroundings(journal);
    const second = await run(four, {}, again.given);
    assert.deepEqual(second.ensemble, done.ensemble);
    assert.deepEqual(second.stages, done.stages);
    assert.ok(!again.events.some(({ kind }) => kind === 'training' || kind === 'sampling' || kind === 'generation'), 'no work');
    assert.ok(again.events.every((event) => !('resumed' in event) || event.resumed), 'all of it resumed');
  });
});

/** A journal like one on disk: JSON and arrays are copies, going in and coming out. */
function copyingJournal(inner: Journal = memoryJournal()): Journal {
  const copy = (piece: Piece): Piece => ({ json: JSON.parse(JSON.stringify(piece.json)) as unknown, arrays: structuredClone(piece.arrays) });
  const found = (piece: Piece | null): Piece | null => (piece === null ? null : copy(piece));
  return {
    phase: (name) => found(inner.phase(name)),
    finishPhase: (name, piece) => { inner.finishPhase(name, copy(piece)); },
    checkpoint: (name) => found(inner.checkpoint(name)),
    saveCheckpoint: (name, piece) => { inner.saveCheckpoint(name, copy(piece)); },
    stage: (index) => copyingJournal(inner.stage(index)),
    part: (name) => copyingJournal(inner.part(name)),
  };
}

/** All that must not depend on interruptions: everything but times. */
function bits({ result, ensemble, stages }: PipelineResult): unknown {
  const timeless = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(timeless);
    if (value === null || typeof value !== 'object' || ArrayBuffer.isView(value)) return value;
    return Object.fromEntries(Object.entries(value).filter(([name]) => !['seconds', 'trainingSeconds', 'millisecondsPerStep'].includes(name)).map(([name, entry]) => [name, timeless(entry)]));
  };
  return timeless({ result, ensemble, stages });
}

describe('stopped anywhere and taken up again', () => {
  for (const [name, more] of [
    ['an adaptive ladder with steps that were shrunk', { ...tiny, targetCess: 0.97, stageSteps: 6, learningRate: 0.1, evaluateEvery: 2 }],
    ['one flow, then a fixed ladder with tempering of its own, resampled at every stage', { ...tiny, generator: 'auto', path: 'temperature', hottest: 0.1, steps: 4, sufficientEss: 0.99, interpolation: 'linear', linearStages: 3, resampleBelow: 1, resampling: 'multinomial', freshRejuvenation: 0, warmStart: false, fixedBaseSamples: 150 }],
  ] as const satisfies readonly (readonly [string, Partial<FlatSettings>])[]) {
    describe(name, () => {
      const session = surroundings(memoryJournal());
      let expected: PipelineResult;
      before(async () => { expected = await run(easy, more, session.given); });

      async function interrupted(stopAfter: (sessionNumber: number) => number): Promise<{ result: PipelineResult; stops: number; stoppedAfter: (PipelineEvent | undefined)[] }> {
        const journal = copyingJournal();
        const stoppedAfter: (PipelineEvent | undefined)[] = [];
        for (let stops = 0; ; stops++) {
          assert.ok(stops <= session.events.length, 'every session gets further');
          const { given, events } = surroundings(journal, stopAfter(stops));
          try {
            return { result: await run(easy, more, given), stops, stoppedAfter };
          } catch (error) {
            if (!(error instanceof Interrupted)) throw error;
            stoppedAfter.push(events.at(-1));
          }
        }
      }

      it('has what is to be tried', () => {
        const { stages } = ladderOf(expected);
        assert.ok(stages.length >= 2);
        if (more.targetCess === 0.97) assert.ok(stages.some(({ retries }) => retries > 0), 'a shrunk step');
        else assert.ok(stages.every(({ resampled }) => resampled));
      });

      it('once, in training or sampling: the bits of an undisturbed run', async () => {
        const trainings = session.events.flatMap(({ kind }, i) => (kind === 'training' ? [i + 1] : []));
        const all = [[trainings[trainings.length - 4], 'training'], [2, 'sampling'], [trainings[2], 'training']] as const;
        for (const [k, kind] of all.slice(0, more.generator === 'auto' ? 1 : 3)) {
          const { result, stoppedAfter } = await interrupted((stops) => (stops === 0 ? k : Infinity));
          assert.deepEqual(stoppedAfter.map((event) => event?.kind), [kind], `stopped after report ${k}`);
          assert.deepEqual(bits(result), bits(expected), `stopped after report ${k}`);
        }
      });

      it('in every session after some reports, ever more of them: the same bits', async () => {
        const { result, stops } = await interrupted((number) => 12 + 5 * number);
        assert.ok(stops >= 2, `${stops} stops`);
        assert.deepEqual(bits(result), bits(expected));
      });
    });
  }
});

describe('the choice between one flow and a ladder', () => {
  it('auto: one flow that suffices stays, and the reason has its figures', async () => {
    const session = surroundings(memoryJournal());
    const done = await run(easy, { ...tiny, generator: 'auto', steps: 60, learningRate: 0.01, batch: 250, evaluateEvery: 20, sufficientEss: 0.3, rounds: 200 }, session.given);
    const { choice, ladder, generation } = done.result;
    assert.ok(choice?.generator === 'flow' && choice.by === 'automatic' && ladder === null && done.stages.length === 0);
    assert.match(choice.reason, /^One flow suffices: .*ESS of \d/);
    assert.deepEqual(choice.oneFlow, { ess: generation.ess, forwardEss: generation.forwardEss, coverage: generation.coverage.value });
    assert.ok((generation.ess ?? 0) > 0.3 && !session.events.some(({ kind }) => kind === 'stage'), 'no stage was tried');
  });

  it('auto: a starved flow goes to the ladder, which is better, and the reason says what was short', async () => {
    const session = surroundings(memoryJournal());
    const done = await run(four, { ...tiny, generator: 'auto', steps: 2, rounds: 200, stageSteps: 40, learningRate: 0.02, batch: 250, layers: 4, hidden: 16, bins: 8, evaluateEvery: 20, stageSamples: 1500, particles: 1000, samples: 2000 }, session.given);
    const { choice, generation, ladder } = done.result;
    assert.ok(choice?.generator === 'ladder' && choice.by === 'automatic' && choice.oneFlow !== null && ladder !== null);
    assert.match(choice.reason, /one flow falls short.*the ESS is below 30\.0 % \(sufficientEss\)/i);
    assert.ok((choice.oneFlow.ess ?? 1) < 0.3 && (generation.ess ?? 0) > (choice.oneFlow.ess ?? 1), `${choice.oneFlow.ess}, then ${generation.ess}`);
    assert.ok(session.events.some((event) => event.kind === 'note' && /going on with a ladder of flows$/i.test(event.message)), 'it is said when it happens');
    assert.ok(within(5, generation.logZ.value, generation.logZ.standardError, LOG_Z));
  });

  it('auto: a ladder that is no better than the flow before it is not taken', async () => {
    const done = await run(easy, { ...tiny, generator: 'auto', steps: 60, learningRate: 0.01, batch: 250, evaluateEvery: 20, rounds: 200, sufficientEss: 1, interpolation: 'explicit', lambdas: [0.5, 1], stageSteps: 1, warmStart: false, freshRejuvenation: 0 });
    const { choice, ladder } = done.result;
    assert.ok(choice?.generator === 'flow' && choice.by === 'automatic' && ladder === null && done.stages.length === 0, JSON.stringify(choice));
    assert.match(choice.reason, /the ladder that was tried in its place does no better: .*\d/);
  });

  it('forced choices are what they are, and say so', async () => {
    const flow = (await run(four, { ...tiny, generator: 'flow', steps: 2 })).result;
    assert.ok(flow.choice?.generator === 'flow' && flow.choice.by === 'setting' && flow.choice.oneFlow !== null && flow.ladder === null);
    assert.equal(flow.choice.reason, 'The setting generator=flow asks for it.');
  });
});

describe('stages that go wrong', () => {
  it('a flow that training ruins is not used: the identity is, with its own weights', async () => {
    const done = await run(easy, { ...tiny, interpolation: 'linear', linearStages: 4, stageSteps: 1, evaluateEvery: 1, warmStart: false, learningRate: 30, schedule: 'constant', freshRejuvenation: 0, resampleBelow: 0 });
    const { stages } = ladderOf(done);
    assert.deepEqual(stages.map(({ lambda }) => lambda), [0.25, 0.5, 0.75, 1]);
    for (const { stage, map, cess, cessIdentity, cessFlow, cessPredicted, resampled } of stages) {
      assert.ok(map === 'identity' && cess === cessIdentity && (cessFlow ?? 0) < (cessIdentity ?? 0), `stage ${stage}: flow ${cessFlow}, identity ${cessIdentity}`);
      assert.ok(cessPredicted === null && !resampled);
    }
    assert.ok(codes(done).includes('identity-stage'));
    const { u0, u1 } = endEnergies(easy, compileEnergy(easy), done.ensemble.samples);
    assert.ok(done.ensemble.logWeights.every((value, i) => Math.abs(value - (u0[i] - u1[i])) < 1e-12), 'fresh samples are the base, weighed');
    assert.ok(within(5, ladderOf(done).logZ.value, ladderOf(done).logZ.standardError, targetTruth(easy, compileEnergy(easy)).logZ ?? NaN), 'plain SMC is right all the same');
  });

  it('far too large steps are warned of, and finished stages stay', async () => {
    const journal = memoryJournal();
    const done = await run(four, { ...tiny, interpolation: 'explicit', lambdas: [0.001, 1], stageSteps: 1, learningRate: 1e-4, resampleBelow: 1 }, surroundings(journal).given);
    const [first, second] = ladderOf(done).stages;
    assert.ok((first.cess ?? 0) > 0.9 && (second.cess ?? 1) < 0.1, `${first.cess}, ${second.cess}`);
    assert.ok(codes(done).includes('low-cess') || codes(done).includes('collapsed'), codes(done).join(', '));
    const alone = await run(four, { ...tiny, particles: 64, groups: 16, interpolation: 'explicit', lambdas: [0.001, 1], stageSteps: 1, learningRate: 1e-4 });
    assert.ok(codes(alone).includes('collapsed') && !codes(alone).includes('low-cess'), codes(alone).join(', '));
    for (const stage of [1, 2]) for (const phase of ['pt', 'flow', 'particles'] as const) assert.ok(journal.stage(stage).phase(phase) !== null, `stage ${stage}, ${phase}`);
    assertFinite(done.result);
    assertFinite(alone.result);
  });

  it('a CESS out of reach makes retries and many stages, and comes to an end', async () => {
    const notes = surroundings(memoryJournal());
    const done = await run(easy, { ...tiny, targetCess: 0.99, stageSteps: 1 }, notes.given);
    const { stages } = ladderOf(done);
    assert.ok(stages.some(({ retries }) => retries > 0), 'retries');
    assert.ok(stages.every(({ retries }) => retries <= 6) && stages.length > 5 && stages.length < 200, `${stages.length} stages`);
    assert.ok(stages.every(({ cess, retries }) => (cess ?? 0) >= 0.99 || retries === 6), 'met, or given up');
    const shrunk = notes.events.filter((event) => event.kind === 'note' && /is below 99\.0 %; trying a shorter step$/.test(event.message));
    assert.equal(shrunk.length, stages.reduce((sum, { retries }) => sum + retries, 0), 'each is said');
  });
});

describe('a target with a wall', () => {
  /** A normal that ends at a wall. */
  const walled = (wall: number): Target => defineTarget({
    name: 'walled', dimension: 2, box: [-6, 6], base: { mean: 0, standardDeviation: 1.5 },
    energy: (x) => np.where(x.slice(1).less(wall), np.square(x).sum().mul(0.5), np.array(Infinity)),
  });

  it('is refused in one line where base samples fall behind it', async () => {
    const journal = memoryJournal();
    await assert.rejects(run(walled(0.5), tiny, surroundings(journal).given), inputError(/^target "walled": energy is Infinity at the point \(.*\) of its base; it must be finite there/));
    assert.equal(journal.phase('path'), null, 'nothing was computed');
  });

  describe('where it is far out', () => {
    const wall = 3.2;
    const exact = Math.log(2 * Math.PI * normalCdf(wall));
    let done: PipelineResult;
    before(async () => { done = await run(walled(wall), { ...tiny, particles: 4000, samples: 20_000, stageSteps: 30, interpolation: 'linear', linearStages: 3 }); });

    it('the particles are right, and what is behind it has no weight', () => {
      const ladder = ladderOf(done);
      assert.ok(within(5, ladder.logZ.value, ladder.logZ.standardError, exact), JSON.stringify([ladder.logZ, exact]));
      assertFinite(done.result);
      let behind = 0;
      for (const { particles, logWeights, stage } of done.stages) {
        for (let i = 0; i < logWeights.length; i++) {
          if (particles[2 * i + 1] < wall) continue;
          behind += 1;
          assert.ok(!Number.isFinite(logWeights[i]), `particle ${i} of stage ${stage}`);
        }
      }
      assert.ok(behind > 0 && codes(done).includes('non-finite-stage') === ladder.stages.some(({ nonFinite }) => nonFinite > 0), `${behind}`);
    });

    it('so are the fresh samples', () => {
      assert.ok(!done.ensemble.logWeights.some(Number.isNaN), `${done.ensemble.logWeights.filter(Number.isNaN).length} are NaN`);
      const { logZ } = done.result.generation;
      assert.ok(within(5, logZ.value, logZ.standardError, exact), JSON.stringify([logZ, exact]));
    });
  });
});

describe('circles', () => {
  it('a ladder on a circle and a line has the closed form’s log Z', async () => {
    const kappa = 4;
    const circle = defineTarget({
      name: 'circle', dimension: 2, box: [-6, 6], torus: { 0: [-Math.PI, Math.PI] }, base: { mean: 0, standardDeviation: 1.5 },
      energy: (x) => np.cos(x.slice(0).sub(3)).mul(-kappa).add(np.square(x.slice(1).sub(np.cos(x.slice(0)))).mul(2)),
    });
    let bessel = 0;
    for (let i = 0; i < 400; i++) bessel += Math.exp(kappa * Math.cos((2 * Math.PI * i) / 400)) / 400;
    const exact = Math.log(2 * Math.PI * bessel) + 0.5 * Math.log(Math.PI / 2);
    const done = await run(circle, { ...tiny, particles: 2000, samples: 2000, stageSteps: 40 });
    const { logZ, stages } = ladderOf(done);
    assert.ok(stages.some(({ map }) => map === 'flow'));
    assert.ok(within(5, logZ.value, logZ.standardError, exact), JSON.stringify([logZ, exact]));
    assert.ok(within(5, done.result.generation.logZ.value, done.result.generation.logZ.standardError, exact));
    assert.ok(done.ensemble.samples.every((x, at) => at % 2 === 1 || (x >= -Math.PI && x < Math.PI)), 'on the circle');
    for (const { particles } of done.stages) assert.ok(particles.every((x, at) => at % 2 === 1 || (x >= -Math.PI && x < Math.PI)), 'particles too');
  });
});
