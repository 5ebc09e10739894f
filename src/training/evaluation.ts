/** Log-weights of points through a flow in both directions, and the two ESS figures that training is judged by. */
import { effectiveSampleSize, forwardEss, truncatedForwardEss } from '../estimators/ess.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import { noPause, type Pause } from '../pausing.ts';
import type { FlowMap, ParameterArray } from './flowMap.ts';
import type { Source } from './source.ts';

/** Points whose energies are evaluated between two pauses: some are dear. */
const TOGETHER = 256;

/** Energies of n points [n, d], in pieces. @param out receives [n] */
export async function energiesOf(
  energy: Pick<EnergyEvaluator, 'energies' | 'startingAt'>, x: Float64Array, n: number, out: Float64Array, pause: Pause,
): Promise<void> {
  const d = x.length / n;
  for (let first = 0; first < n; first += TOGETHER) {
    const count = Math.min(TOGETHER, n - first);
    await pause();
    const from = energy.startingAt?.(first) ?? energy;
    from.energies(x.subarray(first * d, (first + count) * d), count, out.subarray(first, first + count));
  }
}

/**
 * log w = −U1(F(x)) + U0(x) + log|det J_F(x)| of the source's points, in float64.
 * @returns images [n, d] and log-weights [n]
 */
export async function pushForward(
  flow: FlowMap, parameters: ParameterArray, source: Pick<Source, 'energies'>, energy: EnergyEvaluator, x: Float64Array,
  n: number,
  pause: Pause = noPause,
): Promise<{ images: Float64Array; logWeights: Float64Array }> {
  const d = energy.dimension;
  const images = new Float64Array(n * d);
  const logWeights = new Float64Array(n);
  await flow.map(parameters, x, n, images, logWeights, pause);
  const u0 = new Float64Array(n);
  const u1 = new Float64Array(n);
  await energiesOf(source, x, n, u0, pause);
  await energiesOf(energy, images, n, u1, pause);
  for (let i = 0; i < n; i++) logWeights[i] += u0[i] - u1[i];
  return { images, logWeights };
}

/** log w of given target points, through F⁻¹. @param y [n, d] with energies [n] @returns log-weights [n] */
export async function pullBack(
  inverse: FlowMap, parameters: ParameterArray, source: Pick<Source, 'dimension' | 'energies'>, y: Float64Array,
  energies: Float64Array, n: number,
  pause: Pause = noPause,
): Promise<Float64Array> {
  const d = source.dimension;
  const preimages = new Float64Array(n * d);
  const logDet = new Float64Array(n);
  await inverse.map(parameters, y, n, preimages, logDet, pause);
  const u0 = new Float64Array(n);
  await energiesOf(source, preimages, n, u0, pause);
  return logDet.map((gain, i) => u0[i] - energies[i] - gain);
}

export interface HeldOut {
  /** Fixed points of the source [m, d]. */
  readonly source: Float64Array;
  /** Target samples kept from training [n, d], with their energies [n]. */
  readonly target: Float64Array;
  readonly energies: Float64Array;
}

/** As fractions. */
export interface HeldOutEss {
  readonly reverseEss: number;
  readonly forwardEss: number;
  /** What training is judged by: see {@link truncatedForwardEss}. */
  readonly truncatedForwardEss: number;
  /** Mean log w of the held-out target samples: KL(target, flow) less log Z. */
  readonly meanLogWeight: number;
}

/**
 * ESS of fresh points of the source and of held-out target samples, as fractions. The second falls when a mode is
 * missed.
 */
export async function heldOutEss(
  forward: FlowMap, inverse: FlowMap, parameters: ParameterArray, source: Source, energy: EnergyEvaluator,
  heldOut: HeldOut,
  pause: Pause = noPause,
): Promise<HeldOutEss> {
  const m = heldOut.source.length / energy.dimension;
  const { logWeights } = await pushForward(forward, parameters, source, energy, heldOut.source, m, pause);
  const back =
    await pullBack(inverse, parameters, source, heldOut.target, heldOut.energies, heldOut.energies.length, pause);
  return {
    reverseEss: effectiveSampleSize(logWeights).fraction, forwardEss: forwardEss(back).fraction,
    truncatedForwardEss: truncatedForwardEss(back).fraction,
    meanLogWeight: back.reduce((sum, value) => sum + value, 0) / back.length,
  };
}
