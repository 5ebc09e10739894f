/**
 * An estimator of one's own: the median of weighted samples, with an error from groups of them.
 * Run: node --import tsx examples/extend-estimator.ts
 */
import { defineTarget, InputError, keyFromSeed, np, sample, type Estimate } from 'jeffreys-flow';

/** Where half of the weight lies below. @param order of the values @returns NaN where there is no weight */
function medianOf(values: Float64Array, weights: Float64Array, order: readonly number[]): number {
  const half = order.reduce((sum, i) => sum + weights[i], 0) / 2;
  let below = 0;
  for (const i of order) {
    below += weights[i];
    if (below >= half && half > 0) return values[i];
  }
  return NaN;
}

/**
 * Median of independent weighted values; its error is that of the mean of the medians of groups, each of every
 * `groups`-th value. Weights that are NaN or +Infinity count as zero, and are counted, as everywhere in this library.
 * @param values shape [n], finite @param logWeights shape [n], up to a constant @param groups ≥ 2
 * @throws InputError where shapes do not fit, or there are fewer values than groups
 */
export function weightedMedian(
  values: Float64Array, logWeights: Float64Array, groups = 16,
): Estimate & { readonly nonFinite: number } {
  const n = values.length;
  if (logWeights.length !== n) throw new InputError(`weightedMedian: ${n} values, ${logWeights.length} log-weights`);
  if (!(groups >= 2 && n >= groups)) throw new InputError(`weightedMedian: ${n} values do not make ${groups} groups`);
  const isWeight = (value: number): boolean => value < Infinity;
  const largest = logWeights.reduce((most, value) => (isWeight(value) ? Math.max(most, value) : most), -Infinity);
  const weights = logWeights.map((value) => (isWeight(value) && value > -Infinity ? Math.exp(value - largest) : 0));
  const order = Array.from(values, (_, i) => i).sort((i, j) => values[i] - values[j]);
  const medians = Array.from({ length: groups }, (_, group) =>
    medianOf(values, weights, order.filter((i) => i % groups === group)));
  const mean = medians.reduce((sum, value) => sum + value, 0) / groups;
  const variance = medians.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (groups - 1);
  return {
    value: medianOf(values, weights, order), standardError: Math.sqrt(variance / groups),
    nonFinite: logWeights.filter((value) => !isWeight(value)).length,
  };
}

const target = defineTarget({
  name: 'tilted-double-well',
  dimension: 2,
  energy: (point) => {
    const [x, y] = [point.slice(0), point.slice(1)];
    return np.square(np.square(x).sub(1)).mul(4).add(x.mul(0.3)).add(np.square(y.sub(x)).mul(2));
  },
  box: [-4, 4],
  base: { mean: 0, standardDeviation: 1.2 },
});

/** The median of x: y is a Gaussian given x, which leaves a sum over x. */
function exactMedian(): number {
  const xs = Float64Array.from({ length: 8001 }, (_, i) => -4 + i / 1000);
  return medianOf(xs, xs.map((x) => Math.exp(-4 * (x * x - 1) ** 2 - 0.3 * x)), Array.from(xs, (_, i) => i));
}

/** @param say what takes its lines */
export async function main(say: (line: string) => void): Promise<void> {
  const { result, proposal } = await sample(target, { preset: 'quick', settings: { samples: 5000 } });
  const n = 50_000;
  const [x, logWeights] = [new Float64Array(n), new Float64Array(n)];
  // As many samples as one likes, in pieces of bounded size: sample i depends on the key and i alone.
  for await (const { first, count, samples, logWeights: own } of proposal.stream(keyFromSeed(7), n)) {
    for (let i = 0; i < count; i++) x[first + i] = samples[2 * i];
    logWeights.set(own, first);
  }
  const { value, standardError, nonFinite } = weightedMedian(x, logWeights);
  say(`median of x = ${value.toFixed(4)} ± ${standardError.toFixed(4)} (exact ${exactMedian().toFixed(4)})`);
  say(`${nonFinite} weights are not finite; log Z = ${result.generation.logZ.value?.toFixed(4)}`);
}

if (process.argv[1]?.endsWith('extend-estimator.ts') === true) await main(console.log);
