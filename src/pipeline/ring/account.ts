/** Rings of every number of beads that the settings name, each a phase of its own, and the account of them. */
import { foldIn } from '../../engine/random.ts';
import type { LadderSummary, PathIntegralSummary, RingSummary, RunResult, Warning } from '../../records/record.ts';
import { potentialEvaluator, type PathIntegral } from '../../targets/pathIntegral.ts';
import { ringTruth } from '../../targets/ringTruth.ts';
import type { RingVerdict } from '../../verdict/ring.ts';
import { binCentres, coordinateName, shownHistogram } from '../../verdict/ringDensities.ts';
import { standingOf } from '../../verdict/standing.ts';
import { standingBank, Support, type Bank as Sampled } from '../../verdict/support.ts';
import { ringWarnings } from '../../verdict/warnings.ts';
import type { PipelineResult } from '../choice.ts';
import type { Problem } from '../kinds/kind.ts';
import type { Transport } from '../transport/transport.ts';
import { runRingBaseline } from './baseline.ts';
import type { ClassicalSamples } from './classical.ts';
import { runRing } from './ringPhase.ts';

/** Of the exact centroid density of a classical particle: samples of the pool. */
const SHOWN_CENTROIDS = 100_000;

/** What the rings are lifted from. */
export interface Distilled {
  readonly transport: Transport;
  /** Of the ladder on classical samples, where there was one. */
  readonly classicalLadder: LadderSummary | null;
  /** What the flows were trained on. */
  readonly banks: readonly Sampled[];
}

/** @throws Interrupted when asked to stop */
export async function liftToRings(
  problem: Problem, pathIntegral: PathIntegral, distilled: Distilled, outcome: PipelineResult,
  classical: ClassicalSamples,
): Promise<PipelineResult> {
  const { target, settings, key } = problem;
  const { result } = outcome;
  const potential = potentialEvaluator(target, pathIntegral);
  const truth = ringTruth(target, pathIntegral);
  const rings: RingSummary[] = [];
  const ringDoubts: Warning[] = [];
  // Rings have weights of their own: what is wrong with the sampling they rest on, or with the flow's reach, is theirs
  // too.
  const support = new Support(distilled.banks, result.warnings.filter(({ code }) => !OF_OWN_WEIGHTS.has(code)));
  const shared = { ...problem, pathIntegral, potential, truth, support, transport: distilled.transport };
  let largest: { readonly beads: number; readonly centroids: RingVerdict['centroids'] } | null = null;
  for (const beads of new Set(settings.ring.rings)) {
    const { summary, centroids, doubts } = await runRing(shared, beads);
    ringDoubts.push(...doubts);
    if (largest === null || beads > largest.beads) largest = { beads, centroids };
    rings.push({ ...summary, baseline: await runRingBaseline(shared, summary) });
  }
  const { particle: { masses, hbar, beta, curvature }, dimension, beads, modes, functions } = pathIntegral;
  const summary: PathIntegralSummary = {
    dimension, beads, modes, masses: [...masses], hbar, beta, curvature: [...curvature], functions: functions.length,
    classical: standingBank({ ...classical.sampled, warnings: [] }),
    classicalLadder: result.ladder === null ? null : distilled.classicalLadder,
    truth: truth.quantum === null ? null
      : { logZ: truth.quantum.logZ, levels: Array.from(truth.quantum.levels), error: truth.quantum.error },
    centroids: centroidDensities(pathIntegral, classical, largest?.centroids ?? null, foldIn(key, 'centroids')),
    preparationSeconds: preparationSeconds(result, distilled.classicalLadder, classical),
    rings,
  };
  const warnings = [...result.warnings.map(ofRings), ...ringDoubts, ...ringWarnings(summary, truth.reason)];
  return { ...outcome, result: { ...result, pathIntegral: summary, warnings, standing: standingOf(warnings) } };
}

function preparationSeconds(
  { ladder, training, parallelTempering }: Pick<RunResult, 'ladder' | 'training' | 'parallelTempering'>,
  classicalLadder: LadderSummary | null, { sampled }: ClassicalSamples,
): number {
  const trained = ladder === null ? training.seconds : ladder.seconds + (classicalLadder?.seconds ?? 0);
  return sampled.summary.seconds + parallelTempering.seconds + trained;
}

/** Doubts about the weights of the flow on its own modes alone. */
const OF_OWN_WEIGHTS: ReadonlySet<string> =
  new Set(['heavy-weights', 'few-weights', 'heavy-values', 'non-finite-weights', 'infinite-weights']);

/** The rings are what was asked for: what is wrong with the weights on the flow's own modes is told of those alone. */
function ofRings(warning: Warning): Warning {
  if (!OF_OWN_WEIGHTS.has(warning.code)) return warning;
  const { code, severity, message } = warning;
  return { code, severity, message: `Of the flow on its own modes, not of the rings: ${message}` };
}

function centroidDensities(
  pathIntegral: PathIntegral, { pool }: ClassicalSamples, quantum: RingVerdict['centroids'] | null, key: Problem['key'],
): PathIntegralSummary['centroids'] {
  const { dimension: p } = pathIntegral;
  const { samples } = pool.sample(1, SHOWN_CENTROIDS, 1, key);
  return Array.from({ length: p }, (_, a) => {
    const points = binCentres(pathIntegral, a);
    const histogram = shownHistogram(pathIntegral, a);
    histogram.add(samples, p, a, new Float64Array(SHOWN_CENTROIDS), 1);
    return {
      coordinate: coordinateName(pathIntegral, a), points, classical: histogram.density().values,
      quantum: [...(quantum?.[a] ?? points.map(() => null))],
    };
  });
}
