/**
 * Rounds of bank, flow and refresh (distil, stir, distil again): where the target is is found first; tempering grows
 * until it is good enough to train on; then in each round a flow is trained on, its samples are weighed, and chains of
 * the bank are moved in its latent space to be the next round's bank, until nothing moves any more or a limit is
 * reached.
 */
import { foldIn, type Key } from '../../engine/random.ts';
import { storedExtended } from '../../records/figure.ts';
import type { RoundsSummary, RoundSummary, TemperingRound } from '../../records/rounds.ts';
import type { TrainingSummary } from '../../records/record.ts';
import { compileEnergy } from '../../targets/compile.ts';
import type { EnergyEvaluator } from '../../targets/energyEvaluator.ts';
import { inwardSamples, outward, outwardSamples, type Frame } from '../../targets/frame.ts';
import type { Mixture } from '../../targets/mixture.ts';
import type { Target } from '../../targets/target.ts';
import type { ParameterArray } from '../../training/flowMap.ts';
import type { TrainingData } from '../../training/trainer.ts';
import type { TemperedSamples } from '../../verdict/samples.ts';
import { splitData, type SplitData } from '../bank/bank.ts';
import type { EnergyView, ViewOf } from '../energies.ts';
import { checkStored, type Surroundings } from '../journal.ts';
import { stopping } from '../pace.ts';
import { phase, within } from '../phase.ts';
import { framedProposal } from '../proposal/framed.ts';
import type { Proposal } from '../proposal/proposal.ts';
import { flowProposal } from '../kinds/oneFlow.ts';
import type { Problem } from '../kinds/kind.ts';
import type { Architecture } from '../../flows/architecture.ts';
import { awaited } from './awaited.ts';
import type { Decision, RoundPlan } from './decide.ts';
import { betterOf, figureOf, isLost } from './kept.ts';
import { flowTarget } from './located.ts';
import { worstRhat } from './growingBank.ts';
import { drawnSamples } from './drawnSamples.ts';
import { refreshedBank, thinned, withDrawn, withFirst, type Parts } from './refreshedBank.ts';
import { decided, decisionSchema, retaken, type StoredDecision } from './retake.ts';
import { figuresOf, isOverfit, triedOn, type FlowFigures, type Judged } from './roundFigures.ts';
import { trainRound, type RoundFlow, type TrunkState } from './roundTraining.ts';
import { roundArchitecture, stepWork, type Structure } from './structure.ts';
import { stir, type Stirred } from './stir.ts';

/** Numbers that a refreshed bank may hold. */
const MOST_NUMBERS = 4e6;
/** Of a round: more would take longer than its training, for chains that have long mixed. */
const MOST_MOVES = 800;
const MIXED = 1.01;
/** Chains that accept fewer independent points have not moved enough to be worth more than what they came from. */
const WORTH_TAKING = 0.1;

/** What the rounds begin with. */
export interface Bank {
  readonly frame: Frame;
  readonly mixture: Mixture | null;
  readonly structure: Structure;
  /** In the target's own coordinates. */
  readonly tempered: TemperedSamples;
  readonly temperings: readonly TemperingRound[];
  readonly evaluations: number;
  /** Seconds that the run has taken so far, whenever asked. */
  readonly seconds: () => number;
  /** null: flows learn the target itself. */
  readonly images: Images | null;
}

/** Where flows learn one representative of each set of like points: what samples are drawn as. */
export interface Images {
  /** A proposal of representatives, summed over their images. */
  readonly proposal: (outer: Proposal) => Proposal;
  /** Representatives as samples of the target itself, with its energies. */
  readonly own: (data: TrainingData) => TrainingData;
}

/** What they leave. */
export interface Rounds {
  readonly architecture: Architecture;
  readonly parameters: ParameterArray;
  readonly training: TrainingSummary;
  readonly proposal: Proposal;
  /** Held-out samples of the target's own coordinates. */
  readonly data: SplitData;
  /** Refreshed chains in the target's own coordinates, with what tempering knows. */
  readonly tempered: TemperedSamples;
  readonly summary: Omit<RoundsSummary, 'search'>;
}

interface Inside {
  readonly problem: Problem;
  /** Samples of a tempering that had mixed, in the flow's coordinates. */
  readonly first: Parts | null;
  readonly frame: Frame;
  readonly framed: Target;
  readonly energy: EnergyEvaluator;
  readonly view: EnergyView;
  readonly key: Key;
}

