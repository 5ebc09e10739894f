/** What importance weights say of the means that they make. */
import { effectiveSampleSize } from '../estimators/ess.ts';
import { estimateLogZ } from '../estimators/logZ.ts';
import { paretoK } from '../estimators/paretoK.ts';
import { boundedTail } from '../estimators/tail.ts';
import type { CountedEstimate, TailedEstimate } from '../estimators/estimate.ts';
import { doubt, type Doubt } from './standing.ts';
import { FEW_SAMPLES, standingOfTail, tailThreshold } from './trust.ts';

export interface WeightFigures {
  readonly n: number;
  /** log of the mean weight, its tail relative to it. */
  readonly logZ: CountedEstimate & TailedEstimate;
  /** (Σw)² / Σw², in samples, and as a fraction. */
  readonly ess: number;
  readonly fraction: number;
  /** Weights of +∞: points where the energy is −∞, or the flow overflows. */
  readonly infinite: number;
}

/**
 * @param logWeights shape [n] @param unseenMost share of the mass that can lie where no sample was seen, where that is
 * known
 */
export function weightFigures(logWeights: Float64Array, unseenMost = Infinity): WeightFigures {
  const { nonFinite, ...fitted } = paretoK(logWeights);
  const tail = boundedTail(fitted, unseenMost);
  const { value: ess, fraction } = effectiveSampleSize(logWeights);
  let infinite = 0;
  for (const value of logWeights) if (value === Infinity) infinite += 1;
  return { n: logWeights.length, logZ: { ...estimateLogZ(logWeights), nonFinite, tail }, ess, fraction, infinite };
}

/**
 * @param where where the weights are, at the beginning of a sentence: "" or "On 32 beads: " @param advice what would
 * help
 */
export function weightDoubts({ n, logZ, ess, infinite }: WeightFigures, where: string, advice: string): Doubt[] {
  const doubts: Doubt[] = [];
  const { tail: { k, unseen, bounded }, nonFinite, standardError } = logZ;
  if (infinite > 0) {
    doubts.push(doubt(
      'unknown', 'infinite-weights',
      `${where}${infinite} of ${n} weights are infinite: the energy is −∞ there, or the flow overflows.`
    ));
  }
  if (nonFinite > infinite) {
    doubts.push(doubt(
      'doubtful', 'non-finite-weights',
      `${where}${nonFinite - infinite} of ${n} weights are no numbers: the density is taken as zero there, as `
        + 'tempering takes it. Check the energy where it may overflow or leave its domain.'
    ));
  }
  if (!(ess >= FEW_SAMPLES)) {
    doubts.push(doubt(
      ess >= FEW_SAMPLES / 10 ? 'doubtful' : 'unknown', 'few-weights',
      `${where}the weighted samples are worth only ${ess.toFixed(1)} independent ones. ${advice}`
    ));
  }
  const standing = standingOfTail(logZ.tail, n, standardError);
  if (standing !== 'sound') {
    const said = Number.isNaN(k) ? 'The tail of the weights cannot be told'
      : `The weights have a heavy tail (Pareto k-hat ${k.toFixed(2)}; ${tailThreshold(n).toFixed(2)} is the most `
        + `that ${n} weights allow)`;
    const share = unseen < Infinity
      ? `${bounded === true ? 'up to' : 'about'} ${(100 * unseen).toPrecision(2)} % of the mass lies where no `
        + 'sample was seen'
      : 'what was not seen may be anything';
    doubts.push(doubt(standing, 'heavy-weights', `${where}${said}: ${share}. ${advice}`));
  }
  return doubts;
}
