/**
 * The training loss: reverse and forward divergence, weighted by θ, plus the ratio variation.
 *
 *   L = a · D(r) + (1 − a) · D(z) + κ · X(z)
 *   r = U1(F(x)) − U0(x) − log|det J_F(x)|            x ~ μ0
 *   z = U0(F⁻¹(y)) − U1(y) − log|det J_{F⁻¹}(y)|      y ~ μ1
 *
 * with a : (1 − a) = θ tr Cov(μ0) : (1 − θ) tr Cov(μ1) (arXiv 2604.05303), scaled to sum to one so that κ and the
 * gradient's size do not depend on the units of the coordinates.
 */
import { np, type Array } from '../engine/numpy.ts';
import type { CouplingFlow } from '../flows/couplingFlow.ts';
import { kullbackLeibler, ratioVariation, renyi } from './divergence.ts';

export interface ObjectiveSettings {
  /** θ in [0, 1]: 1 is the reverse KL, 0 the forward KL. */
  readonly theta: number;
  /** κ ≥ 0, weight of the ratio variation. */
  readonly kappa: number;
  /** Order α of the Rényi divergence; 1 is the KL. */
  readonly renyiOrder: number;
  /** Cyclic pairings per batch in the ratio variation. */
  readonly variationPairings: number;
}

export interface Energies {
  /** U0, normalised, [n, d] → [n]. */
  readonly base: (x: Array) => Array;
  /** U1, [n, d] → [n]. */
  readonly target: (x: Array) => Array;
}

/** a, the weight of the reverse term. */
export function reverseWeight(theta: number, traceBase: number, traceTarget: number): number {
  const reverse = theta * traceBase;
  const forward = (1 - theta) * traceTarget;
  return reverse / (reverse + forward);
}

/** log-ratios r of base samples x [B, d]. */
export function reverseLogRatios(flow: CouplingFlow, energies: Energies, x: Array): Array {
  const [y, logDet] = flow.forward(x);
  return energies.target(y).sub(energies.base(x)).sub(logDet);
}

/** log-ratios z of target samples y [B, d] with known energies [B]. */
export function forwardLogRatios(flow: CouplingFlow, energies: Energies, y: Array, energyOfY: Array): Array {
  const [x, logDet] = flow.inverse(y);
  return energies.base(x).sub(energyOfY).sub(logDet);
}

/** Which terms a setting needs: a term that is not needed is not computed. */
export const needsReverse = ({ theta }: Pick<ObjectiveSettings, 'theta' | 'kappa'>): boolean => theta > 0;
export const needsForward = ({ theta, kappa }: Pick<ObjectiveSettings, 'theta' | 'kappa'>): boolean =>
  theta < 1 || kappa > 0;

/** The loss and its three parts (zero where not computed). @param weight a, shape [] */
export function jeffreysLoss(
  settings: ObjectiveSettings, flow: CouplingFlow, energies: Energies, weight: Array, x: Array, y: Array,
  energyOfY: Array,
): { loss: Array; reverse: Array; forward: Array; variation: Array } {
  const divergence = (ratios: Array): Array =>
    (settings.renyiOrder === 1 ? kullbackLeibler(ratios) : renyi(ratios, settings.renyiOrder));
  let loss = np.zeros([]);
  let [reverse, forward, variation] = [np.zeros([]), np.zeros([]), np.zeros([])];
  if (needsReverse(settings)) {
    reverse = divergence(reverseLogRatios(flow, energies, x));
    loss = loss.add(reverse.mul(weight));
  }
  if (needsForward(settings)) {
    const z = forwardLogRatios(flow, energies, y, energyOfY);
    if (settings.theta < 1) {
      forward = divergence(z);
      loss = loss.add(forward.mul(np.subtract(1, weight)));
    }
    if (settings.kappa > 0) {
      variation = ratioVariation(z, settings.variationPairings);
      loss = loss.add(variation.mul(settings.kappa));
    }
  }
  return { loss, reverse, forward, variation };
}
