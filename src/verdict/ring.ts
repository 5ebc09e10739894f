/** The verdict on the rings of one number of beads: every estimate with its standing, beside what is exact. */
import type { TailedEstimate } from '../estimators/estimate.ts';
import { expectations, l2Bias } from '../estimators/expectation.ts';
import type { WeightedHistogram } from '../estimators/histogram.ts';
import { ENERGY_ESTIMATORS } from '../estimators/ringPolymer.ts';
import type { ThermalAverages } from '../numerics/quantumSystem.ts';
import { storedExtended, storedFigure } from '../records/figure.ts';
import type { Estimate, RingSummary, Warning } from '../records/record.ts';
import { exactValues, harmonicLogZ, type RingTruth } from '../targets/ringTruth.ts';
import type { PathIntegral } from '../targets/target.ts';
import { exactDoubts } from './agreement.ts';
import { binCentres, coordinateName } from './ringDensities.ts';
import { tailDoubts, type Support } from './support.ts';
import { weightDoubts, weightFigures, type WeightFigures } from './weights.ts';

/** Weighted rings of N beads, and the values of every estimator on them. */
export interface RingDraws {
  readonly beads: number;
  /** Modes of the flow that the ring has too. */
  readonly modes: number;
  readonly logWeights: Float64Array;
  /** Functions of the position averaged over the beads, then the energies: [n, m] */
  readonly values: Float64Array;
  /** Per coordinate. */
  readonly positions: readonly WeightedHistogram[];
  readonly centroids: readonly WeightedHistogram[];
  /** null where nothing was moved. */
  readonly moves: { readonly steps: number; readonly stepSize: number; readonly acceptance: number } | null;
  readonly seconds: number;
  readonly estimatorSeconds: number;
}

/** What rings are judged by. */
export interface RingEvidence {
  readonly pathIntegral: PathIntegral;
  readonly truth: RingTruth;
  /** What the rings rest on, their own weights aside. */
  readonly support: Support;
}

export interface RingVerdict {
  readonly summary: Omit<RingSummary, 'baseline'>;
  /** Density of the centroid per coordinate, [p][bins]. */
  readonly centroids: readonly (readonly number[])[];
  /** What is wrong with this ring. */
  readonly doubts: readonly Warning[];
}

export function judgeRing(evidence: RingEvidence, draws: RingDraws): RingVerdict {
  const judged = compare(evidence, draws);
  return {
    summary: summaryOf(evidence, draws, judged), doubts: judged.doubts,
    centroids: draws.centroids.map((histogram) => histogram.density().values),
  };
}

/** How many values a ring has. */
export const valueCount = ({ functions }: PathIntegral): number => functions.length + ENERGY_ESTIMATORS.length;

interface Compared {
  readonly name: string;
  readonly estimate: TailedEstimate;
  readonly exact: number | null;
}

interface JudgedRing {
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

function compare({ pathIntegral, truth, support }: RingEvidence, draws: RingDraws): JudgedRing {
  const names = [...pathIntegral.functions.map(({ name }) => name), ...ENERGY_ESTIMATORS];
  const { beads, logWeights, values } = draws;
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
    weights, raw, exact, compared, doubts,
    estimates: compared.map(({ estimate, exact: truly }) => support.stand(estimate, n, null, truly, found)),
    known: support.with(found).standing !== 'unknown',
  };
}

function summaryOf(
  { pathIntegral, truth: { quantum } }: RingEvidence, draws: RingDraws, judged: JudgedRing,
): RingVerdict['summary'] {
  const { weights, raw, exact, compared, known, estimates: [logZ, ...estimates] } = judged;
  const [exacts, quanta] = [exact, quantum].map((averages) => (averages === null ? null : exactValues(averages)));
  const { beads, modes, moves } = draws;
  return {
    beads,
    modes,
    samples: draws.logWeights.length,
    seconds: draws.seconds,
    estimatorSeconds: draws.estimatorSeconds,
    ess: storedFigure(weights.fraction),
    paretoK: storedExtended(weights.logZ.tail.k),
    nonFinite: Math.max(weights.logZ.nonFinite, ...raw.map(({ nonFinite }) => nonFinite)),
    moves: moves === null ? null
      : { ...moves, acceptance: storedFigure(moves.acceptance) },
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
