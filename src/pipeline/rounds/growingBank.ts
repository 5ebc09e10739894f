/**
 * A bank that grows until it is good: tempering in standard units, each run twice as long as the one before, with the
 * units and the number of rungs taken from what that found.
 */
import { foldIn, type Key } from '../../engine/random.ts';
import { extendedValue, storedExtended } from '../../records/figure.ts';
import { parallelTemperingSchema, warningSchema } from '../../records/record.ts';
import type { TemperingRound } from '../../records/rounds.ts';
import { operationsOf } from '../../engine/pointProgram.ts';
import { gradientsPerStep } from '../../samplers/gradientsPerStep.ts';
import { finiteRows } from '../../samplers/explore.ts';
import type { SamplingSettings } from '../../settings/sampling.ts';
import type { Settings } from '../../settings/settings.ts';
import { sampleBase } from '../../targets/base.ts';
import { compileEnergy } from '../../targets/compile.ts';
import type { EnergyEvaluator } from '../../targets/energyEvaluator.ts';
import { framedTarget, inward, outwardSamples, type Frame } from '../../targets/frame.ts';
import type { Target } from '../../targets/target.ts';
import type { TemperedSamples } from '../../verdict/samples.ts';
import { z } from 'zod';
import { kernelOf } from '../bank/kernel.ts';
import { temper } from '../bank/tempering.ts';
import { checkStored, type Journal, type Surroundings } from '../journal.ts';
import { float64, phase, pointArrays, within } from '../phase.ts';
import {
  awaitedTempering, temperLonger, temperLongerSchema, toldTempering, type TemperLonger, type Tempered
} from './temperLonger.ts';
import { isBentFurther, standardUnits } from './units.ts';

/** Rungs of the first run; later ones have two for each unit of the barrier, and so many more. */
const FIRST_RUNGS = 10;
const MORE_RUNGS = 3;
const MOST_RUNGS = 40;
/** First λ above 0; the ladder moves to equal rejection by itself. */
const FIRST_LAMBDA = 1e-3;
const FIRST_ROUNDS = 400;
/** Rounds of which all rungs' energies are kept, for log Z: two to this power, the fewest that tell it. */
const LOG_Z_ROWS = 5;
const LADDERS = 32;
/** Operations of a coordinate in a step of a chain, beside those of its energy. */
const COORDINATE_WORK = 100;
/** Numbers that the samples of a run may hold. */
const MOST_NUMBERS = 4e6;

export interface GrownBank {
  readonly frame: Frame;
  /** In the target's own coordinates. */
  readonly tempered: TemperedSamples;
  readonly temperings: readonly TemperingRound[];
  readonly evaluations: number;
}

interface Options {
  readonly target: Target;
  readonly settings: Settings;
  readonly key: Key;
  readonly surroundings: Surroundings;
  /** Seconds that the run has taken so far, whenever asked. */
  readonly seconds: () => number;
}

const storedSchema = z.object({ summary: parallelTemperingSchema, warnings: z.array(warningSchema) });

/** @param found where chains have been: starts, and the first frame @throws Interrupted when asked to stop */
export async function growBank(
  options: Options, found: { readonly frame: Frame; readonly points: Float64Array },
): Promise<GrownBank> {
  const { target, settings, surroundings } = options;
  const d = target.dimension;
  const temperings: TemperingRound[] = [];
  const emit = surroundings.emit;
  let { frame, points } = found;
  let replicas = FIRST_RUNGS;
  let [evaluations, work] = [0, 0];
  const energy = compileEnergy(target);
  const each = workOf(energy);
  for (let run = 0; ; run++) {
    const wanted = FIRST_ROUNDS * (1 << run);
    const rounds = Math.max(32, Math.min(wanted, Math.floor(MOST_NUMBERS / d / LADDERS)));
    // What does not fit into memory are steps between swaps.
    const sampling = samplingOf(settings.sampling, replicas, rounds, Math.round(wanted / rounds));
    emit(awaitedTempering(run + 1, temperings.at(-1), options.seconds(), settings.rounds));
    const tempered = await temperIn(options, frame, points, sampling, run);
    const { summary } = tempered;
    const perRound = sampling.ladders * replicas * sampling.stepsPerRound * gradientsPerStep(kernelOf(sampling));
    const own = perRound * (rounds + sampling.warmupRounds);
    evaluations += own;
    work += own * each;
    const figures = {
      rounds, replicas, seconds: summary.seconds, splitRhat: storedExtended(worstRhat(summary.splitRhat)),
      roundTrips: summary.roundTrips, effectiveSampleSize: summary.effectiveSampleSize,
    };
    const next = standardUnits({
      domain: target.domain, energy, x: tempered.positions, effective: summary.effectiveSampleSize ?? 0,
      ladders: LADDERS,
    });
    evaluations += next.evaluations;
    const { longer, reason } = await decision(options, run, {
      runs: [...temperings, figures], trips: LADDERS, newBends: isBentFurther(next.frame, frame),
      evaluations: { all: evaluations, last: own }, work: { all: work, last: own * each },
    });
    temperings.push({ ...figures, reason });
    ({ frame } = next);
    points = tempered.positions;
    if (!longer) return { frame, tempered, temperings, evaluations };
    replicas = Math.min(MOST_RUNGS, Math.max(4, Math.ceil(2 * (summary.barrier ?? 0)) + MORE_RUNGS));
  }
}

