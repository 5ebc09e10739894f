/** `lu` with partial pivoting: which row is the pivot is told by comparisons, and the rows swap by choosing. */
import type { Atom } from '../program.ts';
import { range, splat, type Emitter } from './emitter.ts';
import { block, checkSize, withoutProduct } from './matrix.ts';

/** What is left of the matrix: rows of all columns, and which rows of the given matrix they were. */
interface Remaining {
  readonly rows: Atom;
  readonly origin: Atom;
}

/** Which row has the largest entry of a column, the first of several: its number, of shape […, 1, 1]. */
function largest(emitter: Emitter, column: Atom): Atom {
  const [m] = column.shape.slice(-2);
  const axis = column.shape.length - 2;
  const unit = [...column.shape.slice(0, -2), 1, 1];
  const size = emitter.map('max', column, emitter.one('neg', [column], {}, column.shape, 'float'));
  const top = emitter.reshape(emitter.reduce('Max', size, [axis]), unit);
  const numbers = emitter.constant(Float64Array.from(range(m)), [m, 1], 'float');
  // Of what is not a number nothing is the largest: the last row is as good as any.
  const tops = emitter.map('where', emitter.compare('equal', size, top), numbers, splat(m - 1));
  return emitter.reshape(emitter.reduce('Min', tops, [axis]), unit);
}

/** The first row swapped with another. @returns it, and the others */
function swapped(emitter: Emitter, rows: Atom, pivot: Atom): { first: Atom; others: Atom } {
  const [m, n] = rows.shape.slice(-2);
  const numbers = emitter.constant(Float64Array.from(range(m)), [m, 1], 'float');
  const isPivot = emitter.compare('equal', numbers, pivot);
  const chosen = emitter.reduce(
    'Add', emitter.map('where', isPivot, rows, splat(0, rows.dtype)), [rows.shape.length - 2]
  );
  const [top, below] = [block(emitter, rows, [0, 1], [0, n]), block(emitter, rows, [1, m], [0, n])];
  return {
    first: emitter.reshape(chosen, top.shape),
    others: emitter.map('where', emitter.slice(isPivot, -2, 1, m), top, below),
  };
}

/** Other rows without their part along the pivot's, with the factors in place of what became zero. */
function eliminated(emitter: Emitter, pivot: Atom, others: Atom, j: number): Atom {
  const [m, n] = others.shape.slice(-2);
  const diagonal = block(emitter, pivot, [0, 1], [j, j + 1]);
  // A pivot of zero has zeros below.
  const divisor = emitter.map('where', emitter.compare('equal', diagonal, splat(0)), splat(1), diagonal);
  const factors = emitter.map('div', block(emitter, others, [0, m], [j, j + 1]), divisor);
  const before = j === 0 ? [] : [block(emitter, others, [0, m], [0, j])];
  if (j + 1 === n) return emitter.concatenate([...before, factors], -1);
  const right = withoutProduct(
    emitter, block(emitter, others, [0, m], [j + 1, n]), factors, block(emitter, pivot, [0, 1], [j + 1, n])
  );
  return emitter.concatenate([...before, factors, right], -1);
}

/** @returns the factors in one matrix, the row each row was swapped with, and where the rows were */
export function expandLu(emitter: Emitter, a: Atom): [Atom, Atom, Atom] {
  checkSize(a, 'an LU decomposition');
  const [m, n] = a.shape.slice(-2);
  const batch = a.shape.slice(0, -2);
  const steps = Math.min(m, n);
  const rows: Atom[] = [];
  const origins: Atom[] = [];
  const pivots: Atom[] = [];
  let rest: Remaining = {
    rows: a, origin: emitter.map('add', splat(0, 'float', [...batch, m, 1]),
      emitter.constant(Float64Array.from(range(m)), [m, 1], 'float')),
  };
  for (let j = 0; j < steps; j++) {
    if (m - j === 1) {
      pivots.push(splat(j, 'float', [...batch, 1, 1]));
      break;
    }
    const pivot = largest(emitter, block(emitter, rest.rows, [0, m - j], [j, j + 1]));
    const row = swapped(emitter, rest.rows, pivot);
    const origin = swapped(emitter, rest.origin, pivot);
    rows.push(row.first);
    origins.push(origin.first);
    pivots.push(emitter.map('add', pivot, splat(j)));
    rest = { rows: eliminated(emitter, row.first, row.others, j), origin: origin.others };
  }
  if (rest.rows.shape[batch.length] > 0) {
    rows.push(rest.rows);
    origins.push(rest.origin);
  }
  const integers = (parts: readonly Atom[], count: number): Atom =>
    emitter.cast(emitter.reshape(emitter.concatenate(parts, -2), [...batch, count]), 'int32');
  return [emitter.concatenate(rows, -2), integers(pivots, steps), integers(origins, m)];
}
