/** On how many samples, and with how many draws of each, learned weights are held against the true ones. */
import { foldIn, type Key } from '../../engine/random.ts';
import type { WeightKind, WeightsSettings } from '../../settings/weights.ts';
import type { NoisyEvaluator } from '../../targets/noisyEvaluator.ts';
import { centredAt } from '../weigh/learned.ts';
import { WeightRatios, type DrawEnergies } from '../../estimators/weightRatios.ts';

/** Samples that ratios are found on with the energy itself. */
const EXACT_RATIOS = 20_000;
/**
 * With noisy values: samples at most, draws of each at least, and how many of each make the noise of their mean a half.
 */
const NOISY_RATIOS = 50_000;
const LEAST_DRAWS = 16;
const drawsFor = (variance: number): number => Math.ceil(4 * variance);
/** Samples and draws that tell the noise. */
const [PILOT, PILOT_DRAWS] = [64, 16];

/**
 * @param count samples that have weights of the kind @param images first of the samples [≥ PILOT, d]
 * @returns null for weights that are exact, or too few
 */
export function ratiosOf(
  noisy: NoisyEvaluator, { steps, batch, draws }: WeightsSettings, kind: WeightKind, count: number,
  images: Float64Array, key: Key,
): WeightRatios | null {
  if (kind === 'exact' || count < 2) return null;
  const { full, dimension: d } = noisy;
  if (kind === 'learned-full' && full !== null) {
    return new WeightRatios(
      Math.min(EXACT_RATIOS, count), 0, (x, n, _draw, _first, values) => full.energies(x, n, values)
    );
  }
  const seen = centredAt(noisy, images, d);
  const ownKey = foldIn(key, kind);
  const draw: DrawEnergies = (x, n, index, first, values) => {
    const xi = new Float64Array(n * noisy.size);
    seen.draw(foldIn(ownKey, index), first, n, xi);
    seen.energies(x, xi, n, values);
  };
  // As many noisy values as were spent on learning.
  const total = steps * batch * draws;
  const needed = Math.max(LEAST_DRAWS, drawsFor(noiseOf(images.subarray(0, PILOT * d), draw)));
  const m = Math.max(2, Math.min(NOISY_RATIOS, count, Math.floor(total / needed)));
  return new WeightRatios(m, Math.max(needed, Math.floor(total / m)), draw, PILOT * PILOT_DRAWS);
}

/** Variance of one noisy value, the median over points. @param points [p, d] */
function noiseOf(points: Float64Array, draw: DrawEnergies): number {
  const values = new Float64Array(PILOT);
  const [sums, squares] = [new Float64Array(PILOT), new Float64Array(PILOT)];
  for (let k = 0; k < PILOT_DRAWS; k++) {
    // Draws apart from those that ratios are made of.
    draw(points, PILOT, -1 - k, 0, values);
    values.forEach((value, i) => {
      sums[i] += value;
      squares[i] += value * value;
    });
  }
  const variances = squares.map((square, i) => (square - (sums[i] * sums[i]) / PILOT_DRAWS) / (PILOT_DRAWS - 1))
    .filter(Number.isFinite).sort();
  return variances.length === 0 ? 0 : variances[variances.length >> 1];
}
