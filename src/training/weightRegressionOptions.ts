/** What fitting learned weights is asked for. */
import type { Key } from '../engine/random.ts';
import { InputError } from '../errors.ts';
import type { WeightNetworkShape } from './weightNetwork.ts';

export interface WeightRegressionOptions {
  readonly shape: WeightNetworkShape;
  readonly steps: number;
  /** Whether t is −log w, so that errors matter as the weights do; else all alike. */
  readonly byWeight: boolean;
  /** Pairs per step. */
  readonly batch: number;
  /** Peak learning rate of Adam, one cycle. */
  readonly learningRate: number;
  /** Steps between looks at the held-out pairs. */
  readonly evaluateEvery: number;
  /** Pairs [n, d] each; the last `heldOut` of them are kept from training. */
  readonly x: Float64Array;
  readonly z: Float64Array;
  readonly heldOut: number;
  /**
   * Noisy differences t of given pairs, with fresh noise at every `step`; step −1 is for the held-out ones. @param out
   * receives [rows.length]
   */
  readonly targets: (rows: Int32Array, step: number, out: Float64Array) => void;
  readonly key: Key;
  readonly threads?: number;
}

/** @throws InputError for shapes that do not fit */
export function checkOptions(
  { shape, x, z, heldOut, batch, steps, evaluateEvery, learningRate }: WeightRegressionOptions
): void {
  const whole: readonly (readonly [string, number, number])[] = [
    ['dimension', shape.dimension, 1], ['hiddenLayers', shape.hiddenLayers, 1], ['hidden', shape.hidden, 1],
    ['heldOut', heldOut, 1], ['batch', batch, 1], ['steps', steps, 0], ['evaluateEvery', evaluateEvery, 1]
  ];
  for (const [name, value, least] of whole)
    if (!Number.isInteger(value) || value < least)
      throw new InputError(`learned weights: ${name} must be an integer of at least ${least}, got ${value}`);
  if (!(learningRate > 0 && learningRate < Infinity))
    throw new InputError(`learned weights: learningRate must be > 0, got ${learningRate}`);
  const n = x.length / shape.dimension;
  if (!Number.isInteger(n) || z.length !== x.length) throw new InputError(
    `learned weights: x and z must both be [n, ${shape.dimension}], got ${x.length} and ${z.length} numbers`
  );
  if (!(heldOut >= 1 && heldOut < n))
    throw new InputError(`learned weights: heldOut must be at least 1 and below the ${n} pairs, got ${heldOut}`);
}
