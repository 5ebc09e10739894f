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

/** Turn the n pairs of entries that begin at a and b, a stride apart, by the angle of cosine c and sine s. */
function turn(
  x: Float64Array, a: number, b: number, stride: number, n: number, c: number, s: number
): void {
  for (let k = 0, i = a, j = b; k < n; k++, i += stride, j += stride) {
    const [p, q] = [x[i], x[j]];
    x[i] = c * p - s * q;
    x[j] = s * p + c * q;
  }
}

/**
 * Eigenvalues and eigenvectors by Jacobi's rotations, which are as accurate as can be; half a second at n = 200.
 * @param matrix symmetric, shape [n, n]
 * @returns values, not sorted; vectors orthonormal, row j belongs to values[j]
 */
export function eigen(matrix: Float64Array, n: number): { values: Float64Array; vectors: Float64Array } {
  const A = matrix.slice();
  const vectors = Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
  const scale = Math.hypot(...A.subarray(0, n * n));
  // Convergence is quadratic: a sweep that finds nothing above 1e-9 leaves nothing above rounding.
  for (let largest = Infinity; largest > 1e-9 * scale;) {
    largest = 0;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const off = A[p * n + q];
        largest = Math.max(largest, Math.abs(off));
        if (Math.abs(off) <= 1e-17 * scale) continue;
        const half = (A[q * n + q] - A[p * n + p]) / (2 * off);
        const t = Math.sign(half || 1) / (Math.abs(half) + Math.sqrt(1 + half * half));
        const c = 1 / Math.sqrt(1 + t * t);
        turn(A, p * n, q * n, 1, n, c, t * c);
        turn(A, p, q, n, n, c, t * c);
        turn(vectors, p * n, q * n, 1, n, c, t * c);
      }
    }
  }
  return { values: Float64Array.from({ length: n }, (_, j) => A[j * n + j]), vectors };
}
