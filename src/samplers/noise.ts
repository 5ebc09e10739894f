/**
 * The random numbers of one step of a batch: normals for every coordinate and uniforms per chain. The same stream, up
 * to rounding, as `engine/simd/random.ts` draws for compiled chains.
 */
import { threefry13, word } from '../engine/random.ts';
import type { ChainState } from './chainState.ts';

/**
 * First counter words: of the uniforms, and of the normals of coordinates 0 and 1 (2 and 3 take the next, and so on).
 */
const UNIFORMS = 0;
const FIRST_NORMALS = 1;
const RADIANS = 2 * Math.PI * 2 ** -32;

/** A double of (0, 1) from 32 random bits. */
export const uniformOf = (bits: number): number => ((bits >>> 0) + 0.5) * 2 ** -32;

/**
 * Standard normals and uniforms of the step `state.step`: pure functions of (chain key, step, coordinate).
 * Box–Muller on one Threefry block (h, a) per two coordinates: the radius has the 52 bits of h and the low 20 of a
 * (tails right to 8.5 standard deviations), the angle the 32 of a. The 20 shared bits are the finest of the radius,
 * which matter where h is nearly 0, and there turn the angle by less than 2⁻¹² of a circle.
 * @param normals receives shape [C, d] @param uniforms receives shape [C], in (0, 1); null for kernels that use none
 * @param sides receives as many again, independent of the others
 */
export function fillNoise(
  state: ChainState, normals: Float64Array, uniforms: Float64Array | null, sides?: Float64Array
): void {
  const { chains, dimension: d, key0, key1, step } = state;
  for (let i = 0; i < chains; i++) {
    const k0 = key0[i];
    const k1 = key1[i];
    const row = i * d;
    if (uniforms !== null) {
      threefry13(k0, k1, UNIFORMS, step);
      uniforms[i] = uniformOf(word[0]);
      if (sides !== undefined) sides[i] = uniformOf(word[1]);
    }
    for (let j = 0; j < d; j += 2) {
      threefry13(k0, k1, FIRST_NORMALS + j / 2, step);
      const turn = word[1];
      const radius = Math.sqrt(-2 * Math.log(((word[0] >>> 0) * 2 ** 20 + (turn & 0xfffff) + 0.5) * 2 ** -52));
      // The angle in [−π, π) as a quadrant and a rest in [−π/4, π/4]: both series then reach double precision
      // (fdlibm's coefficients), in half the time of Math.sin and Math.cos and alike on every machine.
      const quadrant = (turn + 0x20000000) >> 30;
      const r = ((turn - (quadrant << 30)) | 0) * RADIANS;
      const z = r * r;
      const s =
        r + r * z * (-1.66666666666666324348e-1 + z * (8.33333333332248946124e-3 + z * (-1.98412698298579493134e-4
        + z * (2.75573137070700676789e-6 + z * (-2.50507602534068634195e-8 + z * 1.58969099521155010221e-10)))));
      const c = 1 - 0.5 * z
        + z * z * (4.16666666666666019037e-2 + z * (-1.38888888888741095749e-3 + z * (2.48015872894767294178e-5
        + z * (-2.75573143513906633035e-7 + z * (2.08757232129817482790e-9 - z * 1.13596475577881948265e-11)))));
      const odd = (quadrant & 1) === 1;
      const cosine = odd ? s : c;
      const sine = odd ? c : s;
      normals[row + j] = ((quadrant + 1) & 2) === 0 ? radius * cosine : -radius * cosine;
      if (j + 1 < d) normals[row + j + 1] = (quadrant & 2) === 0 ? radius * sine : -radius * sine;
    }
  }
}
