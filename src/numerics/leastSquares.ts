/** Weighted least squares with a ridge. */
import { cholesky, choleskySolve } from './linearAlgebra.ts';

/**
 * Of every so-many-th of the rows.
 * @param rows [n, size] @param ridge added to the diagonal, as a share of itself and of the first of it
 * @returns [size]
 */
export function leastSquares(
  rows: Float64Array, n: number, every: number, weight: (i: number) => number, target: (i: number) => number,
  ridge: number,
): Float64Array<ArrayBuffer> {
  const size = rows.length / n;
  const matrix = new Float64Array(size * size);
  const right = new Float64Array(size);
  for (let i = 0; i < n; i += every) {
    const w = weight(i);
    const value = w * target(i);
    for (let a = 0; a < size; a++) {
      const own = w * rows[i * size + a];
      right[a] += rows[i * size + a] * value;
      for (let b = 0; b <= a; b++) matrix[a * size + b] += own * rows[i * size + b];
    }
  }
  const typical = matrix[0];
  for (let a = 0; a < size; a++) {
    matrix[a * size + a] += ridge * (matrix[a * size + a] + typical);
    for (let b = a + 1; b < size; b++) matrix[a * size + b] = matrix[b * size + a];
  }
  return Float64Array.from(choleskySolve(cholesky(matrix, size), right));
}
