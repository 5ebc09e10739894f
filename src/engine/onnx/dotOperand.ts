/**
 * An operand of a `dot` as a matrix: transposes and unit reshapes are looked through, so that they become `transA` and
 * `transB` of a Gemm.
 */
import { isSplat, sizeOf, type Value } from '../program.ts';
import { same, type Lowered, type Lowering } from './lowering.ts';

export const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** An operand seen as a tensor whose axes carry labels: the axis of the dot they stand for; unit axes are left out. */
export interface Labelled {
  readonly tensor: Lowered;
  readonly labels: readonly number[];
}

/** Follow transposes and unit reshapes back to the tensor that holds the data. */
export function source(lowering: Lowering, value: Value, rank: number): Labelled {
  let current = value;
  const offset = rank - value.shape.length;
  let labels: (number | undefined)[] = value.shape.map((_, axis) => axis + offset);
  for (;;) {
    const equation = lowering.definition(current);
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
export interface Matrix {
  readonly name: string;
  readonly transposed: number;
}

/** A matrix [rows, K], or its transpose. */
export function asMatrix(
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
export function untransposed(lowering: Lowering, matrix: Matrix, [m, k]: readonly [number, number], n: number): Matrix {
  if (matrix.transposed === 0 || m < 64 || n < 8 * 128) return matrix;
  const deep = lowering.reshape({ name: matrix.name, physical: [k, m] }, [k, m, 1]);
  const turned = { name: lowering.graph.node('Transpose', [deep.name], { perm: [1, 0, 2] }), physical: [m, k, 1] };
  return { name: lowering.reshape(turned, [m, k]).name, transposed: 0 };
}
