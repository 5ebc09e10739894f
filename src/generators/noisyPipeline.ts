/**
 * The pipeline on noisy energies: replica-exchange SGLD, one flow or a ladder of flows trained on its samples, and weights from
 * the energy itself or learned ones (arXiv 2604.05303).
 */
import { z } from 'zod';
import { foldIn, keyFromSeed } from '../engine/random.ts';
import { effectiveSampleSize } from '../estimators/ess.ts';
import { expectations, l2Bias } from '../estimators/expectation.ts';
import { estimateLogZ } from '../estimators/logZ.ts';
import { modeMasses } from '../estimators/modeMass.ts';
import { InputError } from '../errors.ts';
import { storedEstimate, storedFigure } from '../records/figure.ts';
import { weightKindSchema, type NoiseSummary, type Warning, type WeightKindSummary } from '../records/record.ts';
import { pathStepSizes } from '../samplers/resgld.ts';
import { sampleBase } from '../targets/base.ts';
import type { NoisyEvaluator } from '../targets/noisyEvaluator.ts';
import { checkNoisyEnergy, compileNoisyEnergy } from '../targets/noisyEnergy.ts';
import { averagedEnergy } from '../targets/noisyPath.ts';
import type { Target } from '../targets/target.ts';
import type { Truth } from '../targets/truth.ts';
import type { ParameterArray } from '../training/flowMap.ts';
import { architectureOf } from './architectureOf.ts';
import { checkTarget } from './checkTarget.ts';
import type { Ensemble } from './ensemble.ts';
import { EvaluationCount } from './evaluations.ts';
import { judge, truthOf } from './judge.ts';
import { checkStored, type Piece } from './journal.ts';
import { stopping } from './pace.ts';
import { pullBackNoisy, type NoisyFlow } from './noisyChain.ts';
import { runResgld, stageLambdas, type NoisySamples } from './noisySampling.ts';
import { runNoisyStage, stageJson, type NoisyContext, type NoisyStageResult, type NoisyState } from './noisyStage.ts';
import type { PipelineResult } from './pipeline.ts';
import { modeLabels } from './pointValues.ts';
import { float64 } from './samplingPhase.ts';
import type { Settings } from './settings.ts';
import type { SingleStepOptions } from './singleStep.ts';

/** @throws InputError for settings that ask for the energy itself of a target that only has noisy values of it */
export function requireEnergies({ name }: Target, noisy: NoisyEvaluator, { weights, trainingEnergies, controlVariates }: Settings): void {
  if (noisy.full !== null) return;
  const without = `target "${name}" has no energy without noise (give \`energy\` beside \`noise\` where it can be had)`;
  if (weights !== 'learned-stochastic') throw new InputError(`setting weights: ${weights} weights need the energy itself, and ${without}; take weights=learned-stochastic`);
  if (controlVariates) throw new InputError(`setting controlVariates: needs the energy itself, and ${without}; take controlVariates=false`);
  if (trainingEnergies === 'full') throw new InputError(`setting trainingEnergies: full needs the energy itself, and ${without}; take trainingEnergies=draws`);
}

/** Everything that is checked of a noisy target before any work is spent on it. @throws InputError */
export function checkedNoisyEnergy(target: Target, settings: Settings, notice: (message: string) => void = () => undefined): NoisyEvaluator {
  const noisy = compileNoisyEnergy(target, { notice });
  checkNoisyEnergy(target, noisy);
  checkTarget(target, noisy.full);
  requireEnergies(target, noisy, settings);
  return noisy;
}

const ensembleSchema = z.object({ seconds: z.number(), figures: z.array(weightKindSchema) });

