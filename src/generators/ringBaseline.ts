/** What a ring of N beads costs without a flow: tempering in normal modes, as a phase, and the flow's gain over it. */
import { z } from 'zod';
import { foldIn, type Key } from '../engine/random.ts';
import { chainMean } from '../estimators/autocorrelation.ts';
import { ENERGY_ESTIMATORS, pathValues } from '../estimators/ringPolymer.ts';
import { storedFigure } from '../records/figure.ts';
import { ringBaselineSchema, type RingBaselineSummary, type RingSummary } from '../records/record.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import type { PathIntegral } from '../targets/pathIntegral.ts';
import { beadTransform, ringOf, ringPaths } from '../targets/ringBeads.ts';
import type { Target } from '../targets/target.ts';
import { bankWarnings, Support } from '../verdict/support.ts';
import { checkStored, type Surroundings } from './journal.ts';
import { ringPart } from './ringPhase.ts';
import { temper } from './samplingPhase.ts';
import type { Settings } from './settings.ts';

/** Paths whose beads are held at once. */
const CHUNK = 4096;

export interface RingBaselineOptions {
  readonly target: Target;
  readonly pathIntegral: PathIntegral;
  /** Of V. */
  readonly potential: EnergyEvaluator;
  readonly settings: Settings;
  readonly key: Key;
  readonly surroundings: Surroundings;
}

/** @param flow what the flow reached on the same ring @returns null where the settings ask for none */
export async function runRingBaseline(
  { target, pathIntegral, potential, settings, key, surroundings }: RingBaselineOptions,
  flow: Omit<RingSummary, 'baseline'>
): Promise<RingBaselineSummary | null> {
  if (settings.baselineRounds === 0) return null;
  const { beads } = flow;
  const journal = surroundings.journal.part(ringPart(beads));
  const finished = journal.phase('baseline');
  if (finished !== null) {
    surroundings.emit({ kind: 'phase', phase: 'baseline', resumed: true });
    return checkStored(z.object({ summary: ringBaselineSchema }), finished.json, `tempering of ${beads} beads`).summary;
  }
  const { target: ring, energy } = ringOf(target, pathIntegral, beads);
  const own = {
    ...settings, rounds: settings.baselineRounds, replicas: settings.baselineReplicas,
    stepsPerRound: settings.baselineStepsPerRound, hottest: settings.baselineHottest, stageSamples: 64
  };
  const { result, summary: tempering } = await temper(
    { target: ring, energy, settings: own, key: foldIn(foldIn(key, 'baseline'), beads), surroundings: {
      ...surroundings, journal
    } },
    'baseline', true
  );
  const { particle, functions } = pathIntegral;
  const d = ring.dimension;
  const m = functions.length + ENERGY_ESTIMATORS.length;
  const n = result.samples;
  const { ladders } = result;
  const rounds = n / ladders;
  const transform = beadTransform(particle, beads);
  // One chain per ladder, estimate by estimate.
  const chains = Array.from({ length: m }, () => new Float64Array(n));
  for (let first = 0; first < n; first += CHUNK) {
    const paths = ringPaths(transform, potential, result.positions.subarray(first * d, Math.min(n, first + CHUNK) * d));
    const values = pathValues(
      paths, { masses: particle.masses, hbar: particle.hbar, beta: particle.beta, beads },
      functions.map(({ value }) => value)
    );
    for (let i = first; i < Math.min(n, first + CHUNK); i++) {
      const place = (i % ladders) * rounds + Math.floor(i / ladders);
      for (let k = 0; k < m; k++) chains[k][place] = values[(i - first) * m + k];
    }
  }
  const estimates = chains.map((chain) => chainMean(chain, ladders));
  // Every round costs the same, adaptation and record alike.
  const seconds = (tempering.seconds * settings.baselineRounds) / (settings.baselineRounds + settings.warmupRounds);
  const bank = { name: 'tempering of the ring', summary: tempering, warnings: [] };
  const support = new Support([bank], bankWarnings(bank));
  const stored = estimates.map((estimate) => support.tempered(estimate));
  const gaps = flow.estimates.flatMap(({ exact }, k) => {
    const { value, standardError } = stored[k];
    return exact === null || value === null || standardError === null ? [] : [Math.abs(value - exact) / standardError];
  });
  const summary: RingBaselineSummary = {
    kernel: settings.kernel,
    replicas: settings.baselineReplicas,
    ladders,
    samples: n,
    seconds,
    warmupSeconds: tempering.seconds - seconds,
    estimates: stored.map((estimate, k) => ({ name: flow.estimates[k].name, ...estimate })),
    gains: stored.map(({ standardError }, k) => storedFigure(
      ((standardError ?? NaN) ** 2 * seconds) / ((flow.estimates[k].standardError ?? NaN) ** 2 * flow.seconds)
    )),
    largestGap: gaps.length === 0 ? null : storedFigure(Math.max(...gaps)),
    logZ: support.summary.logZ,
  };
  journal.finishPhase('baseline', { json: { summary }, arrays: {} });
  return summary;
}
