/** How good the flow of a round is: on fresh samples of its own, and on samples of the target. */
import { foldIn, type Key } from '../../engine/random.ts';
import { truncatedForwardEss } from '../../estimators/ess.ts';
import { storedEstimate, storedExtended, storedFigure } from '../../records/figure.ts';
import type { RoundSummary } from '../../records/rounds.ts';
import { standingOfTail } from '../../verdict/trust.ts';
import { weightFigures } from '../../verdict/weights.ts';
import type { TrainingData } from '../../training/trainer.ts';
import { someOf, type SplitData } from '../bank/bank.ts';
import type { Pause } from '../../pausing.ts';
import type { Proposal } from '../proposal/proposal.ts';
import type { Tried } from './roundTraining.ts';

/** Samples beyond every weight, of which chance explains so many. */
const FEW_BEYOND = 5;
/** Fresh samples; and so many where those are good, since the rarest weigh most. */
const FRESH = 16_384;
const CONFIRMING = 4 * FRESH;
const GOOD = 0.8;
/** Samples of the target that are looked at, where a density is a sum over many images. */
const HELD_OF_IMAGES = 8192;
/** Samples of either kind that overfitting is looked for in while a flow is trained. */
const MOST_COMPARED = 16_384;
/** By so many nats training samples are likelier than others: the flow has learned them by heart. */
const OVERFIT = 0.05;

export const isOverfit = (nats: number | null): boolean => (nats ?? 0) > OVERFIT;
/** Standard errors, as if samples were independent, from which on training samples are likelier than others. */
const ERRORS = 4;

export type FlowFigures = Pick<
  RoundSummary,
  'ess' | 'forwardEss' | 'trainedEss' | 'overfit' | 'beyond' | 'trainedBeyond' | 'logZ' | 'paretoK' | 'tail'
>;

/** What samples will be drawn from, as a round sees it. */
export interface Judged {
  readonly proposal: Pick<Proposal, 'stream'>;
  /** log w of points in the flow's coordinates. @returns [n] */
  readonly pullBack: (points: TrainingData, pause: Pause) => Promise<Float64Array>;
  /** Whether its density is a sum over many images: then fewer points tell what there is. */
  readonly ofImages: boolean;
}

/** @param data in the flow's coordinates @param d how many those are @returns also how many energies were evaluated */
export async function figuresOf(
  { proposal, pullBack, ofImages }: Judged, data: SplitData, d: number, key: Key, pause: Pause,
): Promise<{ figures: FlowFigures; evaluations: number }> {
  const own = foldIn(key, 'fresh');
  const weighed = async (from: number, count: number): Promise<Float64Array> => {
    const logWeights = new Float64Array(count);
    for await (const piece of proposal.stream(own, count, from, { pause, size: () => Infinity }))
      logWeights.set(piece.logWeights, piece.first - from);
    return logWeights;
  };
  const first = await weighed(0, FRESH);
  const good = !ofImages && weightFigures(first, Infinity).fraction >= GOOD;
  const logWeights = good ? joined(first, await weighed(FRESH, CONFIRMING - FRESH)) : first;
  const weights = weightFigures(logWeights, Infinity);
  const count = Math.min(data.test.energies.length, ofImages ? HELD_OF_IMAGES : Infinity);
  const [held, trained] = [
    await pullBack(count < data.test.energies.length ? someOf(data.test, count, d) : data.test, pause),
    await pullBack(someOf(data.training, count, d), pause),
  ];
  const most = logWeights.reduce((a, b) => (b < Infinity ? Math.max(a, b) : a), -Infinity);
  const beyond = (values: Float64Array): number => {
    const found = values.filter((value) => value > most).length;
    return found < FEW_BEYOND ? 0 : found / values.length;
  };
  const figures = {
    beyond: beyond(held), trainedBeyond: beyond(trained),
    paretoK: storedExtended(weights.logZ.tail.k),
    tail: standingOfTail(weights.logZ.tail, logWeights.length, weights.logZ.standardError),
    ess: storedFigure(weights.fraction), logZ: storedEstimate(weights.logZ),
    forwardEss: storedFigure(truncatedForwardEss(held).fraction),
    trainedEss: storedFigure(truncatedForwardEss(trained).fraction), overfit: overfitOf(held, trained),
  };
  // Of a fresh sample both as a representative and as its image, and of each image of samples of the target.
  const evaluations = ofImages ? 2 * logWeights.length + held.length + trained.length : logWeights.length;
  return { figures, evaluations };
}

/**
 * By how much log p/q is larger on samples that a flow was not trained on than on those that it was; null where that is
 * within errors. ESS on samples are no measure of it: a few far out decide them.
 */
export function overfitOf(held: Float64Array, trained: Float64Array): number | null {
  const [a, b] = [momentsOf(held), momentsOf(trained)];
  const gap = a.mean - b.mean;
  return gap > ERRORS * Math.sqrt(a.variance / a.count + b.variance / b.count) ? gap : null;
}

/** What a flow under training has made of its samples, by those that it is chosen by. */
export async function triedOn(
  { pullBack }: Pick<Proposal, 'pullBack'>, { training, validation }: Pick<SplitData, 'training' | 'validation'>,
  d: number, pause: Pause,
): Promise<Tried> {
  const count = Math.min(validation.energies.length, training.energies.length, MOST_COMPARED);
  const held = await pullBack(someOf(validation, count, d), pause);
  const trained = await pullBack(someOf(training, count, d), pause);
  return { byHeart: isOverfit(overfitOf(held, trained)), off: momentsOf(held).mean };
}

/** Of those that are finite. */
function momentsOf(values: Float64Array): Readonly<Record<'mean' | 'variance' | 'count', number>> {
  const known = values.filter((value) => Number.isFinite(value));
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  const variance = known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / known.length;
  return { mean, variance, count: known.length };
}

function joined(a: Float64Array, b: Float64Array): Float64Array {
  const all = new Float64Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
