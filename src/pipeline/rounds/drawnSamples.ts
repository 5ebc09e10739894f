/**
 * Samples of the flow itself, as often as their weights say: chains need several moves for each new sample, and where a
 * flow learns its samples by heart the next one is to have many times as many. What the flow lacks they lack as well,
 * so that they stand beside those of chains.
 * @see Müller et al. 2019, "Neural importance sampling", for flows that learn from their own weighted samples
 */
import { foldIn, type Key } from '../../engine/random.ts';
import type { Pause } from '../../pausing.ts';
import { resample, takeRows } from '../../samplers/resample.ts';
import type { EnergyEvaluator } from '../../targets/energyEvaluator.ts';
import type { TrainingData } from '../../training/trainer.ts';
import type { Proposal } from '../proposal/proposal.ts';

/** Samples at most, and numbers that they may hold. */
const MOST = 200_000;
const MOST_NUMBERS = 8e6;
/** ESS from where on they are worth their evaluations, and few are taken more than once. */
const EVEN = 0.3;

export interface Drawn {
  readonly data: TrainingData;
  readonly evaluations: number;
}

/** @param energy in its coordinates @param ess of its samples, as a fraction @returns null of uneven weights */
export async function drawnSamples(
  proposal: Pick<Proposal, 'stream'>, energy: EnergyEvaluator, ess: number, key: Key, pause: Pause,
): Promise<Drawn | null> {
  if (!(ess >= EVEN)) return null;
  const d = energy.dimension;
  const total = Math.min(MOST, Math.floor(MOST_NUMBERS / d));
  const [points, logWeights] = [new Float64Array(total * d), new Float64Array(total)];
  for await (const piece of proposal.stream(foldIn(key, 'drawn'), total, 0, { pause, size: () => Infinity })) {
    points.set(piece.samples, piece.first * d);
    logWeights.set(piece.logWeights, piece.first);
  }
  const count = Math.floor(ess * total);
  const samples = takeRows(points, d, resample(logWeights, count, 'systematic', foldIn(key, 'resampled')));
  const energies = new Float64Array(count);
  energy.energies(samples, count, energies);
  return { data: { samples, energies }, evaluations: total + count };
}
