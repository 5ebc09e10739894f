/**
 * The pipeline of a path integral (arXiv 2604.05303): classical samples train one flow of a ring's low modes, or a
 * ladder of flows
 * (classical distillation, S1) whose weighted samples train a second one (quantum distillation, S2); then the flow is
 * lifted to rings
 * of any number of beads with exact weights.
 */
import { foldIn, keyFromSeed, type Key } from '../engine/random.ts';
import { weightedHistogram } from '../estimators/histogram.ts';
import type { Architecture } from '../flows/architecture.ts';
import type { LadderSummary, PathIntegralSummary, RingSummary, Warning } from '../records/record.ts';
import { compileEnergy } from '../targets/compile.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import { pathEvaluator } from '../targets/path.ts';
import { potentialEvaluator, type PathIntegral } from '../targets/pathIntegral.ts';
import { ringTruth } from '../targets/ringTruth.ts';
import type { Target } from '../targets/target.ts';
import type { TrainingData } from '../training/trainer.ts';
import { standingOf } from '../verdict/standing.ts';
import { standingLadder } from '../verdict/standingLadder.ts';
import { standingBank, Support, type Bank } from '../verdict/support.ts';
import { architectureOf } from './architectureOf.ts';
import { checkTarget } from './checkTarget.ts';
import { chooseGenerator, type PipelineResult } from './choice.ts';
import { CLASSICAL_PART, runClassical, type ClassicalSamples } from './classicalSamples.ts';
import { generateEnsemble, pullBackFlow } from './ensemble.ts';
import type { Journal } from './journal.ts';
import { judge } from './judge.ts';
import { pullBackLadder } from './ladderChain.ts';
import type { LiftedFlow } from './liftedRing.ts';
import { essOf, equallyWeighted } from './particles.ts';
import type { Pool } from './pathSamples.ts';
import { runRingBaseline } from './ringBaseline.ts';
import { binCentres, coordinateName, runRing, shownRange, type RingPhase } from './ringPhase.ts';
import { float64, runParallelTempering } from './samplingPhase.ts';
import { runSequential, type SequentialResult } from './sequential.ts';
import { stopping } from './pace.ts';
import type { Settings } from './settings.ts';
import type { SingleStepOptions } from './singleStep.ts';
import { runTraining, splitData } from './trainingPhase.ts';
import { ringWarnings } from './warnings.ts';

/** Classical samples that one flow is trained on, at most. */
const MOST_TRAINING = 200_000;
/** Of the exact centroid density of a classical particle: samples of the pool. */
const SHOWN_CENTROIDS = 100_000;

interface Found {
  readonly flow: LiftedFlow;
  readonly classicalLadder: LadderSummary | null;
  /** What the flow was trained on. */
  readonly banks: readonly Bank[];
}

interface Distilled extends Found {
  readonly outcome: PipelineResult;
}

/**
 * @throws InputError for a target that cannot be evaluated, or a ladder that collapses; Interrupted when asked to stop
 */
