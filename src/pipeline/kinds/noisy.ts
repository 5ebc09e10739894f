/**
 * Energies that are seen with noise: replica-exchange SGLD, one flow or a ladder of flows trained on its samples, and
 * weights from the energy itself or learned ones (arXiv 2604.05303).
 */
import { foldIn } from '../../engine/random.ts';
import { InputError } from '../../errors.ts';
import { pathStepSizes } from '../../samplers/resgld.ts';
import { fixedLambdas } from '../../settings/lambdas.ts';
import { threadsOf } from '../../settings/output.ts';
import type { Settings } from '../../settings/settings.ts';
import type { WeightKind } from '../../settings/weights.ts';
import { sampleBase } from '../../targets/base.ts';
import { compileEnergy } from '../../targets/compile.ts';
import type { EnergyEvaluator } from '../../targets/energyEvaluator.ts';
import type { NoisyEvaluator } from '../../targets/noisyEvaluator.ts';
import { checkNoisyEnergy, compileNoisyEnergy } from '../../targets/noisyEnergy.ts';
import type { Target } from '../../targets/target.ts';
import { truthOf } from '../../verdict/judge.ts';
import { someOf } from '../bank/bank.ts';
import { resgldBank, runResgld, type ResgldSamples } from '../bank/resgld.ts';
import { noisyLabels } from '../../targets/storedEnergies.ts';
import { checkTarget } from '../../targets/checkTarget.ts';
import type { PipelineResult } from '../choice.ts';
import { noisyView } from '../energies.ts';
import type { Journal } from '../journal.ts';
import type { Moves } from '../moves/moves.ts';
import { svrgMoves } from '../moves/svrg.ts';
import { drawNoisy, type NoisyDraws } from '../noise/draw.ts';
import { NoisyStages, readNoisyStage, type NoisyStage } from '../noise/stages.ts';
import { kindSummary, learnedDoubts, noiseSummary, weightNotes } from '../noise/summary.ts';
import { chainProposal } from '../proposal/chain.ts';
import type { Proposal } from '../proposal/proposal.ts';
import { architectureOf } from '../transport/architecture.ts';
import type { Climb } from '../transport/climb.ts';
import type { StageMoves, StagePlan } from '../transport/context.ts';
import { storedFlow } from '../transport/training.ts';
import type { Transport, TransportStage } from '../transport/transport.ts';
import { endsWeigher } from '../weigh/exact.ts';
import { learnedKinds, learnedWeigher, MOST_PAIRS, storedFit } from '../weigh/learned.ts';
import type { Weigher } from '../weigh/weigher.ts';
import { phasesIn, type FinishedRun, type Kind, type Problem } from './kind.ts';
import { judgeWay, resultOf, travel, type Way } from './way.ts';

/** Moves take this share of the sampler's step: less bias than a step of the sampler's size would leave. */
const MOVE_STEP = 0.25;

/** λ of the stages: a single one for one flow. */
const lambdasOf = ({ ladder }: Settings): number[] =>
  (ladder.generator === 'ladder' ? (fixedLambdas(ladder) ?? [1]) : [1]);

/** @throws InputError for settings that ask for the energy itself of a target that only has noisy values of it */
export function requireEnergies({ name }: Target, noisy: NoisyEvaluator, { weights, noise }: Settings): void {
  if (noisy.full !== null) return;
  const without = `target "${name}" has no energy without noise (give \`energy\` beside \`noise\` where it can be had)`;
  if (weights.kind !== 'learned-stochastic') throw new InputError(
    `setting weights: ${weights.kind} weights need the energy itself, and ${without}; take weights=learned-stochastic`,
  );
  if (noise.controlVariates) throw new InputError(
    `setting controlVariates: needs the energy itself, and ${without}; take controlVariates=false`,
  );
  if (noise.trainingEnergies === 'full') throw new InputError(
    `setting trainingEnergies: full needs the energy itself, and ${without}; take trainingEnergies=draws`,
  );
}

/** Everything that is checked of a noisy target before any work is spent on it. @throws InputError */
function checkedNoisyEnergy(
  target: Target, settings: Settings, notice: (message: string) => void = () => undefined,
): NoisyEvaluator {
  const noisy = compileNoisyEnergy(target, { notice, threads: threadsOf(settings.output) });
  checkNoisyEnergy(target, noisy);
  checkTarget(target, noisy.full);
  requireEnergies(target, noisy, settings);
  return noisy;
}

