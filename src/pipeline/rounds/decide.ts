/** Whether a round was enough, and if not, what the next one does otherwise. */
import { extendedValue } from '../../records/figure.ts';
import type { RoundSummary } from '../../records/rounds.ts';
import type { RoundsSettings } from '../../settings/rounds.ts';
import { betterOf, figureOf } from './kept.ts';
import { isOverfit } from './roundFigures.ts';

/** R̂ of chains that stand still. */
const STILL_RHAT = 1.01;
/** Standard errors that log Z may move by between rounds. */
const STILL_LOG_Z = 4;
/**
 * A gain in ESS over the best before of less than this is none. Once the ESS is good, one round that gains less than
 * twice that is the last: the next one would take 1.6 times as long for less still.
 */
const NO_GAIN = 0.02;
const GOOD = 0.8;
/** Of a base alone: where the first training gains nothing on that, the next ones will not. */
const EXCELLENT = 0.85;
/** Below that, one of less than this asks for a larger flow. */
const SLOW = 0.05;
/** Of the ESS before. */
const WORSE = 0.5;
/** Below the best ESS, by so much. */
const FALLEN = 0.1;
/** Trained rounds that a rise is told from: two differ as a short training and a longer one do. */
const RISE = 3;
/** Rounds from where on a poor ESS may have stopped rising too, if two have gained nothing. */
const MANY = 5;
/** Doubts about final samples that further rounds are made for: what those have not mended, more will not. */
const MOST_DOUBTS = 2;
/** Moves of a round over those of the one before. */
const MORE_MOVES = 1.6;

/** What a round is made with. */
export interface RoundPlan {
  /** How often the flow has grown. */
  readonly growth: number;
  readonly steps: number;
  readonly moves: number;
  /**
   * Whether its flow learns from the energy too. That costs as much again as learning from samples, and pays where
   * these are too few for what there is to be learned.
   */
  readonly reverse: boolean;
}

export interface Decision {
  readonly reason: string;
  /** null: no further round. */
  readonly next: RoundPlan | null;
}

export interface Spent {
  readonly seconds: number;
  readonly evaluations: number;
  /** Operations of training. */
  readonly work: number;
}

export interface Progress {
  /** All rounds so far, this one last. */
  readonly rounds: readonly Omit<RoundSummary, 'reason'>[];
  readonly plan: RoundPlan;
  /** Whether the tempering that the first round was trained on had mixed. */
  readonly bankMixed: boolean;
  readonly spent: Spent;
  /** Operations of a training step of this round. */
  readonly stepWork: number;
}

const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;

export function decide(progress: Progress, settings: RoundsSettings): Decision {
  const { rounds, plan } = progress;
  const last = rounds[rounds.length - 1];
  const ess = last.ess ?? 0;
  const still = standsStill(progress);
  const doubted = last.doubt !== null && rounds.filter(({ doubt }) => doubt !== null).length <= MOST_DOUBTS
    && !gainsNothing(rounds, settings);
  if (ess >= settings.untilEss && still === null && !doubted)
    return { reason: `enough: the ESS is ${percent(ess)}, and nothing moves any more`, next: null };
  const end = limitOf(progress, settings) ?? (doubted ? null : stalled(progress, settings));
  const rest = still === null ? '' : `; ${still}`;
  if (end !== null) return { reason: `${end}, at ${endingWith(rounds)}${rest}`, next: null };
  const before = rounds.at(-2)?.ess ?? null;
  const overfit = isOverfit(last.overfit);
  // A base that is good enough by itself needs no training, but chains that have moved for longer.
  const alone = plan.steps === 0 && ess >= settings.untilEss && isCovered(last) && !doubted;
  // The first training may need more steps, unless it has made things worse: the flow cannot be what it should.
  const judged = rounds.length > 2 || ess < WORSE * (before ?? 0);
  const slow = before !== null && judged && ess - before < SLOW && ess < Math.min(GOOD, settings.untilEss);
  const next = {
    growth: plan.growth + (slow && !overfit ? 1 : 0),
    steps: alone ? 0 : plan.steps === 0 ? settings.firstSteps : Math.round(settings.roundGrowth * plan.steps),
    moves: Math.round((overfit || alone ? MORE_MOVES ** 2 : MORE_MOVES) * plan.moves),
    reverse: plan.reverse,
  };
  const why = doubted ? 'the final samples are in doubt'
    : ess < settings.untilEss ? `the ESS is ${percent(ess)}` : still;
  const how = alone ? 'more moves' : plan.steps === 0 ? 'training'
    : overfit ? 'more samples' : slow ? 'more layers' : 'more steps';
  return { reason: `going on with ${how}: ${why}`, next };
}

/** The round that a run would end with now. */
function endingOf(rounds: Progress['rounds']): Progress['rounds'][number] {
  const last = rounds[rounds.length - 1];
  return rounds.map((round) => ({ round, figure: figureOf(round) }))
    .reduce((before, next) => betterOf(before, next, next.round === last)).round;
}

