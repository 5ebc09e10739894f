/** The pipeline in memory: stopped anywhere and taken up again it gives the same bits, and its streams come in pieces. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { keyFromSeed } from '../../src/engine/random.ts';
import { runSingleStep, streamSamples } from '../../src/deprecated.ts';
import { InputError } from '../../src/errors.ts';
import { plantedBias } from '../../src/experiments/plantedBias/plantedBias.ts';
import { settingsFor } from '../../src/experiments/presets.ts';
import { initialParameters } from '../../src/flows/initialise.ts';
import { architectureOf } from '../../src/pipeline/transport/architecture.ts';
import { flowProposal } from '../../src/pipeline/kinds/oneFlow.ts';
import { sampleKey } from '../../src/pipeline/proposal/draw.ts';
import { Interrupted, memoryJournal, type Journal, type PipelineEvent, type Surroundings } from '../../src/pipeline/journal.ts';
import { runPipeline, type PipelineOptions, type PipelineResult } from '../../src/pipeline/run.ts';
import type { WeightedPiece } from '../../src/pipeline/transport/transport.ts';
import { annulus } from '../../src/targets/annulus.ts';
import { compileEnergy } from '../../src/targets/compile.ts';
import { himmelblau } from '../../src/targets/himmelblau.ts';
import { periodicWell } from '../../src/targets/periodicWell.ts';
import type { Target } from '../../src/targets/target.ts';

const small = { generator: 'flow', ladders: 8, replicas: 3, rounds: 64, warmupRounds: 20, layers: 2, hidden: 8, bins: 4, steps: 8, batch: 100, evaluateEvery: 4, samples: 1000 };

/** Surroundings whose clock moves on with every look, and that ask to stop after so many reports. */
function surroundings(journal: Journal, stopAfter = Infinity): { given: Surroundings; events: PipelineEvent[] } {
  const controller = new AbortController();
  const events: PipelineEvent[] = [];
  let time = 0;
  const emit = (event: PipelineEvent): void => {
    events.push(event);
    if (events.length === stopAfter) controller.abort();
  };
  return { events, given: { journal, emit, signal: controller.signal, now: () => (time += 100), breathe: () => Promise.resolve(), saveEvery: 400 } };
}

const run = (target: Target, given: Surroundings, more: Partial<PipelineOptions> = {}): Promise<PipelineResult> =>
  runPipeline({ target, settings: settingsFor(target, 'quick', small), seed: 3, surroundings: given, ...more });

/** @param journal that the run kept its flow in */
const bits = ({ tempered, ensemble }: PipelineResult, journal: Journal): object => ({ positions: tempered.positions, parameters: journal.phase('flow')?.arrays, samples: ensemble.samples, logWeights: ensemble.logWeights, heldOut: ensemble.heldOutLogWeights });