interface State {
  readonly plan: RoundPlan;
  /** In the flow's coordinates. What flows are judged by, of chains alone. */
  readonly data: SplitData;
  /**
   * More to train on, of the flow before; null: nothing. They have no part in figures: what that flow lacked they lack,
   * and a place that is lost would weigh less among them.
   */
  readonly drawn: TrainingData | null;
  /** Where chains start. */
  readonly points: Float64Array;
  readonly trunk: TrunkState | null;
  readonly rounds: readonly RoundSummary[];
  /** The best round so far. */
  readonly best: Kept | null;
  readonly evaluations: number;
  readonly work: number;
  /** Seconds that the run had taken when the round began. */
  readonly seconds: number;
  /** Of the round before: seconds of its chains. */
  readonly stirSeconds: number;
}

/** What is kept of a round for the run's end. */
interface Kept {
  readonly round: number;
  readonly figure: number;
  readonly architecture: Architecture;
  readonly parameters: ParameterArray;
  readonly training: TrainingSummary;
  readonly trunk: TrunkState;
  readonly inner: Proposal;
  readonly stirred: Stirred;
  /** What its flow was trained on, chosen by and held against. */
  readonly data: SplitData;
}

/** @param viewOf how flows are trained on an energy @throws Interrupted when asked to stop */
export async function runRounds(
  problem: Problem, bank: Bank, viewOf: ViewOf,
): Promise<Rounds> {
  const { target, settings } = problem;
  const { frame, tempered } = bank;
  const framed = flowTarget(target, frame, bank.mixture);
  const { threads } = settings.output;
  const energy = compileEnergy(framed, threads > 0 ? { threads } : {});
  const d = target.dimension;
  const all = problem.prepareData(
    inwardSamples(frame, { samples: tempered.positions, energies: tempered.energies }),
  );
  const data = splitData(all, settings.training.heldOut, d);
  const inside: Inside = {
    problem, first: hasMixed(tempered) ? thinned(data, tempered.summary.effectiveSampleSize ?? 0, d) : null,
    frame, framed, energy, view: viewOf(framed, energy), key: foldIn(problem.key, 'rounds'),
  };
  const { latentMoves, reverseTerm } = settings.rounds;
  let state: State = {
    plan: { growth: 0, steps: 0, moves: latentMoves, reverse: reverseTerm === 'always' }, data, drawn: null,
    points: all.samples, trunk: null, rounds: [], best: null, evaluations: bank.evaluations, work: 0,
    seconds: bank.seconds(), stirSeconds: 0,
  };
  for (let round = 1; ; round++) {
    const done = await oneRound(inside, bank, state, round);
    const best = betterOf(state.best, keptOf(state, done), done.decision.next === null);
    if (done.decision.next === null) return finished(inside, bank, state, done, best);
    state = {
      plan: done.decision.next, data: done.refreshed, drawn: done.drawn, points: lastOf(done.stirred, d),
      trunk: isLost(done.stirred.acceptedIndependent, best.stirred.acceptedIndependent) ? best.trunk : done.trunk,
      rounds: [...state.rounds, done.summary], best, evaluations: done.evaluations, work: done.work,
      seconds: done.seconds, stirSeconds: done.stirred.seconds,
    };
  }
}

const keptOf = (
  { data }: State, { architecture, parameters, training, trunk, inner, stirred, summary }: DoneRound,
): Kept => ({
  round: summary.round, figure: figureOf(summary), architecture, parameters, training, trunk, inner, stirred, data,
});

interface DoneRound {
  readonly architecture: Architecture;
  readonly parameters: ParameterArray;
  readonly training: TrainingSummary;
  readonly trunk: TrunkState;
  readonly inner: Proposal;
  readonly stirred: Stirred;
  readonly refreshed: SplitData;
  readonly drawn: TrainingData | null;
  readonly summary: RoundSummary;
  readonly decision: Decision;
  readonly evaluations: number;
  readonly work: number;
  readonly seconds: number;
}