async function run(problem: Problem): Promise<PipelineResult> {
  const { target, settings, key, surroundings } = problem;
  const { noise, sampling, ladder, weights } = settings;
  const notices: string[] = [];
  const noisy = checkedNoisyEnergy(target, settings, (message) => notices.push(message));
  const labelsFrom = (first: number): EnergyEvaluator => noisyLabels(noisy, noise, key, first);
  const lambdas = lambdasOf(settings);
  const samples = await runResgld({
    target, noisy, labelsFrom, sampling, noise, lambdas, stageSamples: ladder.stageSamples, key: foldIn(key, 'resgld'),
    surroundings,
  });
  const travelled = await travel(noisyWay(problem, noisy, labelsFrom(0), samples, lambdas));
  const { drawn, climbed } = travelled;
  const own = drawn.kinds.find(({ kind }) => kind === weights.kind);
  if (own === undefined) throw new Error(`no weights of the kind ${weights.kind}`);
  const truth = truthOf(target, noisy.full);
  const exact = weights.kind === 'exact';
  const judged = await judgeWay(problem, samples, travelled, {
    energy: noisy.full, energyNotices: notices, truth, more: learnedDoubts(own),
    // Held-out samples are weighed with the energy itself; only exact weights can be held against those.
    exactHeldOut: noisy.full !== null && exact,
    // A search costs evaluations of the whole energy, which other kinds of weights are there to spare.
    searchWells: exact,
  });
  const isLadder = lambdas.length > 1;
  const stages = stagesOf(climbed, surroundings.journal);
  const context = { target, noisy, settings, ladder: isLadder };
  const figures = drawn.kinds.map((kind) => kindSummary(kind, context, stages, judged.support, truth.truth));
  const moved = goesOn(settings) ? climbed.particles : null;
  const summary = noiseSummary(context, samples, stages, moved, drawn, figures, judged.result.generation, truth.truth);
  const reason = isLadder ? `${lambdas.length} flows along the settings' list of λ.`
    : 'Energies that are seen with noise take one flow unless generator=ladder.';
  const outcome = resultOf(judged, samples, travelled, {
    stages: [], choice: { generator: isLadder ? 'ladder' : 'flow', by: 'setting', reason, oneFlow: null },
  });
  const warnings = [...outcome.result.warnings, ...weightNotes(weights.kind, summary)];
  return { ...outcome, result: { ...outcome.result, noise: summary, warnings } };
}

/** Whether the particles of one flow go on: else they only make pairs for φ, ψ to learn from. */
const goesOn = ({ noise, ladder }: Settings): boolean => noise.svrg && ladder.rejuvenation > 0;

/** What the stages told; of one flow whose samples were drawn in an earlier session, what was kept with them. */
function stagesOf({ summaries }: Climb<NoisyStage>, journal: Journal): readonly NoisyStage[] {
  if (summaries.length > 0) return summaries;
  const kept = journal.phase('ensemble');
  return kept === null ? [] : [readNoisyStage(kept.json, 'ensemble')];
}

function noisyWay(
  problem: Problem, noisy: NoisyEvaluator, labels: EnergyEvaluator, samples: ResgldSamples, lambdas: readonly number[],
): Way<NoisyStage, NoisyDraws> {
  const { target, settings, surroundings, prepareData } = problem;
  const { training } = settings;
  const key = foldIn(problem.key, 'flow');
  const ladder = lambdas.length > 1;
  const n = ladder ? settings.ladder.particles : Math.min(MOST_PAIRS, settings.output.samples);
  const points = new Float64Array(n * target.dimension);
  sampleBase(target.base, foldIn(problem.key, 'particles'), 0, n, points);
  const on = ladder || goesOn(settings);
  // The pairs of one flow are of no more use once its samples are drawn.
  const idle = !on && surroundings.journal.phase('ensemble') !== null;
  const own = new NoisyStages({ target, noisy, settings, surroundings, ladder, goesOn: on });
  const architecture = architectureOf(target, settings.flow);
  const bank = resgldBank(samples, training.heldOut, target.dimension, prepareData);
  const transport = (stages: readonly TransportStage[]): Transport =>
    ({ target, architecture, stages, output: settings.output });
  return {
    particles: idle ? null : { points, logWeights: new Float64Array(n) },
    context: {
      target, architecture, settings, surroundings, bank, view: noisyView(target, noisy, labels),
      weighing: own.weighing, account: own.account, plan: planOf(problem, lambdas, on),
      moves: goesOn(settings) ? noisyMoves(problem, noisy, samples, own, ladder) : null,
    },
    proposal: ({ stages }) => exactEnds(transport(stages), noisy.full),
    draw: ({ transport: flows }, { summaries }) => {
      const { training: seen, test } = bank.sample(1, key);
      const last = summaries.at(-1) ?? null;
      return drawNoisy({
        target, noisy, settings, transport: flows, weighers: weighersOf(problem, noisy, flows), heldOut: test,
        seen: someOf(seen, test.energies.length, target.dimension), last, key, surroundings,
      });
    },
    dispose: () => undefined,
  };
}

