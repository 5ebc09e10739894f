/** Streams longer than a counter of 32 bits: blocks of 2³² rows, each with a key of its own. */
import { foldIn, type Key } from './random.ts';

export const BLOCK = 2 ** 32;

/** The first block is the stream itself. */
const keyOfBlock = (key: Key, block: number): Key => (block === 0 ? key : foldIn(foldIn(key, 'block'), block));

/** The child stream of `key` for row i. @param i integer in [0, 2^53) */
export const foldInRow = (key: Key, i: number): Key => foldIn(keyOfBlock(key, Math.floor(i / BLOCK)), i % BLOCK);

/**
 * Rows first … first + n − 1 by the blocks that they lie in.
 * @param first integer in [0, 2^53 − n] @param use is given a block's key, the first row within it, how many there are,
 * and how many came before
 */
export function byBlocks(
  key: Key, first: number, n: number, use: (key: Key, first: number, n: number, before: number) => void,
): void {
  for (let before = 0; before < n;) {
    const at = first + before;
    const count = Math.min(n - before, BLOCK - (at % BLOCK));
    use(keyOfBlock(key, Math.floor(at / BLOCK)), at % BLOCK, count, before);
    before += count;
  }
}
