/** What factorisations of matrices, which are the last two axes of an array, have in common. */
import { InputError } from '../../errors.ts';
import type { Atom } from '../program.ts';
import { splat, type Emitter } from './emitter.ts';

/** They are written out row by row. */
const MOST = 64;

/** @throws InputError when it is too large */
export function checkSize({ shape }: Atom, what: string): void {
  const [rows, columns] = shape.slice(-2);
  if (Math.max(rows, columns) > MOST) throw new InputError(
    `${what} of a matrix of ${rows} by ${columns} is too much for an energy: at most ${MOST} by ${MOST}`
  );
}

/** Some rows and columns: from and to, both counted from the start. */
export const block = (
  emitter: Emitter, x: Atom, rows: readonly [number, number], columns: readonly [number, number]
): Atom => emitter.slice(emitter.slice(x, -2, ...rows), -1, ...columns);

export const zeros = (batch: readonly number[], rows: number, columns: number): Atom =>
  splat(0, 'float', [...batch, rows, columns]);

/** x − column · row. */
export const withoutProduct = (emitter: Emitter, x: Atom, column: Atom, row: Atom): Atom =>
  emitter.map('sub', x, emitter.map('mul', column, row));
