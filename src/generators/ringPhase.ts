/** The flow on a ring of N beads, as a phase: weighted rings, their estimates, and what is exact. */
import { z } from 'zod';
import { foldIn, type Key } from '../engine/random.ts';
import { expectations, l2Bias } from '../estimators/expectation.ts';
import { ENERGY_ESTIMATORS, pathValues } from '../estimators/ringPolymer.ts';
import { weightedHistogram } from '../estimators/histogram.ts';
import type { ThermalAverages } from '../numerics/quantumSystem.ts';
import { storedExtended, storedFigure } from '../records/figure.ts';
import { ringSchema, warningSchema, type RingSummary, type Warning } from '../records/record.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import type { PathIntegral } from '../targets/pathIntegral.ts';
import { beadTransform, ringOf, ringPaths } from '../targets/ringBeads.ts';
import { exactValues, harmonicLogZ, type RingTruth } from '../targets/ringTruth.ts';
import { exactDoubts } from '../verdict/agreement.ts';
import { tailDoubts, type Support } from '../verdict/support.ts';
import { weightDoubts, weightFigures } from '../verdict/weights.ts';
import { checkStored, type Surroundings } from './journal.ts';
import { sharedModes, streamRings, type LiftedFlow } from './liftedRing.ts';
import { pace } from './pace.ts';
import { RingMoves } from './ringMoves.ts';
import type { Settings } from './settings.ts';

/** Bins of the position and centroid densities, over the box and a quarter of it on either side. */
const BINS = 60;
const BEYOND = 0.25;

export const ringPart = (beads: number): string => `beads-${beads}`;

export interface RingPhase {
  readonly summary: Omit<RingSummary, 'baseline'>;
  /** Density of the centroid per coordinate, [p][bins]. */
  readonly centroids: readonly (readonly number[])[];
  /** What is wrong with this ring. */
  readonly doubts: readonly Warning[];
}

export interface RingPhaseOptions {
  readonly flow: LiftedFlow;
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
  doubts: z.array(warningSchema).default([])
});

/** Where densities are shown, per coordinate. */
export const shownRange = ({ box }: PathIntegral, a: number): { low: number; high: number } => {
  const [low, high] = box[a];
  return { low: low - BEYOND * (high - low), high: high + BEYOND * (high - low) };
};

export const binCentres = (pathIntegral: PathIntegral, a: number): number[] => {
  const { low, high } = shownRange(pathIntegral, a);
  return Array.from({ length: BINS }, (_, bin) => low + ((bin + 0.5) / BINS) * (high - low));
};

export const coordinateName = ({ dimension }: PathIntegral, a: number): string => (dimension === 1 ? 'x' : `x${a + 1}`);

