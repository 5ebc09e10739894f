/** Two decompositions of symmetric matrices, stored row-major. */

/** Lower triangular L with L Lᵀ = matrix. @param matrix positive definite, shape [n, n] @returns shape [n, n] */
export function cholesky(matrix: Float64Array, n: number): Float64Array {
  const L = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * n + j];
      for (let k = 0; k < j; k++) sum -= L[i * n + k] * L[j * n + k];
      L[i * n + j] = i === j ? Math.sqrt(sum) : sum / L[j * n + j];
    }
  }
  return L;
}

/** A pair of columns whose product is below this share of their norms' counts as orthogonal. */
const ORTHOGONAL = 1e-13;

/**
 * Eigenvalues and eigenvectors by Jacobi's rotations of pairs of columns of the Cholesky factor: once they are
 * orthogonal, column j is √λ_j v_j. Half a second at n = 200.
 * @param matrix positive definite, shape [n, n]
 * @returns values, not sorted; vectors orthonormal, row j belongs to values[j]
 */
export function eigen(matrix: Float64Array, n: number): { values: Float64Array; vectors: Float64Array } {
  const L = cholesky(matrix, n);
  const columns = Array.from({ length: n }, (_, j) => Float64Array.from({ length: n }, (__, i) => L[i * n + j]));
  for (let turned = true; turned;) {
    turned = false;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) turned = turn(columns[p], columns[q]) || turned;
  }
  const values = Float64Array.from(columns, (column) => column.reduce((sum, x) => sum + x * x, 0));
  const vectors = new Float64Array(n * n);
  columns.forEach((column, j) => vectors.set(column.map((x) => x / Math.sqrt(values[j])), j * n));
  return { values, vectors };
}

/** Turn two columns into each other until they are orthogonal. @returns whether they were not */
function turn(a: Float64Array, b: Float64Array): boolean {
  let [aa, bb, ab] = [0, 0, 0];
  for (let k = 0; k < a.length; k++) {
    const [x, y] = [a[k], b[k]];
    aa += x * x;
    bb += y * y;
    ab += x * y;
  }
  if (Math.abs(ab) <= ORTHOGONAL * Math.sqrt(aa * bb)) return false;
  const half = (bb - aa) / (2 * ab);
  let tangent = (half < 0 ? -1 : 1) / (Math.abs(half) + Math.sqrt(1 + half * half));
  // The larger column first, which takes fewer rounds.
  if (bb > aa) tangent = -1 / tangent;
  const cosine = 1 / Math.sqrt(1 + tangent * tangent);
  for (let k = 0; k < a.length; k++) {
    const [x, y] = [a[k], b[k]];
    a[k] = cosine * (x - tangent * y);
    b[k] = cosine * (tangent * x + y);
  }
  return true;
}
