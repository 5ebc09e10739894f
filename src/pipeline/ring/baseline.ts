/** What a ring of N beads costs without a flow: tempering in normal modes, as a phase, and the flow's gain over it. */
import { z } from 'zod';
import { foldIn, type Key } from '../../engine/random.ts';
import { chainMean } from '../../estimators/autocorrelation.ts';
import type { Estimate } from '../../estimators/estimate.ts';
import { storedFigure } from '../../records/figure.ts';
import { ringBaselineSchema, type RingBaselineSummary, type RingSummary } from '../../records/record.ts';
import type { ParallelTemperingResult } from '../../samplers/parallelTemperingResult.ts';
import type { Settings } from '../../settings/settings.ts';
import type { EnergyEvaluator } from '../../targets/energyEvaluator.ts';
import type { PathIntegral } from '../../targets/pathIntegral.ts';
import { ringOf } from '../../targets/ringBeads.ts';
import type { Target } from '../../targets/target.ts';
import { valueCount } from '../../verdict/ring.ts';
import { bankWarnings, Support } from '../../verdict/support.ts';
import { bridgeRungs, temper } from '../bank/tempering.ts';
import { checkStored, type Surroundings } from '../journal.ts';
import { phase, within } from '../phase.ts';
import { ringValues } from './ringDraws.ts';
import { ringPart } from './ringPhase.ts';

/** Paths whose beads are held at once. */
const CHUNK = 4096;
/** Samples of each rung that are kept: nobody asks for any. */
const KEPT = 64;

export interface RingBaselineOptions {
  readonly target: Target;
  readonly pathIntegral: PathIntegral;
  /** Of V. */
  readonly potential: EnergyEvaluator;
  readonly settings: Settings;
  readonly key: Key;
  readonly surroundings: Surroundings;
}

const storedSchema = z.object({ summary: ringBaselineSchema });

/** @param flow what the flow reached on the same ring @returns null where the settings ask for none */
export async function runRingBaseline(
  options: RingBaselineOptions, flow: Omit<RingSummary, 'baseline'>,
): Promise<RingBaselineSummary | null> {
  const { settings, surroundings } = options;
  const { beads } = flow;
  if (settings.ring.baselineRounds === 0) return null;
  return phase(within(surroundings, surroundings.journal.part(ringPart(beads))), 'baseline', {
    read: ({ json }) => checkStored(storedSchema, json, `tempering of ${beads} beads`).summary,
    compute: async () => {
      const summary = await compute(options, flow);
      return { value: summary, piece: { json: { summary }, arrays: {} } };
    },
  });
}

async function compute(
  { target, pathIntegral, potential, settings, key, surroundings }: RingBaselineOptions,
  flow: Omit<RingSummary, 'baseline'>,
): Promise<RingBaselineSummary> {
  const { beads } = flow;
  const { baselineRounds: rounds, baselineReplicas: replicas, ...own } = settings.ring;
  const { target: ring, energy } = ringOf(target, pathIntegral, beads);
  const sampling = {
    ...settings.sampling, rounds, replicas, stepsPerRound: own.baselineStepsPerRound, hottest: own.baselineHottest,
  };
  const rungs = bridgeRungs(sampling, { ...settings.ladder, stageSamples: KEPT }, ring.dimension);
  const { result, summary: tempering } = await temper({
    target: ring, energy, sampling, rungs, threads: settings.output.threads,
    key: foldIn(foldIn(key, 'baseline'), beads),
    surroundings: within(surroundings, surroundings.journal.part(ringPart(beads))),
  }, 'baseline', true);
  const estimates = chainEstimates(pathIntegral, beads, potential, result);
  // Every round costs the same, adaptation and record alike.
  const seconds = (tempering.seconds * rounds) / (rounds + sampling.warmupRounds);
  const bank = { name: 'tempering of the ring', summary: tempering, warnings: [] };
  const support = new Support([bank], bankWarnings(bank));
  const stored = estimates.map((estimate) => support.tempered(estimate));
  const gaps = flow.estimates.flatMap(({ exact }, k) => {
    const { value, standardError } = stored[k];
    return exact === null || value === null || standardError === null ? [] : [Math.abs(value - exact) / standardError];
  });
  return {
    kernel: sampling.kernel,
    replicas,
    ladders: result.ladders,
    samples: result.samples,
    seconds,
    warmupSeconds: tempering.seconds - seconds,
    estimates: stored.map((estimate, k) => ({ name: flow.estimates[k].name, ...estimate })),
    gains: stored.map(({ standardError }, k) => storedFigure(
      ((standardError ?? NaN) ** 2 * seconds) / ((flow.estimates[k].standardError ?? NaN) ** 2 * flow.seconds),
    )),
    largestGap: gaps.length === 0 ? null : storedFigure(Math.max(...gaps)),
    logZ: support.summary.logZ,
  };
}

/** The mean of every value, from one chain per ladder. */
function chainEstimates(
  pathIntegral: PathIntegral, beads: number, potential: EnergyEvaluator,
  { positions, samples: n, ladders }: ParallelTemperingResult,
): Estimate[] {
  const d = beads * pathIntegral.dimension;
  const m = valueCount(pathIntegral);
  const rounds = n / ladders;
  const chains = Array.from({ length: m }, () => new Float64Array(n));
  for (let first = 0; first < n; first += CHUNK) {
    const last = Math.min(n, first + CHUNK);
    const { values } = ringValues(pathIntegral, beads, potential, positions.subarray(first * d, last * d));
    for (let i = first; i < last; i++) {
      const place = (i % ladders) * rounds + Math.floor(i / ladders);
      for (let k = 0; k < m; k++) chains[k][place] = values[(i - first) * m + k];
    }
  }
  return chains.map((chain) => chainMean(chain, ladders));
}