/** Operations of a step of a chain, about: of energy and gradient, and of moving a point; 0 where none are known. */
function workOf({ compiled, dimension }: EnergyEvaluator): number {
  return compiled === undefined ? 0 : operationsOf(compiled.valueAndGradient) + COORDINATE_WORK * dimension;
}

/** Kept, so that one that was made by the clock is the same when the run is gone on with. */
function decision(
  { settings, surroundings, seconds }: Options, run: number, tempered: Omit<Tempered, 'spent'>,
): Promise<TemperLonger> {
  return phase(within(surroundings, placeOf(surroundings, run)), 'attempts', {
    read: ({ json }) => checkStored(temperLongerSchema, json, 'decision after tempering'),
    compute: () => {
      const value = temperLonger({ ...tempered, spent: seconds() }, settings.rounds);
      surroundings.emit({ kind: 'note', message: toldTempering(run + 1, tempered.runs[run], value.reason) });
      return Promise.resolve({ value, piece: { json: value, arrays: {} } });
    },
  });
}

const placeOf = ({ journal }: Surroundings, run: number): Journal => journal.part(`tempering-${run + 1}`);

/** The largest R̂; infinite where one is not known. */
export const worstRhat = (values: readonly { readonly value: Parameters<typeof extendedValue>[0] }[]): number =>
  values.reduce((most, { value }) => {
    const rhat = extendedValue(value);
    return Math.max(most, Number.isNaN(rhat) ? 1 : rhat);
  }, 1);

const samplingOf = (
  sampling: SamplingSettings, replicas: number, rounds: number, times: number,
): SamplingSettings => ({
  ...sampling, path: 'interpolation', hottest: FIRST_LAMBDA, replicas, rounds, ladders: LADDERS, adaptLadder: true,
  warmupRounds: Math.max(100, rounds >> 2), stepsPerRound: times * sampling.stepsPerRound,
});

/** One run, from points of the one before on all rungs but the base's. */
async function temperIn(
  { target, settings, key, surroundings }: Options, frame: Frame, points: Float64Array, sampling: SamplingSettings,
  run: number,
): Promise<TemperedSamples> {
  const d = target.dimension;
  const own = foldIn(foldIn(key, 'tempering'), run);
  const place = placeOf(surroundings, run);
  return phase(within(surroundings, place), 'pt', {
    read: ({ json, arrays }) => ({
      ...checkStored(storedSchema, json, 'tempering'), positions: float64(arrays.positions),
      energies: float64(arrays.energies),
    }),
    compute: async () => {
      const framed = framedTarget(target, frame);
      const { threads } = settings.output;
      const energy = compileEnergy(framed, threads > 0 ? { threads } : {});
      const { result, summary } = await temper({
        target: framed, energy, sampling, threads, key: own, surroundings: within(surroundings, place),
        rungs: {
          ladder: { hottest: sampling.hottest, replicas: sampling.replicas },
          stride: Math.max(1, sampling.rounds >> LOG_Z_ROWS),
        },
        starts: finiteStarts(
          energy, startsOf(framed, inward(frame, points, points.length / d), sampling, foldIn(own, 'starts')),
        ),
      }, 'pt', true);
      const { samples: positions, energies } =
        outwardSamples(frame, { samples: result.positions, energies: result.energies });
      const warnings = [...result.warnings];
      return {
        value: { positions, energies, summary, warnings },
        piece: { json: { summary, warnings }, arrays: pointArrays(positions, d, { energies }, 'positions') },
      };
    },
  });
}

/** Chains cannot begin where the energy is not finite: they begin where the one before or after them does. */
function finiteStarts(energy: EnergyEvaluator, starts: Float64Array): Float64Array {
  const d = energy.dimension;
  const good = finiteRows(energy, starts);
  // Of none, chains tell which.
  if (good.length === starts.length / d || good.length === 0) return starts;
  const finite = new Set(good);
  const all = starts.slice();
  let [from] = good;
  for (let i = 0; i < starts.length / d; i++) {
    if (finite.has(i)) from = i;
    else all.set(starts.subarray(from * d, (from + 1) * d), i * d);
  }
  return all;
}

/** Points spread over those given, in their order; on the first rung base samples. [ladders, rungs, d] */
function startsOf(
  { base, dimension: d }: Target, points: Float64Array, { ladders, replicas }: SamplingSettings, key: Key,
): Float64Array {
  const n = ladders * replicas;
  const starts = new Float64Array(n * d);
  sampleBase(base, key, 0, n, starts);
  const m = points.length / d;
  for (let i = 0; i < n; i++) {
    if (i % replicas === 0) continue;
    const from = Math.floor(((i + 0.5) / n) * m);
    starts.set(points.subarray(from * d, (from + 1) * d), i * d);
  }
  return starts;
}
