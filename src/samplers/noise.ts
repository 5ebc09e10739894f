/** The random numbers of one step of a batch: normals for every coordinate and one uniform per chain. */
import { threefry, toUniform, word } from '../engine/random.ts';
import type { ChainState } from './chainState.ts';

/** Counter word of draws beside the normals (coordinates use 0, 1, 2, …). */
const SIDE_DRAW = -1;
const RADIANS = 2 * Math.PI * 2 ** -32;

/**
 * Standard normals and uniforms of the step `state.step`: pure functions of (chain key, step, coordinate).
 * Box–Muller; two coordinates share two Threefry blocks: 52 bits for the radius (tails right to 8.5 standard
 * deviations), 32 for the angle, and the 32 spare bits of the first pair make the uniform.
 * @param normals receives shape [C, d] @param uniforms receives shape [C], in (0, 1)
 */
export function fillNoise(state: ChainState, normals: Float64Array, uniforms: Float64Array): void {
  const { chains, dimension: d, key0, key1, step } = state;
  for (let i = 0; i < chains; i++) {
    const k0 = key0[i];
    const k1 = key1[i];
    const row = i * d;
    for (let j = 0; j < d; j += 2) {
      threefry(k0, k1, j, step);
      const radius = Math.sqrt(-2 * Math.log(toUniform(word[0], word[1])));
      threefry(k0, k1, j + 1, step);
      if (j === 0) uniforms[i] = ((word[1] >>> 0) + 0.5) * 2 ** -32;
      // The angle in [−π, π) as a quadrant and a rest in [−π/4, π/4]: both series then reach double precision
      // (fdlibm's coefficients), in half the time of Math.sin and Math.cos and alike on every machine.
      const turn = word[0];
      const quadrant = (turn + 0x20000000) >> 30;
      const r = ((turn - (quadrant << 30)) | 0) * RADIANS;
      const z = r * r;
      const s = r + r * z * (-1.66666666666666324348e-1 + z * (8.33333333332248946124e-3 + z * (-1.98412698298579493134e-4
        + z * (2.75573137070700676789e-6 + z * (-2.50507602534068634195e-8 + z * 1.58969099521155010221e-10)))));
      const c = 1 - 0.5 * z + z * z * (4.16666666666666019037e-2 + z * (-1.38888888888741095749e-3 + z * (2.48015872894767294178e-5
        + z * (-2.75573143513906633035e-7 + z * (2.08757232129817482790e-9 - z * 1.13596475577881948265e-11)))));
      const odd = (quadrant & 1) === 1;
      const cosine = odd ? s : c;
      const sine = odd ? c : s;
      normals[row + j] = ((quadrant + 1) & 2) === 0 ? radius * cosine : -radius * cosine;
      if (j + 1 < d) normals[row + j + 1] = (quadrant & 2) === 0 ? radius * sine : -radius * sine;
    }
  }
}

/** One more uniform of (0, 1) of chain `i` at `state.step`, independent of {@link fillNoise}. */
export function sideUniform(state: ChainState, i: number): number {
  threefry(state.key0[i], state.key1[i], SIDE_DRAW, state.step);
  return toUniform(word[0], word[1]);
}
