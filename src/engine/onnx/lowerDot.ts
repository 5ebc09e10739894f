/**
 * `dot` (the sum of products over the last axis, operands broadcast) as matrix products. Each other axis belongs to
 * both operands (batch), to the first (row) or to the second (column).
 */
import { isSplat, sizeOf, type Atom, type Value } from '../program.ts';
import { asMatrix, range, source, untransposed } from './dotOperand.ts';
import { same, type Lowered, type Lowering } from './lowering.ts';

/** The axes of a dot, and the operands with leading axes for them all. */
interface Axes {
  readonly rank: number;
  readonly contracted: number;
  /** Of the contracted axis. */
  readonly length: number;
  readonly batch: readonly number[];
  readonly rows: readonly number[];
  readonly columns: readonly number[];
  /** Of the product's axes, lazy ones 1. */
  readonly physical: readonly number[];
  readonly x: Lowered;
  readonly y: Lowered;
}

function axesOf(lowering: Lowering, a: Atom, b: Atom): Axes {
  const rank = Math.max(a.shape.length, b.shape.length);
  const contracted = rank - 1;
  const [x, y] = [lowering.read(a, rank), lowering.read(b, rank)];
  const axes = range(contracted);
  return {
    rank, contracted, x, y,
    length: Math.max(a.shape.at(-1) ?? 1, b.shape.at(-1) ?? 1),
    batch: axes.filter((axis) => x.physical[axis] !== 1 && y.physical[axis] !== 1),
    rows: axes.filter((axis) => x.physical[axis] !== 1 && y.physical[axis] === 1),
    columns: axes.filter((axis) => x.physical[axis] === 1 && y.physical[axis] !== 1),
    physical: axes.map((axis) => Math.max(x.physical[axis], y.physical[axis])),
  };
}

/** @param bias name of a [1, N], [M, 1] or [N] tensor to add; only where {@link isRowsByColumns} */
export function lowerDot(lowering: Lowering, a: Atom, b: Atom, output: Value, bias?: string): Lowered {
  const axes = axesOf(lowering, a, b);
  const { contracted, length, batch, rows, columns, x, y } = axes;
  const lazy = x.physical[contracted] !== length || y.physical[contracted] !== length;
  const isMatrices = batch.length === 0 || (rows.length > 0 && columns.length > 0);
  if (isSplat(a) || isSplat(b) || lazy || output.dtype !== 'float' || !isMatrices)
    return elementwiseDot(lowering, [a, b], axes, output);
  return batch.length === 0 ? matrixProduct(lowering, [a, b], axes, output, bias)
    : batchedProduct(lowering, [a, b], axes);
}

/** `dot + bias` of matrices as one Gemm, where a sum is that. */
export function lowerDotWithBias(lowering: Lowering, inputs: readonly Atom[], output: Value): Lowered | undefined {
  for (const [product, bias] of [inputs, [inputs[1], inputs[0]]]) {
    if (isSplat(product) || isSplat(bias) || output.shape.length !== 2) continue;
    const equation = lowering.definition(product);
    if (equation?.primitive !== 'dot' || !same(product.shape, output.shape) || lowering.uses(product) !== 1) continue;
    const { name, physical } = lowering.read(bias, 2);
    const [m, n] = output.shape;
    if (!(physical[0] === 1 && physical[1] === n) && !(physical[0] === m && physical[1] === 1)) continue;
    const [a, b] = equation.inputs;
    if (isRowsByColumns(lowering, a, b, output)) return lowerDot(lowering, a, b, output, name);
  }
  return undefined;
}

