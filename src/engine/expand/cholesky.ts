/** `cholesky`, column by column: A = L Lᵀ. A matrix that is not positive definite gives what is not a number. */
import type { Atom } from '../program.ts';
import { splat, type Emitter } from './emitter.ts';
import { block, checkSize, withoutProduct, zeros } from './matrix.ts';

export function expandCholesky(emitter: Emitter, a: Atom): Atom {
  checkSize(a, 'a Cholesky decomposition');
  const n = a.shape.at(-1) ?? 0;
  const batch = a.shape.slice(0, -2);
  const columns: Atom[] = [];
  let rest = a;
  for (let j = 0; j < n; j++) {
    const m = n - j;
    const diagonal = emitter.one(
      'sqrt', [block(emitter, rest, [0, 1], [0, 1])], {}, [...batch, 1, 1], 'float'
    );
    const above = j === 0 ? [] : [zeros(batch, j, 1)];
    if (m === 1) {
      columns.push(emitter.concatenate([...above, diagonal], -2));
      break;
    }
    const below = emitter.map('mul', block(emitter, rest, [1, m], [0, 1]), emitter.map('div', splat(1), diagonal));
    columns.push(emitter.concatenate([...above, diagonal, below], -2));
    const turned = emitter.reshape(below, [...batch, 1, m - 1]);
    rest = withoutProduct(emitter, block(emitter, rest, [1, m], [1, m]), below, turned);
  }
  return emitter.concatenate(columns, -1);
}
