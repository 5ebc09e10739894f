/** Swaps of reSGLD between neighbouring rungs, on log ratios seen with noise, or exact ones with control variates. */
import { foldIn, threefry13, toUniform, word, type Key } from '../engine/random.ts';
import type { Base } from '../targets/base.ts';
import { addSwapNoise, correctedLogRatio, swapVariance } from './noisySwap.ts';
import type { ResgldState } from './resgldState.ts';

/** Which end a replica saw last. */
export const NEITHER = 0;
const FROM_COLD = 1;
const FROM_HOT = 2;

/** @param measure draw the ratios a second time, for σ² of their noise */
export function swapRungs(state: ResgldState, measure: boolean): void {
  const { counts, swapNoise, attempts, acceptance } = state;
  const { key, ladders, swapCorrection, controlVariates } = state.options;
  const { round } = counts;
  const pairs = Array.from({ length: state.rungs - 1 }, (_, k) => k).filter((k) => k % 2 === round % 2);
  if (pairs.length === 0) return;
  const swapKey = foldIn(foldIn(key, 'swaps'), round);
  const ratios = logRatios(state, pairs, foldIn(swapKey, 'energies'));
  if (measure && !controlVariates) {
    const second = logRatios(state, pairs, foldIn(swapKey, 'measure'));
    ratios.forEach((ratio, i) => { addSwapNoise(swapNoise, pairs[Math.floor(i / ladders)], ratio, second[i]); });
  }
  ratios.forEach((ratio, i) => {
    const k = pairs[Math.floor(i / ladders)];
    const corrected = correctedLogRatio(ratio, swapVariance(swapNoise, k), swapCorrection);
    const probability = Math.min(1, Math.exp(corrected));
    attempts[k] += 1;
    if (!(probability >= 0)) {
      counts.nonFinite += 1;
      return;
    }
    acceptance[k] += probability;
    threefry13(swapKey.k0, swapKey.k1, i, 0);
    if (toUniform(word[0], word[1]) < probability)
      exchange(state, k * ladders + (i % ladders), (k + 1) * ladders + (i % ladders));
  });
  markEnds(state);
}

/** Log ratios of all pairs (k, k + 1) of a parity, of all ladders, each pair with a ξ that its two replicas share. */
function logRatios(state: ResgldState, pairs: readonly number[], key: Key): Float64Array {
  const { lambdas, anchorEnergies, x } = state;
  const { noisy, base, ladders, controlVariates } = state.options;
  const { pairs: points, xi, energies } = state.scratch;
  const d = noisy.dimension;
  const m = noisy.size;
  const n = pairs.length * ladders;
  const ratios = new Float64Array(n);
  const draws = controlVariates ? 0 : state.options.draws;
  pairs.forEach((k, p) => {
    points.set(x.subarray(k * ladders * d, (k + 1) * ladders * d), p * ladders * d);
    points.set(x.subarray((k + 1) * ladders * d, (k + 2) * ladders * d), (n + p * ladders) * d);
  });
  for (let r = 0; r < draws; r++) {
    noisy.draw(foldIn(key, r), 0, n, xi);
    xi.copyWithin(n * m, 0, n * m);
    noisy.energies(points, xi, 2 * n, energies);
    for (let i = 0; i < n; i++) ratios[i] += energies[i] - energies[n + i];
  }
  state.counts.evaluations += 2 * n * draws;
  if (controlVariates) {
    const at = (i: number): number => pairs[Math.floor(i / ladders)] * ladders + (i % ladders);
    for (let i = 0; i < n; i++) ratios[i] = anchorEnergies[at(i)] - anchorEnergies[at(i) + ladders];
  }
  const ofBase = baseDifferences(base, points, n);
  return ratios.map((sum, i) => {
    const k = pairs[Math.floor(i / ladders)];
    return (lambdas[k] - lambdas[k + 1]) * (sum / Math.max(1, draws) - ofBase[i]);
  });
}

/** U0(x_a) − U0(x_b) of pairs of points. @param points [2n, d], all first ones before all second ones */
function baseDifferences({ domain, mean, standardDeviation }: Base, points: Float64Array, n: number): Float64Array {
  const d = domain.length;
  const differences = new Float64Array(n);
  domain.forEach(({ kind }, j) => {
    if (kind !== 'real') return;
    for (let i = 0; i < n; i++) {
      const [a, b] = [points[i * d + j] - mean[j], points[(n + i) * d + j] - mean[j]];
      differences[i] += (0.5 * (a - b) * (a + b)) / standardDeviation[j] ** 2;
    }
  });
  return differences;
}

function exchange(state: ResgldState, a: number, b: number): void {
  const { options, x, references, anchors, anchorEnergies, replicas } = state;
  const d = options.noisy.dimension;
  for (let j = 0; j < d; j++) swapEntries(x, a * d + j, b * d + j);
  if (options.controlVariates) {
    for (const array of [references, anchors])
      for (let j = 0; j < d; j++) swapEntries(array, a * d + j, b * d + j);
    swapEntries(anchorEnergies, a, b);
  }
  swapEntries(replicas, a, b);
}

/** Replicas that sit at the ends; one that came from hot to cold has made a round trip. */
function markEnds({ options: { ladders }, rungs, replicas, directions, counts }: ResgldState): void {
  for (let l = 0; l < ladders; l++) {
    const hot = replicas[l] * ladders + l;
    const cold = replicas[(rungs - 1) * ladders + l] * ladders + l;
    if (directions[hot] === FROM_COLD) directions[hot] = FROM_HOT;
    if (directions[cold] === FROM_HOT) counts.roundTrips += 1;
    directions[cold] = FROM_COLD;
  }
}

function swapEntries(array: Float64Array, a: number, b: number): void {
  const kept = array[a];
  array[a] = array[b];
  array[b] = kept;
}
