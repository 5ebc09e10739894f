/** Activations with their derivatives given by hand: stable everywhere, and few nodes in the gradient. */
import { held, withChange } from '../engine/derivative.ts';
import { np, type Array } from '../engine/numpy.ts';

export type ActivationName = 'relu' | 'silu';

const sigmoid = (x: Array): Array => np.reciprocal(np.exp(x.neg()).add(1));

/** max(x, 0). */
export function relu(x: Array): Array {
  const value = np.maximum(held(x), 0);
  return withChange(value, [x], (change) => change.mul(value.greater(0).astype(np.float64)));
}

/** x · logistic(x) (Elfwing et al. 2018). */
export function silu(x: Array): Array {
  const s = sigmoid(held(x));
  const value = held(x).mul(s);
  return withChange(value, [x], (change) => change.mul(s.add(value.sub(value.mul(s)))));
}

export const activations: Readonly<Record<ActivationName, (x: Array) => Array>> = { relu, silu };

/** Softmax over the last axis. */
export function softmax(x: Array): Array {
  const still = held(x);
  const e = np.exp(still.sub(still.max(-1, { keepdims: true })));
  const p = e.div(e.sum(-1, { keepdims: true }));
  return withChange(p, [x], (change) => p.mul(change.sub(p.mul(change).sum(-1, { keepdims: true }))));
}

/** ln(x + √(x² + 1)), odd: of every size of x something that a network can tell from the others. */
export function asinh(x: Array): Array {
  const still = held(x);
  const root = np.sqrt(still.mul(still).add(1));
  const size = np.log(np.abs(still).add(root));
  const value = np.where(still.less(0), size.neg(), size);
  return withChange(value, [x], (change) => change.div(root));
}

/** (x + √(x² + 4)) / 2: positive, smooth, increasing, 1 at 0 (Barron 2021, "squareplus"). */
export function squareplus(x: Array): Array {
  const still = held(x);
  const root = np.sqrt(still.mul(still).add(4));
  const value = still.add(root).mul(0.5);
  return withChange(value, [x], (change) => change.mul(value.div(root)));
}
