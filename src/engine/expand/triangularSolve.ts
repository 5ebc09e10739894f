/** `triangular_solve`, by substitution: X of A Xᵀ = Bᵀ with an upper triangular A. */
import type { Atom } from '../program.ts';
import type { Emitter } from './emitter.ts';
import { block, checkSize, withoutProduct } from './matrix.ts';

/** @param a of shape […, n, n], read above its diagonal only @param b of shape […, m, n] */
export function expandTriangularSolve(emitter: Emitter, a: Atom, b: Atom, hasUnitDiagonal: boolean): Atom {
  checkSize(a, 'a triangular solution');
  const n = a.shape.at(-1) ?? 0;
  const m = b.shape.at(-2) ?? 0;
  const batch = a.shape.slice(0, -2);
  const solved: Atom[] = [];
  let rest = b;
  for (let i = n - 1; i >= 0; i--) {
    const side = block(emitter, rest, [0, m], [i, i + 1]);
    const x = hasUnitDiagonal ? side : emitter.map('div', side, block(emitter, a, [i, i + 1], [i, i + 1]));
    solved.unshift(x);
    if (i === 0) break;
    const row = emitter.reshape(block(emitter, a, [0, i], [i, i + 1]), [...batch, 1, i]);
    rest = withoutProduct(emitter, block(emitter, rest, [0, m], [0, i]), x, row);
  }
  return emitter.concatenate(solved, -1);
}
