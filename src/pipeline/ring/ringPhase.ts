/** The flow on a ring of N beads, as a phase: weighted rings, their estimates, and what is exact. */
import { z } from 'zod';
import { foldIn, type Key } from '../../engine/random.ts';
import type { TailedEstimate } from '../../estimators/estimate.ts';
import { expectations, l2Bias } from '../../estimators/expectation.ts';
import { ENERGY_ESTIMATORS } from '../../estimators/ringPolymer.ts';
import type { ThermalAverages } from '../../numerics/quantumSystem.ts';
import { storedExtended, storedFigure } from '../../records/figure.ts';
import { ringSchema, warningSchema, type Estimate, type RingSummary, type Warning } from '../../records/record.ts';
import type { Settings } from '../../settings/settings.ts';
import type { EnergyEvaluator } from '../../targets/energyEvaluator.ts';
import type { PathIntegral } from '../../targets/pathIntegral.ts';
import { ringOf } from '../../targets/ringBeads.ts';
import { exactValues, harmonicLogZ, type RingTruth } from '../../targets/ringTruth.ts';
import type { Target } from '../../targets/target.ts';
import { exactDoubts } from '../../verdict/agreement.ts';
import { tailDoubts, type Support } from '../../verdict/support.ts';
import { weightDoubts, weightFigures, type WeightFigures } from '../../verdict/weights.ts';
import { checkStored, type Surroundings } from '../journal.ts';
import { arrayOf, within } from '../phase.ts';
import type { Transport } from '../transport/transport.ts';
import { binCentres, coordinateName } from './densities.ts';
import { sharedModes } from './lift.ts';
import { drawRings, valueCount, type RingDraws } from './ringDraws.ts';

export const ringPart = (beads: number): string => `beads-${beads}`;

export interface RingPhase {
  readonly summary: Omit<RingSummary, 'baseline'>;
  /** Density of the centroid per coordinate, [p][bins]. */
  readonly centroids: readonly (readonly number[])[];
  /** What is wrong with this ring. */
  readonly doubts: readonly Warning[];
}

export interface RingPhaseOptions {
  /** Of the ring's low modes. */
  readonly target: Target;
  readonly pathIntegral: PathIntegral;
  readonly transport: Transport;
  /** Of V. */
  readonly potential: EnergyEvaluator;
  readonly truth: RingTruth;
  readonly settings: Settings;
  readonly key: Key;
  readonly surroundings: Surroundings;
  /** What the rings rest on, their own weights aside. */
  readonly support: Support;
}

const storedSchema = z.object({
  summary: ringSchema.omit({ baseline: true }), centroids: z.array(z.array(z.number())),
  doubts: z.array(warningSchema).default([]),
});

/** @throws Interrupted when asked to stop */
export async function runRing(options: RingPhaseOptions, beads: number): Promise<RingPhase> {
  const { target, pathIntegral, settings, surroundings } = options;
  const journal = surroundings.journal.part(ringPart(beads));
  const finished = journal.phase('lift');
  surroundings.emit({ kind: 'ring', beads, resumed: finished !== null });
  if (finished !== null) return checkStored(storedSchema, finished.json, `ring of ${beads} beads`);
  const draws = await drawRings({
    ...options, ring: ringOf(target, pathIntegral, beads), key: foldIn(foldIn(options.key, 'ring'), beads),
    surroundings: within(surroundings, journal),
  });
  const judged = judgeRing(options, draws, beads);
  const phase: RingPhase = {
    summary: summaryOf(options, draws, judged, settings.ring.moves), doubts: judged.doubts,
    centroids: draws.centroids.map((histogram) => histogram.density().values),
  };
  journal.finishPhase('lift', { json: phase, arrays: { logWeights: arrayOf(draws.logWeights) } });
  return phase;
}

interface Compared {
  readonly name: string;
  readonly estimate: TailedEstimate;
  readonly exact: number | null;
}

interface JudgedRing {
  readonly beads: number;
  readonly weights: WeightFigures;
  readonly raw: ReturnType<typeof expectations>;
  readonly exact: ThermalAverages | null;
  /** log Z first, then every value. */
  readonly compared: readonly Compared[];
  readonly estimates: readonly Estimate[];
  readonly doubts: readonly Warning[];
  /** Whether anything is known of the errors. */
  readonly known: boolean;
}