async function oneRound(inside: Inside, bank: Bank, state: State, round: number): Promise<DoneRound> {
  const { problem: { settings, surroundings, target }, framed, energy, frame } = inside;
  const journal = surroundings.journal.stage(round);
  const here = within(surroundings, journal);
  const key = foldIn(inside.key, round);
  const d = target.dimension;
  const { data } = state;
  const architecture = roundArchitecture(framed, settings.flow, bank.structure, state.plan.growth);
  surroundings.emit(awaited(
    { round, plan: state.plan, before: state.rounds, stirSeconds: state.stirSeconds, spent: bank.seconds() },
    settings.rounds,
  ));
  const flow = await trainedIn(inside, state, architecture, { key, here });
  const { parameters } = flow;
  const plan = { ...state.plan, reverse: flow.reverse };
  const inner = proposalOf(inside, architecture, parameters);
  const chains = Math.min(settings.rounds.latentChains, data.all.energies.length);
  // Half of the moves are kept, and every fourth of those.
  const moves = Math.min(plan.moves, MOST_MOVES, Math.max(64, Math.floor((8 * MOST_NUMBERS) / d / chains)));
  const stirred = await stir({
    target: { base: framed.base, energy, parameters }, architecture, network: settings.output, points: state.points,
    chains, moves, outward: (z, n) => outward(frame, z, n), domain: target.domain, key: foldIn(key, 'stir'),
    surroundings: here,
  });
  const theta = plan.reverse ? settings.training.theta : 0;
  const perStep = stepWork(architecture, { ...settings.training, theta });
  const work = state.work + 1.5 * plan.steps * perStep;
  const stored = await phase(here, 'attempts', {
    read: ({ json }) => checkStored(decisionSchema, json, 'figures of a round'),
    compute: async () => {
      const { figures, evaluations: own } = await figuresOf(
        judgedAs(inner, frame, bank.images), data, d, key, stopping(surroundings),
      );
      const evaluations = state.evaluations + chains * (moves + 1) + own;
      const value = decidedOn(
        inside, bank, state, { round, plan, architecture, stirred, figures, work, evaluations, theta, perStep },
      );
      surroundings.emit({ kind: 'note', message: told(value.summary) });
      return { value, piece: { json: value, arrays: {} } };
    },
  });
  const decision = retaken(state.rounds, stored, settings.rounds);
  if (decision.summary.reason !== stored.summary.reason) {
    journal.finishPhase('attempts', { json: decision, arrays: {} });
    surroundings.emit({ kind: 'note', message: told(decision.summary) });
  }
  const { next, summary, basis } = decision;
  const refreshed = (stirred.acceptedIndependent ?? 0) < WORTH_TAKING ? data
    : withFirst(refreshedBank(stirred, d, round), inside.first, d);
  // Of like particles the flow knows one of each set of like points, and not how often the others are drawn.
  const byHeart = [...state.rounds, summary].some(({ overfit }) => isOverfit(overfit));
  const drawn = next !== null && byHeart && bank.images === null
    ? await drawnSamples(inner, energy, summary.ess ?? 0, key, stopping(surroundings)) : null;
  return {
    architecture, parameters, training: flow.summary, trunk: flow.trunk, inner, stirred, summary, work,
    evaluations: basis.spent.evaluations + (drawn?.evaluations ?? 0), seconds: basis.spent.seconds,
    decision: { reason: summary.reason, next },
    refreshed, drawn: drawn?.data ?? null,
  };
}

/** In standard units. */
const proposalOf = (
  { problem: { settings: { output } }, framed, energy }: Inside, architecture: Architecture, parameters: ParameterArray,
): Proposal => flowProposal(
  { target: framed, architecture, stages: [{ lambda: 1, parameters, stepSize: 0 }], output }, energy,
);

function trainedIn(
  inside: Inside, { plan: { reverse, steps }, data, drawn, trunk }: State, architecture: Architecture,
  { key, here }: { readonly key: Key; readonly here: Surroundings },
): Promise<RoundFlow> {
  const { problem: { settings, surroundings, target }, view } = inside;
  return trainRound({
    architecture, settings, reverse, energies: view.training(0, 1, null), steps,
    data: drawn === null ? data : withDrawn(data, drawn, target.dimension), before: trunk, key,
    surroundings: here,
    tried: settings.training.theta > 0 ? (parameters) => triedOn(
      proposalOf(inside, architecture, parameters), data, target.dimension, stopping(surroundings),
    ) : null,
  });
}

