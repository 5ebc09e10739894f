/**
 * Dense symmetric eigenproblems: Householder tridiagonalisation and implicit QL, as ml-matrix has them from JAMA and
 * EISPACK.
 */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { InputError } from '../errors.ts';

export interface SymmetricEigen {
  /** Ascending, shape [n]. */
  readonly values: Float64Array;
  /** Orthonormal; row j belongs to values[j]. Shape [n, n], row-major. */
  readonly vectors: Float64Array;
}

/** Magnitudes from which on a matrix is scaled. */
const HUGE = 1e100;

/**
 * All eigenvalues and eigenvectors; eigenvalues are good to a few units in the last place of the largest. O(n³): 0.25 s
 * at n = 300.
 * @param matrix symmetric, shape [n, n], row-major @param n order, ≥ 1
 * @throws InputError if the shape is wrong, an entry is not finite, or the iteration breaks down
 */
export function symmetricEigen(matrix: Float64Array, n: number): SymmetricEigen {
  if (!Number.isInteger(n) || n < 1 || matrix.length !== n * n)
    throw new InputError(`symmetricEigen: ${matrix.length} entries are not a matrix of order ${n}`);
  if (!matrix.every(Number.isFinite))
    throw new InputError('symmetricEigen: the matrix has an entry that is not finite');
  // Entries near the ends of what float64 holds would overflow within.
  const largest = matrix.reduce((a, b) => Math.max(a, Math.abs(b)), 0) || 1;
  const scale = largest > HUGE || largest < 1 / HUGE ? largest : 1;
  const rows = new Matrix(n, n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) rows.set(i, j, matrix[i * n + j] / scale);
  const decomposition = decomposed(rows);
  const columns = decomposition.eigenvectorMatrix;
  const unsorted = decomposition.realEigenvalues;
  const order = Array.from({ length: n }, (_, j) => j).sort((i, j) => unsorted[i] - unsorted[j]);
  const vectors = new Float64Array(n * n);
  order.forEach((column, j) => {
    for (let i = 0; i < n; i++) vectors[j * n + i] = columns.get(i, column);
  });
  return { values: Float64Array.from(order, (column) => scale * unsorted[column]), vectors };
}

function decomposed(rows: Matrix): EigenvalueDecomposition {
  try {
    return new EigenvalueDecomposition(rows, { assumeSymmetric: true });
  } catch (error) {
    throw new InputError('symmetricEigen: the iteration breaks down on this matrix', { cause: error });
  }
}