export async function runPathIntegral(options: SingleStepOptions, pathIntegral: PathIntegral): Promise<PipelineResult> {
  const { target, settings, seed, surroundings } = options;
  const key = keyFromSeed(seed);
  const notices: string[] = [];
  const energy = compileEnergy(target, { notice: (message) => notices.push(message) });
  checkTarget(target, energy);
  const architecture = architectureOf(target, settings);
  const classical = await runClassical({ target, pathIntegral, energy, settings, key, surroundings });
  const tempered =
    await runParallelTempering({ target, energy, settings, key: foldIn(key, 'parallel tempering'), surroundings });
  const quantum =
    splitData({ samples: tempered.positions, energies: tempered.energies }, settings.heldOut, target.dimension);
  const { test: heldOut } = quantum;
  const classicalBank: Bank =
    { name: 'tempering of the classical particle', summary: classical.summary, warnings: classical.warnings };
  const lifted = (flows: LiftedFlow['flows']): LiftedFlow => ({ target, pathIntegral, architecture, flows, settings });
  // The two ways leave here what the choice between them does not hand on.
  const found: { flow?: Found; ladder?: Found } = {};
  const pause = stopping(surroundings);
  const outcome = await chooseGenerator(settings, surroundings, {
    flow: async () => {
      const n = Math.min(MOST_TRAINING, settings.rounds * settings.ladders);
      const data = settings.distilledFrom === 'classical'
        ? classical.rings.sample(1, n, Math.max(1, Math.round(settings.heldOut * n)), foldIn(key, 'classical rings'))
        : quantum.training;
      const flow = await runTraining(
        { target, energy, architecture, settings, data, heldOut: quantum, key: foldIn(key, 'training'), surroundings }
      );
      const ensemble =
        await generateEnsemble({ target, energy, flow, settings, key: foldIn(key, 'ensemble'), surroundings });
      const { result, support } = await judge({
        target, energy, tempered, training: flow.summary, ensemble, energyNotices: notices,
        banks: settings.distilledFrom === 'classical' ? [classicalBank] : [], key: foldIn(key, 'verdict'), pause,
        pullBack: (samples, energies) => pullBackFlow({ target, flow, settings }, { samples, energies }, pause),
      });
      found.flow = { flow: lifted([flow.parameters]), classicalLadder: null, banks: support.banks };
      return { result, tempered, ensemble };
    },
    ladder: async (choice) => {
      const { first, second } =
        await distillTwice({ target, energy, architecture, settings, key, heldOut, classical }, options);
      const { ensemble, training, ladder, warnings, source } = second;
      const banks = [classicalBank, ...(second.bank === null ? [] : [second.bank])];
      const { result, support } = await judge({
        target, energy, tempered, training, ensemble, energyNotices: notices, banks,
        ladder: { summary: ladder, warnings }, key: foldIn(key, 'verdict'), pause,
        pullBack: (samples, energies) => pullBackLadder(source, { samples, energies }, pause),
      });
      found.ladder = {
        flow: lifted(second.stages.map(({ parameters }) => parameters)),
        classicalLadder: standingLadder(first.ladder, support, first.warnings), banks: support.banks
      };
      return { result: { ...result, choice }, tempered, ensemble, stages: second.samples };
    },
  });
  const isLadder = outcome.result.ladder !== null;
  const made = isLadder ? found.ladder : found.flow;
  if (made === undefined) throw new Error('no flow was made');
  return liftToRings(options, pathIntegral, { ...made, outcome }, classical, key);
}

interface DistillationOptions {
  readonly target: Target;
  readonly energy: EnergyEvaluator;
  readonly architecture: Architecture;
  readonly settings: Settings;
  readonly key: Key;
  readonly heldOut: TrainingData;
  readonly classical: ClassicalSamples;
}

/** S1 on classical samples, in a folder apart, and S2 on what S1 left at every λ. */
async function distillTwice(
  { target, energy, architecture, settings, key, heldOut, classical }: DistillationOptions,
  { surroundings }: SingleStepOptions
): Promise<{ first: SequentialResult; second: SequentialResult }> {
  const shared = { target, energy, architecture, surroundings, heldOut };
  const journal = surroundings.journal.part(CLASSICAL_PART);
  surroundings.emit(
    { kind: 'note', message: 'classical distillation (S1): a ladder of flows trained on classical samples' }
  );
  const first = await runSequential({
    ...shared, settings, key: foldIn(key, 'classical distillation'), training: classical.rings, stageJournal: journal
  });
  surroundings.emit(
    { kind: 'note', message: 'quantum distillation (S2): a ladder of flows trained on the samples of the first' }
  );
  const lambdas = first.stages.map(({ lambda }) => lambda);
  const second = await runSequential({
    ...shared, key: foldIn(key, 'quantum distillation'),
    training: particlesOf(journal, lambdas, target, energy, settings),
    settings: lambdas.length < 2 ? settings : { ...settings, interpolation: 'explicit', lambdas },
  });
  return { first, second };
}

/**
 * The particles that a finished ladder left at each of its λ, as training samples: weighted, so resampled; the last of
 * them are held out.
 */