/** @param inner in standard units */
function judgedAs(inner: Proposal, frame: Frame, images: Images | null): Judged {
  const outer = framedProposal(inner, frame);
  if (images === null)
    return { proposal: outer, pullBack: (points, pause) => inner.pullBack(points, pause), ofImages: false };
  const proposal = images.proposal(outer);
  return {
    proposal, ofImages: true,
    pullBack: (points, pause) => proposal.pullBack(images.own(outwardSamples(frame, points)), pause),
  };
}

interface RoundOutcome {
  readonly round: number;
  readonly plan: RoundPlan;
  readonly architecture: Architecture;
  readonly stirred: Stirred;
  readonly figures: FlowFigures;
  readonly work: number;
  readonly evaluations: number;
  readonly theta: number;
  readonly perStep: number;
}

/** The figures of a round, and whether there is a further one. */
function decidedOn(
  { problem: { settings } }: Inside, bank: Bank, state: State,
  { round, plan, architecture, stirred, figures, work, evaluations, theta, perStep }: RoundOutcome,
): StoredDecision {
  const seconds = bank.seconds();
  const summary = {
    ...figures, round, layers: architecture.masks.length, steps: plan.steps, theta,
    seconds: seconds - state.seconds,
    accepted: stirred.accepted, acceptedIndependent: stirred.acceptedIndependent,
    splitRhat: storedExtended(worstRhat(stirred.mixing.splitRhat)), doubt: null,
  };
  const basis = {
    plan, bankMixed: hasMixed(bank.tempered),
    spent: { seconds, evaluations, work }, stepWork: perStep,
  };
  return decided(state.rounds, { summary, basis }, settings.rounds);
}

const percent = (value: number | null): string => `${(100 * (value ?? Number.NaN)).toFixed(1)} %`;

const told = ({ round, ess, forwardEss, logZ, acceptedIndependent, splitRhat, reason }: RoundSummary): string =>
  `round ${round}: ESS ${percent(ess)} (on samples ${percent(forwardEss)}), log Z ${(logZ.value ?? NaN).toFixed(4)} ± `
    + `${(logZ.standardError ?? NaN).toFixed(4)}, moves accepted ${percent(acceptedIndependent)}, R-hat `
    + `${Number(splitRhat).toFixed(3)}; ${reason}`;

/** Where the chains are at the end. [chains, d] */
const lastOf = ({ positions, chains }: Stirred, d: number): Float64Array =>
  positions.slice(positions.length - chains * d);

const hasMixed = ({ summary }: TemperedSamples): boolean => worstRhat(summary.splitRhat) <= MIXED;

/** In the target's own coordinates. */
function ownCoordinates({ all, ...parts }: SplitData, frame: Frame): SplitData {
  const moved = (data: TrainingData): TrainingData => outwardSamples(frame, data);
  return {
    all: moved(all), training: moved(parts.training), validation: moved(parts.validation), test: moved(parts.test),
  };
}

function finished({ problem, frame }: Inside, bank: Bank, state: State, done: DoneRound, kept: Kept): Rounds {
  const { settings } = problem;
  const { summary, evaluations } = done;
  const { stirred, inner, architecture, parameters, training, data, round } = kept;
  const draws = stirred.energies.length / stirred.chains;
  const refreshed = outwardSamples(frame, { samples: stirred.positions, energies: stirred.energies });
  const { summary: tempering, warnings } = bank.tempered;
  const mixed = hasMixed(bank.tempered);
  return {
    architecture, parameters, training, proposal: framedProposal(inner, frame),
    // Samples that neither the flow nor its choice has seen: those that it refreshed, apart from its own training.
    data: ownCoordinates(data, frame),
    tempered: {
      positions: refreshed.samples, energies: refreshed.energies,
      summary: {
        ...tempering, ...stirred.mixing, ladders: stirred.chains, rounds: draws, samples: stirred.energies.length,
        logZ: mixed ? tempering.logZ : null,
      },
      // What tempering lacked in mixing, refresh has mended or shows itself.
      warnings: warnings.filter(({ code }) => !MENDED.has(code)),
    },
    summary: {
      temperings: [...bank.temperings], rounds: [...state.rounds, summary], kept: round, evaluations,
      wanted: { ess: settings.rounds.untilEss, logZ: settings.rounds.untilLogZ, error: settings.rounds.untilError },
    },
  };
}

const MENDED: ReadonlySet<string> = new Set(['ladders-disagree', 'few-samples', 'mixing-unknown']);

