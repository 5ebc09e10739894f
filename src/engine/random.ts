/**
 * Splittable, counter-based random streams: Threefry-2x32-20 (Salmon et al. 2011, "Parallel random numbers:
 * as easy as 1, 2, 3"). A draw is a pure function of (key, counter, index), so results depend on the seed alone,
 * never on the number of threads or on how a batch is split.
 */
import { InputError } from '../errors.ts';

/** Name of a stream: 64 bits. Derive new streams with {@link foldIn}; never draw from a key that has children. */
export interface Key {
  readonly k0: number;
  readonly k1: number;
}

const PARITY = 0x1bd11bda;

/** Two output words of the last call of {@link threefry}, as signed 32-bit integers. */
export const word = new Int32Array(2);

/** Threefry-2x32-20 of one counter block; writes the two result words into {@link word}. */
export function threefry(k0: number, k1: number, c0: number, c1: number): void {
  const k2 = PARITY ^ k0 ^ k1;
  let x0 = (c0 + k0) | 0;
  let x1 = (c1 + k1) | 0;
  x0 = (x0 + x1) | 0; x1 = ((x1 << 13) | (x1 >>> 19)) ^ x0;
  x0 = (x0 + x1) | 0; x1 = ((x1 << 15) | (x1 >>> 17)) ^ x0;
  x0 = (x0 + x1) | 0; x1 = ((x1 << 26) | (x1 >>> 6)) ^ x0;
  x0 = (x0 + x1) | 0; x1 = ((x1 << 6) | (x1 >>> 26)) ^ x0;
  x0 = (x0 + k1) | 0; x1 = (x1 + k2 + 1) | 0;
  x0 = (x0 + x1) | 0; x1 = ((x1 << 17) | (x1 >>> 15)) ^ x0;
  x0 = (x0 + x1) | 0; x1 = ((x1 << 29) | (x1 >>> 3)) ^ x0;
  x0 = (x0 + x1) | 0; x1 = ((x1 << 16) | (x1 >>> 16)) ^ x0;
  x0 = (x0 + x1) | 0; x1 = ((x1 << 24) | (x1 >>> 8)) ^ x0;
  x0 = (x0 + k2) | 0; x1 = (x1 + k0 + 2) | 0;
  x0 = (x0 + x1) | 0; x1 = ((x1 << 13) | (x1 >>> 19)) ^ x0;
  x0 = (x0 + x1) | 0; x1 = ((x1 << 15) | (x1 >>> 17)) ^ x0;
  x0 = (x0 + x1) | 0; x1 = ((x1 << 26) | (x1 >>> 6)) ^ x0;
  x0 = (x0 + x1) | 0; x1 = ((x1 << 6) | (x1 >>> 26)) ^ x0;
  x0 = (x0 + k0) | 0; x1 = (x1 + k1 + 3) | 0;
  x0 = (x0 + x1) | 0; x1 = ((x1 << 17) | (x1 >>> 15)) ^ x0;
  x0 = (x0 + x1) | 0; x1 = ((x1 << 29) | (x1 >>> 3)) ^ x0;
  x0 = (x0 + x1) | 0; x1 = ((x1 << 16) | (x1 >>> 16)) ^ x0;
  x0 = (x0 + x1) | 0; x1 = ((x1 << 24) | (x1 >>> 8)) ^ x0;
  x0 = (x0 + k1) | 0; x1 = (x1 + k2 + 4) | 0;
  x0 = (x0 + x1) | 0; x1 = ((x1 << 13) | (x1 >>> 19)) ^ x0;
  x0 = (x0 + x1) | 0; x1 = ((x1 << 15) | (x1 >>> 17)) ^ x0;
  x0 = (x0 + x1) | 0; x1 = ((x1 << 26) | (x1 >>> 6)) ^ x0;
  x0 = (x0 + x1) | 0; x1 = ((x1 << 6) | (x1 >>> 26)) ^ x0;
  word[0] = x0 + k2;
  word[1] = x1 + k0 + 5;
}

/**
 * Threefry-2x32-13: the fewest rounds that pass BigCrush (Salmon et al. 2011, table 2). For the draws of chains, which
 * are many and feed no cryptography; keys are derived with all twenty rounds. Result in {@link word}.
 */