function particlesOf(
  journal: Journal, lambdas: readonly number[], target: Target, energy: EnergyEvaluator, settings: Settings
): Pick<Pool, 'sample' | 'effectiveSize'> {
  const d = target.dimension;
  const at = (lambda: number): { points: Float64Array; logWeights: Float64Array } => {
    const found = journal.stage(lambdas.indexOf(lambda) + 1).phase('particles');
    if (found === null) throw new Error(`the classical ladder has no particles at λ = ${lambda}`);
    return { points: float64(found.arrays['samples']), logWeights: float64(found.arrays['logWeights']) };
  };
  return {
    effectiveSize: (lambda) => { const { logWeights } = at(lambda); return essOf(logWeights) * logWeights.length; },
    sample(lambda, n, held, key) {
      const { points, logWeights } = at(lambda);
      const cut = Math.round((1 - settings.heldOut) * logWeights.length);
      const part = (from: number, to: number, count: number, name: string): Float64Array =>
        equallyWeighted(
          { points: points.subarray(from * d, to * d), logWeights: logWeights.subarray(from, to) }, count,
          'multinomial', foldIn(key, name)
        );
      const samples = new Float64Array(n * d);
      samples.set(part(0, cut, n - held, 'training'));
      samples.set(part(cut, logWeights.length, held, 'held-out'), (n - held) * d);
      const energies = new Float64Array(n);
      pathEvaluator(target.base, energy, lambda).energies(samples, n, energies);
      return { samples, energies };
    },
  };
}

/** Rings of every number of beads that the settings name, each a phase of its own, and the account of them. */
async function liftToRings(
  { target, settings, surroundings }: SingleStepOptions, pathIntegral: PathIntegral,
  { flow, outcome, classicalLadder, banks }: Distilled, classical: ClassicalSamples, key: Key
): Promise<PipelineResult> {
  const { result } = outcome;
  const { particle: { masses, hbar, beta, curvature }, dimension, beads, modes, functions } = pathIntegral;
  const potential = potentialEvaluator(target, pathIntegral);
  const truth = ringTruth(target, pathIntegral);
  const rings: RingSummary[] = [];
  const ringDoubts: Warning[] = [];
  // Rings have weights of their own: what is wrong with the sampling they rest on, or with the flow's reach, is theirs
  // too.
  const support = new Support(banks, result.warnings.filter(({ code }) => !OF_OWN_WEIGHTS.has(code)));
  let largest: { readonly beads: number; readonly centroids: RingPhase['centroids'] } | null = null;
  for (const count of new Set(settings.rings)) {
    const { summary, centroids, doubts } =
      await runRing({ flow, potential, truth, settings, key, surroundings, support }, count);
    ringDoubts.push(...doubts);
    if (largest === null || count > largest.beads) largest = { beads: count, centroids };
    rings.push({
      ...summary,
      baseline: await runRingBaseline({ target, pathIntegral, potential, settings, key, surroundings }, summary)
    });
  }
  const trainingSeconds = result.ladder === null ? result.training.seconds
    : result.ladder.seconds + (classicalLadder?.seconds ?? 0);
  const summary: PathIntegralSummary = {
    dimension, beads, modes, masses: [...masses], hbar, beta, curvature: [...curvature], functions: functions.length,
    classical: standingBank({ name: 'tempering of the classical particle', summary: classical.summary, warnings: [] }),
    classicalLadder: result.ladder === null ? null : classicalLadder,
    truth: truth.quantum === null ? null
      : { logZ: truth.quantum.logZ, levels: Array.from(truth.quantum.levels), error: truth.quantum.error },
    centroids: centroidDensities(pathIntegral, classical, largest?.centroids ?? null, foldIn(key, 'centroids')),
    preparationSeconds: classical.summary.seconds + result.parallelTempering.seconds + trainingSeconds,
    rings,
  };
  const warnings = [...result.warnings.map(ofRings), ...ringDoubts, ...ringWarnings(summary, truth.reason)];
  return { ...outcome, result: { ...result, pathIntegral: summary, warnings, standing: standingOf(warnings) } };
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
  pathIntegral: PathIntegral, { pool }: ClassicalSamples, quantum: RingPhase['centroids'] | null, key: Key
): PathIntegralSummary['centroids'] {
  const { dimension: p } = pathIntegral;
  const { samples } = pool.sample(1, SHOWN_CENTROIDS, 1, key);
  return Array.from({ length: p }, (_, a) => {
    const points = binCentres(pathIntegral, a);
    const histogram = weightedHistogram(shownRange(pathIntegral, a), points.length);
    histogram.add(samples, p, a, new Float64Array(SHOWN_CENTROIDS), 1);
    return { coordinate: coordinateName(pathIntegral, a), points, classical: histogram.density().values, quantum: [
      ...(quantum?.[a] ?? points.map(() => null))
    ] };
  });
}