function planOf(
  { settings, surroundings: { journal }, key }: Problem, lambdas: readonly number[], on: boolean
): StagePlan {
  const ladder = lambdas.length > 1;
  const streams = foldIn(key, 'flow');
  return {
    lambdas, folder: (index) => (ladder ? journal.stage(index) : journal),
    label: (index) => (ladder ? ` of stage ${index}` : ''), keeps: ladder ? 'particles' : on ? 'moved' : null,
    keepsSamples: false, fromBase: true, trainingSteps: ladder ? settings.ladder.stageSteps : settings.training.steps,
    stageKey: (index) => foldIn(foldIn(streams, 'stage'), index), sourceKey: (stage) => foldIn(stage, 'training'),
    trainingKey: (stage) => foldIn(stage, 'training'), share: (lambda) => lambda,
    noWeight: (index, lambda, what) => new InputError(
      `stage ${index} (λ = ${lambda.toPrecision(4)}): no sample has a weight above zero ${what}; take a base `
        + 'that covers '
        + 'the target, or more stages', { exitCode: 1 },
    ),
  };
}

/** Langevin steps with variance-reduced gradients. */
function noisyMoves(
  { target, settings: { ladder, noise } }: Problem, noisy: NoisyEvaluator, samples: ResgldSamples, own: NoisyStages,
  isLadder: boolean,
): StageMoves {
  const last = samples.summary.stepSizes.at(-1) ?? 0;
  const draws = { refresh: noise.svrgRefresh, draws: noise.energyDraws };
  const moves: Moves = svrgMoves(noisy, target.base, draws, ({ noisyEvaluations, fullEvaluations }) =>
    own.count.add(isLadder ? 'moves' : 'comparison', { noisy: noisyEvaluations, full: fullEvaluations }));
  return {
    moves, steps: ladder.rejuvenation,
    stepSize: (lambda) => (ladder.rejuvenationStepSize > 0 ? ladder.rejuvenationStepSize
      : MOVE_STEP * pathStepSizes(target.base, [lambda], last)[0]),
  };
}

/** Weights of every kind that is asked for: from the energy, and from what the stages have stored of φ, ψ. */
function weighersOf(
  { settings: { weights }, target, surroundings: { journal } }: Problem, noisy: NoisyEvaluator, transport: Transport,
): Map<WeightKind, Weigher> {
  const weighers = new Map<WeightKind, Weigher>();
  const { length } = transport.stages;
  const wanted = (kind: WeightKind): boolean => kind === weights.kind || weights.compared > 0;
  if (noisy.full !== null && wanted('exact')) {
    weighers.set('exact', endsWeigher(target.base, compileEnergy(target), length));
  }
  for (const kind of learnedKinds) {
    if (!wanted(kind) || (kind === 'learned-full' && noisy.full === null)) continue;
    const fits = transport.stages.map((_, k) => {
      const place = phasesIn(length > 1 ? journal.stage(k + 1) : journal);
      return storedFit(target.dimension, weights, place.phase(kind)).fitted;
    });
    weighers.set(kind, learnedWeigher(fits, weights.residual));
  }
  return weighers;
}

/** With the energy itself at both ends; without one, only points whose energies are given can be weighed. */
const exactEnds = (transport: Transport, energy: EnergyEvaluator | null): Proposal => chainProposal({
  transport, baseKey: (key) => foldIn(key, 'base'),
  weigher: (points) => endsWeigher(transport.target.base, points?.energies ?? energy, transport.stages.length),
});

/** Weights from the energy itself where it can be had, else as the run learned them. */
function proposal({ target, settings, result: { noise }, stored }: FinishedRun): Proposal {
  if (noise === null) throw new Error('a run on noisy energies without an account of the noise');
  const architecture = architectureOf(target, settings.flow);
  const isLadder = noise.stages.length > 1;
  const places = noise.stages.map(({ stage }) => (isLadder ? stored.stage(stage) : stored));
  const stages = places.map((place, k): TransportStage => {
    const label = isLadder ? ` of stage ${noise.stages[k].stage}` : '';
    const parameters = storedFlow(architecture, settings.output.precision, place.phase('flow'), label);
    return { lambda: noise.stages[k].lambda, parameters, stepSize: 0 };
  });
  const transport = { target, architecture, stages, output: settings.output };
  if (noise.fullEnergy) return exactEnds(transport, compileEnergy(target));
  const fits = places.map((place) =>
    storedFit(target.dimension, settings.weights, place.phase('learned-stochastic')).fitted);
  const { residual } = settings.weights;
  const baseKey = (key: Problem['key']): Problem['key'] => foldIn(key, 'base');
  return chainProposal({ transport, baseKey, weights: 'learned', weigher: () => learnedWeigher(fits, residual) });
}

export const noisyKind: Kind = {
  name: 'noisy',
  is: (_target, { sampling }) => sampling.sampler === 'resgld',
  check: (target, settings) => { checkedNoisyEnergy(target, settings); },
  run,
  proposal,
};