/** One product of two matrices, or of a matrix and a stack. */
function matrixProduct(
  lowering: Lowering, [a, b]: readonly [Value, Value], axes: Axes, output: Value, bias: string | undefined
): Lowered {
  const { rank, length, rows, columns, physical, x, y } = axes;
  const [m, n] = [rows, columns].map((some) => sizeOf(some.map((axis) => physical[axis])));
  if (bias === undefined) {
    const stacked = stackedProduct(lowering, [a, b], [rows, columns], [x.physical, y.physical])
      ?? stackedProduct(lowering, [b, a], [columns, rows], [y.physical, x.physical]);
    if (stacked !== undefined) return arranged(lowering, axes, stacked.tensor, stacked.order);
    // With the columns first in the result, the product of the operands in the other order needs no transpose after.
    if (rows.length > 0 && columns.length > 0 && Math.max(...columns) < Math.min(...rows))
      return lowerDot(lowering, b, a, output);
    // A single row times a matrix is several times faster than a matrix times a single column.
    if (n === 1 && m > 1) return lowerDot(lowering, b, a, output);
  }
  const left = untransposed(lowering, asMatrix(lowering, a, rank, rows, x.physical), [m, length], n);
  const right = asMatrix(lowering, b, rank, columns, y.physical);
  const inputs = bias === undefined ? [left.name, right.name] : [left.name, right.name, bias];
  const product =
    lowering.graph.node('Gemm', inputs, { transA: left.transposed, transB: 1 - right.transposed });
  return arranged(lowering, axes, { name: product, physical: [m, n] }, [...rows, ...columns]);
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

/** A product of two matrices for every index of the axes that both operands have. */
function batchedProduct(lowering: Lowering, [a, b]: readonly [Value, Value], axes: Axes): Lowered {
  const { rank, contracted, length, batch, rows, columns, physical, x, y } = axes;
  const stack =
    (tensor: Lowered, own: readonly number[], last: readonly number[], shape: readonly number[]): string => {
      const held = [...batch, ...own, ...last];
      const perm = [...batch, ...own, ...range(rank).filter((axis) => !held.includes(axis)), ...last];
      return lowering.reshape(transposed(lowering, tensor, perm), shape).name;
    };
  const [sets, m, n] = [batch, rows, columns].map((some) => some.map((axis) => physical[axis]));
  const left =
    stack(lowering.reshape(lowering.get(a), x.physical), rows, [contracted], [...sets, sizeOf(m), length]);
  const right =
    stack(lowering.reshape(lowering.get(b), y.physical), [contracted], columns, [...sets, length, sizeOf(n)]);
  const product = lowering.graph.node('MatMul', [left, right]);
  return arranged(
    lowering, axes, { name: product, physical: [...sets, sizeOf(m), sizeOf(n)] }, [...batch, ...rows, ...columns]
  );
}

/** Product and sum, for what is no matrix product. */
function elementwiseDot(lowering: Lowering, [a, b]: readonly [Atom, Atom], axes: Axes, output: Value): Lowered {
  const { graph } = lowering;
  const { contracted, length, physical: rest, x, y } = axes;
  const full = (atom: Atom, tensor: Lowered): string =>
    (isSplat(atom) ? tensor : lowering.reshape(lowering.get(atom), tensor.physical)).name;
  const product = graph.node('Mul', [full(a, x), full(b, y)]);
  const sum = graph.node('ReduceSum', [product, graph.int64([contracted])], { keepdims: 0 });
  if (Math.max(x.physical[contracted], y.physical[contracted]) === length) return { name: sum, physical: rest };
  const factor = graph.scalar(length, lowering.elementType(output.dtype));
  return { name: graph.node('Mul', [sum, factor]), physical: rest };
}

/** A product whose axes come as `order` says, in the order and shape of the dot. */
function arranged(
  lowering: Lowering, { contracted, physical }: Axes, tensor: Lowered, order: readonly number[]
): Lowered {
  const ordered = lowering.reshape(tensor, order.map((axis) => physical[axis]));
  const present = range(contracted).filter((axis) => order.includes(axis));
  return lowering.reshape(transposed(lowering, ordered, present.map((axis) => order.indexOf(axis))), physical);
}

function transposed(lowering: Lowering, tensor: Lowered, perm: readonly number[]): Lowered {
  if (perm.every((axis, i) => axis === i)) return tensor;
  const physical = perm.map((axis) => tensor.physical[axis]);
  return { name: lowering.graph.node('Transpose', [tensor.name], { perm }), physical };
}

/**
 * Whether the dot is a product of [M, 1, K] and [1, N, K] with rows first and every column present: a Gemm that may add
 * a bias of rows or of columns.
 */
function isRowsByColumns(lowering: Lowering, a: Atom, b: Atom, output: Value): boolean {
  if (isSplat(a) || isSplat(b) || output.dtype !== 'float' || Math.max(a.shape.length, b.shape.length) !== 3)
    return false;
  const [x, y] = [lowering.read(a, 3).physical, lowering.read(b, 3).physical];
  const length = Math.max(a.shape.at(-1) ?? 1, b.shape.at(-1) ?? 1);
  return x[1] === 1 && y[0] === 1 && y[1] === output.shape[1] && x[2] === length && y[2] === length;
}
