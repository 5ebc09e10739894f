/** Short runs of path integrals: against the transfer matrix, and stopped anywhere. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { np } from '../../src/engine/numpy.ts';
import { settingsFor } from '../../src/experiments/presets.ts';
import { Interrupted, memoryJournal, type Journal, type PipelineEvent } from '../../src/pipeline/journal.ts';
import { runPipeline, type PipelineResult } from '../../src/pipeline/run.ts';
import { ringPart } from '../../src/pipeline/ring/ringPhase.ts';
import type { LadderSummary, PathIntegralSummary } from '../../src/records/record.ts';
import { definePathIntegral } from '../../src/targets/pathIntegral.ts';
import type { Target } from '../../src/targets/target.ts';

type Given = Readonly<Record<string, unknown>>;
type Estimated = Readonly<{ value: number | null; standardError: number | null }>;

/** Standard errors that an estimate may be off. */
export const MOST = 4.5;

export const gap = ({ value, standardError }: Estimated, exact: number): number =>
  Math.abs((value ?? NaN) - exact) / (standardError ?? NaN);

export function assertWithin(estimate: Estimated, exact: number, what: string): void {
  assert.ok(gap(estimate, exact) < MOST, `${what} is ${estimate.value} ± ${estimate.standardError} for ${exact}`);
}

export const hashOf = (data: Float64Array | Float32Array | Int32Array): string =>
  createHash('sha256').update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)).digest('hex');

export const tiny = {
  ...{ ladders: 16, rounds: 200, warmupRounds: 30, replicas: 4, adaptLadder: false },
  ...{ layers: 4, hidden: 8, bins: 8, steps: 150, batch: 200, evaluateEvery: 50, samples: 2000 },
  ...{ ringSamples: 6000, rings: [3, 4, 9, 16] },
  ...{ stageSteps: 60, linearStages: 2, particles: 1000, stageSamples: 1000, rejuvenation: 4 },
};
/** Over in a moment: what is tested with it is that the same is done again. */
export const least = {
  ...tiny,
  ...{ rounds: 160, warmupRounds: 10, stepsPerRound: 60, layers: 2, steps: 40, evaluateEvery: 20, batch: 100 },
  ...{ samples: 500, ringSamples: 500, rings: [2, 5], ringMoves: 2, baselineRounds: 150, baselineStepsPerRound: 60 },
  ...{ stageSteps: 20, particles: 200, stageSamples: 200 },
};

const tilted = definePathIntegral({
  name: 'tilted', box: [-2.6, 2.6], beta: 1.5, beads: 16,
  potential: (q) => np.square(np.square(q.slice(0)).sub(1)).mul(2).add(q.slice(0).mul(0.3)),
});

interface RunOptions {
  readonly journal?: Journal;
  /** Hears of all events. */
  readonly emit?: (event: PipelineEvent) => void;
  /** Hears of all events, and says whether the run is asked to stop; it saves at every look at the clock. */
  readonly stop?: (event: PipelineEvent) => boolean;
  readonly seed?: number;
}

export function run(target: Target, given: Given, options: RunOptions = {}): Promise<PipelineResult> {
  const { journal = memoryJournal(), emit = () => undefined, stop, seed = 3 } = options;
  const controller = new AbortController();
  return runPipeline({
    target, settings: settingsFor(target, 'quick', given), seed,
    surroundings: {
      journal, signal: controller.signal, breathe: () => Promise.resolve(),
      // What is not to be stopped needs no checkpoint.
      saveEvery: stop === undefined ? Infinity : 0,
      // A clock that runs by its readings, so that every tick reports.
      now: ((time) => () => (time += 1000))(0),
      emit: (event) => {
        emit(event);
        if (stop?.(event) === true) controller.abort();
      },
    },
  });
}

export const summaryOf = ({ result: { pathIntegral } }: PipelineResult): PathIntegralSummary => {
  assert.ok(pathIntegral !== null, 'a path integral is told of');
  return pathIntegral;
};

/** Rings of two wells have the averages of the transfer matrix. @returns what is told of its ladders */
export async function assertTransferMatrix(
  given: Given,
): Promise<{ classicalLadder: PathIntegralSummary['classicalLadder']; ladder: LadderSummary | null }> {
  const longer = { ...tiny, rounds: 600, steps: 300, stageSteps: 150, samples: 6000, rings: [4, 12] };
  const done = await run(tilted, { ...longer, ...given });
  assert.notEqual(done.result.standing, 'unknown', 'there are errors to measure in');
  const { rings, classicalLadder, truth } = summaryOf(done);
  for (const { beads, ess, estimates, logZ, largestGap } of rings) {
    assert.ok((ess ?? 0) > 0.3, `ESS ${ess}`);
    for (const estimate of estimates) assertWithin(estimate, estimate.exact ?? NaN, `${beads} beads: ${estimate.name}`);
    assertWithin(logZ, logZ.exact ?? NaN, `${beads} beads: log Z`);
    assert.ok((largestGap ?? NaN) < MOST);
  }
  assert.ok(truth !== null && truth.levels[1] > truth.levels[0]);
  const [few, many] = rings.map(({ bias }) => bias.trotter ?? NaN);
  assert.ok(many < few, 'more beads are nearer to the quantum particle');
  return { classicalLadder, ladder: done.result.ladder };
}

