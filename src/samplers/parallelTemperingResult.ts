/** What a parallel-tempering run hands back: samples, log Z, diagnostics, warnings. */
import { foldIn } from '../engine/random.ts';
import { InputError } from '../errors.ts';
import type { Steps } from '../pausing.ts';
import type { ParallelTemperingSummary, Warning } from '../records/record.ts';
import { baseEnergies } from '../targets/base.ts';
import { acceptanceByRung } from './chainState.ts';
import { chainFunctions, figure, mixingSteps } from './diagnostics.ts';
import { communicationBarrier } from './ladder.ts';
import { temperedLogZ, type TemperedLogZ } from './logZ.ts';
import type { ParallelTemperingSettings } from './parallelTemperingOptions.ts';
import type { RunState } from './runState.ts';
import { swapRates } from './swap.ts';
import { filledLength, storedRows } from './trace.ts';
import { samplerWarnings } from './warnings.ts';

/** The run record's figures, less the seconds that only a caller with a clock knows. */
export type ParallelTemperingFigures = Omit<ParallelTemperingSummary, 'seconds'>;

/** Thinned samples of every rung of an interpolation path: what training along the path starts from. */
export interface PathSamples {
  /** λ from 0 to 1. shape [K] */
  readonly lambdas: Float64Array;
  /** Kept rounds, one row each, in their order. */
  readonly rows: number;
  /** L */
  readonly ladders: number;
  /** Rung k samples exp(−U0 − λ_k D). shape [rows, L, K, d] */
  readonly positions: Float64Array;
  /** D = U1 − U0 there. shape [rows, L, K] */
  readonly differences: Float64Array;
}

export interface ParallelTemperingResult {
  /** n = rounds · L samples of exp(−U), round-major: sample r·L + l is round r of ladder l. shape [n, d] */
  readonly positions: Float64Array;
  /** Their energies U; with a reference D + U0. shape [n] */
  readonly energies: Float64Array;
  readonly samples: number;
  /** L: neighbours in time of a sample are L apart. */
  readonly ladders: number;
  /** log ∫ exp(−U), nats; null after fewer than 32 recorded rows. */
  readonly logZ: TemperedLogZ | null;
  /** null without a reference */
  readonly path: PathSamples | null;
  readonly figures: ParallelTemperingFigures;
  readonly warnings: readonly Warning[];
}

/** @throws InputError before the first recorded round */
export function* resultSteps(settings: ParallelTemperingSettings, run: RunState): Steps<ParallelTemperingResult> {
  const { ladder: inverseTemperatures, chains, swaps, trace, warmupNonFinite } = run;
  const { ladders, kernel, energy, base, reference } = settings;
  const rungs = inverseTemperatures.length;
  if (trace.recorded === 0) throw new InputError('parallelTempering: no samples yet, the warm-up is not over');
  const positions = trace.positions.slice(0, filledLength(trace, 'positions'));
  const energies = trace.energies.slice(0, filledLength(trace, 'energies'));
  if (reference !== null) {
    const references = new Float64Array(energies.length);
    baseEnergies(reference, positions, energies.length, references);
    for (let i = 0; i < energies.length; i++) energies[i] += references[i];
  }
  const rungEnergies = trace.rungEnergies.subarray(0, filledLength(trace, 'rungEnergies'));
  const hottestPositions = trace.hottestPositions.subarray(0, filledLength(trace, 'hottestPositions'));
  const logZ = temperedLogZ(
    { inverseTemperatures, ladders, rungEnergies, hottestPositions, base: reference }, energy, base.domain,
    foldIn(settings.key, 'reference')
  );
  const rates = swapRates(swaps);
  const nonFinite = chains.nonFinite.reduce((sum, count) => sum + count, 0) + (logZ?.nonFinite ?? 0);
  const figures: ParallelTemperingFigures = {
    kernel: kernel.name,
    ladders,
    rounds: trace.recorded,
    warmupRounds: settings.warmupRounds,
    samples: energies.length,
    inverseTemperatures: Array.from(inverseTemperatures),
    stepSizes: Array.from(chains.stepSizes.subarray(0, rungs)),
    acceptanceRates: kernel.targetAcceptance === null ? new Array<null>(rungs).fill(null)
      : Array.from(acceptanceByRung(chains, rungs), figure),
    swapRates: Array.from(rates, figure),
    roundTrips: swaps.roundTrips.reduce((sum, trips) => sum + trips, 0),
    barrier: rungs > 1 ? figure(communicationBarrier(rates)) : null,
    ...(yield* mixingSteps(chainFunctions(base.domain, positions, energies, ladders), ladders)),
    nonFinite: warmupNonFinite + nonFinite,
    logZ: logZ === null ? null : { value: figure(logZ.value), standardError: figure(logZ.standardError) },
  };
  const path = reference === null ? null : {
    lambdas: inverseTemperatures.slice(),
    rows: storedRows(trace),
    ladders,
    positions: hottestPositions.slice(),
    differences: rungEnergies.slice(),
  };
  const warnings = samplerWarnings(figures, { exact: kernel.exact, nonFinite });
  return { positions, energies, samples: energies.length, ladders, logZ, path, figures, warnings };
}
