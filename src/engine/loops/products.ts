/** The rows that inner products of arrays multiply, and which outputs share one: what matrix products are made of. */
import { affine, broadcastMap, compose } from './indexMaps.ts';
import { isKnown, type Operand, type ProductOperation, type Rows } from './operations.ts';

type Shape = readonly number[];

/** Outputs that share a row on average, for it to pay that they are computed together. */
const LEAST_SHARED = 2;
/** Outputs that share a row, for which it does not matter how many more there are. */
const MANY = 4;

/** The rows of an operand; null where their entries are not at equal distances. */
function rowsOf(shape: Shape, operand: Operand, length: number): Rows | null {
  if (shape.at(-1) !== length) return null;
  const count = shape.slice(0, -1).reduce((product, n) => product * n, 1);
  const whole = Int32Array.from({ length: count }, (_, r) => r * length);
  if (isKnown(operand))
    return operand.values.length === 1 && count * length > 1 ? null : { operand, starts: whole, step: 1 };
  const { index } = operand;
  if (index === null) return { operand, starts: whole, step: 1 };
  const first = affine(index.subarray(0, length));
  if (first === null) return null;
  for (let r = 1; r < count; r++) {
    const row = affine(index.subarray(r * length, (r + 1) * length));
    if (row === null || row.step !== first.step) return null;
  }
  return { operand: { tensor: operand.tensor, index: null }, starts: whole.map((at) => index[at]), step: first.step };
}

/** Rows that start at the same place are one. */
function distinct({ operand, starts, step }: Rows): { readonly rows: Rows; readonly row: Int32Array } {
  const known = new Map<number, number>();
  const row = starts.map((start) => {
    const found = known.get(start);
    if (found !== undefined) return found;
    known.set(start, known.size);
    return known.size - 1;
  });
  return { rows: { operand, starts: Int32Array.from(known.keys()), step }, row };
}

/** @returns null where no rows are shared, or rows are not at equal distances: then products are summed one by one */
export function productRows(
  shapes: readonly Shape[], operands: readonly Operand[], result: Shape, length: number
): Pick<ProductOperation, 'shared' | 'other' | 'groups'> | null {
  const outputs = result.reduce((product, n) => product * n, 1);
  const sides = shapes.map((shape, k) => {
    const rows = rowsOf(shape, operands[k], length);
    if (rows === null) return null;
    const { rows: own, row } = distinct(rows);
    const leading = shape.slice(0, -1);
    return { rows: own, ofOutput: compose(row, broadcastMap(leading, result)) ?? row };
  });
  const [a, b] = sides;
  if (a === null || b === null || length < LEAST_SHARED) return null;
  // Known numbers lie side by side where several rows of them meet one of the point. Else the side with fewer rows is
  // shared: more outputs have each of them.
  const meets = ({ rows }: typeof a): boolean => !isKnown(rows.operand) && outputs >= MANY * rows.starts.length;
  const bySize = a.rows.starts.length <= b.rows.starts.length;
  const left = isKnown(b.rows.operand) && meets(a) ? true : isKnown(a.rows.operand) && meets(b) ? false : bySize;
  const [shared, other] = left ? [a, b] : [b, a];
  if (outputs < LEAST_SHARED * shared.rows.starts.length) return null;
  const groups = Array.from(shared.rows.starts, (_, row): { shared: number; outputs: [number, number][] } =>
    ({ shared: row, outputs: [] }));
  for (let o = 0; o < outputs; o++) groups[shared.ofOutput[o]].outputs.push([o, other.ofOutput[o]]);
  return { shared: shared.rows, other: other.rows, groups: groups.filter((group) => group.outputs.length > 0) };
}
