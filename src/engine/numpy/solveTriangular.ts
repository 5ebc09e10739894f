/** Solutions of triangular systems, as SciPy's `solve_triangular` gives them. */
import { hold, release, type Array } from '../arrayProxy.ts';
import * as jax from '../jax.ts';
import { broadcastShapes } from '../program.ts';
import { userError } from '../userLine.ts';
import { plain } from './plain.ts';

export interface TriangularOptions {
  /** Which half of the matrix is read; default: the upper one. */
  readonly lower?: boolean;
  /** Solve Aᵀ x = b. */
  readonly transpose?: boolean;
  /** Take the diagonal to be ones. */
  readonly unitDiagonal?: boolean;
}

/**
 * x of A x = b with a triangular A.
 * @param a of shape […, n, n]; its other half is not read @param b of shape [n] or […, n, m]
 * @throws InputError when the shapes do not fit
 */
export function solveTriangular(
  a: Array, b: Array, { lower = false, transpose = false, unitDiagonal = false }: TriangularOptions = {}
): Array {
  const n = a.shape.at(-1);
  const isVector = b.shape.length === 1;
  const rows = isVector ? b.shape[0] : b.shape.at(-2);
  if (a.shape.length < 2 || a.shape.at(-2) !== n || rows !== n) throw userError(
    'np.linalg.solveTriangular takes a matrix of shape [n, n] and b of shape [n] or [n, m], ' +
      `got [${a.shape.join(', ')}] and [${b.shape.join(', ')}]`
  );
  const columns = isVector ? plain.expandDims(b, -1) : b;
  const batch = broadcastShapes(a.shape.slice(0, -2), columns.shape.slice(0, -2));
  const full = (x: Array): unknown => release(plain.broadcastTo(x, [...batch, ...x.shape.slice(-2)]));
  const solved = hold(jax.lax.linalg.triangularSolve(
    full(a) as never, full(columns) as never, { leftSide: true, lower, transposeA: transpose, unitDiagonal }
  )) as Array;
  return isVector ? plain.squeeze(solved, -1) : solved;
}
