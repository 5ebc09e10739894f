/**
 * Normal modes of a ring of N beads: the orthonormal real Fourier basis. Mode 0 is the centroid; then come pairs of a
 * cosine and a sine of wave number 1, 2, …; with N even the last mode, of wave number N/2, stands alone.
 */
import { InputError } from '../errors.ts';

export const waveNumber = (mode: number): number => Math.ceil(mode / 2);

/**
 * Rows are beads, columns modes: T with Tᵀ T = 1. @returns shape [N, N], row-major @throws InputError unless N is a
 * positive integer
 */
export function normalModes(beads: number): Float64Array {
  if (!Number.isInteger(beads) || beads < 1)
    throw new InputError(`normalModes: beads must be a positive integer, got ${beads}`);
  const modes = new Float64Array(beads * beads);
  for (let i = 0; i < beads; i++) {
    for (let k = 0; k < beads; k++) {
      const wave = waveNumber(k);
      // The angle is reduced in whole numbers, so that equal entries are equal to the last bit.
      const angle = (2 * Math.PI * ((i * wave) % beads)) / beads;
      const alone = k === 0 || 2 * wave === beads;
      modes[i * beads + k] =
        (k % 2 === 1 ? Math.cos(angle) : k === 0 ? 1 : Math.sin(angle)) * Math.sqrt((alone ? 1 : 2) / beads);
    }
  }
  return modes;
}

/**
 * ω_k = (2N/βħ) sin(kπ/N) of the free ring polymer, in order of the modes; 0 for the centroid. @returns shape [N], rad
 * per time
 */
export function springFrequencies(
  beads: number, { beta, hbar }: { readonly beta: number; readonly hbar: number }
): Float64Array {
  return Float64Array.from(
    { length: beads }, (_, k) => ((2 * beads) / (beta * hbar)) * Math.sin((waveNumber(k) * Math.PI) / beads)
  );
}

/**
 * How many of the first modes are the centroid and whole pairs: an odd number, so that they are modes of every larger
 * ring too.
 */
export const wholePairs = (modes: number): number => modes - (modes % 2 === 0 ? 1 : 0);
