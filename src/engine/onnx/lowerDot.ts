/**
 * `dot` (the sum of products over the last axis, operands broadcast) as matrix products. Each other axis belongs to
 * both operands (batch), to the first (row) or to the second (column); transposes and unit reshapes of the operands
 * are looked through, so that they become `transA`/`transB` of a Gemm.
 */
import { isSplat, sizeOf, type Atom, type Value } from '../program.ts';
import { same, type Lowered, type Lowering } from './lower.ts';
import type { ElementType } from './model.ts';

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** An operand seen as a tensor whose axes carry labels: the axis of the dot they stand for; unit axes are left out. */
interface Labelled {
  readonly tensor: Lowered;
  readonly labels: readonly number[];
}

/** Follow transposes and unit reshapes back to the tensor that holds the data. */
function source(lowering: Lowering, value: Value, rank: number): Labelled {
  let current = value;
  const offset = rank - value.shape.length;
  let labels: (number | undefined)[] = value.shape.map((_, axis) => axis + offset);
  for (;;) {
    const equation = lowering.definitions.get(current.id);
    const input = equation?.inputs[0];
    if (equation === undefined || input === undefined || isSplat(input)) break;
    if (equation.primitive === 'transpose') {
      const perm = equation.parameters.perm ?? [];
      const before: (number | undefined)[] = [];
      perm.forEach((axis, i) => { before[axis] = labels[i]; });
      labels = before;
    } else if (
      equation.primitive === 'reshape' && same(input.shape.filter((n) => n !== 1), current.shape.filter((n) => n !== 1))
    ) {
      const kept = labels.filter((_, axis) => current.shape[axis] !== 1);
      let k = 0;
      labels = input.shape.map((n) => (n === 1 ? undefined : kept[k++]));
    } else {
      break;
    }
    current = input;
  }
  const tensor = lowering.get(current);
  return {
    tensor, labels: labels.flatMap((label, axis) => (label === undefined || tensor.physical[axis] === 1 ? [] : [label]))
  };
}

/** A tensor of two axes, and whether it holds the transpose of what is meant (as Gemm's `transA`). */
interface Matrix {
  readonly name: string;
  readonly transposed: number;
}

/** A matrix [rows, K], or its transpose. */
function asMatrix(
  lowering: Lowering, value: Value, rank: number, rows: readonly number[], sizes: readonly number[]
): Matrix {
  const contracted = rank - 1;
  const m = sizeOf(rows.map((axis) => sizes[axis]));
  const k = sizes[contracted];
  const { tensor, labels } = source(lowering, value, rank);
  const wanted = [...rows, contracted].filter((axis) => sizes[axis] !== 1);
  if (same(labels, wanted)) return { name: lowering.reshape(tensor, [m, k]).name, transposed: 0 };
  if (same(labels, [contracted, ...rows].filter((axis) => sizes[axis] !== 1)))
    return { name: lowering.reshape(tensor, [k, m]).name, transposed: 1 };
  const aligned = lowering.reshape(lowering.get(value), sizes);
  const others = range(rank).filter((axis) => !rows.includes(axis) && axis !== contracted);
  const perm = [...others, ...rows, contracted];
  const ordered =
    { name: lowering.graph.node('Transpose', [aligned.name], { perm }), physical: perm.map((axis) => sizes[axis]) };
  return { name: lowering.reshape(ordered, [m, k]).name, transposed: 0 };
}

/**
 * onnxruntime transposes the left operand once more for every 128 columns of the result. A small one is better
 * transposed once; between reshapes, or onnxruntime would make it a `transA` again.
 */
function untransposed(lowering: Lowering, matrix: Matrix, [m, k]: readonly [number, number], n: number): Matrix {
  if (matrix.transposed === 0 || m < 64 || n < 8 * 128) return matrix;
  const deep = lowering.reshape({ name: matrix.name, physical: [k, m] }, [k, m, 1]);
  const turned = { name: lowering.graph.node('Transpose', [deep.name], { perm: [1, 0, 2] }), physical: [m, k, 1] };
  return { name: lowering.reshape(turned, [m, k]).name, transposed: 0 };
}

/**
 * A matrix [rows, K] times a tensor that holds [..., K, ...]: MatMul repeats the matrix over the leading axes, and the
 * tensor needs no transpose.
 */
function stackedProduct(
  lowering: Lowering, [matrix, tensor]: readonly [Value, Value],
  [rows, columns]: readonly [readonly number[], readonly number[]],
  [matrixSizes, tensorSizes]: readonly [readonly number[], readonly number[]],
): { tensor: Lowered; order: readonly number[] } | undefined {
  const rank = matrixSizes.length;
  const contracted = rank - 1;
  const { tensor: held, labels } = source(lowering, tensor, rank);
  const at = labels.indexOf(contracted);
  if (at < 0) return undefined;
  const [outer, inner] = [labels.slice(0, at), labels.slice(at + 1)];
  if (outer.length === 0 || inner.length === 0 || rows.length === 0 || labels.length !== columns.length + 1)
    return undefined;
  const size = (axes: readonly number[]): number => sizeOf(axes.map((axis) => tensorSizes[axis]));
  const left = asMatrix(lowering, matrix, rank, rows, matrixSizes);
  if (left.transposed === 1) return undefined;
  const [m, k] = [sizeOf(rows.map((axis) => matrixSizes[axis])), tensorSizes[contracted]];
  const right = lowering.reshape(held, [size(outer), k, size(inner)]);
  return {
    tensor: { name: lowering.graph.node('MatMul', [left.name, right.name]), physical: [size(outer), m, size(inner)] },
    order: [...outer, ...rows, ...inner]
  };
}

