/** Rows from all parts of a table, in no step with its own order. */

/**
 * `count` of n rows, one in each of so many equal parts, ascending; all where there are no more. Where in its part a
 * row lies follows multiples of the golden ratio: evenly spaced rows of many chains, one after the other, may all be of
 * one chain.
 * @returns shape [min(count, n)]
 */
export function spreadRows(n: number, count: number): Int32Array {
  const taken = Math.min(n, count);
  return Int32Array.from(
    { length: taken }, (_, i) => Math.min(n - 1, Math.floor(((i + ((i * 0.618_033_988_749_894_9) % 1)) * n) / taken))
  );
}
