/**
 * The wells of a mixture again, from samples of the mixture itself, weighed by the target: free of the errors of
 * tempering's shares, and of more points than chains have visited.
 * @see Cappé, Douc, Guillin, Marin & Robert 2008, "Adaptive importance sampling in general mixture classes"
 */
import { foldIn, type Key } from '../../engine/random.ts';
import { compileEnergy } from '../../targets/compile.ts';
import type { EnergyEvaluator } from '../../targets/energyEvaluator.ts';
import { partsAt, type Mixture } from '../../targets/mixture.ts';
import type { Target } from '../../targets/target.ts';
import { SAMPLES, weighedBase } from './weighedBase.ts';
import { defended, ENOUGH, mixtureFrom, RIDGE, tailed, type Wells } from './wells.ts';

/** Turns at least; and at most, as long as each gains so much, as a share of all samples or of those before. */
const TURNS = 2;
const MOST_TURNS = 12;
const GAIN = 0.02;
const GAIN_OF_BEFORE = 0.1;
/**
 * ESS of the weights that a turn goes by, as a share: where they are less even, powers of them are taken that are as
 * even as this, so that laws come nearer to the target turn by turn; where next to none count, nothing is told.
 */
const EVEN = 0.5;
const TELLING = 0.003;
/** Halvings of the interval that a power lies in. */
const HALVINGS = 12;
/** ESS of laws, as a share, below which humps may as well be left to layers. */
const POOR = 0.05;
/** ESS of laws, as a share, from where on they need no training: the limits of a run have no part in it. */
const ALONE = 0.95;

export interface Refined {
  readonly mixture: Mixture;
  /** Effective sample size of the last weighted samples, as a share of them. */
  readonly ess: number;
  /** Of the energy. */
  readonly evaluations: number;
}

/** Whether laws are so far from the target that next to all of their samples are wasted. */
export const arePoor = ({ ess }: Pick<Refined, 'ess'>): boolean => !(ess >= POOR);

/** Of more laws than wells where those are good enough by themselves; otherwise of one for each, to train on. */
export function refinedWells(
  { mixture, simple }: Pick<Wells, 'mixture' | 'simple'>, framed: (law: Mixture) => Target, key: Key,
): Refined {
  const of = (law: Mixture): Refined => {
    const better = refined(law, framed(law), compileEnergy(framed(law)), key);
    return { ...better, mixture: tailed(better.mixture) };
  };
  const first = of(mixture);
  if (simple === null || first.ess >= ALONE) return first;
  const second = of(simple);
  return { ...second, evaluations: first.evaluations + second.evaluations };
}

/**
 * The mixture as it was where weights are too uneven to tell better.
 * @param target in standard units, with the mixture as its base @param energy of that
 */
export function refined(mixture: Mixture, target: Target, energy: EnergyEvaluator, key: Key): Refined {
  let best: Refined = { mixture, ess: 0, evaluations: 0 };
  let before = mixture;
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    const { ess, next } = refinedOnce(before, { ...target.base, mixture: before }, energy, foldIn(key, turn));
    const [gained, least] = [ess - best.ess, Math.min(GAIN, GAIN_OF_BEFORE * best.ess)];
    const evaluations = best.evaluations + SAMPLES;
    // What a turn makes of its samples is first seen in the next one.
    best = ess >= EVEN ? { mixture: next, ess, evaluations }
      : gained > 0 ? { mixture: before, ess, evaluations } : { ...best, evaluations };
    if (ess < TELLING || (turn >= TURNS - 1 && gained < least)) break;
    before = next;
  }
  return best;
}

/** The mixture of a turn's weighted samples, and how even their weights are. */
function refinedOnce(
  mixture: Mixture, base: Target['base'], energy: EnergyEvaluator, key: Key,
): { readonly ess: number; readonly next: Mixture } {
  const d = base.domain.length;
  const { points, logWeights } = weighedBase(base, energy, key);
  const { ess } = powerOf(logWeights, 1);
  if (!(ess >= TELLING)) return { ess, next: mixture };
  return { ess, next: maximisedBy(mixture, d, points, powerOf(logWeights, evenPower(logWeights)).weights) };
}

/** Weights to a power, the largest of them one, and their ESS as a share. */
function powerOf(logWeights: Float64Array, power: number): { readonly weights: Float64Array; readonly ess: number } {
  const most = logWeights.reduce((a, b) => Math.max(a, b), -Infinity);
  const weights = logWeights.map((value) => Math.exp(power * (value - most)));
  const [sum, squares] = [weights.reduce((a, b) => a + b, 0), weights.reduce((a, b) => a + b * b, 0)];
  return { weights, ess: sum > 0 ? (sum * sum) / (weights.length * squares) : 0 };
}

/** The largest power up to 1 whose weights are even enough. */
function evenPower(logWeights: Float64Array): number {
  if (powerOf(logWeights, 1).ess >= EVEN) return 1;
  let [low, high] = [0, 1];
  for (let k = 0; k < HALVINGS; k++) {
    const middle = (low + high) / 2;
    if (powerOf(logWeights, middle).ess >= EVEN) low = middle;
    else high = middle;
  }
  return low;
}

/** Moments of weighted points that each component has its part of. Of too few points they stay as they were. */
function maximisedBy(mixture: Mixture, d: number, points: Float64Array, weights: Float64Array): Mixture {
  const { coordinates, means, factors, freedom } = mixture;
  const r = coordinates.length;
  // The last is the wide law, which is no well.
  const count = mixture.logShares.length - 1;
  const [sizes, squares, wholes] = [0, 1, 2].map(() => new Float64Array(count));
  const [first, second] = [new Float64Array(count * r), new Float64Array(count * r * r)];
  const off = new Float64Array(r);
  partsAt(mixture, d, points, (i, parts, tau) => {
    for (let k = 0; k < count; k++) {
      const part = weights[i] * parts[k];
      if (!(part > 0)) continue;
      sizes[k] += part;
      squares[k] += part * part;
      const weight = part * tau[k];
      wholes[k] += weight;
      for (let a = 0; a < r; a++) off[a] = points[i * d + coordinates[a]] - means[k * r + a];
      for (let a = 0; a < r; a++) {
        first[k * r + a] += weight * off[a];
        for (let b = 0; b <= a; b++) second[(k * r + a) * r + b] += weight * off[a] * off[b];
      }
    }
  });
  const whole = sizes.reduce((a, b) => a + b, 0);
  const moved = means.slice(0, count * r);
  const covariances = new Float64Array(count * r * r);
  for (let k = 0; k < count; k++) {
    const enough = sizes[k] * sizes[k] >= ENOUGH * r * squares[k];
    for (let a = 0; a < r; a++) {
      if (enough) moved[k * r + a] += first[k * r + a] / wholes[k];
      for (let b = 0; b <= a; b++) {
        const at = (k * r + a) * r + b;
        if (enough) {
          const product = (first[k * r + a] * first[k * r + b]) / wholes[k];
          covariances[at] = (second[at] - product) / sizes[k] + (a === b ? RIDGE : 0);
          continue;
        }
        for (let c = 0; c <= b; c++) covariances[at] += factors[(k * r + a) * r + c] * factors[(k * r + b) * r + c];
      }
    }
  }
  const shares = sizes.map((size) => Math.max(size / whole, Number.MIN_VALUE));
  return defended(mixtureFrom(coordinates, {
    shares, means: moved, covariances, freedom: freedom.slice(0, count),
  }));
}
