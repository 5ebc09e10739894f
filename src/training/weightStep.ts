/** One step of fitting the networks of learned weights as an array program: loss, gradient, clipping and Adam. */
import { lax, np, valueAndGradientWithAux, type Array } from '../engine/numpy.ts';
import { ADAM } from './trainingStep.ts';
import { difference, weightParameterCount, type WeightNetworkShape } from './weightNetwork.ts';

/** Gradients longer than this are shortened to it. */
const CLIP = 10;

/**
 * Inputs: parameters and moments [2P], controls (rate, corrections, scale of t) [4], x, z [B, d], t [B], and 1 or 0 for
 * pairs that count or not [B]. Outputs: the new ones, and (loss, accepted) [2].
 */
export function weightStep(
  shape: WeightNetworkShape, batch: number, byWeight: boolean
): { f: (...args: Array[]) => Array[]; specs: { shape: number[] }[] } {
  const { dimension: d } = shape;
  const count = weightParameterCount(shape);
  const specs =
    [[count], [count], [count], [4], [batch, d], [batch, d], [batch], [batch]].map((size) => ({ shape: size }));
  const f = (
    parameters: Array, first: Array, second: Array, controls: Array, x: Array, z: Array, t: Array, counts: Array
  ): Array[] => {
    const [loss, , gradient] = valueAndGradientWithAux((theta) => {
      const fitted = difference(shape, theta, x, z);
      const error = fitted.sub(t);
      const weight = byWeight ? lax.stopGradient(np.exp(np.minimum(fitted.mul(controls.slice(3)).mul(-1), 0)))
        : np.ones([batch]);
      return [error.mul(error).mul(weight).mul(counts).mean(), []];
    })(parameters);
    const norm = np.sqrt(gradient.mul(gradient).sum());
    const isAccepted = norm.less(1e18).mul(np.absolute(loss).less(1e18));
    const accepted = np.where(isAccepted, 1, 0);
    const g =
      np.where(isAccepted, gradient, 0).mul(np.where(isAccepted, np.minimum(np.divide(CLIP, norm.add(1e-12)), 1), 0));
    const m = np.where(isAccepted, first.mul(ADAM.beta1).add(g.mul(1 - ADAM.beta1)), first);
    const v = np.where(isAccepted, second.mul(ADAM.beta2).add(g.mul(g).mul(1 - ADAM.beta2)), second);
    const root2 = np.sqrt(controls.slice(2));
    const rate = controls.slice(0).mul(root2).div(controls.slice(1)).mul(accepted);
    const updated = parameters.sub(m.mul(rate).div(np.sqrt(v).add(root2.mul(ADAM.epsilon))));
    return [updated, m, v, lax.stopGradient(np.stack([loss, accepted]))];
  };
  return { f, specs };
}
