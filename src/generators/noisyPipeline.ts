/**
 * The pipeline on noisy energies: replica-exchange SGLD, one flow or a ladder of flows trained on its samples, and
 * weights from
 * the energy itself or learned ones (arXiv 2604.05303).
 */
import { foldIn, keyFromSeed } from '../engine/random.ts';
import { InputError } from '../errors.ts';
import { pathStepSizes } from '../samplers/resgld.ts';
import { sampleBase } from '../targets/base.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import type { NoisyEvaluator } from '../targets/noisyEvaluator.ts';
import { checkNoisyEnergy, compileNoisyEnergy } from '../targets/noisyEnergy.ts';
import type { Target } from '../targets/target.ts';
import { architectureOf } from './architectureOf.ts';
import { checkTarget } from './checkTarget.ts';
import { judge, truthOf } from './judge.ts';
import { MOST_PAIRS } from './learnedWeights.ts';
import { kindSummary, learnedDoubts, noiseSummary, weightNotes } from './noiseSummary.ts';
import { pullBackNoisy } from './noisyChain.ts';
import { finishEnsemble, flowOf } from './noisyEnsemble.ts';
import { runResgld, stageLambdas } from './noisySampling.ts';
import { runNoisyStage, type NoisyContext, type NoisyStageResult, type NoisyState } from './noisyStage.ts';
import { stopping } from './pace.ts';
import type { PipelineResult } from './pipeline.ts';
import type { Settings } from './settings.ts';
import type { SingleStepOptions } from './singleStep.ts';
import { noisyLabels } from './storedEnergies.ts';

/** @throws InputError for settings that ask for the energy itself of a target that only has noisy values of it */
export function requireEnergies(
  { name }: Target, noisy: NoisyEvaluator, { weights, trainingEnergies, controlVariates }: Settings
): void {
  if (noisy.full !== null) return;
  const without = `target "${name}" has no energy without noise (give \`energy\` beside \`noise\` where it can be had)`;
  if (weights !== 'learned-stochastic') throw new InputError(
    `setting weights: ${weights} weights need the energy itself, and ${without}; take weights=learned-stochastic`
  );
  if (controlVariates) throw new InputError(
    `setting controlVariates: needs the energy itself, and ${without}; take controlVariates=false`
  );
  if (trainingEnergies === 'full') throw new InputError(
    `setting trainingEnergies: full needs the energy itself, and ${without}; take trainingEnergies=draws`
  );
}

/** Everything that is checked of a noisy target before any work is spent on it. @throws InputError */
export function checkedNoisyEnergy(
  target: Target, settings: Settings, notice: (message: string) => void = () => undefined
): NoisyEvaluator {
  const noisy = compileNoisyEnergy(target, { notice });
  checkNoisyEnergy(target, noisy);
  checkTarget(target, noisy.full);
  requireEnergies(target, noisy, settings);
  return noisy;
}

/** @throws InputError for a target or settings that cannot be run; Interrupted when asked to stop */
export async function runNoisyPipeline(
  { target, settings, seed, surroundings, prepareData }: SingleStepOptions
): Promise<PipelineResult> {
  const key = keyFromSeed(seed);
  const notices: string[] = [];
  const noisy = checkedNoisyEnergy(target, settings, (message) => notices.push(message));
  const labels = noisyLabels(noisy, settings, key);
  const labelsFrom = (first: number): EnergyEvaluator => noisyLabels(noisy, settings, key, first);
  const sampling = { target, noisy, labels, labelsFrom, settings, surroundings };
  const samples = await runResgld({ ...sampling, key: foldIn(key, 'resgld') });
  const lambdas = stageLambdas(settings);
  const ladder = lambdas.length > 1;
  const n = ladder ? settings.particles : Math.min(MOST_PAIRS, settings.samples);
  const context: NoisyContext = {
    target, noisy, labels, settings, surroundings, ladder, key: foldIn(key, 'flow'),
    architecture: architectureOf(target, settings),
    stepSize: (lambda) => pathStepSizes(target.base, [lambda], samples.summary.stepSizes.at(-1) ?? 0)[0],
  };
  const points = new Float64Array(n * target.dimension);
  sampleBase(target.base, foldIn(key, 'particles'), 0, n, points);
  let state: NoisyState = { particles: { points, logWeights: new Float64Array(n) }, lambda: 0, initial: null };
  const stages: NoisyStageResult[] = [];
  for (const [k, lambda] of lambdas.entries()) {
    const own = samples.at(lambda);
    const stage =
      await runNoisyStage(context, state, k + 1, lambda, prepareData === undefined ? own : prepareData(own, seed));
    stages.push(stage);
    ({ state } = stage);
  }
  const truth = truthOf(target, noisy.full);
  const finished = await finishEnsemble(context, stages);
  const { ensemble, kinds, exactHeldOut } = finished;
  const own = kinds.find(({ kind }) => kind === settings.weights);
  if (own === undefined) throw new Error(`no weights of the kind ${settings.weights}`);
  const last = stages[stages.length - 1];
  const flow = flowOf(context, stages);
  const pause = stopping(surroundings);
  const { result, support } = await judge({
    target, energy: noisy.full, tempered: samples, training: last.training, ensemble, energyNotices: notices, truth,
    key: foldIn(key, 'verdict'),
    // A search costs evaluations of the whole energy, which other kinds of weights are there to spare.
    pullBack: settings.weights === 'exact' ? (at, energies) =>
      pullBackNoisy(flow, { samples: at, energies }, pause) : null,
    more: learnedDoubts(own), exactHeldOut, pause,
  });
  const figures = kinds.map((kind) => kindSummary(kind, context, stages, support, truth.truth));
  const noise = noiseSummary(context, samples, stages, finished, figures, result.generation, truth.truth);
  const reason = ladder ? `${lambdas.length} flows along the settings' list of λ.`
    : 'Energies that are seen with noise take one flow unless generator=ladder.';
  return {
    result: { ...result, noise, warnings: [...result.warnings, ...weightNotes(settings, noise)], choice: {
      generator: ladder ? 'ladder' : 'flow', by: 'setting', reason, oneFlow: null
    } },
    tempered: samples, ensemble, stages: [],
  };
}
