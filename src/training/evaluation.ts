/** Log-weights of points through a flow in both directions, and the two ESS figures that training is judged by. */
import { effectiveSampleSize, forwardEss } from '../estimators/ess.ts';
import { baseEnergies, type Base } from '../targets/base.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import type { FlowMap, ParameterArray } from './flowMap.ts';

/** log w = −U1(F(x)) + U0(x) + log|det J_F(x)| of base points, in float64. @returns images [n, d] and log-weights [n] */
export async function pushForward(
  flow: FlowMap, parameters: ParameterArray, base: Base, energy: EnergyEvaluator, x: Float64Array, n: number,
): Promise<{ images: Float64Array; logWeights: Float64Array }> {
  const d = energy.dimension;
  const images = new Float64Array(n * d);
  const logWeights = new Float64Array(n);
  await flow.map(parameters, x, n, images, logWeights);
  const u0 = new Float64Array(n);
  const u1 = new Float64Array(n);
  baseEnergies(base, x, n, u0);
  energy.energies(images, n, u1);
  for (let i = 0; i < n; i++) logWeights[i] += u0[i] - u1[i];
  return { images, logWeights };
}

/** log w of given target points, through F⁻¹. @param y [n, d] with energies [n] @returns log-weights [n] */
export async function pullBack(
  inverse: FlowMap, parameters: ParameterArray, base: Base, y: Float64Array, energies: Float64Array, n: number,
): Promise<Float64Array> {
  const d = base.domain.length;
  const preimages = new Float64Array(n * d);
  const logDet = new Float64Array(n);
  await inverse.map(parameters, y, n, preimages, logDet);
  const u0 = new Float64Array(n);
  baseEnergies(base, preimages, n, u0);
  return logDet.map((gain, i) => u0[i] - energies[i] - gain);
}

export interface HeldOut {
  /** Fixed base samples [m, d]. */
  readonly base: Float64Array;
  /** Target samples kept from training [n, d], with their energies [n]. */
  readonly target: Float64Array;
  readonly energies: Float64Array;
}

/** ESS of fresh base samples and of held-out target samples, as fractions. The second falls when a mode is missed. */
export async function heldOutEss(
  forward: FlowMap, inverse: FlowMap, parameters: ParameterArray, base: Base, energy: EnergyEvaluator, heldOut: HeldOut,
): Promise<{ reverseEss: number; forwardEss: number }> {
  const m = heldOut.base.length / energy.dimension;
  const { logWeights } = await pushForward(forward, parameters, base, energy, heldOut.base, m);
  const back = await pullBack(inverse, parameters, base, heldOut.target, heldOut.energies, heldOut.energies.length);
  return { reverseEss: effectiveSampleSize(logWeights).fraction, forwardEss: forwardEss(back).fraction };
}