/** Product and sum, for what is no matrix product. */
function elementwiseDot(
  lowering: Lowering, a: Lowered, b: Lowered, contracted: number, length: number, type: ElementType
): Lowered {
  const { graph } = lowering;
  const product = graph.node('Mul', [a.name, b.name]);
  const physical = a.physical.map((n, axis) => Math.max(n, b.physical[axis]));
  const sum = graph.node('ReduceSum', [product, graph.int64([contracted])], { keepdims: 0 });
  const rest = physical.slice(0, contracted);
  return physical[contracted] === length ? { name: sum, physical: rest }
    : { name: graph.node('Mul', [sum, graph.scalar(length, type)]), physical: rest };
}

/**
 * Whether the dot is a product of [M, 1, K] and [1, N, K] with rows first and every column present: a Gemm that may add
 * a bias of rows or of columns.
 */
export function isRowsByColumns(lowering: Lowering, a: Atom, b: Atom, output: Value): boolean {
  if (isSplat(a) || isSplat(b) || output.dtype !== 'float' || Math.max(a.shape.length, b.shape.length) !== 3)
    return false;
  const [x, y] = [lowering.read(a, 3).physical, lowering.read(b, 3).physical];
  const length = Math.max(a.shape.at(-1) ?? 1, b.shape.at(-1) ?? 1);
  return x[1] === 1 && y[0] === 1 && y[1] === output.shape[1] && x[2] === length && y[2] === length;
}

/** @param bias name of a [1, N], [M, 1] or [N] tensor to add; only where {@link isRowsByColumns} */
export function lowerDot(lowering: Lowering, a: Atom, b: Atom, output: Value, bias?: string): Lowered {
  const { graph } = lowering;
  const rank = Math.max(a.shape.length, b.shape.length);
  const contracted = rank - 1;
  const length = Math.max(a.shape.at(-1) ?? 1, b.shape.at(-1) ?? 1);
  const [x, y] = [lowering.read(a, rank), lowering.read(b, rank)];
  const axes = range(contracted);
  const batch = axes.filter((axis) => x.physical[axis] !== 1 && y.physical[axis] !== 1);
  const rows = axes.filter((axis) => x.physical[axis] !== 1 && y.physical[axis] === 1);
  const columns = axes.filter((axis) => x.physical[axis] === 1 && y.physical[axis] !== 1);
  const lazy = x.physical[contracted] !== length || y.physical[contracted] !== length;
  if (isSplat(a) || isSplat(b) || lazy || output.dtype !== 'float' || (
    batch.length > 0 && (rows.length === 0 || columns.length === 0)
  )) {
    const full = (atom: Atom, tensor: Lowered): Lowered =>
      (isSplat(atom) ? tensor : lowering.reshape(lowering.get(atom), tensor.physical));
    return elementwiseDot(lowering, full(a, x), full(b, y), contracted, length, lowering.elementType(output.dtype));
  }
  const physical = axes.map((axis) => Math.max(x.physical[axis], y.physical[axis]));
  const arrange = (tensor: Lowered, order: readonly number[] = [...batch, ...rows, ...columns]): Lowered => {
    const ordered = lowering.reshape(tensor, order.map((axis) => physical[axis]));
    const present = axes.filter((axis) => order.includes(axis));
    const perm = present.map((axis) => order.indexOf(axis));
    const sorted = perm.every((p, i) => p === i) ? ordered
      : { name: graph.node('Transpose', [ordered.name], { perm }), physical: present.map((axis) => physical[axis]) };
    return lowering.reshape(sorted, physical);
  };
  const m = sizeOf(rows.map((axis) => physical[axis]));
  const n = sizeOf(columns.map((axis) => physical[axis]));
  if (batch.length === 0) {
    if (bias === undefined) {
      const stacked = stackedProduct(lowering, [a, b], [rows, columns], [x.physical, y.physical])
        ?? stackedProduct(lowering, [b, a], [columns, rows], [y.physical, x.physical]);
      if (stacked !== undefined) return arrange(stacked.tensor, stacked.order);
      // With the columns first in the result, the product of the operands in the other order needs no transpose after.
      if (rows.length > 0 && columns.length > 0 && Math.max(...columns) < Math.min(...rows))
        return lowerDot(lowering, b, a, output);
      // A single row times a matrix is several times faster than a matrix times a single column.
      if (n === 1 && m > 1) return lowerDot(lowering, b, a, output);
    }
    const left = untransposed(lowering, asMatrix(lowering, a, rank, rows, x.physical), [m, length], n);
    const right = asMatrix(lowering, b, rank, columns, y.physical);
    const product = graph.node('Gemm', bias === undefined ? [left.name, right.name] : [left.name, right.name, bias], {
      transA: left.transposed, transB: 1 - right.transposed
    });
    return arrange({ name: product, physical: [m, n] });
  }
  const stack =
    (tensor: Lowered, own: readonly number[], last: readonly number[], shape: readonly number[]): string => {
    const sizes = tensor.physical;
    const perm = [
      ...batch, ...own,
      ...range(rank).filter((axis) => !batch.includes(axis) && !own.includes(axis) && !last.includes(axis)), ...last
    ];
    const ordered = perm.every((p, i) => p === i) ? tensor
      : { name: graph.node('Transpose', [tensor.name], { perm }), physical: perm.map((axis) => sizes[axis]) };
    return lowering.reshape(ordered, shape).name;
  };
  const sets = batch.map((axis) => physical[axis]);
  const left = stack(lowering.reshape(lowering.get(a), x.physical), rows, [contracted], [...sets, m, length]);
  const right = stack(lowering.reshape(lowering.get(b), y.physical), [contracted], columns, [...sets, length, n]);
  return arrange({ name: graph.node('MatMul', [left, right]), physical: [...sets, m, n] });
}