export async function runRing(
  { flow, potential, truth, settings, key, surroundings, support }: RingPhaseOptions, beads: number
): Promise<RingPhase> {
  const { pathIntegral, target } = flow;
  const journal = surroundings.journal.part(ringPart(beads));
  const finished = journal.phase('lift');
  surroundings.emit({ kind: 'ring', beads, resumed: finished !== null });
  if (finished !== null) return checkStored(storedSchema, finished.json, `ring of ${beads} beads`);
  const { dimension: p, particle, functions } = pathIntegral;
  const ring = ringOf(target, pathIntegral, beads);
  const n = settings.ringSamples;
  const ringKey = foldIn(foldIn(key, 'ring'), beads);
  const clock = pace(surroundings, 0);
  const m = functions.length + ENERGY_ESTIMATORS.length;
  const logWeights = new Float64Array(n);
  const values = new Float64Array(n * m);
  const transform = beadTransform(particle, beads);
  const moves = settings.ringMoves === 0 ? null : new RingMoves(ring, settings, foldIn(ringKey, 'moves'));
  const positions = Array.from({ length: p }, (_, a) => weightedHistogram(shownRange(pathIntegral, a), BINS));
  const centroids = Array.from({ length: p }, (_, a) => weightedHistogram(shownRange(pathIntegral, a), BINS));
  let [seconds, estimatorSeconds] = [0, 0];
  let before = surroundings.now();
  const lap = (): number => {
    const now = surroundings.now();
    const spent = (now - before) / 1000;
    before = now;
    return spent;
  };
  try {
    for await (const piece of streamRings(flow, ring, ringKey, n)) {
      moves?.move(piece.samples, piece.first);
      seconds += lap();
      logWeights.set(piece.logWeights, piece.first);
      const paths = ringPaths(transform, potential, piece.samples);
      values.set(
        pathValues(paths, { masses: particle.masses, hbar: particle.hbar, beta: particle.beta, beads }, functions.map(
          ({ value }) => value
        )),
        piece.first * m
      );
      for (let a = 0; a < p; a++) {
        positions[a].add(paths.positions, p, a, piece.logWeights, beads);
        centroids[a].add(piece.samples, beads * p, a, piece.logWeights, 1);
      }
      estimatorSeconds += lap();
      await clock.tick(
        () => surroundings.emit({ kind: 'generation', done: piece.first + piece.count, total: n }), () => undefined
      );
    }
  } finally {
    moves?.dispose();
  }
  const exact = truth.ring(beads);
  const { quantum } = truth;
  const names = [...functions.map(({ name }) => name), ...ENERGY_ESTIMATORS];
  const raw = expectations(values, m, names.map((_, k) => (row: Float64Array): number => row[k]), logWeights);
  const weights = weightFigures(logWeights);
  const [exacts, quanta] = [exact, quantum].map((averages) => (averages === null ? null : exactValues(averages)));
  const where = `On ${beads} beads: `;
  const found: Warning[] = weightDoubts(weights, where, 'Train longer, or raise modes.');
  const compared = [{ name: 'log Z', estimate: weights.logZ, exact: exact?.logZ ?? null }, ...names.map(
    (name, k) => ({ name, estimate: raw[k], exact: exacts?.[k] ?? null })
  )];
  const first = compared.map(({ estimate }) => support.stand(estimate, n, null, null, found).standardError ?? NaN);
  found.push(...exactDoubts(
    compared.map(({ name, estimate: { value }, exact: truly }, k) => (
      { name, weighted: { value, standardError: first[k] }, tempering: null, exact: truly }
    ))
  ));
  const doubts = [...found, ...tailDoubts(compared.slice(1), n)].map(
    (warning) => (warning.message.startsWith(where) ? warning : { ...warning, message: `${where}${warning.message}` })
  );
  const [logZ, ...estimates] =
    compared.map(({ estimate, exact: truly }) => support.stand(estimate, n, null, truly, found));
  // A function that is constant has no error to be measured in, nor has one that is not known.
  const gaps = compared.flatMap(({ exact: truly }, k) => {
    const { value, standardError } = k === 0 ? logZ : estimates[k - 1];
    return truly === null || value === null || standardError === null || standardError === 0 ? []
      : [Math.abs(value - truly) / standardError];
  });
  const known = support.with(found).standing !== 'unknown';
  const count = functions.length;
  const means = raw.slice(0, count).map(({ value }) => value);
  const summary: RingPhase['summary'] = {
    beads,
    modes: sharedModes(pathIntegral, beads),
    samples: n,
    seconds,
    estimatorSeconds,
    ess: storedFigure(weights.fraction),
    paretoK: storedExtended(weights.logZ.tail.k),
    nonFinite: Math.max(weights.logZ.nonFinite, ...raw.map(({ nonFinite }) => nonFinite)),
    moves: moves === null ? null
      : { steps: settings.ringMoves, stepSize: moves.stepSize, acceptance: storedFigure(moves.acceptance) },
    logZ: {
      ...logZ, exact: exact?.logZ ?? null, quantum: quantum?.logZ ?? null, harmonic: harmonicLogZ(pathIntegral, beads)
    },
    estimates: estimates.map(
      (estimate, k) => ({ name: names[k], ...estimate, exact: exacts?.[k] ?? null, quantum: quanta?.[k] ?? null })
    ),
    bias: {
      total: quanta === null ? null : storedFigure(l2Bias(means, quanta.slice(0, count))),
      sampling: exacts === null ? null : storedFigure(l2Bias(means, exacts.slice(0, count))),
      expected: storedFigure(Math.hypot(...estimates.slice(0, count).map(({ standardError }) => standardError ?? NaN))),
      trotter: exacts === null || quanta === null ? null
        : storedFigure(l2Bias(exacts.slice(0, count), quanta.slice(0, count))),
    },
    largestGap: gaps.length === 0 ? null : storedFigure(Math.max(...gaps)),
    positions: positions.map((histogram, a) => {
      const { values: heights, standardErrors } = histogram.density();
      const points = binCentres(pathIntegral, a);
      return {
        coordinate: coordinateName(pathIntegral, a), points, values: heights,
        standardErrors: known ? standardErrors : standardErrors.map(() => null),
        quantum: quantum === null ? null : points.map((x) => interpolated(quantum.density[a], x))
      };
    }),
  };
  const phase: RingPhase = { summary, doubts, centroids: centroids.map((histogram) => histogram.density().values) };
  journal.finishPhase(
    'lift', { json: phase, arrays: { logWeights: { dtype: 'float64', shape: [n], data: logWeights } } }
  );
  return phase;
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
