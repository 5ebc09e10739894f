/** Tables: interpolation and search by comparing with all of their entries. */
import type { Array } from '../arrayProxy.ts';
import { userError } from '../userLine.ts';
import { lifted, plain, table, type Operand } from './plain.ts';

export type Table = Operand | readonly number[];

function checkTable(x: Array, where: string, what: string): void {
  if (x.shape.length !== 1 || x.shape[0] === 0)
    throw userError(`${where} takes ${what} as an array of one axis, got one of shape [${x.shape.join(', ')}]`);
}

/**
 * Piecewise linear interpolation, constant outside of the table.
 * @param x of any shape @param xp increasing, of shape [n] @param fp values there, of shape [n]
 * @param options values `left` and `right` of the table, if not those at its ends
 */
export function interp(
  x: Operand, xp: Table, fp: Table, { left, right }: { left?: Operand; right?: Operand } = {}
): Array {
  const [at, values] = [table(xp, 'np.interp'), table(fp, 'np.interp')];
  checkTable(at, 'np.interp', 'xp');
  const [n] = at.shape;
  if (values.shape.length !== 1 || values.shape[0] !== n)
    throw userError(`np.interp takes fp of the shape of xp, [${n}], got one of shape [${values.shape.join(', ')}]`);
  const points = lifted(x, 'np.interp');
  const ends = { left: left ?? values.slice(0), right: right ?? values.slice(-1) };
  const isLeft = points.less(at.slice(0));
  const outside = plain.where(isLeft, ends.left, ends.right);
  // What is not a number stays so.
  const known = (y: Array): Array => plain.where(points.equal(points), y, points);
  if (n === 1) return known(plain.where(points.equal(at.slice(0)), values.slice(0), outside));
  const column = plain.expandDims(points, -1);
  const starts = at.slice([0, n - 1]);
  const slope = plain.diff(values).div(plain.diff(at));
  const lines = column.sub(starts).mul(slope).add(values.slice([0, n - 1]));
  const within = plain.logicalAnd(plain.greaterEqual(column, starts), plain.less(column, at.slice([1])));
  const inside = plain.where(within, lines, 0).sum(-1);
  const isLast = points.equal(at.slice(-1));
  const isRight = points.greaterEqual(at.slice(-1));
  return known(plain.where(isLast, values.slice(-1), plain.where(plain.logicalOr(isLeft, isRight), outside, inside)));
}

/**
 * How many entries of a table lie below (`side: 'right'`: or at) each value.
 * @param sorted increasing, of shape [n] @returns integers of the shape of the values
 */
export function searchsorted(
  sorted: Table, values: Operand, { side = 'left' }: { side?: 'left' | 'right' } = {}
): Array {
  const at = table(sorted, 'np.searchsorted');
  checkTable(at, 'np.searchsorted', 'its table');
  const column = plain.expandDims(lifted(values, 'np.searchsorted'), -1);
  // What is not a number comes after all that are.
  const isAfter = side === 'left' ? plain.lessEqual(column, at) : plain.less(column, at);
  return plain.sum(plain.logicalNot(isAfter), -1);
}

/** Σ x[i] y[k − i] for every k at which an entry of both takes part, or those that `mode` says, as in NumPy. */
export function convolve(x: Array, y: Array, mode: 'full' | 'same' | 'valid' = 'full'): Array {
  checkTable(x, 'np.convolve', 'its arguments');
  checkTable(y, 'np.convolve', 'its arguments');
  const [n, m] = [x.shape[0], y.shape[0]];
  // Row i of the products, moved to the right by i: rows of one entry less than they have.
  const rows = plain.pad(plain.outer(x, y), [[0, 0], [0, n]]).reshape([-1]);
  const full = rows.slice([0, n * (m + n - 1)]).reshape([n, m + n - 1]).sum(0);
  if (mode === 'full') return full;
  const [short, long] = [Math.min(n, m), Math.max(n, m)];
  if (mode === 'valid') return full.slice([short - 1, long]);
  const start = Math.floor((short - 1) / 2);
  return full.slice([start, start + long]);
}