describe('one flow', () => {
  const { given, events } = surroundings(memoryJournal());
  let expected: PipelineResult;
  before(async () => { expected = await run(annulus, given); });

  it('stopped at one report or another and taken up again gives the bits of an undisturbed run', async () => {
    const journal = memoryJournal();
    let stops = 0;
    let result: PipelineResult | null = null;
    while (result === null) {
      try {
        result = await run(annulus, surroundings(journal, 7 + ((61 * stops) % 400)).given);
      } catch (error) {
        assert.ok(error instanceof Interrupted, `only asked to stop: ${error instanceof Error ? error.message : 'not an error'}`);
        stops += 1;
        assert.ok(stops < events.length, 'sessions get further');
      }
    }
    assert.ok(stops >= 2, `stopped ${stops} times`);
    assert.ok(journal.phase('flow') !== null, 'the flow is kept');
    assert.deepEqual(bits(result, journal), bits(expected, given.journal), 'every array');
    assert.deepEqual({ ...result.result.generation, seconds: 0 }, { ...expected.result.generation, seconds: 0 }, 'every figure');
  });

  it('tells of its phases in order, and of progress that ends where it should', () => {
    assert.deepEqual(events.filter(({ kind }) => kind === 'phase').map((event) => ('phase' in event ? event.phase : '')), ['pt', 'flow', 'ensemble'], 'phases');
    for (const kind of ['sampling', 'training', 'generation'] as const) {
      const last = events.findLast((event) => event.kind === kind);
      assert.ok(last !== undefined && 'done' in last && last.done === last.total, `${kind} ends at its total`);
    }
  });

  it('taken up again when it is finished, tells of the same phases, all of them resumed', async () => {
    const again = surroundings(given.journal);
    assert.deepEqual(bits(await run(annulus, again.given), given.journal), bits(expected, given.journal));
    const told = again.events.flatMap((event) => (event.kind === 'phase' ? [`${event.phase} ${event.resumed}`] : []));
    assert.deepEqual(told, ['pt true', 'flow true', 'ensemble true']);
  });

  it('is what `runSingleStep` asked for, whatever the settings said', async () => {
    const journal = memoryJournal();
    const settings = settingsFor(annulus, 'quick', { ...small, generator: 'ladder' });
    const before = await runSingleStep({ target: annulus, settings, seed: 3, surroundings: surroundings(journal).given });
    assert.deepEqual(bits(before, journal), bits(expected, given.journal));
  });

  it('trains on prepared data when told, and leaves the PT samples alone', async () => {
    const [{ prepareData }] = plantedBias.entries('quick', small);
    assert.ok(prepareData !== undefined, 'the experiment prepares its data');
    let seen: readonly number[] = [];
    const result = await run(himmelblau, surroundings(memoryJournal()).given, {
      prepareData: (data, seed) => {
        const prepared = prepareData(data, seed);
        seen = [data.energies.length, prepared.energies.length, seed];
        return prepared;
      },
    });
    assert.ok(seen[1] < seen[0] && seen[2] === 3, `${seen[1]} of ${seen[0]} samples are left, thinned by the run's seed`);
    assert.equal(result.tempered.energies.length, small.ladders * small.rounds, 'all PT samples are kept');
    assert.equal(result.ensemble.heldOutLogWeights.length, Math.floor(Math.round(0.05 * seen[1]) / 2), 'half of the held-out samples, of the prepared ones, are for the test');
  });

  it('refuses a target that fails before any work', async () => {
    const journal = memoryJournal();
    const bad: Target = { ...annulus, observables: [{ name: 'bad', value: () => Number.NaN }] };
    await assert.rejects(run(bad, surroundings(journal).given), (error) => error instanceof InputError && /observable "bad" is NaN at the point/.test(error.message), 'an observable that is NaN');
    assert.equal(journal.phase('pt'), null, 'nothing was computed');
  });
});

describe('the stream of one flow', () => {
  it('comes in pieces of bounded size that depend on the index alone', async () => {
    const settings = settingsFor(periodicWell, 'quick', small);
    const architecture = architectureOf(periodicWell, settings.flow);
    const stages = [{ lambda: 1, parameters: initialParameters(architecture, keyFromSeed(3)), stepSize: 0 }];
    const transport = { target: periodicWell, architecture, stages, output: settings.output };
    const proposal = flowProposal(transport, compileEnergy(periodicWell));
    const collect = async (total: number, from = 0): Promise<WeightedPiece[]> => {
      const pieces: WeightedPiece[] = [];
      for await (const piece of proposal.stream(sampleKey(1), total, from)) pieces.push(piece);
      return pieces;
    };
    const pieces = await collect(70_000);
    assert.deepEqual(pieces.map(({ first, count }) => [first, count]), [[0, 65_536], [65_536, 4464]], 'pieces');
    const [middle] = await collect(500, 65_400);
    assert.deepEqual(middle.samples.slice(0, 2 * 136), pieces[0].samples.slice(2 * 65_400), 'the end of the first piece');
    assert.deepEqual(middle.logWeights.slice(136), pieces[1].logWeights.slice(0, 500 - 136), 'the beginning of the second');
    const flow = { architecture, parameters: stages[0].parameters };
    const source = { target: periodicWell, energy: compileEnergy(periodicWell), flow, settings: settings.output };
    for await (const piece of streamSamples(source, sampleKey(1), 500, 65_400)) {
      assert.deepEqual(piece, middle, 'by its old name');
    }
    assert.ok(pieces[0].samples.every((x) => x >= -Math.PI && x < Math.PI), 'on the torus');
  });
});
