/** Other coordinates for a target, in which it is easier to learn. */
import type { Key } from '../../engine/random.ts';
import type { Target } from '../target.ts';

/**
 * A change of coordinates, z of a target's points x. There may be fewer z than x: then every z stands for a set of
 * points of one energy, from which `outer` draws.
 */
export interface Chart {
  /** In the coordinates z, with the same Z: its energy is U(x) − log volume. */
  readonly target: Target;
  /**
   * @param x [n, d] @param z receives [n, k]
   * @param logVolume receives [n]: log of the volume of x behind a volume of z
   */
  inner(x: Float64Array, n: number, z: Float64Array, logVolume: Float64Array): void;
  /**
   * Points of z; point i depends on the key, on first + i and on its z alone.
   * @param z [n, k] @param x receives [n, d]
   */
  outer(z: Float64Array, n: number, key: Key, first: number, x: Float64Array): void;
}
