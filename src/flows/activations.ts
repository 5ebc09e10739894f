/** Activations with their derivatives given by hand: stable everywhere, and few nodes in the gradient. */
import { lax, np, withDerivative, type Array } from '../engine/numpy.ts';

export type ActivationName = 'relu' | 'silu';

const sigmoid = (x: Array): Array => np.reciprocal(np.exp(x.neg()).add(1));

/** max(x, 0). */
export function relu(x: Array): Array {
  const active = lax.stopGradient(np.where(x.greater(0), 1, 0));
  return withDerivative(x.mul(active), x, (dx) => dx.mul(active));
}

/** x · logistic(x) (Elfwing et al. 2018). */
export function silu(x: Array): Array {
  const s = lax.stopGradient(sigmoid(x));
  const value = x.mul(s);
  const slope = lax.stopGradient(s.add(value.sub(value.mul(s))));
  return withDerivative(value, x, (dx) => dx.mul(slope));
}

export const activations: Readonly<Record<ActivationName, (x: Array) => Array>> = { relu, silu };

/** Softmax over the last axis. */
export function softmax(x: Array): Array {
  const e = np.exp(x.sub(lax.stopGradient(x.max(-1, { keepdims: true }))));
  const p = lax.stopGradient(e.div(e.sum(-1, { keepdims: true })));
  return withDerivative(p, x, (dx) => p.mul(dx.sub(p.mul(dx).sum(-1, { keepdims: true }))));
}

/** (x + √(x² + 4)) / 2: positive, smooth, increasing, 1 at 0 (Barron 2021, "squareplus"). */
export function squareplus(x: Array): Array {
  return x.add(np.sqrt(x.mul(x).add(4))).mul(0.5);
}