const TIMES = ['gains', 'millisecondsPerStep', 'speedup'];
/** What must not depend on how often a run was stopped: all but times, and what is made of them. */
const untimed = (value: unknown): unknown => {
  const isTime = (key: string): boolean => /seconds/i.test(key) || TIMES.includes(key);
  return JSON.parse(JSON.stringify(value, (key, entry: unknown) => (isTime(key) ? undefined : entry)));
};

/** Plain numbers, for JSON. */
const plain = (_: string, entry: unknown): unknown =>
  (ArrayBuffer.isView(entry) ? Array.from(entry as Float64Array) : entry);

export async function bits(given: Given, options: RunOptions = {}): Promise<unknown> {
  const { journal = memoryJournal() } = options;
  const { tempered, ensemble, stages, result } = await run(tilted, { ...least, ...given }, { ...options, journal });
  const weightsOf = (beads: number): Float64Array =>
    (journal.part(ringPart(beads)).phase('lift')?.arrays['logWeights'].data ?? new Float64Array(0)) as Float64Array;
  const { samples, logWeights, heldOutLogWeights } = ensemble;
  return {
    arrays: [tempered.positions, tempered.energies, samples, logWeights, heldOutLogWeights].map(hashOf),
    stages: createHash('sha256').update(JSON.stringify(stages, plain)).digest('hex'),
    ringWeights: least.rings.map((beads) => hashOf(weightsOf(beads))),
    figures: untimed(result.pathIntegral), warnings: result.warnings,
  };
}

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
    part: (name) => failing(own.part(name)),
  };
}

/**
 * Tells where a run is from its events, such as `flow`, `S2 flow 1`, `ring 5`, `ring 5 baseline`, and asks to stop at
 * so many events there.
 * @param seen gathers the places
 */
export function stopIn(where: string, events: number, seen: Set<string> = new Set()): (event: PipelineEvent) => boolean {
  let [part, phase, left] = ['', '', events];
  let flows = 0;
  return (event) => {
    if (event.kind === 'note') {
      [part, phase, flows] = [/\(S[12]\)/.exec(event.message)?.[0].slice(1, 3) ?? part, '', 0];
    } else if (event.kind === 'ring') [part, phase] = [`ring ${event.beads}`, ''];
    else if (event.kind === 'phase') {
      flows += event.phase === 'flow' ? 1 : 0;
      phase = event.phase === 'flow' && part.startsWith('S') ? `flow ${flows}` : event.phase;
    } else {
      const place = `${part} ${phase}`.trim();
      seen.add(place);
      return place === where && --left === 0;
    }
    return false;
  };
}

export interface Stoppable {
  readonly given: Given;
  /** Where it is stopped, after how many events there. */
  readonly places: readonly (readonly [string, number])[];
  /** How many phases it finishes. */
  readonly finished: number;
}

const ofRings = [['ring 2', 1], ['ring 2 baseline', 1], ['ring 2 baseline', 2], ['ring 5', 1], ['ring 5 baseline', 2]] as const;
const ofLadders = ['S1', 'S2'].flatMap((part) =>
  ([['flow 1', 3], ['flow 1', 20], ['flow 2', 3], ['fresh', 1]] as const)
    .map(([phase, events]) => [`${part} ${phase}`, events] as const));
export const stoppable = {
  // Classical and quantum samples, the flow, its weighted samples; of each ring the lift, and tempering.
  'one flow': {
    given: {}, finished: 9,
    places: [['path', 2], ['pt', 2], ['flow', 1], ['flow', 5], ['ensemble', 1], ...ofRings],
  },
  // Classical samples, those of the path and of the target; of each ladder two stages of three phases, and the end.
  'a ladder': { given: { generator: 'ladder' }, finished: 21, places: [['path', 2], ['pt', 2], ...ofLadders, ...ofRings] },
} as const satisfies Readonly<Record<string, Stoppable>>;

export async function assertStopsChangeNothing(given: Given, places: Stoppable['places'], whole: unknown): Promise<void> {
  const journal = memoryJournal();
  for (const [where, events] of places) {
    await assert.rejects(bits(given, { journal, stop: stopIn(where, events) }), Interrupted, `${where}, ${events}`);
  }
  assert.deepEqual(await bits(given, { journal }), whole);
  assert.deepEqual(await bits(given, { journal }), whole, 'read back');
}

/** @param finished phases that it finishes: it is killed after each */
export async function assertKillsChangeNothing(given: Given, finished: number, whole: unknown): Promise<void> {
  const journal = memoryJournal();
  for (let k = 0; k < finished; k++) {
    await assert.rejects(bits(given, { journal: failing(journal) }), /^Error: killed$/, `phase ${k}`);
  }
  assert.deepEqual(await bits(given, { journal: failing(journal) }), whole);
}