function judgeRing({ pathIntegral, truth, support }: RingPhaseOptions, draws: RingDraws, beads: number): JudgedRing {
  const names = [...pathIntegral.functions.map(({ name }) => name), ...ENERGY_ESTIMATORS];
  const { logWeights, values } = draws;
  const n = logWeights.length;
  const exact = truth.ring(beads);
  const pick = names.map((_, k) => (row: Float64Array): number => row[k]);
  const raw = expectations(values, valueCount(pathIntegral), pick, logWeights);
  const weights = weightFigures(logWeights);
  const exacts = exact === null ? null : exactValues(exact);
  const where = `On ${beads} beads: `;
  const found: Warning[] = weightDoubts(weights, where, 'Train longer, or raise modes.');
  const compared: Compared[] = [
    { name: 'log Z', estimate: weights.logZ, exact: exact?.logZ ?? null },
    ...names.map((name, k) => ({ name, estimate: raw[k], exact: exacts?.[k] ?? null })),
  ];
  found.push(...exactDoubts(compared.map(({ name, estimate, exact: truly }) => {
    const standardError = support.stand(estimate, n, null, null, found).standardError ?? NaN;
    return { name, weighted: { value: estimate.value, standardError }, tempering: null, exact: truly };
  })));
  const doubts = [...found, ...tailDoubts(compared.slice(1), n)].map((warning) =>
    (warning.message.startsWith(where) ? warning : { ...warning, message: `${where}${warning.message}` }));
  return {
    beads, weights, raw, exact, compared, doubts,
    estimates: compared.map(({ estimate, exact: truly }) => support.stand(estimate, n, null, truly, found)),
    known: support.with(found).standing !== 'unknown',
  };
}

function summaryOf(
  { pathIntegral, truth: { quantum } }: RingPhaseOptions, draws: RingDraws, judged: JudgedRing, steps: number,
): RingPhase['summary'] {
  const { beads, weights, raw, exact, compared, known, estimates: [logZ, ...estimates] } = judged;
  const [exacts, quanta] = [exact, quantum].map((averages) => (averages === null ? null : exactValues(averages)));
  const { moves } = draws;
  return {
    beads,
    modes: sharedModes(pathIntegral, beads),
    samples: draws.logWeights.length,
    seconds: draws.seconds,
    estimatorSeconds: draws.estimatorSeconds,
    ess: storedFigure(weights.fraction),
    paretoK: storedExtended(weights.logZ.tail.k),
    nonFinite: Math.max(weights.logZ.nonFinite, ...raw.map(({ nonFinite }) => nonFinite)),
    moves: moves === null ? null
      : { steps, stepSize: moves.stepSize, acceptance: storedFigure(moves.acceptance) },
    logZ: {
      ...logZ, exact: exact?.logZ ?? null, quantum: quantum?.logZ ?? null, harmonic: harmonicLogZ(pathIntegral, beads),
    },
    estimates: estimates.map((estimate, k) =>
      ({ name: compared[k + 1].name, ...estimate, exact: exacts?.[k] ?? null, quantum: quanta?.[k] ?? null })),
    bias: biasOf(judged, pathIntegral.functions.length, exacts, quanta),
    largestGap: largestGap(judged),
    positions: draws.positions.map((histogram, a) => {
      const { values: heights, standardErrors } = histogram.density();
      const points = binCentres(pathIntegral, a);
      return {
        coordinate: coordinateName(pathIntegral, a), points, values: heights,
        standardErrors: known ? standardErrors : standardErrors.map(() => null),
        quantum: quantum === null ? null : points.map((x) => interpolated(quantum.density[a], x)),
      };
    }),
  };
}

/** @param count functions of the position, which come first */
function biasOf(
  { raw, estimates: [, ...estimates] }: JudgedRing, count: number, exacts: readonly number[] | null,
  quanta: readonly number[] | null,
): RingSummary['bias'] {
  const means = raw.slice(0, count).map(({ value }) => value);
  return {
    total: quanta === null ? null : storedFigure(l2Bias(means, quanta.slice(0, count))),
    sampling: exacts === null ? null : storedFigure(l2Bias(means, exacts.slice(0, count))),
    expected: storedFigure(Math.hypot(...estimates.slice(0, count).map(({ standardError }) => standardError ?? NaN))),
    trotter: exacts === null || quanta === null ? null
      : storedFigure(l2Bias(exacts.slice(0, count), quanta.slice(0, count))),
  };
}

/** In standard errors; a function that is constant has none to be measured in, nor has one that is not known. */
function largestGap({ compared, estimates }: JudgedRing): number | null {
  const gaps = compared.flatMap(({ exact }, k) => {
    const { value, standardError } = estimates[k];
    return exact === null || value === null || standardError === null || standardError === 0 ? []
      : [Math.abs(value - exact) / standardError];
  });
  return gaps.length === 0 ? null : storedFigure(Math.max(...gaps));
}

/** Linear between the points of a density, zero beyond them. */
function interpolated({ points, values }: ThermalAverages['density'][number], x: number): number {
  const last = points.length - 1;
  if (!(x >= points[0] && x <= points[last])) return 0;
  let [low, high] = [0, last];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (points[middle] <= x) low = middle; else high = middle;
  }
  const share = (x - points[low]) / (points[high] - points[low]);
  return values[low] + share * (values[high] - values[low]);
}
