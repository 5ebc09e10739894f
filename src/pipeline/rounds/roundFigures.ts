/** How good the flow of a round is: on fresh samples of its own, and on samples of the target. */
import { foldIn, type Key } from '../../engine/random.ts';
import { truncatedForwardEss } from '../../estimators/ess.ts';
import { storedEstimate, storedExtended, storedFigure } from '../../records/figure.ts';
import type { RoundSummary } from '../../records/rounds.ts';
import type { Target } from '../../targets/target.ts';
import { weightFigures } from '../../verdict/weights.ts';
import { someOf, type SplitData } from '../bank/bank.ts';
import type { Pause } from '../../pausing.ts';
import type { Proposal } from '../proposal/proposal.ts';

/** Samples beyond every weight, of which chance explains so many. */
const FEW_BEYOND = 5;
/** Fresh samples; and so many where those are good, since the rarest weigh most. */
const FRESH = 16_384;
const CONFIRMING = 4 * FRESH;
const GOOD = 0.8;

export type FlowFigures =
  Pick<RoundSummary, 'ess' | 'forwardEss' | 'trainedEss' | 'beyond' | 'logZ' | 'paretoK'>;

/**
 * @param proposal in the target's own coordinates @param data in the flow's @param inner the proposal in these
 * @returns also how many fresh samples there were
 */
export async function figuresOf(
  target: Target, proposal: Proposal, data: SplitData, inner: Proposal, key: Key, pause: Pause,
): Promise<{ figures: FlowFigures; fresh: number }> {
  const own = foldIn(key, 'fresh');
  const weighed = async (from: number, count: number): Promise<Float64Array> => {
    const logWeights = new Float64Array(count);
    for await (const piece of proposal.stream(own, count, from, { pause, size: () => Infinity }))
      logWeights.set(piece.logWeights, piece.first - from);
    return logWeights;
  };
  const first = await weighed(0, FRESH);
  const good = weightFigures(first, Infinity).fraction >= GOOD;
  const logWeights = good ? joined(first, await weighed(FRESH, CONFIRMING - FRESH)) : first;
  const weights = weightFigures(logWeights, Infinity);
  const seen = someOf(data.training, data.test.energies.length, target.dimension);
  const [held, trained] = [await inner.pullBack(data.test, pause), await inner.pullBack(seen, pause)];
  const most = logWeights.reduce((a, b) => (b < Infinity ? Math.max(a, b) : a), -Infinity);
  const beyond = held.filter((value) => value > most).length;
  const figures = {
    beyond: beyond < FEW_BEYOND ? 0 : beyond / held.length,
    paretoK: storedExtended(weights.logZ.tail.k),
    ess: storedFigure(weights.fraction), logZ: storedEstimate(weights.logZ),
    forwardEss: storedFigure(truncatedForwardEss(held).fraction),
    trainedEss: storedFigure(truncatedForwardEss(trained).fraction),
  };
  return { figures, fresh: logWeights.length };
}

function joined(a: Float64Array, b: Float64Array): Float64Array {
  const all = new Float64Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
