/** Sums, products and extremes along axes. */
import { foldElementwise } from '../fold.ts';
import type { Dtype } from '../program.ts';
import { outerSum, strided, stridesOf } from './indexMaps.ts';
import { knownAt, type OperationBuilder } from './operationBuilder.ts';
import { isKnown, type Known, type Operand, type ReduceOperation } from './operations.ts';

type Shape = readonly number[];
type Reduction = Pick<ReduceOperation, 'step' | 'start'>;

/** Along so short axes reductions are written out: what comes after has the shorter arrays' loop. */
const SHORT = 8;

/** By the names of jaxprs. */
export const REDUCTIONS: Readonly<Record<string, Reduction>> = {
  Add: { step: 'add', start: 0 }, Mul: { step: 'mul', start: 1 },
  Max: { step: 'max', start: -Infinity }, Min: { step: 'min', start: Infinity },
};

export function reduced(
  builder: OperationBuilder, x: Operand, shape: Shape, axes: Shape, { step, start }: Reduction,
  dtype: Dtype
): Operand {
  const kept = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const run = axes.reduce((product, axis) => product * shape[axis], 1);
  const size = kept.reduce((product, axis) => product * shape[axis], 1);
  const trailing = kept.every((axis, k) => axis === k);
  const inLoop = builder.isMapped(x);
  const strides = stridesOf(shape);
  const part = (of: Shape): Int32Array => strided(of.map((k) => shape[k]), of.map((k) => strides[k]));
  if (run === 0 || isKnown(x)) return reduceKnown(x, part(kept), part(axes), { step, start }, dtype);
  if (run === 1) return x;
  if (run <= SHORT) {
    const [rows, columns] = [part(kept), part(axes)];
    return [...columns].map((column) => builder.at(x, rows.map((row) => row + column)))
      .reduce((sum, term) => builder.map(step, {}, [sum, term], size, dtype));
  }
  const output = builder.tensor(size, dtype);
  // A bool is 0 or 1: any of them is their maximum, all of them their minimum.
  const boolean = dtype === 'bool' ? ({ add: 'max', mul: 'min', max: 'max', min: 'min' } as const)[step] : step;
  const common = { kind: 'reduce', step: boolean, start, domain: size * run, output } as const;
  if (trailing) builder.operations.push({ ...common, operands: [x], places: null, run });
  else if (!inLoop) {
    const turned = builder.at(x, outerSum(part(kept), part(axes)));
    builder.operations.push({ ...common, operands: [turned], places: null, run });
  } else {
    const own = stridesOf(kept.map((axis) => shape[axis]));
    const steps = shape.map((_, axis) => (axes.includes(axis) ? 0 : own[kept.indexOf(axis)]));
    builder.operations.push({ ...common, operands: [x], places: strided(shape, steps), run });
  }
  return { tensor: output, index: null };
}

function reduceKnown(
  x: Operand, rows: Int32Array, columns: Int32Array, { step, start }: Reduction, dtype: Dtype
): Known {
  const at = (i: number): number => (isKnown(x) ? knownAt(x, i) : NaN);
  const values = Float64Array.from(rows, (row) => columns.reduce<number>(
    (sum, column) => foldElementwise(step, [sum, at(row + column)], {}, dtype) ?? NaN, start
  ));
  return { values, dtype };
}