/** The ESS that a run ends with, and which round's it is where that is not the last. */
function endingWith(rounds: Progress['rounds']): string {
  const [last, round] = [rounds[rounds.length - 1], endingOf(rounds)];
  return `an ESS of ${percent(round.ess ?? 0)}${round === last ? '' : ` in round ${round.round}`}`;
}

type Weighed = Pick<RoundSummary, 'tail' | 'beyond' | 'logZ'>;
const isHeavy = ({ tail }: Weighed): boolean => tail !== 'sound';
const isBeyond = ({ beyond, logZ }: Weighed): boolean => beyond > (logZ.standardError ?? 0);
/** Whether weights are light and no samples lie beyond them. */
const isCovered = (round: Weighed): boolean => !isHeavy(round) && !isBeyond(round);

/** What still moves; null for nothing. */
function standsStill({ rounds, bankMixed }: Progress): string | null {
  const last = rounds[rounds.length - 1];
  const rhat = extendedValue(last.splitRhat);
  if (!(rhat <= STILL_RHAT)) return `the chains disagree (R-hat ${rhat.toFixed(3)})`;
  if (isHeavy(last)) return `the weights have a heavy tail (Pareto k-hat ${extendedValue(last.paretoK).toFixed(2)})`;
  if (isBeyond(last)) return `${percent(last.beyond)} of samples lie beyond every weight`;
  const before = rounds.at(-2);
  if (before === undefined) return bankMixed ? null : 'tempering had not mixed';
  const gap = Math.abs((last.logZ.value ?? NaN) - (before.logZ.value ?? NaN));
  const error = Math.hypot(last.logZ.standardError ?? NaN, before.logZ.standardError ?? NaN);
  return gap <= STILL_LOG_Z * error ? null : `log Z has moved by ${gap.toPrecision(2)}`;
}

/** Which limit is reached; null for none. */
function limitOf({ rounds, spent, plan, stepWork }: Progress, settings: RoundsSettings): string | null {
  const { budgetSeconds, budgetEvaluations, budgetWork, mostRounds, roundGrowth } = settings;
  if (rounds.length >= mostRounds) return `${mostRounds} rounds are over (mostRounds)`;
  if (budgetSeconds > 0 && spent.seconds >= budgetSeconds) return `${budgetSeconds} seconds are over (budgetSeconds)`;
  if (budgetEvaluations > 0 && spent.evaluations >= budgetEvaluations)
    return `${budgetEvaluations} energy evaluations are done (budgetEvaluations)`;
  // With its anneal a round has half as many steps again.
  const nextWork = 1.5 * stepWork * (plan.steps === 0 ? settings.firstSteps : roundGrowth * plan.steps);
  return spent.work + nextWork > 1e9 * budgetWork ? 'the training that was planned for is done (budgetWork)' : null;
}

const hasBudget = ({ budgetSeconds, budgetEvaluations }: RoundsSettings): boolean =>
  budgetSeconds > 0 || budgetEvaluations > 0;

/** Whether the base alone is so good that training has not made it better. */
function gainsNothing(rounds: Progress['rounds'], settings: RoundsSettings): boolean {
  const best = (all: Progress['rounds']): number => all.reduce((most, { ess }) => Math.max(most, ess ?? 0), 0);
  const alone = best(rounds.filter(({ steps }) => steps === 0));
  const trained = rounds.some(({ steps }) => steps > 0);
  return trained && alone >= EXCELLENT && best(rounds) - alone < NO_GAIN / 4 && !hasBudget(settings);
}

/**
 * Whether further rounds would gain next to nothing, and nothing moved in the one that the run would end with; who has
 * set a budget means to spend it.
 */
function stalled(progress: Progress, settings: RoundsSettings): string | null {
  const { rounds } = progress;
  const trained = rounds.filter(({ steps }) => steps > 0).length;
  const ending = rounds.indexOf(endingOf(rounds));
  if (trained === 0 || standsStill({ ...progress, rounds: rounds.slice(0, ending + 1) }) !== null) return null;
  if (gainsNothing(rounds, settings)) return 'training gains nothing on the base alone';
  if (trained < RISE) return null;
  const ess = rounds.map((round) => round.ess ?? 0);
  const gain = (count: number): number => Math.max(...ess.slice(-count)) - Math.max(...ess.slice(0, -count));
  const patient = hasBudget(settings) || Math.max(...ess) < GOOD;
  // A fall is of a heavy weight or of a step too far, and says nothing of what the next round would gain.
  const fallen = ess[ess.length - 1] < Math.max(...ess) - FALLEN;
  const ended = patient || fallen ? rounds.length >= MANY && gain(2) < NO_GAIN : gain(1) < 2 * NO_GAIN;
  return ended ? 'the ESS no longer rises' : null;
}