/** @throws InputError for a target or settings that cannot be run; Interrupted when asked to stop */
export async function runNoisyPipeline({ target, settings, seed, surroundings, prepareData }: SingleStepOptions): Promise<PipelineResult> {
  const key = keyFromSeed(seed);
  const notices: string[] = [];
  const noisy = checkedNoisyEnergy(target, settings, (message) => notices.push(message));
  const labels = settings.trainingEnergies === 'full' && noisy.full !== null ? noisy.full : averagedEnergy(noisy, settings.energyDraws, foldIn(key, 'labels'));
  const samples = await runResgld({ target, noisy, labels, settings, key: foldIn(key, 'resgld'), surroundings });
  const lambdas = stageLambdas(settings);
  const ladder = lambdas.length > 1;
  const n = ladder ? settings.particles : settings.samples;
  const context: NoisyContext = {
    target, noisy, labels, settings, surroundings, ladder, key: foldIn(key, 'flow'), architecture: architectureOf(target, settings),
    stepSize: (lambda) => pathStepSizes(target.base, [lambda], samples.summary.stepSizes.at(-1) ?? 0)[0],
  };
  const points = new Float64Array(n * target.dimension);
  sampleBase(target.base, foldIn(key, 'particles'), 0, n, points);
  let state: NoisyState = { particles: { points, logWeights: new Float64Array(n) }, lambda: 0, initial: null };
  const stages: NoisyStageResult[] = [];
  const truth = truthOf(target, noisy.full);
  for (const [k, lambda] of lambdas.entries()) {
    const own = samples.at(lambda);
    const stage = await runNoisyStage(context, state, k + 1, lambda, prepareData === undefined ? own : prepareData(own, seed));
    stages.push(stage);
    ({ state } = stage);
  }
  const last = stages[stages.length - 1];
  const { ensemble, figures } = await finishEnsemble(context, stages, truth.truth, last);
  const pause = stopping(surroundings);
  const result = await judge({
    target, energy: noisy.full, tempered: samples, training: last.training, ensemble, energyNotices: notices, truth, pause,
  });
  const noise = noiseSummary(context, samples, stages, figures, result.generation, truth.truth);
  const warnings = [...result.warnings, ...weightWarnings(settings, noise)];
  return {
    result: { ...result, noise, warnings, choice: { generator: ladder ? 'ladder' : 'flow', by: 'setting', reason: ladder ? `${lambdas.length} flows along the settings' list of λ.` : 'Energies that are seen with noise take one flow unless generator=ladder.', oneFlow: null } },
    tempered: samples, ensemble, stages: [],
  };
}

/** The weighted samples as a phase of the run: what the last stage left, with the figures of every kind of weights. */
async function finishEnsemble(context: NoisyContext, stages: readonly NoisyStageResult[], truth: Truth | null, last: NoisyStageResult): Promise<{ ensemble: Ensemble; figures: WeightKindSummary[] }> {
  const { surroundings: { journal, emit, now }, target, settings, architecture } = context;
  const finished = journal.phase('ensemble');
  emit({ kind: 'phase', phase: 'ensemble', resumed: finished !== null });
  if (finished !== null) return storedEnsemble(finished);
  const before = now();
  const { points, logWeights } = last.state.particles;
  const flow: NoisyFlow = { target, architecture, settings, flows: stages.map(({ parameters }): ParameterArray => parameters) };
  const heldOutLogWeights = await pullBackNoisy(flow, last.held);
  const figures = kindFigures(context, stages, truth);
  const [n, d] = [logWeights.length, target.dimension];
  const seconds = stages.reduce((sum, { summary }) => sum + summary.seconds - summary.trainingSeconds, (now() - before) / 1000);
  journal.finishPhase('ensemble', {
    json: { ...stageJson(last, seconds), figures },
    arrays: {
      samples: { dtype: 'float64', shape: [n, d], data: points },
      logWeights: { dtype: 'float64', shape: [n], data: logWeights },
      heldOutLogWeights: { dtype: 'float64', shape: [heldOutLogWeights.length], data: heldOutLogWeights },
    },
  });
  return { ensemble: { samples: points, logWeights, heldOutLogWeights, seconds }, figures };
}

function storedEnsemble({ json, arrays: { samples, logWeights, heldOutLogWeights } }: Piece): { ensemble: Ensemble; figures: WeightKindSummary[] } {
  const { seconds, figures } = checkStored(ensembleSchema, json, 'ensemble');
  return { ensemble: { samples: float64(samples), logWeights: float64(logWeights), heldOutLogWeights: float64(heldOutLogWeights), seconds }, figures };
}

/** Every kind of weights on the samples that it was made for: those of one flow, before anything moved them. */
function kindFigures({ target, settings, ladder }: NoisyContext, stages: readonly NoisyStageResult[], truth: Truth | null): WeightKindSummary[] {
  const last = stages[stages.length - 1];
  return last.kinds.map(({ kind, correlation, deviation, heldOutError, constantError, nonFinite }) => {
    const shared = { kind, cess: stages.map(({ kinds }) => kinds.find((other) => other.kind === kind)?.cess ?? null), correlation, deviation, heldOutError, constantError, nonFinite };
    const { points, logWeights } = last.state.particles;
    if (ladder) {
      const own = kind === settings.weights ? weightedFigures(target, points, logWeights, truth) : { ess: null, bias: null, totalVariation: null, logZ: null, masses: [] };
      return { ...shared, ...own };
    }
    const increments = last.increments.get(kind);
    if (increments === undefined) throw new Error(`no weights of the kind ${kind}`);
    return { ...shared, ...weightedFigures(target, last.pushed.subarray(0, increments.length * target.dimension), increments, truth) };
  });
}