export function threefry13(k0: number, k1: number, c0: number, c1: number): void {
  const k2 = PARITY ^ k0 ^ k1;
  let x0 = (c0 + k0) | 0;
  let x1 = (c1 + k1) | 0;
  x0 = (x0 + x1) | 0; x1 = ((x1 << 13) | (x1 >>> 19)) ^ x0;
  x0 = (x0 + x1) | 0; x1 = ((x1 << 15) | (x1 >>> 17)) ^ x0;
  x0 = (x0 + x1) | 0; x1 = ((x1 << 26) | (x1 >>> 6)) ^ x0;
  x0 = (x0 + x1) | 0; x1 = ((x1 << 6) | (x1 >>> 26)) ^ x0;
  x0 = (x0 + k1) | 0; x1 = (x1 + k2 + 1) | 0;
  x0 = (x0 + x1) | 0; x1 = ((x1 << 17) | (x1 >>> 15)) ^ x0;
  x0 = (x0 + x1) | 0; x1 = ((x1 << 29) | (x1 >>> 3)) ^ x0;
  x0 = (x0 + x1) | 0; x1 = ((x1 << 16) | (x1 >>> 16)) ^ x0;
  x0 = (x0 + x1) | 0; x1 = ((x1 << 24) | (x1 >>> 8)) ^ x0;
  x0 = (x0 + k2) | 0; x1 = (x1 + k0 + 2) | 0;
  x0 = (x0 + x1) | 0; x1 = ((x1 << 13) | (x1 >>> 19)) ^ x0;
  x0 = (x0 + x1) | 0; x1 = ((x1 << 15) | (x1 >>> 17)) ^ x0;
  x0 = (x0 + x1) | 0; x1 = ((x1 << 26) | (x1 >>> 6)) ^ x0;
  x0 = (x0 + x1) | 0; x1 = ((x1 << 6) | (x1 >>> 26)) ^ x0;
  x0 = (x0 + k0) | 0; x1 = (x1 + k1 + 3) | 0;
  x0 = (x0 + x1) | 0; x1 = ((x1 << 17) | (x1 >>> 15)) ^ x0;
  word[0] = x0;
  word[1] = x1;
}

/** The root stream of a seed. @param seed integer in [0, 2^53) @throws InputError otherwise */
export function keyFromSeed(seed: number): Key {
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new InputError(`seed must be an integer from 0 to 2^53 - 1, got ${seed}`);
  return { k0: Math.floor(seed / 2 ** 32) | 0, k1: seed | 0 };
}

/** The child stream of `key` named by an integer or a word. Children of one key are independent streams. */
export function foldIn(key: Key, name: number | string): Key {
  if (typeof name === 'number') {
    threefry(key.k0, key.k1, name | 0, 0x5f3759df);
    return { k0: word[0], k1: word[1] };
  }
  // Words live in a domain of their own (second counter word), absorbed one UTF-16 unit at a time.
  threefry(key.k0, key.k1, name.length, 0x2545f491);
  for (let i = 0; i < name.length; i++) threefry(word[0], word[1], name.charCodeAt(i), i);
  return { k0: word[0], k1: word[1] };
}

/** A double in the open interval (0, 1) with 52 random bits, from two 32-bit words. */
export function toUniform(high: number, low: number): number {
  return ((high >>> 6) * 67108864 + (low >>> 6) + 0.5) * 2 ** -52;
}

/** One uniform of the open interval (0, 1): draw `index` at `counter` of the stream. */
export function uniform(key: Key, counter: number, index = 0): number {
  threefry(key.k0, key.k1, index, counter);
  return toUniform(word[0], word[1]);
}

/** Fill `out[start .. start+count)` with uniforms of (0, 1): draws 0 .. count-1 at `counter`. */
export function fillUniform(
  key: Key, counter: number, out: Float64Array | Float32Array, start = 0, count = out.length - start
): void {
  for (let i = 0; i < count; i++) {
    threefry(key.k0, key.k1, i, counter);
    out[start + i] = toUniform(word[0], word[1]);
  }
}

/**
 * Fill `out[start .. start+count)` with standard normals (Box–Muller on 52-bit uniforms, so tails are right to
 * 8.5 standard deviations): draws 0 .. count-1 at `counter`.
 */
export function fillNormal(
  key: Key, counter: number, out: Float64Array | Float32Array, start = 0, count = out.length - start
): void {
  for (let i = 0; i < count; i += 2) {
    threefry(key.k0, key.k1, i, counter);
    const radius = Math.sqrt(-2 * Math.log(toUniform(word[0], word[1])));
    threefry(key.k0, key.k1, i + 1, counter);
    const angle = 2 * Math.PI * toUniform(word[0], word[1]);
    out[start + i] = radius * Math.cos(angle);
    if (i + 1 < count) out[start + i + 1] = radius * Math.sin(angle);
  }
}
