/**
 * Coordinates in which turning all particles about the origin changes nothing: the particles' Jacobi vectors and their
 * centre, seen along axes of the particles' own (of the body that they are).
 *
 * The vectors v_1 … v_{N−1} and, last, the centre v_N are an orthonormal change of the positions: v_1 points from the
 * centre of all others to particle 0, v_2 from that of the later ones to particle 1, and so on (Helmert's matrix). The
 * first axis lies along v_1, in space the second in the plane of v_1 and v_2. Body coordinates are
 *
 *   plane   log |v_1|; v_2 … v_N, two each                                 volume 2π |v_1|²
 *   space   log |v_1|; v_2 along the axis, log of its distance ρ from it; v_3 … v_N, three each    8π² |v_1|³ ρ²
 *
 * with the volume of positions that stands behind a volume of body coordinates, all orientations together.
 */
import type { ParticleSymmetry } from './particles.ts';

export type Shape = Pick<ParticleSymmetry, 'count' | 'dimension'>;

/** Entry t of the vectors along the axes, [N, p] in a row, by the body coordinate it is made of. */
export interface BodyEntry {
  readonly entry: number;
  /** `exp`: the coordinate is its logarithm, and log volume has it `power` times. */
  readonly kind: 'exp' | 'same';
  readonly power: number;
}

/** What is behind each body coordinate, in their order; entries that none is behind are zero. */
export function bodyEntries({ count, dimension: p }: Shape): BodyEntry[] {
  const entries: BodyEntry[] = [{ entry: 0, kind: 'exp', power: p }];
  for (let entry = p; entry < count * p; entry++) {
    const isDistance = p === 3 && entry === p + 1;
    // v_2 lies in the plane of the first two axes.
    if (p === 3 && entry === p + 2) continue;
    entries.push(isDistance ? { entry, kind: 'exp', power: 2 } : { entry, kind: 'same', power: 0 });
  }
  return entries;
}

/** log of the volume of all orientations. */
export const logOrientations = ({ dimension }: Shape): number =>
  (dimension === 2 ? Math.log(2 * Math.PI) : Math.log(8 * Math.PI * Math.PI));

/** Orthonormal rows: v_1 … v_{N−1} and the centre, of the particles. shape [N, N] */
export function jacobiRows(count: number): number[][] {
  const rows = Array.from({ length: count - 1 }, (_, m) => {
    const later = count - 1 - m;
    const scale = 1 / Math.sqrt(later * (later + 1));
    return Array.from({ length: count }, (_, j) => (j < m ? 0 : j === m ? later * scale : -scale));
  });
  return [...rows, new Array<number>(count).fill(1 / Math.sqrt(count))];
}

/** vectors ← rows · positions, or with the transpose back. @param x shape [N, p] from `at` on @param out [N, p] */
export function applyRows(
  rows: Float64Array, { count, dimension: p }: Shape, transposed: boolean, x: Float64Array, at: number,
  out: Float64Array, to: number,
): void {
  for (let m = 0; m < count; m++) {
    for (let a = 0; a < p; a++) {
      let sum = 0;
      for (let j = 0; j < count; j++) sum += rows[transposed ? j * count + m : m * count + j] * x[at + j * p + a];
      out[to + m * p + a] = sum;
    }
  }
}

/**
 * Turn vectors onto their own axes, in place: v_1 along the first axis, v_2 in space beside it with a positive second
 * entry. @param v shape [N, p]
 */
export function turnIntoBody({ count, dimension: p }: Shape, v: Float64Array): void {
  const axes = p === 2 ? planeAxes(v) : spaceAxes(v);
  const turned = new Float64Array(p);
  for (let m = 0; m < count; m++) {
    for (let a = 0; a < p; a++) {
      let sum = 0;
      for (let b = 0; b < p; b++) sum += axes[a * p + b] * v[m * p + b];
      turned[a] = sum;
    }
    v.set(turned, m * p);
  }
}

/** The rows of the rotation onto the axes: any where a vector is too short to have a direction. */
function planeAxes(v: Float64Array): Float64Array {
  const r = Math.sqrt(v[0] * v[0] + v[1] * v[1]);
  const [c, s] = r > 0 ? [v[0] / r, v[1] / r] : [1, 0];
  return Float64Array.of(c, s, -s, c);
}

/** Of a vector that lies along another, what rounding leaves beside it: no direction. */
const ROUNDED = 1e-13;

/** A unit vector at a right angle to one. */
function beside(x: number, y: number, z: number): [number, number, number] {
  const flat = Math.sqrt(x * x + y * y);
  return flat > 0.5 ? [-y / flat, x / flat, 0] : [0, -z / Math.sqrt(y * y + z * z), y / Math.sqrt(y * y + z * z)];
}

function spaceAxes(v: Float64Array): Float64Array {
  const r = Math.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
  const [x, y, z] = r > 0 ? [v[0] / r, v[1] / r, v[2] / r] : [1, 0, 0];
  const along = v[3] * x + v[4] * y + v[5] * z;
  const [bx, by, bz] = [v[3] - along * x, v[4] - along * y, v[5] - along * z];
  const rho = Math.sqrt(bx * bx + by * by + bz * bz);
  const [ex, ey, ez] = rho > ROUNDED * Math.abs(along) ? [bx / rho, by / rho, bz / rho] : beside(x, y, z);
  return Float64Array.of(x, y, z, ex, ey, ez, y * ez - z * ey, z * ex - x * ez, x * ey - y * ex);
}