function weightedFigures(target: Target, points: Float64Array, logWeights: Float64Array, truth: Truth | null): Pick<WeightKindSummary, 'ess' | 'bias' | 'totalVariation' | 'logZ' | 'masses'> {
  const { modes, observables, dimension: d } = target;
  const values = expectations(points, d, observables.map(({ value }) => value), logWeights);
  const masses = modes === undefined ? [] : modeMasses(modeLabels(target, points, modes.assign), modes.names.length, logWeights).masses;
  return {
    ess: storedFigure(effectiveSampleSize(logWeights).fraction),
    bias: storedFigure(l2Bias(values.map(({ value }) => value), observables.map((_, k) => truth?.observables[k] ?? null))),
    totalVariation: totalVariation(masses.map(({ value }) => value), truth),
    logZ: storedEstimate(estimateLogZ(logWeights)),
    masses: masses.map(storedEstimate),
  };
}

/** ½ Σ |mass − exact mass|, or null without exact ones. */
function totalVariation(masses: readonly (number | null)[], truth: Truth | null): number | null {
  const exact = truth?.modeMasses ?? null;
  return exact === null || masses.length === 0 ? null : storedFigure(0.5 * masses.reduce<number>((sum, mass, k) => sum + Math.abs((mass ?? 0) - exact[k]), 0));
}

function plainFigures(target: Target, points: Float64Array, masses: readonly (number | null)[], truth: Truth | null): NoiseSummary['input'] {
  const values = expectations(points, target.dimension, target.observables.map(({ value }) => value), null).map(({ value }) => value);
  return { bias: storedFigure(l2Bias(values, target.observables.map((_, k) => truth?.observables[k] ?? null))), totalVariation: totalVariation(masses, truth) };
}

function noiseSummary(
  { target, noisy, settings }: NoisyContext, samples: NoisySamples, stages: readonly NoisyStageResult[], figures: readonly WeightKindSummary[],
  { modes }: PipelineResult['result']['generation'], truth: Truth | null,
): NoiseSummary {
  const evaluations = new EvaluationCount();
  evaluations.add('sampling', { noisy: samples.evaluations, full: samples.fullEvaluations });
  evaluations.add('labels', settings.trainingEnergies === 'full' ? { full: samples.labelled } : { noisy: samples.labelled * settings.energyDraws });
  for (const stage of stages) evaluations.addAll(stage.evaluations);
  const { sum } = target;
  const last = stages[stages.length - 1];
  return {
    kind: sum === undefined ? 'draws' : 'rows',
    rows: sum?.data.rows ?? null,
    batch: sum?.batch ?? null,
    fullEnergy: noisy.full !== null,
    weights: settings.weights,
    sampler: samples.noise,
    input: plainFigures(target, samples.positions, modes.map(({ pt }) => pt.value), truth),
    flow: plainFigures(target, last.state.particles.points, modes.map(({ flow }) => flow.value), truth),
    weightKinds: [...figures],
    stages: stages.map(({ summary }) => summary),
    evaluations: evaluations.summary(noisy.cost),
  };
}

function weightWarnings({ weights }: Settings, { weightKinds, stages }: NoiseSummary): Warning[] {
  const warnings: Warning[] = [];
  if (weights !== 'exact') {
    const own = weightKinds.find(({ kind }) => kind === weights);
    const distance = own?.deviation === null || own?.deviation === undefined ? 'How far they are from exact ones is not known here' : `Their logarithms are ${own.deviation.toPrecision(2)} (standard deviation) from the exact ones`;
    warnings.push({ code: 'learned-weights', severity: 'note', message: `The weights are learned (${weights}): estimates are as right as the networks φ and ψ, and their standard errors do not know of that. ${distance}.` });
  }
  for (const { kind, nonFinite } of weightKinds) if (nonFinite > 0) warnings.push({ code: 'non-finite-energy', severity: 'note', message: `${nonFinite} values of the energy were not finite where ${kind} weights were learned, and are left out there.` });
  const lost = stages.reduce((sum, { nonFinite }) => sum + nonFinite, 0);
  if (lost > 0) warnings.push({ code: 'non-finite-weights', severity: 'warning', message: `${lost} weights are not finite and count as none.` });
  if (stages.some(({ moves }) => moves !== null)) warnings.push({ code: 'unadjusted-moves', severity: 'note', message: 'The samples were moved by Langevin steps without a Metropolis rule (svrg): they are biased in the order of the step size, and their standard errors do not know of that.' });
  return warnings;
}
