/** Uniform rotations of the plane and of space, by counters. */
import { foldIn, uniform, type Key } from '../../engine/random.ts';

/**
 * A rotation of the uniform law, which depends on key and index alone; of space from a uniform quaternion.
 * @returns rows, shape [p, p] @see Shoemake 1992, "Uniform random rotations"
 */
export function randomRotation(dimension: 2 | 3, key: Key, index: number): Float64Array {
  const own = foldIn(key, 'orientation');
  const [u, v, w] = [0, 1, 2].map((draw) => uniform(own, index, draw));
  const turn = 2 * Math.PI * v;
  if (dimension === 2) return Float64Array.of(Math.cos(turn), -Math.sin(turn), Math.sin(turn), Math.cos(turn));
  const [s, r, other] = [Math.sqrt(1 - u), Math.sqrt(u), 2 * Math.PI * w];
  const [x, y, z, q] = [s * Math.sin(turn), s * Math.cos(turn), r * Math.sin(other), r * Math.cos(other)];
  return Float64Array.of(
    1 - 2 * (y * y + z * z), 2 * (x * y - z * q), 2 * (x * z + y * q),
    2 * (x * y + z * q), 1 - 2 * (x * x + z * z), 2 * (y * z - x * q),
    2 * (x * z - y * q), 2 * (y * z + x * q), 1 - 2 * (x * x + y * y),
  );
}

/** Turn the particles of point i, in place. @param x shape [n, d], d = N p @param rows shape [p, p] */
export function turnPoint(rows: Float64Array, p: number, x: Float64Array, i: number, d: number): void {
  const turned = new Float64Array(p);
  for (let at = i * d; at < (i + 1) * d; at += p) {
    for (let a = 0; a < p; a++) {
      let sum = 0;
      for (let b = 0; b < p; b++) sum += rows[a * p + b] * x[at + b];
      turned[a] = sum;
    }
    x.set(turned, at);
  }
}
