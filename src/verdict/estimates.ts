/** Every figure that is asked of a target, from weighted samples and from tempering's, before anyone has judged it. */
import { chainMean } from '../estimators/autocorrelation.ts';
import { correctedLogZ, correctedMean } from '../estimators/corrected.ts';
import type { CountedEstimate, Estimate, TailedEstimate } from '../estimators/estimate.ts';
import { expectations } from '../estimators/expectation.ts';
import { modeMasses } from '../estimators/modeMass.ts';
import { paretoK } from '../estimators/paretoK.ts';
import { tailOfMean } from '../estimators/tail.ts';
import type { Target } from '../targets/target.ts';
import { weightFigures, type WeightFigures } from './weights.ts';
import { modeLabels, valuesOf } from '../targets/pointValues.ts';
import type { TemperedSamples } from './samples.ts';

export interface WeightedEstimates {
  readonly weights: WeightFigures;
  /** In the target's order. */
  readonly observables: readonly (CountedEstimate & TailedEstimate)[];
  /** Of the target's modes; none for a target without. */
  readonly masses: readonly TailedEstimate[];
}

/** What is known of weights that were learned. */
export interface LearnedErrors {
  /** True over learned weights of the first samples; they correct every figure. [m] */
  readonly values: Float64Array;
  /** What noise leaves in them, relative to a weight. */
  readonly rest: number;
}

/**
 * @param samples [n, d] @param logWeights [n] @param learned null for exact weights
 * @param unseenMost share of the mass that can lie where no sample was seen, where that is known
 */
export function weightedEstimates(
  target: Target, samples: Float64Array, logWeights: Float64Array, learned: LearnedErrors | null = null,
  unseenMost = Infinity
): WeightedEstimates {
  const { observables, modes, dimension: d } = target;
  const weights = weightFigures(logWeights, unseenMost);
  const values = expectations(samples, d, observables.map(({ value }) => value), logWeights, unseenMost);
  const labels = modes === undefined ? null : modeLabels(target, samples, modes.assign);
  const masses = labels === null || modes === undefined ? []
    : modeMasses(labels, modes.names.length, logWeights, unseenMost).masses;
  if (learned === null) return { weights, observables: values, masses };
  const ratios = learned.values;
  const seen = { logWeights, ratios };
  // The tail that matters is that of the true weights.
  const { k, kError, tailSize, unseen } =
    paretoK(logWeights.subarray(0, ratios.length).map((value, i) => value + Math.log(ratios[i])));
  const tail = { k, kError, tailSize, unseen: Math.hypot(unseen, learned.rest) };
  const corrected = <E extends TailedEstimate>(estimate: E, better: Estimate, spread: number): E =>
    ({ ...estimate, ...better, tail: tailOfMean(tail, spread, estimate.tail) });
  // What a value spreads over, from the error of its mean.
  const spreadOf = ({ standardError }: Estimate): number => standardError * Math.sqrt(weights.ess);
  const point = new Float64Array(d);
  const at = (f: (x: Float64Array) => number) => (i: number): number => {
    for (let j = 0; j < d; j++) point[j] = samples[i * d + j];
    return f(point);
  };
  return {
    weights: { ...weights, logZ: { ...weights.logZ, ...correctedLogZ(seen), tail } },
    observables: values.map(
      (estimate, k) => corrected(estimate, correctedMean(seen, at(observables[k].value)), spreadOf(estimate))
    ),
    masses: masses.map(
      (estimate, k) => corrected(estimate, correctedMean(seen, (i) => (labels?.[i] === k ? 1 : 0)), spreadOf(estimate))
    ),
  };
}

export interface TemperedEstimates {
  readonly logZ: Estimate | null;
  readonly observables: readonly Estimate[];
  readonly masses: readonly Estimate[];
}

/** Means over correlated samples: round-major values become one chain per ladder. */
export function temperedEstimates(target: Target, { positions, summary }: TemperedSamples): TemperedEstimates {
  const { observables, modes, dimension: d } = target;
  const { ladders, logZ } = summary;
  const mean = (values: ArrayLike<number>): Estimate => {
    const rounds = values.length / ladders;
    return chainMean(
      Float64Array.from({ length: values.length }, (_, i) => values[(i % rounds) * ladders + Math.floor(i / rounds)]),
      ladders
    );
  };
  const labels = modes === undefined ? null : modeLabels(target, positions, modes.assign);
  return {
    logZ: logZ === null || logZ.value === null || logZ.standardError === null ? null
      : { value: logZ.value, standardError: logZ.standardError },
    observables: observables.map(({ value }) => mean(valuesOf(positions, d, value))),
    masses: labels === null || modes === undefined ? []
      : modes.names.map((_, k) => mean(labels.map((label) => (label === k ? 1 : 0)))),
  };
}
